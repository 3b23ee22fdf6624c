"""Scores as arrays: totals under weights, made comparable, ranked. Draws come first, nan is *no sheet*."""

from __future__ import annotations

import numpy as np

from sandan.programme.model.evaluation import Normalise

TIE = 1e-9
"""Scores closer than this share of the highest are equal."""
_AT_ONCE = 4_000_000


def total(sheets: np.ndarray, points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Totals [draw, evaluator, plan] under weights [draw, heading]."""
    return np.asarray(np.einsum("dh,eph->dep", weights, sheets / points))


def normalise(totals: np.ndarray, how: Normalise) -> np.ndarray:
    """Normalised scores [draw, plan] of totals [draw, evaluator, plan]; nan for a plan without a sheet."""
    if how is Normalise.Z_SCORE:
        centred = totals - mean_there(totals, axis=2)[:, :, np.newaxis]
        scale = np.abs(np.nan_to_num(totals)).max(axis=2, initial=1e-300)[:, :, np.newaxis]
        deviation = np.sqrt(mean_there(centred**2, axis=2))[:, :, np.newaxis]
        flat = deviation <= TIE * scale
        return mean_there(np.where(flat, centred * 0.0, centred / np.where(flat, 1.0, deviation)), axis=1)
    if how is Normalise.TRIM:
        ordered = np.sort(totals, axis=1)  # nan goes last
        place = np.arange(totals.shape[1])[np.newaxis, :, np.newaxis]
        count = np.isfinite(totals).sum(axis=1)[:, np.newaxis, :]
        dropped = (count >= 3) & ((place == 0) | (place == count - 1))
        return mean_there(np.where(dropped, np.nan, ordered), axis=1)
    return mean_there(totals, axis=1)


def mean_there(values: np.ndarray, axis: int) -> np.ndarray:
    """The mean of what is there; nan of nothing, without a warning."""
    there = np.isfinite(values)
    count = there.sum(axis=axis)
    total = np.where(there, values, 0.0).sum(axis=axis)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def rank(values: np.ndarray) -> np.ndarray:
    """Ranks [draw, plan], 1 the best, shared by equals; 0 for a plan without a score."""
    scale = np.abs(np.nan_to_num(values)).max(axis=1, initial=1.0)[:, np.newaxis, np.newaxis]
    better = values[:, np.newaxis, :] > values[:, :, np.newaxis] + TIE * scale
    return np.where(np.isfinite(values), better.sum(axis=2) + 1, 0)


def try_weights(
    sheets: np.ndarray, points: np.ndarray, select: int, how: Normalise, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The share of weights [draw, heading] under which each plan is selected, its best and worst rank."""
    chosen = np.zeros(sheets.shape[1])
    best, worst = np.full(sheets.shape[1], sheets.shape[1]), np.zeros(sheets.shape[1], dtype=int)
    # Draws go in parts, so that many plans and evaluators do not fill the memory at once.
    for part in np.array_split(weights, max(1, len(weights) * sheets.size // _AT_ONCE)):
        ranks = rank(normalise(total(sheets, points, part), how))
        chosen += ((ranks > 0) & (ranks <= select)).sum(axis=0)
        best = np.minimum(best, ranks.min(axis=0))
        worst = np.maximum(worst, ranks.max(axis=0))
    return chosen / len(weights), best, worst
