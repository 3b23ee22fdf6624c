"""How sure the area is when the wind is not: the same release in many winds that might be the true one.

A station's direction is wrong by an amount that lasts for the hour, so each member turns the whole
series by one draw and scales it by another, rather than jittering each reading.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon

from sandan.control.engine.hazard import disperse
from sandan.control.engine.hazard.contours import contour
from sandan.control.model.hazard import Exposure, Floats, HazardParams, HazardProblem, HazardResult
from sandan.errors import InvalidInput
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class WindError:
    """How wrong the wind may be: settings of the operator, from comparing his stations.

    `direction` [°] is a standard deviation, `speed` that of the logarithm of the speed.
    """

    direction: float
    speed: float
    members: int = 20
    seed: int = 0

    def __post_init__(self) -> None:
        if not (self.direction >= 0 and self.speed >= 0 and 2 <= self.members <= 500):
            raise InvalidInput.because(
                "wind_error",
                Text("바람 오차의 값이 범위를 벗어났습니다.", "the error of the wind is out of range."),
                Text(
                    "오차는 0 이상, 계산 수는 2~500입니다.",
                    "give errors from 0, members 2 to 500.",
                ),
            )


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Over places as in `Exposure`: the share of winds in which each threshold is reached, and when.

    `chance` and `earliest`, `likely`, `latest` [s] have shape (thresholds, *places); the times are the
    10th, 50th and 90th percentile over all winds, infinite where that share never sees it.
    """

    chance: Floats
    earliest: Floats
    likely: Floats
    latest: Floats


@dataclass(frozen=True, slots=True)
class Ensemble:
    """The result for the wind as reported, and what the others make of it."""

    central: HazardResult
    field: Likelihood | None
    people: Likelihood | None


def disperse_ensemble(problem: HazardProblem, params: HazardParams, error: WindError) -> Ensemble:
    """Disperse in the wind as reported and in as many others as `error` has members.

    The draws are Gaussian in direction and in the logarithm of speed, from a seeded generator: the same
    question has the same answer. Shapes and errors as `disperse`.
    """
    central = disperse(problem, params)
    draws = np.random.default_rng(error.seed).standard_normal((error.members, 2))
    fields: list[NDArray[np.float32]] = []
    people: list[NDArray[np.float32]] = []
    params = dataclasses.replace(params, model=central.model, sigma_set=central.sigma_set)
    for turn, scale in draws:
        weather = dataclasses.replace(
            problem.weather,
            direction=problem.weather.direction + error.direction * turn,
            speed=problem.weather.speed * math.exp(error.speed * scale),
        )
        member = disperse(dataclasses.replace(problem, weather=weather), params)
        _keep(fields, member.field)
        _keep(people, member.people)
    return Ensemble(central, _likelihood(fields), _likelihood(people))


def _keep(into: list[NDArray[np.float32]], exposure: Exposure | None) -> None:
    if exposure is not None:
        into.append(exposure.arrival.astype(np.float32))


def _likelihood(arrivals: list[NDArray[np.float32]]) -> Likelihood | None:
    if not arrivals:
        return None
    members = np.sort(np.stack(arrivals), axis=0)
    count = len(members)

    def at(share: float) -> Floats:
        return np.asarray(members[min(count - 1, math.ceil(share * count) - 1)], np.float64)

    chance = np.isfinite(members).mean(axis=0, dtype=np.float64)
    return Likelihood(chance, at(0.1), at(0.5), at(0.9))


def band(problem: HazardProblem, ensemble: Ensemble, level: int, chance: float) -> MultiPolygon:
    """Where threshold number `level` is reached in at least that share of the winds, in metres.

    `InvalidInput` for a problem without a grid or a chance that is not above 0.
    """
    if problem.grid is None or ensemble.field is None:
        raise InvalidInput.because(
            "grid",
            Text("격자가 없어 범위를 그릴 수 없습니다.", "without a grid there is no area."),
            Text("격자를 정하여 다시 계산하십시오.", "compute again with a grid."),
        )
    return contour(ensemble.field.chance[level], problem.grid, chance)
