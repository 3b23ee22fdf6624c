"""Thousands of sites under limits that they share, by prices instead of by one huge program.

Each round every site plans for itself at its rates plus the prices of its feeder, transformer, complex and
events; the masters mix the courses so that limits hold, and their duals, smoothed, are the next prices.
Two facts come with every plan: the least that any plan could cost (Lagrange: what the sites paid at some
prices, less what those prices earn on the limits), and the most by which a limit is broken.
"""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from sandan.energy.engine.plan.bargain import AloneInfeasible, Bargain
from sandan.energy.engine.plan.conclusion import conclude
from sandan.energy.engine.plan.sites import WATT
from sandan.energy.engine.plan.together import is_small, plan_together, refuse
from sandan.energy.model.plan import (
    ComplexPlan,
    ComplexProblem,
    Method,
    PlanParams,
    Status,
    find_faults,
)
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

EARLY, SLACK, PATIENCE, STILL = 1.25, 1e-7, 6, 1e-6
"""Times the gap at which a plan is tried; kWh that are rounding; rounds without progress that are enough;
share of the cost that is progress."""


def plan_complex(
    problem: ComplexProblem,
    params: PlanParams | None = None,
    pool: Executor | None = None,
    method: Method | None = None,
) -> ComplexPlan:
    """Set-points for all sites that keep every shared limit, within a proven gap of the cheapest.

    A few sites are one linear program, many a bargain by prices; `method` forces LINEAR or COORDINATION.
    `pool` computes the sites' own plans (threads by default; processes or a cluster give the same plan).
    Raises InvalidInput with all faults. When limits cannot be kept the status is INFEASIBLE and `unmet`
    names each with the power that is wanting.
    """
    chosen = params or PlanParams()
    check(problem)
    if method is Method.LINEAR or (method is None and is_small(problem)):
        return plan_together(problem, chosen)
    with ThreadPoolExecutor(chosen.workers) as threads:
        bargain = Bargain(problem, chosen, pool or threads, threads)
        try:
            plan = _bargain(problem, chosen, bargain)
            if plan.violation > WATT and _cannot(problem, chosen, pool or threads, threads):
                return replace(plan, status=Status.INFEASIBLE)
            return plan
        except AloneInfeasible as alone:
            wrong = [bargain.sites[int(i)] for i in alone.places]
            return refuse(problem, chosen, Method.COORDINATION, wrong)


def check(problem: ComplexProblem) -> None:
    """Raise InvalidInput with everything that is wrong."""
    faults = [fault for site in problem.sites for fault in find_faults(site)]
    n = {len(site.load) for site in problem.sites}
    if len(n) != 1:
        faults.append(
            Finding(
                "sites",
                Text(
                    "모든 수용가가 같은 15분 구간이어야 합니다.",
                    "All sites must cover the same quarter-hours.",
                ),
                Text("구간을 맞추십시오.", "Align them."),
            )
        )
    seen: set[int] = set()
    for limit in problem.limits:
        members = {int(i) for i in limit.members}
        if limit.local and members & seen:
            faults.append(
                Finding(
                    limit.id,
                    Text("다른 배전선로와 수용가가 겹칩니다.", "shares a site with another feeder."),
                    Text("한 수용가는 한 선로에만 두십시오.", "Put each site on one feeder."),
                )
            )
        if limit.local:
            seen |= members
    if faults:
        raise InvalidInput(faults)


def _bargain(problem: ComplexProblem, params: PlanParams, bargain: Bargain) -> ComplexPlan:
    stuck, least, still, dearest = 0, np.inf, 0, np.inf
    while True:
        # Doing nothing is one of the courses: often it is within all limits.
        bargain.mix(bargain.rest() if len(bargain.courses) == 1 else bargain.propose())
        still = still + 1 if bargain.slack > SLACK and bargain.upper > dearest * (1 - STILL) else 0
        dearest = bargain.upper
        if still >= 3 and bargain.raise_fine():
            # Nothing learnt: at these fines limits are rather broken than kept.
            still = 0
        last = len(bargain.courses) >= params.rounds
        if bargain.slack <= SLACK and (bargain.gap <= EARLY * params.gap or last):
            # What is carried out is a little cheaper than the mix: ask it before another round.
            plan = conclude(problem, params, bargain)
            if plan.status is not Status.UNFINISHED or last:
                return plan
        elif bargain.gap <= params.gap and not bargain.raise_fine():
            # As dear as it gets, and still broken by as much: it cannot be kept.
            stuck = stuck + 1 if bargain.slack > 0.99 * least else 0
            least = min(least, bargain.slack)
            if stuck > PATIENCE:
                return conclude(problem, params, bargain)
        if last:
            return conclude(problem, params, bargain)


def _cannot(problem: ComplexProblem, params: PlanParams, pool: Executor, threads: ThreadPoolExecutor) -> bool:
    """Whether no plan at all keeps the limits: with nothing costing anything, the bound is above nothing."""
    free = tuple(
        replace(
            site,
            rates=replace(
                site.rates, energy=np.zeros_like(site.load), export=np.zeros_like(site.load), demand=0.0
            ),
            batteries=tuple(replace(unit, wear=0.0) for unit in site.batteries),
            sources=tuple(replace(source, cost=0.0) for source in site.sources),
        )
        for site in problem.sites
    )
    asked = Bargain(
        replace(problem, sites=free, requests=()), replace(params, carbon_price=0.0), pool, threads
    )
    while asked.raise_fine():
        pass
    for _ in range(params.rounds):
        asked.mix(asked.propose())
        if asked.bound > 0 or asked.slack <= SLACK:
            break
    return asked.bound > 0
