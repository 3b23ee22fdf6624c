"""Thousands of sites under limits that they share, by prices instead of by one huge program.

Each round every site plans for itself at its rates plus the prices of its feeder, transformer, complex and
events; the masters mix the courses so that limits hold, and their duals, smoothed, are the next prices.
Two facts come with every plan: the least that any plan could cost (Lagrange: what the sites paid at some
prices, less what those prices earn on the limits), and the most by which a limit is broken.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from sandan.energy.engine.plan.bargain import AloneInfeasible, Bargain
from sandan.energy.engine.plan.costs import cost_of, idle_course
from sandan.energy.engine.plan.courses import Course, read_course
from sandan.energy.engine.plan.fleet import Fleet, exchange_of, peak_of, reckon
from sandan.energy.engine.plan.sites import WATT, cost_of_course
from sandan.energy.engine.plan.structure import Ints
from sandan.energy.engine.plan.together import is_small, name_broken, plan_together, refuse
from sandan.energy.model.plan import (
    ComplexPlan,
    ComplexProblem,
    Method,
    PlanParams,
    Status,
    Unmet,
    find_faults,
)
from sandan.energy.model.rates import SLOT_HOURS, Floats
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


def conclude(problem: ComplexProblem, params: PlanParams, bargain: Bargain) -> ComplexPlan:
    """One course for every site out of the mix, put right, and what it comes to."""
    s, fleet, n = bargain.structure, bargain.fleet, bargain.n
    weights = bargain.weights[:, s.block]
    change, grid = np.zeros((len(bargain.sites), n)), np.zeros((len(bargain.sites), n))
    for weight, one in zip(weights, bargain.courses, strict=True):
        if weight.max() > 1e-12:
            change += weight[:, None] * one.change
            if len(one.grid):
                grid += weight[:, None] * one.grid
    exchange = exchange_of(fleet, change)
    whole, free = fleet.need + exchange, fleet.amounts.sum(axis=1)
    # A mix of charging and giving needs less than the mix of what each needed: less is imported then.
    grid = np.clip(grid, whole - free, whole)
    used = _share_sources(fleet, whole - grid)
    cost = reckon(fleet, peak_of(fleet, grid), change, grid, used)
    courses: dict[int, Course] = {}
    for k, (i, program) in enumerate(bargain.others.items()):
        mixed = sum(w * one.others[k] for w, one in zip(weights[:, i], bargain.courses, strict=True) if w > 0)
        course = read_course(bargain.sites[i], program.columns, np.asarray(mixed))
        courses[i], grid[i] = course, course.grid * SLOT_HOURS
        cost[i] = cost_of_course(bargain.sites[i], params, course).total
    nets = np.add.reduceat(grid, s.begins, axis=0) / SLOT_HOURS
    total = bargain.uses(nets).sum(axis=0)
    over = np.maximum(total - s.most, s.least - total)
    event = np.isfinite(s.penalty)
    shortfall = np.maximum(over[event], 0)
    violation, unmet = _broken(bargain, nets, np.where(event, 0.0, over))
    back = np.argsort(s.order)
    battery, devices = _devices(bargain, courses, exchange / SLOT_HOURS, used / SLOT_HOURS, back)
    whole_cost = float(cost.sum() + (shortfall * s.penalty[event]).sum() * SLOT_HOURS)
    gap = (whole_cost - bargain.bound) / max(1.0, abs(whole_cost))
    status = Status.UNFINISHED
    if violation <= WATT and gap <= params.gap:
        status = Status.WITHIN_GAP
    prices = np.zeros((len(problem.limits), n))
    local = {id(limit): f for f, limit in enumerate(s.feeder_limits)}
    shared = {id(one): at for one, at in zip(s.shared, s.rows, strict=True)}
    for k, limit in enumerate(problem.limits):
        prices[k] = (
            bargain.best.feeder[local[id(limit)]] if limit.local else bargain.best.shared[shared[id(limit)]]
        )
    return ComplexPlan(
        status,
        Method.COORDINATION,
        whole_cost,
        idle_cost(bargain),
        bargain.bound,
        len(bargain.courses),
        grid[back] / SLOT_HOURS,
        battery[back],
        shortfall,
        prices,
        violation,
        unmet,
        *devices,
    )


def _devices(
    bargain: Bargain, courses: Mapping[int, Course], battery: Floats, sources: Floats, back: Ints
) -> tuple[Floats, tuple[Floats, Floats, Floats]]:
    """Charging of each site [kW, sites × n], and what each battery, source and piece of work does.

    `battery`, `sources` are of the sites that the dynamic program plans, `courses` of the others.
    """
    found: tuple[list[Floats], ...] = ([battery[:0]], [battery[:0]], [battery[:0]])
    for i, course in courses.items():
        battery[i] = course.battery.sum(axis=0)
    for i in back.tolist():
        site = bargain.sites[i]
        if i in courses:
            parts = courses[i].battery, courses[i].sources, courses[i].works
        else:
            parts = battery[i : i + len(site.batteries)], sources[i, : len(site.sources)], battery[:0]
        for kept, part in zip(found, parts, strict=True):
            kept.append(part)
    batteries, used, works = (np.concatenate(kept) for kept in found)
    return battery, (batteries, used, works)


def _share_sources(fleet: Fleet, wanted: Floats) -> Floats:
    """`wanted` [kWh, sites × n] from each site's sources, the cheapest first."""
    used, left = np.zeros_like(fleet.amounts), np.maximum(wanted, 0.0)
    order = np.argsort(fleet.prices, axis=1)
    places = np.arange(len(left))
    for rank in range(fleet.prices.shape[1]):
        m = order[:, rank]
        part = np.minimum(left, fleet.amounts[places, m])
        used[places, m] = part
        left = left - part
    return used


def _broken(bargain: Bargain, nets: Floats, over: Floats) -> tuple[float, tuple[Unmet, ...]]:
    """The most by which a limit is broken [kW], and each that is by more than a watt."""
    s = bargain.structure
    totals = np.add.reduceat(nets, s.feeder_begins, axis=0)
    found = [
        (limit.id, np.maximum(totals[f] - limit.import_limit, -limit.export_limit - totals[f]))
        for f, limit in enumerate(s.feeder_limits)
        if limit is not None
    ]
    found += [(one.id, over[at]) for one, at in zip(s.shared, s.rows, strict=True)]
    worst = max((float(excess.max(initial=0.0)) for _, excess in found), default=0.0)
    return max(0.0, worst), name_broken([name for name, _ in found], [excess for _, excess in found])


def idle_cost(bargain: Bargain) -> float:
    """What the sites would pay with nothing planned; events unanswered, limits not looked at."""
    fleet, s = bargain.fleet, bargain.structure
    used = np.where(fleet.prices[:, :, None] <= 0, fleet.amounts, 0.0)
    grid = fleet.need - used.sum(axis=1)
    cost = reckon(fleet, peak_of(fleet, grid), np.zeros_like(grid), grid, used)
    for i in bargain.others:
        site = bargain.sites[i]
        course, sources = idle_course(site)
        batteries = np.zeros((len(site.batteries), len(course)))
        cost[i] = cost_of(site, bargain.params, course, batteries, sources)[0].total
        grid[i] = course * SLOT_HOURS
    nets = np.add.reduceat(grid, s.begins, axis=0) / SLOT_HOURS
    event = np.isfinite(s.penalty)
    short = np.maximum(bargain.uses(nets).sum(axis=0) - s.most, 0)[event]
    return float(cost.sum() + (short * s.penalty[event]).sum() * SLOT_HOURS)
