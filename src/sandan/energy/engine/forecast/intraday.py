"""What this morning says of this afternoon: errors that stay for a while are carried forward.

The forecast of a day is made from whole days before it. Once some of the day has been measured, the mean
errors of its last quarter-hour, hour and four hours are added, each with a weight that was learned for how
far ahead a slot is; and the quantiles draw in by as much as that has helped.
"""

from __future__ import annotations

import numpy as np

from sandan.energy.model.forecast import Singles
from sandan.energy.model.rates import Floats

REACHES = (0.25, 1.0, 3.0, 8.0, 16.0)
"""Hours ahead for which weights are learned; between them they are interpolated, and 24 hours ahead gone."""
WINDOWS = (0.25, 1.0, 4.0)
"""Hours whose mean error is looked at."""
PENALTY = 0.02
"""Share of the errors' own variance by which the weights are drawn to zero."""


def learn_carry(away: Singles, slots: int) -> tuple[Singles, Singles]:
    """Weights of the mean errors for each reach, and how much smaller errors become [series, reaches].

    `away` [series, days, slots] are errors of consecutive days, NaN where there are none.
    """
    run = away.reshape(len(away), -1).astype(np.float64)
    looked = windows_of(run, slots)
    often = max(1, slots // 48)
    carry = np.zeros((len(run), len(REACHES), len(WINDOWS)), np.float32)
    narrow = np.ones((len(run), len(REACHES)), np.float32)
    for r, hours in enumerate(REACHES):
        ahead = max(1, round(hours * slots / 24))
        x, y = looked[:, :-ahead:often], run[:, ahead::often]
        if run.shape[1] - ahead < slots:
            continue
        sound = np.isfinite(y) & np.isfinite(x).all(axis=2)
        x, y = np.where(sound[..., None], x, 0), np.where(sound, y, 0)
        turned = x.transpose(0, 2, 1)
        square = turned @ x
        own = np.trace(square, axis1=1, axis2=2) / len(WINDOWS)
        square += (PENALTY * own + 1e-9)[:, None, None] * np.eye(len(WINDOWS))
        w = np.linalg.solve(square, turned @ y[..., None])[..., 0]
        carry[:, r] = w
        left = np.abs(y - (x @ w[..., None])[..., 0]).sum(axis=1)
        before = np.abs(y).sum(axis=1)
        narrow[:, r] = np.clip(np.where(before > 0, left / np.maximum(before, 1e-12), 1), 0.1, 1)
    return carry, np.maximum.accumulate(narrow, axis=1)


def windows_of(run: Floats, slots: int) -> Floats:
    """The mean error up to each slot over each window [series, slots, windows]; NaN where any is missing."""
    sums = np.concatenate([np.zeros((len(run), 1)), np.cumsum(np.nan_to_num(run), axis=1)], axis=1)
    gaps = np.concatenate([np.zeros((len(run), 1)), np.cumsum(~np.isfinite(run), axis=1)], axis=1)
    out = np.full((*run.shape, len(WINDOWS)), np.nan)
    for w, hours in enumerate(WINDOWS):
        n = max(1, round(hours * slots / 24))
        if run.shape[1] >= n:
            whole = gaps[:, n:] == gaps[:, :-n]
            out[:, n - 1 :, w] = np.where(whole, (sums[:, n:] - sums[:, :-n]) / n, np.nan)
    return out


def weights_ahead(carry: Singles, narrow: Singles, ahead: Floats) -> tuple[Floats, Floats]:
    """Weights [series, slots, windows] and narrowing [series, slots] for slots `ahead` hours away."""
    known = np.log([*REACHES, 24.0])
    where = np.interp(np.log(np.maximum(ahead, REACHES[0])), known, np.arange(len(known)))
    low = np.minimum(where.astype(np.int64), len(known) - 2)
    part = where - low
    count = len(carry)
    all_carry = np.concatenate([carry, np.zeros((count, 1, carry.shape[2]))], axis=1)
    all_narrow = np.concatenate([narrow, np.ones((count, 1))], axis=1)
    weights = all_carry[:, low] * (1 - part)[None, :, None] + all_carry[:, low + 1] * part[None, :, None]
    return weights, all_narrow[:, low] * (1 - part) + all_narrow[:, low + 1] * part
