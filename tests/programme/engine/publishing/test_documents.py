"""Cards and workbooks: what they say, that they can be read back, and that nothing in them is computed."""

import importlib.util
import io
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pypdfium2
import pytest
import unhwp

from sandan.errors import NotFound
from sandan.printing.fonts import MISSING, printable
from sandan.printing.sheet import Facts, Grid
from sandan.programme.engine.publishing import card_hwpx, card_pdf, card_sheet, plan_xlsx
from sandan.programme.engine.publishing.money import money_unit
from sandan.programme.engine.reading import read_document
from sandan.programme.model.statements import Origin
from sandan.programme.model.vocabulary import TOTAL


def _conftest():
    spec = importlib.util.spec_from_file_location("publishing_plan", Path(__file__).with_name("conftest.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


made = _conftest()


def sheet_of(book, **more):
    return card_sheet(book, "book-a", "ko", made.DAY, **({"names": made.NAMES} | more))


def facts(sheet):
    (block,) = sheet.sections[0].blocks
    return {label: [piece.text for piece in cell] for label, cell in block.pairs}


def grids(sheet, title):
    section = next(one for one in sheet.sections if one.title == title)
    return [block for block in section.blocks if isinstance(block, Grid)]


def shown(grid):
    return [[" / ".join(piece.text for piece in cell) for cell in row] for row in grid.rows]


def pdf_text(data):
    document = pypdfium2.PdfDocument(data)
    return "\n".join(document[i].get_textpage().get_text_bounded() for i in range(len(document)))


def test_a_card_has_the_fields_of_the_printed_one(book):
    """In the words of the pledge books; what is not stated says so."""
    found = facts(sheet_of(book))
    assert found["관리번호"] == ["57"]
    assert found["사업구분"] == ["신규"]
    assert found["사업기간"] == ["2022. 7. 1. ~ 2026. 12. 31."]
    assert found["추진상황"] == ["50%"]
    assert found["추진부서"] == ["산업입지과"]
    assert found["협조부서"] == ["시 산업정책과, 한국산업단지공단"]
    assert found["이행 상태"][0].startswith("정상추진 (산업입지과, 2026. 3. 4.)")
    assert facts(card_sheet(book, "book-b", "ko", made.DAY))["사업기간"] == ["적혀 있지 않음"]


def test_every_figure_from_a_document_cites_its_line(book):
    """A place has one number however often it is cited, and the numbers lead to the list."""
    sheet = sheet_of(book)
    (plan, *_) = grids(sheet, "재정투자계획")
    row = next(row for row in plan.rows if row[0][0].text == "국비")
    numbers = {number for cell in row[2:] for piece in cell for number in piece.notes}
    assert len(numbers) == 1
    assert sheet.sources[numbers.pop() - 1] == "2026년 공약 이행계획.hwpx 21행"
    assert len(set(sheet.sources)) == len(sheet.sources)


def test_a_sum_that_no_document_printed_says_that_it_was_computed(book):
    """By source, by year and of all; in the largest unit that is exact."""
    (plan, *_) = grids(sheet_of(book), "재정투자계획")
    assert plan.caption.endswith("(단위: 억원)")
    assert plan.head == ["재원", "계", "2024년", "2025년", "2026년"]
    assert shown(plan) == [
        ["계", "224", "158.5", "52.5", "13"],
        ["국비", "162", "124.5", "27.5", "10"],
        ["시비", "62", "34", "25", "3"],
    ]
    computed = [piece.mark for row in plan.rows for piece in row[1]]
    assert computed == ["계산"] * 3


def test_a_printed_total_is_shown_and_no_other_is_made(book):
    """What the document says is the sum stays what it says, right or wrong."""
    total = made.money("book-t", TOTAL, TOTAL, 999 * made.EOK, 20)
    sheet = sheet_of(replace(book, statements=[*book.statements, total]))
    (plan, *_) = grids(sheet, "재정투자계획")
    assert plan.head[:2] == ["재원", "계"]
    assert "계산" not in {piece.mark for row in plan.rows for cell in row for piece in cell}
    assert facts(sheet)["소요예산"] == ["999억 원"]


def test_what_contradicts_itself_has_no_sum(book):
    """Both values stand in the one place, and nothing is added up over them."""
    other = made.money("book-m1b", "국비", "2024", 120 * made.EOK, 70)
    (plan, *_) = grids(sheet_of(replace(book, statements=[*book.statements, other])), "재정투자계획")
    rows = shown(plan)
    assert rows[1][2] == "124.5 / 120"
    assert rows[0][2] == ""
    assert rows[0][1] == ""


def test_a_split_of_local_money_counts_once(book):
    """지방비 beside its own parts is a subtotal."""
    local = made.money("book-l", "지방비", "2024", 34 * made.EOK, 23)
    (plan, *_) = grids(sheet_of(replace(book, statements=[*book.statements, local])), "재정투자계획")
    assert shown(plan)[0][2] == "158.5"


def test_measured_declared_and_simulated_never_look_alike(book, proofs):
    """A report is declared, a proof measured, and simulated meters are named; the legend explains each."""
    sheet = sheet_of(book, proofs=proofs)
    section = next(one for one in sheet.sections if one.title == "확인지표")
    told = {label: cell[0] for b in section.blocks if isinstance(b, Facts) for label, cell in b.pairs}
    assert (told["확인값"].text, told["확인값"].mark) == ("3.2% (자료율 87%)", "측정 · 모의")
    assert [line.split(":")[0] for line in sheet.legend] == ["확인 필요", "계산", "측정", "신고", "모의"]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_card_is_an_accessible_pdf_that_holds_its_words(book, proofs, language):
    """Tagged, titled, in its language, with the version and day on every page."""
    data = card_pdf(book, "book-a", language, made.DAY, names=made.NAMES, proofs=proofs)
    document = pypdfium2.PdfDocument(data)
    assert document.is_tagged()
    assert document.get_metadata_value("Title") == "노후산업단지를 스마트그린 산단으로 전환"
    assert rb"<pdfuaid:part>1" in data
    assert rb"<pdfaid:part>2" in data
    assert f"/Lang ({language}".encode() in data or f"/Lang({language}".encode() in data
    text = pdf_text(data)
    for word in (
        {"ko": "124.5", "en": "12,450"}[language],
        "한국산업단지공단",
        "통합관제센터 개소",
        "2026년 공약 이행계획.hwpx",
    ):
        assert word in text
    for i in range(len(document)):
        page = document[i].get_textpage().get_text_bounded()
        assert {"ko": "3판 (2026. 3. 4.)", "en": "version 3 (4 Mar 2026)"}[language] in page
        assert [round(side) for side in document[i].get_size()] == [595, 842]


def test_the_same_card_is_the_same_bytes(book):
    """So that a copy can be compared with what was published."""
    assert card_pdf(book, "book-a", "ko", made.DAY) == card_pdf(book, "book-a", "ko", made.DAY)


def test_no_text_leaves_its_page(book):
    """Long words, many years and large amounts stay inside the margins."""
    long = replace(book.projects[0], basis="가나다라마바사" * 80, owner="스마트산업단지" * 6)
    years = [
        made.money(f"book-y{year}", source, str(year), 987_654_321_987, year)
        for year in range(2015, 2035)
        for source in ("국비", "도비", "시비")
    ]
    facts_ = [replace(book.facts[0], text="https://example.test/" + "a" * 300)]
    data = card_pdf(replace(book, projects=[long], statements=years, facts=facts_), "book-a", "ko", made.DAY)
    document = pypdfium2.PdfDocument(data)
    for page in document:
        text = page.get_textpage()
        for i in range(text.count_rects()):
            left, _, right, _ = text.get_rect(i)
            assert left >= 40
            assert right <= 595 - 40


def test_a_card_of_no_project_is_not_found(book):
    """The plan has no such project."""
    with pytest.raises(NotFound):
        card_pdf(book, "book-z", "ko", made.DAY)


def test_text_is_never_markup(book):
    """What a document says is set as it stands, whatever the typesetter would make of it."""
    text = '#panic("x") *굵게* $x^2$ @none <label> \\ [ ] " = 제목'
    facts_ = [replace(book.facts[0], text=text)]
    assert text in pdf_text(card_pdf(replace(book, facts=facts_), "book-a", "ko", made.DAY))


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("㎡ ① 「」", "㎡ ① 「」"),
        ("’21∼’23 ▸ ⑴", "’21～’23 ▷ (1)"),
        ("\U000f02b1가", "·가"),
        ("市 大改造 龘", "시 대개조 " + MISSING),
        ("\u200b\x00\x1b가\tb\ufeff", "가 b"),
        ("가", "가"),
        ("줄\n바꿈", "줄\n바꿈"),
        ("😀", MISSING),
    ],
)
def test_what_the_font_lacks_is_drawn_as_something_like_it(text, drawn):
    """Signs of word processors become like signs; only what has none is marked as missing."""
    assert printable(text) == drawn


@pytest.mark.parametrize(
    ("amounts", "unit"),
    [
        ([21_600_000_000], "억원"),
        ([1_650_500_000], "백만원"),
        ([123_450], "천원"),
        ([1], "원"),
        ([], "억원"),
    ],
)
def test_money_is_shown_in_the_largest_unit_that_is_exact(amounts, unit):
    """No won is lost to rounding."""
    assert money_unit(amounts, "ko")[1] == unit


def test_hwpx_says_what_the_pdf_says(book, proofs):
    """Read by a stranger's reader and by ours: every figure, label and source is there."""
    data = card_hwpx(book, "book-a", "ko", made.DAY, names=made.NAMES, proofs=proofs)
    stranger = unhwp.parse_bytes(data).text
    ours = "\n".join(line.text for line in read_document("card.hwpx", data).lines)
    sheet = sheet_of(book, proofs=proofs)
    words = ["224", "124.5 [", "산업입지과", "통합관제센터 개소", *sheet.sources]
    for text in (stranger, ours):
        flat = re.sub(r"\s+", " ", text.replace("\\", ""))
        assert [word for word in words if word not in flat] == []


def test_a_card_can_be_read_back_into_a_draft(book):
    """The rows of its tables are rows again, cell by cell."""
    data = card_hwpx(book, "book-a", "ko", made.DAY)
    rows = [line.cells for line in read_document("card.hwpx", data).lines]
    assert ("재원", "계", "2024년", "2025년", "2026년") in rows
    assert any(row[:2] == ("관리번호", "57") for row in rows)


def sheets_of(book, language="ko"):
    return openpyxl.load_workbook(io.BytesIO(plan_xlsx(book, language, names=made.NAMES)))


def test_a_workbook_has_its_five_sheets_with_frozen_heads(book):
    """In both languages."""
    assert sheets_of(book).sheetnames == ["사업", "재원", "지표", "일정", "출처"]
    workbook = sheets_of(book, "en")
    assert workbook.sheetnames == ["Projects", "Money", "Measures", "Schedule", "Sources"]
    assert {sheet.freeze_panes for sheet in workbook} == {"A2"}


def test_amounts_of_a_workbook_are_numbers_that_add_up(book):
    """To the won, with the unit in the head and years as numbers."""
    rows = list(sheets_of(book)["재원"].values)
    head, body = rows[0], rows[1:]
    amount, year = head.index("금액(원)"), head.index("연도")
    assert sum(row[amount] for row in body) == sum(one.value for one in made.MONEY)
    assert {row[year] for row in body} == {2024, 2025, 2026, "2026년 1분기"}
    cell = sheets_of(book)["재원"].cell(2, amount + 1)
    assert (cell.data_type, cell.number_format) == ("n", "#,##0")


def test_a_target_not_yet_set_is_not_zero(book):
    """It says so in words."""
    rows = list(sheets_of(book)["지표"].values)
    value = rows[0].index("값")
    assert next(row[value] for row in rows if row[1] == "신규 고용") == "미정"


def test_no_cell_of_a_workbook_is_a_formula(book):
    """Text of a document stays text, whatever it begins with, and control characters do not break it."""
    bad = [
        replace(book.statements[0], id=f"book-q{i}", measure=text, origin=Origin())
        for i, text in enumerate(["=1+1", "+A1", "-A1", "@x", "가\x0b나"])
    ]
    book = replace(book, statements=bad)
    cells = [cell for sheet in sheets_of(book) for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    texts = {cell.value for cell in cells}
    assert {"=1+1", "+A1", "-A1", "@x", "가나"} <= texts
    assert all(cell.quotePrefix for cell in cells if cell.value == "=1+1")


def test_a_day_of_a_workbook_is_a_date(book):
    """Not text that only looks like one."""
    rows = list(sheets_of(book)["사업"].values)
    start = rows[0].index("시작")
    assert rows[1][start].date() == date(2022, 7, 1)
