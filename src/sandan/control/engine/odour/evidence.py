"""What each reading and complaint says of the concentration a source would bring there.

Each becomes a table over ln(concentration): how much more likely it is with that concentration than
without any source. Adding such tables is all that the search over places has to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erf

import numpy as np
from numpy.typing import NDArray

from sandan.control.model.odour import OdourParams, OdourProblem

LOG_STEP = 0.125
"""Spacing of ln(concentration); strengths are tried at multiples of it."""
_CLOSE_BY = 1.4
"""What closeness adds to the error of ln(reading): a source is no point, and a cell not a place."""
_ERF = np.vectorize(erf, otypes=[np.float64])


@dataclass(frozen=True, slots=True)
class Evidence:
    """Readings and complaints, sorted by window: place [m], window, and a row of `table` each.

    `table` has shape (2, observations, steps): log-likelihood over ln(concentration) = `low` + k·LOG_STEP,
    less that of no source; the second for sources close by, where a plume tells less.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    window: NDArray[np.int64]
    table: NDArray[np.float32]
    low: float


def weigh_evidence(problem: OdourProblem, params: OdourParams, highest: float, sigma: float) -> Evidence:
    """The tables of all readings and complaints in windows that are not calm, up to ln(conc.) `highest`.

    A reading is lognormal about concentration plus background with standard deviation `sigma`, censored
    below its detection limit; a share `odd_share` of readings may be anything. A complaint becomes likelier
    with concentration along a lognormal curve through one half at `smelled_at`; that nobody complained
    says nothing.
    """
    sensors = problem.sensors
    floor = np.where(sensors.background > 0, sensors.background, sensors.detection / 2)
    least = float(floor.min(initial=np.inf))
    if problem.complaints and params.smelled_at is not None:
        least = min(least, params.smelled_at / params.smelled_factor**3)
    low = np.log(least) - 4.0
    level = low + LOG_STEP * np.arange(max(int((highest - low) / LOG_STEP) + 2, 4))
    blowing = problem.wind.speed >= params.calm
    window, sensor = np.nonzero(np.isfinite(problem.reading) & blowing[:, None])
    told = problem.reading[window, sensor]
    readings = np.stack(
        [
            _of_readings(told, floor[sensor], sensors.detection[sensor], level, error, params.odd_share)
            for error in (sigma, float(np.hypot(sigma, _CLOSE_BY)))
        ]
    )
    heard = [one for one in problem.complaints if blowing[one.window]]
    complaints = np.repeat(np.repeat(_of_complaint(level, params)[None, None], len(heard), axis=1), 2, axis=0)
    x = np.concatenate([sensors.x[sensor], [one.x for one in heard]])
    y = np.concatenate([sensors.y[sensor], [one.y for one in heard]])
    when = np.concatenate([window, np.array([one.window for one in heard], np.int64)])
    order = np.argsort(when, kind="stable")
    table = np.concatenate([readings, complaints], axis=1)[:, order].astype(np.float32)
    return Evidence(x[order], y[order], when[order], np.ascontiguousarray(table), float(low))


def _of_readings(
    reading: NDArray[np.float64],
    floor: NDArray[np.float64],
    detection: NDArray[np.float64],
    level: NDArray[np.float64],
    sigma: float,
    odd_share: float,
) -> NDArray[np.float64]:
    with_none = np.concatenate([[-np.inf], level])
    expected = np.log(np.exp(with_none)[None] + floor[:, None])
    seen = (reading > detection) & (reading > 0)
    told = np.log(np.where(seen, reading, np.maximum(detection, floor / 10)))[:, None]
    z = (told - expected) / sigma
    density = np.exp(-(z**2) / 2) / (np.sqrt(2 * np.pi) * sigma)
    below = 0.5 * (1 + _ERF(z / np.sqrt(2)))
    # An odd reading lies anywhere within some six units of ln, or on either side of the limit.
    odd = np.where(seen, 1 / 6, 0.5)[:, None]
    likely = np.log((1 - odd_share) * np.where(seen[:, None], density, below) + odd_share * odd)
    result: NDArray[np.float64] = likely[:, 1:] - likely[:, :1]
    return result


def _of_complaint(level: NDArray[np.float64], params: OdourParams) -> NDArray[np.float64]:
    if params.smelled_at is None:
        return np.zeros_like(level)
    z = (level - np.log(params.smelled_at)) / np.log(params.smelled_factor)
    smelled = 0.5 * (1 + _ERF(z / np.sqrt(2)))
    result: NDArray[np.float64] = np.log(params.other_cause + (1 - params.other_cause) * smelled) - np.log(
        params.other_cause
    )
    return result
