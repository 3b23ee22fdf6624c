"""The quarterly report: what stands where, what happened, what is late and what does not hold."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from sandan.printing.sheet import Grid, Items
from sandan.programme.engine.findings import find_faults
from sandan.programme.engine.ledger import build_ledger
from sandan.programme.engine.publishing import quarterly_report_hwpx, quarterly_report_pdf, report_sheet
from sandan.programme.engine.rates import compute_rates
from sandan.programme.engine.reading import read_document
from sandan.programme.model.plan import Fact
from sandan.programme.model.statements import Origin
from sandan.programme.model.vocabulary import FactKind, Kind, Quarter


def _conftest():
    spec = importlib.util.spec_from_file_location("publishing_plan", Path(__file__).with_name("conftest.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


made = _conftest()
FIRST = Quarter(2026, 1)


def inputs(book, quarter=FIRST, language="ko"):
    rates = compute_rates(book, made.DAY)
    return [book], build_ledger([book]), rates, find_faults([book], made.DAY), quarter, language, made.DAY


def report(book, quarter=FIRST, **more):
    return report_sheet(*inputs(book, quarter, **more), names=made.NAMES)


def block(sheet, title):
    """The one block of a section; None where the report has no such section."""
    found = [one.blocks[0] for one in sheet.sections if one.title == title]
    return found[0] if found else None


def rows(grid):
    assert isinstance(grid, Grid)
    return [[" / ".join(piece.text for piece in cell) for cell in row] for row in grid.rows]


def items(found):
    assert isinstance(found, Items)
    return [(when, piece.text) for when, piece in found.items]


def test_each_rate_stands_with_what_it_divides(book):
    """Two cities' rates cannot be compared without."""
    found = {row[0]: row[1:] for row in rows(block(report(book), "이행률"))}
    assert found["재원 확보율"][1:] == ["120억 원 / 224억 원", "53.57%"]
    assert all(len(row[0]) > 5 for row in found.values())


def test_states_add_up_to_the_pledges(book):
    """A pledge that nobody gave a state is counted as such; parts are no pledges."""
    (row,) = rows(block(report(replace(book, states={})), "이행 상태"))
    assert row[1] == row[-1] == "1"
    (row,) = rows(block(report(book), "이행 상태"))
    assert sum(int(number) for number in row[2:]) == int(row[1]) == 1


def test_money_by_source_adds_up_and_an_unspoken_stage_is_not_zero(book):
    """Planned, secured, unsecured and executed; nothing is said of settlement."""
    total, national, city = rows(block(report(book), "재원"))
    assert total == ["계", "224", "120", "104", "7", "", ""]
    assert national == ["국비", "162", "120", "42", "7", "", ""]
    assert city[:4] == ["시비", "62", "0", "62"]


def test_only_what_was_done_in_the_quarter_is_told(book):
    """Milestones finished in it, achievements and talks reported for it."""
    done = Fact(
        id="book-q",
        subject="book-a",
        kind=FactKind.ACHIEVEMENT,
        text="협약 체결",
        when="2026-Q1",
        origin=Origin(),
    )
    talk = made.figure("book-c", Kind.COUNT, "소통: 설문조사", 2, "회", "2026-Q1", 80)
    sheet = report(replace(book, facts=[*book.facts, done], statements=[*book.statements, talk]))
    title = book.projects[0].title
    assert items(block(sheet, "이번 분기에 한 일")) == [(title, "협약 체결")]
    assert items(block(sheet, "소통 실적")) == [(title, "소통: 설문조사 2회")]
    assert items(block(report(book, Quarter(2023, 2)), "이번 분기에 한 일")) == [(title, "기본·실시설계")]
    assert items(block(report(book, Quarter(2025, 4)), "이번 분기에 한 일")) == [("", "없음")]


def test_a_step_is_due_before_it_is_late(book):
    """It is announced the quarter before, and late from the end of its own."""
    assert block(report(book, Quarter(2026, 2)), "다음 분기에 할 일") is None
    assert rows(block(report(book, Quarter(2026, 3)), "다음 분기에 할 일"))[0][1] == "관제센터 착공과 준공"
    assert block(report(book, Quarter(2026, 3)), "늦어진 일정") is None
    assert rows(block(report(book, Quarter(2026, 4)), "늦어진 일정"))[0][2:] == ["2026년 4분기", "산업입지과"]


def test_findings_come_gravest_first_with_line_remedy_and_office(book):
    """As an auditor would read them."""
    sheet = report(book)
    grid = block(sheet, "점검 결과")
    order = ["높음", "중간", "낮음"]
    severities = [row[0] for row in rows(grid)]
    assert severities == sorted(severities, key=order.index)
    assert len(severities) > 1
    assert all(row[1] and row[2] and row[3] for row in rows(grid))
    assert sheet.sources


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_report_is_a_pdf_that_holds_its_words(book, language):
    """In the language asked for, accessible, with version and day at the foot."""
    data = quarterly_report_pdf(*inputs(book, language=language), names=made.NAMES)
    document = pypdfium2.PdfDocument(data)
    text = "".join(page.get_textpage().get_text_bounded() for page in document)
    assert document.is_tagged()
    assert rb"<pdfuaid:part>1" in data
    title = {"ko": "2026년 1분기 점검 보고서", "en": "Report on Q1 2026"}[language]
    assert document.get_metadata_value("Title") == title
    assert title in text
    assert {"ko": "기준일 2026. 3. 5.", "en": "as of 5 Mar 2026"}[language] in text


def test_a_report_can_be_read_back_from_hwpx(book):
    """Cell by cell."""
    data = quarterly_report_hwpx(*inputs(book), names=made.NAMES)
    found = [line.cells for line in read_document("report.hwpx", data).lines]
    assert ("국비", "162", "120", "42", "7", "–", "–") in found


def test_a_plan_without_anything_has_a_report(book):
    """Nothing is divided by nothing."""
    empty = replace(
        book, projects=[], statements=[], milestones=[], facts=[], measures=[], complexes=[], states={}
    )
    assert quarterly_report_pdf(*inputs(empty)).startswith(b"%PDF-")
