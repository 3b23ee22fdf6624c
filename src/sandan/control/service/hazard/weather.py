"""The wind a release met and meets, as the complex's own stations report it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from sandan.clock import Period
from sandan.control.engine.hazard.stability import StabilityEstimate, estimate_stability
from sandan.control.model.hazard import Weather, steady
from sandan.errors import Unavailable
from sandan.store import Store
from sandan.twin.model import Point
from sandan.words import Text

QUANTITIES = ("wind_speed", "wind_direction", "air_temperature", "irradiance")
"""What is asked of the stations."""
MOST_POINTS = 1_000
BEFORE = timedelta(minutes=10)
"""How long before the release the wind is read first; the last of it stands for the beginning."""
LONGEST = timedelta(hours=6)
"""How old the last wind may be where nothing newer was measured; it is told how old it is."""
STALE = timedelta(minutes=10)
"""A wind older than this is no wind of now."""
ANEMOMETER = 10.0
"""Metres, as the WMO asks of a station unless the operator's differ."""
ZERO_CELSIUS = 273.15


@dataclass(frozen=True, slots=True)
class MeasuredWeather:
    """Weather for the models, what the stability was concluded from, and until when it was measured."""

    weather: Weather
    estimate: StabilityEstimate
    until: datetime
    typed: bool = False
    """Somebody said the wind, because no station does."""

    def age(self, now: datetime) -> timedelta | None:
        """How long ago the last wind was measured, where that is too long; None for a wind of now."""
        return None if self.typed or now - self.until <= STALE else now - self.until


def measured_weather(
    store: Store, points: Sequence[Point], start: datetime, now: datetime
) -> MeasuredWeather:
    """The wind minute by minute from `start` to `now`, the last of which goes on.

    Speeds are means over stations, directions the direction of the mean vector; stability from wind and
    radiation where they are measured. Where nothing came lately the last wind of six hours stands.
    `Unavailable` when no station has said anything in that time.
    """
    for before in (BEFORE, LONGEST):
        period = Period(min(start, now) - before, now + timedelta(seconds=1))
        read = {
            quantity: _minutes(store, [p for p in points if p.quantity == quantity], period)
            for quantity in QUANTITIES
        }
        east, north, at = _vectors(read["wind_speed"], read["wind_direction"])
        if len(at):
            break
    else:
        raise Unavailable(
            Text(
                "6시간 동안 측정소에서 바람 값이 오지 않았습니다. 누출량과 함께 바람을 적으면 계산합니다.",
                "No station has reported the wind for six hours. State the wind with the release below, "
                "and the area is computed.",
            )
        )
    seconds = (at - start.timestamp() * 1000) / 1000
    speed = np.hypot(east, north)
    direction = np.degrees(np.arctan2(-east, -north)) % 360
    radiation = _last(read["irradiance"])
    estimate = estimate_stability(float(speed[-1]), radiation=radiation)
    temperature = _last(read["air_temperature"])
    begun = np.flatnonzero(seconds <= 0)
    first = int(begun[-1]) if len(begun) else 0
    seconds = seconds[first:]
    seconds[0] = min(seconds[0], 0.0)
    weather = Weather(
        seconds,
        direction[first:],
        speed[first:],
        tuple(estimate_stability(float(one), radiation=radiation).stability for one in speed[first:]),
        ANEMOMETER,
        **({} if temperature is None else {"temperature": temperature + ZERO_CELSIUS}),
    )
    return MeasuredWeather(weather, estimate, datetime.fromtimestamp(at[-1] / 1000, now.tzinfo))


def typed_weather(direction: float, speed: float, now: datetime) -> MeasuredWeather:
    """The wind as somebody said it, from `direction` [°], from the beginning on."""
    estimate = estimate_stability(speed)
    return MeasuredWeather(steady(direction, speed, estimate.stability), estimate, now, typed=True)


def weather_points(store: Store, conn: Connection) -> list[Point]:
    """The points that say something of the weather."""
    return [
        point
        for quantity in QUANTITIES
        for point in store.points.find(conn, quantity=quantity, limit=MOST_POINTS)
    ]


Minutes = Mapping[int, Sequence[float]]
"""The values that stations gave in each minute [ms since 1970]."""


def _minutes(store: Store, points: Sequence[Point], period: Period) -> dict[int, list[float]]:
    if not points:
        return {}
    samples: pa.Table = store.historian.scan(points, period)
    starts = samples["start"].cast(pa.int64()).to_pylist()
    found: dict[int, list[float]] = {}
    for start, value in zip(starts, samples["value"].to_pylist(), strict=True):
        found.setdefault(int(start) // 60_000 * 60_000, []).append(value)
    return found


def _last(minutes: Minutes) -> float | None:
    return float(np.mean(minutes[max(minutes)])) if minutes else None


def _vectors(
    speeds: Minutes, directions: Minutes
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    both = sorted(speeds.keys() & directions.keys())
    east, north = [], []
    for minute in both:
        angle = np.radians(directions[minute])
        speed = float(np.mean(speeds[minute]))
        east.append(-speed * float(np.sin(angle).mean()))
        north.append(-speed * float(np.cos(angle).mean()))
    return np.array(east), np.array(north), np.array(both, np.float64)
