"""What a roof gives when no weather is told: a clear day's shape times how clear the last weeks were."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib

from sandan.clock import DAY_MS
from sandan.compiled import fast
from sandan.energy.engine.forecast.conformal import error_at
from sandan.energy.model.forecast import Forecast, History, Method, Singles
from sandan.energy.model.rates import Floats, Instants

DAYS = 30
"""How many past days tell how clear the sky may be."""
NEAR = 1
"""Slots on either side whose clearness counts as well."""
DARK = 20.0
"""Clear-sky irradiance below which nothing is expected [W/m²]."""
QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)


def solar_from_history(
    history: History,
    latitude: float,
    longitude: float,
    until: int,
    horizon: int,
    quantiles: tuple[float, ...] = QUANTILES,
) -> Forecast:
    """Quantiles of generation from generation alone, for `horizon` slots from `until` (ms UTC).

    Output over clear-sky irradiance (Haurwitz 1945, by pvlib) of the same slot and its neighbours in the last
    30 days, its quantiles by the (n + 1) rule, times the clear sky of the slot to come. It says nothing of
    tomorrow's clouds, only how usual they are; NaN with less than a week of values.
    """
    known = history.before(until)
    start = until + np.arange(horizon, dtype=np.int64) * history.step
    slots = DAY_MS // history.step
    past = min(known.values.shape[1], (DAYS + 1) * slots)
    values = np.ascontiguousarray(known.values[:, known.values.shape[1] - past :], np.float32)
    then = until - np.arange(past, 0, -1, dtype=np.int64) * history.step
    out = np.full((len(history.series), horizon, len(quantiles)), np.nan, np.float32)
    clear_then = clear_sky(then, latitude, longitude, history.step)
    clear_now = clear_sky(start, latitude, longitude, history.step)
    _shape(values, clear_then, clear_now, slots, np.array(quantiles), 7, out)
    method = np.where(np.isnan(out).all(axis=(1, 2)), Method.NAIVE, Method.LEARNED).astype(np.int8)
    return Forecast(history.series, until, start, quantiles, out, method)


def clear_sky(start: Instants, latitude: float, longitude: float, step: int) -> Floats:
    """Irradiance on the level under a clear sky in the middle of each slot [W/m²]."""
    times = pd.to_datetime(start + step // 2, unit="ms", utc=True)
    sun = pvlib.solarposition.get_solarposition(times, latitude, longitude)
    return np.asarray(pvlib.clearsky.haurwitz(sun["apparent_zenith"])["ghi"], np.float64)


@fast
def _shape(
    values: Singles, then: Floats, now: Floats, slots: int, levels: Floats, least: int, out: Singles
) -> None:
    past = values.shape[1]
    clearness = np.empty((DAYS + 2) * (2 * NEAR + 1), np.float32)
    for n in range(values.shape[0]):
        for t in range(len(now)):
            count = 0
            back = past + t
            while back - slots >= 0:
                back -= slots
                for s in range(back - NEAR, back + NEAR + 1):
                    if 0 <= s < past and not np.isnan(values[n, s]) and count < len(clearness):
                        if then[s] > DARK:
                            clearness[count] = values[n, s] / then[s]
                            count += 1
                        elif now[t] <= DARK:
                            clearness[count] = 0
                            count += 1
            if count < least:
                continue
            known = np.sort(clearness[:count])
            for q in range(len(levels)):
                clear = error_at(known, count, levels[q], levels[q])
                out[n, t, q] = now[t] * (np.median(known) if levels[q] == 0.5 else clear)
