"""The pages of incidents through ASGI: opened in three fields, handled, closed; in both languages."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
import shapely
from bs4 import BeautifulSoup

from sandan.access import Actor, Role
from sandan.app import build_app
from sandan.control.plugin import domain as control_domain
from sandan.domain import Domain
from sandan.settings import Settings
from sandan.twin.model import Thing
from sandan.words import Text

PEOPLE = {
    "kim": Actor("kim", "김 관제사", frozenset({Role.OPERATOR})),
    "officer": Actor("officer", "담당관", frozenset({Role.OFFICER})),
    "firm": Actor("firm", "기업", frozenset({Role.FIRM}), "firm-a"),
}
THINGS = [
    Thing("hall", "building", "가람동", geometry=shapely.box(126.70, 37.40, 126.71, 37.41)),
    Thing("firm-a", "firm", "가람정밀", "hall", "firm-a"),
]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
FIRST = "/control/incidents/INC-20260304-001"


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
    language: str = "ko"

    def ask(self, method, path, **more):
        async def asking():
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(self.app),
                base_url="http://sandan.test",
                headers={"authorization": f"Bearer {self.person}", "accept": "text/html"},
                cookies={"language": self.language},
            ) as client:
                return await client.request(method, path, **more)

        return asyncio.run(asking())

    def soup(self, path, status=200):
        answer = self.ask("GET", path)
        assert answer.status_code == status, answer.text[:2000]
        return BeautifulSoup(answer.text, "html.parser")

    def post(self, path, status=303, *, part=False, files=None, **fields):
        headers = {"hx-request": "true"} if part else {}
        answer = self.ask("POST", path, data=fields, files=files, headers=headers)
        assert answer.status_code == status, answer.text[:2000]
        return answer


@pytest.fixture
def browse(sqlite_store, clock, bare_assets):
    """A browser of the person named; the built assets are not needed to read the pages."""
    with sqlite_store.registry.write() as conn:
        sqlite_store.things.put(conn, THINGS)
    badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges())
    app = build_app(Settings(), sqlite_store, clock, domains=(control_domain, badges))
    return lambda person="kim", language="ko": Browser(app, person, language)


def opened(browser):
    browser.post("/control/incidents", kind="leak", place="가람동", title="자극성 냄새")
    return browser.soup(FIRST)


def test_three_fields_open_an_incident(browse):
    """Kind, place and words are enough; the workspace shows owner, clock, checklist and timeline."""
    kim = browse()
    form = kim.soup("/control/incidents/new")
    asked = {one["name"] for one in form.select("main [name]") if not one.find_parent("details")}
    assert asked == {"csrf", "press", "kind", "place", "title"}
    assert form.select_one("datalist option[value=가람동]")
    page = opened(kim)
    assert "가람동" in page.select_one("h1").text
    assert page.select_one(".legal-clock time")["data-due"] == "2026-03-04T00:15:00+00:00"
    assert page.select_one(".checklist li.next button[data-key=d]")
    assert "자극성 냄새" in page.select_one("ol.timeline li").text
    listed = kim.soup("/control/incidents")
    assert listed.select_one(f"a[href='{FIRST}']")
    assert "15:00" in listed.select_one(".countdown").text


def test_a_field_left_out_is_told_and_what_was_typed_stays(browse):
    """A form without a kind comes back with its fault and the rest filled in."""
    answer = browse().post("/control/incidents", 422, place="가람동", title="연기")
    page = BeautifulSoup(answer.text, "html.parser")
    assert page.select_one(".findings b").text == "kind"
    assert page.select_one("#place")["value"] == "가람동"


def test_work_is_done_on_one_page(browse, clock):
    """Tasks, notes, level, clock, place, closing: each changes what the page shows next."""
    kim = browse()
    opened(kim)
    clock.advance(timedelta(minutes=2))
    part = BeautifulSoup(kim.post(f"{FIRST}/tasks/1/done", 200, part=True).text, "html.parser")
    assert part.select_one("li.done .countdown")["data-standing"] == "met"
    assert not part.select_one("html")
    kim.post(f"{FIRST}/note", text="119 도착", happened="2026-03-04T09:01")
    kim.post(f"{FIRST}/level", level=2, reason="확산")
    kim.post(f"{FIRST}/tasks", task="밸브 사진", who="현장", minutes="5")
    kim.post(f"{FIRST}/tasks", 422, task="x", minutes="soon")
    kim.post(f"{FIRST}/skip", number=2, reason="해당 없음")
    kim.post(f"{FIRST}/place", place="가람동 뒤", lon="126.7", lat="37.4")
    kim.post(f"{FIRST}/contain")
    refused = kim.post(f"{FIRST}/close", 422, cause="", measures="")
    assert {one.text for one in BeautifulSoup(refused.text, "html.parser").select(".findings b")} == {
        "cause", "measures", "chemical_immediate"
    }  # fmt: skip
    kim.post(f"{FIRST}/clocks/chemical_immediate/report", to=["fire", "local"], text="접수")
    kim.post(f"{FIRST}/close", cause="씰 노후", measures="교체", release="true")
    page = kim.soup(FIRST)
    text = page.text
    for words in ("119 도착", "주의", "밸브 사진", "건너뜀", "중대사고", "종결"):
        assert words in text
    assert page.select_one("form[action$='/reopen']")
    kim.post(f"{FIRST}/level", 409, level=3)
    kim.post(f"{FIRST}/reopen", reason="재발")


def test_the_page_is_asked_again_only_when_something_changed(browse):
    """With the mark of the newest line the part is not sent again; after a note it is."""
    kim = browse()
    page = opened(kim)
    mark = page.select_one("#mark")["value"]
    assert kim.ask("GET", f"{FIRST}/live?mark={mark}").status_code == 204
    kim.post(f"{FIRST}/note", text="새 소식")
    answer = kim.ask("GET", f"{FIRST}/live?mark={mark}")
    assert answer.status_code == 200
    assert "새 소식" in answer.text


def test_what_two_people_change_at_once_is_refused_kindly(browse):
    """The second, who saw the older revision, is told so and may look again."""
    kim = browse()
    seen = opened(kim).select_one("#seen")["value"]
    kim.post(f"{FIRST}/level", level=3, seen=seen)
    answer = kim.post(f"{FIRST}/level", 409, level=4, seen=seen)
    assert "다른 사람이 이 사건을 바꿨습니다" in answer.text


def test_a_second_press_of_a_form_is_the_same_act(browse):
    """It opens, ticks, writes and closes once and is refused nothing; another's press is another act."""
    kim = browse()
    first, again = (
        kim.post("/control/incidents", kind="fire", place="가람동", press="p-open").headers["location"]
        for _ in range(2)
    )
    assert first == again
    seen = kim.soup(FIRST).select_one("#seen")["value"]
    acts = (
        ("tasks/1/done", {"text": "CCTV 3"}),
        ("note", {"text": "연기가 보임"}),
        ("tasks", {"task": "밸브 사진"}),
        ("level", {"level": 2, "seen": seen}),
        ("handover", {"taker": "kim", "text": "교대"}),
        ("accept", {}),
        ("clocks/chemical_immediate/start", {}),
        ("clocks/chemical_immediate/report", {"to": ["fire"]}),
        ("split", {"kind": "injury"}),
        ("close", {"cause": "불꽃", "measures": "교육"}),
        ("reopen", {"reason": "재발"}),
    )
    for path, fields in acts:
        there = [
            kim.post(f"{FIRST}/{path}", press=f"p-{path}", **fields).headers["location"] for _ in range(2)
        ]
        assert there[0] == there[1]
    lines = [one.text for one in kim.soup(FIRST).select("ol.timeline > li")]
    assert len(lines) == 1 + len(acts), lines
    assert len(kim.soup("/control/incidents").select("[aria-labelledby=open-title] tbody tr")) == 2
    kim.post(f"{FIRST}/tasks/1/done", 409, text="x", press="p-other")


def test_pictures_and_sketch(browse):
    """A picture is kept and sent as a file; a sketch is drawn from what is kept, with the place."""
    kim = browse()
    opened(kim)
    kim.post(f"{FIRST}/attachments", files={"file": ("현장.png", PNG)})
    link = kim.soup(FIRST).select_one(".pictures a")["href"]
    answer = kim.ask("GET", link)
    assert (answer.content, answer.headers["content-type"]) == (PNG, "image/png")
    assert answer.headers["content-disposition"].startswith("attachment")
    kim.post(f"{FIRST}/attachments", 422, files={"file": ("x.png", b"<script>")})
    kim.post(f"{FIRST}/sketch", 422, sketch="{")
    sketch = '{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point",'
    sketch += '"coordinates":[126.7,37.4]},"properties":{"label":"지휘소"}}]}'
    assert kim.post(f"{FIRST}/sketch", 200, sketch=sketch).json() == {"revision": 2}
    drawn = kim.ask("GET", f"{FIRST}/sketch.geojson").json()
    assert [one["properties"]["label"] for one in drawn["features"]] == ["지휘소", "가람동"]


def test_merging_splitting_and_owner(browse):
    """Each leads to where one goes on."""
    kim = browse()
    opened(kim)
    second = kim.post("/control/incidents", kind="fire", place="가람동").headers["location"]
    split = kim.post(f"{second}/split", kind="injury", title="부상자").headers["location"]
    assert split == "/control/incidents/INC-20260304-003"
    kim.post(f"{split}/merge", into="INC-20260304-002")
    assert "병합됨" in kim.soup(split).text
    kim.post(f"{split}/part", reason="다른 사고")
    assert "병합됨" not in kim.soup(split).text
    kim.post(f"{split}/merge", into="INC-20260304-002")
    kim.post(f"{second}/owner", owner="kim")
    kim.post(f"{second}/handover", taker="kim", text="교대")
    kim.post(f"{second}/accept")
    kim.post(f"{second}/kind", kind="explosion")
    kim.post(f"{second}/clocks/chemical_immediate/start")
    kim.post(f"{second}/clocks/chemical_immediate/exempt", text="구조 중")
    assert "구조 중" in kim.soup(second).text


def test_a_shift_is_handed_over_on_the_list(browse):
    """What one owns is asked of the next in one press; a list without anything says nothing of shifts."""
    kim = browse()
    assert kim.soup("/control/incidents").select_one("#shift") is None
    opened(kim)
    page = kim.soup("/control/incidents").select_one("#shift")
    assert "INC-20260304-001" in page.text
    kim.post("/control/incidents/shift", 422, taker="kim", text="교대")
    kim.post("/control/incidents/shift/accept")
    browse("officer").post("/control/incidents/shift", 403, taker="kim", text="x")


def test_others_may_look_or_not_even_that(browse):
    """An officer sees no form to act with; a firm's person is refused."""
    opened(browse())
    page = browse("officer").soup(FIRST)
    assert not page.select("#live form[action^='/control']")
    browse("officer").post(f"{FIRST}/note", 403, text="x")
    for path in ("/control/incidents", FIRST, f"{FIRST}/live", "/control/procedures"):
        assert browse("firm").ask("GET", path).status_code == 403


@pytest.mark.parametrize("language", ["ko", "en"])
def test_procedures_go_out_and_come_back(browse, language):
    """The CSV of a version, changed and imported, is the next version; a fault names its cell."""
    kim = browse(language=language)
    kim.soup("/control/procedures")
    text = kim.ask("GET", "/control/procedures.csv").content.decode("utf-8-sig")
    changed = text.replace(",3,관제 책임자,Duty officer,,own", ",4,관제 책임자,Duty officer,,own", 1)
    kim.post("/control/procedures", reason="시한 조정", seen=1, files={"file": ("p.csv", changed.encode())})
    page = kim.soup("/control/procedures?done=changed")
    assert page.select_one("h1 small").text in ("2판", "version 2")
    answer = kim.post("/control/procedures", 422, reason="x", steps=changed.replace("fire,1", "fyre,1", 1))
    assert "kind" in BeautifulSoup(answer.text, "html.parser").select_one(".findings").text
    assert kim.soup("/control/procedures?version=1").select_one("h1 small").text in ("1판", "version 1")


def test_english_is_whole(browse):
    """No Korean is left on the English workspace but what people wrote and names of places."""
    kim = browse(language="en")
    kim.post("/control/incidents", kind="fire", place="Hall 3", title="smoke")
    page = kim.soup(FIRST)
    main = page.select_one("main").text.replace("김 관제사", "")
    assert not [char for char in main if "가" <= char <= "힣"], main


def test_a_drill_runs_on_the_same_page_and_is_marked_everywhere(browse, clock):
    """Started from its script, marked on list and workspace, scored when it ends, with a report as PDF."""
    kim = browse()
    kim.soup("/control/drills")
    workspace = kim.post("/control/drills", script="fire", place="가람동").headers["location"]
    page = kim.soup(workspace)
    assert page.select_one(".drill-band")
    assert page.select_one("h1 .badge-drill")
    assert "180 °C" in page.select_one("ol.timeline").text
    assert kim.soup("/control/incidents").select_one("td .badge-drill")
    clock.advance(timedelta(minutes=1))
    kim.post(f"{workspace}/tasks/1/done", 422)
    kim.post(f"{workspace}/tasks/1/done", text="전화함")
    kim.post(f"{workspace}/end-drill")
    assert kim.soup(workspace).select_one(".drill .figure-value").text.split() == ["30.0", "/", "100"]
    assert workspace.rpartition("/")[2] in kim.soup("/control/drills").text
    answer = kim.ask("GET", f"{workspace}/report.pdf")
    assert answer.content.startswith(b"%PDF-")
    browse("officer").post("/control/drills", 403, script="fire")


def test_one_step_is_changed_added_and_taken_out(browse):
    """Each makes a version; a fault is named by its field, and what was typed stays."""
    kim = browse()
    form = kim.soup("/control/procedures/step?kind=fire&step=call119").select_one("main form")
    given = {one["name"]: one.get("value", "") for one in form.select("input[type=hidden], input.input")}
    given |= {"kind": "fire", "level": "1", "tell": ["fire", "police"], "within_minutes": "1"}
    answer = kim.post(
        "/control/procedures/step", 422, **given | {"ko": "", "reason": "x", "source": "javascript:1"}
    )
    page = BeautifulSoup(answer.text, "html.parser")
    assert [one.text for one in page.select(".findings b")] == ["ko", "source"]
    assert page.select_one("#within")["value"] == "1"
    kim.post("/control/procedures/step", **given | {"reason": "빠르게"})
    row = next(r for r in kim.soup("/control/procedures").select("tr") if "119에 신고하고 진입로" in r.text)
    assert "112 경찰" in row.text
    kim.post("/control/procedures/step", 409, **given | {"reason": "옛 판에서"})
    kim.post("/control/procedures/step", **given | {"reason": "뺌", "seen": "2", "remove": "yes"})
    kim.post(
        "/control/procedures/step", **given | {"reason": "더함", "seen": "3", "old_kind": "", "old_step": ""}
    )
    assert kim.soup("/control/procedures").select_one("h1 small").text == "4판"
    browse("officer").post("/control/procedures/step", 403, **given)
