"""Which figures of one table of money count: the finest, and of a total only what they leave open.

A table is everything one subject says under one measure in one stage. Totals over sources (`계`, `지방비`)
or periods (`계`, `임기내`, `2020~2023`) are never added to what they are the totals of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from sandan.programme.engine.checking import SPENT
from sandan.programme.engine.rounding import rounding_of
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import AFTER, BEFORE, TERM, TOTAL, Nature

LOCAL = "지방비"
_LOCAL_PARTS = frozenset(("도비", "시비", "군구비"))
_FINEST_ROUNDING = 1_000
"""Amounts in won are not rounded; those in thousands of won or more may be."""
_EVER = 10**9
_AGES = 10**8


class Cell(NamedTuple):
    """Money that counts once [won]: by source, by year, 기투자 or 임기후 (None: not split), by nature.

    `won` is what the statement says, or of a total only what its parts leave open. A tuple and no
    dataclass, because a ledger holds hundreds of thousands.
    """

    source: str | None
    period: str | None
    nature: Nature | None
    won: int
    statement: Statement


@dataclass(frozen=True, slots=True)
class Printed:
    """A total that was stated beside its parts [won]; `bound` is what rounding explains."""

    statement: Statement
    parts: int
    bound: float

    @property
    def holds(self) -> bool:
        """Whether the parts make it up."""
        return abs(int(self.statement.value or 0) - self.parts) <= self.bound


@dataclass(frozen=True, slots=True)
class Doubt:
    """Several statements in one place of a table: one of them counts."""

    statements: Sequence[Statement]
    counted: Statement

    @property
    def same(self) -> bool:
        """Whether they all say the same amount, so that it is one money stated twice."""
        return len({one.value for one in self.statements}) == 1


@dataclass(frozen=True, slots=True)
class Table:
    """One table read: the cells that count, the totals beside them, and what was stated twice."""

    measure: str
    cells: Sequence[Cell]
    won: int
    dated: int
    """What of it is known by year, 기투자 or 임기후 [won]."""
    sourced: int
    """What of it is known by source [won]."""
    bound: float
    printed: Sequence[Printed] = ()
    doubts: Sequence[Doubt] = ()


class Span(NamedTuple):
    """The quarters a period covers, both included, counted from the year 0."""

    first: int
    last: int


Settle = Callable[[Sequence[Statement]], Statement | None]
Place = tuple[str, str]


def read_table(
    measure: str, statements: Sequence[Statement], term: tuple[int, int] | None, settle: Settle
) -> Table:
    """What counts of one table; `term` is the first and last year of the term, `settle` names the statement
    chosen where several contradict each other."""
    plain = _plain(measure, statements)
    return plain or _Reader(measure, statements, term, settle).read()


def _plain(measure: str, statements: Sequence[Statement]) -> Table | None:
    """A table without totals, doubts or unusual periods, which most are; None for any other."""
    cells, places, won = [], set(), 0
    for one in statements:
        source, period = one.source, one.period
        if source is None or period is None or source in _TOTALS or not _is_year(period):
            return None
        places.add((source, period))
        value = int(one.value or 0)
        won += value
        cells.append(Cell(source, period, one.nature, value, one))
    if len(places) != len(cells):
        return None
    return Table(measure, cells, won, won, won, 0.0)


_TOTALS = frozenset((TOTAL, LOCAL))


@lru_cache(maxsize=4_096)
def _is_year(period: str) -> bool:
    return (len(period) == 4 and period.isdecimal()) or period in (BEFORE, AFTER)


@lru_cache(maxsize=4_096)
def span_of(period: str) -> Span | None:
    """The quarters of a year, a quarter or a span `2020~2023`; None for a word."""
    head, tilde, tail = period.partition("~")
    if tilde:
        first, last = _span(head.strip()), _span(tail.strip())
        if (head.strip() and not first) or (tail.strip() and not last) or not (first or last):
            return None
        return Span(first.first if first else -_AGES, last.last if last else _AGES)
    return _span(period)


def _span(text: str) -> Span | None:
    if len(text) == 4 and text.isdecimal():
        return Span(int(text) * 4, int(text) * 4 + 3)
    if len(text) == 7 and text[4:6] == "-Q" and text[:4].isdecimal() and text[6] in "1234":
        at = int(text[:4]) * 4 + int(text[6]) - 1
        return Span(at, at)
    return None


def _shown(period: str) -> str | None:
    """The column a period counts in: its year, 기투자, 임기후, or none."""
    if period in (BEFORE, AFTER):
        return period
    span = span_of(period)
    return str(span.first // 4) if span and span.first // 4 == span.last // 4 else None


class _Reader:
    """A table with totals, read from its finest cells outwards."""

    def __init__(
        self, measure: str, statements: Sequence[Statement], term: tuple[int, int] | None, settle: Settle
    ) -> None:
        self.measure, self.settle = measure, settle
        unit = rounding_of(one.value for one in statements)
        self.half = unit / 2 if unit >= _FINEST_ROUNDING else 0.0
        self.printed: list[Printed] = []
        self.doubts: list[Doubt] = []
        self.term = term
        self.rows = self._rows(statements)

    def read(self) -> Table:
        rows = {source: self._over_periods(row) for source, row in self.rows.items()}
        local = [cell for source in _LOCAL_PARTS for cell in rows.pop(source, ())]
        parts = self._over_sources(rows.pop(LOCAL, []), local)
        total = rows.pop(TOTAL, [])
        cells = self._over_sources(total, [*parts, *(cell for row in rows.values() for cell in row)])
        return Table(
            self.measure,
            cells,
            sum(cell.won for cell in cells),
            sum(cell.won for cell in cells if cell.period is not None),
            sum(cell.won for cell in cells if cell.source is not None),
            self.half * len(cells),
            self.printed,
            self.doubts,
        )

    def _rows(self, statements: Iterable[Statement]) -> dict[str, dict[str, list[Cell]]]:
        """Cells by source and period, each amount once."""
        places: dict[Place, list[Statement]] = defaultdict(list)
        for one in statements:
            period = one.period or TOTAL
            places[one.source or TOTAL, period].append(one)
        rows: dict[str, dict[str, list[Cell]]] = defaultdict(dict)
        for (source, period), several in places.items():
            rows[source][period] = self._once(source, period, several)
        return {source: self._by_year(row) for source, row in rows.items()}

    def _once(self, source: str, period: str, several: Sequence[Statement]) -> list[Cell]:
        """One place: capital and current spending add up, anything else there is the same money."""
        if len(several) == 1:
            return [self._cell(source, period, several)]
        natures: dict[Nature | None, list[Statement]] = defaultdict(list)
        for one in several:
            natures[one.nature].append(one)
        split = [nature for nature in natures if nature is not None]
        if len(split) == 2 and not _one_money([one for nature in split for one in natures[nature]]):
            parts = [self._cell(source, period, natures[nature]) for nature in split]
            whole = natures.get(None)
            return parts if whole is None else self._rest([self._cell(source, period, whole)], parts)
        return [self._cell(source, period, several)]

    def _cell(self, source: str, period: str, several: Sequence[Statement]) -> Cell:
        chosen = several[0]
        if len(several) > 1:
            settled = self.settle(several) if len({one.value for one in several}) > 1 else None
            # Until somebody settles it the highest counts: what is wider is never lost.
            chosen = settled or max(several, key=lambda one: (one.value or 0, one.id))
            self.doubts.append(Doubt(tuple(several), chosen))
        shown = None if source == TOTAL else source
        return Cell(shown, _shown(period), chosen.nature, int(chosen.value or 0), chosen)

    def _by_year(self, row: Mapping[str, list[Cell]]) -> dict[str, list[Cell]]:
        """Quarterly checks report what was spent so far: what is new in a year counts in that year."""
        if self.measure != SPENT:
            return dict(row)
        so_far, found = 0, {}
        last: dict[int, str] = {}
        for period in sorted(period for period in row if "-Q" in period and span_of(period)):
            last[int(period[:4])] = period
        for year, period in last.items():
            cell = row[period][0]
            found[str(year)] = [cell._replace(won=cell.won - so_far, period=str(year))]
            so_far = cell.won
        return {period: cells for period, cells in row.items() if "-Q" not in period} | found

    def _over_periods(self, row: Mapping[str, list[Cell]]) -> list[Cell]:
        """A row of one source: years under their spans, everything under 계."""
        inside = _forest(tuple(sorted(row)), self.term)

        def read(period: str) -> list[Cell]:
            below = inside.get(period)
            if not below:
                return row[period]
            return self._rest(row[period], [cell for one in below for cell in read(one)])

        return [cell for period in inside[None] for cell in read(period)]

    def _rest(self, whole: Sequence[Cell], parts: Sequence[Cell]) -> list[Cell]:
        """The parts, and what the whole has more than rounding explains."""
        stated, sum_, bound = _won(whole), _won(parts), self.half * (len(whole) + len(parts))
        self.printed += [Printed(cell.statement, sum_, bound) for cell in whole if len(whole) == 1]
        if not parts:
            return list(whole)
        if stated <= sum_ + bound:
            return list(parts)
        return [*parts, whole[0]._replace(won=stated - sum_)]

    def _over_sources(self, whole: Sequence[Cell], parts: Sequence[Cell]) -> list[Cell]:
        """Sources under their total, which leaves open what it has more, by year where that is plain."""
        if not whole or not parts:
            return list(whole or parts)
        if all(cell.period for cell in whole) and all(cell.period for cell in parts):
            rests = [self._rest_of_year(cell, parts) for cell in whole]
            return [*parts, *(cell for cell in rests if cell.won)]
        stated, sum_, bound = _won(whole), _won(parts), self.half * (len(whole) + len(parts))
        if len(whole) == 1 and whole[0].period is None:
            self.printed.append(Printed(whole[0].statement, sum_, bound))
        if stated <= sum_ + bound:
            return list(parts)
        below: dict[str | None, int] = defaultdict(int)
        for cell in parts:
            below[cell.period] += cell.won
        rests = [cell._replace(won=cell.won - below.pop(cell.period, 0)) for cell in whole]
        if not below and all(cell.won >= 0 for cell in rests):
            return [*parts, *(cell for cell in rests if cell.won)]
        return [*parts, whole[0]._replace(period=None, won=stated - sum_)]

    def _rest_of_year(self, whole: Cell, parts: Sequence[Cell]) -> Cell:
        """What the total of one year has more than its sources, beyond what rounding explains."""
        same = [cell for cell in parts if cell.period == whole.period]
        sum_, bound = _won(same), self.half * (1 + len(same))
        if same and whole.won == whole.statement.value:
            self.printed.append(Printed(whole.statement, sum_, bound))
        return whole._replace(won=max(0, whole.won - sum_) if whole.won > sum_ + bound else 0)


def _one_money(statements: Sequence[Statement]) -> bool:
    """Whether capital and current are two names for one amount: the same in different documents."""
    documents = [one.origin.document for one in statements]
    return len({one.value for one in statements}) == 1 and len(set(documents)) == len(documents)


def _won(cells: Iterable[Cell]) -> int:
    return sum(cell.won for cell in cells)


@lru_cache(maxsize=4_096)
def _forest(periods: tuple[str, ...], term: tuple[int, int] | None) -> Mapping[str | None, tuple[str, ...]]:
    """Which periods are parts of which: those under each, and under None those that are in no other."""
    spans = {period: span for period in periods if (span := _span_in(period, periods, term))}
    inside: dict[str | None, list[str]] = {None: []}
    kept: list[str] = []
    for period in sorted(periods, key=lambda one: (-_width(spans.get(one)), one)):
        above = [one for one in kept if _covers(one, period, spans)]
        parent = above[-1] if above else None
        beside = inside.setdefault(parent, [])
        if any(_overlap(spans.get(period), spans.get(one)) for one in beside):
            continue  # Two spans that share years cannot both count; the longer one does.
        beside.append(period)
        kept.append(period)
    return {parent: tuple(below) for parent, below in inside.items()}


def _span_in(period: str, periods: Sequence[str], term: tuple[int, int] | None) -> Span | None:
    """The quarters of a period as a row with these columns means it: 기투자 is before its first year."""
    known = [span for one in periods if "~" not in one and (span := span_of(one))]
    first = min((span.first for span in known), default=0)
    last = max((span.last for span in known), default=_AGES - 2)
    if period == TOTAL:
        return Span(-_EVER, _EVER)
    if period == BEFORE:
        return Span(first - 1, first - 1)
    if period == AFTER:
        return Span(last + 1, last + 1)
    if period == TERM:
        return Span(term[0] * 4, term[1] * 4 + 3) if term else Span(first, last)
    return span_of(period)


def _width(span: Span | None) -> int:
    return span.last - span.first if span else 0


def _covers(outer: str, inner: str, spans: Mapping[str, Span]) -> bool:
    """Whether one period is a total over the other; what is before or after the term is in no 임기내."""
    a, b = spans.get(outer), spans.get(inner)
    if outer == TOTAL:
        return True
    if a is None or b is None or (outer == TERM and inner in (BEFORE, AFTER)):
        return False
    return a.first <= b.first and b.last <= a.last


def _overlap(a: Span | None, b: Span | None) -> bool:
    return a is not None and b is not None and a.first <= b.last and b.first <= a.last
