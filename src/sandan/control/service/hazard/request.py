"""What is said of a release: kept with the incident, and computed anew as the wind goes on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sandan.control.engine.hazard.pool import Pool, evaporate, lies_in_a_pool
from sandan.control.model.hazard import Release, Weather
from sandan.control.model.substances import substances
from sandan.errors import InvalidInput
from sandan.words import Text

MOST_KG = 1_000_000.0
MOST_SQUARE_METRES = 1_000_000.0
LONGEST = 24 * 3600.0
MOST_WIND = 60.0
ROOM, CALM = 293.15, 0.5


@dataclass(frozen=True, slots=True)
class HazardRequest:
    """A substance that leaves a place: `amount` [kg] over `minutes` (0: at once), from `height` [m]."""

    substance: str
    amount: float
    minutes: float
    lon: float
    lat: float
    started: datetime
    height: float = 0.0
    liquefied: bool = False
    indoors: bool = False
    air_changes: float | None = None
    basis: str = ""
    """How the amount is known: `reported`, or `worst` for all that a tank holds."""
    spilled: bool = False
    """The amount is liquid on the ground: only what evaporates spreads."""
    pool_area: float | None = None
    """m² of the bund or the pool; None where nobody knows, and then it lies a centimetre deep."""
    wind_from: float | None = None
    """° where somebody said the wind, because no station does; with `wind_speed` [m/s]."""
    wind_speed: float | None = None

    def __post_init__(self) -> None:
        if self.substance not in substances():
            raise InvalidInput.because(
                "substance",
                Text("확산을 계산할 수 없는 물질입니다.", "the spread of this cannot be computed."),
                Text(f"가능한 물질: {', '.join(substances())}", f"one of: {', '.join(substances())}"),
            )
        if not 0 < self.amount <= MOST_KG or not 0 <= self.minutes <= 24 * 60:
            raise InvalidInput.because(
                "amount",
                Text("양이나 시간이 범위를 벗어났습니다.", "the amount or the time is out of range."),
                Text("0보다 큰 kg과 0~1,440분을 적으십시오.", "give more than 0 kg and 0 to 1,440 minutes."),
            )
        if (self.wind_from is None) != (self.wind_speed is None) or not (
            0 <= (self.wind_from or 0.0) <= 360 and 0 <= (self.wind_speed or 0.0) <= MOST_WIND
        ):
            raise InvalidInput.because(
                "wind",
                Text("바람을 읽을 수 없습니다.", "the wind cannot be read."),
                Text(
                    "불어오는 방향 0~360°와 세기 0~60 m/s를 함께 적거나 둘 다 비우십시오.",
                    "give both where it comes from (0 to 360°) and its speed (0 to 60 m/s), or neither.",
                ),
            )
        if self.pool_area is not None and not 0 < self.pool_area <= MOST_SQUARE_METRES:
            raise InvalidInput.because(
                "pool_area",
                Text("웅덩이 넓이가 범위를 벗어났습니다.", "the area of the pool is out of range."),
                Text("0보다 큰 ㎡를 적으십시오.", "give more than 0 m²."),
            )
        self.release(None)

    def pool(self, weather: Weather | None) -> Pool | None:
        """The pool that the spill makes in the last wind; None for what is no spill, or no liquid then."""
        substance = substances()[self.substance]
        temperature = weather.temperature if weather is not None else ROOM
        if not self.spilled or not lies_in_a_pool(substance, temperature):
            return None
        speed = max(float(weather.speed[-1]), CALM) if weather is not None else CALM
        return evaporate(substance, self.amount, self.pool_area, speed, temperature)

    def release(self, weather: Weather | None) -> Release:
        """As the models take it in that weather; `InvalidInput` where they cannot.

        Of a spill it is what evaporates, and never faster than it was spilled.
        """
        seconds, pool = self.minutes * 60, self.pool(weather)
        rate = self.amount / seconds if seconds else None
        if pool is not None and (rate is None or pool.rate < rate):
            rate, seconds = pool.rate, min(pool.lasts, LONGEST)
        return Release(
            substances()[self.substance],
            seconds,
            rate=rate,
            amount=None if seconds else self.amount,
            height=self.height,
            width=0.0 if pool is None else math.sqrt(pool.area),
            liquefied=self.liquefied,
            indoors=self.indoors,
            air_changes=self.air_changes,
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"started": self.started.isoformat()}

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> HazardRequest:
        return cls(**{**given, "started": datetime.fromisoformat(given["started"])})
