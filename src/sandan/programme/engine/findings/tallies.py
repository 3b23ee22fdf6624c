"""Sums in a document by itself: figures of money, lists of sub-projects, and every other table.

Two totals of one document may both be right (a pledge's whole cost and what falls into the term): a total
is only held against what stands with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandan.programme.engine.findings.additions import (
    Cell,
    Gap,
    adds_up,
    blocks,
    bound_of,
    gaps,
    half_of,
    top_level,
)
from sandan.programme.engine.findings.passages import label_of, shorten, tables
from sandan.programme.engine.findings.printed import Printed, read_printed, shown
from sandan.programme.engine.findings.rules import make_finding
from sandan.programme.engine.findings.sums import gap_finding
from sandan.programme.model.audit import AuditFinding, Input
from sandan.programme.model.documents import Document, FoundFigure, Line
from sandan.programme.model.statements import Origin
from sandan.programme.model.vocabulary import TOTAL, WON, Kind
from sandan.words import Text

_WHOLE = re.compile(r"총\s?사업비|총\s?투자|총\s?예산|총액|총계|합계|^\s*계$|소요\s?예산")
_NOT_ALL = re.compile(r"등\s*(?:\d|$|[)\],])|외\s?\d+")
_TOTALS = frozenset(("계", "합계", "총계", "소계", "총합계", "누계없음", "합 계", "총 계", "소 계"))
_ITEMS = 3
_FIRST_ITEM = 12
_NOT_ADDED = re.compile(r"%|률|율|지수|평균|누적|누계|비중|단가|점수|순위|목표|증감")
_NUMBER = re.compile(
    r"[-△▲]?\s?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*(?:억원|백만원|천원|원|건|개|명|개소|개사|회|곳)?"
)


def faults_in_figures(document: Document, figures: Sequence[FoundFigure]) -> Iterator[AuditFinding]:
    """Findings for sums among the figures of money of a document."""
    cells = [
        _cell(document, one) for one in figures if one.kind is Kind.BUDGET and one.unit == WON and one.value
    ]
    for block in blocks(cells):
        for gap in gaps(block):
            label = _label(gap.total)
            yield gap_finding(gap, "", document.name, f"{gap.key}|{label_of(gap.total.name)}|{label}", label)
    yield from _lists(document, cells)


def _cell(document: Document, one: FoundFigure) -> Cell:
    value = int(one.value or 0)
    origin = Origin(document=document.digest, line=one.line, text=one.text)
    return Cell(value, half_of(value, one.printed), one.source, one.period, one.path, origin)


def _label(cell: Cell) -> str:
    """What an amount is called: the last heading or label above it that is no source, period or total."""
    parts = [part.strip() for part in cell.name.split(">")]
    named = [
        part for part in parts if part and part not in _TOTALS and not re.fullmatch(r"[\d\s.~'년]+", part)
    ]
    return shorten(named[-1], 60) if named else ""


@dataclass(frozen=True, slots=True)
class _Head:
    """The whole amount a line states."""

    cell: Cell
    whole: bool


def _lists(document: Document, cells: Sequence[Cell]) -> Iterator[AuditFinding]:
    """A total with a list of amounts below it: the sub-projects of a project."""
    heads = list(_heads(cells))
    totals = [head.cell for head in heads]
    for i, head in enumerate(heads):
        if not head.whole:
            continue
        items = _items(heads, i)
        if len(items) < 2 or any(_NOT_ALL.search(one.origin.text) for one in items):
            continue
        if any(adds_up(head.cell, items[:n]) for n in range(2, len(items) + 1)):
            continue
        # A list may make up another total of the document, or another list's beginning.
        if any(adds_up(total, items) for total in totals if total not in items):
            continue
        items = top_level(items)
        if len(items) < 2 or not 0.5 <= sum(one.value for one in items) / head.cell.value <= 1.5:
            continue
        gap = Gap("sum-parts", "list", head.cell, items, bound_of(head.cell, items))
        label = _label(head.cell)
        yield gap_finding(gap, "", document.name, f"list|{label}", label)


def _heads(cells: Sequence[Cell]) -> Iterator[_Head]:
    """One amount of each line: its total over sources and periods; rows of a yearly table have none."""
    by_line: dict[int, list[Cell]] = {}
    for cell in cells:
        if cell.line is not None:
            by_line.setdefault(cell.line, []).append(cell)
    for line in sorted(by_line):
        several = by_line[line]
        if len({one.period for one in several}) > 1:
            continue
        whole = [one for one in several if one.source in (TOTAL, None)]
        if len(whole) == 1 and (whole[0].period is None or not re.fullmatch(r"\d{4}", whole[0].period)):
            first = whole[0].origin.text.split("\t")[0]
            words = re.split(r"\d", first)[0].strip(" -○□◦•·*▸▷:：()")
            yield _Head(whole[0], bool(_WHOLE.search(words)))


def _items(heads: Sequence[_Head], start: int) -> list[Cell]:
    """The amounts in the lines right below a total, up to the next total or a gap."""
    found: list[Cell] = []
    last = heads[start].cell.line or 0
    for head in heads[start + 1 :]:
        line = head.cell.line or 0
        if head.whole or line - last > (_ITEMS if found else _FIRST_ITEM):
            break
        found.append(head.cell)
        last = line
    return found


def faults_in_tables(document: Document, known: frozenset[int]) -> Iterator[AuditFinding]:
    """Findings for totals in tables of cells, whatever they count; lines `known` to be wrong are left out."""
    for rows in tables(document):
        found = [*_row_totals(rows), *_column_totals(rows)]
        for one in found:
            if one.line.number not in known:
                yield _table_finding(document, one)


@dataclass(frozen=True, slots=True)
class _Sum:
    line: Line
    key: str
    label: str
    total: Printed
    parts: Sequence[Printed]


def _row_totals(rows: Sequence[Line]) -> Iterator[_Sum]:
    header = next((row for row in rows if any(_is_total(cell) for cell in row.cells[1:])), None)
    if header is None or any(_number(cell) for cell in header.cells if not _is_year(cell)):
        return
    columns = [i for i, cell in enumerate(header.cells) if i and _is_total(cell)]
    if len(columns) != 1:
        return
    heads = _trimmed(header.cells[columns[0] :])
    added = [i for i, head in enumerate(heads) if i and head.strip() and not _NOT_ADDED.search(head)]
    for row in rows:
        if row is header or _NOT_ADDED.search(" ".join(row.cells)):
            continue
        values = _beneath(row, header, columns[0])
        if len(values) != len(heads):
            continue
        total = _number(values[0])
        parts = [_number(values[i]) for i in added if not _is_empty(values[i])]
        numbers = [one for one in parts if one is not None]
        if total is None or len(parts) < 2 or len(numbers) < len(parts):
            continue
        if not _makes(total, numbers):
            yield _Sum(row, "row", _row_label(row), total, numbers)


def _beneath(row: Line, header: Line, column: int) -> Sequence[str]:
    """The cells of a row that stand under the total and what follows it.

    Rows with one label more than the header are shifted by one: then the values are counted off.
    """
    if len(row.cells) == len(header.cells) and _number(row.cells[column]):
        return row.cells[column : column + len(_trimmed(header.cells[column:]))]
    first = _first_value(row)
    return () if first is None else _trimmed(row.cells[first:])


def _trimmed(cells: Sequence[str]) -> Sequence[str]:
    last = max((i for i, cell in enumerate(cells) if cell.strip() and "비고" not in cell), default=-1)
    return cells[: last + 1]


def _first_value(row: Line) -> int | None:
    """Where the longest run of values begins, behind serial numbers, years and labels."""
    best: tuple[int, int] | None = None
    start: int | None = None
    for i, cell in enumerate((*row.cells, "끝")):
        if _is_value(cell) and not (i == 0 and _is_year(cell)):
            start = i if start is None else start
        elif cell.strip() and start is not None:
            if best is None or i - start > best[1] - best[0]:
                best = (start, i)
            start = None
    return best[0] if best else None


def _is_value(cell: str) -> bool:
    return _number(cell) is not None or cell.strip() in ("-", "–")


def _column_totals(rows: Sequence[Line]) -> Iterator[_Sum]:
    for place, row in enumerate(rows):
        start = _first_value(row)
        if start is None or not any(_is_total(cell) for cell in row.cells[:2]):
            continue
        if _NOT_ADDED.search(" ".join((*row.cells, rows[0].text))):
            continue
        others = rows[:place] if place > len(rows) / 2 else rows[place + 1 :]
        body = [
            (one, first) for one in others if not _is_header(one) and (first := _first_value(one)) is not None
        ]
        if len(body) < 2 or any(_is_total(cell) for one, _ in body for cell in one.cells[:2]):
            continue
        if len({first for _, first in body}) > 1:
            continue  # Labels on several levels: which value stands under which is not certain.
        yield from _columns(rows[0], row, start, body)


def _is_header(row: Line) -> bool:
    """Whether the only numbers of a row are years."""
    return all(_is_year(cell) for cell in row.cells if _is_value(cell))


def _columns(header: Line, row: Line, start: int, body: Sequence[tuple[Line, int]]) -> Iterator[_Sum]:
    for column in range(start, len(row.cells)):
        total = _number(row.cells[column])
        cells = [
            one.cells[place]
            for one, first in body
            if (place := column - start + first) < len(one.cells) and not _is_empty(one.cells[place])
        ]
        numbers = [one for cell in cells if (one := _number(cell)) is not None]
        if total is None or len(cells) < 2 or len(numbers) < len(cells):
            continue
        if not _makes(total, numbers):
            label = header.cells[column].strip() if column < len(header.cells) else ""
            yield _Sum(row, f"column {column}", label or str(column), total, numbers)


def _makes(total: Printed, parts: Sequence[Printed]) -> bool:
    cells = [Cell(round(one.value * 1000), one.half * 1000, None, None) for one in parts]
    return adds_up(Cell(round(total.value * 1000), total.half * 1000, None, None), cells)


def _is_total(cell: str) -> bool:
    return "".join(cell.split()) in _TOTALS


def _is_year(cell: str) -> bool:
    return bool(re.fullmatch(r"\s*(?:['‘’]\d{2}|(?:19|20)\d{2})\s?\.?\s?년?도?\s*", cell))


def _is_empty(cell: str) -> bool:
    return cell.strip() in ("", "-", "–", "ㅡ", "·", "0")


def _number(cell: str) -> Printed | None:
    match = _NUMBER.fullmatch(cell.strip())
    if match is None:
        return None
    # Counts are exact; amounts in a coarser unit may be rounded wherever they have decimals.
    return read_printed(match[1], exact=True)


def _row_label(row: Line) -> str:
    return next((cell.strip() for cell in row.cells if cell.strip() and _number(cell) is None), "")


def _table_finding(document: Document, one: _Sum) -> AuditFinding:
    origin = Origin(
        document=document.digest, line=one.line.number, page=one.line.page, text=shorten(one.line.text, 200)
    )
    total, made = shown(one.total.value, 3), shown(sum(part.value for part in one.parts), 3)
    terms = " + ".join(shown(part.value, 3) for part in one.parts)
    label = shorten(one.label, 60)
    return make_finding(
        "sum-table",
        "",
        document.name,
        f"{one.key}|{label_of(label)}",
        Text(
            f"표의 '{label}' 계는 {total}인데 항목을 더하면 {terms} = {made}입니다.",
            f"In the table the total of '{label}' is {total}, but its parts {terms} make {made}.",
        ),
        [
            Input(Text("계", "Total"), one.total.value, "", origin),
            *(Input(Text("항목", "Part"), part.value, "", origin) for part in one.parts),
        ],
        origin,
    )
