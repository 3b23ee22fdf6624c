"""What came out, where and how."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sandan.control.model.hazard.quantities import (
    Kelvin,
    Kilogram,
    KilogramPerSecond,
    Metre,
    PerHour,
    Second,
    at_least,
    check,
    positive,
)
from sandan.control.model.substances import Substance
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class Release:
    """What came out, where and how: either a rate over a duration or an amount (over 0 s: at once)."""

    substance: Substance
    duration: Second
    rate: KilogramPerSecond | None = None
    amount: Kilogram | None = None
    x: Metre = 0.0
    y: Metre = 0.0
    height: Metre = 0.0
    width: Metre = 0.0
    """Of the opening or the building it leaves from; the cloud starts that wide."""
    depth: Metre = 0.0
    """The same, upwards."""
    temperature: Kelvin | None = None
    """None: that of the air, or the boiling point of a liquefied gas."""
    liquefied: bool = False
    """Stored as liquid above its boiling point: part leaves as a spray, which makes it heavy."""
    storage_temperature: Kelvin | None = None
    """Of the liquid; None: that of the air."""
    indoors: bool = False
    air_changes: PerHour | None = None
    """Of the hall; needed indoors, and no default is known for it."""

    def __post_init__(self) -> None:
        one = Text(
            "방출률과 총량 가운데 하나만 적으십시오. 순간 누출은 총량과 0초입니다.",
            "give either a rate or an amount; a sudden release is an amount over 0 s.",
        )
        once = Text("0초(순간) 또는 1초 이상으로 적으십시오.", "give 0 s (at once) or 1 s or more.")
        check(
            "release",
            [
                ("rate", (self.rate is None) != (self.amount is None), one),
                ("rate", self.rate is None or 0 < self.rate < math.inf, positive("kg/s")),
                ("amount", self.amount is None or 0 < self.amount < math.inf, positive("kg")),
                ("duration", self.duration == 0 or 1 <= self.duration < math.inf, once),
                ("duration", self.rate is None or self.duration > 0, one),
                ("height", 0 <= self.height <= 500, Text("0~500 m로 적으십시오.", "give 0 to 500 m.")),
                ("width", 0 <= self.width < math.inf, at_least(0, "m")),
                ("depth", 0 <= self.depth < math.inf, at_least(0, "m")),
                ("temperature", self.temperature is None or self.temperature > 0, positive("K")),
                (
                    "storage_temperature",
                    self.storage_temperature is None or self.storage_temperature > 0,
                    positive("K"),
                ),
                (
                    "air_changes",
                    not self.indoors or (self.air_changes is not None and self.air_changes > 0),
                    Text(
                        "실내 누출은 환기 횟수(회/h)를 적으십시오.",
                        "give the air changes per hour of the hall.",
                    ),
                ),
            ],
        )

    @property
    def mass(self) -> Kilogram:
        """What comes out in all."""
        return self.amount if self.amount is not None else (self.rate or 0.0) * self.duration
