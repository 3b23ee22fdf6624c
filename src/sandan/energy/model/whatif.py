"""What is asked of a year with more roof or battery in it, and what comes out.

A year is twelve whole billing months. Where it was not metered, days that were stand in for it, and every
answer says how many (`Origin`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sandan.energy.model.plan import Battery, Kilowatt, KilowattHour, Won
from sandan.energy.model.rates import Floats, Instants, Rates
from sandan.energy.model.tariff import Bill, Contract, Month, Schedule
from sandan.words import Text

Number = TypeVar("Number", bound=np.generic)
LOWEST, HIGHEST, EFFICIENCY = 0.1, 0.9, 0.95
"""Of what a new battery is taken to use and lose each way: assumptions, and said so wherever they count."""


class DayKind(IntEnum):
    """Days that are alike."""

    WORKING = 0
    SATURDAY = 1
    HOLIDAY = 2
    """Sundays too."""


@dataclass(frozen=True, slots=True)
class Year:
    """Twelve months of quarter-hours."""

    months: tuple[Month, ...]
    start: Instants
    """[n]."""
    edges: tuple[int, ...]
    """Where each month begins in `start`, and its end [13]."""

    def cut(self, values: NDArray[Number], number: int) -> NDArray[Number]:
        """What of a course [..., n] lies in one month."""
        return values[..., self.edges[number] : self.edges[number + 1]]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the days of a year come from."""

    days: int
    measured: int
    """Days of the year metered well enough to stand for themselves."""
    known: int
    """Days that stood in for the others; some may lie after the year."""
    borrowed: int = 0
    """Of the others, those of a kind that was never metered: another kind of day stands in."""
    estimated: int = 0
    """Quarter-hours missing within metered days, and estimated."""

    @property
    def repeated(self) -> int:
        return self.days - self.measured


@dataclass(frozen=True, slots=True)
class MeterYear:
    """One meter's year, whole."""

    energy: Floats
    """[kWh, n]."""
    lagging: Floats | None
    leading: Floats | None
    origin: Origin


class RoofSource(StrEnum):
    """Whose course stands for a new roof's."""

    OWN = "own"
    """The firm's own plants."""
    COMPLEX = "complex"
    """The largest plants of the complex."""
    WEATHER = "weather"
    """No plant: a model under the irradiance that the weather stations measured."""


@dataclass(frozen=True, slots=True)
class RoofYear:
    """What a kilowatt of roof gives over a year."""

    energy: Floats
    """[kWh per kW, n]."""
    origin: Origin
    """The other days are a clear sky's course times how clear the known days were."""
    source: RoofSource
    count: int
    """Plants or weather stations."""


@dataclass(frozen=True, slots=True)
class Addition:
    """What is put beside what there is."""

    power: Kilowatt = 0.0
    """Of the battery."""
    energy: KilowattHour = 0.0
    roof: Kilowatt = 0.0

    @property
    def stores(self) -> bool:
        return self.power > 0 and self.energy > 0

    def resting(self) -> Addition:
        """The same with the battery left alone."""
        return Addition(roof=self.roof)

    def battery(self) -> Battery:
        """The battery as the plan sees it: half full at the start and the end of each month."""
        return Battery("added", self.power, self.energy, EFFICIENCY, EFFICIENCY, LOWEST, HIGHEST, start=0.5)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a customer is billed by in each month of a year, with today's contract."""

    contract: Contract
    schedules: tuple[Schedule, ...]
    prices: tuple[Rates, ...]
    """Without power factor or standing demand: those follow from the year."""
    carried: tuple[bool, ...]
    """Whether a month's peak is billed for a year."""
    floor: Kilowatt
    """Least billing demand."""


@dataclass(frozen=True, slots=True)
class BilledYear:
    """A year's bills, as if the years before had been like it."""

    bills: tuple[Bill, ...]

    @property
    def total(self) -> int:
        return sum(bill.total for bill in self.bills)


@dataclass(frozen=True, slots=True)
class SteadyPlan:
    """A battery's year, planned so that it could be repeated every year."""

    grid: Floats
    """[kW, n]."""
    battery: Floats
    """Charging [kW, n]."""
    cost: Won
    """Energy, demand and what export earned, before value-added tax."""
    demand: Kilowatt
    """Largest demand of the months whose peak is carried, or the floor."""


@dataclass(frozen=True, slots=True)
class LineSum:
    """A kind of line over the year [won]."""

    id: str
    name: Text
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of the whole complex."""

    roofs: float
    """More roof power, as a share of what there is [%]."""
    batteries: float
    """[MWh]."""
    hours: float
    """Energy of a battery over its power [h]."""


@dataclass(frozen=True, slots=True)
class FeederYear:
    """A feeder's heaviest quarter-hours of the year [kW]."""

    feeder: str
    name: str
    capacity: float | None
    meters: int
    before: float
    """Largest flow either way."""
    after: float
    back_before: float
    """Largest flow towards the substation."""
    back_after: float
    at: int
    """When it is heaviest afterwards [ms]."""


@dataclass(frozen=True, slots=True)
class Totals:
    """The complex over a year; energies in kWh."""

    won: int
    """All firms' bills with tax."""
    peak: float
    """Largest import of all together [kW]."""
    imported: float
    exported: float
    generated: float
    used: float

    @property
    def sufficiency(self) -> float:
        """Own generation used inside over all use [1]."""
        return (self.generated - self.exported) / self.used if self.used > 0 else 0.0


@dataclass(frozen=True, slots=True)
class MonthSum:
    """A month of all firms' bills together [won]."""

    month: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class PutUp:
    """What was put up, and where there was no room."""

    roof: float
    """[kW]."""
    roof_sites: int
    there: float
    """Roof power there was before [kW]."""
    unplaced: float
    """Roof power that found no room [kW]."""
    energy: float
    """Of batteries [kWh]."""
    power: float
    """[kW]."""
    battery_sites: int


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an outcome stands on."""

    billed: int
    unbilled: int
    """Meters without a contract, or with no tariff known: their load counts, their bills are not known."""
    silent: int
    """Meters of which no day is known: left out."""
    measured: tuple[int, int]
    """Fewest and median days of the year that were metered."""
    known: int
    """Median days that stood in for the others."""
    roofs: Origin | None
    source: RoofSource | None
    plants: int
    """Roofs, or weather stations, whose course stands for the new ones."""
    simulated: bool


@dataclass(frozen=True, slots=True)
class Carbon:
    """Of what comes from the grid [tCO2eq]."""

    before: float
    after: float
    version: str
    source: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The complex's year before and after."""

    put_up: PutUp
    grounds: Grounds
    before: Totals
    after: Totals
    dearer: int
    """Firms whose bills are higher afterwards."""
    months: tuple[MonthSum, ...]
    lines: tuple[tuple[str, int, int], ...]
    feeders: tuple[FeederYear, ...]
    carbon: Carbon | None
    seconds: float
    """What it took to compute, of one processor."""


class State(StrEnum):
    """How far a scenario is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A wish for the complex, and what came of it."""

    id: str
    """Of wish, year, day and tariffs: the same asked again is the same scenario."""
    wish: Wish
    last: str
    """Last month of the year."""
    asked_at: datetime
    by: str
    state: State
    done: int = 0
    whole: int = 0
    """Meters reckoned, and all."""
    made_at: datetime | None = None
    outcome: Outcome | None = None
    failure: Text | None = None


def kinds_of(first: int, days: int, holidays: frozenset[int]) -> NDArray[np.int8]:
    """The kind of each of `days` days from day number `first` (since 1970); `holidays` are such numbers."""
    number = first + np.arange(days)
    weekday = (number + 3) % 7
    kinds = np.where(weekday == 5, np.int8(DayKind.SATURDAY), np.int8(DayKind.WORKING))
    rest = (weekday == 6) | np.isin(number, list(holidays))
    return np.where(rest, np.int8(DayKind.HOLIDAY), kinds).astype(np.int8)


def by_kind(bills_before: Sequence[Bill], bills_after: Sequence[Bill]) -> tuple[LineSum, ...]:
    """The lines of two years side by side, versions and seasons of one band together."""
    before, after = sums_of(bills_before), sums_of(bills_after)
    return tuple(
        LineSum(id, name, before.get(id, 0), after.get(id, 0))
        for id, name in LINES.items()
        if id in before or id in after
    )


def sums_of(bills: Sequence[Bill]) -> dict[str, int]:
    """Won by kind of line."""
    sums: dict[str, int] = {}
    for bill in bills:
        for line in bill.lines:
            kind = _kind_of(line.id)
            sums[kind] = sums.get(kind, 0) + line.won
    return sums


def _kind_of(id: str) -> str:
    """`energy.summer.peak@2026-04-16` is `energy.peak`."""
    head, _, rest = id.partition("@")[0].partition(".")
    return f"{head}.{rest.split('.')[-1]}" if head == "energy" else head


LINES: Mapping[str, Text] = {
    "base": Text("기본요금", "Base charge"),
    "energy.light": Text("전력량요금 경부하", "Energy, light load"),
    "energy.mid": Text("전력량요금 중간부하", "Energy, mid load"),
    "energy.peak": Text("전력량요금 최대부하", "Energy, peak load"),
    "discount": Text("주말·공휴일 할인", "Weekend discount"),
    "climate": Text("기후환경요금", "Climate charge"),
    "fuel": Text("연료비조정요금", "Fuel adjustment"),
    "power_factor": Text("역률요금", "Power factor"),
    "excess": Text("초과사용부가금", "Surcharge for excess demand"),
    "vat": Text("부가가치세", "Value-added tax"),
    "fund": Text("전력산업기반기금", "Industry fund"),
    "cut": Text("끝수 절사", "Rounding off"),
}
