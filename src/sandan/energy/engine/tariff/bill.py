"""The bill: from readings and a contract to lines in won, for one customer or for twenty thousand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from sandan.energy.engine.tariff.book import schedule as schedule_of
from sandan.energy.engine.tariff.calendar import Calendar, Slots, classify, day_of
from sandan.energy.engine.tariff.demand import billing_demand
from sandan.energy.engine.tariff.lines import Template, write_lines
from sandan.energy.engine.tariff.measure import Measures, measure
from sandan.energy.engine.tariff.power_factor import power_factor_adjustment
from sandan.energy.model.metering import Meter
from sandan.energy.model.rates import SLOT_MS, Floats, Instants
from sandan.energy.model.tariff import (
    Bill,
    Completeness,
    Contract,
    History,
    Levies,
    Month,
    Schedule,
    Tariff,
    check_match,
)
from sandan.errors import InvalidInput
from sandan.words import Text

BLOCK = 2048
"""Meters measured in one go: enough to keep a core busy, few enough to stay in memory."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """The readings of `m` meters over one run of `n` quarter-hours."""

    start: Instants
    """[n]."""
    energy: Floats
    """[kWh, m × n]."""
    lagging: Floats | None = None
    """[kvarh, m × n]; NaN for who has no meter for it."""
    leading: Floats | None = None
    estimated: NDArray[np.bool_] | None = None


def bill_month(
    meter: Meter,
    contract: Contract,
    tariff: Tariff | Schedule | None,
    levies: Levies,
    calendar: Calendar,
    history: History | None = None,
    *,
    month: Month | None = None,
    version: int = 1,
) -> Bill:
    """The bill of one customer for the quarter-hours of `meter`.

    Without a `tariff` the versions that hold for this customer on these days are used; a single tariff is
    applied to all of them, whatever their date. `month` names the bill; default is the month of the last
    quarter-hour. Missing quarter-hours are left out and the bill says so. Raises `InvalidInput` when no
    tariff is known, or when the tariff is not one of the contract's kind and voltage.
    """
    fleet = Fleet(
        meter.start,
        meter.energy[None, :],
        None if meter.lagging is None else meter.lagging[None, :],
        None if meter.leading is None else meter.leading[None, :],
        None if meter.estimated is None else meter.estimated[None, :],
    )
    bills = bill_many(
        fleet,
        [contract],
        levies,
        calendar,
        histories=[history or History()],
        tariffs=[tariff],
        month=month,
        version=version,
    )
    return bills[0]


def bill_many(
    fleet: Fleet,
    contracts: Sequence[Contract],
    levies: Levies,
    calendar: Calendar,
    *,
    histories: Sequence[History] | None = None,
    tariffs: Sequence[Tariff | Schedule | None] | None = None,
    month: Month | None = None,
    version: int = 1,
) -> list[Bill]:
    """The bills of many customers over one period, in their order; each as `bill_month` makes it."""
    m, n = fleet.energy.shape
    if len(contracts) != m or len(fleet.start) != n:
        raise InvalidInput.because(
            "fleet",
            Text(
                "계량값, 계약, 시각의 수가 서로 다릅니다.",
                "Readings, contracts and instants differ in number.",
            ),
            Text(
                "계량기마다 계약 하나, 칸마다 시각 하나가 필요합니다.",
                "Give one contract a meter, one start a slot.",
            ),
        )
    first, last = day_of(int(fleet.start[0])), day_of(int(fleet.start[-1]))
    label = month or (last.year, last.month)
    groups: dict[tuple[object, ...], tuple[Schedule, list[int]]] = {}
    for i, contract in enumerate(contracts):
        key, of = _schedule(contract, tariffs[i] if tariffs else None, first, last, groups)
        groups.setdefault(key, (of, []))[1].append(i)
    bills: list[Bill | None] = [None] * m
    days = [first + timedelta(days=k) for k in range((last - first).days + 1)]
    for of, rows in groups.values():
        slots = classify(of, fleet.start, calendar)
        template = Template(of, levies, _shares(of, days))
        for begin in range(0, len(rows), BLOCK):
            block = np.array(rows[begin : begin + BLOCK])
            measures = _measure_block(fleet, block, slots, of, levies)
            for k, i in enumerate(block):
                past = histories[i] if histories else History()
                bills[i] = _bill(fleet.start, contracts[i], template, measures, k, past, label, version)
    return [bill for bill in bills if bill is not None]


def _schedule(
    contract: Contract,
    tariff: Tariff | Schedule | None,
    first: date,
    last: date,
    known: Mapping[tuple[object, ...], tuple[Schedule, list[int]]],
) -> tuple[tuple[object, ...], Schedule]:
    """The customer's schedule with a key that equal schedules share."""
    if tariff is None:
        key: tuple[object, ...] = (contract.kind, contract.voltage, contract.option, contract.deferred_until)
        return key, known[key][0] if key in known else schedule_of(contract, first, last)
    of = Schedule.always(tariff) if isinstance(tariff, Tariff) else tariff
    for _, one in of.parts:
        check_match(contract, one)
    return tuple((begin, one.version, one.option, id(one)) for begin, one in of.parts), of


def _shares(of: Schedule, days: Sequence[date]) -> tuple[float, ...]:
    """Which share of the days each part of the schedule holds."""
    held = [max(k for k, (begin, _) in enumerate(of.parts) if begin <= day) for day in days]
    return tuple(held.count(k) / len(days) for k in range(len(of.parts)))


def _measure_block(
    fleet: Fleet, rows: NDArray[np.int64], slots: Slots, of: Schedule, levies: Levies
) -> Measures:
    every = slice(None) if len(rows) == len(fleet.energy) else rows
    return measure(
        slots,
        len(of.parts),
        int(fleet.start[0]),
        fleet.energy[every],
        None if fleet.lagging is None else fleet.lagging[every],
        None if fleet.leading is None else fleet.leading[every],
        None if fleet.estimated is None else fleet.estimated[every],
        levies.power_factor,
    )


def _bill(
    start: Instants,
    contract: Contract,
    template: Template,
    found: Measures,
    k: int,
    history: History,
    month: Month,
    version: int,
) -> Bill:
    at = int(found.peak_slot[k])
    demand = billing_demand(
        contract,
        template.demand,
        month,
        float(found.peak[k]),
        int(start[at]) if at >= 0 else None,
        history.peaks,
    )
    factor = power_factor_adjustment(
        contract,
        template.levies.power_factor,
        float(found.lagging[k]),
        float(found.leading[k]),
        float(found.month_factor[k]),
        int(found.half_hours[k]),
        template.levies.rounding["power_factor"],
    )
    n, missing, estimated = len(start), int(found.missing[k]), int(found.estimated[k])
    completeness = Completeness(n, n - missing - estimated, estimated, missing)
    lines, total, notes = write_lines(
        template, contract, found.energy[k], demand, factor, float(found.highest[k]), history, completeness
    )
    return Bill(
        month=month,
        begin=int(start[0]),
        end=int(start[-1]) + SLOT_MS,
        contract=contract,
        versions=template.versions,
        demand=demand,
        power_factor=factor,
        completeness=completeness,
        lines=lines,
        total=total,
        notes=notes,
        version=version,
    )
