"""Tables of money as a sheet shows them: sources down, periods across, in the largest unit that is exact."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from babel.numbers import format_decimal

from sandan.printing.sheet import Cell, Grid, Piece
from sandan.programme.engine import card
from sandan.programme.engine.ledger.tables import LOCAL
from sandan.programme.engine.publishing.sheet import COMPUTED, Citations, said_period
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import (
    AFTER,
    BEFORE,
    STAGE_NAMES,
    TOTAL,
    source_name,
)
from sandan.words import Language, Text

MOST_COLUMNS = 8
"""So many columns of figures fit the width of A4; more go on in a table below."""
_UNITS: dict[Language, Sequence[tuple[int, str]]] = {
    "ko": ((100_000_000, "억원"), (1_000_000, "백만원"), (1_000, "천원"), (1, "원")),
    "en": ((1_000_000, "KRW million"), (1_000, "KRW thousand"), (1, "KRW")),
}
_YEAR = re.compile(r"\d{4}")
_LOCAL_PARTS = frozenset({"도비", "시비", "군구비"})


def money_unit(amounts: Iterable[int], language: Language) -> tuple[int, str]:
    """The largest unit [won] in which every amount has at most two decimals.

    >>> money_unit([21_600_000_000, 49_700_000_000], "ko")
    (100000000, '억원')
    """
    given = list(amounts)
    return next(
        (size, name) for size, name in _UNITS[language] if all(won * 100 % size == 0 for won in given)
    )


def shown_in(won: int, size: int) -> str:
    """An amount in a unit of `size` won, with every digit it has."""
    return str(format_decimal(Decimal(won) / size, format="#,##0.##", locale="en"))


def money_grids(table: card.Grid, citations: Citations) -> list[Grid]:
    """One table of money as tables that fit the page; sums that no document printed are marked so."""
    language = citations.language
    size, unit = money_unit(
        (int(one.value) for cell in table.cells.values() for one in cell if one.value is not None), language
    )
    stage = STAGE_NAMES[table.stage].in_(language) if table.stage else ""
    name = citations.names.get(table.document or "", "")
    caption = " · ".join(part for part in (table.measure, stage, name) if part)
    unit_said = Text(f"단위: {unit}", f"in {unit}").in_(language)
    added = _has_sum(table.periods)
    columns: list[str | None] = [*([_SUM] if added else []), *table.periods]
    rows: list[str | None] = [*([_SUM] if _is_split(table.sources) else []), *table.sources]
    found = []
    for start in range(0, len(columns), MOST_COLUMNS):
        part = columns[start : start + MOST_COLUMNS]
        head = [Text("재원", "Source").in_(language), *(_period(one, language) for one in part)]
        body = [
            [
                [Piece(_source(source).in_(language))],
                *(_cell(table, source, period, size, citations) for period in part),
            ]
            for source in rows
        ]
        found.append(Grid(f"{caption} ({unit_said})", head, body))
    return found


_SUM = "합"
"""Stands for a row or column that is worked out here."""


def _has_sum(periods: Sequence[str | None]) -> bool:
    """Whether years can be added up: money of quarters is cumulative, a printed total needs no other."""
    return len(periods) > 1 and all(
        one in (BEFORE, AFTER) or (one is not None and _YEAR.fullmatch(one)) for one in periods
    )


def _is_split(sources: Sequence[str | None]) -> bool:
    return len(sources) > 1 and not {TOTAL, None} & set(sources)


def _cell(table: card.Grid, source: str | None, period: str | None, size: int, citations: Citations) -> Cell:
    if source != _SUM and period != _SUM:
        return [_piece(one, size, citations) for one in table.cells.get((source, period), ())]
    sources = _counted(table.sources) if source == _SUM else [source]
    periods = table.periods if period == _SUM else [period]
    parts = [table.cells.get((s, p), ()) for s in sources for p in periods]
    told = [cell for cell in parts if cell]
    if not told or any(len(cell) != 1 or cell[0].value is None for cell in told):
        return []  # what contradicts itself, or is not yet set, has no sum
    total = sum(int(cell[0].value or 0) for cell in told)
    return [Piece(shown_in(total, size), (), COMPUTED.in_(citations.language))]


def _counted(sources: Sequence[str | None]) -> list[str | None]:
    """Local money that is also split into its levels counts once."""
    return [one for one in sources if one != LOCAL or not _LOCAL_PARTS & set(sources)]


def _piece(one: Statement, size: int, citations: Citations) -> Piece:
    text: Text | str = Text("미정", "not set") if one.value is None else shown_in(int(one.value), size)
    return citations.piece(text, one.origin)


def _period(period: str | None, language: Language) -> str:
    if period is None:
        return Text("금액", "Amount").in_(language)
    return said_period(TOTAL if period == _SUM else period, language)


def _source(source: str | None) -> Text:
    return Text("계", "Total") if source == _SUM else source_name(source)
