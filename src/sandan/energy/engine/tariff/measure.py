"""One pass over many meters: energy by group, the peak, the power factors, what is missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandan.compiled import exact
from sandan.energy.engine.tariff.calendar import Slots
from sandan.energy.model.rates import Floats
from sandan.energy.model.tariff import PowerFactorRule

BANDS = 3
SEASONS = 3
DISCOUNTS = 2
HALF_HOUR_MS = 1_800_000


@dataclass(frozen=True, slots=True)
class Measures:
    """What the kernel found for each of `m` meters."""

    energy: Floats
    """By group [kWh, m × groups]; a group is part × season × band × discounted."""
    peak: Floats
    """Highest counting demand [kW, m]; NaN without one."""
    peak_slot: NDArray[np.int64]
    """Its quarter-hour [m]; −1 without one."""
    highest: Floats
    """Highest demand of all quarter-hours [kW, m]."""
    lagging: Floats
    """Mean of the day's half-hours, clipped [%, m]; NaN without any."""
    leading: Floats
    """Mean of the night's half-hours, clipped [%, m]; NaN without any."""
    half_hours: NDArray[np.int64]
    """How many both means stand on [m]."""
    month_factor: Floats
    """Lagging factor of the day's energies summed over the period [%, m]; NaN without any."""
    missing: NDArray[np.int64]
    """[m]."""
    estimated: NDArray[np.int64]
    """[m]."""


def group_of(slots: Slots) -> NDArray[np.int64]:
    """The group of each quarter-hour [n]."""
    inner = (slots.part.astype(np.int64) * SEASONS + slots.season) * BANDS + slots.band
    return inner * DISCOUNTS + slots.discounted


def measure(
    slots: Slots,
    parts: int,
    first_ms: int,
    energy: Floats,
    lagging: Floats | None,
    leading: Floats | None,
    estimated: NDArray[np.bool_] | None,
    rule: PowerFactorRule,
) -> Measures:
    """Sums of the readings [m × n] of meters that share one schedule and one run of quarter-hours.

    Half-hours start at the hour and at half past; one with a gap, or without any energy, is left out; so is
    one by day in which nothing was taken and nothing lagged (a roof carries the load, capacitors lead). Sums
    keep what rounding loses (Neumaier), so that half a kilowatt-hour rounds as it was metered.
    """
    nothing = np.empty((0, 0))
    none = np.empty((0, 0), dtype=np.bool_)
    day = (slots.hour >= rule.day_from) & (slots.hour < rule.day_to)
    found = _measure(
        _plain(energy),
        nothing if lagging is None else _plain(lagging),
        nothing if leading is None else _plain(leading),
        none if estimated is None else np.require(estimated, np.bool_, ["C", "W"]),
        group_of(slots),
        parts * SEASONS * BANDS * DISCOUNTS,
        slots.counts,
        day,
        1 if first_ms % HALF_HOUR_MS else 0,
        np.array([rule.lagging_least, rule.lagging_cap, rule.leading_least]),
    )
    sums, kw, counted = found
    return Measures(
        energy=sums,
        peak=kw[:, 0],
        peak_slot=counted[:, 0],
        highest=kw[:, 1],
        lagging=kw[:, 2],
        leading=kw[:, 3],
        half_hours=counted[:, 1],
        month_factor=kw[:, 4],
        missing=counted[:, 2],
        estimated=counted[:, 3],
    )


def _plain(array: Floats) -> Floats:
    """Of the one layout the kernel is compiled for: a read-only array would compile it anew."""
    return np.require(array, np.float64, ["C", "W"])


@exact
def _factor(active: float, reactive: float) -> float:
    return float(100.0 * active / np.hypot(active, reactive))


@exact
def _measure(
    energy: Floats,
    lagging: Floats,
    leading: Floats,
    estimated: NDArray[np.bool_],
    group: NDArray[np.int64],
    groups: int,
    counts: NDArray[np.bool_],
    day: NDArray[np.bool_],
    first_half: int,
    limits: Floats,
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    meters, n = energy.shape
    sums = np.zeros((meters, groups))
    kw = np.full((meters, 5), np.nan)
    counted = np.zeros((meters, 4), dtype=np.int64)
    has_lagging, has_leading = lagging.size > 0, leading.size > 0
    for i in range(meters):
        peak, highest, at = -1.0, -1.0, -1
        lost = np.zeros(groups)
        for j in range(n):
            e = energy[i, j]
            if np.isnan(e):
                counted[i, 2] += 1
                continue
            if estimated.size > 0 and estimated[i, j]:
                counted[i, 3] += 1
            g = group[j]
            whole = sums[i, g] + e
            lost[g] += (sums[i, g] - whole) + e if sums[i, g] >= e else (e - whole) + sums[i, g]
            sums[i, g] = whole
            demand = 4.0 * e
            if demand > highest:
                highest = demand
            if counts[j] and demand > peak:
                peak, at = demand, j
        sums[i] += lost
        if at >= 0:
            kw[i, 0] = peak
        if highest >= 0:
            kw[i, 1] = highest
        counted[i, 0] = at
        if not has_lagging:
            continue
        by_day, by_night, days, nights = 0.0, 0.0, 0, 0
        active, reactive = 0.0, 0.0
        for j in range(first_half, n - 1, 2):
            e = energy[i, j] + energy[i, j + 1]
            lag = lagging[i, j] + lagging[i, j + 1]
            lead = leading[i, j] + leading[i, j + 1] if has_leading else 0.0
            if np.isnan(e) or np.isnan(lag) or np.isnan(lead):
                continue
            if e <= 0.0 and lag <= 0.0 and lead <= 0.0:
                continue
            if day[j]:
                if e <= 0.0 and lag <= 0.0:
                    continue
                active += e
                reactive += lag
                by_day += min(max(_factor(e, lag), limits[0]), limits[1])
                days += 1
            else:
                if lead > lag:
                    by_night += max(_factor(e, lead), limits[2])
                else:
                    by_night += 100.0
                nights += 1
        if days > 0:
            kw[i, 2] = by_day / days
        if nights > 0:
            kw[i, 3] = by_night / nights
        if active > 0.0:
            kw[i, 4] = _factor(active, reactive)
        counted[i, 1] = days + nights
    return sums, kw, counted
