"""Where to look: a grid as fine as it can be for each threshold, found by a first coarse look.

The areas of two thresholds may differ a hundredfold, so each gets a grid of its own that fits it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sandan.control.engine.hazard import disperse
from sandan.control.engine.hazard.contours import touches_rim
from sandan.control.engine.hazard.dense import mean_wind
from sandan.control.model.hazard import Floats, Grid, HazardParams, HazardProblem, square_grid

REACHES = (150.0, 600.0, 2_400.0, 8_000.0)
"""Metres each way of the first looks, all taken at once; the last is the farthest."""
FIRST_CELLS = 61
"""Odd, so that a straight plume runs along the middle of a row of cells."""
CELLS = 16_000
"""Of the grid that fits an area."""
NEAR = 1
"""Number of the look that a second grid near the source is fitted to…"""
COARSE = 8.0
"""…where the cells [m] of the area's own are larger than this: a narrow track would have a gap there."""
ROOM = 1.5
"""Coarse cells left free around what was seen."""
FINEST = 0.5
"""Metres of a cell at least."""


@dataclass(frozen=True, slots=True)
class Look:
    """A grid for each threshold, and whether the cloud goes on beyond the farthest look."""

    grids: Sequence[Grid]
    beyond: bool
    nearer: Sequence[tuple[int, Grid]] = ()
    """A second, closer grid around the source for the number of a threshold whose own is coarse there."""


def turn_downwind(problem: HazardProblem, params: HazardParams) -> tuple[HazardProblem, float]:
    """The same release in a wind that, in the mean, blows along +x, and by how much to turn back.

    Counter-clockwise in radians. Cells along a plume follow it more closely than cells across it. Receptors
    are to be turned by who gives them; grids are left out.
    """
    until = min(max(problem.release.duration, params.step), params.step * params.steps)
    wind = mean_wind(problem.weather, until)
    back = math.atan2(wind.north, wind.east) if wind.speed > 0 else 0.0
    weather = dataclasses.replace(problem.weather, direction=problem.weather.direction + math.degrees(back))
    look = square_grid(REACHES[-1], 2) if problem.grid is None else problem.grid
    return dataclasses.replace(problem, weather=weather, grid=look, closer=(), receptors=None), back


def turn(x: Floats, y: Floats, by: float) -> tuple[Floats, Floats]:
    """Positions turned counter-clockwise around the origin by so many radians."""
    c, s = math.cos(by), math.sin(by)
    return np.asarray(c * x - s * y, np.float64), np.asarray(s * x + c * y, np.float64)


def look_around(problem: HazardProblem, params: HazardParams) -> Look:
    """Look coarsely at all distances at once and fit a grid to the area of each threshold.

    Errors as `disperse`.
    """
    around = [square_grid(reach, FIRST_CELLS) for reach in REACHES]
    asked = dataclasses.replace(problem, grid=around[0], closer=around[1:], receptors=None)
    seen = disperse(asked, params)
    assert seen.field is not None
    fields = [seen.field.peak, *(one.peak for one in seen.closer)]
    numbers = [_closest(fields, around, float(level)) for level in seen.levels]
    grids = [
        fit_grid(fields[number], around[number], float(level))
        for number, level in zip(numbers, seen.levels, strict=True)
    ]
    nearer = [
        (at, fit_grid(fields[NEAR], around[NEAR], float(seen.levels[at])))
        for at, (number, grid) in enumerate(zip(numbers, grids, strict=True))
        if number > NEAR and grid.spacing > COARSE
    ]
    beyond = any(touches_rim(fields[-1], float(level)) for level in seen.levels)
    return Look(grids or [around[-1]], beyond, nearer)


def _closest(fields: Sequence[Floats], grids: Sequence[Grid], level: float) -> int:
    """The number of the smallest grid that holds the whole area, which may begin away from the source."""
    number = len(fields) - 1
    while number > 0:
        rows, columns = np.nonzero(fields[number] >= level)
        reach = REACHES[number - 1]
        far = np.abs([*grids[number].x[columns], *grids[number].y[rows]]).max(initial=0.0)
        if far > reach or touches_rim(fields[number - 1], level):
            break
        number -= 1
    return number


def fit_grid(field: Floats, grid: Grid, level: float, cells: int = CELLS) -> Grid:
    """About so many square cells over where `field` passes `level`; over the middle of `grid` if nowhere."""
    rows, columns = np.nonzero(field >= level)
    if not len(rows):
        rows = columns = np.array([field.shape[0] // 2 - 2, field.shape[0] // 2 + 2])
    room = ROOM * grid.spacing
    west, east = (float(grid.x[at]) for at in (columns.min(), columns.max()))
    south, north = (float(grid.y[at]) for at in (rows.min(), rows.max()))
    return _cover(west - room, south - room, east + room, north + room, cells)


def grown_grid(grid: Grid, by: float, cells: int) -> Grid:
    """A grid over `by` times the width and height, the origin among it, of about so many cells."""
    wide, tall = grid.columns * grid.spacing * (by - 1) / 2, grid.rows * grid.spacing * (by - 1) / 2
    west, south = min(grid.west, 0.0), min(grid.south, 0.0)
    east = max(grid.west + grid.columns * grid.spacing, 0.0)
    north = max(grid.south + grid.rows * grid.spacing, 0.0)
    return _cover(west - wide, south - tall, east + 2 * wide, north + tall, cells)


def _cover(west: float, south: float, east: float, north: float, cells: int) -> Grid:
    spacing = max(math.sqrt((east - west) * (north - south) / cells), FINEST)
    columns, rows = (max(2, math.ceil(side / spacing)) for side in (east - west, north - south))
    return Grid(west, south, spacing, columns, rows)
