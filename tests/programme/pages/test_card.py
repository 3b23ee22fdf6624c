"""The card of a project: what the records suggest of it stands beside what people set."""

import asyncio
from datetime import datetime

import httpx
import pytest
from bs4 import BeautifulSoup

from sandan.access import SYSTEM, Actor, Role
from sandan.app import build_app
from sandan.clock import SEOUL
from sandan.domain import Domain
from sandan.errors import InvalidInput
from sandan.programme.model.plan import ChangeKind, Edit, Milestone, Plan, Project, Table
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import Kind, PlanKind, PledgeState, Quarter
from sandan.programme.plugin import domain as programme_domain
from sandan.programme.service.changes import write_version
from sandan.programme.service.plans import read_plan
from sandan.programme.service.states import read_outlook, set_state
from sandan.settings import Settings
from sandan.words import Text

pytestmark = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)
NOW = datetime(2026, 3, 4, 9, tzinfo=SEOUL)
OFFICER = Actor("officer", "담당자", frozenset({Role.OFFICER}))
FIRST = Quarter(2024, 1).ordinal


class Badges:
    """Lets the officer in, whatever is said."""

    def of_session(self, token):
        return OFFICER

    of_bearer = of_session


def progress(project, quarter, value):
    return Statement(
        id=f"{project}-{quarter}",
        subject=project,
        kind=Kind.PROGRESS,
        measure="추진율",
        value=value,
        unit="%",
        period=str(Quarter.at(FIRST + quarter)),
    )


@pytest.fixture
def kept(store):
    """A project at 70 % after seven even quarters, one that was finished in ten, and one without a record."""
    rows = [
        Plan(id="b", kind=PlanKind.PLEDGE_BOOK, title="공약", owner="기획과"),
        Project(id="running", title="지원센터"),
        Project(id="finished", title="주차장"),
        Project(id="silent", title="숲"),
        Milestone(id="m", project="silent", title="설계", start=Quarter(2024, 1), end=Quarter(2024, 2)),
        *(progress("running", i, 10 * i) for i in range(8)),
        *(progress("finished", i - 2, 10 * i) for i in range(11)),
    ]
    tables = {
        Plan: Table.PLAN,
        Project: Table.PROJECT,
        Milestone: Table.MILESTONE,
        Statement: Table.STATEMENT,
    }
    edits = [Edit(tables[type(row)], row.id, row) for row in rows]
    with store.registry.write() as conn:
        write_version(store, conn, "b", edits, kind=ChangeKind.IMPORT, reason="반영", actor=SYSTEM, at=NOW)
    return store


@pytest.fixture
def page(kept, clock, tmp_path, monkeypatch):
    """The card of a project, read in a language."""
    (tmp_path / "manifest.json").write_text('{"files": {}}')
    monkeypatch.setattr("sandan.web.render.ASSETS", tmp_path)
    monkeypatch.setattr("sandan.web.server.ASSETS", tmp_path)
    badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges())
    app = build_app(Settings(), kept, clock, domains=(programme_domain, badges))

    def read(project, language="ko", query=""):
        async def asking():
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(app),
                base_url="http://sandan.test",
                headers={"authorization": "Bearer officer"},
                cookies={"language": language},
            ) as client:
                return await client.get(f"/programme/plans/b/projects/{project}{query}")

        answer = asyncio.run(asking())
        assert answer.status_code == 200, answer.text[:1000]
        return BeautifulSoup(answer.text, "html.parser")

    return read


def words(soup, css):
    return " ".join(soup.select_one(css).get_text(" ").split())


def test_a_card_suggests_a_state_and_forecasts_the_end(page):
    """On track, done in the third quarter of 2026; as good as the forecasts of the finished one were."""
    soup = page("running")
    assert "정상추진" in words(soup, "#suggested")
    assert "추진율이 2025-12-31 현재 70%입니다." in words(soup, "#suggested")
    assert "2026년 3분기" in words(soup, "#forecast")
    assert "끝난 사업 1건의 지난 예측 6번" in words(soup, "#record")
    assert "off by 0.0 quarters" in words(page("running", "en"), "#record")


def test_a_finished_project_says_when_it_was(page):
    """Its quarter, and the state 완료 as a suggestion."""
    soup = page("finished")
    assert "완료" in words(soup, "#suggested")
    assert words(soup, "#forecast") == "2026년 1분기 완료"


def test_a_silent_project_gets_neither(page):
    """No state and no date, but why."""
    soup = page("silent")
    assert "제안하지 않음" in words(soup, "#suggested")
    assert words(soup, "#forecast") == "자료가 부족합니다"


def test_a_set_state_stays_beside_another_suggestion(page, kept):
    """The two are told apart; an old version shows no outlook."""
    set_state(kept, OFFICER, "b", "running", PledgeState.HELD, "부지 협의", NOW)
    assert "정한 상태와 다릅니다" in words(page("running"), "#suggested")
    assert page("running", query="?version=1").select("#suggested") == []


def test_the_offices_thresholds_are_settings(kept):
    """What is no number is refused with the name of the setting."""
    book = read_plan(kept, OFFICER, "b")
    given = {"state_partial_below": 0.5, "state_held_after": "1"}
    assert read_outlook(book, "running", given, NOW).suggestion.state is PledgeState.ON_TRACK
    with pytest.raises(InvalidInput) as raised:
        read_outlook(book, "running", {"state_partial_below": "절반"}, NOW)
    assert "state_partial_below" in raised.value.findings[0].where
