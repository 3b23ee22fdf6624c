"""Reading plans: for the office in any version, for citizens only what was published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.errors import NotFound
from sandan.programme.model.plan import Book, Plan, StateSet, Version
from sandan.programme.model.rights import PROGRAMME_READ
from sandan.programme.records import books
from sandan.store import Store
from sandan.words import Text

PLAN = Text("계획", "plan")


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan in a list: its fields, its newest version, and which version citizens see."""

    plan: Plan
    version: int
    published: int | None


def list_plans(store: Store, actor: Actor) -> list[PlanLine]:
    """Every plan, in order of its title."""
    actor.require(PROGRAMME_READ)
    with store.registry.read() as conn:
        lines = [
            PlanLine(books.read_plan_row(conn, id, version), version, published)
            for id, (version, published) in books.heads(conn).items()
        ]
    return sorted(lines, key=lambda line: line.plan.title)


def read_plan(store: Store, actor: Actor, plan: str, version: int | None = None) -> Book:
    """A whole plan as it stands, or as it stood in `version`."""
    actor.require(PROGRAMME_READ)
    with store.registry.read() as conn:
        return book_in(conn, plan, version)


def read_plans(store: Store, actor: Actor) -> list[Book]:
    """Every plan as it stands."""
    actor.require(PROGRAMME_READ)
    with store.registry.read() as conn:
        return [books.read_book(conn, id, version) for id, (version, _) in books.heads(conn).items()]


def plan_versions(store: Store, actor: Actor, plan: str) -> Sequence[Version]:
    """Every version of a plan, newest first."""
    actor.require(PROGRAMME_READ)
    with store.registry.read() as conn:
        head_of(conn, plan)
        return books.versions(conn, plan)


def state_history(store: Store, actor: Actor, plan: str, project: str) -> Sequence[StateSet]:
    """Every state a project has had, newest first."""
    actor.require(PROGRAMME_READ)
    with store.registry.read() as conn:
        return books.state_history(conn, plan, project)


def published_plans(store: Store) -> list[Book]:
    """Every published plan, in the version citizens see."""
    with store.registry.read() as conn:
        return [
            books.read_book(conn, id, published)
            for id, (_, published) in books.heads(conn).items()
            if published is not None
        ]


def published_book(store: Store, plan: str, version: int | None = None) -> Book:
    """A plan as citizens see it: the version published last, or an earlier published one."""
    with store.registry.read() as conn:
        found = books.current(conn, plan)
        if found is None or found[1] is None:
            raise NotFound(PLAN, plan)
        number = found[1] if version is None else version
        if number not in {one.number for one in _published(conn, plan)}:
            raise NotFound(PLAN, f"{plan} · {number}")
        return books.read_book(conn, plan, number)


def published_versions(store: Store, plan: str) -> list[Version]:
    """The versions of a plan that were published, newest first."""
    with store.registry.read() as conn:
        return _published(conn, plan)


def _published(conn: Connection, plan: str) -> list[Version]:
    return [one for one in books.versions(conn, plan) if one.published_at is not None]


def head_of(conn: Connection, plan: str) -> tuple[int, int | None]:
    """The newest and the published version of a plan, or `NotFound`."""
    found = books.current(conn, plan)
    if found is None:
        raise NotFound(PLAN, plan)
    return found


def book_in(conn: Connection, plan: str, version: int | None = None) -> Book:
    """A whole plan in a version that exists, or `NotFound`."""
    newest, _ = head_of(conn, plan)
    number = newest if version is None else version
    if not 1 <= number <= newest:
        raise NotFound(PLAN, f"{plan} · {number}")
    return books.read_book(conn, plan, number)
