"""What to hand in: not the middle of what may come, but what most often lands within a band."""

from __future__ import annotations

import numpy as np

from sandan.energy.engine.vpp.deviation import judge_hours
from sandan.energy.model.rates import Floats
from sandan.energy.model.vpp import Bands, BestForecast

STEPS = 41
"""Points into which what may come is laid out, each equally likely."""
CHUNK = 128
"""Hours taken together."""


def best_forecast(levels: Floats, quantiles: Floats, capacity: float, rule: Bands) -> BestForecast:
    """The forecast of most expected won for each hour; `quantiles` [hours × levels, kWh] of one resource.

    What may come is taken as linear between the levels, and as its outermost quantiles beyond them; tried are
    the same points, and the median first. Σ over them of generation × won of the band, by their number. Hours
    that may not reach the least output that counts keep their median.
    """
    where = (np.arange(STEPS) + 0.5) / STEPS
    middle = STEPS // 2
    energy = np.array([np.interp(0.5, levels, row) for row in quantiles])
    expected, plain = np.zeros(len(energy)), np.zeros(len(energy))
    may = np.flatnonzero(quantiles.max(axis=1, initial=0) >= rule.least_output * capacity)
    for first in range(0, len(may), CHUNK):
        hours = may[first : first + CHUNK]
        points = np.stack([np.interp(where, levels, quantiles[hour]) for hour in hours])
        price = judge_hours(points[:, None, :], points[:, :, None], capacity, rule, "half_up").price
        worth = (price * points[:, None, :]).mean(axis=2)
        best = worth.argmax(axis=1)
        rows = np.arange(len(hours))
        plain[hours] = worth[:, middle]
        expected[hours] = worth[rows, best]
        better = expected[hours] > plain[hours]
        energy[hours[better]] = points[rows, best][better]
    return BestForecast(energy, expected, plain)
