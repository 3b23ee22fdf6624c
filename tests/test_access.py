"""What roles may do, and whose data an actor sees."""

from itertools import product

import pytest

from sandan.access import (
    EVERYONE,
    OUTSIDER,
    ROLE_NAMES,
    STAFF,
    SYSTEM,
    Actor,
    Permission,
    Role,
)
from sandan.errors import NotAllowed
from sandan.words import Text

WATCH = Permission("control.watch", Text("관제 보기", "watch the control room"), frozenset({Role.OPERATOR}))


def actor(*roles: Role, **more: object) -> Actor:
    return Actor("a", "a", frozenset(roles), **more)


def test_roles_have_names_and_a_side():
    """Every role is named, and all but firms and viewers are staff."""
    assert set(ROLE_NAMES) == EVERYONE == set(Role)
    assert {Role.FIRM, Role.VIEWER} == EVERYONE - STAFF


@pytest.mark.parametrize("role", Role)
def test_a_right_is_had_by_its_roles_and_by_administrators(role: Role):
    """Only the roles a permission names, and `admin`, have it."""
    assert actor(role).may(WATCH) == (role in {Role.OPERATOR, Role.ADMIN})


def test_rights_are_also_granted_singly_and_narrowed_by_scope():
    """A device has what it was granted; a token does no more than its scope, even an administrator's."""
    assert actor(grants=frozenset({"control.watch"})).may(WATCH)
    assert not actor().may(WATCH)
    assert not actor(Role.ADMIN, scope=frozenset()).may(WATCH)
    assert actor(Role.OPERATOR, scope=frozenset({"control.watch"})).may(WATCH)
    assert not actor(Role.VIEWER, scope=frozenset({"control.watch"})).may(WATCH)


@pytest.mark.parametrize("scope", [None, frozenset()])
def test_a_missing_right_says_what_is_missing(scope: frozenset[str] | None):
    """`require` raises `NotAllowed` naming the right in both languages."""
    with pytest.raises(NotAllowed) as error:
        actor(Role.VIEWER, scope=scope).require(WATCH)
    assert "관제 보기" in error.value.in_("ko")
    assert "watch the control room" in error.value.in_("en")


def test_having_the_right_is_silent():
    """`require` returns when the actor may."""
    actor(Role.OPERATOR).require(WATCH)
    SYSTEM.require(WATCH)


@pytest.mark.parametrize(("own", "tenant"), [*product([None, "f1", "f2", OUTSIDER], [None, "f1", "f2"])])
def test_data_of_a_firm_are_seen_by_it_and_by_staff(own: str | None, tenant: str | None):
    """Staff see everything, a firm its own and nobody's, an outsider only what is nobody's."""
    assert actor(tenant=own).sees(tenant) == (tenant is None or own is None or own == tenant)
