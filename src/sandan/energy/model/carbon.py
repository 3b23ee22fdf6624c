"""What a complex burns and buys, what that emits, and the yearly inventory that says so.

Emissions are whole grams of CO2 equivalent, as money is whole won: parts add up to the whole exactly. The one
surprise: two factors hold at once, because trading of allowances keeps the one used when they were allotted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from sandan.errors import InvalidInput
from sandan.words import Text

GRAMS = 1_000_000
"""In a tonne."""
FactorMark = Literal["S", "F", "D", "U", "O"]
"""Sourced, from a public file, derived, not found, given by the operator."""


class Purpose(StrEnum):
    """What an inventory is for."""

    ESG = "esg"
    ETS = "ets"


class Level(StrEnum):
    """What emissions are added up to."""

    CORPORATION = "corporation"
    SITE = "site"
    FACILITY = "facility"


class Part(StrEnum):
    """What a factor is in the chain from a quantity to its emissions."""

    EMISSION = "emission"
    CALORIFIC = "calorific"
    OXIDATION = "oxidation"
    WARMING = "warming"


class Basis(StrEnum):
    """By what a facility's emissions are shared among its products."""

    MASS = "mass"
    ENERGY = "energy"
    HOURS = "hours"


PURPOSES: Mapping[Purpose, Text] = MappingProxyType(
    {
        Purpose.ESG: Text("ESG 공시", "ESG disclosure"),
        Purpose.ETS: Text("배출권거래제", "emissions trading"),
    }
)
PARTS: Mapping[Part, Text] = MappingProxyType(
    {
        Part.EMISSION: Text("배출계수", "emission factor"),
        Part.CALORIFIC: Text("순발열량", "net calorific value"),
        Part.OXIDATION: Text("산화계수", "oxidation factor"),
        Part.WARMING: Text("지구온난화지수", "global warming potential"),
    }
)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where an emission belongs (사업자·사업장·배출시설)."""

    corporation: str
    site: str
    facility: str


@dataclass(frozen=True, slots=True)
class Carrier:
    """A kind of energy that is burnt or bought."""

    id: str
    name: Text
    scope: Literal[1, 2]
    unit: str
    """In which quantities are added up."""
    gases: tuple[str, ...]
    per_joules: int | None
    """Energy the emission factor is per [J]; None for a fuel, whose calorific value is needed."""

    @property
    def fuel(self) -> bool:
        return self.per_joules is None


@dataclass(frozen=True, slots=True)
class Factor:
    """One version of one figure between a quantity and its emissions."""

    carrier: str
    gas: str
    """"" for a calorific value."""
    part: Part
    purpose: Purpose | None
    """None serves every purpose."""
    region: str
    version: str
    effective_from: date
    """From when it may be used: its publication."""
    years: tuple[int, int]
    """First and last year of the data that it describes."""
    value: float | None
    """None is not known: an operator has to give it."""
    unit: str
    mark: FactorMark
    source: str

    def __post_init__(self) -> None:
        if self.value is not None and not (0 <= self.value < float("inf")):
            raise InvalidInput.because(
                f"factor.{self.carrier}.{self.part}",
                Text(
                    f"계수는 0 이상의 유한한 값이어야 합니다: {self.value}",
                    f"A factor is finite and at least 0: {self.value}",
                ),
                Text("계수를 확인해 주십시오.", "Check the factor."),
            )


@dataclass(frozen=True, slots=True)
class FactorBook:
    """The factors that were known on a day."""

    as_of: date
    factors: tuple[Factor, ...]
    region: str = "KR"


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """Where a quantity was read: a point, a period, and when it was known."""

    point: str
    begin: int
    end: int
    """[ms]; half-open."""
    as_of: int
    """The instant at which the samples were read [ms]."""
    document: str = ""
    """A bill or delivery note in place of samples."""


@dataclass(frozen=True, slots=True)
class Activity:
    """How much of a carrier a facility used in one period."""

    place: Place
    carrier: str
    quantity: float
    unit: str
    evidence: Evidence
    coverage: float = 1.0
    """Share of the period that was measured [0..1]; what was not is not in the quantity."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """Proof that electricity came from a named plant: a REC, a purchase agreement, a green premium."""

    id: str
    """Its serial; may be used once."""
    kind: Text
    place: Place
    year: int
    mwh: float
    factor: float
    """[tCO2eq/MWh] as the proof states it."""
    document: str


@dataclass(frozen=True, slots=True)
class Used:
    """A factor as it was used, kept with the inventory so that it can be checked without our tables."""

    part: Part
    gas: str
    value: float
    unit: str
    version: str
    mark: FactorMark
    source: str


@dataclass(frozen=True, slots=True)
class Line:
    """Emissions of one carrier at one facility, all gases together."""

    place: Place
    carrier: str
    scope: Literal[1, 2]
    quantity: float
    unit: str
    grams: int
    """CO2 equivalent; location-based for electricity."""
    market_grams: int
    """Market-based; equal to `grams` where there is no instrument."""
    factors: tuple[Used, ...]
    instruments: tuple[str, ...]
    coverage: float
    """Share of the year that was measured [0..1]."""
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Lack:
    """A factor nobody has given, and what is therefore not counted."""

    place: Place
    carrier: str
    gas: str
    part: Part
    quantity: float
    unit: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """What was emitted in a year, for one purpose, as known on a day."""

    purpose: Purpose
    year: int
    as_of: date
    lines: tuple[Line, ...]
    lacks: tuple[Lack, ...]
    notes: tuple[Text, ...]
    has_instruments: bool
    """Whether there is a market-based figure at all."""

    @property
    def complete(self) -> bool:
        """Whether everything used could be counted."""
        return not self.lacks

    @property
    def direct(self) -> int:
        """Scope 1 [g]."""
        return sum(line.grams for line in self.lines if line.scope == 1)

    @property
    def indirect(self) -> int:
        """Scope 2, location-based [g]."""
        return sum(line.grams for line in self.lines if line.scope == 2)

    @property
    def indirect_market(self) -> int | None:
        """Scope 2, market-based [g]; None without any proof of origin."""
        if not self.has_instruments:
            return None
        return sum(line.market_grams for line in self.lines if line.scope == 2)

    @property
    def total(self) -> int:
        """Scope 1 and 2, location-based [g]."""
        return self.direct + self.indirect


@dataclass(frozen=True, slots=True)
class LevelSum:
    """Emissions of one corporation, site or facility [g]."""

    corporation: str
    site: str
    facility: str
    """"" above the level, and for the rest of a site whose facilities are below the floor."""
    direct: int
    indirect: int
    indirect_market: int | None
    folded: tuple[str, ...] = ()
    """Facilities below the floor, reported with their site."""

    @property
    def total(self) -> int:
        return self.direct + self.indirect


@dataclass(frozen=True, slots=True)
class Threshold:
    """An amount from which a duty begins."""

    id: str
    name: Text
    level: Level
    tonnes: float | None
    """None is not known."""
    effective_from: date
    mark: FactorMark
    source: str


@dataclass(frozen=True, slots=True)
class Product:
    """What a facility made in the year."""

    id: str
    name: Text
    tonnes: float
    energy: float | None = None
    """[kWh] measured or apportioned by the firm."""
    hours: float | None = None
    """Machine hours."""


@dataclass(frozen=True, slots=True)
class ProductShare:
    """A product's part of the emissions [g]."""

    product: Product
    basis: Basis
    share: float
    direct: int
    indirect: int

    @property
    def direct_per_tonne(self) -> float:
        """Specific embedded direct emissions [tCO2eq/t]; NaN where nothing was made."""
        return self.direct / GRAMS / self.product.tonnes if self.product.tonnes > 0 else float("nan")

    @property
    def indirect_per_tonne(self) -> float:
        """Specific embedded indirect emissions [tCO2eq/t]; NaN where nothing was made."""
        return self.indirect / GRAMS / self.product.tonnes if self.product.tonnes > 0 else float("nan")
