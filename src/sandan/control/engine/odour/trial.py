"""Smells whose source is known, to try a network of sensors, or a setting, before it is relied on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandan.control.engine.hazard.plume import disperse_plume
from sandan.control.engine.odour.locate import locate_source
from sandan.control.model.hazard import Stability
from sandan.control.model.odour import Area, OdourParams, OdourProblem, Sensors, SourceMap, Wind


@dataclass(frozen=True, slots=True)
class Invented:
    """A made-up smell: what the sensors would tell of it, and where it truly comes from."""

    problem: OdourProblem
    x: float
    y: float
    rate: float
    others: Sequence[tuple[float, float]] = ()
    """Where else a smell came from at the same time."""


@dataclass(frozen=True, slots=True)
class NetworkTrial:
    """How a network did over made-up smells: regions that held the source, errors and sizes (medians)."""

    cases: int
    held: int
    median_error: float
    median_area: float


def scatter_sensors(area: Area, sensors: int, detection: float, seed: int) -> Sensors:
    """Sensors anywhere in the area, with a detection limit and no background."""
    random = np.random.default_rng(seed)
    x, y = random.uniform(area.west, area.east, sensors), random.uniform(area.south, area.north, sensors)
    return Sensors(x, y, np.zeros(sensors), np.full(sensors, detection))


def invent_smell(
    area: Area,
    sensors: Sensors,
    seed: int,
    *,
    windows: int = 12,
    bias: float = 10.0,
    jitter: float = 0.0,
    factor: float = 2.0,
    sigma_set: str = "briggs_rural",
    stability: Stability = Stability.D,
    rate: tuple[float, float] = (5.0, 100.0),
    others: int = 0,
) -> Invented:
    """What `sensors` would read in `windows` windows from one steady source somewhere in the area's middle.

    `others` are further such sources at the same time, anywhere in the middle.

    The wind wanders by 20° (sd) from window to window about 3 m/s. Readings are off by a lognormal `factor`
    (sd) and by noise of half the detection limit; the wind is told wrong by `bias` [°] to either side in
    all windows, and by `jitter` [°, sd] in each. The strength is loguniform in `rate`.
    """
    random = np.random.default_rng(seed)
    width, height = area.east - area.west, area.north - area.south

    def draw() -> tuple[float, float, float]:
        x = area.west + width * random.uniform(0.16, 0.84)
        y = area.south + height * random.uniform(0.16, 0.84)
        return x, y, float(np.exp(random.uniform(*np.log(rate))))

    x, y, strength = draw()
    speed = np.clip(3 + np.cumsum(random.normal(0, 0.3, windows)), 1, 8)
    true = random.uniform(0, 360) + np.cumsum(random.normal(0, 20, windows))
    toward = np.radians(true) + np.pi

    def bring(x: float, y: float, strength: float) -> NDArray[np.float64]:
        dx, dy = sensors.x - x, sensors.y - y
        along = np.sin(toward)[:, None] * dx + np.cos(toward)[:, None] * dy
        across = np.cos(toward)[:, None] * dx - np.sin(toward)[:, None] * dy
        return np.stack(
            [
                disperse_plume(strength, float(speed[t]), stability, sigma_set, along[t], across[t], 1.5, 2.0)
                for t in range(windows)
            ]
        )

    clean = bring(x, y, strength)
    more = [draw() for _ in range(others)]
    for one in more:
        clean = clean + bring(*one)
    noisy = clean * np.exp(random.normal(0, np.log(factor), clean.shape))
    reading = np.maximum(noisy + random.normal(0, 1, clean.shape) * sensors.detection / 2, 0)
    told = true + bias * random.choice([-1, 1]) + random.normal(0, jitter, windows)
    wind = Wind(speed, told % 360, [stability] * windows)
    return Invented(
        OdourProblem(area, sensors, wind, reading), x, y, strength, [(at[0], at[1]) for at in more]
    )


def holds(found: SourceMap, x: float, y: float) -> bool:
    """Whether the region holds a place."""
    column, row = int((x - found.west) / found.cell), int((y - found.south) / found.cell)
    return bool(found.inside[row, column])


def try_network(made: Sequence[Invented], params: OdourParams | None = None) -> NetworkTrial:
    """Locate made-up smells and say how often the region held the source, and how far off the guess was."""
    found = [locate_source(one.problem, params) for one in made]
    errors = [np.hypot(at.x - one.x, at.y - one.y) for at, one in zip(found, made, strict=True)]
    held = sum(holds(at, one.x, one.y) for at, one in zip(found, made, strict=True))
    areas = [at.region_area for at in found]
    return NetworkTrial(len(made), held, float(np.median(errors)), float(np.median(areas)))
