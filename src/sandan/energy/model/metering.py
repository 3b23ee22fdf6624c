"""What a meter says, quarter-hour by quarter-hour; missing is NaN and never zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandan.energy.model.rates import SLOT_MS, Floats, Instants
from sandan.errors import Finding, InvalidInput
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class Meter:
    """The readings of one billing meter over consecutive quarter-hours."""

    start: Instants
    """[n]; 15 minutes apart."""
    energy: Floats
    """[kWh, n]; NaN is missing."""
    lagging: Floats | None = None
    """Lagging reactive energy [kvarh, n]."""
    leading: Floats | None = None
    """Leading reactive energy [kvarh, n]."""
    estimated: NDArray[np.bool_] | None = None
    """Whether the energy is an estimate [n]."""

    def __post_init__(self) -> None:
        n = len(self.start)
        findings = [
            _finding(name, f"{len(array)}개", f"{n}개여야 합니다", f"has {len(array)} values instead of {n}")
            for name, array in (
                ("energy", self.energy),
                ("lagging", self.lagging),
                ("leading", self.leading),
                ("estimated", self.estimated),
            )
            if array is not None and len(array) != n
        ]
        if n == 0:
            findings.append(_finding("start", "비어 있음", "한 칸 이상이어야 합니다", "is empty"))
        elif self.start[0] % SLOT_MS or np.any(np.diff(self.start) != SLOT_MS):
            findings.append(
                _finding(
                    "start", "간격이 고르지 않음", "15분 간격이어야 합니다", "is not a run of quarter-hours"
                )
            )
        if not findings and np.any(self.energy < 0):
            findings.append(_finding("energy", "음수", "0 이상이어야 합니다", "is negative somewhere"))
        if findings:
            raise InvalidInput(findings)


def _finding(where: str, found: str, wanted: str, english: str) -> Finding:
    return Finding(
        f"meter.{where}",
        Text(f"{found}: {wanted}.", f"{where} {english}."),
        Text("15분 단위 계량값을 다시 확인해 주십시오.", "Check the quarter-hour readings."),
    )


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a virtual meter: `factor` × reading, `loss` of it gone on the way."""

    meter: str
    factor: float = 1.0
    """1 adds, −1 takes off, a fraction is a share."""
    loss: float = 0.0
    """Share lost between that meter and this point [0..1)."""


@dataclass(frozen=True, slots=True)
class VirtualMeter:
    """A meter that is computed from others, virtual ones among them."""

    id: str
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """Energy of a real or a virtual meter with how much of it was really measured."""

    energy: Floats
    """[kWh, n]; NaN where any part is missing."""
    present: Floats
    """Share of the parts that were there [n, 0..1]."""
    estimated: NDArray[np.bool_]
    """Whether any part is an estimate [n]."""

    @property
    def completeness(self) -> float:
        """Share of quarter-hours that were measured in full."""
        return float(np.mean((self.present >= 1) & ~self.estimated))

    @property
    def total(self) -> float:
        """Of the quarter-hours that are there [kWh]."""
        return float(np.nansum(self.energy))


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate with what it is of."""

    name: Text
    part: float
    whole: float
    part_is: Text
    whole_is: Text

    @property
    def value(self) -> float:
        """NaN when there is nothing to divide by."""
        return self.part / self.whole if self.whole > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class Balance:
    """The energy balance of a complex over the quarter-hours in which all of it was measured [kWh]."""

    supplied: float
    """Import + generation + discharge."""
    imported: float
    generated: float
    exported: float
    charged: float
    discharged: float
    metered_use: float
    """Sum of the firms' meters."""
    losses: float
    """Supply that no meter accounts for; negative says that meters disagree."""
    self_used: float
    """Generation used in the complex within its own quarter-hour."""
    slots: int
    used_slots: int
    """Quarter-hours in which nothing was missing."""
    rates: Mapping[str, Rate]

    @property
    def use(self) -> float:
        """What the complex took: supply less export and charging, losses included [kWh]."""
        return self.supplied - self.exported - self.charged
