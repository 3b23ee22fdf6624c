"""The circulation network: who gives whom surplus power, and whose waste heat could serve whom.

Energy that is shared is counted in whole watt-hours, so that conservation is exact and not a matter of
rounding; money is int won. The one surprise: a rule decides who *counts* as giving and receiving; electricity
goes to the nearest, so only a feeder's balance crosses its boundary.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from sandan.energy.model.rates import Floats, Instants
from sandan.energy.model.tariff import Source
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

WattHours = NDArray[np.int64]
Share = Annotated[float, "1"]
Metre = Annotated[float, "m"]
Celsius = Annotated[float, "°C"]


class Rule(StrEnum):
    """How surplus is divided."""

    PRO_RATA = "pro_rata"
    FEEDER_FIRST = "feeder_first"
    PRICE = "price"
    SHAPLEY = "shapley"


RULES = MappingProxyType(
    {
        Rule.PRO_RATA: Text("단지 전체 비례 배분", "pro rata over the complex"),
        Rule.FEEDER_FIRST: Text("같은 배전선로 우선", "the own feeder first"),
        Rule.PRICE: Text("호가에 따른 단일가격 거래", "bids and asks, one price"),
        Rule.SHAPLEY: Text("기여도(샤플리 값) 배분", "by contribution (Shapley)"),
    }
)


class Stage(StrEnum):
    """A preview may be made anew; what is final never changes."""

    PREVIEW = "preview"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class SharingProblem:
    """What each member had over or needed in each quarter-hour, and what a feeder lets through."""

    start: Instants
    """[n]."""
    members: tuple[str, ...]
    feeders: tuple[str, ...]
    feeder: NDArray[np.int64]
    """Index of each member's feeder [members]."""
    net: Floats
    """After own use: surplus positive, need negative [kWh, members × n]; NaN where a reading is missing."""
    bid: Floats
    """What a kWh from the grid would have cost each (`Rates.energy`) [won/kWh, members × n]."""
    ask: Floats
    """What a kWh to the grid would have earned each (`Rates.export`) [won/kWh, members × n]."""
    out_limit: Floats
    """What sharing may send out of a feeder [kWh, feeders × n]; infinite without a limit."""
    in_limit: Floats

    def __post_init__(self) -> None:
        n, count, feeders = len(self.start), len(self.members), len(self.feeders)
        shapes = {
            "feeder": (count,),
            "net": (count, n),
            "bid": (count, n),
            "ask": (count, n),
            "out_limit": (feeders, n),
            "in_limit": (feeders, n),
        }
        wrong = [
            _fault(
                name,
                f"크기가 {getattr(self, name).shape}인데 {shape}이어야 합니다.",
                f"has shape {getattr(self, name).shape} and needs {shape}.",
            )
            for name, shape in shapes.items()
            if getattr(self, name).shape != shape
        ]
        if not wrong and not ((self.feeder >= 0) & (self.feeder < feeders)).all():
            wrong.append(_fault("feeder", "없는 배전선로를 가리킵니다.", "names a feeder that is not there."))
        for name in ("bid", "ask", "out_limit", "in_limit"):
            values = getattr(self, name)
            if np.isnan(values).any() or (values < 0).any():
                wrong.append(_fault(name, "빈 값이나 음수가 있습니다.", "has missing or negative values."))
        if wrong:
            raise InvalidInput(wrong)


@dataclass(frozen=True, slots=True)
class SharingParams:
    """The agreement of the members; losses and price are theirs or the utility's and have no default."""

    rule: Rule
    loss_within: Share
    """Lost on the way to a member of the same feeder, of what is given."""
    loss_between: Share
    """Lost on the way to a member of another feeder; at least as much."""
    price: Annotated[float, "won/kWh"] | None = None
    """Paid per kWh received; of PRO_RATA and FEEDER_FIRST."""
    samples: int = 200
    """Orders drawn for SHAPLEY, each with its reverse."""
    exact: int = 10
    """Up to this many members SHAPLEY is exact."""
    seed: int = 1

    def __post_init__(self) -> None:
        wrong = []
        if not 0 <= self.loss_within <= self.loss_between < 1:
            wrong.append(
                _fault(
                    "loss",
                    "0 ≤ 선로 안 손실 ≤ 선로 사이 손실 < 1이어야 합니다.",
                    "0 ≤ loss_within ≤ loss_between < 1 must hold.",
                )
            )
        needed = self.rule in (Rule.PRO_RATA, Rule.FEEDER_FIRST)
        if needed and (self.price is None or not self.price >= 0):
            wrong.append(_fault("price", "이 규칙에는 거래 단가가 필요합니다.", "this rule needs a price."))
        low = {"samples": 2, "exact": 0}
        wrong += [
            _fault(
                field.name, f"{low[field.name]} 이상이어야 합니다.", f"must be at least {low[field.name]}."
            )
            for field in fields(self)
            if field.name in low and getattr(self, field.name) < low[field.name]
        ]
        if wrong:
            raise InvalidInput(wrong)


@dataclass(frozen=True, slots=True)
class SharingResult:
    """Who gave and received what, and who owes whom."""

    rule: Rule
    stage: Stage
    inputs: str
    """SHA-256 of everything it was made from: the same inputs make the same result."""
    members: tuple[str, ...]
    given: WattHours
    """[Wh, members × n]."""
    received: WattHours
    surplus: WattHours
    need: WattHours
    """What there was to give and to receive [Wh, members × n]; zero where a reading is missing."""
    crossing_out: WattHours
    """Over each feeder's boundary [Wh, feeders × n]."""
    crossing_in: WattHours
    price: Floats
    """Per kWh received [won/kWh, feeders × n]; NaN where nothing was."""
    won: NDArray[np.int64]
    """What each is paid, negative when it pays [members]; with `rent` it adds up to zero."""
    rent: int
    """Left over where a full feeder parts the prices; the complex's to use."""
    saving: NDArray[np.int64]
    """Of each against buying from and selling to the grid [won, members]; may be negative."""
    value: int
    """Of sharing at all [won]: the savings and the rent, to a won each."""
    error: Floats
    """Standard error of each saving [won, members]; 0 where it is exact."""
    missing: NDArray[np.int64]
    """Quarter-hours in which each took no part, its reading missing [members]."""

    @property
    def loss(self) -> WattHours:
        """[Wh, n]."""
        return np.asarray(self.given.sum(axis=0) - self.received.sum(axis=0))

    @property
    def to_grid(self) -> WattHours:
        """Surplus nobody took [Wh, members × n]."""
        return self.surplus - self.given

    @property
    def from_grid(self) -> WattHours:
        """Need nobody met [Wh, members × n]."""
        return self.need - self.received


class Unfit(StrEnum):
    """Why a source of heat and a sink are no match."""

    TOO_COOL = "too_cool"
    TOO_FAR = "too_far"
    NOTHING_COOLED = "nothing_cooled"
    NO_COMMON_HOURS = "no_common_hours"
    TOO_LITTLE = "too_little"


@dataclass(frozen=True, slots=True)
class HeatSource:
    """Heat that is thrown away: a stream that leaves at `temperature` and is cooled to `base` anyway."""

    id: str
    temperature: Celsius
    base: Celsius
    power: Floats
    """Given off between the two [kW, hours of the profile]."""
    place: tuple[float, float]
    """Longitude and latitude [°]."""


@dataclass(frozen=True, slots=True)
class HeatSink:
    """Heat that is made today by burning something: a stream warmed from `back` to `temperature`."""

    id: str
    temperature: Celsius
    back: Celsius
    power: Floats
    """[kW, hours of the profile]."""
    place: tuple[float, float]
    fuel: str
    efficiency: Share
    """Heat out of a kWh of fuel."""


@dataclass(frozen=True, slots=True)
class HeatParams:
    """What a pipe and a heat exchanger allow; none is known for all, so none has a default."""

    pinch: Annotated[float, "K"]
    """Least difference of temperature across the exchanger."""
    decay: Annotated[float, "1/km"]
    """Of the temperature above the ground's along the pipe."""
    ground: Celsius
    reach: Metre
    """Farthest match; in a straight line."""
    times: Annotated[float, "1"]
    """How often the profile repeats in a year."""
    least: Annotated[float, "kWh"]
    """A year's heat below which a match is not worth a pipe."""

    def __post_init__(self) -> None:
        wrong = [
            _fault(field.name, "0 이상이어야 합니다.", "must not be negative.")
            for field in fields(self)
            if field.name != "ground" and not getattr(self, field.name) >= 0
        ]
        if wrong:
            raise InvalidInput(wrong)


@dataclass(frozen=True, slots=True)
class Fuel:
    """What is burnt today; the factor is None where no source was found."""

    id: str
    name: Text
    factor: Annotated[float, "tCO2/MWh"] | None
    source: Source


@dataclass(frozen=True, slots=True)
class HeatMatch:
    """One source that could serve one sink."""

    source: str
    sink: str
    distance: Metre
    arrives: Celsius
    usable: Share
    """Of the source's heat, after the pipe and the pinch."""
    lost: Annotated[float, "kWh"]
    """In the pipe, a year."""
    hours: Annotated[float, "h"]
    """In which both run, a year."""
    heat: Annotated[float, "kWh"]
    """A year, if the pair is alone."""
    after_others: Annotated[float, "kWh"]
    """A year, when better ranked matches take theirs first."""
    fuel: str
    fuel_saved: Annotated[float, "kWh"]
    carbon_saved: Annotated[float, "tCO2"] | None
    """None where the fuel's factor is not known."""


@dataclass(frozen=True, slots=True)
class HeatMiss:
    """A pair that is no match, and by how much."""

    source: str
    sink: str
    why: Unfit
    said: Text


@dataclass(frozen=True, slots=True)
class HeatMatches:
    """Ranked suggestions, and why the other pairs are not among them."""

    matches: tuple[HeatMatch, ...]
    left_out: tuple[HeatMiss, ...]
    unknown: tuple[Text, ...]
    """What could not be told for want of a factor."""


def _fault(where: str, ko: str, en: str) -> Finding:
    return Finding(where, Text(ko, en), Text("값을 고치십시오.", "Mend the value."))
