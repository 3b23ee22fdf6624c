"""`sandan programme …`, as it is run on the machine itself."""

import json
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


CARD = """7. 산단 물류센터 조성
○ 사업기간 : 2023년 ~ 2025년
○ 추진부서 : 물류과 홍길동 (☎ 000-0000)
○ 총사업비 : 120억원(국 60, 시 60)
"""


def test_figures_are_printed_as_json(store, clock, tmp_path):
    """Each with its line, kind, source, period and won; nothing is written."""
    path = tmp_path / "card.txt"
    path.write_text(CARD, encoding="utf-8")
    found = json.loads(run(store, clock, "figures", str(path), "--json").stdout)
    assert [
        (one["line"], one["kind"], one["source"], one["period"], one["value"], one["unit"]) for one in found
    ] == [
        (4, "budget", "계", "계", 12_000_000_000, "원"),
        (4, "budget", "국비", "계", 6_000_000_000, "원"),
        (4, "budget", "시비", "계", 6_000_000_000, "원"),
    ]
    assert {one["document"] for one in found} == {"card.txt"}


def test_an_import_makes_a_draft_and_accepting_makes_a_version(store, clock, tmp_path):
    """Read once it waits; accepted it is version 1; without people; the same file again changes nothing."""
    path = tmp_path / "card.txt"
    path.write_text(CARD, encoding="utf-8")
    assert "3 values" in run(store, clock, "import", "--dry-run", str(path)).stdout
    assert run(store, clock, "list").stdout == ""
    assert "/programme/drafts/" in run(store, clock, "import", str(path)).stdout
    assert "as version 1" in run(store, clock, "import", "--accept", str(path)).stdout
    assert "산단 물류센터 조성" in run(store, clock, "list").stdout
    assert "nothing has changed" in run(store, clock, "import", "--accept", str(path)).stdout
    assert "\t1\t" in run(store, clock, "list").stdout
