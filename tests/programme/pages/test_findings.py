"""Findings and conflicts as an officer and a viewer see them."""

import asyncio
import csv
import io
from dataclasses import dataclass, replace
from datetime import datetime

import httpx
import pytest
from bs4 import BeautifulSoup

from sandan.access import SYSTEM, Actor, Role
from sandan.app import build_app
from sandan.clock import SEOUL
from sandan.domain import Domain
from sandan.programme.model.documents import Document, Line
from sandan.programme.model.plan import ChangeKind, Edit, Plan, Project, Table
from sandan.programme.model.statements import Origin, Statement
from sandan.programme.model.vocabulary import TOTAL, Kind, PlanKind, Stage
from sandan.programme.plugin import domain as programme_domain
from sandan.programme.records import drafts
from sandan.programme.service.changes import write_version
from sandan.settings import Settings
from sandan.words import Text

pytestmark = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)
NOW = datetime(2026, 3, 4, 9, tzinfo=SEOUL)
DIGEST = "d" * 64
EOK = 100_000_000
PEOPLE = {
    "officer": Actor("officer", "담당자", frozenset({Role.OFFICER})),
    "viewer": Actor("viewer", "열람자", frozenset({Role.VIEWER})),
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

    def post(self, path, **form):
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
def browse(store, clock, bare_assets):
    """A browser of the person named; the built assets are not needed to read the pages."""
    badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges())
    app = build_app(Settings(), store, clock, domains=(programme_domain, badges))
    return lambda person="officer", language="ko": Browser(app, person, language)


def money(id, source, value, line, place=""):
    """An amount of the one project, in 억원, read in a line of the document."""
    return Statement(
        id=id,
        subject="p-1",
        kind=Kind.BUDGET,
        measure="총사업비",
        value=value * EOK,
        unit="원",
        source=source,
        period=TOTAL,
        stage=Stage.PLANNED,
        place=place,
        origin=Origin(document=DIGEST, line=line, text=f"{source} {value}"),
    )


PROJECT = Project(id="p-1", title="지원센터", owner="=산업과")
SUMS = [money("p-a", "국비", 301, 2), money("p-b", "시비", 203, 3), money("p-t", TOTAL, 604, 4)]


def write(store, rows):
    tables = {Plan: Table.PLAN, Project: Table.PROJECT, Statement: Table.STATEMENT}
    edits = [Edit(tables[type(row)], row.id, row) for row in rows]
    with store.registry.write() as conn:
        write_version(store, conn, "p", edits, kind=ChangeKind.IMPORT, reason="반영", actor=SYSTEM, at=NOW)


@pytest.fixture
def kept(store):
    """A plan with a total that does not add up, and its document."""
    write(store, [Plan(id="p", kind=PlanKind.PLEDGE_BOOK, title="시범 공약", owner="기획과"), PROJECT, *SUMS])
    with store.registry.write() as conn:
        lines = [Line(n, (f"{n}행",)) for n in range(1, 5)]
        drafts.put_document(conn, Document("계획서.txt", DIGEST, lines), "officer", NOW)
    return store


def words(tag):
    return " ".join(tag.get_text(" ").split())


def cards(page):
    return [words(one) for one in page.select("article.card")]


def finding_id(page):
    return page.select_one("article.card")["id"].removeprefix("f-")


def test_a_finding_shows_what_it_rests_on_what_to_do_and_who(kept, browse):
    """Sentence, severity, inputs with links to their lines, remedy, and the department."""
    for path in ("/programme/findings", "/programme/plans/p/findings"):
        page = browse().soup(path)
        (card,) = cards(page)
        assert "재원별 합계 불일치" in card
        assert "심각도 높음" in card
        assert "604억 원" in card
        assert "301억 원" in card
        assert "=산업과" in card
        links = {link["href"] for link in page.select("article.card tbody a")}
        assert {f"/programme/documents/{DIGEST}#l{line}" for line in (2, 3, 4)} <= links
        assert words(page.select_one("article.card tbody a")) in ("계획서.txt 2행", "계획서.txt 4행")
    assert page.select_one('nav.tabs a[aria-current="page"]')["href"] == "/programme/plans/p/findings"
    english = cards(browse(language="en").soup("/programme/findings"))
    assert "Sources do not add up" in english[0]


def test_what_was_found_is_counted_and_filtered(kept, browse):
    """By severity, rule, owner and state; what fits nothing says so."""
    page = browse().soup("/programme/findings")
    assert [words(one) for one in page.select(".figure-value")] == ["1", "0", "0"]
    assert words(page.select_one(".chip[aria-current]")) == "미처리 1"
    for query in ("severity=high", "rule=sum-sources", "within=p", "who=%3D산업과", "state=all"):
        assert len(cards(browse().soup(f"/programme/findings?{query}"))) == 1
    for query in (
        "severity=low",
        "rule=conflict",
        "within=q",
        "who=x",
        "state=closed",
        "page=1&state=answered",
    ):
        page = browse().soup(f"/programme/findings?{query}")
        assert cards(page) == []
        assert "조건에 맞는 점검 결과가 없습니다" in words(page.select_one(".empty"))
    assert browse().get("/programme/plans/nowhere/findings").status_code == 404


def test_an_answer_is_kept_and_can_be_withdrawn(kept, browse):
    """Where the officer came from is where the answer leads back, filters and all."""
    id = finding_id(browse().soup("/programme/findings"))
    asked = {"plan": "p", "asked": "severity=high&state=all&page=1&evil=x"}
    sent = browse().post(
        f"/programme/findings/{id}/answer", kind="accepted", text="<b>별도 계상</b>", **asked
    )
    assert sent.status_code == 303
    assert sent.headers["location"] == "/programme/plans/p/findings?severity=high&state=all&done=answered"
    page = browse().soup(sent.headers["location"])
    assert "<b>별도 계상</b> officer" in cards(page)[0]
    assert "사유 수용" in cards(page)[0]
    assert "답변을 남겼습니다" in words(page.select_one(".note.good"))
    assert cards(browse().soup("/programme/findings")) == []
    sent = browse().post(f"/programme/findings/{id}/withdraw")
    assert sent.headers["location"] == "/programme/findings?done=withdrawn"
    assert len(cards(browse().soup("/programme/findings"))) == 1


def test_an_empty_answer_comes_back_with_the_form_open(kept, browse):
    """422 with what is missing; what was chosen stays chosen."""
    id = finding_id(browse().soup("/programme/findings"))
    sent = browse().post(f"/programme/findings/{id}/answer", kind="accepted", text="  ")
    assert sent.status_code == 422
    page = BeautifulSoup(sent.text, "html.parser")
    assert page.select_one('[role="alert"]')
    assert page.select_one("article details[open] input[checked]")["value"] == "accepted"


def test_a_viewer_reads_and_does_not_answer(kept, browse):
    """No form is offered, and none is accepted."""
    page = browse("viewer").soup("/programme/findings")
    assert not page.select("article form")
    sent = browse("viewer").post(f"/programme/findings/{finding_id(page)}/answer", text="답")
    assert sent.status_code == 403
    assert browse("viewer").post("/programme/findings/check").status_code == 303


def test_a_corrected_finding_is_listed_as_gone(kept, browse):
    """And the page then praises the plan, saying what was checked."""
    browse().get("/programme/findings")
    write(kept, [replace(SUMS[2], value=504 * EOK)])
    page = browse().soup("/programme/plans/p/findings")
    assert "찾은 문제가 없습니다" in words(page.select_one(".empty"))
    assert "사업 1건, 값 3개, 문서 1건" in words(page.select_one(".empty"))
    (card,) = cards(browse().soup("/programme/plans/p/findings?state=closed"))
    assert "해소된 때" in card


def test_checking_now_says_so(kept, browse):
    """It leads back to the list it was asked from."""
    sent = browse().post("/programme/findings/check", plan="p")
    assert sent.headers["location"] == "/programme/plans/p/findings?done=checked"
    assert "다시 점검했습니다" in words(browse().soup(sent.headers["location"]).select_one(".note.good"))


def test_findings_can_be_taken_along(kept, browse):
    """A CSV in the reader's language; nothing in it is a formula to a spreadsheet."""
    for path in ("/programme/findings.csv", "/programme/plans/p/findings.csv?state=all"):
        file = browse().get(path)
        assert file.headers["content-type"] == "text/csv; charset=utf-8"
        header, row = csv.reader(io.StringIO(file.content.decode("utf-8-sig")))
        told = dict(zip(header, row, strict=True))
        assert (told["심각도"], told["규칙"], told["계획"]) == ("높음", "sum-sources", "시범 공약")
        assert (told["대상"], told["담당"], told["상태"]) == ("지원센터", "'=산업과", "미처리")
        assert told["문서와 행"] == "계획서.txt 4행"
    assert len(browse().get("/programme/findings.csv?state=closed").text.splitlines()) == 1
    assert "Severity" in browse(language="en").get("/programme/findings.csv").text


def test_a_store_without_plans_says_what_to_do_first(store, browse):
    """There is nothing to praise yet."""
    assert "점검할 계획이 없습니다" in words(browse().soup("/programme/findings").select_one(".empty"))


def test_values_that_differ_stand_side_by_side_until_one_is_chosen(kept, browse):
    """Each with its source and text; the findings lead there; settling needs a reason."""
    empty = browse().soup("/programme/plans/p/conflicts").select_one(".empty")
    assert "값 3개를 견주었습니다" in words(empty)
    write(kept, [money("p-t2", TOTAL, 701, 9, "총괄표")])
    link = browse().soup("/programme/plans/p/findings").select_one(".note.warn a")
    assert link["href"] == "/programme/plans/p/conflicts"
    page = browse().soup(link["href"])
    rows = [words(row) for row in page.select("section.card tbody tr")]
    assert ["604억 원" in rows[0], "701억 원" in rows[1], "총괄표" in rows[1]] == [True] * 3
    assert page.select_one(".badge.bad").text == "정해지지 않음"
    form = {"conflict": page.select_one('[name="conflict"]')["value"], "statement": "p-t2"}
    wrong = browse().post(link["href"], **form, reason="")
    assert wrong.status_code == 422
    chosen = BeautifulSoup(wrong.text, "html.parser").select_one('[name="statement"][checked]')
    assert chosen["value"] == "p-t2"
    sent = browse().post(link["href"], **form, reason="총괄표가 최종본")
    assert sent.headers["location"] == "/programme/plans/p/conflicts?done=settled"
    page = browse("viewer").soup("/programme/plans/p/conflicts")
    assert "총괄표가 최종본 officer" in words(page.select_one("section.card"))
    assert not page.select("section.card [type=radio]")
    assert browse("viewer").post(link["href"], **form, reason="까닭").status_code == 403
