"""Boosted trees over all series at once: one model that has seen every firm's Mondays.

Each level of a tree asks the same question of every row (an oblivious tree), so that the leaf of a row is a
handful of comparisons of bytes and no jump: millions of rows a second on one core, and no thread is started.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sandan.compiled import fast
from sandan.energy.model.forecast import Singles, Trees, TreesParams

BINS = 128
"""Bins of a feature; a missing value is the bin after the last."""
Bytes = NDArray[np.uint8]


def fit_trees(features: Singles, target: Singles, start: Singles, params: TreesParams) -> Trees:
    """Boosted oblivious trees that make the mean absolute error of `start` + trees small.

    `features` [rows, features], NaN where missing; `target` and `start` [rows], of one scale. Each tree sees
    a share of the rows; a split is judged by the signs of the residuals, a leaf gives their median (Friedman
    2001, "LAD_TreeBoost"). The same seed gives the same trees.
    """
    edges = bin_edges(features)
    bins = to_bins(features, edges)
    chance = np.random.default_rng(params.seed)
    feature = np.zeros((params.trees, params.depth), np.int64)
    above = np.zeros((params.trees, params.depth), np.uint8)
    value = np.zeros((params.trees, 1 << params.depth), np.float32)
    fitted = start.astype(np.float32).copy()
    for tree in range(params.trees):
        rows = np.flatnonzero(chance.random(len(target), np.float32) < params.share)
        allowed = np.asarray(chance.random(bins.shape[0]) < params.features)
        if not allowed.any():
            allowed[:] = True
        _grow(bins, target, fitted, rows, allowed, feature[tree], above[tree], value[tree], params.least)
        value[tree] *= params.rate
        _add(bins, feature[tree], above[tree], value[tree], fitted)
    return Trees(edges, feature, above, value)


def bin_edges(features: Singles) -> Singles:
    """Where each feature is cut into bins: its quantiles [features, BINS − 1]."""
    edges = np.full((features.shape[1], BINS - 1), np.inf, np.float32)
    for f in range(features.shape[1]):
        known = features[np.isfinite(features[:, f]), f]
        if len(known):
            cuts = np.unique(np.quantile(known[:200_000], np.arange(1, BINS) / BINS).astype(np.float32))
            edges[f, : len(cuts)] = cuts
    return edges


@fast
def to_bins(features: Singles, edges: Singles) -> Bytes:
    """Bin numbers [features, rows]; `BINS` where a value is missing."""
    rows, count = features.shape
    bins = np.empty((count, rows), np.uint8)
    block = 2048
    column, found = np.empty(block, np.float32), np.empty(block, np.int32)
    for begin in range(0, rows, block):
        n = min(block, rows - begin)
        for f in range(count):
            cut = edges[f]
            for r in range(n):
                column[r] = features[begin + r, f]
                found[r] = 0
            step = BINS >> 1
            while step:  # all rows halve their range together, which the processor does eight at a time
                for r in range(n):
                    found[r] += step if cut[found[r] + step - 1] <= column[r] else 0
                step >>= 1
            for r in range(n):
                bins[f, begin + r] = BINS if np.isnan(column[r]) else found[r]
    return bins


@fast
def add_trees(bins: Bytes, feature: NDArray[np.int64], above: Bytes, value: Singles, fitted: Singles) -> None:
    """Add what all trees give to `fitted` [rows]; `bins` [features, rows]."""
    for tree in range(feature.shape[0]):
        _add(bins, feature[tree], above[tree], value[tree], fitted)


@fast
def _add(bins: Bytes, feature: NDArray[np.int64], above: Bytes, value: Singles, fitted: Singles) -> None:
    block = 4096
    rows, depth = len(fitted), len(feature)
    leaf = np.empty(block, np.uint8)
    for begin in range(0, rows, block):
        n = min(block, rows - begin)
        leaf[:n] = 0
        for level in range(depth):
            column, cut, bit = bins[feature[level]], above[level], np.uint8(1 << level)
            for r in range(n):
                leaf[r] |= bit if column[begin + r] > cut else np.uint8(0)
        for r in range(n):
            fitted[begin + r] += value[leaf[r]]


@fast
def _grow(
    bins: Bytes,
    target: Singles,
    fitted: Singles,
    rows: NDArray[np.int64],
    allowed: NDArray[np.bool_],
    feature: NDArray[np.int64],
    above: Bytes,
    value: Singles,
    least: int,
) -> None:
    """One tree: at each level the question that parts the signs of the residuals best, then medians."""
    count, depth = len(rows), len(feature)
    residual = np.empty(count, np.float32)
    sign = np.empty(count, np.float32)
    leaf = np.zeros(count, np.int64)
    for r in range(count):
        residual[r] = target[rows[r]] - fitted[rows[r]]
        sign[r] = 1.0 if residual[r] > 0 else (-1.0 if residual[r] < 0 else 0.0)
    for level in range(depth):
        leaves = 1 << level
        best, best_feature, best_cut = -1.0, 0, BINS
        for f in range(bins.shape[0]):
            if not allowed[f]:
                continue
            sums = np.zeros((leaves, BINS + 1), np.float32)
            counts = np.zeros((leaves, BINS + 1), np.int32)
            column = bins[f]
            for r in range(count):
                b = column[rows[r]]
                sums[leaf[r], b] += sign[r]
                counts[leaf[r], b] += 1
            gain = np.zeros(BINS)
            for leaf_number in range(leaves):
                total, number = 0.0, 0
                for b in range(BINS + 1):
                    total += sums[leaf_number, b]
                    number += counts[leaf_number, b]
                left, left_number = 0.0, 0
                for b in range(BINS):
                    left += sums[leaf_number, b]
                    left_number += counts[leaf_number, b]
                    right_number = number - left_number
                    if left_number >= least and right_number >= least:
                        gain[b] += left * left / left_number + (total - left) ** 2 / right_number
                    elif number:
                        gain[b] += total * total / number
            for b in range(BINS):
                if gain[b] > best:
                    best, best_feature, best_cut = gain[b], f, b
        feature[level], above[level] = best_feature, best_cut
        column = bins[best_feature]
        for r in range(count):
            if column[rows[r]] > best_cut:
                leaf[r] |= leaves
    _medians(residual, leaf, value)


@fast
def _medians(residual: Singles, leaf: NDArray[np.int64], value: Singles) -> None:
    order = np.argsort(leaf)
    begin = 0
    while begin < len(order):
        end = begin
        number = leaf[order[begin]]
        while end < len(order) and leaf[order[end]] == number:
            end += 1
        value[number] = np.median(residual[order[begin:end]])
        begin = end
