"""What a firm would have used without a measure, what it used, and how sure the difference is.

Days are the unit: production, weather and calendar are known by the day. A saving is believed only when its
interval leaves out zero and nothing else speaks against it; the reason goes with it either way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sized
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sandan.energy.model.rates import Floats
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

Form = Literal["flat", "heating", "cooling", "both"]
"""How use depends on temperature."""


class DayKind(IntEnum):
    """What sort of day it is to a factory."""

    WORKING = 0
    SATURDAY = 1
    HOLIDAY = 2


DAY_KINDS: Mapping[DayKind, Text] = MappingProxyType(
    {
        DayKind.WORKING: Text("평일", "working day"),
        DayKind.SATURDAY: Text("토요일", "Saturday"),
        DayKind.HOLIDAY: Text("일요일·공휴일", "Sunday or holiday"),
    }
)


@dataclass(frozen=True, slots=True)
class Days:
    """A firm's days, in order; missing is NaN."""

    day: NDArray[np.int64]
    """Days since 1970 in Seoul, rising [n]."""
    energy: Floats
    """[kWh, n]."""
    kind: NDArray[np.int8]
    """`DayKind` [n]."""
    temperature: Floats | None = None
    """Mean of the day outdoors [°C, n]."""
    drivers: Mapping[str, Floats] = field(default_factory=lambda: MappingProxyType({}))
    """What else use follows: pieces, tonnes, machine hours, each by its name [n]."""
    slots: Floats | None = None
    """The day's use by step, where it was metered so [kWh, n, steps]; wanted for money."""

    def __post_init__(self) -> None:
        n = len(self.day)
        parts: dict[str, Sized] = {"energy": self.energy, "kind": self.kind, **self.drivers}
        if self.temperature is not None:
            parts["temperature"] = self.temperature
        if self.slots is not None:
            parts["slots"] = self.slots
        findings = [
            _finding(name, f"{len(part)}개 값, {n}일", f"has {len(part)} values for {n} days")
            for name, part in parts.items()
            if len(part) != n
        ]
        if n == 0 or np.any(np.diff(self.day) <= 0):
            findings.append(
                _finding("day", "비었거나 차례가 아닌 날짜", "is empty or not in order, each day once")
            )
        if findings:
            raise InvalidInput(findings)


def _finding(where: str, ko: str, en: str) -> Finding:
    return Finding(
        f"days.{where}",
        Text(f"{where}: {ko}.", f"{where} {en}."),
        Text("일별 자료를 확인해 주십시오.", "Check the daily data."),
    )


@dataclass(frozen=True, slots=True)
class SavingParams:
    """How sure one wants to be, and what speaks against believing."""

    confidence: float = 0.95
    """Two-sided, of the interval (0.5 … 0.999)."""
    least_coverage: float = 0.9
    """Of days with all data, in the baseline and in the reporting period (0 … 1)."""
    least_days: int = 60
    """Of the baseline (20 …)."""
    least_span: int = 330
    """Days from the baseline's first to its last below which nothing is believed: a year's seasons, as
    CalTRACK asks (opendsm/caltrack issue 68). Half a year let 2 of 17 real buildings save by itself (1 …)."""
    most_outside: float = 0.1
    """Share of reporting days beyond what the baseline has seen (0 … 1)."""
    most_cv: float | None = None
    """Greatest CV(RMSE) of the daily baseline; None sets no limit besides the interval."""
    least_segment: int = 21
    """Days between two measures below which their effects are not told apart (7 …)."""
    replicates: int = 400
    """Of the block bootstrap (100 …)."""
    seed: int = 0

    def __post_init__(self) -> None:
        ranges = {
            "confidence": (self.confidence, 0.5, 0.999),
            "least_coverage": (self.least_coverage, 0.0, 1.0),
            "least_days": (self.least_days, 20, 100_000),
            "least_span": (self.least_span, 1, 100_000),
            "most_outside": (self.most_outside, 0.0, 1.0),
            "least_segment": (self.least_segment, 7, 100_000),
            "replicates": (self.replicates, 100, 100_000),
        }
        findings = [
            Finding(
                f"params.{name}",
                Text(f"{name}={value}: {low}~{high} 밖입니다.", f"{name}={value} is outside {low}–{high}."),
                Text(f"{low}~{high} 사이로 주십시오.", f"Give {low} to {high}."),
            )
            for name, (value, low, high) in ranges.items()
            if not low <= value <= high
        ]
        if findings:
            raise InvalidInput(findings)


@dataclass(frozen=True, slots=True)
class Baseline:
    """Use of a day as fitted before the measure, with all that its uncertainty is reckoned from."""

    form: Form
    heating_below: float
    """Change point [°C]; NaN without heating."""
    cooling_above: float
    """Change point [°C]; NaN without cooling."""
    names: tuple[str, ...]
    """Of the coefficients: kinds of day, heating, cooling, drivers."""
    coefficients: Floats
    """[kWh, kWh/°C, kWh per unit of a driver; p]."""
    kinds: tuple[DayKind, ...]
    """Kinds of day that were seen."""
    drivers: tuple[str, ...]
    ranges: Mapping[str, tuple[float, float]]
    """Least and greatest temperature and driver that were seen."""
    day: NDArray[np.int64]
    """The days it stands on [n]."""
    residual: Floats
    """Metered less fitted [kWh, n]."""
    design: Floats
    """Columns of the fit and of its change points' slopes [n, p + change points]."""
    sigma: float
    """Standard deviation of the residuals, degrees of freedom taken off [kWh]."""
    autocorrelation: float
    """From one day to the next, corrected for the length of the record (0 … 0.95)."""
    effective: float
    """n′ = n (1 − ρ)/(1 + ρ): how many independent days the record is worth."""
    cv: float
    """CV(RMSE): sigma over the mean."""
    bias: float
    """NMBE of months left out in turn: what the baseline misses on days it has not seen."""
    r2: float
    coverage: float
    """Share of the period's days with all data."""
    block_errors: Floats
    """Mean error a day of each thirty days, fitted without them [kWh/day, blocks]."""
    shape: Mapping[DayKind, Floats]
    """Share of each step in a day's use, by kind of day; empty without metering by step."""


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Half-widths of the interval by four ways of reckoning [kWh]; the widest is used."""

    ashrae: float
    """Guideline 14 with n′ and Sun and Baltazar's correction for days; NaN for parts of a period."""
    regression: float
    """Coefficients and noise with autocorrelated errors."""
    bootstrap: float
    """Blocks of residuals drawn again."""
    held_out: float
    """From months the fit had not seen."""

    @property
    def half(self) -> float:
        return float(np.nanmax([self.ashrae, self.regression, self.bootstrap, self.held_out]))


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure and its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Saving:
    """What was saved on the days that could be compared; negative is more used than before."""

    kwh: float
    low: float
    high: float
    confidence: float
    baseline_kwh: float
    """What these days would have taken without the measure."""
    actual_kwh: float
    days: int
    left_out: int
    """Days without all data or of a kind the baseline has not seen."""
    outside: float
    """Share of days beyond the baseline's temperatures and production."""
    uncertainty: Uncertainty
    won: Amount | None
    """Charges by the kWh before value-added tax; the base charge is not in it."""
    tonnes: Amount | None
    """tCO2eq."""
    believable: bool
    reasons: tuple[Text, ...]

    @property
    def fraction(self) -> float:
        """Of the baseline; NaN when there is none."""
        return self.kwh / self.baseline_kwh if self.baseline_kwh else float("nan")

    @property
    def fsu(self) -> float:
        """Fractional savings uncertainty: half-width over saving; infinite when nothing was saved."""
        return self.uncertainty.half / abs(self.kwh) if self.kwh else float("inf")


@dataclass(frozen=True, slots=True)
class Measure:
    """Something done to save energy."""

    id: str
    name: Text
    day: int
    """The first day with it in full [days since 1970 in Seoul]."""


@dataclass(frozen=True, slots=True)
class MeasureSaving:
    """What one measure saved from its day to the end, or several that cannot be told apart."""

    measures: tuple[Measure, ...]
    kwh: float
    low: float
    high: float
    per_day: float
    """[kWh/day]."""
    uncertainty: Uncertainty
    believable: bool
    reasons: tuple[Text, ...]
