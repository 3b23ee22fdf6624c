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
from sandan.energy.model.whatif import Origin, RoofSource, RoofYear, Year

CLEAR_AIR = (0.1, 1.0)
"""Dust (optical depth at 700 nm) and water [cm] of the clear sky; their level cancels out of the ratio."""
MILD, BREEZE = 15.0, 2.0
"""Air [°C] and wind [m/s] over the modules: a few per cent at most, and in the ratio they cancel."""
BRIGHT = 0.05
"""Clear-sky output per kW above which the ratio of a single quarter-hour is trusted [kW]."""
CLEAREST = 1.3
"""More than this the ratio of a quarter-hour is not taken to be: clouds that mirror, clocks that differ."""


def roof_year(
    output: Floats, capacity: Floats, roofs: Roofs, year: Year, source: RoofSource, count: int
) -> RoofYear | None:
    """The course of one kilowatt over the year [kWh, n], from metered `output` [kWh, roofs × d · 96] of
    plants of `capacity` [kW, roofs]; None without a metered day. Days begin with the year.
    """
    there = np.isfinite(output)
    given = np.where(there, output, 0.0).sum(axis=0)
    behind = (there * capacity[:, None]).sum(axis=0)
    single = np.divide(given, behind, out=np.full(len(given), np.nan), where=behind > 0).reshape(-1, DAY)
    good = np.isfinite(single).mean(axis=1) >= WHOLE
    days = len(year.start) // DAY
    stand, _ = donors(good, np.zeros(len(good), np.int8), days)
    if stand[0] < 0:
        return None
    begin = int(year.start[0])
    start = begin + SLOT_MS * np.arange(len(good) * DAY, dtype=np.int64)
    clear = clear_output(roofs, start, capacity).reshape(-1, DAY)
    made = np.empty((days, DAY))
    for day, of in enumerate(stand):
        known = single[of]
        if of == day:
            made[day] = np.where(np.isnan(known), clear[day] * _clearness(known, clear[of]), known)
        else:
            made[day] = clear[day] * _clearness(known, clear[of])
    return RoofYear(
        made.ravel(),
        Origin(days, int(good[:days].sum()), int(good.sum())),
        source,
        count,
    )


def clear_output(roofs: Roofs, start: Instants, capacity: Floats) -> Floats:
    """Energy per kW of roofs that lie like these under a clear sky (Ineichen's simplified Solis) [kWh, n]."""
    sun = _sun(roofs, start)
    dust, water = CLEAR_AIR
    clear = pvlib.clearsky.simplified_solis(sun["apparent_elevation"], dust, water)
    sky = np.stack([np.asarray(clear[name], np.float64) for name in ("ghi", "dni", "dhi")])
    sky = np.where(sun["apparent_elevation"].to_numpy() > 0, sky, 0.0)
    return np.asarray(_under(roofs, start, np.nan_to_num(sky)).sum(axis=0) / capacity.sum())


def output_under(roofs: Roofs, start: Instants, irradiance: Floats) -> Floats:
    """What `roofs` would give under the level irradiance that was measured [W/m², n] [kWh, roofs × n].

    Beam and sky are parted by Erbs (1982); NaN stays missing.
    """
    sun = _sun(roofs, start)
    known = np.isfinite(irradiance)
    level = np.where(known, np.maximum(irradiance, 0.0), 0.0)
    days = pd.to_datetime(start, unit="ms", utc=True).day_of_year.to_numpy()
    parts = pvlib.irradiance.erbs(level, sun["zenith"].to_numpy(), days)
    sky = np.stack([level, np.asarray(parts["dni"], np.float64), np.asarray(parts["dhi"], np.float64)])
    return np.asarray(np.where(known, _under(roofs, start, np.nan_to_num(sky)), np.nan))


def _sun(roofs: Roofs, start: Instants) -> pd.DataFrame:
    times = pd.to_datetime(start + SLOT_MS // 2, unit="ms", utc=True)
    return pvlib.solarposition.get_solarposition(times, roofs.latitude, roofs.longitude)


def _under(roofs: Roofs, start: Instants, sky: Floats) -> Floats:
    """Energy under irradiance [3, n] on a mild day with a light wind [kWh, roofs × n]."""
    air = np.repeat([[MILD], [BREEZE]], len(start), axis=1)
    return np.asarray(power_under(roofs, start, np.vstack([sky, air])) * SLOT_HOURS)


def _clearness(known: Floats, clear: Floats) -> Floats:
    """How much of the clear sky's output came [96]; the day's own ratio where the sun is low."""
    seen = np.isfinite(known)
    whole = clear[seen].sum()
    day = known[seen].sum() / whole if whole > 0 else 0.0
    trusted = seen & (clear > BRIGHT * SLOT_HOURS)
    ratio = np.divide(known, clear, out=np.full(DAY, day), where=trusted)
    return np.asarray(np.clip(ratio, 0.0, CLEAREST))
