"""What a firm asks of its bill: what each hour cost, which option would have been cheapest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sandan.clock import HOUR_MS
from sandan.energy.engine.tariff.bill import bill_month
from sandan.energy.engine.tariff.book import options, versions
from sandan.energy.engine.tariff.calendar import Calendar
from sandan.energy.model.metering import Meter
from sandan.energy.model.rates import Floats, Instants, Rates
from sandan.energy.model.tariff import Bill, Contract, History, Levies, Option, Schedule, Tariff
from sandan.errors import InvalidInput
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class HourlyCost:
    """What each hour cost before value-added tax, and what the demand cost on top."""

    start: Instants
    """[h]; starts of hours in which anything was measured or not."""
    energy: Floats
    """[kWh, h]; NaN where a quarter-hour is missing."""
    won: Floats
    """By the kWh [won, h]; NaN where a quarter-hour is missing."""
    demand_won: float
    """Base charge of the month."""
    demand_at: int | None
    """The quarter-hour that set it [ms]; None when an earlier month or the floor did."""


def hourly_cost(rates: Rates, energy: Floats) -> HourlyCost:
    """What each hour of `energy` [kWh, n] cost at the rates it was billed by.

    Σ won + demand_won is the bill before value-added tax and before rounding, as far as it was measured.
    """
    hour = rates.start // HOUR_MS
    hours, of = np.unique(hour, return_inverse=True)
    kwh, won = np.zeros(len(hours)), np.zeros(len(hours))
    np.add.at(kwh, of, energy)
    np.add.at(won, of, energy * rates.energy)
    kw = np.where(rates.counts & ~np.isnan(energy), 4 * energy, -1.0)
    at = int(np.argmax(kw))
    own = kw[at] >= max(rates.standing_demand, 0.0)
    return HourlyCost(
        start=hours * HOUR_MS,
        energy=kwh,
        won=won,
        demand_won=rates.demand * max(rates.standing_demand, float(kw[at])),
        demand_at=int(rates.start[at]) if own else None,
    )


@dataclass(frozen=True, slots=True)
class OptionCost:
    """What one option would have cost over the same months."""

    option: Option
    total: int
    """With tax and fund [won]."""
    bills: tuple[Bill, ...]
    difference: int
    """Against the contract's own option; negative is cheaper [won]."""


def compare_options(
    months: Sequence[Meter],
    contract: Contract,
    tariff: Tariff | Schedule | None,
    levies: Sequence[Levies],
    calendar: Calendar,
    history: History | None = None,
) -> tuple[OptionCost, ...]:
    """What each option would have cost over the customer's own `months` (usually twelve), cheapest first.

    One `levies` a month. Peaks are carried from month to month, beginning with those of `history`; so are the
    warnings of power factor and excess. An option once chosen is kept for a year (약관 제67조 ⑦).
    """
    if len(months) != len(levies) or not months:
        raise InvalidInput.because(
            "months",
            Text("달마다 부가 단가가 하나씩 필요합니다.", "One set of levies is needed for each month."),
            Text("달의 수와 단가의 수를 맞춰 주십시오.", "Give as many levies as months."),
        )
    costs = []
    for option in options(contract.kind, contract.voltage):
        wanted = replace(contract, option=option)
        bills = bill_year(months, wanted, _in_option(tariff, option), levies, calendar, history)
        costs.append((option, bills, sum(bill.total for bill in bills)))
    own = next(total for option, _, total in costs if option is contract.option)
    made = [OptionCost(option, total, bills, total - own) for option, bills, total in costs]
    return tuple(sorted(made, key=lambda cost: cost.total))


def bill_year(
    months: Sequence[Meter],
    contract: Contract,
    tariff: Tariff | Schedule | None,
    levies: Sequence[Levies],
    calendar: Calendar,
    history: History | None = None,
) -> tuple[Bill, ...]:
    """The bills of consecutive months, each knowing the peaks and warnings of those before it."""
    past, bills = history or History(), []
    for meter, levy in zip(months, levies, strict=True):
        bill = bill_month(meter, contract, tariff, levy, calendar, past)
        bills.append(bill)
        past = after(past, bill)
    return tuple(bills)


def after(history: History, bill: Bill) -> History:
    """What the next bill has to know once `bill` is written.

    A warning is given once: the articles do not say that a month in order makes it due again.
    """
    dear = bill.power_factor.lagging_share > 0 or bill.power_factor.leading_share > 0
    peak = bill.demand.peak
    over = not math.isnan(peak) and math.floor(peak + 0.5) > bill.contract.power
    return History(
        peaks={**history.peaks, bill.month: peak},
        power_factor_warned=history.power_factor_warned or dear,
        excess_warned=history.excess_warned or over,
    )


def _in_option(tariff: Tariff | Schedule | None, option: Option) -> Tariff | Schedule | None:
    """The same versions in another option."""
    if tariff is None:
        return None
    if isinstance(tariff, Tariff):
        return _other(tariff, option)
    return Schedule(tuple((begin, _other(one, option)) for begin, one in tariff.parts))


def _other(tariff: Tariff, option: Option) -> Tariff:
    found = versions(tariff.kind, tariff.voltage, option)
    return next(one for one in found if one.version == tariff.version)
