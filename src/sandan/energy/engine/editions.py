"""The operator's additions to the tables Sandan comes with: levies and prices that no table has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from sandan.energy.engine.tariff.book import levies as built_in_levies
from sandan.energy.engine.tariff.book import schedule as built_in_schedule
from sandan.energy.engine.tariff.calendar import Calendar
from sandan.energy.model.agreements import AddedLevy, AddedPrice, TariffEdition
from sandan.energy.model.tariff import Contract, Levies, Schedule, Source, Tariff

LINES = ("climate", "fuel", "fund")


def levies_on(edition: TariffEdition, day: date) -> Levies:
    """What is charged on top as of `day`: the operator's where there is one, else the tables'."""
    held = {line: _last(edition.levies, line, day) for line in LINES}
    found = built_in_levies(
        day,
        climate=_value(held["climate"]),
        fuel=_value(held["fuel"]),
        fund=_value(held["fund"]),
    )
    mine = {line: Source(one.mark, one.source) for line, one in held.items() if one is not None}
    return replace(found, sources=MappingProxyType({**found.sources, **mine})) if mine else found


def schedule_of(edition: TariffEdition, contract: Contract, first: date, last: date) -> Schedule:
    """The tariffs of this customer from `first` to `last`, the operator's among them."""
    tables = built_in_schedule(contract, first, last)
    mine = [
        one
        for one in edition.prices
        if (one.kind, one.voltage, one.option) == (contract.kind, contract.voltage, contract.option)
        and one.effective_from <= last
    ]
    if not mine:
        return tables
    parts = list(tables.parts)
    for one in sorted(mine, key=lambda price: price.effective_from):
        base = [tariff for begin, tariff in parts if begin <= one.effective_from]
        day = one.effective_from
        ruling = base[-1] if base else built_in_schedule(contract, day, day).parts[-1][1]
        parts.append((one.effective_from, with_prices(ruling, one)))
        parts.sort(key=lambda part: part[0])
    before = [i for i, (begin, _) in enumerate(parts) if begin <= first]
    return Schedule(tuple(parts[before[-1] if before else 0 :]))


def with_prices(ruling: Tariff, one: AddedPrice) -> Tariff:
    """A tariff of the operator's prices and the hours and rules of `ruling`."""
    return replace(
        ruling,
        version=f"{one.effective_from}+",
        effective_from=one.effective_from,
        deferrable_until=None,
        base=one.base,
        prices=one.prices,
        price_source=Source(one.mark, one.source),
    )


def calendar_of(edition: TariffEdition, holidays: frozenset[date]) -> Calendar:
    """The holidays of the tariff, temporary ones as the edition says."""
    return Calendar.of(holidays, count_temporary=edition.count_temporary)


def _last(levies: Sequence[AddedLevy], line: str, day: date) -> AddedLevy | None:
    held = [one for one in levies if one.line == line and one.effective_from <= day]
    return max(held, key=lambda one: one.effective_from, default=None)


def _value(one: AddedLevy | None) -> float | None:
    return None if one is None else one.value
