"""What was measured, hour by hour, one layer for each quantity: what the map, the chart and the table show.

A stretch of hours is always that of the air's index, so that all layers can be laid on each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sandan.access import Actor
from sandan.control.engine.environment import sub_index
from sandan.control.model.environment import AIR_GRADES, POLLUTANTS, AirGrade, HalfHour, Verdict
from sandan.control.service.environment.air import DUST, HOUR, AirHours
from sandan.control.service.environment.boundary import TEN, judge_boundary
from sandan.control.service.environment.series import Array, milliseconds, read_steps
from sandan.control.service.environment.settings import SMELLS, EnvironmentSettings
from sandan.control.service.environment.stacks import LIMITED, StackTime, read_stacks
from sandan.store import Store
from sandan.twin.model import Point, Thing
from sandan.twin.tables import quantities
from sandan.words import Text

Levels = NDArray[np.int8]
UNKNOWN, NO_LIMIT, LOW, FAIR, NEAR, OVER = -1, 0, 1, 2, 3, 4
GRADED: Mapping[int, Text] = {
    **{int(grade): name for grade, name in AIR_GRADES.items()},
    UNKNOWN: Text("값 없음", "no value"),
}
LIMITS: Mapping[int, Text] = {
    FAIR: Text("기준의 절반 미만", "below half the limit"),
    NEAR: Text("기준의 절반 이상", "half the limit or more"),
    OVER: Text("기준 초과", "over the limit"),
    NO_LIMIT: Text("기준 없음", "no limit"),
    UNKNOWN: Text("값 없음·판정 제외", "no value, or left out"),
}
AIR, SMELL, STACK = (
    Text("대기측정소", "Air stations"),
    Text("악취측정소", "Odour stations"),
    Text("굴뚝", "Stacks"),
)
CAI = "cai"
DAY_OF = {f"{name}_day": name for name in DUST}


@dataclass(frozen=True, slots=True)
class LayerId:
    """A layer that there is something for: its group, its name, the unit and digits of its values."""

    id: str
    kind: str
    """Of the things it is measured at."""
    group: Text
    name: Text
    unit: str
    digits: int | None
    about: Text
    """What a value of an hour is."""


@dataclass(frozen=True, slots=True)
class LayerPlace:
    """One place over the hours, arrays of shape (hours,): NaN and `UNKNOWN` where there is nothing."""

    thing: Thing
    value: Array
    level: Levels
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """One quantity at all its places, the highest level of the last hour first."""

    of: LayerId
    places: Sequence[LayerPlace]
    levels: Mapping[int, Text]

    @property
    def there(self) -> frozenset[int]:
        """The levels that its places can have: with a limit or without one."""
        if any(one.limit is None for one in self.places):
            return frozenset(self.levels)
        return frozenset(self.levels) - {NO_LIMIT}

    def tells(self, level: int) -> bool:
        """Whether a value of this level is said with its word, and not by its number alone."""
        return level >= NEAR or (level > NO_LIMIT and self.of.id == CAI)


def layer_ids(things: Sequence[Thing], points: Sequence[Point]) -> list[LayerId]:
    """The layers that somebody measures something for: air, smells, stacks."""
    kind = {thing.id: thing.kind for thing in things}
    there = {(kind[point.thing], point.quantity) for point in points if point.thing in kind}
    hourly = Text("한 시간 평균", "mean of an hour")
    found = []
    if any(one == "air_station" for one, _ in there):
        about = Text("한 시간 값의 지수", "index of an hour")
        found.append(
            LayerId(CAI, "air_station", AIR, Text("통합대기환경지수", "Air quality index"), "", 0, about)
        )
    for name, words in POLLUTANTS.items():
        if ("air_station", name) in there:
            unit, digits = quantities()[name].unit, 0 if name in DUST else 3
            found.append(LayerId(name, "air_station", AIR, words, unit, digits, hourly))
            if name in DUST:
                day = Text(f"{words.ko} 24시간 평균", f"{words.en}, 24-hour mean")
                about = Text("그 시각까지 24시간 평균", "mean of the 24 hours up to then")
                found.append(LayerId(f"{name}_day", "air_station", AIR, day, unit, digits, about))
    for group, of, names, about in (
        (SMELL, "odour_station", SMELLS, Text("시간 안 10분 평균의 최고", "highest ten minutes of an hour")),
        (STACK, "stack", LIMITED, Text("시간 안 30분 평균의 최고", "higher half-hour mean of an hour")),
    ):
        found += [
            LayerId(one, of, group, quantities()[one].name, quantities()[one].unit, None, about)
            for one in names
            if (of, one) in there
        ]
    return found


def read_layer(
    store: Store,
    of: LayerId,
    things: Sequence[Thing],
    points: Sequence[Point],
    air: AirHours,
    settings: EnvironmentSettings,
) -> Layer:
    """One layer over the hours of `air`."""
    if of.group == AIR:
        return Layer(of, [_air_place(of.id, air, at) for at in range(len(air.stations))], GRADED)
    if of.group == STACK:
        stacks = read_stacks(store, things, points, air.period, settings, (of.id,))
        return Layer(of, [_stack_place(one, air) for one in stacks], LIMITS)
    stations = {thing.id: thing for thing in things if thing.kind == "odour_station"}
    asked = [one for one in points if one.thing in stations and one.quantity == of.id]
    tens, _ = read_steps(store, asked, air.period, "10min", TEN)
    by_hour = tens.reshape(len(asked), len(air.hours), -1)
    there = np.isfinite(by_hour).any(axis=2)
    highest = np.where(there, np.nan_to_num(by_hour, nan=-np.inf).max(axis=2), np.nan)
    verdict = judge_boundary(of.id, 0.0, settings)
    limit = None if verdict is None else verdict.applied
    places = [
        LayerPlace(stations[one.thing], row, level_of(row, limit), limit)
        for one, row in zip(asked, highest, strict=True)
    ]
    return Layer(of, sorted(places, key=lambda one: -float(np.nan_to_num(one.value[-1], nan=-1))), LIMITS)


def cut(layer: Layer, actor: Actor) -> Layer:
    """What this person may see of it."""
    return replace(layer, places=[one for one in layer.places if actor.sees(one.thing.tenant)])


def level_of(value: Array, limit: float | None) -> Levels:
    """Values against a limit: below half of it, half of it or more, above it."""
    if limit is None:
        return np.where(np.isfinite(value), NO_LIMIT, UNKNOWN).astype(np.int8)
    with np.errstate(invalid="ignore"):
        over, near, there = value > limit, 2 * value >= limit, np.isfinite(value)
    levels = np.select([over, near, there], [OVER, NEAR, FAIR], UNKNOWN)
    return levels.astype(np.int8)


def _air_place(id: str, air: AirHours, at: int) -> LayerPlace:
    station = air.stations[at]
    if id == CAI:
        level = np.where(np.isfinite(station.value), station.grade, UNKNOWN).astype(np.int8)
        return LayerPlace(station.thing, station.value, level)
    name = DAY_OF.get(id, id)
    value = station.day[name][0] if id in DAY_OF else station.concentration[name]
    index, _ = sub_index(name, value)
    ends = [AirGrade.GOOD, AirGrade.MODERATE, AirGrade.BAD]
    with np.errstate(invalid="ignore"):
        level = np.select([index <= end for end in (50, 100, 250)], ends, AirGrade.VERY_BAD)
    return LayerPlace(station.thing, value, np.where(np.isfinite(index), level, UNKNOWN).astype(np.int8))


def _stack_place(stack: StackTime, air: AirHours) -> LayerPlace:
    """The higher of an hour's half-hours."""
    value = np.full(len(air.hours), np.nan)
    step, begin = round(HOUR.total_seconds() * 1000), milliseconds(air.hours[0])
    halves: Sequence[HalfHour] = () if stack.report is None else stack.report.half_hours
    for half in halves:
        if half.verdict in (Verdict.WITHIN, Verdict.OVER) and half.mean is not None:
            at = (half.start - begin) // step
            value[at] = np.fmax(value[at], half.mean)
    return LayerPlace(stack.thing, value, level_of(value, stack.point.high), stack.point.high)
