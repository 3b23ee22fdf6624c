"""What plants will give under the sky that was told, learned from how they followed it so far.

For roofs whose tilt and bearing nobody wrote down: output by direct and diffuse radiation as *issued*, bent
by the time of day. Where the forecasts are systematically off, so is what is learned, and that is wanted.
"""

from __future__ import annotations

import numpy as np

from sandan.clock import DAY_MS, HOUR_MS
from sandan.energy.engine.forecast.weather import as_known
from sandan.energy.model.forecast import Forecast, History, Method, Weather
from sandan.energy.model.rates import Floats, Instants
from sandan.errors import InvalidInput
from sandan.words import Text

DAYS = 60
"""Newest days learned from."""
LEAST = 100
"""Daylight slots with output and weather that are needed."""
NEIGHBOURS = 100
"""Past slots of nearest expectation whose errors make the quantiles."""
ROUNDS = 15
"""Of reweighing towards the least absolute error."""
RIDGE = 1e-5
WEEKS = 4
"""The newest weeks, each told from what came before it, whose errors make the quantiles."""


def solar_as_issued(
    history: History,
    weather: Weather,
    direct: str,
    diffuse: str,
    longitude: float,
    until: int,
    horizon: int,
    quantiles: tuple[float, ...],
) -> Forecast:
    """Quantiles of generation for `horizon` slots from `until` (ms UTC) by the weather known then.

    output = b₁D + b₂S + b₃DS + (b₄D + b₅S)h + b₆Dh², D and S the variables `direct` and `diffuse` of the
    weather, h the solar time from noon in quarters of a day; least absolute error over the last days, each
    with the weather as known as long before it. Quantiles are those of the errors at the nearest expectations
    in the last four weeks, each week told from the days before it alone. NaN where no weather was told or too
    little is known. Raises `InvalidInput` where the weather lacks a variable.
    """
    lacking = [name for name in (direct, diffuse) if name not in weather.variables]
    if lacking:
        raise InvalidInput.because(
            "weather",
            Text(
                f"기상 자료에 {', '.join(lacking)}이(가) 없습니다.",
                f"The weather lacks {', '.join(lacking)}.",
            ),
            Text("직달·산란 일사를 주십시오.", "Give direct and diffuse radiation."),
        )
    columns = [weather.variables.index(name) for name in (direct, diffuse)]
    step = history.step
    known = history.before(until)
    begin = max(known.start, until - DAYS * DAY_MS)
    begin += (known.start - begin) % step
    then = np.arange(begin, known.end, step, dtype=np.int64)
    start = until + np.arange(horizon, dtype=np.int64) * step
    back = (until + horizon * step - 1 - then) // DAY_MS
    past = _features(as_known(weather, then, until - back * DAY_MS)[:, columns], then, longitude)
    ahead = _features(as_known(weather, start, np.full(horizon, until))[:, columns], start, longitude)
    light = np.isfinite(past).all(axis=1) & (past[:, 0] + past[:, 1] > 1)
    out = np.full((len(history.series), horizon, len(quantiles)), np.nan, np.float32)
    for row, values in enumerate(known.values[:, known.values.shape[1] - len(then) :]):
        there = light & np.isfinite(values)
        if there.sum() >= LEAST:
            age = back[there]
            real = values[there].astype(np.float64)
            out[row] = _told(past[there], real, age, ahead, np.array(quantiles))
    method = np.where(np.isnan(out).all(axis=(1, 2)), Method.NAIVE, Method.LEARNED).astype(np.int8)
    return Forecast(history.series, until, start, quantiles, out, method)


def _features(sky: Floats, start: Instants, longitude: float) -> Floats:
    direct, diffuse = sky.T
    hour = (start % DAY_MS / HOUR_MS + 0.5 + longitude / 15 - 12 + 12) % 24 - 12
    h = hour / 6
    return np.stack([direct, diffuse, direct * diffuse, direct * h, diffuse * h, direct * h * h], axis=1)


def _told(past: Floats, real: Floats, age: Instants, ahead: Floats, levels: Floats) -> Floats:
    """Quantiles for the rows `ahead`; `age` [days] of each row of the past."""
    most = float(real.max())
    middle = np.clip(ahead @ _slopes(past, real), 0, most)
    said, errors = [], []
    newest = age.min()
    for week in range(WEEKS):
        fresh = (age >= newest + 7 * week) & (age < newest + 7 * (week + 1))
        before = age >= newest + 7 * (week + 1)
        if fresh.any() and before.sum() >= LEAST:
            guess = np.clip(past[fresh] @ _slopes(past[before], real[before]), 0, real[before].max())
            said.append(guess)
            errors.append(real[fresh] - guess)
    if sum(map(len, said)) < LEAST:
        said = [np.clip(past @ _slopes(past, real), 0, most)]
        errors = [real - said[0]]
    fitted, away = np.concatenate(said), np.concatenate(errors)
    order = np.argsort(fitted)
    fitted, away = fitted[order], away[order]
    count = min(NEIGHBOURS, len(fitted))
    first = np.clip(np.searchsorted(fitted, middle) - count // 2, 0, len(fitted) - count)
    near = np.sort(away[first[:, None] + np.arange(count)], axis=1)
    near -= np.median(near, axis=1, keepdims=True)  # how far off is learned from them, not to which side
    told = middle[:, None] + near[:, [_place(level, count) for level in levels]]
    told[:, levels == 0.5] = middle[:, None]
    told = np.sort(np.maximum(told, 0), axis=1)
    told[ahead[:, 0] + ahead[:, 1] <= 0] = 0
    told[~np.isfinite(middle)] = np.nan
    return np.asarray(told, np.float64)


def _slopes(rows: Floats, real: Floats) -> Floats:
    """Of least absolute error."""
    size = rows.std(axis=0) + 1e-9
    scaled = rows / size
    weight = np.ones(len(rows))
    slopes = np.zeros(rows.shape[1])
    for _ in range(ROUNDS):
        weighed = scaled * weight[:, None]
        gram = scaled.T @ weighed
        slopes = np.linalg.solve(gram + RIDGE * np.trace(gram) * np.eye(len(gram)), weighed.T @ real)
        weight = 1 / np.maximum(np.abs(real - scaled @ slopes), 0.01 * real.max() + 1e-9)
    return np.asarray(slopes / size, np.float64)


def _place(level: float, count: int) -> int:
    """Which of so many sorted errors stands for a level, by the (n + 1) rule."""
    if level > 0.5:
        return min(count, int(np.ceil((count + 1) * level - 1e-9))) - 1
    return count - min(count, int(np.ceil((count + 1) * (1 - level) - 1e-9)))
