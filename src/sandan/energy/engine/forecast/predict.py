"""Telling what comes, from what is known now."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sandan.clock import DAY_MS
from sandan.energy.engine.forecast.conformal import adapt, error_at, spread
from sandan.energy.engine.forecast.days import DayGrid
from sandan.energy.engine.forecast.experts import LOOK_BACK
from sandan.energy.engine.forecast.intraday import WINDOWS, weights_ahead, windows_of
from sandan.energy.engine.forecast.learn import BLOCKS, show_days
from sandan.energy.engine.forecast.naive import weeks_before
from sandan.energy.engine.forecast.trees import add_trees, to_bins
from sandan.energy.engine.forecast.weather import weather_columns, weather_of_days
from sandan.energy.model.forecast import LONGEST_DAYS, Forecast, History, Method, Model, Singles, Weather
from sandan.energy.model.rates import Floats
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

CHUNK = 500


def predict(
    model: Model, history: History, until: int, horizon: int, weather: Weather | None = None
) -> Forecast:
    """What the `horizon` slots from `until` (ms UTC) will be: quantiles [series, slots, quantiles].

    `history` holds the model's series, in its order; what is later than `until` is not looked at, so that a
    forecast of the past is what would have been told then. `weather` is used as known at `until`. At most
    seven days. Raises `InvalidInput` where series, step or horizon do not fit.
    """
    _check(model, history, horizon)
    known = history.before(until)
    grid = DayGrid(known, model.calendar, LONGEST_DAYS + 3, LOOK_BACK)
    now = (until - grid.midnight) // history.step
    place = now + np.arange(horizon)
    middle, usual, narrow = _told(model, grid, place, until, weather)
    start = until + np.arange(horizon, dtype=np.int64) * history.step
    lead = place // grid.slots - grid.known + 1
    which = _lead_numbers(model, lead)
    edges = np.empty((len(model.series), len(model.params.leads), len(model.params.quantiles)), np.float32)
    spread(model.errors, model.shift, np.array(model.params.quantiles), edges)
    reach = (usual * narrow)[:, :, None] * edges[:, which]
    told = (middle[:, :, None] + reach) * model.level[:, None, None]
    values = np.maximum(told, model.floor[:, None, None]).astype(np.float32)
    values.sort(axis=2)
    method = model.method.copy()
    naive = (method == Method.NAIVE) | np.isnan(values).all(axis=(1, 2))
    if naive.any():
        rows = np.flatnonzero(naive)
        part = History(tuple(history.series[r] for r in rows), known.start, known.values[rows], known.step)
        values[rows] = _naive_quantiles(part, until, start, model.params.quantiles)
        method[rows] = Method.NAIVE
    return Forecast(model.series, until, start, model.params.quantiles, values, method)


def calibrate(model: Model, actual: History, midnight: int, weather: Weather | None = None) -> Model:
    """The model after the day that began at `midnight` (ms UTC) has come true.

    Its errors, as of forecasts made one lead after another before it, take the place of the oldest day's; the
    levels of each series move by how often it was exceeded. `actual` holds the model's series and reaches
    past that day; each forecast sees only what was known before it. Raises `InvalidInput` if it is not over.
    """
    _check(model, actual, 1)
    day = (midnight + model.calendar.offset_ms) // DAY_MS
    if actual.end < midnight + DAY_MS or (midnight + model.calendar.offset_ms) % DAY_MS:
        raise InvalidInput.because(
            "midnight",
            Text("하루 전체가 측정된 날이 아닙니다.", "This is not a day that has been measured whole."),
            Text("지나간 날의 자정을 주십시오.", "Give the midnight at which a past day began."),
        )
    samples = model.errors.shape[3]
    today = np.full((len(model.series), len(model.params.leads), samples), np.nan, np.float32)
    for at, lead in enumerate(model.params.leads):
        then = midnight - (lead - 1) * DAY_MS
        grid = DayGrid(actual.before(then), model.calendar, LONGEST_DAYS + 3, LOOK_BACK)
        turned = grid.slots // samples
        place = (grid.known + lead - 1) * grid.slots + (day * 5) % turned + np.arange(samples) * turned
        middle, usual, _ = _told(model, grid, place, then, weather)
        real = actual.values[:, (grid.midnight - actual.start) // actual.step + place]
        today[:, at] = (real / model.level[:, None] - middle) / usual
    shift = model.shift.copy()
    params = model.params
    adapt(model.errors, today, shift, np.array(params.quantiles), params.learning_rate, params.pooled_rate)
    errors = np.concatenate([model.errors[:, :, 1:], today[:, :, None]], axis=2)
    return replace(model, errors=errors, shift=shift)


def _medians(
    model: Model, grid: DayGrid, place: NDArray[np.int64], until: int, weather: Weather | None
) -> tuple[Floats, Floats]:
    """What whole days say of the slots at `place`, and how far that is usually off [series, slots]; shares.

    The day before the first unknown one is told as it was told on its own morning.
    """
    days = np.arange(max(1, min(grid.known, place[0] // grid.slots)), place[-1] // grid.slots + 1)
    leads = np.maximum(1, days - grid.known + 1)
    raw = weather_of_days(weather if model.variables else None, grid, 1, until)
    if raw.shape[2] != len(model.variables):
        raw = np.full((*raw.shape[:2], len(model.variables)), np.nan)
    columns = weather_columns(raw, model.usual_weather, grid, 1)
    count, slots, trees = len(model.series), grid.slots, model.trees
    out = np.empty((count, len(days), slots), np.float32)
    scatter = model.scale.mean(axis=(1, 2))
    for first in range(0, count, CHUNK):
        part = slice(first, min(count, first + CHUNK))
        sums = out[part]
        rows = np.empty((*sums.shape, trees.edges.shape[0]), np.float32)
        show_days(
            grid.values[part],
            grid.type,
            grid.off,
            grid.month,
            model.level[part],
            days,
            leads,
            columns[days],
            model.weights[part][:, _lead_numbers(model, leads)],
            scatter[part],
            grid.first,
            1,
            sums,
            rows,
        )
        more = np.zeros(sums.size, np.float32)
        bins = to_bins(rows.reshape(sums.size, -1), trees.edges)
        add_trees(bins, trees.feature, trees.above, trees.value, more)
        sums += more.reshape(sums.shape) * scatter[part, None, None]
    at = place - days[0] * slots
    kinds, blocks = grid.off[place // slots], place % slots // (slots // BLOCKS)
    return out.reshape(count, -1)[:, at].astype(np.float64), model.scale[:, kinds, blocks].astype(np.float64)


def _told(
    model: Model, grid: DayGrid, place: NDArray[np.int64], until: int, weather: Weather | None
) -> tuple[Floats, Floats, Floats]:
    """Medians, their usual errors, and how far these have narrowed by now [series, slots], shares of the
    level.

    The last hours before `until` are forecast once more, and their errors carried forward. At midnight
    nothing has narrowed, since the errors that made the quantiles were made at midnight; four hours on, all
    has.
    """
    slots = grid.slots
    now = (until - grid.midnight) // grid.step
    back = min(round(WINDOWS[-1] * slots / 24), max(0, now - slots))
    median, usual = _medians(model, grid, np.concatenate([np.arange(now - back, now), place]), until, weather)
    ahead = (place - now + 1) * 24.0 / slots
    weights, narrow = weights_ahead(model.carry, model.narrow, ahead)
    if not back:
        return median, usual, np.ones_like(narrow)
    real = grid.values.reshape(len(median), -1)[:, now - back : now] / model.level[:, None]
    errors = windows_of(real - median[:, :back], slots)[:, -1]
    sound: NDArray[np.bool_] = np.asarray(np.isfinite(errors).all(axis=1))
    carried = np.einsum("nsw,nw->ns", weights, np.where(sound[:, None], errors, 0.0))
    seen = min(1.0, (now - grid.known * slots) * 24 / slots / WINDOWS[-1])
    kept = np.where(sound, seen, 0.0)[:, None]
    return median[:, back:] + carried, usual[:, back:], 1 - (1 - narrow) * kept


def _lead_numbers(model: Model, leads: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which set of weights serves each lead: the next longer one, or the last."""
    return np.minimum(np.searchsorted(model.params.leads, leads), len(model.params.leads) - 1)


def _naive_quantiles(
    history: History, until: int, start: NDArray[np.int64], quantiles: tuple[float, ...]
) -> Singles:
    """Last week's values, and around them the quantiles of how one week differed from the next."""
    middle = weeks_before(history, until, start)
    out = np.full((*middle.shape, len(quantiles)), np.nan, np.float32)
    week = 7 * DAY_MS // history.step
    for row, values in enumerate(history.values):
        change = np.sort(values[week:] - values[:-week]) if len(values) > week else values[:0]
        change = change[np.isfinite(change)]
        for q, level in enumerate(quantiles):
            if level == 0.5 or len(change):
                out[row, :, q] = middle[row] + error_at(change.astype(np.float32), len(change), level, level)
        if np.nanmin(values, initial=np.inf) >= 0:
            out[row] = np.maximum(out[row], 0)
    return out


def _check(model: Model, history: History, horizon: int) -> None:
    found = []
    if history.series != model.series:
        found.append(
            Finding(
                "history",
                Text("모형이 배운 계열과 다릅니다.", "These are not the series the model learned."),
                Text(
                    "같은 계열을 같은 순서로 주거나 다시 학습하십시오.",
                    "Give the same in the same order, or train.",
                ),
            )
        )
    if history.step != model.step:
        found.append(
            Finding(
                "step",
                Text("모형이 배운 간격과 다릅니다.", "The model learned another step."),
                Text(f"{model.step} ms 간격으로 주십시오.", f"Give steps of {model.step} ms."),
            )
        )
    if not 1 <= horizon <= LONGEST_DAYS * DAY_MS // history.step:
        found.append(
            Finding(
                "horizon",
                Text(f"{horizon}칸은 예측 범위를 벗어납니다.", f"{horizon} slots are out of reach."),
                Text("한 칸에서 7일까지 물으십시오.", "Ask for one slot to seven days."),
            )
        )
    if found:
        raise InvalidInput(found)
