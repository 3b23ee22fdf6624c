"""How far each expert is trusted: weights of a series for working days and for days off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sandan.compiled import fast
from sandan.energy.model.forecast import Singles
from sandan.energy.model.rates import Floats

ROUNDS = 3
"""Times the squares are weighted anew to come near the least absolute error."""
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
            weighted = x * trust.reshape(-1, 1)
            square = (weighted.T @ x).astype(np.float64)
            for e in range(experts):
                square[e, e] += n * penalty
            right = (weighted.T @ ahead).astype(np.float64)
            weights = (guess + np.linalg.solve(square, right)).astype(np.float32)
        out[g] = weights
