"""What the rules leave to whoever runs them."""

from __future__ import annotations

from dataclasses import dataclass

from sandan.errors import Finding, InvalidInput
from sandan.words import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingSettings:
    """`hub_share`: from which share [0, 1] of a plan's money the hub is said to take most; no source
    gives a number, so that nothing is said until it is set. `factor_band`: how far [share] from the known
    emission factors a reduction still looks like an older factor rather than a mistake."""

    hub_share: float | None = None
    factor_band: float = 0.15

    def __post_init__(self) -> None:
        faults = [
            Finding(
                name,
                Text(f"{name}={value}은(는) 0–1 범위를 벗어납니다.", f"{name}={value} is outside 0–1."),
                Text("0에서 1 사이로 정하십시오.", "give a share between 0 and 1."),
            )
            for name, value in (("hub_share", self.hub_share), ("factor_band", self.factor_band))
            if value is not None and not 0 <= value <= 1
        ]
        if faults:
            raise InvalidInput(faults)
