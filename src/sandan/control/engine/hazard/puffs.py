"""Gaussian puffs over a wind that changes: concentration, dose and time of arrival."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sandan.control.engine.hazard.emission import let_out
from sandan.control.engine.hazard.kernels import add_to_grid, add_to_receptors, take_step
from sandan.control.engine.hazard.quantities import concentration_per_ppm, levels_of, met
from sandan.control.engine.hazard.sigma import default_set, find_set, sigma_sets
from sandan.control.engine.hazard.transport import Puffs, Transport
from sandan.control.model.hazard import (
    Exposure,
    Floats,
    Grid,
    HazardParams,
    HazardProblem,
    HazardResult,
    MassBalance,
    Model,
    Note,
    Receptors,
)
from sandan.words import Text

LOOKS = 120
"""A lone puff is looked at so many times a step at most."""


class _Field:
    """The grid's exposure as it grows."""

    def __init__(self, grid: Grid, levels: Floats, exponent: float, per_ppm: float) -> None:
        shape = (grid.rows, grid.columns)
        self.grid, self.levels, self.exponent, self.per_ppm = grid, levels, exponent, per_ppm
        self.now, self.peak, self.dose = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.arrival = np.full((len(levels), *shape), math.inf)

    def take(self, puffs: Puffs, middle: Floats, begin: float, step: float) -> None:
        grid = self.grid
        box = add_to_grid(
            self.now, grid.west, grid.south, grid.spacing, puffs.x, puffs.y, puffs.across, middle
        )
        take_step(
            self.now, box, begin, step, self.exponent, self.per_ppm, self.levels,
            self.peak, self.dose, self.arrival,
        )  # fmt: skip

    def exposure(self) -> Exposure:
        return Exposure(self.peak, self.dose, self.arrival, self.exponent)


class _People:
    """The receptors' exposure as it grows; they are kept sorted from west to east."""

    def __init__(
        self, places: Receptors, levels: Floats, exponent: float, per_ppm: float, steps: int
    ) -> None:
        self.order = np.argsort(places.x, kind="stable")
        self.x, self.y = places.x[self.order].astype(np.float64), places.y[self.order].astype(np.float64)
        count = len(self.x)
        self.levels, self.exponent, self.per_ppm = levels, exponent, per_ppm
        self.peak, self.dose = np.zeros(count), np.zeros(count)
        self.arrival = np.full((len(levels), count), math.inf)
        self.series = np.zeros((steps, count))

    def take(self, at: int, puffs: Puffs, middle: Floats, begin: float, step: float, share: float) -> None:
        now = np.zeros(len(self.x))
        add_to_receptors(now, self.x, self.y, puffs.x, puffs.y, puffs.across, middle)
        np.maximum(self.peak, now, out=self.peak)
        ppm = now / self.per_ppm
        self.dose += (ppm if self.exponent == 1 else ppm**self.exponent) * (step / 60)
        for level, arrival in zip(self.levels, self.arrival, strict=True):
            arrival[(now >= level) & (arrival > begin)] = begin
        self.series[at] += now * share

    def exposure(self) -> tuple[Exposure, Floats]:
        back = np.argsort(self.order, kind="stable")
        people = Exposure(self.peak[back], self.dose[back], self.arrival[:, back], self.exponent)
        return people, self.series[:, back]


def disperse_puffs(problem: HazardProblem, params: HazardParams) -> HazardResult:
    """Concentration [kg/m³], dose [ppmⁿ·min] and arrival [s] of a release as Gaussian puffs.

    The fields are (rows, columns) of the grid, the series (steps, receptors). Each puff is
    M/((2π)^1.5·σy²·σz) · exp(−r²/2σy²) · [exp(−(z−h)²/2σz²) + exp(−(z+h)²/2σz²)]; it moves with the
    wind at the release's height (power law), and where the stability changes it grows on from the
    distance at which the new class would have made it as wide as it is. σx = σy. What a step shows
    is its end; an arrival is told as the beginning of the step in which it fell. Sources: CCPS (1999)
    pp. 97–101; virtual distances after US EPA (1995), EPA-454/B-95-003b. `InvalidInput` for an
    unknown set of σ.
    """
    release, weather = problem.release, problem.weather
    chosen = params.sigma_set or default_set(
        params.terrain, release.duration < 2 * params.puff_interval and not release.indoors
    )
    find_set(chosen)
    per_ppm = concentration_per_ppm(release.substance.molar_mass, weather)
    levels = levels_of(problem.thresholds, per_ppm)
    exponent = release.substance.dose_exponent or 1.0
    grids = [*([problem.grid] if problem.grid else []), *problem.closer]
    fields = [_Field(grid, levels, exponent, per_ppm) for grid in grids]
    people = (
        _People(problem.receptors, levels, exponent, per_ppm, params.steps) if problem.receptors else None
    )
    transport = Transport(release, weather, params, chosen)
    for at in range(params.steps):
        looks = _looks(transport, params)
        length = params.step / looks
        for look in range(looks):
            begin = at * params.step + look * length
            transport.advance(begin + length)
            puffs = transport.puffs()
            middle = puffs.at_height(params.height, release.height)
            for field in fields:
                field.take(puffs, middle, begin, length)
            if people is not None:
                people.take(at, puffs, middle, begin, length, 1 / looks)
    told = people.exposure() if people is not None else None
    seen = [field.exposure() for field in fields]
    end = params.step * params.steps
    out = let_out(release, end)
    return HazardResult(
        model=Model.GAUSSIAN_PUFF,
        sigma_set=chosen,
        stability=met(weather, end),
        times=np.asarray(params.step * (np.arange(params.steps) + 1.0), np.float64),
        thresholds=problem.thresholds,
        levels=levels,
        per_ppm=per_ppm,
        field=seen.pop(0) if problem.grid else None,
        people=told[0] if told else None,
        series=told[1] if told else None,
        mass=MassBalance(out, transport.airborne, transport.out - transport.airborne, out - transport.out),
        notes=_notes(problem, params, chosen, transport),
        closer=seen,
    )


def _looks(transport: Transport, params: HazardParams) -> int:
    """A short cloud flies over a place within a step: it is looked at each time it has moved 0.7 σ, so that
    the peak of a place between two looks is at most 6 % higher."""
    if transport.release.indoors or transport.release.duration >= params.step:
        return 1
    return int(np.clip(math.ceil(transport.pace * params.step / 0.7), 1, LOOKS))


def _notes(problem: HazardProblem, params: HazardParams, chosen: str, transport: Transport) -> Sequence[Note]:
    known, release = sigma_sets()[chosen], problem.release
    notes = [
        Note(
            Text(
                f"확산계수는 '{known.name.ko}'이며 {known.nearest:g}~{known.farthest:g} m에서 유효합니다.",
                f"The set of σ is {known.name.en}, made for {known.nearest:g} to {known.farthest:g} m.",
            )
        )
    ]
    if known.terrain not in ("any", params.terrain.value):
        notes.append(
            Note(
                Text(
                    "확산계수의 지형이 이곳의 지형과 다릅니다.",
                    "The set of σ was made for another terrain than this one.",
                )
            )
        )
    if transport.calm:
        notes.append(
            Note(
                Text(
                    f"바람이 {params.calm:g} m/s보다 약한 동안은 어느 방향으로든 퍼질 수 있습니다. "
                    "가까운 곳은 방향과 관계없이 위험하다고 보십시오.",
                    f"While the wind is below {params.calm:g} m/s the gas may spread any way; "
                    "treat everything nearby as exposed.",
                ),
                serious=True,
            )
        )
    if release.substance.dose_exponent is None:
        notes.append(
            Note(
                Text(
                    "독성 지수 n이 설정되지 않아 누적 노출을 농도×시간으로 계산하였습니다.",
                    "No toxic exponent n is set, so the dose is concentration times time.",
                )
            )
        )
    return tuple(notes)
