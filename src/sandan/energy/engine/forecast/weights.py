"""How far each expert is trusted: weights of a series for working days and for days off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sandan.compiled import fast
from sandan.energy.model.forecast import Singles
from sandan.energy.model.rates import Floats

ROUNDS = 6
"""Times the squares are weighted anew to come near the least absolute error."""
FEWER = 4
"""The same for longer leads, which have fewer rows."""
SMALL = 0.02
"""Residuals below this share of the series' level count as this."""
FEWEST = 60
"""Rows below which the first guess stands."""


@fast
def fit_weights(
    rows: Singles,
    target: Singles,
    group: NDArray[np.int8],
    penalty: float,
    guess: Floats,
    rounds: int,
    out: Floats,
) -> None:
    """Weights [groups, experts] that make the absolute error of `rows @ weights` small, drawn to `guess`.

    `rows` [n, experts], `target` [n], `group` [n]. Ridge regression towards the weights in `out`, weighted
    anew by 1/|residual| (iteratively reweighted least squares, Schlossmacher 1973).
    """
    experts = rows.shape[1]
    for g in range(out.shape[0]):
        member = np.flatnonzero(group == g)
        n = len(member)
        if n < FEWEST:
            continue
        x = np.empty((n, experts), np.float32)
        y = np.empty(n, np.float32)
        for r in range(n):
            x[r] = rows[member[r]]
            y[r] = target[member[r]]
        first = guess.astype(np.float32)
        ahead = y - x @ first
        weights = out[g].astype(np.float32)
        trust = np.ones(n, np.float32)
        for _ in range(rounds):
            away = y - x @ weights
            sum_trust = np.float32(0)
            for r in range(n):
                trust[r] = np.float32(1) / max(abs(away[r]), np.float32(SMALL))
                sum_trust += trust[r]
            trust *= n / sum_trust
            square, right = np.zeros((experts, experts), np.float32), np.zeros(experts, np.float32)
            add_squares(x, ahead, trust, square, right)
            for e in range(experts):
                square[e, e] += np.float32(n * penalty)
            moved = np.linalg.solve(square.astype(np.float64), right.astype(np.float64))
            weights = (guess + moved).astype(np.float32)
        out[g] = weights


@fast
def add_squares(x: Singles, y: Singles, trust: Singles, square: Singles, right: Singles) -> None:
    """Add the weighted squares of `x` [n, experts] to `square`, and its products with `y` to `right`.

    By hand and four rows at a time: a library's matrix product wakes threads for each of many small ones.
    """
    n, experts = x.shape
    four = np.zeros((4, experts), np.float32)
    weight, told = np.zeros(4, np.float32), np.zeros(4, np.float32)
    for begin in range(0, n, 4):
        for d in range(4):
            r = begin + d
            weight[d] = trust[r] if r < n else np.float32(0)
            if r < n:
                told[d] = y[r]
                for e in range(experts):
                    four[d, e] = x[r, e]
        for e in range(experts):
            a, b = weight[0] * four[0, e], weight[1] * four[1, e]
            c, d_ = weight[2] * four[2, e], weight[3] * four[3, e]
            right[e] += a * told[0] + b * told[1] + c * told[2] + d_ * told[3]
            for f in range(experts):
                square[e, f] += a * four[0, f] + b * four[1, f] + c * four[2, f] + d_ * four[3, f]
