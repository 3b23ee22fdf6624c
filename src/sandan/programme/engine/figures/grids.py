"""The head and the body of a table: which rows are headings, and which column a cell belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sandan.programme.engine.figures.headers import (
    VALUES,
    Column,
    Head,
    Role,
    is_nothing,
    is_numeric,
    numeric_parts,
    read_head,
)
from sandan.programme.engine.figures.periods import column_period
from sandan.programme.engine.figures.vocabulary import is_total, plain, source_of

_MOST_HEADINGS = 8
"""What looks like more rows of headings than these is a list of words."""
_QUARTERS = re.compile(r"[1-4]|1[0-2]|[5-9]|[1-4]/4|[1-4]분기|Q[1-4]")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table with the number of its line; `sure` false where its columns were guessed."""

    number: int
    cells: tuple[str, ...]
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """Columns with their headings and the rows under them; `columns` empty for a table without heads."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    heading: tuple[Row, ...] = ()

    @property
    def label_width(self) -> int:
        """How many columns stand before the first with values."""
        for at, column in enumerate(self.columns):
            if column.holds_values and column.role not in (Role.LABEL, Role.NUMBER):
                return at
        return min(1, len(self.columns))


def split_parts(rows: Sequence[Row]) -> list[Part]:
    """The parts of a block of rows; a row of headings in the middle begins another part."""
    parts: list[Part] = []
    at = 0
    while at < len(rows):
        depth = _header_depth(rows, at)
        end = at + max(depth, 1)
        while end < len(rows) and not (_is_strong_header(rows[end]) and _header_depth(rows, end)):
            end += 1
        if depth:
            heads = rows[at : at + depth]
            parts.append(Part(_columns(heads), tuple(rows[at + depth : end]), tuple(heads)))
        else:
            parts.append(Part((), tuple(rows[at:end])))
        at = end
    return parts


def _heads(row: Row) -> list[Head]:
    return [read_head(cell) for cell in row.cells if cell.strip()]


def _has_data(row: Row) -> bool:
    """Whether a row holds values, not only headings."""
    return any(is_numeric(cell) or plain(cell).strip() == "-" for cell in row.cells)


def _is_strong_header(row: Row) -> bool:
    if _has_data(row):
        return False
    values = [head for head in _heads(row) if head.role in VALUES]
    periods = sum(head.role is Role.PERIOD for head in values)
    return len(values) >= 2 and (
        periods >= 2 or len(values) * 2 >= sum(bool(cell.strip()) for cell in row.cells)
    )


def _is_quarters(row: Row) -> bool:
    """`1 2 3 4 1 2 3 4` under the years of a road map."""
    cells = [plain(cell).replace(" ", "") for cell in row.cells if cell.strip()]
    return (
        len(cells) >= 4
        and all(_QUARTERS.fullmatch(cell) for cell in cells)
        and cells[0][0] == "1"
        and ([cell[0] for cell in cells[:4]] == ["1", "2", "3", "4"])
    )


def _header_depth(rows: Sequence[Row], at: int) -> int:
    """How many rows from here are headings; 0 when the table has none."""
    first = rows[at]
    if _has_data(first) or sum(bool(cell.strip()) for cell in first.cells) < 2:
        return 0
    depth = 1
    while at + depth < len(rows) and _continues(rows[at], rows[at + depth]):
        depth += 1
        if depth > _MOST_HEADINGS:
            return 0
    header = rows[at : at + depth]
    structural = sum(head.role in VALUES for row in header for head in _heads(row))
    labelled = any(
        head.role in (Role.LABEL, Role.NUMBER, Role.UNIT, Role.SPAN) for row in header for head in _heads(row)
    )
    below = rows[at + depth : at + depth + 3]
    if structural >= 2 or (structural and labelled):
        return depth if below and not _is_card(first) else 0
    if any(_names_columns(first, row) for row in below[:1]) or (labelled and any(map(_has_data, below[:1]))):
        return depth
    return 0


def _is_card(row: Row) -> bool:
    """`사업기간 | 2022~2027 | 추진상황(%) | 50%`: label and value side by side."""
    cells = [cell for cell in row.cells if cell.strip()]
    if len(cells) not in (2, 4, 6):
        return False
    roles = [read_head(cell).role for cell in cells]
    known = (Role.SPAN, Role.MONEY, Role.ACTUAL)
    return (
        roles[0] in known
        and not any(role in (Role.PERIOD, Role.SOURCE, Role.TOTAL) for role in roles[2:3])
        and (column_period(cells[1]) is not None or bool(re.search(r"\d", cells[1])))
    )


def _continues(first: Row, row: Row) -> bool:
    """Whether a row goes on with the headings of the row above it."""
    if _is_quarters(row):
        return True
    if _has_data(row):
        return False
    heads = [read_head(cell) for cell in row.cells[1:] if cell.strip()]
    if not heads or not any(head.role in VALUES for head in heads):
        return False
    lead = row.cells[0].strip()
    opens = not lead or lead == first.cells[0].strip() or read_head(lead).role in (Role.LABEL, Role.NUMBER)
    known = sum(head.role in VALUES or head.role in (Role.GROUP, Role.UNIT) for head in heads)
    return opens and known * 2 >= len(heads)


def _names_columns(header: Row, row: Row) -> bool:
    """Whether a row of words stands over a row of numbers, cell by cell."""
    if _has_data(header) or len(row.cells) < 2:
        return False
    pairs = [
        (above, below)
        for above, below in zip(header.cells, row.cells, strict=False)
        if numeric_parts(below) is not None or plain(below).strip() == "-"
    ]
    return (
        len(pairs) >= 2
        and all(above.strip() for above, _ in pairs)
        and len(pairs) + 2 >= len([cell for cell in row.cells if cell.strip()])
    )


def _spread(header: Sequence[Row]) -> Sequence[Row]:
    """Years over `계획 | 실적 | 계획 | 실적` without the blank cells that merged cells leave behind.

    A year goes on until a word under it comes a second time.
    """
    if len(header) != 2:
        return header
    upper, lower = header
    years = [cell for cell in upper.cells[1:] if cell.strip()]
    under = [cell for cell in lower.cells[1:] if cell.strip()]
    if not years or len(under) <= len(years) or len(years) != len(upper.cells) - 1 or lower.cells[0].strip():
        return header
    groups: list[list[str]] = []
    for cell in under:
        if not groups or cell in groups[-1]:
            groups.append([])
        groups[-1].append(cell)
    if len(groups) != len(years):
        return header
    cells = [upper.cells[0]]
    for year, group in zip(years, groups, strict=True):
        cells += [year, *[""] * (len(group) - 1)]
    return [Row(upper.number, tuple(cells), upper.sure), lower]


def _columns(header: Sequence[Row]) -> tuple[Column, ...]:
    """Each column's headings: what spans columns holds until the next one, except in the last row."""
    header = _spread(header)
    width = max(len(row.cells) for row in header)
    stacks: list[list[Head]] = [[] for _ in range(width)]
    for level, row in enumerate(header):
        if _is_quarters(row):
            for at, cell in enumerate(row.cells):
                if cell.strip():
                    stacks[at].append(_quarter_head(cell))
            continue
        last = level == len(header) - 1
        carried: Head | None = None
        for at in range(width):
            cell = row.cells[at] if at < len(row.cells) else ""
            if cell.strip():
                carried = read_head(cell)
                stacks[at].append(carried)
            elif carried and not last and (_below(header, level, at) or carried.role is Role.GROUP):
                stacks[at].append(carried)
    return tuple(Column(tuple(_join_quarters(stack))) for stack in stacks)


def _below(header: Sequence[Row], level: int, at: int) -> bool:
    """Whether a heading further down stands in this column."""
    return any(at < len(row.cells) and row.cells[at].strip() for row in header[level + 1 :])


def _quarter_head(cell: str) -> Head:
    digit = re.search(r"\d+", cell)
    return Head(Role.PERIOD, cell, f"Q{digit[0]}" if digit else cell)


def _join_quarters(stack: Sequence[Head]) -> list[Head]:
    """`2024년` over `3/4분기` is 2024-Q3."""
    year = next(
        (
            head.value
            for head in stack
            if head.role is Role.PERIOD and re.fullmatch(r"\d{4}", head.value or "")
        ),
        None,
    )
    joined = []
    for head in stack:
        if head.role is Role.PERIOD and re.fullmatch(r"Q[1-4]", head.value or "") and year:
            joined.append(Head(head.role, head.text, f"{year}-{head.value}", head.unit, head.also))
        else:
            joined.append(head)
    return joined


def align(row: Row, part: Part) -> tuple[list[str], dict[int, str]]:
    """The labels of a row and its other cells by column.

    Text tables lose or gain a label cell: a row whose numbers fit the columns of values when it is
    moved is moved, and one that does not is read where it stands.
    """
    cells = list(row.cells)
    while cells and not cells[-1].strip():
        cells.pop()
    width = part.label_width
    lead = _lead(cells, width)
    shift = lead - width
    if shift and lead < len(cells) and _fits(cells, lead, part, shift):
        return [cell.strip() for cell in cells[:lead]], {
            at - shift: cell for at, cell in enumerate(cells) if at >= lead and at - shift < len(part.columns)
        }
    return [cell.strip() for cell in cells[:width]], {
        at: cell for at, cell in enumerate(cells) if at >= width and cell.strip()
    }


def _lead(cells: Sequence[str], width: int) -> int:
    """How many cells stand before the first number of a row; blank ones are labels of the row above."""
    for at, cell in enumerate(cells):
        if is_numeric(cell) or plain(cell).strip() == "-":
            return max((i + 1 for i in range(at) if cells[i].strip()), default=min(at, width))
    return len(cells)


def _fits(cells: Sequence[str], lead: int, part: Part, shift: int) -> bool:
    values = cells[lead:]
    if any(
        value.strip() and not (is_numeric(value) or is_nothing(value))
        for value in values[: len(part.columns)]
    ):
        return False
    if shift > 0:
        over = len(cells) - _named_width(part)
        stands_under_value = any(
            at < len(part.columns) and part.columns[at].holds_values and cells[at].strip()
            for at in range(part.label_width, lead)
        )
        return stands_under_value and (over >= shift or _names_money(cells[lead - 1]))
    return len(values) == _named_width(part) - part.label_width


def _names_money(cell: str) -> bool:
    return source_of(cell) is not None or is_total(cell)


def _named_width(part: Part) -> int:
    """The number of columns up to the last that has a heading."""
    return max((at + 1 for at, column in enumerate(part.columns) if column.names), default=0)
