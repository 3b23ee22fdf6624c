"""What is tried for each place: errors of the wind and strengths of the source, coarse first, then fine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, hypot, log

import numpy as np
from numpy.typing import NDArray

from sandan.control.engine.odour.evidence import LOG_STEP
from sandan.control.engine.odour.plume import STEP, tabulate_plume
from sandan.control.model.odour import OdourParams, OdourProblem, Shape

Array = NDArray[np.float64]

COARSE_ANGLE, FINE_ANGLE = float(np.radians(7.5)), float(np.radians(2.0))
COARSE_STRIDE, FINE_STRIDE = 8, 2
_BLUNT = log(2.0)
"""What a cell's width adds to the error of a reading on a coarse grid."""
_NEGLIGIBLE = 1e-6
"""Weight below which an error or a strength is not tried again on the fine grid."""

_HOPELESS = 25.0
"""So far behind in ln L a shape is dropped: coarse grids err by tens."""


@dataclass(frozen=True, slots=True)
class Tried:
    """Errors common to all windows and their weights, those of each window, and strengths.

    Angles are whole numbers of `step` [rad]; strengths are exp(`lowest` + k·stride·LOG_STEP), k < `rates`.
    """

    step: float
    bias: NDArray[np.int64]
    bias_weight: Array
    spread: NDArray[np.int64]
    spread_weight: Array
    lowest: float
    rates: int
    stride: int
    sigma: float
    shapes: Sequence[Shape]

    @property
    def log_rate(self) -> Array:
        """ln of the strengths tried."""
        found: Array = self.lowest + LOG_STEP * self.stride * np.arange(self.rates, dtype=np.float64)
        return found


def try_all(params: OdourParams, rate: tuple[float, float]) -> Tried:
    """Everything that is possible, in coarse steps."""
    bias, spread = _errors(params.bias_sd, COARSE_ANGLE), _errors(params.spread_sd, COARSE_ANGLE)
    rates = ceil(log(rate[1] / rate[0]) / (COARSE_STRIDE * LOG_STEP)) + 1
    sigma = hypot(params.sigma, _BLUNT)
    shifts = range(-params.class_error, params.class_error + 1)
    shapes = [Shape(one, shift) for one in params.sigma_sets for shift in shifts]
    return Tried(COARSE_ANGLE, *bias, *spread, log(rate[0]), rates, COARSE_STRIDE, sigma, shapes)


def drop_shapes(tried: Tried, found: Array) -> Tried:
    """Without the shapes whose ln L, on a coarse grid, leaves them no chance."""
    kept = [shape for shape, one in zip(tried.shapes, found, strict=True) if one > found.max() - _HOPELESS]
    return replace(tried, shapes=kept)


def narrow_down(tried: Tried, params: OdourParams, bias_found: Array, rate_found: Array) -> Tried:
    """What is left to be tried in fine steps, given the weights that coarse ones were found to have."""
    bias, bias_weight = _errors(params.bias_sd, FINE_ANGLE)
    spread = _errors(params.spread_sd, FINE_ANGLE)
    low, high = _span(bias_found)
    degrees = bias * FINE_ANGLE
    near = (degrees >= (tried.bias[low] - 1) * tried.step) & (degrees <= (tried.bias[high] + 1) * tried.step)
    low, high = _span(rate_found)
    low, high = max(low - 1, 0), min(high + 1, tried.rates - 1)
    rates = (high - low) * tried.stride // FINE_STRIDE + 1
    lowest = float(tried.log_rate[low])
    return Tried(
        FINE_ANGLE,
        bias[near],
        bias_weight[near],
        *spread,
        lowest,
        rates,
        FINE_STRIDE,
        params.sigma,
        tried.shapes,
    )


def guess_rates(problem: OdourProblem, params: OdourParams) -> tuple[float, float]:
    """The range of strengths [unit·㎥/s] that could have made the highest reading, near by or far off."""
    raised = problem.reading[np.isfinite(problem.reading)]
    level = float(raised.max()) if len(raised) else 0.0
    if problem.complaints and params.smelled_at is not None:
        level = max(level, params.smelled_at)
    floors = np.concatenate([problem.sensors.detection, problem.sensors.background])
    level = max(level, float(floors.max(initial=0.0)))
    area = problem.area
    reach = float(np.hypot(area.east - area.west, area.north - area.south))
    kinds = sorted(set(problem.wind.stability))
    axis = np.concatenate(
        [
            tabulate_plume(
                kinds, one, reach, source_height=0, sensor_height=params.sensor_height, width=0, blur=0
            )[0]
            for one in params.sigma_sets
        ]
    )
    speed = float(np.median(np.maximum(problem.wind.speed, params.calm)))
    near, far = axis[:, int(50 / STEP) : int(50 / STEP) + 1].max(), axis[:, -1].min()
    return level * speed / float(np.exp(near)) / 5, level * speed / float(np.exp(far)) * 5


def _errors(sd: float, step: float) -> tuple[NDArray[np.int64], Array]:
    """A normal error [°] in whole steps [rad] out to 2.6 standard deviations, and their weights."""
    sd = float(np.radians(sd))
    steps = ceil(2.6 * sd / step - 1e-9)
    angle = np.arange(-steps, steps + 1)
    weight = np.exp(-((angle * step / sd) ** 2) / 2) if steps else np.ones(1)
    return angle, weight / weight.sum()


def _span(weight: Array) -> tuple[int, int]:
    """First and last position whose weight is not negligible."""
    kept = np.flatnonzero(weight > _NEGLIGIBLE * weight.max())
    return int(kept[0]), int(kept[-1])
