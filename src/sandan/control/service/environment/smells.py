"""What is known of a smell before anybody looks for its source: sensors, their usual values, the wind.

Backgrounds are measured: each sensor's own median of the day before the time asked about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from sandan.clock import Period
from sandan.control.engine.hazard.stability import estimate_stability
from sandan.control.model.hazard import Stability
from sandan.control.service.environment.series import Array, floor, read_steps
from sandan.control.service.environment.settings import SMELLS, EnvironmentSettings
from sandan.store import Store
from sandan.twin.model import Point, Thing
from sandan.words import Text

SPANS: Mapping[int, tuple[str, timedelta]] = {
    1: ("5min", timedelta(minutes=5)),
    2: ("10min", timedelta(minutes=10)),
    3: ("15min", timedelta(minutes=15)),
}
"""How a time of so many hours is cut into twelve windows."""
DAY = timedelta(days=1)
LEAST_SENSORS = 3
"""With fewer no two bearings cross: the engine would only tell the wind back."""
RAISED = 3.0
"""A reading so many times its sensor's floor is raised, as in the engine's own notes."""
WEATHER = ("wind_speed", "wind_direction", "irradiance")


@dataclass(frozen=True, slots=True)
class SmellSearch:
    """What is asked: the end of the time, how many hours of it, and by which quantity."""

    end: datetime
    hours: int
    quantity: str
    """Empty for the one that is raised most."""

    @property
    def period(self) -> Period:
        """The time asked about."""
        return Period(self.end - timedelta(hours=self.hours), self.end)


@dataclass(frozen=True, slots=True)
class SensorRead:
    """One sensor in the time asked about."""

    thing: Thing
    point: Point
    background: float | None
    """Median of the day before; None where nothing came."""
    reading: Array
    """Of shape (windows,), NaN where there is none."""

    @property
    def highest(self) -> float | None:
        """The highest window."""
        return float(np.nanmax(self.reading)) if np.isfinite(self.reading).any() else None


@dataclass(frozen=True, slots=True)
class WindRead:
    """The wind of each window, arrays of shape (windows,), NaN where no station spoke."""

    speed: Array
    direction: Array
    stability: Sequence[Stability]
    sure: bool
    basis: Text

    @property
    def known(self) -> NDArray[np.bool_]:
        """Windows with a wind."""
        known: NDArray[np.bool_] = np.isfinite(self.speed) & np.isfinite(self.direction)
        return known


@dataclass(frozen=True, slots=True)
class Smelled:
    """All that was read for a search."""

    asked: SmellSearch
    quantity: str
    starts: Sequence[datetime]
    sensors: Sequence[SensorRead]
    left_out: Sequence[SensorRead]
    """Sensors with neither background nor detection limit, or that said nothing."""
    wind: WindRead | None
    why_not: Text | None
    """Why no source can be looked for; None where it can."""


def read_smells(store: Store, asked: SmellSearch, settings: EnvironmentSettings) -> Smelled:
    """What the sensors and the wind told; nothing is searched."""
    every, step = SPANS[asked.hours]
    with store.registry.read() as conn:
        things = {thing.id: thing for thing in store.things.all(conn, ("odour_station", "weather_station"))}
        points = [point for point in store.points.all(conn) if point.thing in things]
    period = asked.period
    starts = [period.start + n * step for n in range(round(period.length / step))]
    smells = [one for one in points if one.quantity in SMELLS and _placed_sensor(things[one.thing])]
    reading, _ = read_steps(store, smells, period, every, step)
    before, _ = read_steps(store, smells, Period(period.start - DAY, period.start), every, step)
    sensors = [
        SensorRead(
            things[point.thing],
            point,
            float(np.median(past[np.isfinite(past)])) if np.isfinite(past).any() else None,
            np.where(own >= 0, own, np.nan),
        )
        for point, own, past in zip(smells, reading, before, strict=True)
    ]
    quantity = asked.quantity or _most_raised(sensors, settings)
    mine = [one for one in sensors if one.point.quantity == quantity]
    usable = [one for one in mine if one.highest is not None and floor_of(one, settings) > 0]
    wind = read_wind(store, points, period, every, step)
    return Smelled(
        asked,
        quantity,
        starts,
        sorted(usable, key=lambda one: -(one.highest or 0) / floor_of(one, settings)),
        [one for one in mine if one not in usable],
        wind,
        _why_not(usable, wind, settings),
    )


def _placed_sensor(thing: Thing) -> bool:
    return thing.kind == "odour_station" and thing.geometry is not None


def floor_of(one: SensorRead, settings: EnvironmentSettings) -> float:
    """What the sensor cannot tell from nothing: its background or its detection limit."""
    return max(one.background or 0.0, settings.detection.get(one.point.quantity, 0.0))


def _most_raised(sensors: Sequence[SensorRead], settings: EnvironmentSettings) -> str:
    """The quantity whose highest reading is the largest multiple of its sensor's floor."""
    best: dict[str, float] = {}
    for one in sensors:
        least = floor_of(one, settings)
        if one.highest is not None and least > 0:
            best[one.point.quantity] = max(best.get(one.point.quantity, 0.0), one.highest / least)
    return max(SMELLS, key=lambda name: best.get(name, 0.0)) if best else SMELLS[0]


def _why_not(
    usable: Sequence[SensorRead], wind: WindRead | None, settings: EnvironmentSettings
) -> Text | None:
    if len(usable) < LEAST_SENSORS:
        return Text(
            f"쓸 수 있는 센서가 {len(usable)}곳뿐입니다. {LEAST_SENSORS}곳 이상이어야 위치를 찾습니다.",
            f"Only {len(usable)} sensors can be used; a place takes {LEAST_SENSORS} or more.",
        )
    if wind is None or not wind.known.any():
        return Text(
            "이 시간에 바람을 잰 측정소가 없습니다. 바람 없이는 위치를 찾을 수 없습니다.",
            "No station measured the wind in this time, and without it nothing can be found.",
        )
    if not any((one.highest or 0) > RAISED * floor_of(one, settings) for one in usable):
        return Text(
            f"뚜렷하게 높아진 측정값이 없습니다. 어느 센서도 평소의 {RAISED:g}배를 넘지 않았습니다.",
            f"Nothing smells: no sensor went above {RAISED:g} times its usual value.",
        )
    return None


def read_wind(
    store: Store, points: Sequence[Point], period: Period, every: str, step: timedelta
) -> WindRead | None:
    """Mean over the stations that tell speed and direction; stability from the sun where it is measured."""
    own = {name: {one.thing: one for one in points if one.quantity == name} for name in WEATHER}
    both = sorted(own["wind_speed"].keys() & own["wind_direction"].keys())
    if not both:
        return None
    speeds, _ = read_steps(store, [own["wind_speed"][id] for id in both], period, every, step)
    turns, _ = read_steps(store, [own["wind_direction"][id] for id in both], period, every, step)
    angle = np.radians(np.where(np.isfinite(speeds), turns, np.nan))
    speeds = np.where(np.isfinite(turns), speeds, np.nan)
    count = np.maximum(np.isfinite(speeds).sum(axis=0), 1)
    speed = np.where(np.isfinite(speeds).any(axis=0), np.nansum(speeds, axis=0) / count, np.nan)
    east, north = np.nansum(speeds * np.sin(angle), axis=0), np.nansum(speeds * np.cos(angle), axis=0)
    direction = np.where(np.isfinite(speed), np.degrees(np.arctan2(east, north)) % 360, np.nan)
    suns, _ = read_steps(store, list(own["irradiance"].values()), period, every, step)
    shone: NDArray[np.bool_] = np.isfinite(suns).sum(axis=0) > 0
    estimates = [
        estimate_stability(
            float(one) if np.isfinite(one) else 0.0,
            radiation=float(np.nanmean(suns[:, at])) if shone[at] else None,
        )
        for at, one in enumerate(speed)
    ]
    last = estimates[-1]
    return WindRead(speed, direction, [one.stability for one in estimates], last.sure, last.basis)


def default_end(now: datetime, hours: int) -> datetime:
    """The last moment for which whole windows are there."""
    return floor(now, SPANS[hours][1])
