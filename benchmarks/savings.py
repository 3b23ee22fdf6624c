"""Savings: factories whose truth is known; does the interval hold it, is nothing claimed for nothing?

python -m benchmarks savings [--cases 200] [--dry]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.registry import workload
from benchmarks.report import machine, table, write
from sandan.energy.engine.savings import between, fit_baseline, kinds, saving
from sandan.energy.model.savings import Days, Saving, SavingParams

FIRST = 19_723
"""1 January 2024."""


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of case."""

    name: str
    saved: float
    before: int = 365
    after: int = 175
    production_known: bool = True


SORTS = (
    Sort("8 % saved, a year before", 0.08),
    Sort("nothing saved, a year before", 0.0),
    Sort("nothing saved, nine months before", 0.0, 270, 180),
    Sort("8 % saved, half a year before", 0.08, 180, 180),
    Sort("nothing saved, production not told", 0.0, production_known=False),
)
WAYS = ("ashrae", "regression", "bootstrap", "held_out")


@workload("savings", "intervals of savings against made-up factories whose truth is known")
def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks savings")
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--dry", action="store_true", help="write no page")
    chosen = parser.parse_args(arguments)
    rows, good = [], True
    params = SavingParams(least_span=1)
    for number, sort in enumerate(SORTS):
        began = time.process_time()
        told = [_case(1000 * number + seed, sort, params) for seed in range(chosen.cases)]
        each = (time.process_time() - began) / chosen.cases
        off = np.array([abs(found.kwh - truth) for found, truth in told])
        halves = {way: np.array([getattr(found.uncertainty, way) for found, _ in told]) for way in WAYS}
        held = np.mean(off <= np.array([found.uncertainty.half for found, _ in told]))
        claims = np.mean([found.believable for found, _ in told])
        if sort.before >= 365 and sort.production_known:
            good = good and held >= 0.9 and (sort.saved > 0 or claims <= 0.05)
        rows.append(
            [
                sort.name,
                f"{held:.1%}",
                f"{claims:.1%}",
                f"±{np.median([found.uncertainty.half / found.baseline_kwh for found, _ in told]):.1%}",
                " / ".join(f"{np.mean(off <= halves[way]):.0%}" for way in WAYS),
                f"{each * 1000:.0f} ms",
            ]
        )
    head = [
        "case",
        "interval holds the truth",
        "believed",
        "median half-width",
        "each way alone: ASHRAE / regression / bootstrap / held out",
        "CPU a case",
    ]
    text = (
        f"## Savings\n\n{chosen.cases} made-up factories a row, 95 % confidence. Goals of the first two "
        "rows: the truth held in 90 %, at most 5 % believed where nothing was saved. The limit on the length "
        f"of the baseline is off here. {machine()}.\n\n"
        f"{table(head, rows)}"
    )
    print(text)
    if not chosen.dry:
        write("savings", text)
    return 0 if good else 1


def _case(seed: int, sort: Sort, params: SavingParams) -> tuple[Saving, float]:
    days = _factory(seed, sort)
    cut = FIRST + sort.before
    after = between(days, cut, cut + sort.after)
    truth = sort.saved * float(after.energy.sum())
    done = replace(after, energy=after.energy * (1 - sort.saved))
    return saving(fit_baseline(between(days, FIRST, cut)), done, params=params), truth


def _factory(seed: int, sort: Sort) -> Days:
    """Kinds of day, heating, cooling and wandering output, with 5 % of AR(1) noise, ρ from 0 to 0.7."""
    rng = np.random.default_rng(seed)
    n = sort.before + sort.after
    day = FIRST + np.arange(n)
    kind = kinds(day, ())
    weather = 13 - 14 * np.cos(2 * np.pi * (np.arange(n) - 20) / 365.25) + _ar(rng, n, 0.7, 3.0)
    base = rng.uniform(1000, 4000)
    energy = np.array([base, base * rng.uniform(0.5, 0.9), base * rng.uniform(0.3, 0.6)])[kind]
    energy = energy + rng.uniform(0, 60) * np.maximum(rng.uniform(8, 14) - weather, 0)
    energy = energy + rng.uniform(20, 120) * np.maximum(weather - rng.uniform(18, 24), 0)
    tonnes = np.maximum(60 + _ar(rng, n, 0.9, 15.0), 0) * np.array([1.0, 0.5, 0.05])[kind]
    energy = energy + rng.uniform(15, 50) * tonnes
    energy = energy + _ar(rng, n, rng.uniform(0, 0.7), 0.05 * float(energy.mean()))
    return Days(day, energy, kind, weather, {"tonnes": tonnes} if sort.production_known else {})


def _ar(rng: np.random.Generator, n: int, rho: float, sigma: float) -> NDArray[np.float64]:
    drawn = rng.standard_normal(n) * sigma * np.sqrt(1 - rho**2)
    drawn[0] = rng.standard_normal() * sigma
    for i in range(1, n):
        drawn[i] += rho * drawn[i - 1]
    return drawn
