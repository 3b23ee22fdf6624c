"""What a battery, or more roof, would have been worth: a year run again, month by month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from sandan.energy.engine.plan.costs import cost_of, idle_course
from sandan.energy.engine.plan.sites import plan_site
from sandan.energy.model.plan import PlanParams, Site, SitePlan, Status
from sandan.energy.model.replan import YearPlan

Standing = Callable[[int, Sequence[float]], float]
"""Billing demand owed in a month whatever happens, from its number and the earlier months' peaks [kW]."""


def what_if(
    months: Sequence[Site],
    change: Callable[[Site], Site],
    standing: Standing,
    params: PlanParams | None = None,
) -> YearPlan:
    """Plan each of `months` with `change` made to the site, each knowing the peaks of those before it.

    `months` are the site as it was, one billing month each, in order; `change` gives the site with, say, a
    battery. The demand that earlier peaks leave owed follows the peaks of the year as planned, so that a
    battery that keeps July low is also credited for it in winter. Foresight is perfect within a month.
    """
    chosen = params or PlanParams()
    before = after = carbon_before = carbon_after = 0.0
    old_peaks: list[float] = []
    new_peaks: list[float] = []
    owed_before, owed_after = [], []
    plans: list[SitePlan] = []
    for number, month in enumerate(months):
        as_was = _owing(month, standing(number, old_peaks))
        grid, sources = idle_course(as_was)
        cost, peak, carbon = cost_of(
            as_was, chosen, grid, np.zeros((len(as_was.batteries), len(grid))), sources
        )
        old_peaks.append(peak)
        before += cost.total + as_was.rates.demand * as_was.rates.standing_demand
        carbon_before += carbon
        owed_before.append(max(peak, as_was.rates.standing_demand))
        changed = _owing(change(month), standing(number, new_peaks))
        plan = plan_site(changed, chosen)
        plans.append(plan)
        if plan.status is Status.INFEASIBLE:
            after = np.inf
        new_peaks.append(plan.demand)
        after += plan.cost.total + changed.rates.demand * changed.rates.standing_demand
        carbon_after += plan.carbon
        owed_after.append(max(plan.demand, changed.rates.standing_demand))
    return YearPlan(
        before, after, tuple(owed_before), tuple(owed_after), carbon_before, carbon_after, tuple(plans)
    )


def _owing(site: Site, standing: float) -> Site:
    return replace(site, rates=replace(site.rates, standing_demand=standing))
