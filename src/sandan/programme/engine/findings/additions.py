"""Whether parts make up a total, as far as rounding allows.

Offices print amounts rounded, and lists of parts with their own parts below them on one level; both add
up. What does not is a finding with the difference and the bound that rounding would have explained.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sandan.programme.engine.rounding import rounding_of
from sandan.programme.model.statements import NOWHERE, Origin
from sandan.programme.model.vocabulary import AFTER, BEFORE, TOTAL

_YEAR = re.compile(r"(?:19|20)\d\d")
_GAP = 4
"""A table goes on over so many lines without a figure: blank lines, empty rows."""
_LOCAL = frozenset(("도비", "시비", "군구비"))
_LOCAL_TOGETHER = "지방비"
_MOST_NESTED = 40


@dataclass(frozen=True, slots=True)
class Cell:
    """An amount of money [won], true within `half` on either side; where it belongs and where it stands."""

    value: int
    half: float
    source: str | None
    period: str | None
    name: str = ""
    origin: Origin = NOWHERE

    @property
    def line(self) -> int | None:
        return self.origin.line


@dataclass(frozen=True, slots=True)
class Gap:
    """A total that its parts do not make up; `bound` [won] is what rounding could explain."""

    rule: str
    key: str
    total: Cell
    parts: Sequence[Cell]
    bound: float

    @property
    def sum(self) -> int:
        return sum(part.value for part in self.parts)


def half_of(value: int | float, printed: str) -> float:
    """Half of the last place as printed, in won: 0.05억 for 297.7 in 억원; nothing for whole won.

    >>> half_of(29_770_000_000, "297.7"), half_of(45_000_000, "45000000")
    (5000000.0, 0.0)
    """
    try:
        number = Decimal(printed.replace(",", "").replace(" ", "").lstrip("△▲-+"))
    except InvalidOperation:
        return rounding_of([value]) / 2
    exponent = number.as_tuple().exponent
    if not number or not isinstance(exponent, int):
        return 0.0
    scale = abs(Decimal(str(value)) / number)
    place = scale * Decimal(10) ** min(exponent, 0)
    return float(place / 2) if place > 1 else 0.0


def adds_up(total: Cell, parts: Sequence[Cell]) -> bool:
    """Whether parts make up a total within rounding, some of them perhaps parts of the one before them.

    |total - sum| <= half of each printed place involved. A list `20, 62, 46, 16, 3` makes up 85 when
    46 and 16 are parts of 62.
    """
    if _fits(total, parts):
        return True
    if not 2 < len(parts) <= _MOST_NESTED:
        return False
    ends = [_children_end(parts, i) for i in range(len(parts))]
    return _nested(total, parts, ends)


def _fits(total: Cell, parts: Sequence[Cell]) -> bool:
    difference = abs(total.value - sum(part.value for part in parts))
    return difference <= bound_of(total, parts)


def bound_of(total: Cell, parts: Sequence[Cell]) -> float:
    """How far apart rounding alone may bring a total and its parts [won]."""
    return total.half + sum(part.half for part in parts)


def _children_end(parts: Sequence[Cell], parent: int) -> int | None:
    """Behind the last of the parts right after `parent` that make it up, two at least."""
    for end in range(parent + 3, len(parts) + 1):
        if _fits(parts[parent], parts[parent + 1 : end]):
            return end
    return None


def top_level(parts: Sequence[Cell]) -> list[Cell]:
    """Parts without those that the part before them is made up of."""
    found, i = [], 0
    while i < len(parts):
        found.append(parts[i])
        i = _children_end(parts, i) or i + 1
    return found


def _nested(total: Cell, parts: Sequence[Cell], ends: Sequence[int | None]) -> bool:
    """Whether skipping the children of some parents makes the rest fit; each state is visited once."""
    states: dict[int, dict[int, float]] = {0: {0: total.half}}
    for i in range(len(parts)):
        for so_far, bound in states.pop(i, {}).items():
            after = so_far + parts[i].value
            for end in {i + 1, ends[i] or i + 1}:
                states.setdefault(end, {})[after] = bound + parts[i].half
    return any(abs(total.value - value) <= bound for value, bound in states.get(len(parts), {}).items())


def blocks(cells: Sequence[Cell], near: int = _GAP) -> Iterator[list[Cell]]:
    """Cells that belong together: of one document, `near` each other [lines], each source and period once.

    A second value for the same source and period in another line begins another table.
    """
    ordered = sorted(cells, key=lambda one: (one.origin.document or "", one.line or 0))
    block: list[Cell] = []
    seen: dict[tuple[str | None, str | None], int | None] = {}
    for cell in ordered:
        key = (cell.source, cell.period)
        again = key in seen and (seen[key] != cell.line or cell.line is None)
        if block and (again or _apart(block[-1], cell, near)):
            yield block
            block, seen = [], {}
        block.append(cell)
        seen.setdefault(key, cell.line)
    if block:
        yield block


def _apart(last: Cell, cell: Cell, near: int) -> bool:
    if last.origin.document != cell.origin.document:
        return True
    if last.line is None or cell.line is None:
        return False
    return cell.line - last.line > near


def gaps(block: Sequence[Cell]) -> Iterator[Gap]:
    """Every sum of one table that does not hold, by source within a period and by period within a source."""
    by_period: dict[str | None, list[Cell]] = defaultdict(list)
    by_source: dict[str | None, list[Cell]] = defaultdict(list)
    for cell in block:
        by_period[cell.period].append(cell)
        by_source[cell.source].append(cell)
    for period, cells in by_period.items():
        yield from _over_sources(period, cells)
    for source, cells in by_source.items():
        yield from _over_periods(source, cells)


def _over_sources(period: str | None, cells: Sequence[Cell]) -> Iterator[Gap]:
    parts = [one for one in cells if one.source not in (TOTAL, None)]
    totals = [one for one in cells if one.source == TOTAL]
    if len({one.source for one in parts}) < 2 or not totals:
        return
    if len({one.source for one in parts}) < len(parts):
        # Two totals of one row (계, 소계) leave every source twice: compare as many as there are totals.
        if len(totals) < 2 or period != TOTAL:
            return
        parts = _first_of_each(parts)
        totals = totals[:1]
    readings = [parts]
    if any(one.source == _LOCAL_TOGETHER for one in parts):
        readings.append([one for one in parts if one.source not in _LOCAL])
        readings.append([one for one in parts if one.source != _LOCAL_TOGETHER])
    for total in totals:
        if not any(_fits(total, reading) for reading in readings):
            yield Gap("sum-sources", f"{period}", total, parts, bound_of(total, parts))


def _first_of_each(parts: Sequence[Cell]) -> list[Cell]:
    first: dict[str | None, Cell] = {}
    for one in parts:
        first.setdefault(one.source, one)
    return list(first.values())


def _over_periods(source: str | None, cells: Sequence[Cell]) -> Iterator[Gap]:
    years = [one for one in cells if one.period and _YEAR.fullmatch(one.period)]
    outside = [one for one in cells if one.period in (BEFORE, AFTER)]
    totals = [one for one in cells if one.period == TOTAL]
    parts = [*outside, *years]
    if not totals or len(years) < 1 or len(parts) < 2:
        return
    if len({one.period for one in parts}) < len(parts):
        return
    whole = [total for total in totals if _fits(total, parts)]
    if len(totals) == 1 and not whole:
        yield Gap("sum-periods", f"{source}", totals[0], parts, bound_of(totals[0], parts))
        return
    readings = (parts, years, [*(one for one in outside if one.period == BEFORE), *years])
    for total in totals:
        # With 계 and 소계 side by side the smaller one may leave out what lies outside the term.
        if not any(_fits(total, reading) for reading in readings):
            yield Gap("sum-periods", f"{source}", total, parts, bound_of(total, parts))
