"""The wind a release meets, and how the air mixes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import numpy as np

from sandan.control.model.hazard.quantities import (
    Degree,
    Floats,
    Kelvin,
    Metre,
    MetrePerSecond,
    Pascal,
    at_least,
    check,
    positive,
)
from sandan.words import Text


class Stability(StrEnum):
    """Pasquill's classes, from very unstable to stable."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"


STABILITIES = {
    Stability.A: Text("매우 불안정", "very unstable"),
    Stability.B: Text("불안정", "unstable"),
    Stability.C: Text("약간 불안정", "slightly unstable"),
    Stability.D: Text("중립", "neutral"),
    Stability.E: Text("약간 안정", "slightly stable"),
    Stability.F: Text("안정", "stable"),
}


@dataclass(frozen=True, slots=True)
class Weather:
    """Wind and stability, each row valid from its time until the next; the last goes on.

    Arrays of shape (rows,). `direction` is where the wind comes from, as stations report it.
    """

    time: Floats
    direction: Floats
    speed: Floats
    stability: Sequence[Stability]
    height: Metre = 10.0
    """Of the anemometer."""
    temperature: Kelvin = 288.15
    pressure: Pascal = 101_325.0
    density: Annotated[float, "kg/m³"] | None = None
    """Of the air; None: from temperature and pressure."""

    def __post_init__(self) -> None:
        rows = len(self.time)
        same = rows > 0 and rows == len(self.direction) == len(self.speed) == len(self.stability)
        numbers = (self.time, self.direction, self.speed)
        check(
            "weather",
            [
                (
                    "time",
                    same and bool(self.time[0] <= 0) and bool(np.all(np.diff(self.time) > 0)),
                    Text(
                        "같은 길이의 시각·풍향·풍속·안정도를 누출 시각부터 오름차순으로 적으십시오.",
                        "give time, direction, speed and stability of one length, rising from the release.",
                    ),
                ),
                (
                    "speed",
                    all(bool(np.all(np.isfinite(n))) for n in numbers) and bool(np.all(self.speed >= 0)),
                    at_least(0, "m/s"),
                ),
                ("height", self.height > 0, positive("m")),
                ("temperature", self.temperature > 0, positive("K")),
                ("pressure", self.pressure > 0, positive("Pa")),
            ],
        )


def steady(direction: Degree, speed: MetrePerSecond, stability: Stability) -> Weather:
    """A wind that does not change, measured at 10 m."""
    return Weather(np.zeros(1), np.array([float(direction)]), np.array([float(speed)]), (stability,))
