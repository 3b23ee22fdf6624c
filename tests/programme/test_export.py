"""`sandan programme export`: the files citizens download, written on the machine itself."""

import json
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import click
import pytest
from click.testing import CliRunner

from sandan.access import SYSTEM, Actor, Role
from sandan.clock import SEOUL
from sandan.errors import InvalidInput, NotAllowed, NotFound
from sandan.programme.commands import programme
from sandan.programme.model.plan import ChangeKind, Edit, Plan, Project, Table
from sandan.programme.model.vocabulary import PlanKind
from sandan.programme.service.changes import publish, write_version
from sandan.settings import Settings

NOW = datetime(2026, 3, 4, 9, tzinfo=SEOUL)
PLAN = Plan(id="book", kind=PlanKind.PLEDGE_BOOK, title="공약", owner="기획과")
CENTRE = Project(id="book-a", title="센터", owner="산업과", start=date(2024, 1, 1), end=date(2026, 12, 31))


@dataclass
class Terminal:
    """What `sandan` hands to a command, on the store of the test."""

    kept: object
    settings: Settings = field(default_factory=Settings)
    actor: object = SYSTEM
    language: str = "en"

    @contextmanager
    def store(self, *, create=False):
        yield self.kept

    def say(self, text, *, err=False):
        click.echo(text.in_(self.language), err=err)


def write(store, *edits):
    with store.registry.write() as conn:
        write_version(store, conn, "book", edits, kind=ChangeKind.IMPORT, reason="반영", actor=SYSTEM, at=NOW)


@pytest.fixture
def kept(sqlite_store):
    """A plan whose second version is not public."""
    write(sqlite_store, Edit(Table.PLAN, "book", PLAN), Edit(Table.PROJECT, "book-a", CENTRE))
    publish(sqlite_store, SYSTEM, "book", 1, NOW)
    write(sqlite_store, Edit(Table.PROJECT, "book-a", replace(CENTRE, title="비밀 센터")))
    return sqlite_store


def run(store, *words, settings=None, actor=SYSTEM):
    given = Settings(rest={"programme": settings or {}})
    done = CliRunner().invoke(programme, ["export", *words], obj=Terminal(store, given, actor))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_a_published_plan_is_written_as_files(kept, tmp_path):
    """What is public and no more; what lacks a setting is left out and says which."""
    done = run(kept, "book", str(tmp_path / "out"))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["plan.csv", "plan.json"]
    assert done.stdout.splitlines() == [str(tmp_path / "out" / name) for name in ("plan.csv", "plan.json")]
    assert "ocds.json was left out. Set under [programme]: publisher, ocid_prefix" in done.stderr
    assert "iati.xml was left out" in done.stderr
    given = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    assert [one["title"] for one in given["projects"]] == ["센터"]


def test_with_its_settings_every_file_is_written(kept, tmp_path):
    """OCDS and IATI too."""
    settings = {
        "publisher": "새빛시",
        "ocid_prefix": "ocds-abc123",
        "organisation": "KR-TEST-1",
        "licence": "https://www.kogl.or.kr/info/license.do",
        "address": "https://sandan.example/open",
    }
    target = tmp_path / "out"
    assert run(kept, "book", str(target), settings=settings).stderr == ""
    assert sorted(path.name for path in target.iterdir()) == [
        "iati.xml",
        "ocds.json",
        "plan.csv",
        "plan.json",
    ]


def test_what_cannot_be_exported_writes_nothing(kept, tmp_path):
    """A version that is not public, an unusable setting, somebody who may not read the programme."""
    target = tmp_path / "out"
    with pytest.raises(NotFound):
        run(kept, "book", str(target), "--version", "2")
    with pytest.raises(NotFound):
        run(kept, "nothing", str(target))
    with pytest.raises(InvalidInput) as refused:
        run(kept, "book", str(target), settings={"ocid_prefix": "x"})
    assert [one.where for one in refused.value.findings] == ["[programme] ocid_prefix"]
    with pytest.raises(NotAllowed):
        run(kept, "book", str(target), actor=Actor("firm", "기업", frozenset({Role.FIRM}), "firm-a"))
    assert not target.exists()
