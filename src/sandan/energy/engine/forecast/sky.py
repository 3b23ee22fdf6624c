"""What a roof gives when no weather is told: a clear day's shape times how clear the last weeks were.

The last weeks are also asked how such a forecast would have done, and its levels are moved by the answer:
autumn days are clouded more often than the month before them was.
"""

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
JUDGED = 28
"""How many past days are asked where in the forecast they would have come."""
EVEN_DAYS = 7
"""So many days that came evenly everywhere are counted with them, that few days do not say too much."""
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
    30 days, its quantiles by the (n + 1) rule, times the clear sky of the slot to come. Which quantile serves
    for which level is learned from where the daylight of the last 28 days came in what would have been told
    the day before (Kuleshov et al. 2018). It says nothing of tomorrow's clouds, only how usual they are; NaN
    with less than a week of values.
    """
    known = history.before(until)
    start = until + np.arange(horizon, dtype=np.int64) * history.step
    slots = DAY_MS // history.step
    past = min(known.values.shape[1], (DAYS + JUDGED + 1) * slots)
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
    moved = np.empty(len(levels))
    for n in range(values.shape[0]):
        _levels_that_came(values[n], then, slots, levels, clearness, moved)
        for t in range(len(now)):
            count = _clearness(values[n], then, past + t, past, slots, now[t] <= DARK, clearness)
            if count < least:
                continue
            known = np.sort(clearness[:count])
            for q in range(len(levels)):
                if levels[q] == 0.5:
                    out[n, t, q] = now[t] * np.median(known)
                else:
                    out[n, t, q] = now[t] * error_at(known, count, levels[q], moved[q])


@fast
def _clearness(values: Singles, then: Floats, at: int, end: int, slots: int, dark: bool, out: Singles) -> int:
    """How clear the slots about that of `at` were on up to 30 days, of what came before `end`."""
    count, back = 0, at
    while back - slots >= 0 and at - back < (DAYS + 1) * slots:
        back -= slots
        for s in range(back - NEAR, back + NEAR + 1):
            if 0 <= s < end and not np.isnan(values[s]) and count < len(out):
                if then[s] > DARK:
                    out[count] = values[s] / then[s]
                    count += 1
                elif dark:
                    out[count] = 0
                    count += 1
    return count


@fast
def _levels_that_came(
    values: Singles, then: Floats, slots: int, levels: Floats, clearness: Singles, moved: Floats
) -> None:
    """Which quantile to tell for each level, by where past daylight came in the quantiles of its own past."""
    past = len(values)
    stride = max(1, slots // 24)
    ranks = np.empty(2 * (JUDGED + EVEN_DAYS) * (slots // stride + 1), np.float32)
    found = 0
    for s in range(max(0, past - JUDGED * slots), past, stride):
        if then[s] <= DARK or np.isnan(values[s]):
            continue
        count = _clearness(values, then, s, s, slots, False, clearness)
        if count < DAYS:
            continue
        below, same = 0, 0
        real = values[s] / then[s]
        for c in range(count):
            below += clearness[c] < real
            same += clearness[c] == real
        ranks[found] = (below + 0.5 * (same + 1)) / (count + 1)
        found += 1
    moved[:] = levels
    if not found:
        return
    even = max(1, found * EVEN_DAYS // JUDGED)
    for e in range(even):
        ranks[found + e] = (e + 0.5) / even
    known = np.sort(ranks[: found + even])
    for q in range(len(levels)):
        if levels[q] != 0.5:
            moved[q] = error_at(known, len(known), levels[q], levels[q])
