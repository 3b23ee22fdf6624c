"""What is said of a release: kept with the incident, and computed anew as the wind goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sandan.control.model.hazard import Release
from sandan.control.model.substances import substances
from sandan.errors import InvalidInput
from sandan.words import Text

MOST_KG = 1_000_000.0


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
        self.release()

    def release(self) -> Release:
        """As the models take it; `InvalidInput` where they cannot."""
        seconds = self.minutes * 60
        return Release(
            substances()[self.substance],
            seconds,
            rate=self.amount / seconds if seconds else None,
            amount=None if seconds else self.amount,
            height=self.height,
            liquefied=self.liquefied,
            indoors=self.indoors,
            air_changes=self.air_changes,
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"started": self.started.isoformat()}

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> HazardRequest:
        return cls(**{**given, "started": datetime.fromisoformat(given["started"])})
