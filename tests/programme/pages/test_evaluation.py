"""An evaluation from its form to its closed result, as the office and a viewer see it."""

import asyncio
import csv
import io
from dataclasses import dataclass
from datetime import datetime

import httpx
import pytest
from bs4 import BeautifulSoup

from sandan.access import SYSTEM, Actor, Role
from sandan.app import build_app
from sandan.clock import SEOUL
from sandan.domain import Domain
from sandan.programme.model.plan import ChangeKind, Edit, Plan, Table
from sandan.programme.model.vocabulary import PlanKind
from sandan.programme.plugin import domain as programme_domain
from sandan.programme.service.changes import write_version
from sandan.settings import Settings
from sandan.words import Text

pytestmark = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)
NOW = datetime(2026, 3, 4, 9, tzinfo=SEOUL)
HOME = "/programme/evaluations"
PEOPLE = {
    "officer": Actor("officer", "담당자", frozenset({Role.OFFICER})),
    "listed": Actor("listed", "위원", frozenset({Role.OFFICER})),
    "viewer": Actor("viewer", "열람자", frozenset({Role.VIEWER})),
}
FORM = {
    "title": "2026년 평가",
    "heading:0": "지역진단의 전략성",
    "points:0": "40",
    "heading:4": "주민 의견",
    "points:4": "60점",
    "plan": ["a", "b"],
    "evaluators": "=위원 가\n\nlisted\n",
    "select": "1",
    "normalise": "none",
}


class Badges:
    """Lets in whoever says a name as a bearer token."""

    def of_session(self, token):
        return PEOPLE.get(token)

    of_bearer = of_session


@dataclass(frozen=True)
class Browser:
    """One person's way into the app."""

    app: object
    person: str
    language: str

    def get(self, path):
        return self._ask("GET", path)

    def post(self, path, form):
        return self._ask("POST", path, data=form)

    def soup(self, path):
        answer = self.get(path)
        assert answer.status_code == 200, answer.text[:1000]
        return BeautifulSoup(answer.text, "html.parser")

    def _ask(self, method, path, **more):
        async def asking():
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(self.app),
                base_url="http://sandan.test",
                headers={"authorization": f"Bearer {self.person}"},
                cookies={"language": self.language},
            ) as client:
                return await client.request(method, path, **more)

        return asyncio.run(asking())


@pytest.fixture
def browse(store, clock, tmp_path, monkeypatch):
    """A browser of the person named, on two plans."""
    for id in ("a", "b"):
        row = Plan(id=id, kind=PlanKind.INNOVATION_PLAN, title=f"계획 {id}", owner="과")
        with store.registry.write() as conn:
            edits = [Edit(Table.PLAN, id, row)]
            write_version(store, conn, id, edits, kind=ChangeKind.IMPORT, reason="반영", actor=SYSTEM, at=NOW)
    (tmp_path / "manifest.json").write_text('{"files": {}}')
    monkeypatch.setattr("sandan.web.render.ASSETS", tmp_path)
    monkeypatch.setattr("sandan.web.server.ASSETS", tmp_path)
    badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges())
    app = build_app(Settings(), store, clock, domains=(programme_domain, badges))
    return lambda person="officer", language="ko": Browser(app, person, language)


def made(browser):
    answer = browser.post(HOME, FORM)
    assert answer.status_code == 303, answer.text[:1000]
    return answer.headers["location"].partition("?")[0]


def scored(browser, url, number, a, b):
    form = {"s:0:0": a, "s:0:1": a, "s:1:0": b, "s:1:1": b}
    return browser.post(f"{url}/sheets/{number}", form)


def words(tag):
    return " ".join(tag.get_text(" ").split())


def test_the_form_has_the_four_headings_and_no_points(browse):
    """Their names are known, their points were never published."""
    page = browse().soup(HOME)
    assert page.select_one("input[name='heading:3']")["value"] == "성과목표의 실현가능성"
    assert {one["value"] for one in page.select("input[name^='points:']")} == {""}
    assert page.select(".empty")
    assert not browse("viewer").soup(HOME).select("form#make")


def test_a_wrong_form_comes_back_with_what_was_written(browse):
    """422 with each finding: a heading without points, then what only the whole shows."""
    answer = browse().post(HOME, FORM | {"points:0": "", "points:4": "많이"})
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html.parser")
    assert len(page.select(".findings li")) >= 2
    assert page.select_one("input[name='title']")["value"] == "2026년 평가"
    assert page.select_one("input[name='heading:4']")["value"] == "주민 의견"
    assert len(page.select("input[name='plan'][checked]")) == 2
    for wrong in ({"select": "셋"}, {"normalise": "magic"}, {"plan": []}, {"select": "9"}):
        assert browse().post(HOME, FORM | wrong).status_code == 422


def test_sheets_make_a_ranking(browse):
    """Known headings keep their English name, the office's own are as written; points are shown."""
    url = made(browse())
    assert "Strategy of the regional diagnosis" in words(browse(language="en").soup(url))
    assert scored(browse(), url, 1, "10", "30.5").status_code == 303
    sheet = browse().soup(f"{url}/sheets/1")
    assert sheet.select_one("input[name='s:1:0']")["value"] == "30.5"
    assert sheet.select_one("input[name='s:1:1']")["max"] == "60"
    page = browse().soup(url)
    rows = [words(row) for row in page.select("section[aria-labelledby=result] tbody tr")]
    assert rows[0].startswith("1 계획 b 선정 1 61.00")
    assert rows[1].startswith("2 계획 a – 1 20.00")
    assert "빈 칸 4개" in words(page)
    assert page.select_one("[data-island=chart] script")


def test_points_out_of_range_are_refused_with_the_sheet(browse):
    """41 of 40 points, and a word: what was written stays in its box."""
    url = made(browse())
    for wrong in ("41", "높음"):
        answer = scored(browse(), url, 1, wrong, "1")
        assert answer.status_code == 422
        page = BeautifulSoup(answer.text, "html.parser")
        assert page.select(".findings li")
        assert page.select_one("input[name='s:0:0']")["value"] == wrong


def test_an_interest_takes_the_plan_off_the_sheet(browse):
    """Its boxes are gone, the list names it, and it can be withdrawn."""
    url = made(browse())
    path = f"{url}/sheets/1/interest"
    assert browse().post(path, {"plan": "a", "declared": "true"}).status_code == 303
    sheet = browse().soup(f"{url}/sheets/1")
    assert not sheet.select("input[name^='s:0:']")
    assert sheet.select("input[name^='s:1:']")
    assert "계획 a" in words(browse().soup(url).select_one("section[aria-labelledby=sheets]"))
    browse().post(path, {"plan": "a", "declared": "false"})
    assert browse().soup(f"{url}/sheets/1").select("input[name^='s:0:']")


def test_before_closing_only_the_office_sees_the_result(browse):
    """A viewer and a listed evaluator do not, on the page nor in the file; the own sheet it does."""
    url = made(browse())
    scored(browse(), url, 1, "10", "30")
    assert scored(browse("listed"), url, 2, "20", "10").status_code == 303
    for person in ("viewer", "listed"):
        assert "결과는 마감한 뒤에 보입니다" in words(browse(person).soup(url))
        assert browse(person).get(f"{url}/result.csv").status_code == 404
    assert not browse("listed").soup(f"{url}/sheets/1").select("input[name^='s:']")
    assert browse("viewer").get(f"{url}/sheets/1").status_code == 403
    assert browse().get(f"{url}/sheets/3").status_code == 404
    assert browse().get(f"{HOME}/nowhere").status_code == 404


def test_closing_shows_everybody_a_result_that_stays(browse):
    """Minutes are text, forms are gone, a further sheet is refused, and the file holds every sheet."""
    url = made(browse())
    assert browse().post(f"{url}/close", {}).status_code == 409
    scored(browse(), url, 1, "10", "30")
    browse().post(f"{url}/minutes", {"minutes": "<b>논의</b>"})
    assert browse().post(f"{url}/close", {}).status_code == 303
    page = browse("viewer").soup(url)
    assert page.select_one("pre").get_text() == "<b>논의</b>"
    assert page.select("section[aria-labelledby=result]")
    assert not browse().soup(url).select("form[action$=close]")
    assert scored(browse(), url, 1, "1", "1").status_code == 409
    answer = browse("viewer").get(f"{url}/result.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[1][:6] == ["1", "계획 b", "1", "1", "60.0", "60.0"]
    assert rows[5] == ["'=위원 가", "계획 a", "10.0", "10.0"]
    assert "마감" in words(browse().soup(HOME).select_one("tbody"))
    assert browse().post(f"{url}/minutes", {"minutes": "가" * 20_001}).status_code == 422
