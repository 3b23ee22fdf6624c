"""What the desk of the roofs' power plant keeps: who is in, what was handed in, prices, and what came of it.

Bodies of registers and papers are plain: numbers, text, decimals and tuples of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sandan.energy.model.rates import Floats
from sandan.energy.model.vpp import Area, Party, Place, Pool, RevenueContract, Rounding
from sandan.energy.model.vpp import Plant as MarketPlant

POOL = "pool"
"""The one pool of the complex: the subject of its papers and events."""


class Strategy(StrEnum):
    """What is handed in of what may come."""

    MEDIAN = "median"
    BEST = "best"
    """What earns most if the spread is right; its mean error may be larger."""


class RevenueLine(StrEnum):
    """What a roof's output earns."""

    ENERGY = "energy"
    CERTIFICATES = "certificates"
    FORECAST = "forecast"


@dataclass(frozen=True, slots=True)
class Member:
    """A roof of the twin that is in the pool, as it is registered in the market."""

    plant: str
    capacity: float
    """[kW]."""
    place: Place = Place.ROOF
    weight: Decimal | None = None
    """Of its certificates, where the operator read it from them."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Who gets which part of a line; `line` "" is every line without a cut of its own."""

    line: str
    roof_owner: Decimal
    operator: Decimal
    investor: Decimal


@dataclass(frozen=True, slots=True)
class OwnBands:
    """Bands that the operator read in the market's rules; from their day on they go before the tables'."""

    effective_from: date
    steps: tuple[tuple[float, float], ...]
    """Error up to which [% of capacity] and what it earns [won/kWh]; best first."""
    least_output: float
    """Share of capacity below which an hour does not count [1]."""
    source: str


@dataclass(frozen=True, slots=True)
class PoolBook:
    """What the desk is told of its pool."""

    members: tuple[Member, ...] = ()
    area: Area = Area.MAINLAND
    rounding: Rounding | None = None
    """How the market treats a fraction of a won: not published, so it is entered."""
    cuts: tuple[Cut, ...] = ()
    bands: tuple[OwnBands, ...] = ()
    strategy: Strategy = Strategy.MEDIAN
    automatic: bool = False
    """Whether a forecast is handed in ten minutes before a gate when nobody has."""
    simulated: bool = False

    def contract(self) -> RevenueContract | None:
        """Who gets what; None until it is entered for every line."""
        cuts = {
            one.line: {
                Party.ROOF_OWNER: one.roof_owner,
                Party.OPERATOR: one.operator,
                Party.INVESTOR: one.investor,
            }
            for one in self.cuts
        }
        whole = cuts.pop("", None)
        return None if whole is None else RevenueContract(whole, cuts)


@dataclass(frozen=True, slots=True)
class MarketPrice:
    """A price that the desk was told: of an hour (SMP) or a whole month (SMP or certificates)."""

    line: RevenueLine
    start: int
    """[ms UTC] at which the hour or month begins."""
    monthly: bool
    value: float
    """[won/kWh], or won a certificate."""
    source: str
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A forecast of one day, ready to be handed in."""

    day: date
    strategy: Strategy
    energy: Floats
    """[kWh, plants × 24]."""
    low: Floats
    high: Floats
    """Between them 80 % of the pool's days should lie [kWh, 24]."""
    median: Floats
    """Of the pool [kWh, 24]."""
    best: Floats
    """Of the pool, what earns most [kWh, 24]; the median where there are no bands."""
    expected: float | None
    """What `best` earns on average [won]; None without bands."""
    median_expected: float | None
    filled: tuple[str, ...]
    """Plants of which nothing was told: taken to give as much a kW as the others."""
    told_until: datetime
    """When what is forecast begins: what was measured by then is known."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A forecast as it was handed in; it is never changed, a newer one before the gate counts instead."""

    day: date
    gate: str
    number: int
    sent_at: datetime
    by: str
    strategy: Strategy
    reason: str
    told_until: datetime
    pool: tuple[Member, ...]
    energy: Floats
    """[kWh, plants × 24]."""
    automatic: bool = False
    simulated: bool = False
    hash: str = ""


@dataclass(frozen=True, slots=True)
class PlantLine:
    """What a roof made and earned in the days of a statement."""

    plant: str
    name: str
    tenant: str | None
    capacity: float
    kwh: float
    """Metered."""
    missing: int
    """Hours of daylight and night that were not metered."""
    energy: int | None
    """[won]; None where no hour had a price."""
    unpriced: float
    """Of `kwh`, what had no price."""
    issued: int | None
    """Certificates; None where the weight is not known."""
    carried: Decimal
    """Weighed MWh left over for the next."""
    certificates: int | None
    """[won]; None without a price."""
    forecast: int | None
    """Its part of what the pool's forecasts earned [won]."""
    alone: int | None
    """What its own forecasts would have earned standing alone [won]."""
    roof_owner: int | None
    operator: int | None
    investor: int | None

    @property
    def total(self) -> int:
        """All of it that is known [won]."""
        return (self.energy or 0) + (self.certificates or 0) + (self.forecast or 0)


@dataclass(frozen=True, slots=True)
class HourLine:
    """An hour of the pool."""

    start: int
    """[ms UTC]."""
    told: float | None
    """The forecast that counts [kWh]."""
    made: float | None
    """Metered, all plants [kWh]; None where one was missing."""
    error: float | None
    """[% of capacity]."""
    outcome: int
    price: float
    """[won/kWh]."""
    won: int


@dataclass(frozen=True, slots=True)
class PoolLine:
    """A line of revenue of the whole pool."""

    line: RevenueLine
    quantity: float
    """kWh, certificates, or kWh that earned by their forecast."""
    won: int | None
    roof_owner: int | None
    operator: int | None
    investor: int | None


@dataclass(frozen=True, slots=True)
class PoolStatement:
    """What the pool earned in a stretch of days; the body of its paper."""

    first: date
    last: date
    edition: int
    """Of the register."""
    rounding: str
    bands: tuple[str, ...]
    lines: tuple[PoolLine, ...]
    plants: tuple[PlantLine, ...]
    hours: tuple[HourLine, ...]
    outside: tuple[date, ...] = ()
    """Days without bands: the scheme had no place for this pool."""

    @property
    def total(self) -> int:
        return sum(one.won or 0 for one in self.lines)


@dataclass(frozen=True, slots=True)
class CurtailmentAdvice:
    """An order to give less, and who was asked for how much."""

    number: int
    at: datetime
    by: str
    reason: str
    start: int
    """[ms UTC]; quarter-hours from there."""
    ordered: tuple[float, ...]
    """[kW]."""
    plants: tuple[str, ...]
    possible: Floats
    """What each was expected to give [kW, plants × slots]."""
    cut: Floats
    short: float
    """Of what was ordered, more than all were expected to give [kWh]."""
    simulated: bool = False


def pool_of(members: tuple[Member, ...], area: Area = Area.MAINLAND) -> Pool:
    """The pool as the market sees it."""
    return Pool(tuple(MarketPlant(one.plant, one.capacity, place=one.place) for one in members), area)
