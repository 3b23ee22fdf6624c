"""Each site planned for itself: the dynamic program where it can say everything, else a linear program."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor

import numpy as np

from sandan.energy.engine.plan.costs import cost_of, idle_course
from sandan.energy.engine.plan.courses import Course, solve_courses
from sandan.energy.engine.plan.fleet import (
    Answer,
    Fleet,
    gather,
    is_exact,
    meet,
    shares_of,
    solve,
)
from sandan.energy.engine.plan.program import Rows, add_site
from sandan.energy.model.plan import (
    Cost,
    Method,
    PlanParams,
    Site,
    SitePlan,
    Status,
    Unmet,
    Why,
    find_faults,
)
from sandan.energy.model.rates import SLOT_HOURS, Floats
from sandan.errors import InvalidInput
from sandan.words import Text

EMPTY = np.empty(0)
SMALL = 1e-6
WATT = 1e-3


def plan_site(site: Site, params: PlanParams | None = None, method: Method | None = None) -> SitePlan:
    """The cheapest set-points of one site; `method` forces the linear program when it is LINEAR.

    Raises InvalidInput with everything that is wrong with the site. When no set-points keep its limits the
    status says so, and `unmet` names the constraint with the smallest relaxation.
    """
    return plan_sites([site], params, method=method)[0]


def plan_sites(
    sites: Sequence[Site],
    params: PlanParams | None = None,
    pool: Executor | None = None,
    method: Method | None = None,
) -> list[SitePlan]:
    """The same for many sites that share nothing, in one call; sites of one horizon are solved together.

    Minimises, for each site, Σ energy·import − Σ export·export + demand·max(0, peak − standing) + wear and
    sources, carbon priced if asked; peak is the largest import of the quarter-hours that count.
    """
    chosen = params or PlanParams()
    if faults := [fault for site in sites for fault in find_faults(site)]:
        raise InvalidInput(faults)
    plans: list[SitePlan | None] = [None] * len(sites)
    groups: dict[int, list[int]] = {}
    for i, site in enumerate(sites):
        if method is not Method.LINEAR and is_exact(site):
            groups.setdefault(len(site.load), []).append(i)
        else:
            plans[i] = plan_by_program(site, chosen)
    for n, members in groups.items():
        part = [sites[i] for i in members]
        fleet = gather(part, chosen)
        flat, rows = np.zeros((1, n)), np.zeros(len(part), np.int64)
        shares = shares_of(len(part), chosen.workers if len(part) >= 64 else 1)
        if pool is None and len(shares) > 1:
            with ThreadPoolExecutor(len(shares)) as threads:
                answer = solve(fleet, threads, shares, flat, rows)
        else:
            answer = solve(fleet, pool, shares, flat, rows)
        grid, used = meet(fleet, answer, flat, rows)
        for k, i in enumerate(members):
            plans[i] = _exact_plan(part[k], chosen, fleet, answer, k, grid[k], used[k])
    return [plan for plan in plans if plan is not None]


def _exact_plan(
    site: Site, params: PlanParams, fleet: Fleet, answer: Answer, k: int, grid: Floats, used: Floats
) -> SitePlan:
    if not np.isfinite(answer.value[k]) or not np.isfinite(grid).all():
        return infeasible_plan(site, params, Method.DYNAMIC)
    n, up, down = len(site.load), fleet.battery[k, 2], fleet.battery[k, 3]
    change = answer.change[k]
    power = np.where(change >= 0, change / up, change * down) / SLOT_HOURS
    stored, battery = np.empty((0, n + 1)), np.empty((0, n))
    if site.batteries:
        taken = site.batteries[0].taken
        drain = np.zeros(n) if taken is None else taken
        stored = (fleet.battery[k, 6] + np.concatenate(([0.0], np.cumsum(change - drain))))[None]
        battery = power[None]
    sources = used[: len(site.sources)] / SLOT_HOURS
    return _plan(
        site, params, Method.DYNAMIC, grid / SLOT_HOURS, battery, stored, sources, None, answer.value[k]
    )


def plan_by_program(site: Site, params: PlanParams) -> SitePlan:
    """One site by the linear program, or with whole numbers where that would do two things at once."""
    lp = Rows()
    columns = add_site(lp, site, params)

    def good_enough(courses: Sequence[Course], bound: float) -> bool:
        cost = cost_of_course(site, params, courses[0]).total
        return keeps_connection(site, courses[0]) and cost - bound <= SMALL * max(1.0, abs(cost))

    found = solve_courses(lp, [site], [columns], good_enough)
    if not found.courses or not keeps_connection(site, found.courses[0]):
        return infeasible_plan(site, params, Method.LINEAR)
    return plan_from_course(site, params, Method.LINEAR, found.courses[0], found.bound)


def cost_of_course(site: Site, params: PlanParams, course: Course) -> Cost:
    return cost_of(site, params, course.grid, np.maximum(-course.battery, 0), course.sources)[0]


def keeps_connection(site: Site, course: Course) -> bool:
    """Whether a course is within the site's own import and export limits."""
    return bool(
        course.grid.max() <= site.import_limit + WATT and -course.grid.min() <= site.export_limit + WATT
    )


def plan_from_course(
    site: Site, params: PlanParams, method: Method, course: Course, bound: float
) -> SitePlan:
    """A course with what it costs, against doing nothing, and why."""
    return _plan(
        site,
        params,
        method,
        course.grid,
        course.battery,
        course.stored,
        course.sources,
        course.works,
        bound,
    )


def _plan(
    site: Site,
    params: PlanParams,
    method: Method,
    grid: Floats,
    battery: Floats,
    stored: Floats,
    sources: Floats,
    works: Floats | None,
    bound: float,
) -> SitePlan:
    cost, demand, carbon = cost_of(site, params, grid, np.maximum(-battery, 0), sources)
    idle_grid, idle_sources = idle_course(site)
    idle, idle_demand, idle_carbon = cost_of(site, params, idle_grid, np.zeros_like(battery), idle_sources)
    close = cost.total - bound <= SMALL * max(1.0, abs(cost.total))
    return SitePlan(
        site.id,
        Status.OPTIMAL if close else Status.UNFINISHED,
        method,
        cost,
        idle,
        cost.total if close else bound,
        grid,
        battery,
        stored,
        sources,
        np.empty((0, len(grid))) if works is None else works,
        demand,
        idle_demand,
        carbon,
        idle_carbon,
        explain(site, grid, idle_grid, demand),
    )


def explain(
    site: Site, grid: Floats, idle: Floats, demand: float
) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    """Why each quarter-hour is not left alone: its price, the peak, or a limit of the connection."""
    why = np.full(len(grid), int(Why.NOTHING), np.int8)
    moved = np.abs(grid - idle) > 1e-3
    why[moved] = int(Why.PRICE)
    spare = 0.0 if site.high_load is None else np.maximum(site.high_load - site.load, 0)
    # A peak below what is owed anyway costs nothing, so nothing is done for its sake.
    owed = max(demand, site.rates.standing_demand)
    why[moved & site.rates.counts & (idle + spare > owed + 1e-3) & (grid < idle)] = int(Why.PEAK)
    at_limit = (grid >= site.import_limit - 1e-3) | (grid <= -site.export_limit + 1e-3)
    why[moved & at_limit] = int(Why.LIMIT)
    return why


def infeasible_plan(site: Site, params: PlanParams, method: Method) -> SitePlan:
    """No set-points keep the limits: which cannot be kept, and the smallest relaxation."""
    lp, n = Rows(), len(site.load)
    columns = add_site(lp, site, params, elastic=True)
    found = solve_courses(lp, [site], [columns], lambda courses, _: not courses[0].burnt.any())
    unmet = []
    for name, at in columns.slack.items() if found.courses else ():
        amounts = found.values[at]
        if amounts.max(initial=0.0) > SMALL:
            unmet.append(_unmet(name, amounts))
    grid, sources = idle_course(site)
    idle, demand, carbon = cost_of(site, params, grid, np.zeros((len(site.batteries), n)), sources)
    empty = np.empty((0, n))
    return SitePlan(
        site.id,
        Status.INFEASIBLE,
        method,
        idle,
        idle,
        idle.total,
        EMPTY,
        empty,
        empty,
        empty,
        empty,
        demand,
        demand,
        carbon,
        carbon,
        np.zeros(0, np.int8),
        tuple(unmet),
    )


def _unmet(name: str, amounts: Floats) -> Unmet:
    slots = tuple(int(t) for t in np.flatnonzero(amounts > SMALL)) if len(amounts) > 1 else ()
    kind, _, which = name.partition(" ")
    if kind in ("import", "export"):
        power = float(amounts.max()) / SLOT_HOURS
        ko, en = ("수전", "import") if kind == "import" else ("역송", "export")
        said = Text(
            f"{ko} 한도가 {power:,.1f} kW 모자랍니다 (15분 구간 {len(slots)}개).",
            f"The {en} limit is {power:,.1f} kW too low in {len(slots)} quarter-hour(s).",
        )
        return Unmet(name, power, "kW", slots, said)
    energy = float(amounts.sum())
    if kind == "battery":
        said = Text(
            f"'{which}'의 최저 충전량을 지키려면 {energy:,.1f} kWh가 더 필요합니다.",
            f"'{which}' needs {energy:,.1f} kWh more to keep the charge that is asked of it.",
        )
    else:
        said = Text(
            f"'{which}' 작업은 주어진 시간과 출력으로는 {energy:,.1f} kWh가 모자랍니다.",
            f"'{which}' cannot get {energy:,.1f} kWh of its work done in its hours at its power.",
        )
    return Unmet(name, energy, "kWh", slots, said)
