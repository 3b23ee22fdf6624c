"""A battery's year as it would repeat: one demand for all months whose peak is billed for a year.

A month that only minded its own bill would let July's peak rise for a month's base charge and owe it for
twelve. So the demand that the year settles on is chosen first, by what the whole year then costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sandan.energy.engine.plan import plan_sites
from sandan.energy.model.plan import Site, SitePlan
from sandan.energy.model.whatif import SteadyPlan

STEEP = 1e6
"""Price that keeps a carried month's peak at the demand tried [won/kW]."""
CLOSE = 0.02
"""How close the demand is found [kW]."""
GOLDEN = 0.6180339887498949


def plan_steady_year(months: Sequence[Site], carried: Sequence[bool], floor: float) -> SteadyPlan:
    """The cheapest course of a battery over twelve months that follow on themselves.

    Billing demand of a month is max(D, its own peak), D = max(`floor`, the peaks of the months `carried`):
    what twelve months of looking back leave owed when every year is alike. Minimised is
    F(D) = Σ energy − export + base · max(D, peak), convex in D; it is tried at the least D that can be kept,
    a little above, and only if that is cheaper by golden section. Foresight is perfect within a month; each
    month begins and ends with the same charge. `standing_demand` of the rates is not read.
    """
    search = _Search(months, carried, floor)
    least = search.least()
    best, plans = search.cost(least)
    bump = max(1e-6 * least, 1e-3)
    if any(carried) and search.cost(least + bump)[0] < best - 1e-3:
        low, high = least, max(search.most(), least + bump)
        x1, x2 = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        (y1, p1), (y2, p2) = search.cost(x1), search.cost(x2)
        while high - low > CLOSE:
            if y1 <= y2:
                high, x2, y2, p2 = x2, x1, y1, p1
                x1 = high - GOLDEN * (high - low)
                y1, p1 = search.cost(x1)
            else:
                low, x1, y1, p1 = x1, x2, y2, p2
                x2 = low + GOLDEN * (high - low)
                y2, p2 = search.cost(x2)
        for cost, found in ((y1, p1), (y2, p2)):
            if cost < best:
                best, plans = cost, found
    grid = np.concatenate([plan.grid for plan in plans])
    battery = np.concatenate([plan.battery.sum(axis=0) for plan in plans])
    kept = [plan.demand for plan, counts in zip(plans, carried, strict=True) if counts]
    return SteadyPlan(grid, battery, best, max([floor, *kept]))


class _Search:
    """Plans the months at one demand after another."""

    def __init__(self, months: Sequence[Site], carried: Sequence[bool], floor: float) -> None:
        self._months = months
        self._carried = carried
        self._floor = floor
        self._base = sum(month.rates.demand for month in months)

    def least(self) -> float:
        """The lowest demand that every carried month can keep."""
        plans = self._plan(self._floor, STEEP, only=True)
        return max([self._floor, *(plan.demand for plan in plans)])

    def most(self) -> float:
        """The demand above which nothing is gained."""
        plans = self._plan(self._floor, 0.0, only=True)
        return max([self._floor, *(plan.demand for plan in plans)])

    def cost(self, demand: float) -> tuple[float, list[SitePlan]]:
        """What the year costs [won] when no carried month passes `demand`."""
        plans = self._plan(demand, STEEP)
        total = self._base * demand
        for month, carried, plan in zip(self._months, self._carried, plans, strict=True):
            total += plan.cost.total - plan.cost.demand
            if not carried:
                total += month.rates.demand * max(0.0, plan.demand - demand)
        return total, plans

    def _plan(self, demand: float, price: float, *, only: bool = False) -> list[SitePlan]:
        asked = []
        for month, carried in zip(self._months, self._carried, strict=True):
            if carried:
                rates = replace(month.rates, standing_demand=demand, demand=price)
            elif only:
                continue
            else:
                rates = replace(month.rates, standing_demand=demand)
            asked.append(replace(month, rates=rates))
        return plan_sites(asked)
