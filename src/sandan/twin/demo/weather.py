"""The weather over the complex: seasons, fronts, the day's course, wind with a sea breeze, rain.

One weather for the whole complex; a station adds its own small error. Every function of time has
random access. The climate is that of Korea's west coast, roughly.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np

from sandan.twin.demo.calendar import DAY, KST, hour, season
from sandan.twin.demo.noise import Floats, Ints, key, keys, wave

TEMPERATURE, CLOUD, EAST, NORTH, PRESSURE, RAIN, GUST = range(1, 8)
_REMEMBERED = 24


@dataclass(frozen=True, slots=True)
class Weather:
    """Arrays over instants: air [°C], humidity [%], cloud cover [0..1], wind blowing towards east and
    north [m/s], pressure [hPa], rain [mm/h]."""

    temperature: Floats
    humidity: Floats
    cloud: Floats
    east: Floats
    north: Floats
    pressure: Floats
    rain: Floats

    @property
    def speed(self) -> Floats:
        return np.asarray(np.hypot(self.east, self.north))

    @property
    def direction(self) -> Floats:
        """Where the wind comes from, degrees clockwise from north."""
        return np.asarray(np.degrees(np.arctan2(-self.east, -self.north)) % 360)


@dataclass(frozen=True, slots=True)
class Climate:
    """Weather by seed."""

    seed: int
    _memory: OrderedDict[bytes, Weather] = field(default_factory=OrderedDict, repr=False, compare=False)

    def at(self, t: Ints) -> Weather:
        """The weather at instants `t` [n, s]."""
        name = t.tobytes() if len(t) <= 4 else b""
        if name and name in self._memory:
            return self._memory[name]
        found = self._compute(t)
        if name:
            self._memory[name] = found
            while len(self._memory) > _REMEMBERED:
                self._memory.popitem(last=False)
        return found

    def drift(self, day: int) -> tuple[float, float]:
        """How clouds travel on a day [m/s east, north]: the wind aloft at noon."""
        noon = np.array([day * DAY - KST + DAY // 2])
        east, north = self._fronts(noon)
        speed = max(4.0, 2.2 * float(np.hypot(east[0], north[0])))
        angle = float(np.arctan2(north[0], east[0]))
        return speed * float(np.cos(angle)), speed * float(np.sin(angle))

    def _noise(self, t: Ints, period_hours: float, what: int) -> Floats:
        who = keys([f"weather {self.seed} {period_hours}"])
        return wave(who, t, period_hours * 3600, what)[:, 0]

    def _fronts(self, t: Ints) -> tuple[Floats, Floats]:
        """The wind without sea breeze and gusts: north-westerly in winter, south-westerly in summer."""
        warm = season(t)
        east = 1.9 - 0.5 * warm + 2.9 * self._noise(t, 27, EAST) + 1.0 * self._noise(t, 7, EAST)
        north = -1.4 + 2.2 * warm + 2.9 * self._noise(t, 31, NORTH) + 1.0 * self._noise(t, 8, NORTH)
        return np.asarray(east), np.asarray(north)

    def _compute(self, t: Ints) -> Weather:
        warm, h = season(t), hour(t)
        cloud = 0.47 + 0.06 * warm + 0.55 * self._noise(t, 15, CLOUD) + 0.25 * self._noise(t, 5, CLOUD)
        cloud = np.clip(cloud, 0, 1)
        front = 4.6 * self._noise(t, 43, TEMPERATURE) + 0.8 * self._noise(t, 3, TEMPERATURE)
        mean = 12.4 + 13.6 * warm + front
        swing = 4.3 * (1 - 0.55 * cloud)
        temperature = mean + swing * np.cos(2 * np.pi * (h - 15) / 24)
        east, north = self._fronts(t)
        # The sea lies west: by day warm land draws air in, by night it goes back out, weaker.
        breeze = np.clip((mean - 2) / 16, 0, 1.2) * (1 - 0.7 * cloud)
        onshore = np.clip(np.sin(np.pi * (h - 9.5) / 9.5), 0, None) * ((h > 9.5) & (h < 19))
        east = east + breeze * (2.7 * onshore - 0.8 * ((h < 7) | (h > 22)))
        gust = 1 + 0.16 * self._noise(t, 0.05, GUST) + 0.12 * self._noise(t, 0.3, GUST)
        east, north = east * gust, north * gust
        calm = np.maximum(np.hypot(east, north), 1e-9)
        lift = np.maximum(calm, 0.4) / calm
        humidity = 66 + 12 * warm - 3.0 * (temperature - mean) + 26 * (cloud - 0.45)
        pressure = 1016 - 7.5 * warm + 7 * self._noise(t, 55, PRESSURE) - 3.0 * (cloud - 0.5)
        wet = np.clip((cloud - 0.8) / 0.2, 0, 1) * np.clip(self._noise(t, 6, RAIN) + 0.35, 0, 1)
        rain = wet * (4.6 + 3.9 * warm) * np.clip(0.8 + 0.9 * self._noise(t, 0.4, RAIN), 0, None)
        return Weather(
            temperature,
            np.clip(np.where(rain > 0, np.maximum(humidity, 88), humidity), 15, 99),
            cloud,
            east * lift,
            north * lift,
            pressure,
            rain,
        )


def climate(seed: int) -> Climate:
    """The weather that goes with this seed."""
    return Climate(key(f"climate {seed}") % 2**31)
