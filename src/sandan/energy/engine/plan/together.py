"""A few sites that share limits, as one linear program: no rounds, no gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sandan.energy.engine.plan.costs import cost_of, idle_course
from sandan.energy.engine.plan.courses import Course, solve_courses
from sandan.energy.engine.plan.program import Rows, add_limits, add_site
from sandan.energy.engine.plan.sites import (
    SMALL,
    WATT,
    cost_of_course,
    infeasible_plan,
    keeps_connection,
    plan_from_course,
    plan_sites,
)
from sandan.energy.model.plan import (
    ComplexPlan,
    ComplexProblem,
    Method,
    PlanParams,
    Site,
    SitePlan,
    Status,
    Unmet,
)
from sandan.energy.model.rates import SLOT_HOURS, Floats
from sandan.words import Text

FEW = 6000
"""Quarter-hours of all sites together up to which one program is quicker than rounds of prices."""


def is_small(problem: ComplexProblem) -> bool:
    """Whether one program of all sites is quickly solved."""
    return len(problem.sites) * len(problem.sites[0].load) <= FEW


def plan_together(problem: ComplexProblem, params: PlanParams) -> ComplexPlan:
    """The cheapest set-points under all limits; with none, those that break them least and cost least so."""
    found = _solve(problem, params)
    if found is not None:
        return found
    relaxed = _relax(problem, params)
    found = None if relaxed is None else _solve(relaxed[0], params)
    if relaxed is None or found is None:
        return refuse(problem, params, Method.LINEAR)
    over = excess(problem, found.grid)
    return replace(
        found,
        status=Status.INFEASIBLE,
        violation=max((float(part.max(initial=0.0)) for part in over), default=0.0),
        unmet=name_broken([limit.id for limit in problem.limits], over),
    )


def _solve(problem: ComplexProblem, params: PlanParams) -> ComplexPlan | None:
    """The optimum as one program; None when there is none."""
    lp = Rows()
    columns = [add_site(lp, site, params) for site in problem.sites]
    shared = add_limits(lp, problem, columns)

    def pay(courses: Sequence[Course]) -> float:
        own = (cost_of_course(site, params, course).total for site, course in _pairs(problem, courses))
        return sum(own) + _fall_short(problem, grid_of(courses))[1]

    def kept(courses: Sequence[Course]) -> bool:
        alone = all(keeps_connection(site, course) for site, course in _pairs(problem, courses))
        return alone and all((part <= WATT).all() for part in excess(problem, grid_of(courses)))

    def good_enough(courses: Sequence[Course], bound: float) -> bool:
        cost = pay(courses)
        return kept(courses) and cost - bound <= max(SMALL, params.gap / 2) * max(1.0, abs(cost))

    found = solve_courses(lp, problem.sites, columns, good_enough, params.gap / 2)
    if not found.courses or not kept(found.courses):
        return None
    cost, grid, n = pay(found.courses), grid_of(found.courses), len(problem.sites[0].load)
    bound = min(found.bound, cost)
    off = (cost - bound) / max(1.0, abs(cost))
    within = Status.WITHIN_GAP if off <= params.gap else Status.UNFINISHED
    # A dual of the program is what the cost changes by when a kWh more may be taken.
    prices = np.array([-found.prices[rows] for rows in shared.rows]).reshape(-1, n)
    over = excess(problem, grid)
    return ComplexPlan(
        Status.OPTIMAL if off <= SMALL else within,
        Method.LINEAR,
        cost,
        idle_cost(problem, params),
        bound,
        1,
        grid,
        np.array([course.battery.sum(axis=0) for course in found.courses]),
        _fall_short(problem, grid)[0],
        prices,
        max((max(0.0, float(part.max(initial=0.0))) for part in over), default=0.0),
        (),
        np.concatenate([course.battery for course in found.courses]),
        np.concatenate([course.sources for course in found.courses]),
        np.concatenate([course.works for course in found.courses]),
    )


def _pairs(problem: ComplexProblem, courses: Sequence[Course]) -> list[tuple[Site, Course]]:
    return list(zip(problem.sites, courses, strict=True))


def grid_of(courses: Sequence[Course]) -> Floats:
    """[kW, sites × n]."""
    return np.array([course.grid for course in courses])


def excess(problem: ComplexProblem, grid: Floats) -> list[Floats]:
    """By how much each limit is passed [kW, n]; below zero where it is not."""
    nets = [grid[limit.members].sum(axis=0) for limit in problem.limits]
    return [
        np.maximum(net - limit.import_limit, -limit.export_limit - net)
        for net, limit in zip(nets, problem.limits, strict=True)
    ]


def _fall_short(problem: ComplexProblem, grid: Floats) -> tuple[Floats, float]:
    """What each event lacks in each of its quarter-hours [kW], and what that costs [won]."""
    parts, cost = [np.empty(0)], 0.0
    for event in problem.requests:
        net = grid[np.ix_(event.members, event.slots)].sum(axis=0)
        parts.append(np.maximum(net - event.ceiling, 0))
        cost += event.penalty * SLOT_HOURS * float(parts[-1].sum())
    return np.concatenate(parts), cost


def idle_cost(problem: ComplexProblem, params: PlanParams) -> float:
    """What the sites would pay with nothing planned; events unanswered, limits not looked at."""
    total, grids = 0.0, []
    for site in problem.sites:
        grid, sources = idle_course(site)
        none = np.zeros((len(site.batteries), len(grid)))
        total += cost_of(site, params, grid, none, sources)[0].total
        grids.append(grid)
    return total + _fall_short(problem, np.array(grids))[1]


def _relax(problem: ComplexProblem, params: PlanParams) -> tuple[ComplexProblem, Floats] | None:
    """The limits raised by as few kW in all as is enough; None when a site alone cannot be planned."""
    lp = Rows()
    columns = [add_site(lp, site, params) for site in problem.sites]
    lp.cost = [np.zeros(lp.columns)]
    shared = add_limits(lp, problem, columns, elastic=True)
    found = solve_courses(lp, problem.sites, columns, lambda courses, _: _unburnt(courses))
    if not found.courses:
        return None
    more = np.maximum(found.values[shared.give_way], 0.0) * (1 + 1e-9)
    raised = tuple(
        replace(limit, import_limit=limit.import_limit + by, export_limit=limit.export_limit + by)
        for limit, by in zip(problem.limits, more, strict=True)
    )
    return replace(problem, limits=raised), more


def _unburnt(courses: Sequence[Course]) -> bool:
    return not any(course.burnt.any() or course.washed.any() for course in courses)


def name_broken(names: Sequence[str], over: Sequence[Floats]) -> tuple[Unmet, ...]:
    """Each limit that is broken by more than a watt, with the most [kW] and where."""
    unmet = []
    for name, excess_ in zip(names, over, strict=True):
        power = float(excess_.max(initial=0.0))
        if power > WATT:
            slots = tuple(int(t) for t in np.flatnonzero(excess_ > WATT))
            said = Text(
                f"'{name}' 한도를 지킬 수 없습니다: {power:,.1f} kW가 모자랍니다 (15분 구간 {len(slots)}개).",
                f"The limit of '{name}' is {power:,.1f} kW too low in {len(slots)} quarter-hour(s).",
            )
            unmet.append(Unmet(name, power, "kW", slots, said))
    return tuple(unmet)


def refuse(
    problem: ComplexProblem, params: PlanParams, method: Method, sites: Sequence[Site] | None = None
) -> ComplexPlan:
    """No plan, since some sites cannot keep their own limits; `sites` are those, if they are known."""
    if sites is None:
        plans = plan_sites(problem.sites, params)
        sites = [
            site for site, plan in zip(problem.sites, plans, strict=True) if plan.status is Status.INFEASIBLE
        ]
    unmet = [
        replace(one, constraint=f"{site.id}: {one.constraint}")
        for site in sites
        for one in infeasible_plan(site, params, method).unmet
    ]
    none = np.empty((0, len(problem.sites[0].load)))
    return ComplexPlan(
        Status.INFEASIBLE,
        method,
        np.inf,
        np.inf,
        np.inf,
        0,
        none,
        none,
        np.empty(0),
        none,
        0.0,
        tuple(unmet),
    )


def plan_of_site(
    problem: ComplexProblem, plan: ComplexPlan, number: int, params: PlanParams | None = None
) -> SitePlan:
    """One site's part of a complex's plan: what each device does, what it costs, and why.

    Nothing is known of the least that it could cost alone, so its bound is minus infinity.
    """
    site, before = problem.sites[number], problem.sites[:number]
    a = sum(len(one.batteries) for one in before)
    b = sum(len(one.sources) for one in before)
    c = sum(len(one.shiftables) for one in before)
    battery = plan.batteries[a : a + len(site.batteries)]
    n = len(site.load)
    stored = np.empty((len(site.batteries), n + 1))
    for k, unit in enumerate(site.batteries):
        taken = np.zeros(n) if unit.taken is None else unit.taken
        into, out = np.maximum(battery[k], 0), np.maximum(-battery[k], 0)
        change = (into * unit.charge_efficiency - out / unit.discharge_efficiency) * SLOT_HOURS - taken
        stored[k] = unit.start * unit.energy + np.concatenate(([0.0], np.cumsum(change)))
    course = Course(
        plan.grid[number],
        battery,
        stored,
        plan.sources[b : b + len(site.sources)],
        plan.works[c : c + len(site.shiftables)],
        np.zeros(battery.shape, bool),
        np.zeros(n, bool),
    )
    made = plan_from_course(site, params or PlanParams(), plan.method, course, -np.inf)
    return replace(made, status=plan.status)
