"""How concentration and dose go on at one place, and when they pass what harms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sandan.control.engine.hazard.exposure import breathe_indoors, toxic_load
from sandan.control.model.hazard import Floats, HazardResult
from sandan.control.model.substances import Threshold


@dataclass(frozen=True, slots=True)
class Passing:
    """One threshold at one place: from when to when its value is passed, and when its dose is reached [s].

    Infinite for never; `until` is infinite too while it is still passed when the look ends. `load`
    [ppmⁿ·min] is what its value over its own time comes to, NaN for one that names no time.
    """

    threshold: Threshold
    level: float
    """ppm"""
    since: float
    until: float
    load: float
    filled: float


@dataclass(frozen=True, slots=True)
class Course:
    """By the end of each step: mean concentration [ppm] outdoors and in a closed room, dose [ppmⁿ·min]."""

    times: Floats
    outdoors: Floats
    indoors: Floats | None
    dose: Floats
    exponent: float
    passings: Sequence[Passing]


def follow_place(result: HazardResult, number: int, air_changes: float | None) -> Course:
    """The course at receptor `number` of a result that has a series.

    `air_changes` [1/h] of a closed room, None where nobody set them. The dose is ∫Cⁿdt outdoors
    (ten Berge et al. 1986); a threshold's is Cⁿ·t of its value and its time.
    """
    assert result.series is not None
    assert result.people is not None
    step = float(result.times[0])
    series = result.series[:, number : number + 1]
    exponent = result.people.dose_exponent
    dose = toxic_load(series, step, result.per_ppm, exponent)[:, 0]
    outdoors = np.asarray(series[:, 0] / result.per_ppm, np.float64)
    indoors = None
    if air_changes is not None:
        indoors = np.asarray(breathe_indoors(series, step, air_changes)[:, 0] / result.per_ppm, np.float64)
    passings = []
    for at, threshold in enumerate(result.thresholds):
        level = float(result.levels[at]) / result.per_ppm
        load = math.nan if threshold.exposure is None else level**exponent * threshold.exposure
        passings.append(
            Passing(
                threshold,
                level,
                float(result.people.arrival[at, number]),
                _over(outdoors >= level, result.times),
                load,
                _first(dose >= load, result.times),
            )
        )
    return Course(result.times, outdoors, indoors, dose, exponent, passings)


def _first(reached: np.ndarray, times: Floats) -> float:
    return float(times[np.argmax(reached)]) if reached.any() else math.inf


def _over(above: np.ndarray, times: Floats) -> float:
    """The end of the last step above; infinite when none is, or the last of all is."""
    if not above.any() or above[-1]:
        return math.inf
    return float(times[len(above) - 1 - int(np.argmax(above[::-1]))])
