"""The bills of a year that follows on itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from sandan.energy.engine.editions import levies_on, schedule_of
from sandan.energy.engine.months import first_day, last_day, moved
from sandan.energy.engine.tariff import Calendar, Fleet, bill_many, rates
from sandan.energy.model.agreements import TariffEdition
from sandan.energy.model.rates import SLOT_HOURS, Floats
from sandan.energy.model.tariff import Bill, Contract, History, Levies, Month
from sandan.energy.model.whatif import BilledYear, Terms, Year


def year_levies(edition: TariffEdition, year: Year) -> tuple[Levies, ...]:
    """What is charged on top in each month; `InvalidInput` names a price that nobody told."""
    return tuple(levies_on(edition, last_day(month)) for month in year.months)


def year_terms(
    contract: Contract, edition: TariffEdition, levies: Sequence[Levies], calendar: Calendar, year: Year
) -> Terms:
    """What `contract` would be billed by in each month; `InvalidInput` where no tariff is known."""
    schedules = tuple(schedule_of(edition, contract, first_day(m), last_day(m)) for m in year.months)
    prices = tuple(
        rates(contract, schedule, levy, year.cut(year.start, k), calendar, month=month)
        for k, (month, schedule, levy) in enumerate(zip(year.months, schedules, levies, strict=True))
    )
    rules = [schedule.parts[-1][1].demand for schedule in schedules]
    carried = tuple(m[1] in rule.months for m, rule in zip(year.months, rules, strict=True))
    floor = max(rule.floor for rule in rules) * contract.power
    return Terms(contract, schedules, prices, carried, floor)


def bill_fleet_year(
    year: Year,
    energy: Floats,
    lagging: Floats,
    leading: Floats,
    terms: Sequence[Terms],
    levies: Sequence[Levies],
    calendar: Calendar,
) -> list[BilledYear]:
    """The twelve bills of each customer from its import [kWh, m × n] and reactive energy [kvarh, m × n].

    The year before is taken to have been the same, so that a month carries the peaks of all of it, and
    warnings of a first time have been given.
    """
    peaks = np.array(
        [[_peak(year, row, one, k) for k in range(12)] for row, one in zip(energy, terms, strict=True)]
    )
    made: list[list[Bill]] = [[] for _ in terms]
    for k, month in enumerate(year.months):
        bills = bill_many(
            Fleet(year.cut(year.start, k), year.cut(energy, k), year.cut(lagging, k), year.cut(leading, k)),
            [one.contract for one in terms],
            levies[k],
            calendar,
            histories=[_history(year, row, k) for row in peaks],
            tariffs=[one.schedules[k] for one in terms],
            month=month,
        )
        for mine, bill in zip(made, bills, strict=True):
            mine.append(bill)
    return [BilledYear(tuple(bills)) for bills in made]


def hold_factor(reactive: Floats, before: Floats, after: Floats) -> Floats:
    """Reactive energy when an inverter keeps the power factor of each quarter-hour as it was [kvarh, …]."""
    share = np.divide(after, before, out=np.ones_like(after), where=before > 0)
    return np.asarray(reactive * share)


def _peak(year: Year, energy: Floats, terms: Terms, number: int) -> float:
    counted = year.cut(energy, number)[terms.prices[number].counts]
    return float(counted.max() / SLOT_HOURS) if len(counted) else math.nan


def _history(year: Year, peaks: Floats, number: int) -> History:
    """The eleven months before month `number`, those before the year as they are in it."""
    month = year.months[number]
    known: dict[Month, float] = {moved(month, -k): float(peaks[(number - k) % 12]) for k in range(1, 12)}
    return History(MappingProxyType(known), power_factor_warned=True, excess_warned=True)
