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
from sandan.errors import InvalidInput, NotAllowed
from sandan.programme.commands import programme
from sandan.programme.model.plan import ChangeKind, Edit, Plan, Project, Table
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


def test_a_file_is_checked_by_itself_without_a_store(store, clock, tmp_path):
    """Each finding as JSON with its line, both languages and what it was computed from; no person's name."""
    path = tmp_path / "실적.txt"
    path.write_text("추진실적\n전력 사용량이 100kWh에서 80kWh로 25% 감소 (담당 과장 홍길동, 031-000-0000)\n")
    done = run(None, clock, "check", str(path), "--json")
    (one,) = json.loads(done.stdout)
    assert list(one) == [
        "document",
        "rule",
        "severity",
        "sentence",
        "inputs",
        "line",
        "text",
        "remedy",
        "who",
    ]
    assert (one["document"], one["rule"], one["severity"], one["line"]) == ("실적.txt", "change", "high", 2)
    assert {(given["value"], given["unit"]) for given in one["inputs"]} >= {(100, "kWh"), (80, "kWh")}
    assert "20" in one["sentence"]["ko"]
    assert "20" in one["sentence"]["en"]
    assert one["remedy"]["ko"]
    assert "홍길동" not in done.output
    assert "031" not in done.output
    told = run(None, clock, "check", str(path))
    assert told.stdout.startswith("실적.txt line 2 [High] ")
    assert told.stderr == "1 finding(s) in 1 document(s).\n"
    assert (done.exit_code, told.exit_code) == (0, 0)


def test_what_is_checked_as_of_another_day_is_so_as_of_that_day(store, clock, tmp_path):
    """A target that is not yet set is a fault only once its year has begun."""
    path = tmp_path / "목표.txt"
    path.write_text(
        "성과목표\n확인지표\t단위\t2025년\t2026년\t2027년\n지원 기업 수\t개사\t10\t미정\t미정\n", "utf-8"
    )

    def rules(*more):
        return [
            one["rule"] for one in json.loads(run(None, clock, "check", str(path), "--json", *more).stdout)
        ]

    assert rules() == ["target-not-set"]
    assert rules("--as-of", "2025-12-31") == []
    with pytest.raises(InvalidInput):
        run(None, clock, "check", str(path), str(empty_file(tmp_path)), "--json")


def empty_file(folder):
    path = folder / "빈 파일.txt"
    path.write_text("")
    return path


def test_a_bad_file_does_not_hide_what_was_found_in_the_others(store, clock, tmp_path):
    """The findings of the good one are printed, then the bad one is named; no file at all is a misuse."""
    path = tmp_path / "실적.txt"
    path.write_text("전력 사용량이 100kWh에서 80kWh로 25% 감소\n", "utf-8")
    words = ["check", str(empty_file(tmp_path)), str(path), "--json"]
    done = CliRunner().invoke(programme, words, obj=Terminal(None, clock))
    assert [one["rule"] for one in json.loads(done.stdout)] == ["change"]
    assert [one.where for one in done.exception.findings] == ["빈 파일.txt"]
    assert run(None, clock, "check", str(tmp_path / "nowhere.txt")).exit_code == 2
    assert run(None, clock, "check", "--as-of", "2026-01-01").exit_code == 2


def test_without_files_every_plan_is_checked(store, clock):
    """With the plan it is of and how far it has been dealt with; a firm may not look."""
    plan = Plan(id="a", kind=PlanKind.PLEDGE_BOOK, title="공약", owner="기획과")
    edits = [Edit(Table.PLAN, "a", plan), Edit(Table.PROJECT, "a-1", Project(id="a-1", title="센터"))]
    with store.registry.write() as conn:
        write_version(store, conn, "a", edits, kind=ChangeKind.IMPORT, reason="반영", actor=SYSTEM, at=NOW)
    found = json.loads(run(store, clock, "check", "--json").stdout)
    told = [(one["rule"], one["plan"], one["subject"], one["state"]) for one in found]
    assert ("no-owner", "a", "a-1", "open") in told
    plain = run(store, clock, "check")
    assert plain.stdout.count("\n  → ") == len(found)
    assert plain.stderr == f"{len(found)} finding(s) in 1 plan(s), {len(found)} of them open.\n"
    with pytest.raises(NotAllowed):
        run(store, clock, "check", actor=Actor("f", "f", frozenset({Role.FIRM}), "firm-a"))
