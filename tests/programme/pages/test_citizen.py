"""The citizens' site: what was published and nothing else, the same for everybody, in both languages."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import httpx
import jsonschema
import pytest
from bs4 import BeautifulSoup
from lxml import etree

from sandan.access import Actor, Role
from sandan.app import build_app
from sandan.clock import SEOUL
from sandan.domain import Domain
from sandan.programme.model.plan import (
    ChangeKind,
    Edit,
    Fact,
    Measure,
    Milestone,
    Plan,
    Project,
    Table,
)
from sandan.programme.model.statements import Origin, Statement
from sandan.programme.model.vocabulary import (
    FactKind,
    Kind,
    PlanKind,
    PledgeState,
    Quarter,
    Stage,
)
from sandan.programme.pages.citizen import preferred
from sandan.programme.plugin import domain as programme_domain
from sandan.programme.service.changes import publish, write_version
from sandan.programme.service.evidence import upload_payroll
from sandan.programme.service.states import set_state
from sandan.settings import Settings
from sandan.testing import FixedClock
from sandan.twin.model import Thing
from sandan.words import Text

NOW = datetime(2026, 3, 4, 9, tzinfo=SEOUL)
OFFICER = Actor("asks-7", "요청자", frozenset({Role.OFFICER}))
READ = Origin(document=None, confirmed_by="asks-7", confirmed_at=NOW)
CENTRE = Project(id="book-a", title="통합관제센터 구축", owner="산업과 팀장 홍길동", code="1-1")
PARK = Project(id="book-b", title="주차장 확충", owner="교통과", parent="book-a")
MONEY = Statement(
    id="book-s",
    subject="book-a",
    kind=Kind.BUDGET,
    measure="총사업비",
    value=70_200_000_000,
    unit="원",
    source="국비",
    period="2026",
    stage=Stage.PLANNED,
    origin=READ,
)
PROGRESS = Statement(
    id="book-p", subject="book-a", kind=Kind.PROGRESS, measure="추진율", value=40, unit="%", period="2026"
)
TARGET = Statement(
    id="book-t", subject="book", kind=Kind.TARGET, measure="생산액", value=None, unit="조원", period="2030"
)
ROWS = {
    Table.PLAN: [Plan(id="book", kind=PlanKind.PLEDGE_BOOK, title="민선 공약", owner="기획과")],
    Table.PROJECT: [CENTRE, PARK],
    Table.MEASURE: [Measure(id="book-m", subject="book-a", name="관제 면적", unit="㎡")],
    Table.STATEMENT: [MONEY, PROGRESS, TARGET],
    Table.MILESTONE: [
        Milestone(id="book-q", project="book-a", title="설계", start=Quarter(2026, 1), end=Quarter(2026, 2))
    ],
    Table.FACT: [Fact(id="book-f", subject="book-a", kind=FactKind.GOAL, text="안전한 산단 <b>만들기</b>")],
}


@dataclass(frozen=True)
class Citizen:
    """Somebody without an account, and perhaps a browser that says things of itself."""

    app: object

    def get(self, path, cookies=None, **headers):
        async def asking():
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://sandan.test", cookies=cookies
            ) as client:
                return await client.get(path, headers={"accept": "text/html"} | headers)

        return asyncio.run(asking())

    def words(self, path, css="main", **headers):
        answer = self.get(path, **headers)
        assert answer.status_code == 200, answer.text[:1500]
        found = BeautifulSoup(answer.text, "html.parser").select(css)
        return " ".join(" ".join(tag.get_text(" ") for tag in found).split())


class Nobody:
    """Lets nobody in."""

    def of_session(self, token):
        return None

    def of_bearer(self, token):
        return None


def write(store, edits, kind, reason, at):
    with store.registry.write() as conn:
        return write_version(
            store,
            conn,
            "book",
            edits,
            kind=kind,
            reason=reason,
            actor=OFFICER,
            at=at,
            review="검토: 내부 의견",
        ).number


def changed(store, row, reason, at=NOW, table=Table.STATEMENT):
    return write(store, [Edit(table, row.id, row)], ChangeKind.CORRECTION, reason, at)


@pytest.fixture
def kept(sqlite_store):
    """A plan of two projects, entered but not yet published."""
    edits = [Edit(table, row.id, row) for table, rows in ROWS.items() for row in rows]
    write(sqlite_store, edits, ChangeKind.IMPORT, "공약집 반영", NOW)
    return sqlite_store


@pytest.fixture
def open_(kept):
    """The same, published, with a state that was set before."""
    set_state(kept, OFFICER, "book", "book-a", PledgeState.ON_TRACK, "착공 확인", NOW)
    publish(kept, OFFICER, "book", 1, NOW)
    return kept


@pytest.fixture
def site(kept, monkeypatch, tmp_path_factory):
    """The site with some settings of open data; the built assets are not needed."""
    assets = tmp_path_factory.mktemp("assets")
    (assets / "manifest.json").write_text('{"files": {}}')
    monkeypatch.setattr("sandan.web.render.ASSETS", assets)
    monkeypatch.setattr("sandan.web.server.ASSETS", assets)
    doors = Domain("doors", Text("문", "Doors"), authenticator=lambda _house: Nobody())
    clock = FixedClock(NOW + timedelta(days=1))
    return lambda **given: Citizen(
        build_app(Settings(rest={"programme": given}), kept, clock, domains=(programme_domain, doors))
    )


@pytest.fixture
def citizen(site):
    """Somebody who reads the site of an office that has set nothing about open data."""
    return site()


PAGES = (
    "/open/plans/book",
    "/open/plans/book/versions/1",
    "/open/plans/book/projects/book-a",
    "/open/plans/book/versions/1/projects/book-a",
)


def test_a_plan_that_was_never_published_is_not_there(kept, citizen):
    """Neither in the list, nor by its address, nor in a search."""
    for path in PAGES:
        answer = citizen.get(path)
        assert answer.status_code == 404
        assert "통합관제센터" not in answer.text
    assert "민선 공약" not in citizen.words("/open")
    assert "통합관제센터" not in citizen.words("/open?q=통합")


def test_a_published_plan_says_what_was_promised_done_and_spent(open_, citizen):
    """The list, the plan and the card, to somebody who is not signed in."""
    assert "민선 공약" in citizen.words("/open")
    plan = citizen.words("/open/plans/book")
    for said in ("민선 공약", "통합관제센터 구축", "702억 원", "정상추진", "40%", "미정"):
        assert said in plan, said
    card = citizen.words("/open/plans/book/projects/book-a")
    for said in ("안전한 산단 <b>만들기</b>", "착공 확인", "설계", "관제 면적", "근거 없음", "주차장 확충"):
        assert said in card, said


def test_a_newer_version_stays_inside_until_it_is_published(open_, citizen):
    """Its values, its reason, its number."""
    changed(open_, replace(MONEY, value=99_900_000_000), "증액 사유는 비밀", NOW + timedelta(hours=1))
    for path in ("/open", "/open/data", *PAGES):
        text = citizen.get(path).text
        assert "999억" not in text
        assert "증액 사유" not in text
    for path in ("/open/plans/book/versions/2", "/open/plans/book/versions/2/projects/book-a"):
        assert citizen.get(path).status_code == 404


def test_a_state_set_after_the_publication_waits_for_the_next(open_, citizen):
    """What the office found since is not what was published."""
    later = NOW + timedelta(hours=2)
    set_state(open_, OFFICER, "book", "book-a", PledgeState.DROPPED, "내부 판단", later)
    for path in PAGES:
        text = citizen.get(path).text
        assert "내부 판단" not in text
        assert "폐기" not in text
    changed(open_, replace(PROGRESS, value=45), "3월 점검", later)
    publish(open_, OFFICER, "book", 2, later)
    assert "폐기" in citizen.words("/open/plans/book/projects/book-a")
    assert "정상추진 → 폐기" in citizen.words("/open/plans/book", "#main")
    assert "폐기" not in citizen.words("/open/plans/book/versions/1/projects/book-a")


def test_no_page_names_a_person(open_, citizen):
    """Neither an account nor a name that an officer typed, nor the review inside."""
    for path in ("/open", "/open/data", *PAGES):
        text = citizen.get(path).text
        for inside in ("asks-7", "요청자", "홍길동", "내부 의견"):
            assert inside not in text, (path, inside)
    assert "산업과 팀장" in citizen.words("/open/plans/book/projects/book-a")


def test_a_correction_restates_and_the_version_before_stays_readable(open_, citizen):
    """Both values side by side with the reason, and the older page says that a newer one exists."""
    later = NOW + timedelta(days=1)
    changed(open_, replace(MONEY, value=69_900_000_000), "금액 정정", later)
    publish(open_, OFFICER, "book", 2, later)
    plan = citizen.words("/open/plans/book")
    for said in ("금액 정정", "702억 원", "699억 원", "1판에서 2판으로"):
        assert said in plan, said
    old = citizen.words("/open/plans/book/versions/1")
    assert "702억 원" in old
    assert "699억 원" not in old
    assert "지금 공개된 2판 보기" in old
    card = citizen.words("/open/plans/book/projects/book-a", "section[aria-labelledby=changed]")
    for said in ("2판", "금액 정정", "702억 원", "699억 원"):
        assert said in card, said


def test_a_version_between_two_publications_is_never_shown(open_, citizen):
    """Its reason stays inside; what it changed is in the publication that brought it along."""
    later = NOW + timedelta(days=1)
    changed(open_, replace(MONEY, value=1_000_000_000), "중간 초안", later)
    changed(open_, replace(MONEY, value=2_000_000_000), "최종안", later)
    publish(open_, OFFICER, "book", 3, later)
    plan = citizen.words("/open/plans/book")
    assert "최종안" in plan
    assert "중간 초안" not in plan
    assert "10억 원" not in plan
    assert citizen.get("/open/plans/book/versions/2").status_code == 404


def test_a_cache_may_keep_a_page_until_something_is_published(open_, citizen):
    """A tag that stays, a 304 for who has it, another tag after a publication; no cookie, no stream."""
    for path in ("/open", "/open/data", *PAGES):
        answer = citizen.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=300"
        assert "accept-language" in answer.headers["vary"].lower()
        assert "set-cookie" not in answer.headers
        assert "<script" not in answer.text
        assert "data-stream" not in answer.text
        again = citizen.get(path, **{"if-none-match": f'"other", {answer.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == answer.headers["etag"]
        assert "set-cookie" not in again.headers
    tag = citizen.get("/open/plans/book").headers["etag"]
    changed(open_, replace(PROGRESS, value=45), "3월 점검")
    assert citizen.get("/open/plans/book").headers["etag"] == tag
    publish(open_, OFFICER, "book", 2, NOW)
    fresh = citizen.get("/open/plans/book", **{"if-none-match": tag})
    assert fresh.status_code == 200
    assert "45%" in fresh.text


def test_a_page_is_the_same_with_and_without_a_session(open_, citizen):
    """Cookies of the office's own pages change nothing."""
    for path in PAGES:
        with_cookies = citizen.get(path, {"language": "en", "theme": "dark", "sandan": "x"})
        assert with_cookies.text == citizen.get(path).text
        assert "set-cookie" not in with_cookies.headers


def test_both_languages_are_whole(open_, citizen):
    """By the address, which wins and is kept in links, or by what the browser prefers."""
    english = citizen.words("/open/plans/book?lang=en")
    for said in ("What was promised", "What it cost", "How we know", "On track", "KRW 70.2 bn", "not set"):
        assert said in english, said
    assert "What was promised" in citizen.words("/open/plans/book", **{"accept-language": "en-GB,ko;q=0.5"})
    assert "무엇을 약속했나" in citizen.words("/open/plans/book?lang=ko", **{"accept-language": "en"})
    page = BeautifulSoup(citizen.get("/open/plans/book?lang=en").text, "html.parser")
    assert page.html["lang"] == "en"
    inner = [a["href"] for a in page.select("main a[href^='/open/plans']")]
    assert inner
    assert all("lang=en" in href for href in inner)
    assert [a["hreflang"] for a in page.select("link[rel=alternate][hreflang]")] == ["ko", "en"]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "ko"),
        ("en-US,en;q=0.9", "en"),
        ("ja,en;q=0.2", "en"),
        ("ko,en", "ko"),
        ("en;q=x", "ko"),
        ("*", "ko"),
    ],
)
def test_the_language_a_browser_prefers(accepted, language):
    """Korean unless it likes English better."""
    assert preferred(accepted) == language


@pytest.mark.parametrize(
    "path",
    [
        "/open/plans/nothing",
        "/open/plans/book/versions/0",
        "/open/plans/book/versions/x",
        "/open/plans/book/versions/99999999999",
        "/open/plans/book/projects/nothing",
        "/open/plans/book/versions/1/projects/nothing",
    ],
)
def test_what_is_not_there_is_a_404_in_the_site_itself(open_, citizen, path):
    """In the reader's language, kept by no cache."""
    answer = citizen.get(path + "?lang=en")
    assert answer.status_code == 404
    assert "Nothing is published here" in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_search_finds_plans_and_projects(open_, citizen):
    """By a word of their name; what is typed is only ever text."""
    assert "주차장 확충" in citizen.words("/open?q=주차", "section[aria-labelledby=found]")
    assert "없습니다" in citizen.words("/open?q=우주선", "section[aria-labelledby=found]")
    assert "<script>" not in citizen.get("/open?q=<script>alert(1)</script>").text
    assert "주차장" not in citizen.words("/open/plans/book?q=관제", "section[aria-labelledby=done]")
    assert "해당하는 사업이 없습니다" in citizen.words("/open/plans/book?state=폐기&page=zz")


def test_documents_that_differ_show_both_values_and_how_it_was_settled(open_, citizen):
    """Visible until settled, and after it too."""
    other = replace(MONEY, id="book-s2", value=50_000_000_000)
    changed(open_, other, "두 번째 문서 반영")
    publish(open_, OFFICER, "book", 2, NOW)
    for path in ("/open/plans/book", "/open/plans/book/projects/book-a"):
        said = citizen.words(path, "section[aria-labelledby=known]")
        assert "702억 원" in said
        assert "500억 원" in said
        assert "정리되지 않음" in said


FILES = ("plan.csv", "plan.json")
OFFICE = {
    "publisher": "새빛시",
    "ocid_prefix": "ocds-abc123",
    "organisation": "KR-TEST-1",
    "licence": "https://www.kogl.or.kr/info/license.do",
    "address": "https://sandan.example/open",
}


def test_open_data_says_what_was_published_and_nothing_else(open_, citizen):
    """Files of the newest publication and of earlier ones; no account, no name, no later value."""
    later = NOW + timedelta(days=1)
    changed(open_, replace(MONEY, value=69_900_000_000), "금액 정정", later)
    publish(open_, OFFICER, "book", 2, later)
    changed(open_, replace(MONEY, value=99_900_000_000), "아직 비밀", later)
    for name in FILES:
        newest = citizen.get(f"/open/plans/book/{name}")
        old = citizen.get(f"/open/plans/book/versions/1/{name}")
        assert "69900000000" in newest.text
        assert "70200000000" in old.text
        assert citizen.get(f"/open/plans/book/versions/3/{name}").status_code == 404
        for answer in (newest, old):
            assert answer.headers["cache-control"] == "public, max-age=300"
            assert "attachment" in answer.headers["content-disposition"]
            for inside in ("99900000000", "asks-7", "홍길동", "내부 의견", "아직 비밀"):
                assert inside not in answer.text, (name, inside)
        again = citizen.get(f"/open/plans/book/{name}", **{"if-none-match": newest.headers["etag"]})
        assert again.status_code == 304


def test_the_json_file_follows_its_schema(open_, citizen):
    """The schema is on the site itself."""
    schema = citizen.get("/open/plan.schema.json").json()
    jsonschema.validate(citizen.get("/open/plans/book/plan.json").json(), schema)


def test_a_file_of_a_plan_that_is_not_public_is_not_there(kept, citizen):
    """Nor is a file nobody knows."""
    for name in (*FILES, "ocds.json", "iati.xml", "other.txt"):
        assert citizen.get(f"/open/plans/book/{name}").status_code == 404


def test_contracting_and_aid_data_need_the_settings_they_name(open_, site):
    """Without them the files are neither offered nor there; with them they are."""
    bare, office = site(), site(**OFFICE)
    for name in ("ocds.json", "iati.xml"):
        assert bare.get(f"/open/plans/book/{name}").status_code == 404
        assert f"/open/plans/book/{name}" not in bare.get("/open/data").text
        assert office.get(f"/open/plans/book/{name}").status_code == 200
        assert f"/open/plans/book/{name}" in office.get("/open/data").text
    assert (
        office.get("/open/plans/book/ocds.json").json()["uri"]
        == "https://sandan.example/open/plans/book/ocds.json"
    )
    assert "이용 조건이 아직 정해지지 않았습니다" in bare.words("/open/data")
    assert OFFICE["licence"] in office.words("/open/data")


def test_the_feed_has_an_entry_for_each_publication(open_, site):
    """With whole addresses from the settings; without them no shared cache may keep what it says."""
    changed(open_, replace(PROGRESS, value=45), "3월 점검")
    publish(open_, OFFICER, "book", 2, NOW + timedelta(days=1))
    changed(open_, replace(PROGRESS, value=50), "미공개")
    answer = site(**OFFICE).get("/open/changes.atom")
    feed = etree.fromstring(answer.content)
    entries = feed.findall("{*}entry")
    assert [one.findtext("{*}summary") for one in entries] == ["3월 점검", "공약집 반영"]
    assert entries[0].findtext("{*}id") == "https://sandan.example/open/plans/book/versions/2"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert "미공개" not in answer.text
    assert site().get("/open/changes.atom").headers["cache-control"] == "no-store"


def test_a_page_names_its_one_address(open_, site):
    """Whole where the settings say it, and never from what the request says of its host."""
    page = BeautifulSoup(site(**OFFICE).get("/open/plans/book?q=x").text, "html.parser")
    assert page.select_one("link[rel=canonical]")["href"] == "https://sandan.example/open/plans/book"
    text = site().get("/open/plans/book", host="evil.example").text
    assert "evil.example" not in text
    assert 'rel="canonical" href="/open/plans/book"' in text


def jobs_counted_at(store, firms):
    """Bind a measure to the head counts of so many firms, and publish that."""
    with store.registry.write() as conn:
        store.things.put(conn, [Thing(f"firm-{i}", "firm", f"기업{i}", None, f"firm-{i}") for i in range(5)])
    sheet = "기업명,기준월,고용인원\n" + "".join(f"firm-{i},2026-02,{100 + i}\n" for i in range(firms))
    upload_payroll(store, OFFICER, "인원.csv", sheet.encode(), NOW)
    changed(
        store,
        Measure(id="book-j", subject="book-a", name="고용", unit="명", indicator="jobs"),
        "결합",
        NOW,
        Table.MEASURE,
    )
    publish(store, OFFICER, "book", 2, NOW + timedelta(hours=1))


def test_a_bound_measure_shows_what_was_computed_on_the_day_of_publication(open_, citizen):
    """With its definition and how it is known, and nothing that became known later."""
    jobs_counted_at(open_, 3)
    sheet = "기업명,기준월,고용인원\nfirm-0,2026-02,999\n".encode()
    upload_payroll(open_, OFFICER, "나중.csv", sheet, NOW + timedelta(hours=5))
    for path in ("/open/plans/book", "/open/plans/book/projects/book-a"):
        said = citizen.words(path, "section[aria-labelledby=known]")
        assert "고용" in said
        assert "303명" in said
        assert "자료 확보 60%" in said
        assert "기업별 고용 인원의 합" in said


def test_a_figure_that_would_tell_on_a_single_firm_is_withheld(open_, citizen):
    """It is said to be known, and its value is not."""
    jobs_counted_at(open_, 2)
    said = citizen.words("/open/plans/book", "section[aria-labelledby=known]")
    assert "공개하지 않음" in said
    for value in ("201", "100명", "101명"):
        assert value not in said
