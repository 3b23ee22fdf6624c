"""How good forecasts were: against what came, and against the naive forecast of the same slots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sandan.clock import DAY_MS
from sandan.energy.engine.forecast.naive import naive_week
from sandan.energy.model.forecast import Forecast, History, Record, Score
from sandan.energy.model.rates import Floats

BAND = (0.1, 0.9)
"""The pair of quantiles whose coverage is told."""


def score(forecasts: Sequence[Forecast], actual: History) -> Score:
    """Errors of forecasts of the same series, all slots together; a slot counts where both are known.

    nMAE = Σ|y − median| / Σ|y|. MASE = mean|y − median| / mean|y_t − y_(t−week)| over all of `actual` before
    the first forecast (Hyndman and Koehler 2006, with the week as season). Pinball = mean over slots and
    quantiles of max(q·e, (q − 1)·e), e = y − quantile, over mean|y|. Coverage is of `BAND`; NaN where it was
    not told.
    """
    count = len(actual.series)
    error, size, number = np.zeros(count), np.zeros(count), np.zeros(count, np.int64)
    loss, told, within = np.zeros(count), np.zeros(count, np.int64), np.zeros(count)
    for forecast in forecasts:
        at = (forecast.start - actual.start) // actual.step
        there = (at >= 0) & (at < actual.values.shape[1])
        real = np.full((count, len(at)), np.nan)
        real[:, there] = actual.values[:, at[there]]
        away = real - forecast.median
        known = np.isfinite(away)
        error += np.where(known, np.abs(away), 0).sum(axis=1)
        size += np.where(known, np.abs(real), 0).sum(axis=1)
        number += known.sum(axis=1)
        levels = np.array(forecast.quantiles)
        each = real[:, :, None] - forecast.values
        whole = np.isfinite(each).all(axis=2)
        pinball = np.maximum(levels * each, (levels - 1) * each).mean(axis=2)
        loss += np.where(whole, pinball, 0).sum(axis=1)
        if set(BAND) <= set(forecast.quantiles):
            low, high = (forecast.values[:, :, forecast.quantiles.index(q)] for q in BAND)
            within += (whole & (real >= low) & (real <= high)).sum(axis=1)
            told += whole.sum(axis=1)
    begin = min((forecast.until for forecast in forecasts), default=actual.start)
    return Score(
        _ratio(error, size),
        _ratio(error / np.maximum(number, 1), _weekly_change(actual.before(begin))),
        _ratio(loss, size),
        _ratio(within, told),
        number,
    )


def track_record(forecasts: Sequence[Forecast], actual: History, until: int, weeks: int = 4) -> Record:
    """What became of the forecasts told in the last `weeks` before `until`, and of the naive ones beside
    them.

    `forecasts` are those that were kept, each as told at its `until`; the naive forecast is made from what
    was known at the same instant.
    """
    begin = until - weeks * 7 * DAY_MS
    told = [one for one in forecasts if begin <= one.until < until]
    known = actual.before(until)
    naive = [naive_week(actual, one.until, len(one.start)) for one in told]
    return Record(actual.series, begin, until, score(told, known), score(naive, known))


def _weekly_change(history: History) -> Floats:
    """The mean change from one week to the next [series]; NaN with less than a week."""
    week = 7 * DAY_MS // history.step
    change = np.abs(history.values[:, week:] - history.values[:, :-week])
    known = np.isfinite(change)
    return _ratio(np.where(known, change, 0).sum(axis=1), known.sum(axis=1))


def _ratio(above: Floats, below: Floats | NDArray[np.int64]) -> Floats:
    out = np.full(len(above), np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out
