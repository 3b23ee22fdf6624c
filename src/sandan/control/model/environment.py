"""Air and stacks: bands of the air quality index, means over windows, what stands in law and what does not.

A concentration is in the unit of its quantity: ppm for gases, ㎍/㎥ for dust, mg/㎥ for dust of a stack.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from sandan.errors import Finding, InvalidInput
from sandan.words import Text

Concentration = Annotated[float, "in the unit of the pollutant's quantity"]
Share = Annotated[float, "1"]


class AirGrade(IntEnum):
    """The four grades of the index; the numbers are those AirKorea publishes."""

    GOOD = 1
    MODERATE = 2
    BAD = 3
    VERY_BAD = 4


AIR_GRADES: Mapping[AirGrade, Text] = {
    AirGrade.GOOD: Text("좋음", "Good"),
    AirGrade.MODERATE: Text("보통", "Moderate"),
    AirGrade.BAD: Text("나쁨", "Bad"),
    AirGrade.VERY_BAD: Text("매우나쁨", "Very bad"),
}
POLLUTANTS: Mapping[str, Text] = {
    "so2": Text("아황산가스", "SO2"),
    "co": Text("일산화탄소", "CO"),
    "o3": Text("오존", "O3"),
    "no2": Text("이산화질소", "NO2"),
    "pm10": Text("미세먼지(PM10)", "PM10"),
    "pm25": Text("초미세먼지(PM2.5)", "PM2.5"),
}
"""The six of the index, under the names of their quantities, in AirKorea's order."""


@dataclass(frozen=True, slots=True)
class Basis:
    """Where a figure of a table comes from; `mark` is S (sourced) or F (to be confirmed)."""

    version: str
    effective: date | None
    mark: str
    source: str
    version_en: str = ""

    @property
    def name(self) -> Text:
        """The rule it is, as it is read; a table without English names it in Korean alone."""
        return Text(self.version, self.version_en or self.version)


@dataclass(frozen=True, slots=True)
class Band:
    """One band of one pollutant: from which to which concentration, and the index at both ends.

    `high` is None where no source tells it. Concentrations are compared with `digits` decimals, which
    is how the table closes the gap between one band's end and the next one's beginning.
    """

    pollutant: str
    grade: AirGrade
    low: Concentration
    high: Concentration | None
    index_low: int
    index_high: int
    digits: int
    basis: Basis


@dataclass(frozen=True, slots=True)
class SubIndex:
    """The index of one pollutant.

    `at_least` where the true index may be higher: beyond the last band, or in one whose end nobody told.
    """

    pollutant: str
    concentration: Concentration
    index: int
    grade: AirGrade
    at_least: bool


@dataclass(frozen=True, slots=True)
class AirIndex:
    """The index of one place and hour; `value` is None when it may not be made, and `why` says why."""

    value: int | None
    grade: AirGrade | None
    main: Sequence[str]
    sub: Sequence[SubIndex]
    added: int
    """Points added because two, or three and more, pollutants are bad."""
    missing: Sequence[str]
    at_least: bool
    why: Text


@dataclass(frozen=True, slots=True)
class IndexHours:
    """The index of many places and hours: arrays of shape (places, hours), NaN and 0 where there is none."""

    value: NDArray[np.float64]
    grade: NDArray[np.int8]
    added: NDArray[np.int16]
    main: NDArray[np.int8]
    """Position of the main pollutant in `POLLUTANTS`, the first of equals; -1 for none."""
    sub: Mapping[str, NDArray[np.float64]]
    at_least: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Means:
    """Means over windows, each of shape (windows,); NaN where too little of the window counts."""

    start: NDArray[np.int64]
    """[ms since 1970]"""
    mean: NDArray[np.float64]
    share: NDArray[np.float64]
    """How much of what was expected counts, 0 to 1."""
    left_out: NDArray[np.int64]
    """Samples that came but do not count."""


@dataclass(frozen=True, slots=True)
class Window:
    """How a mean is made: its length, the spacing of samples, and the share of them it needs.

    No source tells the share (REFERENCE.md A23), so there is none by default.
    """

    length: Annotated[int, "ms"]
    interval: Annotated[int, "ms"]
    needed: Share

    def __post_init__(self) -> None:
        findings = []
        if self.interval <= 0 or self.length <= 0 or self.length % max(self.interval, 1):
            findings.append(
                Finding(
                    "length",
                    Text(
                        "구간 길이가 측정 간격의 배수가 아닙니다.",
                        "The window is no multiple of the interval.",
                    ),
                    Text(
                        "간격으로 나누어떨어지는 길이를 쓰십시오.", "use a length that the interval divides."
                    ),
                )
            )
        if not 0 < self.needed <= 1:
            findings.append(
                Finding(
                    "needed",
                    Text(
                        "필요한 자료 비율이 0 초과 1 이하가 아닙니다.",
                        "The share needed is not within 0 and 1.",
                    ),
                    Text("예: 0.75처럼 적으십시오.", "write it as 0.75, for instance."),
                )
            )
        if findings:
            raise InvalidInput(findings)


@dataclass(frozen=True, slots=True)
class StackState:
    """A state of a stack monitor, and whether what it measures in it counts."""

    id: str
    name: Text
    counts: bool
    basis: Basis


class Verdict(StrEnum):
    """What a half-hour of a stack says."""

    WITHIN = "within"
    OVER = "over"
    LEFT_OUT = "left_out"
    """Samples came, but their states keep them from counting."""
    TOO_FEW = "too_few"


VERDICTS: Mapping[Verdict, Text] = {
    Verdict.WITHIN: Text("기준 이내", "Within the limit"),
    Verdict.OVER: Text("기준 초과", "Over the limit"),
    Verdict.LEFT_OUT: Text("판정 제외", "Left out"),
    Verdict.TOO_FEW: Text("자료 부족", "Too few data"),
}


@dataclass(frozen=True, slots=True)
class HalfHour:
    """One 30-minute mean of a stack against its limit."""

    start: Annotated[int, "ms since 1970"]
    mean: Concentration | None
    share: Share
    verdict: Verdict
    why: Text


@dataclass(frozen=True, slots=True)
class RepeatRule:
    """How often a limit may be passed before it counts as a breach; what is None is not applied.

    The rule in force could not be found ("3 in a row / 8 a week" has no source): the operator sets it.
    """

    in_a_row: int | None = None
    in_a_week: int | None = None


@dataclass(frozen=True, slots=True)
class StackReport:
    """The half-hours of a stack, the breaches by the operator's rule, and how far it may be relied on."""

    half_hours: Sequence[HalfHour]
    breaches: Sequence[tuple[int, Text]]
    """Start [ms since 1970] of the half-hour that completed a breach, and what it is."""
    notes: Sequence[Text]


@dataclass(frozen=True, slots=True)
class WarningLevel:
    """A level of an air warning: it begins when the hourly mean stays at `at_least` for `hours` hours."""

    pollutant: str
    level: int
    name: Text
    at_least: Concentration
    hours: int
    end_below: Concentration
    basis: Basis


@dataclass(frozen=True, slots=True)
class AirWarning:
    """A level reached by hourly means, since which hour (position in the series)."""

    level: WarningLevel
    since: int
    why: Text
