"""What a linear program's answer comes to in the world: a store either charges or gives.

A program may let a store charge and give at once, which burns energy, where energy is worth less than
nothing; or buy and sell at once where selling pays more. Neither can be done. What is stored is kept as it
was found and the rest follows from it; where that costs more than the program said, the choice between the
two becomes a whole number in those quarter-hours only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from sandan.energy.engine.plan.program import INF, Columns, Rows
from sandan.energy.model.plan import Site
from sandan.energy.model.rates import SLOT_HOURS, Floats

AT_ONCE = 1e-6
"""kWh both ways in a quarter-hour that are more than rounding."""
TURNS = 12
NODES = 2000


@dataclass(frozen=True, slots=True)
class Course:
    """What one site does [kW], and what its batteries hold [kWh, batteries × (n + 1)]."""

    grid: Floats
    battery: Floats
    stored: Floats
    sources: Floats
    works: Floats
    burnt: NDArray[np.bool_]
    """Where a battery was let charge and give at once [batteries × n]."""
    washed: NDArray[np.bool_]
    """Where the site was let buy and sell at once [n]."""


@dataclass(frozen=True, slots=True)
class Solved:
    """A program's answer; `courses` is empty when there is none."""

    courses: tuple[Course, ...]
    bound: float
    values: Floats
    prices: Floats
    """Of the rows, before any choice was made whole."""


def read_course(site: Site, columns: Columns, x: Floats) -> Course:
    """What the program's values come to when nothing charges and gives at once.

    A store then draws less than the program said. Sources that may be turned down freely give way first,
    the dearest before the others, then the grid.
    """
    n = len(site.load)
    used = np.array([x[at] for at in columns.sources]).reshape(-1, n)
    works = np.array([x[at] for at in columns.works]).reshape(-1, n)
    stored, exchange = np.zeros((len(site.batteries), n + 1)), np.zeros((len(site.batteries), n))
    burnt = np.zeros((len(site.batteries), n), bool)
    left = np.zeros(n)
    for b, unit in enumerate(site.batteries):
        takes, gives = x[columns.charge[b]], x[columns.give[b]]
        taken = np.zeros(n) if unit.taken is None else unit.taken
        stored[b] = np.concatenate(([unit.start * unit.energy], x[columns.stored[b]]))
        change = takes * unit.charge_efficiency - gives / unit.discharge_efficiency
        stored[b, 1:] = stored[b, 0] + np.cumsum(change - taken)
        exchange[b] = np.where(
            change >= 0, change / unit.charge_efficiency, change * unit.discharge_efficiency
        )
        burnt[b] = np.minimum(takes, gives) > AT_ONCE
        left += np.maximum(takes - gives - exchange[b], 0.0)
    order = sorted(range(len(site.sources)), key=lambda m: -site.sources[m].cost)
    for m in order:
        if site.sources[m].ramp is None:
            part = np.minimum(left, used[m])
            used[m] -= part
            left -= part
    into, out = x[columns.into], x[columns.out]
    grid = site.load * SLOT_HOURS + works.sum(axis=0) + exchange.sum(axis=0) - used.sum(axis=0)
    washed = np.minimum(into, out) > AT_ONCE
    return Course(
        grid / SLOT_HOURS,
        exchange / SLOT_HOURS,
        stored,
        used / SLOT_HOURS,
        works / SLOT_HOURS,
        burnt,
        washed,
    )


def solve_courses(
    lp: Rows,
    sites: Sequence[Site],
    columns: Sequence[Columns],
    good_enough: Callable[[Sequence[Course], float], bool],
    gap: float = 1e-7,
) -> Solved:
    """Solve the program, whole numbers only where it did two things at once and `good_enough` says no.

    `good_enough` is given the courses and the bound [won] that nothing can be below.
    """
    highs = lp.load()
    highs.setOptionValue("mip_rel_gap", gap)
    highs.setOptionValue("mip_max_nodes", NODES)
    chosen: set[tuple[int, int]] = set()
    prices, bound = np.empty(0), -np.inf
    for turn in range(TURNS):
        highs.run()
        known = highs.getInfo()
        answered = highs.getSolution()
        if known.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return Solved((), bound, np.empty(0), prices)
        x = np.array(answered.col_value)
        if turn == 0:
            prices = np.array(answered.row_dual)
        bound = max(bound, known.mip_dual_bound if chosen else known.objective_function_value)
        courses = tuple(read_course(site, at, x) for site, at in zip(sites, columns, strict=True))
        if good_enough(courses, bound) or not _choose(highs, columns, courses, chosen):
            break
    return Solved(courses, bound, x, prices)


def _choose(
    highs: highspy.Highs,
    columns: Sequence[Columns],
    courses: Sequence[Course],
    chosen: set[tuple[int, int]],
) -> bool:
    """Let the program do one of two things where it did both; False when there is nothing new to choose."""
    both: list[tuple[int, int]] = []
    for at, course in zip(columns, courses, strict=True):
        for b, burnt in enumerate(course.burnt):
            both += zip(at.charge[b][burnt].tolist(), at.give[b][burnt].tolist(), strict=True)
        both += zip(at.into[course.washed].tolist(), at.out[course.washed].tolist(), strict=True)
    fresh = [pair for pair in both if pair not in chosen]
    upper = np.array(highs.getLp().col_upper_)
    for one, other in fresh:
        chosen.add((one, other))
        which = highs.getNumCol()
        highs.addCol(0.0, 0.0, 1.0, 0, [], [])
        highs.changeColIntegrality(which, highspy.HighsVarType.kInteger)
        highs.addRow(-INF, 0.0, 2, np.array([one, which], np.int32), np.array([1.0, -upper[one]]))
        highs.addRow(-INF, upper[other], 2, np.array([other, which], np.int32), np.array([1.0, upper[other]]))
    return bool(fresh)
