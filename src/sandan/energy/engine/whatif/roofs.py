"""What a kilowatt of roof gives over a year, from the roofs that are metered.

A few days of November say little of July. So the days that were not metered are a clear sky's course over
roofs that lie like these, dimmed as the metered days were.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib

from sandan.energy.engine.forecast.solar import power_under
from sandan.energy.engine.whatif.years import DAY, WHOLE, donors
from sandan.energy.model.forecast import Roofs
from sandan.energy.model.rates import SLOT_HOURS, SLOT_MS, Floats, Instants
from sandan.energy.model.whatif import Origin, RoofYear, Year

CLEAR_AIR = (0.1, 1.0)
"""Dust (optical depth at 700 nm) and water [cm] of the clear sky; their level cancels out of the ratio."""
BRIGHT = 0.05
"""Clear-sky output per kW above which the ratio of a single quarter-hour is trusted [kW]."""
CLEAREST = 1.3
"""More than this the ratio of a quarter-hour is not taken to be: clouds that mirror, clocks that differ."""


def roof_year(output: Floats, capacity: Floats, roofs: Roofs, year: Year, *, own: bool) -> RoofYear | None:
    """The course of one kilowatt over the year [kWh, n], from metered `output` [kWh, roofs × d · 96] of
    plants of `capacity` [kW, roofs]; None without a metered day. Days begin with the year.
    """
    there = np.isfinite(output)
    given = np.where(there, output, 0.0).sum(axis=0)
    behind = (there * capacity[:, None]).sum(axis=0)
    single = np.divide(given, behind, out=np.full(len(given), np.nan), where=behind > 0).reshape(-1, DAY)
    good = np.isfinite(single).mean(axis=1) >= WHOLE
    days = len(year.start) // DAY
    source, _ = donors(good, np.zeros(len(good), np.int8), days)
    if source[0] < 0:
        return None
    begin = int(year.start[0])
    start = begin + SLOT_MS * np.arange(len(good) * DAY, dtype=np.int64)
    clear = clear_output(roofs, start, capacity).reshape(-1, DAY)
    made = np.empty((days, DAY))
    for day, of in enumerate(source):
        known = single[of]
        if of == day:
            made[day] = np.where(np.isnan(known), clear[day] * _clearness(known, clear[of]), known)
        else:
            made[day] = clear[day] * _clearness(known, clear[of])
    return RoofYear(
        made.ravel(),
        Origin(days, int(good[:days].sum()), int(good.sum())),
        own,
        len(capacity),
    )


def clear_output(roofs: Roofs, start: Instants, capacity: Floats) -> Floats:
    """Energy per kW of roofs that lie like these under a clear sky (Ineichen's simplified Solis) [kWh, n]."""
    times = pd.to_datetime(start + SLOT_MS // 2, unit="ms", utc=True)
    sun = pvlib.solarposition.get_solarposition(times, roofs.latitude, roofs.longitude)
    dust, water = CLEAR_AIR
    clear = pvlib.clearsky.simplified_solis(sun["apparent_elevation"], dust, water)
    mild = np.full(len(start), 15.0)
    sky = np.stack([np.asarray(clear[name], np.float64) for name in ("ghi", "dni", "dhi")])
    sky = np.vstack(
        [np.where(sun["apparent_elevation"].to_numpy() > 0, sky, 0.0), mild, np.full(len(start), 2.0)]
    )
    power = power_under(roofs, start, np.nan_to_num(sky))
    return np.asarray(power.sum(axis=0) * SLOT_HOURS / capacity.sum())


def _clearness(known: Floats, clear: Floats) -> Floats:
    """How much of the clear sky's output came [96]; the day's own ratio where the sun is low."""
    seen = np.isfinite(known)
    whole = clear[seen].sum()
    day = known[seen].sum() / whole if whole > 0 else 0.0
    trusted = seen & (clear > BRIGHT * SLOT_HOURS)
    ratio = np.divide(known, clear, out=np.full(DAY, day), where=trusted)
    return np.asarray(np.clip(ratio, 0.0, CLEAREST))
