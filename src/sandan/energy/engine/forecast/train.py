"""Learning from histories: experts weighed series by series, then one set of trees over all of them."""

from __future__ import annotations

import numpy as np

from sandan.clock import DAY_MS
from sandan.compiled import fast
from sandan.energy.engine.forecast.conformal import adapt
from sandan.energy.engine.forecast.days import DayGrid, Days
from sandan.energy.engine.forecast.experts import EXPERTS, FIRST_GUESS
from sandan.energy.engine.forecast.intraday import REACHES, WINDOWS, learn_carry, weights_ahead, windows_of
from sandan.energy.engine.forecast.learn import BLOCKS, MORE, learn_weights, show_days
from sandan.energy.engine.forecast.trees import add_trees, fit_trees, to_bins
from sandan.energy.engine.forecast.weather import COLUMNS, usual_weather, weather_columns, weather_of_days
from sandan.energy.model.forecast import (
    Calendar,
    ForecastParams,
    History,
    Method,
    Model,
    Singles,
    Trees,
    Weather,
)
from sandan.energy.model.rates import Floats

WARM = 28
"""Days in which the fading means fill before anything is learned; a quarter of a short history."""
SAMPLES = 12
"""Slots of a day whose errors are kept."""
SETTLE = 7
"""Of the later calibration days, the levels settle on each of so many."""
CHUNK = 250
"""Series taken through the loops at a time, to keep their rows in memory."""


def train(
    history: History,
    calendar: Calendar,
    weather: Weather | None = None,
    params: ForecastParams | None = None,
    previous: Model | None = None,
) -> Model:
    """Learn to forecast each series of `history` [series, slots]; the unit of the values stays.

    Every series weighs the experts for itself by least absolute error; one set of boosted trees, over rows
    drawn from all series, then corrects the sums. The newest `calibration_days` are kept from the trees and
    from the weights whose errors there make the quantiles; the weights that are told use them. Values that
    are missing are left out. A series with less than `least_days` of values is not learned: `Method.NAIVE`.
    From `previous` the levels are taken that have adapted since.
    """
    params = params or ForecastParams()
    grid = DayGrid(history, calendar, 2 + params.leads[-1], params.days)
    count, until = len(history.series), grid.known
    level, floor, days = _levels(grid.values, until)
    learned = np.flatnonzero(days >= params.least_days)
    wide = EXPERTS + COLUMNS * (len(weather.variables) if weather else 0)
    leads = np.array(params.leads, np.int64)
    usual = usual_weather(weather_of_days(weather, grid, params.leads[0])[:until])
    columns = np.stack(
        [weather_columns(weather_of_days(weather, grid, lead), usual, grid, lead) for lead in params.leads]
    )
    guess = np.zeros(wide)
    guess[:EXPERTS] = FIRST_GUESS
    weights = np.empty((count, len(leads), 2, wide), np.float32)
    weights[:] = guess
    early = weights.copy()
    scale = np.ones((count, 2, BLOCKS), np.float32)
    begin = min(WARM, until // 4)
    end = max(begin, until - min(params.calibration_days, until // 4))
    share = -(-params.trees.rows // max(1, len(learned) * len(leads)))
    chance = np.random.default_rng(params.trees.seed)
    shown: list[tuple[Singles, Singles]] = []
    for first in range(0, len(learned), CHUNK):
        part = learned[first : first + CHUNK]
        draw = chance.integers(0, 2**32, (len(part), len(leads), share), np.uint32)
        size = len(part) * len(leads) * share
        rows = np.empty((size, wide + MORE), np.float32)
        target = np.empty(size, np.float32)
        w, e, s = weights[part], early[part], scale[part]
        kept = learn_weights(
            _rows(grid.values, part),
            grid.type,
            grid.off,
            grid.month,
            level[part],
            leads,
            columns,
            begin,
            end,
            until,
            params.penalty,
            guess,
            share,
            draw,
            w,
            e,
            s,
            rows,
            target,
        )
        weights[part], early[part], scale[part] = w, e, s
        shown.append((rows[:kept], target[:kept]))
    if shown and sum(len(one[0]) for one in shown):
        rows, target = (np.concatenate([one[n] for one in shown]) for n in range(2))
        trees = fit_trees(rows, target, np.zeros_like(target), params.trees)
    else:
        trees = _no_trees(wide + MORE)
    errors = np.full((count, len(leads), max(0, until - end), SAMPLES), np.nan, np.float32)
    carry = np.zeros((count, len(REACHES), len(WINDOWS)), np.float32)
    narrow = np.ones((count, len(REACHES)), np.float32)
    targets = np.arange(end, until)
    scatter = scale.mean(axis=(1, 2))
    for first in range(0, len(learned), CHUNK):
        part = learned[first : first + CHUNK]
        for at, lead in enumerate(params.leads):
            sums, made = _made(grid, level, part, targets, lead, columns[at], early[part, at], scatter, trees)
            if at == 0 and len(targets):
                real = _rows(grid.values, part)[:, end:until] / level[part, None, None]
                away = (real - sums).astype(np.float32)
                carry[part], narrow[part] = learn_carry(away, grid.slots)
                if lead == 1:
                    made -= _carried(away, carry[part], narrow[part], _sampled(grid, targets))
            errors[part, at] = made / _usual(grid, scale[part], targets)
    shift = _shift(errors, history, params, previous)
    return Model(
        history.series,
        history.step,
        grid.midnight,
        grid.midnight + until * DAY_MS,
        params,
        calendar,
        weather.variables if weather else (),
        usual,
        np.where(days >= params.least_days, Method.LEARNED, Method.NAIVE).astype(np.int8),
        days,
        level,
        floor,
        weights,
        trees,
        scale,
        errors,
        shift,
        carry,
        narrow,
    )


def _made(
    grid: DayGrid,
    level: Floats,
    part: Days,
    targets: Days,
    lead: int,
    columns: Singles,
    weights: Singles,
    scatter: Singles,
    trees: Trees,
) -> tuple[Singles, Singles]:
    """The weighed sums of some days [series, days, slots], and the whole forecast's errors at their
    samples."""
    slots, stride = grid.slots, grid.slots // SAMPLES
    sums = np.empty((len(part), len(targets), slots), np.float32)
    rows = np.empty((len(part), len(targets), SAMPLES, trees.edges.shape[0]), np.float32)
    show_days(
        _rows(grid.values, part),
        grid.type,
        grid.off,
        grid.month,
        level[part],
        targets,
        np.full(len(targets), lead),
        columns[targets],
        np.repeat(weights[:, None], len(targets), axis=1),
        scatter[part],
        grid.first,
        stride,
        sums,
        rows,
    )
    at = _sampled(grid, targets)
    days = np.arange(len(targets))[:, None]
    fitted = sums[:, days, at]
    more = np.zeros(fitted.size, np.float32)
    bins = to_bins(rows.reshape(fitted.size, -1), trees.edges)
    add_trees(bins, trees.feature, trees.above, trees.value, more)
    fitted += more.reshape(fitted.shape) * scatter[part, None, None]
    actual = _rows(grid.values, part)[:, targets[:, None], at] / level[part, None, None]
    return sums, (actual - fitted).astype(np.float32)


def _rows(values: Singles, part: Days) -> Singles:
    """The values of some series; as they lie in memory, where these follow one another."""
    if len(part) and part[-1] - part[0] + 1 == len(part):
        return values[part[0] : part[-1] + 1]
    return values[part]


def _sampled(grid: DayGrid, targets: Days) -> Days:
    """Which slots of each day have their errors kept [days, samples]; they turn from day to day."""
    stride = grid.slots // SAMPLES
    return ((grid.first + targets[:, None]) * 5) % stride + np.arange(SAMPLES) * stride


def _usual(grid: DayGrid, scale: Singles, targets: Days) -> Singles:
    """The usual size of errors at the sampled slots [series, days, samples]."""
    blocks = _sampled(grid, targets) // (grid.slots // BLOCKS)
    return np.asarray(scale[:, grid.off[targets][:, None], blocks], np.float32)


def _carried(away: Singles, carry: Singles, narrow: Singles, sampled: Days) -> Singles:
    """What the evening before adds to a forecast made at midnight [series, days, samples]."""
    count, days, slots = away.shape
    evening = np.zeros((count, days, carry.shape[2]))
    windows = windows_of(away.reshape(count, -1).astype(np.float64), slots)
    evening[:, 1:] = np.nan_to_num(windows[:, slots - 1 : -1 : slots])
    weights, _ = weights_ahead(carry, narrow, (np.arange(slots) + 1) * 24.0 / slots)
    each = np.einsum("ndw,nsw->nds", evening, weights)
    return np.take_along_axis(each, sampled[None], axis=2).astype(np.float32)


def _shift(errors: Singles, history: History, params: ForecastParams, previous: Model | None) -> Singles:
    """The adaptive levels: those of before, and for a new series those that its calibration days ask for."""
    shift = np.zeros((errors.shape[0], errors.shape[1], len(params.quantiles)), np.float32)
    levels = np.array(params.quantiles)
    kept = previous if previous and previous.shift.shape[1:] == shift.shape[1:] else None
    if kept is None or not set(history.series) <= set(kept.series):
        for day in range(errors.shape[2] // 2, errors.shape[2], SETTLE):
            rates = SETTLE * params.learning_rate, SETTLE * params.pooled_rate
            adapt(errors[:, :, :day], errors[:, :, day], shift, levels, *rates)
    if kept is not None:
        place = {name: row for row, name in enumerate(kept.series)}
        for row, name in enumerate(history.series):
            if name in place:
                shift[row] = kept.shift[place[name]]
    return shift


def _levels(values: Singles, whole: int) -> tuple[Floats, Floats, Days]:
    """Mean size of each series, 1 where there is nothing; 0 if it stays above zero; its days' worth of
    values."""
    level, floor, known = np.ones(len(values)), np.zeros(len(values)), np.zeros(len(values), np.int64)
    _measure(values[:, :whole], level, floor, known)
    return level, floor, known // values.shape[2]


@fast
def _measure(values: Singles, level: Floats, floor: Floats, known: Days) -> None:
    for n in range(values.shape[0]):
        total, count = 0.0, 0
        for d in range(values.shape[1]):
            for v in values[n, d]:
                if not np.isnan(v):
                    total += abs(v)
                    count += 1
                    if v < 0:
                        floor[n] = -np.inf
        known[n] = count
        if total > 0:
            level[n] = total / count


def _no_trees(features: int) -> Trees:
    none = np.zeros((0, 1), np.int64)
    return Trees(
        np.zeros((features, 1), np.float32), none, none.astype(np.uint8), np.zeros((0, 2), np.float32)
    )
