"""What the wind carries: dust, gases and odour from the firms that make them to the stations.

Concentrations are a background that follows season, weather and traffic, plus Gaussian plumes from
the sources that lie upwind, by how busy each firm is. Coefficients are for neutral air over open
country (Briggs 1973, class D). It is made to look right on a map, not to assess anything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sandan.twin.demo.calendar import day_types, hour, season
from sandan.twin.demo.noise import Floats, Ints, Keys, chance, wave
from sandan.twin.demo.weather import Climate

KNOT = 300
"""Plumes are computed every five minutes and interpolated."""

REACH = 2500.0
"""A source farther than this [m] from a station is left out."""

ODOUR_OF = {"odour": 1.0, "h2s": 0.0022, "nh3": 0.075, "tvoc": 0.045}
"""How much of each gas comes with one odour unit."""


@dataclass(frozen=True, slots=True)
class Plumes:
    """Pairs of a source and a station within reach, sorted by station.

    `east`, `north` lead from source to station [m]; `lift` is the source's effective height [m].
    """

    source: Ints
    station: Ints
    east: Floats
    north: Floats
    lift: Floats
    stations: int

    def spread(self, strength: Floats, east: Floats, north: Floats) -> Floats:
        """Concentration at each station (n, stations) for source strengths (n, sources) and winds (n)."""
        found = np.zeros((len(strength), self.stations))
        if not len(self.source):
            return found
        speed = np.maximum(np.hypot(east, north), 0.5)[:, None]
        along = (self.east * east[:, None] + self.north * north[:, None]) / speed
        aside = (self.north * east[:, None] - self.east * north[:, None]) / speed
        x = np.maximum(along, 1.0)
        broad = 0.08 * x / np.sqrt(1 + 0.0001 * x) + 6
        tall = 0.06 * x / np.sqrt(1 + 0.0015 * x) + 4
        exponent = -0.5 * ((aside / broad) ** 2 + (self.lift / tall) ** 2)
        plume = np.where(along > 0, np.exp(np.maximum(exponent, -40)) / (np.pi * broad * tall * speed), 0)
        part = plume * strength[:, self.source]
        starts = np.flatnonzero(np.diff(self.station, prepend=-1))
        found[:, self.station[starts]] = np.add.reduceat(part, starts, axis=1)
        return found


def pair(source: Floats, lift: Floats, station: Floats) -> Plumes:
    """All pairs within reach of sources (k, 2) and stations (s, 2), in metres."""
    pairs = [(s, np.flatnonzero(np.hypot(*(source - place).T) < REACH)) for s, place in enumerate(station)]
    which = np.concatenate([near for _, near in pairs]) if pairs else np.zeros(0, dtype=np.int64)
    whose = (
        np.concatenate([np.full(len(near), s) for s, near in pairs]) if pairs else np.zeros(0, dtype=np.int64)
    )
    which, whose = which.astype(np.int64), whose.astype(np.int64)
    apart = station[whose] - source[which] if len(which) else np.zeros((0, 2))
    return Plumes(which, whose, apart[:, 0], apart[:, 1], lift[which], len(station))


def background(quantity: str, who: Keys, t: Ints, climate: Climate) -> Floats:
    """The level of `quantity` at stations (m) and instants (n) before any firm adds to it."""
    weather = climate.at(t)
    warm, h = season(t), hour(t)
    still = np.clip(2.6 / (weather.speed + 0.8), 0.45, 2.2)
    rush = np.exp(-(((h - 8.2) / 1.5) ** 2)) + 0.8 * np.exp(-(((h - 18.3) / 2.0) ** 2))
    rush = rush * np.where(day_types((t + 32_400) // 86_400) == 0, 1.0, 0.4)
    haze = 1 + 0.45 * wave(_ALL, t, 30 * 3600, 41)[:, 0] + 0.15 * wave(_ALL, t, 6 * 3600, 42)[:, 0]
    washed = 1 - 0.45 * np.clip(weather.rain / 2, 0, 1)
    light = np.clip(np.sin(np.pi * (h - 6) / 13), 0, None) * (1 - 0.6 * weather.cloud)
    base = {
        "pm10": (30 - 9 * warm) * haze * washed * (0.6 + 0.4 * still) + 7 * rush,
        "pm25": (17 - 6 * warm) * haze * washed * (0.6 + 0.4 * still) + 3 * rush,
        "no2": (0.013 - 0.004 * warm) * still + 0.012 * rush * (0.5 + 0.5 * still),
        "so2": 0.0026 + 0.0008 * still,
        "o3": 0.022 + 0.008 * warm + (0.03 + 0.02 * warm) * light - 0.008 * rush,
        "odour": 2.4 + 0.7 * still,
        "h2s": 0.0012 + 0.0006 * still,
        "nh3": 0.02 + 0.008 * still + 0.006 * warm,
        "tvoc": 0.025 + 0.012 * still,
    }[quantity]
    own = 1 + 0.12 * (2 * chance(who, 0, 43) - 1)
    quick = 1 + 0.06 * wave(who, t, 420, 44) + 0.03 * wave(who, t, 60, 45)
    return np.asarray(np.maximum(base[:, None] * own * quick, 0))


_ALL: Keys = np.array([99], dtype=np.uint64)
SHARES = {"pm10": 26.0, "pm25": 11.0, "no2": 0.016, "so2": 0.011, "o3": -0.006}
"""What one unit of plume adds to each quantity; stacks eat some ozone."""
