"""The power plant on the roofs: many small generators that forecast, sell and are curtailed as one.

Energy is kWh an hour and plant; NaN is missing and never zero; money is int won. The one surprise: the market
judges the *pool's* error, so a plant may earn in an hour in which it was itself far off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sandan.energy.model.rates import Floats, Instants
from sandan.energy.model.tariff import Source
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

Won = NDArray[np.int64]
Rounding = Literal["half_up", "truncate"]
"""How a fraction of a won is treated: the market's own way is not known, so it is always given."""


class PlantKind(StrEnum):
    """What drives a plant, as the bands tell them apart."""

    SOLAR = "solar"
    WIND = "wind"
    MIXED = "mixed"


class Place(StrEnum):
    """Where a plant stands or what it is for, as the weights of certificates tell them apart."""

    ROOF = "roof"
    GROUND = "ground"
    WIND = "wind"
    SELF_USE = "self_use"


class Area(StrEnum):
    """Which market: Jeju left the forecast scheme a year before the wind farms of the mainland changed."""

    MAINLAND = "mainland"
    JEJU = "jeju"


class Party(StrEnum):
    """Who lives of a roof."""

    ROOF_OWNER = "roof_owner"
    OPERATOR = "operator"
    INVESTOR = "investor"


PARTIES: Mapping[Party, Text] = MappingProxyType(
    {
        Party.ROOF_OWNER: Text("지붕 소유자", "roof owner"),
        Party.OPERATOR: Text("운영자", "operator"),
        Party.INVESTOR: Text("투자자", "investor"),
    }
)


@dataclass(frozen=True, slots=True)
class Plant:
    """One generator of the pool."""

    id: str
    capacity: float
    """[kW]."""
    kind: PlantKind = PlantKind.SOLAR
    place: Place = Place.ROOF

    def __post_init__(self) -> None:
        if not 0 < self.capacity < np.inf:
            raise InvalidInput.because(
                f"plants.{self.id}.capacity",
                Text(
                    f"설비용량이 0보다 커야 합니다: {self.capacity}",
                    f"Capacity must be above 0: {self.capacity}",
                ),
                Text("설비용량(kW)을 적어 주십시오.", "Give the capacity in kW."),
            )


@dataclass(frozen=True, slots=True)
class Pool:
    """Plants that stand in the market as one resource (집합전력자원)."""

    plants: tuple[Plant, ...]
    area: Area = Area.MAINLAND

    def __post_init__(self) -> None:
        ids = [plant.id for plant in self.plants]
        if not ids or len(set(ids)) < len(ids):
            raise InvalidInput.because(
                "plants",
                Text("발전소가 없거나 이름이 겹칩니다.", "There is no plant, or two have one name."),
                Text("발전소마다 다른 이름을 주십시오.", "Give every plant a name of its own."),
            )

    @property
    def capacity(self) -> Floats:
        """Of each plant [kW, plants]."""
        return np.array([plant.capacity for plant in self.plants])

    @property
    def kind(self) -> PlantKind:
        """The kind of all, or mixed."""
        kinds = {plant.kind for plant in self.plants}
        return kinds.pop() if len(kinds) == 1 else PlantKind.MIXED


@dataclass(frozen=True, slots=True)
class Gate:
    """A moment until which a forecast may be handed in."""

    name: str
    days_before: int
    hour: int
    """In Seoul."""
    source: Source


@dataclass(frozen=True, slots=True)
class Submission:
    """A forecast handed in for one day."""

    gate: str
    day: date
    sent_at: int
    """[ms UTC]."""
    energy: Floats
    """[kWh, plants × 24]; NaN where nothing was told."""


@dataclass(frozen=True, slots=True)
class Told:
    """The forecast that counts for each hour: the mean of what was in force at each gate."""

    start: Instants
    """[hours]."""
    energy: Floats
    """[kWh, plants × hours]; NaN unless every gate had one."""
    late: tuple[Submission, ...]
    """Handed in too late to count."""


@dataclass(frozen=True, slots=True)
class Bands:
    """One version of what a good forecast earns."""

    version: str
    kind: PlantKind
    area: Area
    effective_from: date
    effective_until: date | None
    steps: tuple[tuple[float, float], ...]
    """Error up to which [% of capacity] and what it earns [won/kWh]; best first."""
    least_output: float
    """Share of capacity below which an hour does not count [1]."""
    source: Source


class Outcome(IntEnum):
    """Why an hour earned or did not."""

    PAID = 0
    TOO_FAR_OFF = 1
    TOO_LITTLE = 2
    """Less output than counts."""
    NOT_METERED = 3
    NOT_TOLD = 4


OUTCOMES: Mapping[Outcome, Text] = MappingProxyType(
    {
        Outcome.PAID: Text("정산", "paid"),
        Outcome.TOO_FAR_OFF: Text("오차 초과", "too far off"),
        Outcome.TOO_LITTLE: Text("이용률 미달", "too little output"),
        Outcome.NOT_METERED: Text("계량값 없음", "not metered"),
        Outcome.NOT_TOLD: Text("예측 미제출", "no forecast"),
    }
)


@dataclass(frozen=True, slots=True)
class Deviations:
    """How far forecasts were off; arrays are [resources × hours] or [hours]."""

    error: Floats
    """|generation − forecast| over capacity [%]; NaN where either is missing."""
    counted: NDArray[np.bool_]
    """Whether the output was enough to count."""
    outcome: NDArray[np.int8]
    price: Floats
    """What a kWh of this hour earns [won/kWh]; 0 where nothing."""
    won: Won


@dataclass(frozen=True, slots=True)
class MonthlyError:
    """The mean error of one month over the hours that count."""

    year: int
    month: int
    mean: float
    """[% of capacity]; NaN without such hours."""
    hours: int


@dataclass(frozen=True, slots=True)
class PoolSettlement:
    """What a pool's forecasts earned, and what is each plant's."""

    start: Instants
    version: tuple[str, ...]
    """Version of the bands of each hour."""
    pool: Deviations
    """[hours]."""
    single: Deviations
    """What every plant would have earned standing alone, by the same bands [plants × hours]."""
    shares: Won
    """Of the pool's won, by generation [plants × hours]; each hour adds up to the pool's."""

    @property
    def worth(self) -> int:
        """What the pool earned beyond its plants standing alone [won]."""
        return int(self.pool.won.sum() - self.single.won.sum())


@dataclass(frozen=True, slots=True)
class RegistrationRule:
    """How well a resource must forecast to be let in and to stay."""

    version: str
    effective_from: date
    entry_months: int
    entry_mean: float
    """[% of capacity]."""
    stay_months: int
    stay_mean: float
    source: Source


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a resource would be in the scheme after a month."""

    year: int
    month: int
    mean: float
    """Over the months that were judged [%]."""
    registered: bool
    changed: bool


@dataclass(frozen=True, slots=True)
class RevenueContract:
    """Who gets which part of each line of revenue; parts are exact decimals that add up to one."""

    shares: Mapping[Party, Decimal]
    lines: Mapping[str, Mapping[Party, Decimal]] = field(default_factory=dict)
    """Other shares for some lines, such as certificates kept by the investor."""

    def __post_init__(self) -> None:
        wrong = [
            name
            for name, parts in (("shares", self.shares), *self.lines.items())
            if sum(parts.values()) != 1 or any(part < 0 for part in parts.values())
        ]
        if wrong:
            raise InvalidInput(
                Finding(
                    f"contract.{name}",
                    Text("배분율의 합이 1이 아닙니다.", "The shares do not add up to one."),
                    Text("0 이상으로 합이 1이 되게 적으십시오.", "Give shares from 0 that add up to 1."),
                )
                for name in wrong
            )

    def of(self, line: str) -> Mapping[Party, Decimal]:
        """The shares of one line."""
        return self.lines.get(line, self.shares)


@dataclass(frozen=True, slots=True)
class Certificates:
    """Renewable energy certificates (REC) of one plant and month."""

    plant: str
    number: int
    issued: date
    expires: date
    """The first day on which they are worth nothing."""


@dataclass(frozen=True, slots=True)
class Issue:
    """What a month's generation gave."""

    batch: Certificates | None
    carried: Decimal
    """Weighted MWh below one certificate, kept for next month."""
    weight: Decimal
    source: Source


@dataclass(frozen=True, slots=True)
class CurtailmentMemory:
    """What each plant could have given in the slots that were curtailed, and what it gave up [kWh]."""

    possible: Floats
    cut: Floats


@dataclass(frozen=True, slots=True)
class Curtailment:
    """Who gives up how much."""

    cut: Floats
    """[kW, plants × slots]."""
    short: Floats
    """Of what was ordered, more than all together produce [kW, slots]."""
    memory: CurtailmentMemory
    """To begin the next with."""


@dataclass(frozen=True, slots=True)
class BestForecast:
    """What to hand in so as to earn most, if the quantiles are right."""

    energy: Floats
    """[kWh, hours]."""
    expected: Floats
    """What it earns on average [won, hours]."""
    median_expected: Floats
    """What handing in the median would [won, hours]."""
