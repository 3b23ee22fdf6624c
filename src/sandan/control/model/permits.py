"""Work permits: who works where and when, on what conditions, and what stands against it.

Places are shapely geometries in metres about an origin of the caller's; times are aware.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from shapely.geometry.base import BaseGeometry

from sandan.control.model.environment import Basis
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

Metre = Annotated[float, "m"]
InItsUnit = Annotated[float, "in the unit of its quantity"]
WEATHER_UNITS: Mapping[str, str] = {
    "wind_speed": "m/s",
    "gust": "m/s",
    "rain_rate": "mm/h",
    "snow_rate": "cm/h",
}
ANY = "*"
"""Stands for every kind of work in a rule."""
ENTRY = "contractor_entry"
"""The kind that lets a contractor in."""

FORECAST = "forecast"
"""What a conflict with weather to come is about."""


class Weight(StrEnum):
    """What a conflict asks for."""

    STOP = "stop"
    """The work may not begin, or stops now."""
    HOLD = "hold"
    """To be settled and signed before it goes on."""
    NOTE = "note"


WEIGHTS: Mapping[Weight, Text] = {
    Weight.STOP: Text("작업 중지", "Stop"),
    Weight.HOLD: Text("조치 후 진행", "Settle first"),
    Weight.NOTE: Text("확인", "Note"),
}


@dataclass(frozen=True, slots=True)
class PermitKind:
    """A kind of work that needs a permit."""

    id: str
    name: Text
    basis: Basis


@dataclass(frozen=True, slots=True)
class AirTest:
    """What was measured in the air of the place of work, and when."""

    quantity: str
    value: InItsUnit
    at: datetime


@dataclass(frozen=True, slots=True)
class Permit:
    """A permit applied for or in force, for [start, end).

    `provisions` are what the permit promises (a fire watch, ventilation…); `watchers` those who watch, by
    any id the caller has for a person; `outdoors` says whether weather matters, `dark` whether some of its
    hours lie between sunset and sunrise.
    """

    id: str
    kind: str
    name: str
    place: BaseGeometry
    start: datetime
    end: datetime
    tenant: str | None = None
    contractor: str | None = None
    outdoors: bool = True
    dark: bool = False
    provisions: frozenset[str] = frozenset()
    watchers: frozenset[str] = frozenset()
    tests: Sequence[AirTest] = ()

    def __post_init__(self) -> None:
        findings = []
        if self.start.tzinfo is None or self.end.tzinfo is None:
            findings.append(
                Finding(
                    "start",
                    Text("시각에 시간대가 없습니다.", "The times have no time zone."),
                    Text("시간대가 있는 시각을 주십시오.", "give times with a zone."),
                )
            )
        elif self.end <= self.start:
            findings.append(
                Finding(
                    "end",
                    Text("끝 시각이 시작보다 늦지 않습니다.", "It does not end after it begins."),
                    Text("끝 시각을 고치십시오.", "mend the end."),
                )
            )
        if self.place.is_empty:
            findings.append(
                Finding(
                    "place",
                    Text("작업 장소가 비어 있습니다.", "The place of work is empty."),
                    Text("지도에서 장소를 표시하십시오.", "mark the place on the map."),
                )
            )
        if findings:
            raise InvalidInput(findings)


@dataclass(frozen=True, slots=True)
class WeatherSpell:
    """Weather measured or forecast for [start, end).

    `values` by quantity: wind_speed and gust [m/s], rain_rate [mm/h], snow_rate [cm/h], and what else the
    operator's rules name. `known` is when it was measured, or when the forecast was known to us.
    """

    start: datetime
    end: datetime
    values: Mapping[str, InItsUnit]
    forecast: bool = False
    known: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlarmNear:
    """An alarm that stands, or an incident under way: what it is about and where.

    `name` is a whole phrase ("the alarm 'NH3 high'"); `place` may be an area at risk.
    """

    id: str
    name: Text
    quantity: str
    place: BaseGeometry
    raised: datetime


@dataclass(frozen=True, slots=True)
class Installation:
    """A thing of the twin that work must keep away from: a buried pipe, a tank."""

    id: str
    kind: str
    name: str
    place: BaseGeometry


@dataclass(frozen=True, slots=True)
class PairRule:
    """Two kinds of work that do not go together within a distance; 0 means the same place."""

    id: str
    first: str
    second: str
    within: Metre
    weight: Weight
    why: Text
    remedy: Text
    basis: Basis


@dataclass(frozen=True, slots=True)
class WeatherRule:
    """Weather in which a kind of outdoor work stops; `limit` None until the operator sets it."""

    id: str
    kind: str
    quantity: str
    limit: InItsUnit | None
    inclusive: bool
    weight: Weight
    why: Text
    basis: Basis


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """An alarm in whose reach a kind of work stops."""

    id: str
    kind: str
    quantity: str
    weight: Weight
    why: Text
    basis: Basis


@dataclass(frozen=True, slots=True)
class SurroundingRule:
    """A thing that a kind of work must not come near `unless` a provision is made.

    `within` None until the operator sets it: then only work on the very spot counts.
    """

    id: str
    kind: str
    thing: str
    within: Metre | None
    unless: str
    weight: Weight
    why: Text
    remedy: Text
    basis: Basis


@dataclass(frozen=True, slots=True)
class NeedRule:
    """A provision that a kind of work needs; `dark`: only outdoors between sunset and sunrise."""

    id: str
    kind: str
    provision: str
    dark: bool
    name: Text
    basis: Basis


@dataclass(frozen=True, slots=True)
class StepRule:
    """Something a kind of work is not done without: a check before it is closed, a signature on it."""

    id: str
    kind: str
    name: Text
    basis: Basis


@dataclass(frozen=True, slots=True)
class AirRule:
    """The air in which a kind of work may be done: from `low` on and below `below`, as the law has it.

    Without either it has to be measured, and is judged once the operator sets `below`.
    """

    id: str
    kind: str
    quantity: str
    low: InItsUnit | None
    below: InItsUnit | None
    unit: str
    name: Text
    basis: Basis


@dataclass(frozen=True, slots=True)
class PermitRules:
    """All rules of a version."""

    kinds: Mapping[str, PermitKind]
    pairs: Sequence[PairRule]
    weather: Sequence[WeatherRule]
    alarms: Sequence[AlarmRule]
    surroundings: Sequence[SurroundingRule]
    needs: Sequence[NeedRule]
    air: Sequence[AirRule]
    closing: Sequence[StepRule]
    signs: Sequence[StepRule]


@dataclass(frozen=True, slots=True)
class PermitParams:
    """The operator's settings for which no source gives a figure.

    `alarm_reach` is how far from an alarm's place work is affected, by quantity ("*" for the others); where
    it says nothing, only work on the alarm's own place is. `test_age` is how old a test of the air may be
    when work begins; None: any test before the beginning on the same Korean day. `after` is how long a kind
    of work goes on mattering after its end (a fire watch stays), `longest` how long one permit may last.
    """

    alarm_reach: Mapping[str, Metre] = field(default_factory=dict)
    test_age: timedelta | None = None
    after: Mapping[str, timedelta] = field(default_factory=dict)
    longest: Mapping[str, timedelta] = field(default_factory=dict)
    weather_limits: Mapping[str, InItsUnit] = field(default_factory=dict)
    air_limits: Mapping[str, InItsUnit] = field(default_factory=dict)
    """Both by id of the rule."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something that stands against one permit, or two permits against each other, for [start, end)."""

    rule: str
    weight: Weight
    permits: Sequence[str]
    other: str | None
    """Id of the alarm or the installation, where there is one; `FORECAST` for weather that is yet to come, so
    that whoever accepts it has not accepted the wind itself."""
    start: datetime
    end: datetime
    distance: Metre | None
    why: Text
    remedy: Text
    basis: Basis | None


@dataclass(frozen=True, slots=True)
class PermitCheck:
    """All conflicts, the gravest first; by permit the gravest weight; and what was not checked."""

    conflicts: Sequence[Conflict]
    verdicts: Mapping[str, Weight | None]
    notes: Sequence[Text]
