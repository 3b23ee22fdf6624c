"""Where the wind carries a release, and how wide it grows on the way.

The release is a string of nodes, one per moment of emission; between two neighbours lies what came
out between these moments. Near the source a stretch is longer than it is wide, so it is cut into as
many puffs as it takes for them to blend: without that the plume is a row of blobs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from sandan.control.engine.hazard.emission import emission_times, emitted
from sandan.control.engine.hazard.sigma import find_set, sigma, wind_profiles
from sandan.control.model.hazard import Floats, HazardParams, Release, Stability, Weather

BLEND = 1.5
"""Puffs at most that many σ apart blend to within 3·10⁻⁴."""
MOST = 24
"""Puffs into which one stretch is cut at most."""
FARTHEST = 200_000.0


@cache
def _table(set_id: str, stability: Stability, direction: str) -> tuple[Floats, Floats]:
    """Distances and σ over the part of the curve that grows: some sets fall before they rise."""
    distance = np.geomspace(1.0, FARTHEST, 4000)
    width = sigma(set_id, stability, direction, distance)
    start = int(np.argmin(width[: len(width) // 2]))
    return distance[start:], np.maximum.accumulate(width[start:])


def grown(set_id: str, stability: Stability, direction: str, distance: Floats) -> Floats:
    """σ [m] at a virtual `distance` [m], never less than where the set begins to grow."""
    return sigma(
        set_id, stability, direction, np.maximum(distance, _table(set_id, stability, direction)[0][0])
    )


def distance_for(set_id: str, stability: Stability, direction: str, width: Floats) -> Floats:
    """The distance [m] at which a cloud in this stability is as wide as `width` [m]."""
    distance, widths = _table(set_id, stability, direction)
    return np.asarray(np.interp(width, widths, distance), np.float64)


@dataclass(frozen=True, slots=True)
class Puffs:
    """What hangs in the air at one moment: arrays of shape (puffs,)."""

    x: Floats
    y: Floats
    across: Floats
    up: Floats
    mass: Floats

    def at_height(self, z: float, height: float) -> Floats:
        """Concentration [kg/m³] above the middle of each at `z` [m], the ground reflecting."""
        up = self.up
        profile = np.exp(-((z - height) ** 2) / (2 * up**2)) + np.exp(-((z + height) ** 2) / (2 * up**2))
        return np.asarray(self.mass / ((2 * math.pi) ** 1.5 * self.across**2 * up) * profile, np.float64)


class Transport:
    """A release on its way; `advance` moves it on, `puffs` shows it."""

    def __init__(self, release: Release, weather: Weather, params: HazardParams, sigma_set: str) -> None:
        self.release, self.weather, self.params, self.set = release, weather, params, sigma_set
        self.time = 0.0
        self.times = emission_times(release, params.step * params.steps, params.puff_interval)
        nodes = len(self.times)
        self.x, self.y = np.full(nodes, release.x), np.full(nodes, release.y)
        self.stability = weather.stability[self._row(0.0)]
        # Pasquill's widths: a source as wide as w starts with w/4.3 across, d/2.15 upwards.
        self.width, self.depth = release.width / 4.3, release.depth / 2.15
        self.along = self._virtual("y", np.full(nodes, self.width))
        self.upward = self._virtual("z", np.full(nodes, self.depth))
        # Stable air may never make a cloud as wide as unstable air has: it keeps the width it has.
        self.least_across, self.least_up = np.zeros(nodes), np.zeros(nodes)
        self.kept = np.ones(nodes - 1)
        self.calm = False

    def _row(self, time: float) -> int:
        return max(0, int(np.searchsorted(self.weather.time, time, side="right")) - 1)

    def _virtual(self, direction: str, width: Floats) -> Floats:
        found = distance_for(self.set, self.stability, direction, width)
        return np.where(width > 0, found, 0.0)

    def wind(self, row: int) -> tuple[float, float, float]:
        """East and north [m/s] of the wind at the height of transport, and its speed."""
        height = max(self.release.height, self.params.transport_height)
        power = wind_profiles()[find_set(self.set).wind_profile][self.weather.stability[row]]
        speed = float(self.weather.speed[row]) * (height / self.weather.height) ** power
        towards = math.radians(float(self.weather.direction[row]))
        return -speed * math.sin(towards), -speed * math.cos(towards), speed

    def advance(self, until: float) -> None:
        """Carry everything on to that moment, through each change of the weather on the way."""
        while self.time < until:
            row = self._row(self.time)
            following = self.weather.time[row + 1] if row + 1 < len(self.weather.time) else math.inf
            self._change(self.weather.stability[row])
            self._carry(row, min(until, float(following)))

    def _change(self, stability: Stability) -> None:
        if stability is self.stability:
            return
        across, up = self._widths(self.along, self.upward)
        across, up = np.maximum(across, self.least_across), np.maximum(up, self.least_up)
        self.stability = stability
        on_the_way = self.times < self.time
        across = np.where(on_the_way, across, self.width)
        up = np.where(on_the_way, up, self.depth)
        self.along, self.upward = self._virtual("y", across), self._virtual("z", up)
        self.least_across, self.least_up = across, up

    def _carry(self, row: int, until: float) -> None:
        east, north, speed = self.wind(row)
        self.calm = self.calm or speed < self.params.calm
        moved = np.clip(until - np.maximum(self.times, self.time), 0.0, None)
        self.x += east * moved
        self.y += north * moved
        spread = max(speed, self.params.calm) * moved
        self.along += spread
        self.upward += spread
        if self.params.deposition > 0:
            self._deposit(until)
        self.time = until

    def _deposit(self, until: float) -> None:
        """Source depletion: what the ground takes is missing from the whole depth of the cloud."""
        middle = (self.upward[:-1] + self.upward[1:]) / 2
        up = grown(self.set, self.stability, "z", middle)
        near = math.sqrt(2 / math.pi) / up * np.exp(-(self.release.height**2) / (2 * up**2))
        born = (self.times[:-1] + self.times[1:]) / 2
        aloft = np.clip(until - np.maximum(born, self.time), 0.0, None)
        self.kept = self.kept * np.exp(-self.params.deposition * near * aloft)

    def _born(self, time: float) -> Floats:
        out = emitted(self.release, np.minimum(self.times, time))
        if self.times[-1] == self.times[0]:
            return out[-1:]
        return np.diff(out)

    def _widths(self, along: Floats, upward: Floats) -> tuple[Floats, Floats]:
        return grown(self.set, self.stability, "y", along), grown(self.set, self.stability, "z", upward)

    @property
    def out(self) -> float:
        """Kilograms that have come into the open so far."""
        return float(np.sum(self._born(self.time)))

    @property
    def airborne(self) -> float:
        """Kilograms of them that the ground has not taken."""
        return float(np.sum(self._born(self.time) * self.kept))

    @property
    def pace(self) -> float:
        """Widths of its own that the oldest moves in a second: how often a lone puff must be looked at."""
        _, _, speed = self.wind(self._row(self.time))
        across = grown(self.set, self.stability, "y", self.along[:1])
        return speed / float(across[0])

    def puffs(self) -> Puffs:
        """What there is now, stretches cut finely enough to blend."""
        mass = self._born(self.time) * self.kept
        live = np.flatnonzero(mass > 0)
        older, younger = live, live + 1
        gap = np.hypot(self.x[younger] - self.x[older], self.y[younger] - self.y[older])
        middle = (self.along[older] + self.along[younger]) / 2
        pieces = np.ceil(gap / (BLEND * grown(self.set, self.stability, "y", middle)))
        count = np.clip(pieces, 1, MOST).astype(np.int64)
        which = np.repeat(np.arange(len(live)), count)
        first = np.cumsum(count) - count
        share = (np.arange(len(which)) - first[which] + 0.5) / count[which]

        def between(value: Floats) -> Floats:
            begin = value[older][which]
            return np.asarray(begin + share * (value[younger][which] - begin), np.float64)

        across, up = self._widths(between(self.along), between(self.upward))
        across = np.maximum(across, between(self.least_across))
        up = np.maximum(up, between(self.least_up))
        return Puffs(between(self.x), between(self.y), across, up, mass[live][which] / count[which])
