"""Tables whose cells are parted by spaces only, as text taken out of a PDF has them.

Empty cells leave no trace there: a row with fewer numbers than columns is laid out from the left, unless
only another layout lets the sources add up to the total of each column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from sandan.programme.engine.figures.amounts import exact
from sandan.programme.engine.figures.grids import Row
from sandan.programme.engine.figures.headers import VALUES, Head, Role, numeric_parts, read_head
from sandan.programme.engine.figures.outline import split_marker
from sandan.programme.engine.figures.vocabulary import plain, source_of
from sandan.programme.model.documents import Line

_LONGEST = 60
_MOST_LAYOUTS = 20_000
_HEADINGS = (Role.LABEL, Role.NUMBER, Role.UNIT, Role.GROUP, Role.SPAN, Role.REMARK)
_ENDS = re.compile(r"^\s*[※☎*•○□■▷▶]|[다음함임]\.\s*$")


@dataclass(frozen=True, slots=True)
class Spaced:
    """A table found in plain lines: its rows, the headings first, and the first line behind it."""

    rows: tuple[Row, ...]
    end: int


def find_spaced(lines: Sequence[Line], at: int) -> Spaced | None:
    """The table that begins with this line, if one does."""
    header = _header(lines, at)
    if header is None:
        return None
    heads, first = header
    body: list[tuple[int, list[str], list[str]]] = []
    end = at_row = first
    while at_row < len(lines):
        line = lines[at_row]
        if not line.text.strip():
            at_row += 1
            continue
        row = _body_row(line, heads)
        if row is None:
            break
        body.append((line.number, *row))
        at_row += 1
        end = at_row
    if not any(values for _, _, values in body):
        return None
    return Spaced(tuple(_laid_out(lines[at].number, heads, body)), end)


def _tokens(text: str) -> list[str]:
    """Words of a heading; `(2027년)소계` are two."""
    return [part for part in re.sub(r"\)(?=\S)", ") ", plain(text)).split() if part]


def _is_heading_line(line: Line) -> list[Head] | None:
    text = line.text.strip()
    if len(line.cells) > 1 or not text or len(text) > _LONGEST * 2 or _ENDS.search(text) or ":" in text:
        return None
    if split_marker(text)[0]:
        return None
    heads = [read_head(token) for token in _tokens(text)]
    known = sum(head.role in VALUES or head.role in _HEADINGS for head in heads)
    return heads if known * 2 > len(heads) else None


def _header(lines: Sequence[Line], at: int) -> tuple[list[Head], int] | None:
    """The columns of a heading over one to three lines, and the line behind it.

    What stands under a group (`임기내`) on a lower line comes between the words around the group.
    """
    levels: list[list[Head]] = []
    row = at
    while row < len(lines) and len(levels) < 3:
        if not lines[row].text.strip():
            if not levels:
                return None
            row += 1
            continue
        heads = _is_heading_line(lines[row])
        if heads is None:
            break
        levels.append(heads)
        row += 1
        if sum(head.role is Role.PERIOD for head in heads) >= 2:
            break
    if not levels or sum(head.role is Role.PERIOD for level in levels for head in level) < 2:
        return None
    if not any(head.role in (Role.LABEL, Role.TOTAL) for level in levels for head in level):
        return None
    upper = [head for level in levels[:-1] for head in level]
    group = next((i for i, head in enumerate(upper) if head.role is Role.GROUP), None)
    if group is None:
        return [*upper, *levels[-1]], row
    lower = [
        Head(head.role, head.text, head.value, head.unit, head.also)
        for head in levels[-1]
        if _is_column(head)
    ]
    return [*upper[:group], *_in_group(upper[group], lower), *upper[group + 1 :]], row


def _is_column(head: Head) -> bool:
    return not (head.role is Role.PERIOD and head.text.startswith("("))


def _in_group(group: Head, heads: Sequence[Head]) -> list[Head]:
    """A subtotal under the years of a term says so."""
    return [
        Head(head.role, f"{group.text} {head.text}") if head.role is Role.TOTAL else head for head in heads
    ]


def _body_row(line: Line, heads: Sequence[Head]) -> tuple[list[str], list[str]] | None:
    """The label words and the values of a row, or None where the table has ended."""
    text = line.text.strip()
    if len(line.cells) > 1 or _ENDS.search(text) or ":" in text:
        return None
    tokens = plain(text).split()
    if all(re.fullmatch(r"[1-4]", token) for token in tokens) and len(tokens) >= 4:
        return [], []
    cut = len(tokens)
    while cut and (numeric_parts(tokens[cut - 1]) is not None or tokens[cut - 1] in ("-", "–")):
        cut -= 1
    label, values = tokens[:cut], tokens[cut:]
    if not values:
        short = len(text) <= 12 and (source_of(text) is not None or not re.search(r"\d", text))
        return (label, []) if short else None
    columns = sum(head.role in VALUES for head in heads)
    return (label, values) if len(values) <= columns else None


def _laid_out(
    number: int, heads: Sequence[Head], body: Sequence[tuple[int, list[str], list[str]]]
) -> Iterator[Row]:
    """Rows of one cell for each column: one label, a unit where there is a column for it, the values."""
    has_unit = any(head.role is Role.UNIT for head in heads)
    columns = [head for head in heads if head.role in VALUES]
    lead = ["구분", *(["단위"] if has_unit else [])]
    yield Row(number, (*lead, *(head.text for head in columns)))
    placed = _layouts(columns, [(label, values) for _, label, values in body])
    for (line, label, values), (places, sure) in zip(body, placed, strict=True):
        unit = label.pop() if has_unit and label and len(label[-1]) <= 4 else ""
        cells = [""] * len(columns)
        for place, value in zip(places, values, strict=True):
            cells[place] = value
        yield Row(line, (" ".join(label), *([unit] if has_unit else []), *cells), sure)


def _layouts(
    columns: Sequence[Head], body: Sequence[tuple[list[str], list[str]]]
) -> list[tuple[tuple[int, ...], bool]]:
    """For each row the columns of its values, and whether that is sure."""
    left = [(tuple(range(len(values))), len(values) in (0, len(columns))) for _, values in body]
    sums = [
        i for i, (label, values) in enumerate(body) if values and read_head("".join(label)).role is Role.TOTAL
    ]
    parts = [i for i, (label, values) in enumerate(body) if values and source_of("".join(label)) is not None]
    if len(sums) != 1 or len(parts) < 2:
        return left
    total = dict(zip(left[sums[0]][0], _numbers(body[sums[0]][1]), strict=True))
    found = _solve(total, [_numbers(body[i][1]) for i in parts], len(columns))
    if found is None:
        return left
    for i, places in zip(parts, found, strict=True):
        left[i] = (places, left[i][1])
    return left


def _numbers(values: Sequence[str]) -> list[Decimal]:
    return [exact(read[0]) if (read := numeric_parts(value)) else Decimal(0) for value in values]


def _solve(
    total: dict[int, Decimal], rows: Sequence[Sequence[Decimal]], width: int
) -> list[tuple[int, ...]] | None:
    """The first layout, from the left, in which every column adds up to its total."""
    tried = 0

    def go(at: int, rest: dict[int, Decimal]) -> list[tuple[int, ...]] | None:
        nonlocal tried
        if at == len(rows):
            return [] if not any(rest.values()) else None
        for places in combinations(range(width), len(rows[at])):
            tried += 1
            if tried > _MOST_LAYOUTS:
                return None
            left = dict(rest)
            for place, value in zip(places, rows[at], strict=True):
                left[place] = left.get(place, Decimal(0)) - value
            if any(value < 0 for value in left.values()):
                continue
            below = go(at + 1, left)
            if below is not None:
                return [places, *below]
        return None

    return go(0, dict(total))
