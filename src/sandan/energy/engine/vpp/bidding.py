"""What to hand in: not the middle of what may come, but what most often lands within a band."""

from __future__ import annotations

import numpy as np

from sandan.energy.engine.vpp.deviation import judge_hours
from sandan.energy.model.rates import Floats
from sandan.energy.model.vpp import Bands, BestForecast

STEPS = 41
"""Points into which what may come is laid out, each equally likely."""


def best_forecast(levels: Floats, quantiles: Floats, capacity: float, rule: Bands) -> BestForecast:
    """The forecast of most expected won for each hour; `quantiles` [hours × levels, kWh] of one resource.

    What may come is taken as linear between the levels, and as its outermost quantiles beyond them; tried are
    the same points. Σ over them of generation × won of the band, divided by their number.
    """
    where = (np.arange(STEPS) + 0.5) / STEPS
    energy, expected, plain = (np.zeros(len(quantiles)) for _ in range(3))
    for hour, row in enumerate(quantiles):
        points = np.interp(where, levels, row)
        judged = judge_hours(points[None, :], points[:, None], capacity, rule, "half_up")
        worth = (judged.price * points).mean(axis=1)
        middle = STEPS // 2
        best = int(worth.argmax())
        if worth[best] <= worth[middle]:
            best = middle
        energy[hour], expected[hour], plain[hour] = points[best], worth[best], worth[middle]
    return BestForecast(energy, expected, plain)
