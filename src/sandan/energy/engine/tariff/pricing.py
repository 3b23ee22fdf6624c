"""What each quarter-hour costs: the prices of the bill, made for the plan to minimise."""

from __future__ import annotations

import numpy as np

from sandan.clock import DAY_MS, SEOUL_MS
from sandan.energy.engine.tariff.calendar import Calendar, classify, day_of
from sandan.energy.engine.tariff.demand import standing_demand
from sandan.energy.model.rates import Floats, Instants, Rates
from sandan.energy.model.tariff import Contract, History, Levies, Month, Schedule, Tariff, check_match


def rates(
    contract: Contract,
    tariff: Tariff | Schedule,
    levies: Levies,
    start: Instants,
    calendar: Calendar,
    history: History | None = None,
    *,
    power_factor: float = 0.0,
    export: float | Floats = 0.0,
    month: Month | None = None,
) -> Rates:
    """The prices of the quarter-hours `start` [n] of one billing month.

    Energy is (price less discount + climate + fuel) × (1 + fund), demand is base × (1 + power factor) ×
    (1 + fund), so that Σ energy · kWh + demand · max(standing, peak) is the bill before value-added tax and
    before rounding. `power_factor` is the share of the base charge the month's factors are expected to add
    (negative: take off); `export` what a kWh given earns [won/kWh]. Raises what `bill_month` raises.
    """
    schedule = Schedule.always(tariff) if isinstance(tariff, Tariff) else tariff
    for _, one in schedule.parts:
        check_match(contract, one)
    slots = classify(schedule, start, calendar)
    last = day_of(int(start[-1]))
    label = month or (last.year, last.month)
    ruling = schedule.parts[int(slots.part[-1])][1]
    days = np.unique((start + SEOUL_MS) // DAY_MS, return_index=True)[1]
    base = float(np.mean([schedule.parts[int(slots.part[i])][1].base for i in days]))
    earns = np.broadcast_to(np.asarray(export, dtype=np.float64), start.shape).copy()
    return Rates(
        start=start,
        band=slots.band,
        energy=(slots.price + levies.climate + levies.fuel) * (1 + levies.fund),
        counts=slots.counts if contract.demand_meter else np.zeros(len(start), dtype=np.bool_),
        demand=base * (1 + power_factor) * (1 + levies.fund),
        standing_demand=standing_demand(contract, ruling.demand, label, (history or History()).peaks),
        export=earns,
    )


def cost(rates: Rates, energy: Floats) -> float:
    """What `energy` [kWh, n] costs at these rates before value-added tax [won]; missing counts as none."""
    kw = np.where(rates.counts, 4 * energy, np.nan)
    peak = float(np.nanmax(kw)) if np.any(~np.isnan(kw)) else 0.0
    return float(np.nansum(rates.energy * energy)) + rates.demand * max(rates.standing_demand, peak)
