"""When it is dark: sunset and sunrise of a place, to a few minutes."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Annotated

Degree = Annotated[float, "°"]
HORIZON = -0.833
"""Height of the sun's middle [°] when its upper edge rises, with refraction (NOAA)."""
LOOK_EVERY = timedelta(minutes=10)


def sun_height(at: datetime, lon: Degree, lat: Degree) -> Degree:
    """Height of the sun over the horizon, within half a degree.

    Declination and equation of time by their first harmonics: δ = -23.44° cos(360°/365.24 (n + 10)),
    E = 9.87 sin 2B - 7.53 cos B - 1.5 sin B minutes with B = 360°/365 (n - 81). Source: NOAA, General Solar
    Position Calculations, and Duffie and Beckman, Solar Engineering of Thermal Processes.

    >>> from datetime import UTC
    >>> round(sun_height(datetime(2026, 6, 21, 3, 33, tzinfo=UTC), 126.98, 37.57))
    76
    """
    day = at.timetuple().tm_yday
    declination = -math.radians(23.44) * math.cos(math.tau / 365.24 * (day + 10))
    turn = math.tau / 365 * (day - 81)
    equation = 9.87 * math.sin(2 * turn) - 7.53 * math.cos(turn) - 1.5 * math.sin(turn)
    minutes = at.hour * 60 + at.minute + at.second / 60 + 4 * lon + equation
    hour = math.radians(minutes / 4 - 180)
    place = math.radians(lat)
    height = math.sin(place) * math.sin(declination) + math.cos(place) * math.cos(declination) * math.cos(
        hour
    )
    return math.degrees(math.asin(height))


def is_dark(start: datetime, end: datetime, lon: Degree, lat: Degree) -> bool:
    """Whether some of [start, end), given in UTC, lies between sunset and sunrise."""
    if end - start >= timedelta(days=1):
        return True
    steps = max(1, math.ceil((end - start) / LOOK_EVERY))
    return any(sun_height(start + n * LOOK_EVERY, lon, lat) < HORIZON for n in range(steps))
