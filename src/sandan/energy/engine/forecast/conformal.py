"""Quantiles from errors that were made, and levels that move when the quantiles miss.

Split conformal prediction (Vovk et al. 2005) on errors over their usual size, with the (n + 1) rule of a
finite sample, level by level; then adaptive conformal inference (Gibbs and Candès 2021): a level that is
exceeded too often moves outward, one that is exceeded too seldom inward, day by day, for all series together
and a little for each by itself.
"""

from __future__ import annotations

import numpy as np

from sandan.compiled import fast
from sandan.energy.model.forecast import Singles
from sandan.energy.model.rates import Floats

FARTHEST = 0.999
"""No level moves beyond this, nor below one less it."""


@fast
def spread(errors: Singles, shift: Singles, levels: Floats, out: Singles) -> None:
    """The error at each quantile [series, leads, quantiles], in units of its usual size.

    `errors` [series, leads, days, samples], NaN where there is none; `shift` [series, leads, quantiles] is
    added to `levels` [quantiles]. Above the median the (n + 1)·level-th smallest of n errors, below it the
    mirror.
    """
    for n in range(errors.shape[0]):
        for at in range(errors.shape[1]):
            all = errors[n, at].ravel()
            known = np.sort(all[~np.isnan(all)])
            count = len(known)
            for q in range(len(levels)):
                out[n, at, q] = error_at(known, count, levels[q], levels[q] + shift[n, at, q])


@fast
def error_at(known: Singles, count: int, level: float, moved: float) -> float:
    """One level of sorted errors; 0 for the median, which is the forecast, and where nothing is known."""
    if count == 0 or level == 0.5:
        return 0.0
    moved = min(max(moved, 1 - FARTHEST), FARTHEST)
    if level > 0.5:
        return float(known[min(count, int(np.ceil((count + 1) * moved - 1e-9))) - 1])
    return float(known[count - min(count, int(np.ceil((count + 1) * (1 - moved) - 1e-9)))])


def adapt(
    errors: Singles, today: Singles, shift: Singles, levels: Floats, rate: float, pooled: float
) -> None:
    """Move `shift` by how often `today` [series, leads, samples] was above what `errors` led to expect.

    By `rate` times what each series missed its levels by, and `pooled` times what all did in the mean: one
    day of one series says little of its levels, one day of a whole complex a good deal.
    """
    gap = np.full(shift.shape, np.nan, np.float32)
    _gaps(errors, today, shift, levels, gap)
    known = np.isfinite(gap)
    there = np.where(known, gap, 0)
    mean = there.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    shift += rate * there + pooled * mean


@fast
def _gaps(errors: Singles, today: Singles, shift: Singles, levels: Floats, gap: Singles) -> None:
    for n in range(errors.shape[0]):
        for at in range(errors.shape[1]):
            fresh = today[n, at]
            fresh = fresh[~np.isnan(fresh)]
            if not len(fresh):
                continue
            all = errors[n, at].ravel()
            known = np.sort(all[~np.isnan(all)])
            if not len(known):
                continue
            for q in range(len(levels)):
                if levels[q] == 0.5:
                    gap[n, at, q] = 0
                    continue
                edge = error_at(known, len(known), levels[q], levels[q] + shift[n, at, q])
                below = 0
                for e in fresh:
                    below += e <= edge
                gap[n, at, q] = levels[q] - below / len(fresh)
