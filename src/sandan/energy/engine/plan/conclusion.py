"""What a bargain comes to: one course for every site out of the mix, what it costs, what it breaks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sandan.energy.engine.plan.bargain import Bargain
from sandan.energy.engine.plan.costs import cost_of, idle_course
from sandan.energy.engine.plan.courses import Course, read_course
from sandan.energy.engine.plan.fleet import Fleet, exchange_of, peak_of, reckon
from sandan.energy.engine.plan.sites import WATT, cost_of_course
from sandan.energy.engine.plan.structure import Ints
from sandan.energy.engine.plan.together import name_broken
from sandan.energy.model.plan import ComplexPlan, ComplexProblem, Method, PlanParams, Status, Unmet
from sandan.energy.model.rates import SLOT_HOURS, Floats


def conclude(problem: ComplexProblem, params: PlanParams, bargain: Bargain) -> ComplexPlan:
    """One course for every site out of the mix, put right, and what it comes to."""
    s, fleet, n = bargain.structure, bargain.fleet, bargain.n
    weights = bargain.weights[:, s.block]
    grid, battery = np.empty(fleet.need.shape), np.empty(fleet.need.shape)
    used, cost = np.empty(fleet.amounts.shape), np.empty(len(grid))
    for first, part in bargain.parts:
        at = slice(first, first + len(part.need))
        grid[at], battery[at], used[at], cost[at] = _carry_out(bargain, part, weights[:, at], at)
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
    back, idle = np.argsort(s.order), idle_cost(bargain)
    battery /= SLOT_HOURS
    used /= SLOT_HOURS
    devices = _devices(bargain, courses, battery, used, back)
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
        idle,
        bargain.bound,
        len(bargain.courses),
        np.divide(grid, SLOT_HOURS, out=grid)[back],
        battery[back],
        shortfall,
        prices,
        violation,
        unmet,
        *devices,
    )


def _devices(
    bargain: Bargain, courses: Mapping[int, Course], battery: Floats, sources: Floats, back: Ints
) -> tuple[Floats, Floats, Floats]:
    """What each battery, source and piece of work does [kW, each × n]; site after site as they were asked.

    `battery`, `sources` are of the sites that the dynamic program plans, `courses` of the others, whose
    charging is filled into `battery`.
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
    return batteries, used, works


def _carry_out(
    bargain: Bargain, part: Fleet, weights: Floats, at: slice
) -> tuple[Floats, Floats, Floats, Floats]:
    """Grid, charging [kWh, sites × n], sources and cost of some sites, by the weights of the rounds."""
    change, grid = np.zeros(part.need.shape), np.zeros(part.need.shape)
    for weight, one in zip(weights, bargain.courses, strict=True):
        if weight.max() > 1e-12:
            change += weight[:, None] * one.change[at]
            if len(one.grid):
                grid += weight[:, None] * one.grid[at]
    exchange = exchange_of(part, change)
    whole, free = part.need + exchange, part.amounts.sum(axis=1)
    # A mix of charging and giving needs less than the mix of what each needed: less is imported then.
    grid = np.clip(grid, whole - free, whole)
    used = _share_sources(part, whole - grid)
    return grid, exchange, used, reckon(part, peak_of(part, grid), change, grid, used)


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
    s = bargain.structure
    grid, cost = np.empty(bargain.fleet.need.shape), np.empty(len(bargain.sites))
    for first, part in bargain.parts:
        at = slice(first, first + len(part.need))
        used = np.where(part.prices[:, :, None] <= 0, part.amounts, 0.0)
        grid[at] = part.need - used.sum(axis=1)
        cost[at] = reckon(part, peak_of(part, grid[at]), np.zeros_like(grid[at]), grid[at], used)
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
