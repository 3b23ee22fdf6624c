"""How far one place explains what was read: what speaks for it, and what speaks against it.

A search finds the best single place whether or not there is only one. Two sources at once give a small,
sure-looking region that holds one of them at best; the readings that no single place explains tell.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sandan.control.engine.odour.plume import STEP, tabulate_plume
from sandan.control.model.odour import OdourParams, OdourProblem, SourceMap, Wind

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

RAISED = 3.0
"""A reading this many times its sensor's floor is raised."""
_BEYOND = 2.5
"""Standard deviations of ln(reading) that a reading may lie above what was expected."""
_TURNS = np.linspace(-2.0, 2.0, 9)
"""Errors of the wind's direction that are allowed, in standard deviations."""
_SMELLS = 10.0
"""A sensor that should have told so many times its floor and was not raised speaks against a place."""


@dataclass(frozen=True, slots=True)
class PlaceFit:
    """What one place says of the readings, masks of shape (windows, sensors)."""

    explained: Mask
    """Raised, and no more than a source there may have brought."""
    unexplained: Mask
    """Raised beyond what any source there would have brought."""
    silent: Mask
    """Not raised, though the plume of a source there would have passed."""


def raised_readings(problem: OdourProblem) -> Mask:
    """Which readings are raised, shape (windows, sensors)."""
    raised: Mask = problem.reading > RAISED * _floor(problem)
    return raised


def cut_to_smell(problem: OdourProblem) -> OdourProblem:
    """The problem from the first window that smelled to the last: raised readings or complaints.

    Before and after, a source may simply not have smelled: taken for evidence, that quiet moves the region
    away from a short smell. Where nothing smelled the problem stays as it is.
    """
    smelled: Mask = np.asarray(raised_readings(problem).any(axis=1))
    smelled[[one.window for one in problem.complaints]] = True
    if not smelled.any():
        return problem
    first, last = int(smelled.argmax()), len(smelled) - int(smelled[::-1].argmax())
    wind = problem.wind
    return replace(
        problem,
        wind=Wind(wind.speed[first:last], wind.direction[first:last], list(wind.stability)[first:last]),
        reading=problem.reading[first:last],
        complaints=[replace(one, window=one.window - first) for one in problem.complaints],
    )


def fit_place(
    found: SourceMap,
    problem: OdourProblem,
    x: float,
    y: float,
    slack: float,
    params: OdourParams | None = None,
) -> PlaceFit:
    """How a source at a place [m], within `slack` [m] of it, explains the readings.

    Explained is a raised reading that the plume reaches at the upper end of the strengths found, with the
    wind turned by the bias found and up to two standard deviations of its error, within 2.5 standard
    deviations of ln(reading). Silent is a sensor that the plume of the lower strength, in the wind as it is
    estimated, would have given ten times its floor.
    """
    params = params or OdourParams()
    plume = _Plume(found, problem, params)
    mean, sd = found.bias
    errors = mean + _TURNS * float(np.hypot(sd, params.spread_sd))
    spots = [(x, y), (x + slack, y), (x - slack, y), (x, y + slack), (x, y - slack)]
    most = np.max([plume.at(*spot, found.rate[2], turn) for spot in spots for turn in errors], axis=0)
    least = plume.at(x, y, found.rate[0], mean)
    floor, raised = _floor(problem), raised_readings(problem)
    reached = problem.reading <= np.exp(_BEYOND * params.sigma) * (most + floor)
    silent = np.isfinite(problem.reading) & ~raised & (least > _SMELLS * floor)
    return PlaceFit(raised & reached, raised & ~reached, silent)


class _Plume:
    """The plume that fits best, over all windows and sensors at once."""

    def __init__(self, found: SourceMap, problem: OdourProblem, params: OdourParams) -> None:
        shape, area = found.shapes[0][0], problem.area
        classes = shape.classes(problem.wind.stability)
        kinds = sorted(set(classes))
        self._problem = problem
        self._kind = np.array([kinds.index(one) for one in classes])[:, None]
        self._speed = np.maximum(problem.wind.speed, params.calm)[:, None]
        self._axis, self._narrow = tabulate_plume(
            kinds,
            shape.sigma_set,
            1.2 * float(np.hypot(area.east - area.west, area.north - area.south)),
            source_height=params.source_height,
            sensor_height=params.sensor_height,
            width=found.cell,
            blur=0.0,
        )

    def at(self, x: float, y: float, rate: float, turn: float) -> Array:
        """Concentrations of a source at a place with the wind turned by so many degrees."""
        toward = np.radians(self._problem.wind.direction + turn)[:, None] + np.pi
        dx, dy = self._problem.sensors.x - x, self._problem.sensors.y - y
        along, across = np.sin(toward) * dx + np.cos(toward) * dy, np.cos(toward) * dx - np.sin(toward) * dy
        bin_ = np.clip((along / STEP + 0.5).astype(np.int64), 0, self._axis.shape[1] - 1)
        log = self._axis[self._kind, bin_] - across**2 * self._narrow[self._kind, bin_]
        found: Array = np.where(along > 0, rate / self._speed * np.exp(log), 0.0)
        return found


def _floor(problem: OdourProblem) -> Array:
    floor: Array = np.maximum(problem.sensors.background, problem.sensors.detection)
    return floor
