"""A plan as a workbook: projects, money, measures, schedule and sources, numbers as numbers."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from sandan.clock import SEOUL
from sandan.programme.engine.card import latest_progress, tree
from sandan.programme.engine.publishing.legible import legible
from sandan.programme.engine.publishing.rows import subject_titles
from sandan.programme.engine.publishing.sheet import said_period
from sandan.programme.engine.wording import quarter_name
from sandan.programme.model.plan import Book
from sandan.programme.model.statements import Origin, Statement
from sandan.programme.model.vocabulary import (
    CONTINUITY_NAMES,
    DIRECTION_NAMES,
    FACT_NAMES,
    KIND_NAMES,
    NATURE_NAMES,
    STAGE_NAMES,
    STATE_NAMES,
    Kind,
    period_order,
    source_name,
)
from sandan.sheets import COMPUTED
from sandan.words import Language, Text

LONGEST = 32_767
"""So many characters fit a cell (ECMA-376)."""
WON, PLAIN, DAY = "#,##0", "#,##0.####", "yyyy-mm-dd"
_WIDEST, _NARROWEST = 60, 8
_HEAD = PatternFill("solid", fgColor="EEF1F4")
_LARGEST_EXACT = 10**15
"""Excel keeps fifteen digits; a larger amount is written as text rather than rounded."""


def plan_xlsx(book: Book, language: Language = "ko", *, names: Mapping[str, str] | None = None) -> bytes:
    """A plan as XLSX in five sheets. Text that a spreadsheet would compute stays text."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    known = names or {}
    for title, head, rows in (
        _projects(book),
        _money(book, known),
        _measures(book, known),
        _schedule(book, known),
        _sources(book, known),
    ):
        sheet = workbook.create_sheet(title.in_(language))
        _fill(sheet, [word.in_(language) for word in head], rows, language)
    workbook.properties.title = legible(book.plan.title)
    workbook.properties.creator = "Sandan"
    sink = io.BytesIO()
    workbook.save(sink)
    return sink.getvalue()


Table = tuple[Text, Sequence[Text], Iterable[Sequence[Any]]]
_CITED = (Text("문서", "Document"), Text("쪽", "Page"), Text("행", "Line"), Text("원문", "Text"))
_MEASURED = (Text("대상", "Subject"), Text("항목", "Measure"))


def _projects(book: Book) -> Table:
    head = (
        Text("관리번호", "Number"),
        Text("단계", "Level"),
        Text("사업", "Project"),
        Text("사업구분", "Kind"),
        Text("시작", "Start"),
        Text("끝", "End"),
        Text("추진부서", "Department"),
        Text("협조부서", "Cooperating"),
        Text("이행 상태", "State"),
        Text("추진율(%)", "Progress (%)"),
    )
    said: dict[str, list[Statement]] = {}
    for one in book.statements:
        said.setdefault(one.subject, []).append(one)

    def rows() -> Iterable[Sequence[Any]]:
        for depth, one in tree(book):
            progress = latest_progress(said.get(one.id, ()))
            state = book.states.get(one.id)
            yield (
                one.code,
                depth + 1,
                one.title,
                CONTINUITY_NAMES[one.continuity] if one.continuity else None,
                one.start,
                one.end,
                one.owner,
                ", ".join(one.cooperating),
                STATE_NAMES[state.state] if state else None,
                progress.value if progress else None,
            )

    return Text("사업", "Projects"), head, rows()


def _money(book: Book, names: Mapping[str, str]) -> Table:
    head = (
        *_MEASURED,
        Text("재원", "Source"),
        Text("연도", "Year"),
        Text("단계", "Stage"),
        Text("성격", "Nature"),
        Text("금액(원)", "Amount (KRW)"),
        *_CITED,
    )
    titles = subject_titles(book)
    found = [one for one in book.statements if one.kind is Kind.BUDGET]
    rows = (
        (
            titles.get(one.subject, one.subject),
            one.measure,
            source_name(one.source),
            _Period(one.period),
            STAGE_NAMES[one.stage] if one.stage else None,
            NATURE_NAMES[one.nature] if one.nature else None,
            _Won(one.value),
            *_cited(one.origin, names),
        )
        for one in sorted(found, key=lambda one: (one.subject, one.measure, period_order(one.period)))
    )
    return Text("재원", "Money"), head, rows


def _measures(book: Book, names: Mapping[str, str]) -> Table:
    head = (
        *_MEASURED,
        Text("종류", "Kind"),
        Text("시점", "Period"),
        Text("값", "Value"),
        Text("단위", "Unit"),
        Text("분자", "Numerator"),
        Text("분모", "Denominator"),
        Text("방향", "Direction"),
        *_CITED,
    )
    titles = subject_titles(book)
    directions = {(one.subject, one.name): one.direction for one in book.measures}
    rows = (
        (
            titles.get(one.subject, one.subject),
            one.measure,
            KIND_NAMES[one.kind],
            _Period(one.period),
            Text("미정", "not set") if one.value is None else one.value,
            one.unit,
            one.numerator,
            one.denominator,
            DIRECTION_NAMES[directions[one.subject, one.measure]]
            if (one.subject, one.measure) in directions
            else None,
            *_cited(one.origin, names),
        )
        for one in book.statements
        if one.kind is not Kind.BUDGET
    )
    return Text("지표", "Measures"), head, rows


def _schedule(book: Book, names: Mapping[str, str]) -> Table:
    head = (
        Text("사업", "Project"),
        Text("세부 추진내용", "Step"),
        Text("시작", "From"),
        Text("끝", "To"),
        Text("완료", "Done"),
        *_CITED,
    )
    titles = subject_titles(book)
    rows = (
        (
            titles.get(one.project, one.project),
            one.title,
            quarter_name(one.start),
            quarter_name(one.end),
            quarter_name(one.done) if one.done else None,
            *_cited(one.origin, names),
        )
        for one in sorted(book.milestones, key=lambda one: (one.project, one.start, one.end))
    )
    return Text("일정", "Schedule"), head, rows


def _sources(book: Book, names: Mapping[str, str]) -> Table:
    """What the plan says in sentences, and the version this workbook is of."""
    head = (
        Text("대상", "Subject"),
        Text("종류", "Kind"),
        Text("때", "When"),
        Text("내용", "What it says"),
        *_CITED,
    )
    titles = subject_titles(book)
    version = book.version
    said = Text(f"{version.number}판", f"version {version.number}")

    def rows() -> Iterable[Sequence[Any]]:
        nothing = (None,) * len(_CITED)
        yield (book.plan.title, Text("판", "Version"), version.at, said, *nothing)
        for one in book.facts:
            subject = titles.get(one.subject, one.subject)
            yield (subject, FACT_NAMES[one.kind], one.when, one.text, *_cited(one.origin, names))

    return Text("출처", "Sources"), head, rows()


class _Won(int):
    """An amount, which is shown without decimals."""

    def __new__(cls, value: float | None) -> Any:
        return Text("미정", "not set") if value is None else super().__new__(cls, value)


class _Year(int):
    """A year, which is a number but is not grouped."""


class _Period(str):
    """A period, which is said in words; a year stays a number."""

    __slots__ = ()

    def __new__(cls, value: str | None) -> Any:
        if value is None:
            return None
        return _Year(value) if value.isdecimal() else super().__new__(cls, value)


def _cited(origin: Origin, names: Mapping[str, str]) -> tuple[Any, ...]:
    if origin.document is None:
        return Text("직접 입력", "typed in"), None, None, None
    return names.get(origin.document, origin.document), origin.page, origin.line, origin.text


def _fill(sheet: Worksheet, head: Sequence[str], rows: Iterable[Sequence[Any]], language: Language) -> None:
    widths = [len(word) * 2 for word in head]
    for j, word in enumerate(head, 1):
        cell = sheet.cell(1, j, word)
        cell.font, cell.fill = Font(bold=True), _HEAD
        cell.alignment = Alignment(vertical="top", wrap_text=True)
    last = 1
    for last, row in enumerate(rows, 2):  # the number of the last row is needed below
        for j, value in enumerate(row, 1):
            widths[j - 1] = max(widths[j - 1], _put(sheet.cell(last, j), value, language))
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(head))}{last}"
    for j, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(j)].width = min(max(width + 2, _NARROWEST), _WIDEST)
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _put(cell: Any, value: Any, language: Language) -> int:
    """Write a value as what it is; gives how wide it is shown, a Korean letter being two."""
    match value:
        case None | "":
            return 0
        case _Won() if abs(value) < _LARGEST_EXACT:
            cell.value, cell.number_format = int(value), WON
        case int() if abs(value) >= _LARGEST_EXACT:
            cell.value, cell.data_type = str(int(value)), "s"
        case _Year():
            cell.value, cell.number_format = int(value), "0"
        case int() | float():
            cell.value, cell.number_format = value, PLAIN
        case datetime():
            cell.value, cell.number_format = value.astimezone(SEOUL).date(), DAY
        case date():
            cell.value, cell.number_format = value, DAY
        case _:
            shown = said_period(value, language) if isinstance(value, _Period) else _said(value, language)
            cell.value = legible(shown)[:LONGEST]
            cell.data_type = "s"  # never a formula, whatever it begins with
            cell.quotePrefix = cell.value.startswith(COMPUTED)
    return max((_width(part) for part in str(cell.value or "").split("\n")), default=0)


def _said(value: Any, language: Language) -> str:
    return value.in_(language) if isinstance(value, Text) else str(value)


def _width(text: str) -> int:
    return sum(2 if ord(char) > 0x1100 else 1 for char in text)
