"""The forecast that asks for nothing: the same hours of last week. Every other is measured against it."""

from __future__ import annotations

import numpy as np

from sandan.clock import DAY_MS
from sandan.energy.model.forecast import Forecast, History, Method, Singles
from sandan.energy.model.rates import Instants

WEEK = 7
FARTHEST_WEEKS = 4
"""Where last week is missing, the week before stands in, as far back as this."""


def naive_week(history: History, until: int, horizon: int) -> Forecast:
    """The value of the same slot a week before, for `horizon` slots from `until` (ms UTC), as a median only.

    What was known at `until` is used. NaN where four weeks have no value for a slot.
    """
    start = until + np.arange(horizon, dtype=np.int64) * history.step
    values = weeks_before(history, until, start)
    none = np.full(len(history.series), Method.NAIVE, np.int8)
    return Forecast(history.series, until, start, (0.5,), values[:, :, None], none)


def weeks_before(history: History, until: int, start: Instants) -> Singles:
    """The newest value known at `until` of the same time of the week [series, slots]."""
    week = WEEK * DAY_MS // history.step
    end = min(history.values.shape[1], (until - history.start) // history.step)
    at = (start - history.start) // history.step
    back = week * (np.maximum(0, at - end) // week + 1)
    out = np.full((len(history.series), len(start)), np.nan, np.float32)
    for more in range(FARTHEST_WEEKS):
        place = at - back - more * week
        there = (place >= 0) & (place < end)
        found = np.full_like(out, np.nan)
        found[:, there] = history.values[:, place[there]]
        out = np.where(np.isnan(out), found, out)
    return out
