"""A release of a dangerous substance, the weather it meets, and what becomes of it.

Positions are metres east and north of an origin that the caller chooses; times are seconds since the
release began; concentrations inside are kg/m³ and become ppm only where people read them. What is
not known from a source (the air changes of a building, the error of the wind) has no default here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from sandan.control.model.substances import Substance, Threshold
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

Metre = Annotated[float, "m"]
Second = Annotated[float, "s"]
Kilogram = Annotated[float, "kg"]
KilogramPerSecond = Annotated[float, "kg/s"]
MetrePerSecond = Annotated[float, "m/s"]
Kelvin = Annotated[float, "K"]
Pascal = Annotated[float, "Pa"]
Degree = Annotated[float, "° clockwise from north"]
PerHour = Annotated[float, "1/h"]
Ratio = Annotated[float, "1"]
Floats = NDArray[np.float64]


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


class Terrain(StrEnum):
    """How rough the ground is: an industrial complex with halls is urban."""

    RURAL = "rural"
    URBAN = "urban"


class Model(StrEnum):
    """Which model is asked for, or was used."""

    AUTO = "auto"
    """Gaussian puffs where they are valid, Britter–McQuaid where the cloud is dense."""
    GAUSSIAN_PUFF = "gaussian_puff"
    BRITTER_MCQUAID = "britter_mcquaid"


MODELS = {
    Model.AUTO: Text("자동 선택", "Chosen by the screening"),
    Model.GAUSSIAN_PUFF: Text("가우시안 퍼프", "Gaussian puffs"),
    Model.BRITTER_MCQUAID: Text("Britter–McQuaid 무거운 가스", "Britter–McQuaid dense gas"),
}


def _check(where: str, rules: Sequence[tuple[str, bool, Text]]) -> None:
    """Raise with every rule that does not hold; a rule names its field and the accepted range."""
    found = [
        Finding(
            f"{where}.{field}", Text("값이 허용 범위를 벗어났습니다.", "the value is out of range."), range
        )
        for field, holds, range in rules
        if not holds
    ]
    if found:
        raise InvalidInput(found)


def _at_least(least: float, unit: str) -> Text:
    return Text(f"{least:g} {unit} 이상으로 적으십시오.", f"give {least:g} {unit} or more.")


def _positive(unit: str) -> Text:
    return Text(f"0보다 큰 값({unit})을 적으십시오.", f"give more than 0 {unit}.")


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
        _check(
            "release",
            [
                ("rate", (self.rate is None) != (self.amount is None), one),
                ("rate", self.rate is None or 0 < self.rate < math.inf, _positive("kg/s")),
                ("amount", self.amount is None or 0 < self.amount < math.inf, _positive("kg")),
                ("duration", self.duration == 0 or 1 <= self.duration < math.inf, once),
                ("duration", self.rate is None or self.duration > 0, one),
                ("height", 0 <= self.height <= 500, Text("0~500 m로 적으십시오.", "give 0 to 500 m.")),
                ("width", 0 <= self.width < math.inf, _at_least(0, "m")),
                ("depth", 0 <= self.depth < math.inf, _at_least(0, "m")),
                ("temperature", self.temperature is None or self.temperature > 0, _positive("K")),
                (
                    "storage_temperature",
                    self.storage_temperature is None or self.storage_temperature > 0,
                    _positive("K"),
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
        _check(
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
                    _at_least(0, "m/s"),
                ),
                ("height", self.height > 0, _positive("m")),
                ("temperature", self.temperature > 0, _positive("K")),
                ("pressure", self.pressure > 0, _positive("Pa")),
            ],
        )


def steady(direction: Degree, speed: MetrePerSecond, stability: Stability) -> Weather:
    """A wind that does not change, measured at 10 m."""
    return Weather(np.zeros(1), np.array([float(direction)]), np.array([float(speed)]), (stability,))


@dataclass(frozen=True, slots=True)
class Grid:
    """Square cells; a value stands for the centre of its cell, row 0 is the southernmost."""

    west: Metre
    south: Metre
    spacing: Metre
    columns: int
    rows: int

    def __post_init__(self) -> None:
        size = Text("2~4,000칸으로 적으십시오.", "give 2 to 4,000 cells.")
        _check(
            "grid",
            [
                ("spacing", self.spacing > 0, _positive("m")),
                ("columns", 2 <= self.columns <= 4000, size),
                ("rows", 2 <= self.rows <= 4000, size),
            ],
        )

    @property
    def x(self) -> Floats:
        """Metres east of the origin, shape (columns,)."""
        return np.asarray(self.west + self.spacing * (np.arange(self.columns) + 0.5), np.float64)

    @property
    def y(self) -> Floats:
        """Metres north of the origin, shape (rows,)."""
        return np.asarray(self.south + self.spacing * (np.arange(self.rows) + 0.5), np.float64)


def square_grid(reach: Metre, cells: int) -> Grid:
    """A grid of cells × cells around the origin, out to `reach` each way."""
    return Grid(-reach, -reach, 2 * reach / cells, cells, cells)


@dataclass(frozen=True, slots=True)
class Receptors:
    """Places where somebody is: arrays of shape (receptors,)."""

    x: Floats
    y: Floats

    def __post_init__(self) -> None:
        pair = Text("동쪽·북쪽 거리를 같은 수로 적으십시오.", "give as many metres east as north.")
        good = len(self.x) == len(self.y) and bool(np.all(np.isfinite(self.x) & np.isfinite(self.y)))
        _check("receptors", [("x", good, pair)])


@dataclass(frozen=True, slots=True)
class HazardParams:
    """How to compute; what follows from the problem is left empty."""

    model: Model = Model.AUTO
    sigma_set: str = ""
    """Empty: from the terrain and the kind of release; the result says which it was."""
    terrain: Terrain = Terrain.URBAN
    step: Second = 60.0
    steps: int = 60
    puff_interval: Second = 20.0
    height: Metre = 1.5
    """At which people breathe."""
    transport_height: Metre = 10.0
    """Clouds travel with the wind at the release's height, at least at this one."""
    calm: MetrePerSecond = 0.5
    """Slower wind is reckoned as this: a cloud spreads even in a calm."""
    deposition: MetrePerSecond = 0.0
    """Velocity of dry deposition; 0 keeps all of it in the air, which is the safe side."""

    def __post_init__(self) -> None:
        within = Text("0초보다 크고 간격 이하로 적으십시오.", "give more than 0 s, at most a step.")
        _check(
            "params",
            [
                ("step", self.step > 0, _positive("s")),
                ("steps", 1 <= self.steps <= 10_000, Text("1~10,000으로 적으십시오.", "give 1 to 10,000.")),
                ("puff_interval", 0 < self.puff_interval <= self.step, within),
                ("height", self.height >= 0, _at_least(0, "m")),
                ("transport_height", self.transport_height > 0, _positive("m")),
                ("calm", self.calm > 0, _positive("m/s")),
                ("deposition", self.deposition >= 0, _at_least(0, "m/s")),
            ],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class HazardProblem:
    """A release, its weather, where to look, and the thresholds that matter."""

    release: Release
    weather: Weather
    grid: Grid | None = None
    receptors: Receptors | None = None
    thresholds: Sequence[Threshold] = ()

    def __post_init__(self) -> None:
        somewhere = self.grid is not None or self.receptors is not None
        usable = all(threshold.value is not None for threshold in self.thresholds)
        _check(
            "problem",
            [
                ("grid", somewhere, Text("격자나 지점을 정하십시오.", "give a grid or receptors.")),
                (
                    "thresholds",
                    usable,
                    Text("값이 없는 기준은 빼십시오.", "leave out a threshold that has no value."),
                ),
            ],
        )


@dataclass(frozen=True, slots=True)
class Note:
    """Something the reader of a result must know; a serious one means that the area may be wrong."""

    text: Text
    serious: bool = False


@dataclass(frozen=True, slots=True)
class Exposure:
    """What people breathe: `places` is (rows, columns) of the grid, or (receptors,).

    `peak` [kg/m³] is the highest over time; `dose` [ppmⁿ·min] the toxic load, n being the substance's
    exponent or 1 where none is known; `arrival` [s] when each threshold is first reached, at the
    earliest, infinite if never: shape (thresholds, *places).
    """

    peak: Floats
    dose: Floats
    arrival: Floats
    dose_exponent: Ratio


@dataclass(frozen=True, slots=True)
class MassBalance:
    """Where the substance is at the end; released = airborne + deposited, indoors is still in the hall."""

    released: Kilogram
    airborne: Kilogram
    deposited: Kilogram
    indoors: Kilogram


@dataclass(frozen=True, slots=True)
class HazardResult:
    """What the release does, and how far to believe it."""

    model: Model
    sigma_set: str
    """Id in the table of σ sets; empty for a model that has none."""
    stability: Sequence[Stability]
    """Those met, in the order of the weather."""
    times: Floats
    """Shape (steps,): the ends of the steps [s]."""
    thresholds: Sequence[Threshold]
    levels: Floats
    """The thresholds in kg/m³ at the air's temperature, shape (thresholds,)."""
    per_ppm: Annotated[float, "kg/m³ per ppm"]
    field: Exposure | None
    people: Exposure | None
    series: Floats | None
    """Mean concentration of each step [kg/m³], shape (steps, receptors)."""
    mass: MassBalance
    notes: Sequence[Note]


Disperse = Callable[[HazardProblem, HazardParams], HazardResult]
"""The face that every model has."""


def serious(notes: Sequence[Note]) -> Iterator[Note]:
    """Those that put the area in doubt."""
    return (note for note in notes if note.serious)
