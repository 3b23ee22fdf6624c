"""The loops over series: sampling, weighing, and what the trees are shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sandan.compiled import fast
from sandan.energy.engine.forecast.days import Days
from sandan.energy.engine.forecast.experts import DEPARTED, EXPERTS, experts_of_days, sample_experts
from sandan.energy.engine.forecast.weights import FEWER, ROUNDS, fit_weights
from sandan.energy.model.forecast import Singles
from sandan.energy.model.rates import Floats

BLOCKS = 12
"""Two-hour blocks in which the size of errors is kept."""
MORE = 10
"""What the trees see beside experts and weather: the weighed sum, slot, type, kind, the days around, month,
lead, and how much the series scatters."""
A_DAY = 8
"""Slots of a day that the weights learn from; they turn from day to day."""
RARER = 3
"""Of the days, longer leads learn from each of so many."""
STEADY = 12
"""Errors of a block that its series' mean counts for."""


@fast
def show(
    said: Singles,
    sum: float,
    slot: float,
    i: int,
    lead: int,
    type: Days,
    off: Days,
    month: Days,
    scatter: float,
    out: Singles,
) -> None:
    """A row of the trees' features [experts + weather + MORE].

    What the experts say is shown as its distance from the weighed sum, in units of the series' scatter, so
    that a quiet firm and a restless one teach the trees the same.
    """
    n = len(said)
    for e in range(n):
        out[e] = (said[e] - (sum if e < DEPARTED else 0)) / scatter if e < EXPERTS else said[e]
    out[n] = sum
    out[n + 1] = slot
    out[n + 2] = type[i]
    out[n + 3] = off[i]
    out[n + 4] = off[i - lead]
    out[n + 5] = off[i - 1]
    out[n + 6] = off[i + 1] if i + 1 < len(off) else 0
    out[n + 7] = month[i]
    out[n + 8] = lead
    out[n + 9] = scatter


@fast
def learn_weights(
    values: Singles,
    type: Days,
    off: Days,
    month: Days,
    level: Floats,
    leads: Days,
    weather: Singles,
    begin: int,
    end: int,
    until: int,
    penalty: float,
    guess: Floats,
    share: int,
    draw: NDArray[np.uint32],
    weights: Singles,
    early: Singles,
    scale: Singles,
    rows_out: Singles,
    target_out: Singles,
) -> int:
    """Learn the weights of each series, its scale, and fill the rows for the trees; gives how many.

    `values` [series, days, slots], `weather` [leads, days, slots, columns]. `early` are the weights from
    days before `end`, with which errors up to `until` are measured; `weights` go on to learn from all days.
    """
    count, _, slots = values.shape
    wide = EXPERTS + weather.shape[3]
    stride = slots // A_DAY
    most = (until - begin + 1) * (A_DAY + 1)
    all_rows = np.empty((len(leads), most, wide), np.float32)
    all_targets = np.empty((len(leads), most), np.float32)
    all_places, numbers = np.empty((len(leads), most), np.int32), np.empty(len(leads), np.int64)
    group = np.empty(most, np.int8)
    every = np.full(len(leads), RARER)
    every[0] = 1
    kept = 0
    per_block = slots // BLOCKS
    for n in range(count):
        sample_experts(
            values[n],
            type,
            off,
            leads,
            every,
            stride,
            begin,
            until,
            level[n],
            weather,
            all_rows,
            all_targets,
            all_places,
            numbers,
        )
        for at in range(len(leads)):
            rows, target, place, m = all_rows[at], all_targets[at], all_places[at], numbers[at]
            rounds = ROUNDS if at == 0 else FEWER
            seen = 0
            for r in range(m):
                day = place[r] // slots
                group[r] = off[day]
                seen += day < end
            learned = np.empty((2, wide))
            learned[:] = guess
            fit_weights(rows[:seen], target[:seen], group[:seen], penalty, guess, rounds, learned)
            early[n, at] = learned
            fitted = np.empty(m, np.float32)
            for r in range(m):
                fitted[r] = 0
                w = early[n, at, group[r]]
                for e in range(wide):
                    fitted[r] += rows[r, e] * w[e]
            fit_weights(rows[:m], target[:m], group[:m], penalty, guess, 1, learned)
            weights[n, at] = learned
            if at == 0:
                sums, found, whole = np.zeros((2, BLOCKS)), np.zeros((2, BLOCKS)), 0.0
                for r in range(seen):
                    error = abs(target[r] - fitted[r])
                    block = place[r] % slots // per_block
                    sums[group[r], block] += error
                    found[group[r], block] += 1
                    whole += error
                mean = max(whole / max(seen, 1), 1e-4)
                for g in range(2):
                    for b in range(BLOCKS):
                        scale[n, g, b] = (sums[g, b] + STEADY * mean) / (found[g, b] + STEADY)
                scatter = scale[n].mean()
            taken = min(share // every[at], seen)
            for t in range(taken):
                r = draw[n, at, t] % seen
                i = place[r] // slots
                sum = fitted[r]
                show(
                    rows[r],
                    sum,
                    place[r] % slots / slots,
                    i,
                    leads[at],
                    type,
                    off,
                    month,
                    scatter,
                    rows_out[kept],
                )
                target_out[kept] = (target[r] - sum) / scatter
                kept += 1
    return kept


@fast
def show_days(
    values: Singles,
    type: Days,
    off: Days,
    month: Days,
    level: Floats,
    targets: Days,
    leads: Days,
    weather: Singles,
    weights: Singles,
    scatter: Singles,
    first: int,
    stride: int,
    sums: Singles,
    rows: Singles,
) -> None:
    """The weighed sums [series, targets, slots] of rising days, and the trees' rows of each `stride`-th slot.

    `first` counts the days since 1970 of the first. `values` [series, days, slots], `leads` [targets],
    `weather` [targets, slots, columns], `weights` [series, targets, kinds, experts], `rows` [series,
    targets, slots / stride, features].
    """
    count, _, slots = values.shape
    wide = EXPERTS + weather.shape[2]
    said = np.empty((len(targets), EXPERTS, slots), np.float32)
    row = np.empty(wide, np.float32)
    for n in range(count):
        experts_of_days(values[n], type, off, targets, leads, level[n], said)
        for t in range(len(targets)):
            i = targets[t]
            w = weights[n, t, off[i]]
            sums[n, t] = 0
            for e in range(EXPERTS):
                for s in range(slots):
                    sums[n, t, s] += said[t, e, s] * w[e]
            for v in range(weather.shape[2]):
                for s in range(slots):
                    sums[n, t, s] += weather[t, s, v] * w[EXPERTS + v]
            for k in range(rows.shape[2]):
                s = (first + i) * 5 % stride + k * stride
                for e in range(EXPERTS):
                    row[e] = said[t, e, s]
                for v in range(weather.shape[2]):
                    row[EXPERTS + v] = weather[t, s, v]
                show(row, sums[n, t, s], s / slots, i, leads[t], type, off, month, scatter[n], rows[n, t, k])
