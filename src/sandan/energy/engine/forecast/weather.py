"""Weather as it was known when a forecast is made, laid on the days of a history."""

from __future__ import annotations

import numpy as np

from sandan.clock import DAY_MS
from sandan.energy.engine.forecast.days import DayGrid
from sandan.energy.model.forecast import Singles, Weather
from sandan.energy.model.rates import Floats, Instants

COLUMNS = 3
"""What a variable becomes: how unusual it is, the same times its height, its height."""
FADE = 0.5 ** (1 / 5)
"""The usual is a mean over days that forgets half in five."""


def as_known(weather: Weather, slots: Instants, at: Instants) -> Floats:
    """The newest word on each slot that could be read at `at` [slots, variables]; NaN where there was none.

    `slots` and `at` [slots], ms UTC. A row speaks of every slot until the next row's start, for an hour at
    most.
    """
    starts = np.unique(weather.start)
    if not len(starts):
        return np.full((len(slots), len(weather.variables)), np.nan)
    reach = min(3_600_000, int(np.diff(starts).min())) if len(starts) > 1 else 3_600_000
    order = np.lexsort((weather.known_at, weather.start))
    begin = int(weather.known_at.min())
    span = int(max(weather.known_at.max(), at.max())) - begin + 2
    number = np.searchsorted(starts, weather.start[order])
    keys = number * span + (weather.known_at[order] - begin)
    which = np.searchsorted(starts, slots, side="right") - 1
    spoken = (which >= 0) & (slots - starts[np.maximum(which, 0)] < reach)
    row = np.searchsorted(keys, which * span + np.maximum(at - begin, -1), side="right") - 1
    spoken &= (row >= 0) & (number[np.maximum(row, 0)] == which)
    found = weather.values[order][np.maximum(row, 0)].astype(np.float64)
    found[~spoken] = np.nan
    return found


def weather_of_days(weather: Weather | None, grid: DayGrid, lead: int, until: int | None = None) -> Floats:
    """Each day's weather as known by the end of day `i − lead`, or by `until` [days, slots, variables]."""
    days = len(grid.type)
    if weather is None:
        return np.zeros((days, grid.slots, 0))
    slots = grid.midnight + np.arange(days * grid.slots) * grid.step
    at = grid.midnight + (np.arange(days) - lead + 1) * DAY_MS
    known = np.repeat(at, grid.slots) if until is None else np.full(len(slots), until)
    return as_known(weather, slots, known).reshape(days, grid.slots, -1)


def usual_weather(raw: Floats) -> Floats:
    """Mean and spread of each variable of `raw` [days, slots, variables] [2, variables]."""
    flat = raw.reshape(raw.shape[0] * raw.shape[1], raw.shape[2])
    there = np.isfinite(flat)
    count = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, flat, 0).sum(axis=0) / count
    return np.stack([mean, np.sqrt(np.where(there, (flat - mean) ** 2, 0).sum(axis=0) / count) + 1e-9])


def weather_columns(raw: Floats, usual: Floats, grid: DayGrid, lead: int) -> Singles:
    """What the experts are given of a day's weather [days, slots, columns]; zero where it was not known."""
    height = (raw - usual[0]) / usual[1]
    mean = np.zeros_like(height)
    total, weight = np.zeros(height.shape[1:]), np.zeros(height.shape[1:])
    for i in range(len(height)):
        k = i - lead
        if 0 <= k < grid.known:
            seen = np.isfinite(height[k])
            total = np.where(seen, total * FADE + np.where(seen, height[k], 0), total)
            weight = np.where(seen, weight * FADE + 1, weight)
        mean[i] = total / np.maximum(weight, 1e-9)
    unusual = height - mean
    columns = np.concatenate([unusual, unusual * height, height], axis=2)
    return np.where(np.isfinite(columns), columns, 0.0).astype(np.float32)
