"""A leak in a turning wind: a field of a quarter million cells, 20,000 receptors, an ensemble.

python -m benchmarks hazard [--runs 3] [--naive-steps 3] [--dry] [--no-page]

The peers are the same puffs as anybody would first write them in NumPy: every puff over every cell
(some of the steps, the rest reckoned from the puffs they hold), and as products of rows and columns.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from os import getloadavg
from statistics import median

import numpy as np

from benchmarks.hazard_click import ask_for_areas
from benchmarks.registry import workload
from benchmarks.report import machine, table, write
from sandan.control.engine.hazard.contours import contour
from sandan.control.engine.hazard.ensemble import WindError, disperse_ensemble
from sandan.control.engine.hazard.puffs import disperse_puffs
from sandan.control.engine.hazard.transport import Puffs, Transport
from sandan.control.model.hazard import (
    Floats,
    Grid,
    HazardParams,
    HazardProblem,
    Receptors,
    Release,
    Stability,
    Weather,
)
from sandan.control.model.substances import substances, thresholds

FIELD_GOAL, PEOPLE_GOAL, AREA_GOAL = 0.2, 1.5, 1.0
"""Seconds: 500×500 cells over 60 steps, 20,000 receptors over 60 steps, from a release to an area."""
CELLS, PEOPLE, STEPS = 500, 20_000, 60
SET = "briggs_urban"


def make_problem(seed: int) -> tuple[HazardProblem, HazardProblem]:
    """An hour of ammonia in a wind that wanders: over a grid, and over receptors."""
    chance = np.random.default_rng(seed)
    ammonia = substances()["ammonia"]
    direction = 270 + np.cumsum(chance.normal(0, 4, STEPS))
    weather = Weather(
        np.arange(STEPS) * 60.0, direction, np.full(STEPS, 3.0), (Stability.D,) * STEPS, height=10.0
    )
    release = Release(ammonia, 3600.0, rate=5.0, height=2.0)
    levels = [t for t in thresholds() if t.substance == "ammonia" and t.scale == "ERPG"][:3]
    grid = Grid(-500, -2500, 10, CELLS, CELLS)
    places = Receptors(chance.uniform(-500, 4500, PEOPLE), chance.uniform(-2500, 2500, PEOPLE))
    return (
        HazardProblem(release, weather, grid, None, levels),
        HazardProblem(release, weather, None, places, levels),
    )


def timed(work: Callable[[], object], runs: int) -> float:
    """The median of so many runs [s of CPU], after one that compiles."""
    work()
    taken = []
    for _ in range(runs):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return median(taken)


def follow(problem: HazardProblem, params: HazardParams) -> list[Puffs]:
    """The puffs at the end of each step."""
    transport = Transport(problem.release, problem.weather, params, SET)
    seen = []
    for at in range(params.steps):
        transport.advance((at + 1) * params.step)
        seen.append(transport.puffs())
    return seen


def add_naively(grid: Grid, puffs: Puffs, params: HazardParams, height: float) -> Floats:
    """Every puff over every cell."""
    x, y = np.meshgrid(grid.x, grid.y)
    field = np.zeros_like(x)
    middle = puffs.at_height(params.height, height)
    for k, s in enumerate(puffs.across):
        field += middle[k] * np.exp(-((x - puffs.x[k]) ** 2 + (y - puffs.y[k]) ** 2) / (2 * s**2))
    return field


def add_by_products(grid: Grid, puffs: Puffs, params: HazardParams, height: float) -> Floats:
    """A Gaussian is a row times a column: the sum over puffs is a product of matrices."""
    narrow = 1 / (2 * puffs.across[:, None] ** 2)
    rows = np.exp(-((grid.y[None] - puffs.y[:, None]) ** 2) * narrow)
    columns = np.exp(-((grid.x[None] - puffs.x[:, None]) ** 2) * narrow)
    return np.asarray((rows * puffs.at_height(params.height, height)[:, None]).T @ columns, np.float64)


@workload("hazard", "a release over 500×500 cells and 60 steps: at most 0.2 s; 20,000 receptors: 1.5 s")
def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks hazard")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--naive-steps", type=int, default=3)
    parser.add_argument("--no-page", action="store_true", help="leave out the area over HTTP")
    parser.add_argument("--dry", action="store_true", help="write no page")
    chosen = parser.parse_args(arguments)
    over_grid, over_people = make_problem(7)
    params = HazardParams(sigma_set=SET, puff_interval=20)
    grid = over_grid.grid
    assert grid is not None
    field = timed(lambda: disperse_puffs(over_grid, params), chosen.runs)
    people = timed(lambda: disperse_puffs(over_people, params), chosen.runs)

    def draw() -> None:
        result = disperse_puffs(over_grid, params)
        assert result.field is not None
        for level in result.levels:
            contour(result.field.peak, grid, float(level))

    area = timed(draw, chosen.runs)
    coarse = HazardProblem(
        over_grid.release, over_grid.weather, Grid(-500, -2500, 25, 200, 200), None, over_grid.thresholds
    )
    ensemble = timed(lambda: disperse_ensemble(coarse, params, WindError(10, 0.2, 20)), 1)

    seen = follow(over_grid, params)
    count = [len(puffs.x) for puffs in seen]
    height = over_grid.release.height
    begin = time.process_time()
    last = [add_by_products(grid, puffs, params, height) for puffs in seen][-1]
    products = time.process_time() - begin
    some = np.linspace(STEPS - 1, 0, chosen.naive_steps)[::-1].astype(int)
    begin = time.process_time()
    fields = [add_naively(grid, seen[at], params, height) for at in some]
    naive = (time.process_time() - begin) * sum(count) / sum(count[at] for at in some)
    result = disperse_puffs(over_grid, params)
    assert result.field is not None
    peak = np.max([add_by_products(grid, puffs, params, height) for puffs in seen], axis=0)
    differs = float(np.abs(result.field.peak - peak).max() / peak.max())
    agree = float(np.abs(fields[-1] - last).max() / last.max())
    intervals = math.ceil(params.step / params.puff_interval) * (STEPS + 1) / 2
    rows = [
        ["Sandan, field with peak, dose and arrivals", f"{field:.3f}", f"{FIELD_GOAL:g}", "1"],
        ["NumPy, rows × columns, field alone", f"{products:.3f}", "", f"{products / field:.1f}"],
        [f"NumPy, naive, field alone ({len(some)} of 60 steps)", f"{naive:.1f}", "", f"{naive / field:.0f}"],
        ["Sandan, field and three contours", f"{area:.3f}", f"{AREA_GOAL:g}", f"{area / field:.1f}"],
        [
            "Sandan, 20,000 receptors with series",
            f"{people:.3f}",
            f"{PEOPLE_GOAL:g}",
            f"{people / field:.1f}",
        ],
        ["Sandan, 20 winds over 200×200 cells", f"{ensemble:.3f}", "", f"{ensemble / field:.1f}"],
    ]
    # Last, since the rows above are CPU time of this process and these are what a person waits.
    pages = [] if chosen.no_page else ask_for_areas()
    about = (
        f"{CELLS}×{CELLS} cells, {STEPS} steps, {intervals:.0f} puffs on average, cut into "
        f"{sum(count) / STEPS:.0f} so that they blend. Median of {chosen.runs}."
    )
    check = (
        f"The peak fields differ by {differs:.1e} of the highest value (Sandan stops at 5 σ); the two "
        f"peers by {agree:.1e}. σ set {SET}. Over HTTP each request states another release of ammonia or "
        "chlorine in a demo of 200 firms and is answered with the area and its band: wall clock, beside "
        f"whatever else the machine did (load {getloadavg()[0]:.1f} at the end). "
        f"numpy {version('numpy')}, numba {version('numba')}, {machine()}."
    )
    head = table(["what", "CPU seconds", "allowed", "ratio"], [*rows, *pages])
    text = "\n\n".join(["## A release into a turning wind", about, head, check])
    print(text)
    if not chosen.dry:
        write("hazard", text)
    return 0 if field <= FIELD_GOAL and people <= PEOPLE_GOAL and area <= AREA_GOAL else 1
