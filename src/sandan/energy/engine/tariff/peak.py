"""The month's peak: how close it is, what lowering it is worth, a warning before the quarter-hour ends."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sandan.energy.engine.tariff.calendar import Calendar, classify, day_of
from sandan.energy.engine.tariff.demand import months_carried, standing_demand
from sandan.energy.model.metering import Meter
from sandan.energy.model.rates import SLOT_HOURS, Floats, Instants
from sandan.energy.model.tariff import Contract, History, Levies, Month, Schedule, Tariff

SLOT_S = 900.0


@dataclass(frozen=True, slots=True)
class PeakState:
    """Where the month's billing demand stands."""

    standing: float
    """Owed whatever happens in the month [kW]."""
    so_far: float
    """The month's own highest counting demand [kW]; NaN when nothing was metered."""
    at: int | None
    """Its quarter-hour [ms]."""
    limit: float
    """A demand above this one costs more [kW]: the larger of both."""
    worth: float
    """What each kW above the limit costs in this month's bill, before value-added tax [won/kW]."""
    months_after: int
    """In how many later bills it may count again: 0 outside the demand months."""
    saved: float
    """What staying at `standing` would have saved of this month's bill so far [won]."""

    @property
    def worth_carried(self) -> float:
        """What each kW costs when no later month exceeds it [won/kW]."""
        return self.worth * (1 + self.months_after)


def watch_peak(
    meter: Meter,
    contract: Contract,
    tariff: Tariff | Schedule,
    levies: Levies,
    calendar: Calendar,
    history: History | None = None,
    *,
    month: Month | None = None,
    power_factor: float = 0.0,
) -> PeakState:
    """The peak of the month that `meter` has so far; months without a demand meter have no peak to watch."""
    schedule = Schedule.always(tariff) if isinstance(tariff, Tariff) else tariff
    slots = classify(schedule, meter.start, calendar)
    ruling = schedule.parts[int(slots.part[-1])][1]
    last = day_of(int(meter.start[-1]))
    label = month or (last.year, last.month)
    standing = standing_demand(contract, ruling.demand, label, (history or History()).peaks)
    kw = np.where(slots.counts & ~np.isnan(meter.energy), 4 * meter.energy, -1.0)
    at = int(np.argmax(kw))
    so_far = float(kw[at]) if kw[at] >= 0 else math.nan
    worth = ruling.base * (1 + power_factor) * (1 + levies.fund) if contract.demand_meter else 0.0
    limit = standing if math.isnan(so_far) else max(standing, so_far)
    return PeakState(
        standing=standing,
        so_far=so_far,
        at=None if math.isnan(so_far) else int(meter.start[at]),
        limit=limit,
        worth=worth,
        months_after=months_carried(ruling.demand, label),
        saved=(limit - standing) * worth,
    )


@dataclass(frozen=True, slots=True)
class QuarterWarning:
    """What the running quarter-hour will come to."""

    projected: float
    """Demand if the power stays as it is [kW]."""
    lowest: float
    """Demand if everything were switched off now [kW]: what is used is used."""
    limit: float
    allowed: float
    """Mean power for the rest that keeps the limit [kW]; 0 when it is already lost."""
    shed: float
    """What has to be switched off now to keep the limit [kW]; 0 when nothing has to."""
    seconds_left: float
    exceeds: bool
    lost: bool
    """Whether the limit is broken even with everything off."""


def warn_quarter(
    at: Instants, power: Floats, now: int, limit: float, *, recent: float = 180.0
) -> QuarterWarning:
    """Projected demand of the quarter-hour that runs at `now` [ms], from power [kW] sampled at `at` [ms].

    Each sample holds until the next; before the first one in the quarter-hour the last earlier one holds (the
    first itself when there is none). The rest is expected at the mean of the last `recent` seconds.
    """
    begin = now // 900_000 * 900_000
    known = ~np.isnan(power) & (at <= now)
    times, values = at[known], power[known]
    left = (begin + 900_000 - now) / 1000
    if len(times) == 0:
        return QuarterWarning(math.nan, 0.0, limit, limit * SLOT_S / left, 0.0, left, False, False)
    used = _held(times, values, begin, now)
    since = max(begin, now - round(recent * 1000))
    rate = _held(times, values, since, now) / ((now - since) / 1000) if now > since else float(values[-1])
    projected = (used + rate * left) / SLOT_S
    lowest = used / SLOT_S
    allowed = max(0.0, (limit * SLOT_S - used) / left)
    return QuarterWarning(
        projected=projected,
        lowest=lowest,
        limit=limit,
        allowed=allowed,
        shed=max(0.0, rate - allowed) if projected > limit else 0.0,
        seconds_left=left,
        exceeds=projected > limit,
        lost=lowest > limit,
    )


def _held(at: Instants, power: Floats, begin: int, end: int) -> float:
    """Energy between two instants when each sample holds until the next [kW·s]."""
    inside = (at > begin) & (at < end)
    before = int(np.searchsorted(at, begin, side="right")) - 1
    first = power[max(before, 0)]
    edges = np.concatenate(([begin], at[inside], [end]))
    held = np.concatenate(([first], power[inside]))
    return float(np.sum(np.diff(edges) / 1000 * held))


def project_quarter(energy: float, seconds: float, power: float) -> float:
    """Demand [kW] of a quarter-hour that used `energy` [kWh] in `seconds` and goes on at `power` [kW]."""
    return (energy + power * (SLOT_S - seconds) / 3600) / SLOT_HOURS
