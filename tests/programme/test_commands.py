"""`sandan programme …`, as it is run on the machine itself."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import click
import pytest
from click.testing import CliRunner

from sandan.access import SYSTEM, Actor, Role
from sandan.clock import SEOUL
from sandan.errors import NotAllowed
from sandan.programme.commands import programme
from sandan.programme.model.plan import ChangeKind, Edit, Plan, Table
from sandan.programme.model.vocabulary import PlanKind
from sandan.programme.service.changes import publish, write_version
from sandan.settings import Settings

pytestmark = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)
NOW = datetime(2026, 3, 4, 9, tzinfo=SEOUL)


@dataclass
class Terminal:
    """What `sandan` hands to a command, on the store of the test."""

    kept: object
    clock: object
    settings: Settings = field(default_factory=Settings)
    actor: object = SYSTEM
    language: str = "en"

    @contextmanager
    def store(self, *, create=False):
        yield self.kept

    def say(self, text, *, err=False):
        click.echo(text.in_(self.language), err=err)


def run(store, clock, *words, actor=SYSTEM):
    done = CliRunner().invoke(programme, list(words), obj=Terminal(store, clock, actor=actor))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_plans_are_listed_with_their_versions(store, clock):
    """One line each, with the version citizens see; an empty store says so on the error stream."""
    empty = run(store, clock, "list")
    assert (empty.stdout, empty.stderr) == ("", "There is no plan.\n")
    with store.registry.write() as conn:
        for id, title in (("a", "가나 공약"), ("b", "다라 공약")):
            row = Plan(id=id, kind=PlanKind.PLEDGE_BOOK, title=title, owner="기획과")
            edits = [Edit(Table.PLAN, id, row)]
            write_version(store, conn, id, edits, kind=ChangeKind.IMPORT, reason="반영", actor=SYSTEM, at=NOW)
    publish(store, SYSTEM, "b", 1, NOW)
    assert run(store, clock, "list").stdout.splitlines() == [
        "a\tPledge book\t1\t-\t가나 공약",
        "b\tPledge book\t1\t1\t다라 공약",
    ]


def test_the_list_needs_the_right_to_read(store, clock):
    """A firm's account may not read plans of the office."""
    with pytest.raises(NotAllowed):
        run(store, clock, "list", actor=Actor("f", "f", frozenset({Role.FIRM}), "firm-a"))
