"""How sure the area is, reckoned from a few winds instead of many.

To turn the whole wind is to turn the whole answer. So only the strength of the wind is computed anew,
in a few strata of equal chance; the error of its direction is a weighted mean over a turn of what
these show, which needs no draws and has no noise. `disperse_ensemble` is the same by drawing winds.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from shapely import MultiPolygon

from sandan.control.engine.hazard import disperse
from sandan.control.engine.hazard.contours import contour, touches_rim
from sandan.control.engine.hazard.ensemble import WindError
from sandan.control.engine.hazard.kernels import sample_above
from sandan.control.engine.hazard.looking import REACHES, grown_grid
from sandan.control.model.hazard import Floats, Grid, HazardParams, HazardProblem, HazardResult

STRATA = 5
"""Strengths of the wind, the middle one as measured."""
MEMBER_CELLS = 6_000
RADII, ANGLES = 160, 480
BAND_CELLS = 20_000
NARROW = math.exp(-(NormalDist().inv_cdf(0.9) ** 2) / 2)
"""Of the likeliest direction's chance: between the two ends where a Gaussian falls to it lie four fifths."""
NARROW_BELOW = 0.25
"""A cloud is narrow when the likeliest direction has less than this of the winds that carry it so far."""
GROWTH = 1.6
"""By which a grid grows that turned out too small for a weaker wind."""


@dataclass(frozen=True, slots=True)
class Chances:
    """Of one threshold: the share of winds that reach a place, (radii, angles), out to `furthest` [m]."""

    share: Floats
    furthest: float
    reach: Floats
    """The share of winds in which it is passed at a distance in whatever direction, (radii,)."""

    def possible(self, chance: float) -> Chances:
        """The same, so scaled that 1 is where a place counts as possible.

        That is where at least `chance` of the winds reach; and for a cloud so narrow that hardly any one
        place is reached by so many, the directions that four winds of five carry it.
        """
        most, passed = self.share.max(axis=1), self.reach >= chance
        narrow = bool(passed.any()) and float(np.median(most[passed] / self.reach[passed])) < NARROW_BELOW
        least = np.minimum(chance, NARROW * most) if narrow else np.full(len(most), chance)
        counts = passed & (least > 0)
        scaled = np.where(counts[:, None], self.share / np.where(counts, least, 1.0)[:, None], 0.0)
        return Chances(scaled, self.furthest, self.reach)

    def at(self, x: Floats, y: Floats) -> Floats:
        """At places [m] around the origin; 0 beyond."""
        radii, angles = self.share.shape
        away = np.hypot(x, y) / self.furthest * (radii - 1)
        around = np.arctan2(y, x) / (2 * np.pi) * angles
        r = np.minimum(away.astype(np.int64), radii - 2)
        a = np.floor(around).astype(np.int64)
        u, v = away - r, around - a
        here, beyond = a % angles, (a + 1) % angles
        value = (1 - u) * ((1 - v) * self.share[r, here] + v * self.share[r, beyond]) + u * (
            (1 - v) * self.share[r + 1, here] + v * self.share[r + 1, beyond]
        )
        return np.where(away <= radii - 1, value, 0.0)

    def area(self, chance: float) -> MultiPolygon:
        """Where at least that share of the winds reaches, in metres around the origin."""
        enough = np.nonzero(self.share.max(axis=1) >= chance)[0]
        if not len(enough):
            return MultiPolygon()
        side = min(self.furthest, self.furthest * (int(enough[-1]) + 2) / (self.share.shape[0] - 1))
        cells = int(math.sqrt(BAND_CELLS))
        grid = Grid(-side, -side, 2 * side / cells, cells, cells)
        x, y = np.meshgrid(grid.x, grid.y)
        return contour(self.at(x, y), grid, chance)


def weigh_winds(
    problem: HazardProblem,
    central: HazardResult,
    grids: Sequence[Grid],
    params: HazardParams,
    error: WindError,
) -> list[Chances]:
    """The share of the winds that may be the true one in which each place passes each threshold.

    `grids` are those that fit the thresholds in the wind as measured, one each; the release stands at
    the origin. The direction's error is Gaussian, the speed's too in its logarithm. Errors as `disperse`.
    """
    growth = 1 + 2 * error.speed
    wide = [grown_grid(grid, growth, MEMBER_CELLS) for grid in grids]
    params = dataclasses.replace(params, model=central.model, sigma_set=central.sigma_set)
    strata = [(n + 0.5) / STRATA for n in range(STRATA)] if error.speed > 0 else [0.5]
    seen: list[list[tuple[Floats, Grid]]] = [[] for _ in grids]
    for stratum in strata:
        scale = math.exp(error.speed * NormalDist().inv_cdf(stratum))
        weather = dataclasses.replace(problem.weather, speed=problem.weather.speed * scale)
        windy = dataclasses.replace(problem, weather=weather, receptors=None)
        for into, one in zip(seen, _over(windy, wide, central.levels, params), strict=True):
            into.append(one)
    return [
        _turned(fields, float(level), error.direction)
        for fields, level in zip(seen, central.levels, strict=True)
    ]


def _over(
    problem: HazardProblem, grids: Sequence[Grid], levels: Floats, params: HazardParams
) -> list[tuple[Floats, Grid]]:
    """The peaks over grids that are wide enough for their thresholds."""
    grids = list(grids)
    peaks: dict[int, Floats] = {}
    waiting = list(range(len(grids)))
    while waiting:
        asked = dataclasses.replace(problem, grid=grids[waiting[0]], closer=[grids[n] for n in waiting[1:]])
        result = disperse(asked, params)
        assert result.field is not None
        for n, exposure in zip(waiting, [result.field, *result.closer], strict=True):
            peaks[n] = exposure.peak
        waiting = [
            n
            for n in waiting
            if touches_rim(peaks[n], float(levels[n])) and _furthest(grids[n]) < REACHES[-1]
        ]
        for n in waiting:
            grids[n] = grown_grid(grids[n], GROWTH, MEMBER_CELLS)
    return [(peaks[n], grid) for n, grid in enumerate(grids)]


def _furthest(grid: Grid) -> float:
    sides = (grid.west, grid.west + grid.columns * grid.spacing)
    ends = (grid.south, grid.south + grid.rows * grid.spacing)
    return max(abs(side) for side in (*sides, *ends))


def _turned(fields: Sequence[tuple[Floats, Grid]], level: float, error: float) -> Chances:
    furthest = 0.0
    for peak, grid in fields:
        rows, columns = np.nonzero(peak >= level)
        if len(rows):
            furthest = max(furthest, float(np.hypot(grid.x[columns], grid.y[rows]).max()) + 2 * grid.spacing)
    furthest = furthest or fields[0][1].spacing
    share, reach = np.zeros((RADII, ANGLES)), np.zeros(RADII)
    for peak, grid in fields:
        before = share.copy()
        sample_above(share, peak, grid.west, grid.south, grid.spacing, level, furthest)
        reach += np.any(share > before, axis=1)
    share /= len(fields)
    reach = np.asarray(reach / len(fields), np.float64)
    if error > 0:
        # A Gaussian wrapped around the circle, as its Fourier series.
        wave = np.arange(ANGLES // 2 + 1)
        spread = np.exp(-((wave * math.radians(error)) ** 2) / 2)
        share = np.fft.irfft(np.fft.rfft(share, axis=1) * spread, ANGLES, axis=1)
    return Chances(np.clip(share, 0.0, 1.0), furthest, reach)
