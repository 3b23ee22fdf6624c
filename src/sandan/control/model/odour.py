"""Smells: what the law allows, what was measured and complained of, and where it may come from.

Places are metres east and north of an origin the caller chooses; directions are where the wind comes
from, in degrees clockwise from north, as weather stations tell them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from sandan.control.model.environment import Basis
from sandan.control.model.hazard import Stability
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

Metre = Annotated[float, "m"]
Degree = Annotated[float, "°"]
Share = Annotated[float, "1"]
Factor = Annotated[float, "1"]
Reading = Annotated[float, "in the unit of the sensors: OU, ppm or what they tell"]
Rate = Annotated[float, "unit of the sensors × ㎥/s"]

Region = Literal["industrial", "other"]
Spot = Literal["outlet", "boundary"]
REGIONS: Mapping[Region, Text] = {
    "industrial": Text("공업지역", "Industrial area"),
    "other": Text("기타지역", "Other area"),
}
SPOTS: Mapping[Spot, Text] = {
    "outlet": Text("배출구", "Outlet"),
    "boundary": Text("부지경계선", "Site boundary"),
}


@dataclass(frozen=True, slots=True)
class OdourLimit:
    """A limit of complex odour [dilution] or of a designated substance [ppm at the boundary].

    `strict_low` to `strict_high` is the range within which an ordinance may set a stricter one.
    """

    id: str
    name: Text
    spot: Spot
    region: Region
    limit: Reading
    strict_low: Reading | None
    strict_high: Reading | None
    unit: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class OdourVerdict:
    """A reading against a limit; `share` is reading ÷ limit."""

    limit: OdourLimit
    applied: Reading
    share: Share
    over: bool
    why: Text


@dataclass(frozen=True, slots=True)
class Sensors:
    """Where readings are taken: arrays of shape (sensors,) [m], with background and detection limit.

    `background` is what a sensor reads without the source (a quiet hour's median, say), `detection` what
    it cannot tell from nothing; both in the unit of the readings.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    background: NDArray[np.float64]
    detection: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Wind:
    """The wind of each window, arrays of shape (windows,): speed [m/s], direction it comes from [°]."""

    speed: NDArray[np.float64]
    direction: NDArray[np.float64]
    stability: Sequence[Stability]


@dataclass(frozen=True, slots=True)
class Complaint:
    """Somebody smelled it: where, and in which window of time (position)."""

    x: Metre
    y: Metre
    window: int


@dataclass(frozen=True, slots=True)
class Area:
    """Where the source is looked for."""

    west: Metre
    south: Metre
    east: Metre
    north: Metre


@dataclass(frozen=True, slots=True)
class OdourProblem:
    """What is known: `reading` has shape (windows, sensors), NaN where there is none."""

    area: Area
    sensors: Sensors
    wind: Wind
    reading: NDArray[np.float64]
    complaints: Sequence[Complaint] = ()

    def __post_init__(self) -> None:
        sensors, windows = len(self.sensors.x), len(self.wind.speed)
        findings = []
        if self.reading.shape != (windows, sensors):
            findings.append(
                Finding(
                    "reading",
                    Text(
                        f"측정값 배열이 ({windows}, {sensors}) 크기가 아닙니다.",
                        f"The readings are not of shape ({windows}, {sensors}).",
                    ),
                    Text("시간대 × 센서 크기로 주십시오.", "give windows × sensors."),
                )
            )
        if {windows} != {len(self.wind.direction), len(self.wind.stability)}:
            findings.append(
                Finding(
                    "wind",
                    Text("바람 자료의 시간대 수가 서로 다릅니다.", "The wind's columns differ in length."),
                    Text(
                        "풍속·풍향·대기안정도를 시간대마다 주십시오.",
                        "give speed, direction and stability for each window.",
                    ),
                )
            )
        if not (self.area.west < self.area.east and self.area.south < self.area.north):
            findings.append(
                Finding(
                    "area",
                    Text("탐색 구역이 비어 있습니다.", "The area is empty."),
                    Text("동쪽·북쪽 끝을 더 크게 주십시오.", "let east and north be larger."),
                )
            )
        if not ((self.sensors.background > 0) | (self.sensors.detection > 0)).all():
            findings.append(
                Finding(
                    "sensors",
                    Text(
                        "배경값과 검출한계가 모두 0인 센서가 있습니다.",
                        "A sensor has neither background nor detection limit.",
                    ),
                    Text("둘 중 하나를 0보다 크게 적으십시오.", "give one of them above zero."),
                )
            )
        findings += [
            Finding(
                f"complaints[{at}]",
                Text(f"시간대 {one.window}이(가) 없습니다.", f"There is no window {one.window}."),
                Text(f"0–{windows - 1} 가운데에서 고르십시오.", f"choose one of 0 to {windows - 1}."),
            )
            for at, one in enumerate(self.complaints)
            if not 0 <= one.window < windows
        ]
        if findings:
            raise InvalidInput(findings)


@dataclass(frozen=True, slots=True)
class OdourParams:
    """How far each thing may be wrong. Factors are one standard deviation of a lognormal error.

    `bias_sd` is the error of direction common to all windows (a vane mounted askew, a station behind a
    building), `spread_sd` that of each window for itself. `smelled_at` is the concentration at which half
    of all people would complain; it has no default and is needed with complaints.
    """

    reading_factor: Factor = 2.0
    plume_factor: Factor = 1.7
    odd_share: Share = 0.01
    """Of readings that have nothing to do with the source."""
    bias_sd: Degree = 10.0
    spread_sd: Degree = 3.0
    source_height: Metre = 2.0
    sensor_height: Metre = 1.5
    extent: Metre = 15.0
    """How far (sd) a source's place may be from the one point the plume takes it for, sensors' errors too."""
    calm: Annotated[float, "m/s"] = 0.5
    """Below this a plume has no direction and the window is left out."""
    region: Share = 0.9
    cell: Metre = 20.0
    sigma_sets: tuple[str, ...] = ("briggs_urban", "briggs_rural")
    """Sets of σ that may hold; a complex is rough ground, but not everywhere and not for every source."""
    class_error: int = 1
    """By how many classes the stability told may be wrong, all windows alike."""
    rate: tuple[Rate, Rate] | None = None
    """Range of the source's strength; taken from the readings when not given."""
    smelled_at: Reading | None = None
    smelled_factor: Factor = 3.0
    other_cause: Share = 0.1
    """Of complaints that have another cause."""

    def __post_init__(self) -> None:
        ranges: Mapping[str, tuple[float, float, float]] = {
            "reading_factor": (self.reading_factor, 1.05, 10),
            "plume_factor": (self.plume_factor, 1, 10),
            "odd_share": (self.odd_share, 0, 0.5),
            "bias_sd": (self.bias_sd, 0, 30),
            "spread_sd": (self.spread_sd, 0, 20),
            "source_height": (self.source_height, 0, 300),
            "sensor_height": (self.sensor_height, 0, 100),
            "extent": (self.extent, 0, 200),
            "calm": (self.calm, 0.1, 3),
            "region": (self.region, 0.5, 0.99),
            "cell": (self.cell, 5, 500),
            "class_error": (self.class_error, 0, 2),
            "smelled_factor": (self.smelled_factor, 1.05, 30),
            "other_cause": (self.other_cause, 0.001, 0.9),
        }
        findings = [
            Finding(
                name,
                Text(
                    f"{name} = {value:g}은(는) 범위를 벗어났습니다.", f"{name} = {value:g} is out of range."
                ),
                Text(f"{low:g}–{high:g} 사이로 적으십시오.", f"choose {low:g} to {high:g}."),
            )
            for name, (value, low, high) in ranges.items()
            if not low <= value <= high
        ]
        if not self.sigma_sets:
            findings.append(
                Finding(
                    "sigma_sets",
                    Text("확산계수가 하나도 없습니다.", "There is no set of σ."),
                    Text("하나 이상 고르십시오.", "choose one or more."),
                )
            )
        if self.rate is not None and not 0 < self.rate[0] < self.rate[1]:
            findings.append(
                Finding(
                    "rate",
                    Text("배출량 범위가 올바르지 않습니다.", "The range of rates is wrong."),
                    Text("0보다 큰 하한과 그보다 큰 상한을 적으십시오.", "give 0 < lowest < highest."),
                )
            )
        if findings:
            raise InvalidInput(findings)

    @property
    def sigma(self) -> Factor:
        """Standard deviation of ln(reading): the sensor's own error and the plume's together."""
        return math.hypot(math.log(self.reading_factor), math.log(self.plume_factor))


@dataclass(frozen=True, slots=True)
class Shape:
    """How a plume spreads: a set of σ, and by how many classes the stability is shifted (+ more stable)."""

    sigma_set: str
    shift: int

    def classes(self, told: Sequence[Stability]) -> Sequence[Stability]:
        """The stability taken for each window."""
        kinds = list(Stability)
        return [kinds[min(max(kinds.index(one) + self.shift, 0), len(kinds) - 1)] for one in told]


@dataclass(frozen=True, slots=True)
class Site:
    """A firm's site, as a circle about its middle."""

    id: str
    name: str
    x: Metre
    y: Metre
    radius: Metre


@dataclass(frozen=True, slots=True)
class Candidate:
    """A firm worth inspecting: `probability` is given that the source is one of the firms asked about."""

    site: Site
    probability: Share
    cumulative: Share
    """Of this firm and those before it: how far an inspection that stops here has come."""
    in_region: bool
    explained: int
    """Raised readings that a source there explains, of `raised`."""
    raised: int
    silent: int
    """Readings that were not raised though the plume of a source there would have passed."""
    why: Text
    against: Text | None
    """What speaks against it; None where nothing does."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A connected part of the region: its middle, the probability in it, its size."""

    x: Metre
    y: Metre
    probability: Share
    area: Annotated[float, "㎡"]


@dataclass(frozen=True, slots=True)
class SourceMap:
    """Where the source may be: probability of each cell, shape (rows northward, columns eastward)."""

    west: Metre
    south: Metre
    cell: Metre
    probability: NDArray[np.float64]
    inside: NDArray[np.bool_]
    """The smallest region that holds the share asked for."""
    region: Share
    region_area: Annotated[float, "㎡"]
    x: Metre
    """The best single guess of the place, and the distance within which half the probability lies."""
    y: Metre
    half_radius: Metre
    patches: Sequence[Patch]
    bias: tuple[Degree, Degree]
    """Mean and standard deviation of the wind's common error that the readings tell."""
    rate: tuple[Rate, Rate, Rate]
    """5 %, median and 95 % of the source's strength."""
    information: Annotated[float, "bit"]
    """How much was learned about the place; near 0 means the readings tell nothing."""
    shapes: Sequence[tuple[Shape, Share]]
    """The shapes of plume that explain the readings, the likeliest first, and how likely each is."""
    notes: Sequence[Text]


@dataclass(frozen=True, slots=True)
class Sampler:
    """A remote sampler that may be fired."""

    id: str
    name: str
    x: Metre
    y: Metre


@dataclass(frozen=True, slots=True)
class SamplerOrder:
    """A sampler to fire: the chance that it catches the smell, and what its answer would tell [bit]."""

    sampler: Sampler
    chance: Share
    information: Annotated[float, "bit"]
    why: Text
