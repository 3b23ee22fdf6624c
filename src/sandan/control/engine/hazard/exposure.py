"""What people indoors breathe, and whether they had better leave or shelter, and by when."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from sandan.control.model.hazard import Floats, HazardResult
from sandan.errors import InvalidInput
from sandan.words import Text


class Action(StrEnum):
    """What to tell the people at a place."""

    NONE = "none"
    LEAVE = "leave"
    SHELTER = "shelter"
    LEAVE_ACROSS = "leave_across"
    AIR = "air"


ACTIONS = {
    Action.NONE: Text("조치 없음", "No action"),
    Action.LEAVE: Text("시각 전까지 대피", "Leave before the time told"),
    Action.SHELTER: Text(
        "실내 대피: 문과 창을 닫고 환기를 끔", "Shelter, doors and windows shut, stop ventilation"
    ),
    Action.LEAVE_ACROSS: Text("지금 바람과 직각으로 대피", "Leave now, across the wind"),
    Action.AIR: Text("구름이 지나감: 재어 보고 환기", "The cloud has passed: measure, then air the rooms"),
}


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do at a place, by when, and when it is over: seconds since the release, infinite for never."""

    action: Action
    by: float
    arrival: float
    indoor_arrival: float
    clear: float


def breathe_indoors(series: Floats, step: float, air_changes: float) -> Floats:
    """Concentration [kg/m³] at the end of each step in rooms that change their air so many times an hour.

    `series` (steps, receptors) [kg/m³] outdoors, `step` [s]. dC/dt = λ(C_out − C), exactly for a C_out
    that is even within a step.
    """
    kept = math.exp(-air_changes / 3600 * step)
    inside = np.empty_like(series)
    now = np.zeros(series.shape[1])
    for at, outside in enumerate(series):
        now = outside + (now - outside) * kept
        inside[at] = now
    return inside


def toxic_load(series: Floats, step: float, per_ppm: float, exponent: float) -> Floats:
    """∫Cⁿdt [ppmⁿ·min] by the end of each step, shape (steps, receptors) (ten Berge et al. 1986)."""
    return np.asarray(np.cumsum((series / per_ppm) ** exponent, axis=0) * (step / 60), np.float64)


def highest_mean(series: Floats, step: float, minutes: float) -> Floats:
    """The highest mean over so many minutes [kg/m³], shape (receptors,): what a threshold compares with.

    Where the series is shorter than that, the time beyond it counts as clean air.
    """
    length = max(1, round(minutes * 60 / step))
    total = np.vstack([np.zeros(series.shape[1]), np.cumsum(series, axis=0)])
    if length >= len(series):
        return np.asarray(total[-1] / length, np.float64)
    return np.asarray((total[length:] - total[:-length]).max(axis=0) / length, np.float64)


def advise(
    result: HazardResult, level: int, now: float, air_changes: float, time_to_leave: float
) -> list[Advice]:
    """Leave or shelter, and by when, for each receptor of `result` and its threshold number `level`.

    Who can be gone before the cloud comes leaves; who cannot shelters if the room stays below the
    threshold until the cloud has passed; else he leaves across the wind. Where it has passed the rooms, in
    which some of it is left, want airing. `now` and `time_to_leave`
    [s], `air_changes` [1/h] of a closed room (a setting: no default is known). `InvalidInput` for a
    result without receptors.
    """
    if result.series is None or result.people is None:
        raise InvalidInput.because(
            "receptors",
            Text("지점별 농도가 없습니다.", "there is no concentration by receptor."),
            Text("지점을 정하여 다시 계산하십시오.", "compute again with receptors."),
        )
    limit, step = float(result.levels[level]), float(result.times[0])
    inside = breathe_indoors(result.series, step, air_changes)
    indoors = _first(inside >= limit, result.times)
    above = result.series >= limit
    last = np.where(above.any(axis=0), len(above) - np.argmax(above[::-1], axis=0), 0) * step
    clear = np.where(above[-1], math.inf, last)
    return [
        Advice(*_decide(float(a), float(i), float(c), now, time_to_leave), float(a), float(i), float(c))
        for a, i, c in zip(result.people.arrival[level], indoors, clear, strict=True)
    ]


def _first(reached: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], times: Floats) -> Floats:
    return np.where(reached.any(axis=0), times[np.argmax(reached, axis=0)], math.inf)


def _decide(
    arrival: float, indoors: float, clear: float, now: float, time_to_leave: float
) -> tuple[Action, float]:
    if math.isinf(arrival):
        return Action.NONE, math.inf
    if clear <= now and arrival < now:
        return Action.AIR, clear
    if now + time_to_leave <= arrival:
        return Action.LEAVE, arrival - time_to_leave
    if math.isinf(indoors):
        return Action.SHELTER, max(arrival, now)
    return Action.LEAVE_ACROSS, now
