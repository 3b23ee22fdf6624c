"""Files of a plan: who gets them, what they are, and what is said when one cannot be made."""

import io
import json
from datetime import datetime

import openpyxl
import pypdfium2
import pytest

from sandan.access import Actor, Role
from sandan.clock import SEOUL
from sandan.errors import InvalidInput, NotAllowed, NotFound
from sandan.programme.engine.publishing import Publisher
from sandan.programme.model.plan import Plan, Project
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import Kind, PlanKind, PledgeState, Quarter, Stage
from sandan.programme.service.publishing import plan_file, publisher_settings, report_file
from sandan.programme.service.states import set_state

NOW = datetime(2026, 3, 4, 9, tzinfo=SEOUL)
OFFICER = Actor("officer", "담당자", frozenset({Role.OFFICER}))
FIRM = Actor("firm", "기업", frozenset({Role.FIRM}), "firm-a")
FORMS = {
    "projects/book-a/card.pdf": ("application/pdf", b"%PDF-"),
    "projects/book-a/card.hwpx": ("application/hwp+zip", b"PK"),
    "report.pdf": ("application/pdf", b"%PDF-"),
    "report.hwpx": ("application/hwp+zip", b"PK"),
    "plan.xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
    "plan.csv": ("text/csv; charset=utf-8", b"\xef\xbb\xbf"),
    "plan.json": ("application/json", b"{"),
}


def amount(won):
    return Statement(
        id="book-s",
        subject="book-a",
        kind=Kind.BUDGET,
        measure="총사업비",
        value=won,
        unit="원",
        source="국비",
        period="2026",
        stage=Stage.PLANNED,
    )


@pytest.fixture
def kept(write, store):
    """A plan of one project in two versions: the amount was mended."""
    plan = Plan(id="book", kind=PlanKind.PLEDGE_BOOK, title="새빛시 공약", owner="기획과")
    write("book", [plan, Project(id="book-a", title="센터 구축", owner="산업과"), amount(702_0000_0000)])
    write("book", [amount(800_0000_0000)])
    return store


def words(data):
    document = pypdfium2.PdfDocument(data)
    return "".join(document[i].get_textpage().get_text_bounded() for i in range(len(document)))


@pytest.mark.parametrize("form", FORMS)
def test_every_file_comes_as_what_it_is(kept, browse, form):
    """With its type, a name of its own, and never from a cache that others share."""
    media_type, begins = FORMS[form]
    answer = browse().get(f"/programme/plans/book/{form}")
    assert answer.status_code == 200, answer.text[:500]
    assert answer.headers["content-type"] == media_type
    assert answer.content.startswith(begins)
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''book_")
    assert "no-store" in answer.headers["cache-control"]


def test_the_pages_lead_to_the_files(kept, browse):
    """The card to its own two, the plan to all of the plan's; each link answers."""
    for page, count in (("/programme/plans/book", 7), ("/programme/plans/book/projects/book-a", 2)):
        links = [one["href"] for one in browse().soup(page).select(".page-head a.button, .menu-list a")]
        files = [
            link for link in links if link.rsplit(".", 1)[-1] in ("pdf", "hwpx", "xlsx", "csv", "json", "xml")
        ]
        assert len(files) == count
        for link in files:
            assert browse().get(link).status_code in (200, 422)


def test_an_old_version_is_printed_as_it_was(kept, browse):
    """With its own amounts, and its number at the foot."""
    base = "/programme/plans/book/projects/book-a/card.pdf"
    now, then = (words(browse().get(base + query).content) for query in ("", "?version=1"))
    assert "800억 원" in now
    assert "2판" in now
    assert "702억 원" in then
    assert "1판" in then


def test_files_are_in_the_language_of_the_reader(kept, browse):
    """English words around what the documents say in Korean."""
    text = words(browse(language="en").get("/programme/plans/book/projects/book-a/card.pdf").content)
    assert "Department" in text
    assert "산업과" in text
    workbook = browse(language="en").get("/programme/plans/book/plan.xlsx").content
    assert openpyxl.load_workbook(io.BytesIO(workbook)).sheetnames[0] == "Projects"


@pytest.mark.parametrize(("form", "setting"), [("ocds.json", "ocid_prefix"), ("iati.xml", "organisation")])
def test_a_standard_without_its_settings_says_which(kept, browse, form, setting):
    """A publisher is never made up; the answer names the setting."""
    answer = browse().get(f"/programme/plans/book/{form}")
    assert answer.status_code == 422
    assert f"[programme] {setting}" in answer.text


def test_the_standards_come_once_they_are_set(kept):
    """From the table `[programme]`."""
    table = {
        "publisher": "새빛시",
        "ocid_prefix": "ocds-a1b2c3",
        "organisation": "KR-TEST-1",
        "licence": "https://www.kogl.or.kr/",
        "address": "https://open.example",
    }
    publisher = publisher_settings(table)
    found = plan_file(kept, OFFICER, "book", "ocds.json", "ko", publisher)
    assert json.loads(found.content)["releases"][0]["ocid"] == "ocds-a1b2c3-book-a"
    with pytest.raises(InvalidInput):
        publisher_settings(table | {"ocid_prefix": "아무것"})


def test_an_unusable_quarter_is_refused(kept, browse):
    """With an example of how to write it."""
    answer = browse().get("/programme/plans/book/report.pdf?quarter=2026-5")
    assert answer.status_code == 422
    assert "2026-Q1" in answer.text


@pytest.mark.parametrize(
    "path",
    ["none/plan.csv", "book/plan.csv?version=9", "book/projects/none/card.pdf", "none/report.pdf"],
)
def test_a_file_of_nothing_is_not_found(kept, browse, path):
    """No such plan, version or project."""
    assert browse().get(f"/programme/plans/{path}").status_code == 404


def test_no_account_or_name_is_in_a_file(kept):
    """Who set a state stays in the office, and a name typed into its evidence goes."""
    set_state(kept, OFFICER, "book", "book-a", PledgeState.ON_TRACK, "담당 홍길동 ☎ 000-0000", NOW)
    data = json.loads(plan_file(kept, OFFICER, "book", "plan.json", "ko", Publisher()).content)
    assert data["states"][0]["state"] == "정상추진"
    assert "홍길동" not in json.dumps(data, ensure_ascii=False)
    assert "officer" not in json.dumps(data)


def test_a_report_holds_the_findings_that_wait(kept):
    """Rates, states, money and what an auditor would find, of the plan as it stands."""
    found = report_file(kept, OFFICER, "book", Quarter(2025, 4), "report.pdf", "ko", NOW, {})
    text = words(found.content)
    assert "2025년 4분기 점검 보고서" in text
    for word in ("이행완료율", "재원", "점검 결과", "센터 구축", "800"):
        assert word in text


def test_a_form_that_is_none_is_not_found(kept):
    """The service is asked by name."""
    with pytest.raises(NotFound):
        plan_file(kept, OFFICER, "book", "plan.docx", "ko", Publisher())


def test_nobody_without_the_right_gets_a_file(kept):
    """A firm of the complex is no reader of the programme."""
    with pytest.raises(NotAllowed):
        plan_file(kept, FIRM, "book", "plan.csv", "ko", Publisher())
