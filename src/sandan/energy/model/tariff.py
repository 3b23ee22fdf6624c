"""Contracts, tariffs and bills: what KEPCO agreed to, what it charges, and what it charged.

A tariff is data: prices, hours and rules, each with the place it was read at and how sure that is. The one
surprise: which version holds is a matter of the customer as well as of the date (`Contract.deferred_until`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Literal

from sandan.energy.model.rates import Band
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

Mark = Literal["S", "F", "D", "U"]
"""How sure a figure is: sourced, from a public file, derived from sourced figures, not found."""
Month = tuple[int, int]
"""Year and month of a bill."""


class Kind(StrEnum):
    """계약종별."""

    INDUSTRIAL_A1 = "industrial_a_1"
    INDUSTRIAL_A2 = "industrial_a_2"
    INDUSTRIAL_B = "industrial_b"
    GENERAL_A1 = "general_a_1"
    GENERAL_A2 = "general_a_2"
    GENERAL_B = "general_b"
    EDUCATION_A = "education_a"
    EDUCATION_B = "education_b"


class Voltage(StrEnum):
    """공급전압."""

    LOW = "low"
    HIGH_A = "high_a"
    HIGH_B = "high_b"
    HIGH_C = "high_c"


class Option(StrEnum):
    """선택요금: a higher base price for lower prices of energy."""

    SINGLE = "single"
    I = "I"  # noqa: E741 - the tariff's own name
    II = "II"
    III = "III"


class Season(IntEnum):
    """Season of the energy price, which is not the set of demand months."""

    SUMMER = 0
    SPRING_FALL = 1
    WINTER = 2


KINDS: Mapping[Kind, Text] = MappingProxyType(
    {
        Kind.INDUSTRIAL_A1: Text("산업용전력(갑)Ⅰ", "Industrial (A) I"),
        Kind.INDUSTRIAL_A2: Text("산업용전력(갑)Ⅱ", "Industrial (A) II"),
        Kind.INDUSTRIAL_B: Text("산업용전력(을)", "Industrial (B)"),
        Kind.GENERAL_A1: Text("일반용전력(갑)Ⅰ", "General (A) I"),
        Kind.GENERAL_A2: Text("일반용전력(갑)Ⅱ", "General (A) II"),
        Kind.GENERAL_B: Text("일반용전력(을)", "General (B)"),
        Kind.EDUCATION_A: Text("교육용전력(갑)", "Education (A)"),
        Kind.EDUCATION_B: Text("교육용전력(을)", "Education (B)"),
    }
)
VOLTAGES: Mapping[Voltage, Text] = MappingProxyType(
    {
        Voltage.LOW: Text("저압", "Low voltage"),
        Voltage.HIGH_A: Text("고압A", "High voltage A"),
        Voltage.HIGH_B: Text("고압B", "High voltage B"),
        Voltage.HIGH_C: Text("고압C", "High voltage C"),
    }
)
OPTIONS: Mapping[Option, Text] = MappingProxyType(
    {
        Option.SINGLE: Text("단일", "Single"),
        Option.I: Text("선택Ⅰ", "Option I"),
        Option.II: Text("선택Ⅱ", "Option II"),
        Option.III: Text("선택Ⅲ", "Option III"),
    }
)
SEASONS: Mapping[Season, Text] = MappingProxyType(
    {
        Season.SUMMER: Text("여름철", "summer"),
        Season.SPRING_FALL: Text("봄·가을철", "spring and autumn"),
        Season.WINTER: Text("겨울철", "winter"),
    }
)
BANDS: Mapping[Band, Text] = MappingProxyType(
    {
        Band.LIGHT: Text("경부하", "light load"),
        Band.MID: Text("중간부하", "mid load"),
        Band.PEAK: Text("최대부하", "peak load"),
    }
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule or a price was read, and how sure that is."""

    mark: Mark
    where: str


@dataclass(frozen=True, slots=True)
class Contract:
    """What a customer agreed with KEPCO."""

    kind: Kind
    voltage: Voltage
    option: Option
    power: float
    """Contract power (계약전력) [kW]."""
    deferred_until: date | None = None
    """The last day on which the tariff before a change that may be deferred still holds for this customer."""
    demand_meter: bool = True
    """Without one the contract power is billed (약관 제68조 ②)."""
    var_meter: bool = True
    remote: bool = True
    """Read from afar: only then are half-hours of reactive energy used (약관 제42조 ②)."""

    def __post_init__(self) -> None:
        if not self.power > 0:
            raise InvalidInput.because(
                "contract.power",
                Text(
                    f"계약전력이 0보다 커야 합니다: {self.power}",
                    f"Contract power must be above 0: {self.power}",
                ),
                Text("계약전력(kW)을 적어 주십시오.", "Give the contract power in kW."),
            )


@dataclass(frozen=True, slots=True)
class Discount:
    """A share taken off the price of energy on Saturdays, Sundays and holidays of spring and autumn."""

    share: float
    from_hour: int
    to_hour: int
    until: date
    """The last day."""


@dataclass(frozen=True, slots=True)
class DemandRule:
    """How the billing demand (요금적용전력) is found (약관 제68조, 별표 3)."""

    months: frozenset[int]
    """Months whose peak is carried."""
    window: int
    """How long, in months, the month of the bill included."""
    floor: float
    """Least billing demand as a share of the contract power."""
    light_counts: bool
    source: Source


@dataclass(frozen=True, slots=True)
class PowerFactorRule:
    """약관 제41–43조; all factors in per cent."""

    version: str
    day_from: int
    day_to: int
    """Hours between which the lagging factor counts; the leading one in the others."""
    lagging_base: float
    lagging_cap: float
    lagging_least: float
    leading_base: float
    leading_least: float
    step: float
    """Share of the base charge for each per cent."""
    smallest_low_voltage: float
    """Contract power below which a low-voltage customer is left out [kW]."""
    deemed: float
    """The lagging factor of who has no meter for it, or used nothing."""
    source: Source


@dataclass(frozen=True, slots=True)
class ExcessRule:
    """The surcharge for demand above the contract power (약관 제67조의3 ③)."""

    steps: tuple[tuple[float, float], ...]
    """(from this excess as a share of the contract power, times the base price), rising."""
    source: Source

    def factor(self, ratio: float) -> float:
        """Times the base price for an excess of `ratio` of the contract power."""
        return next(factor for over, factor in reversed(self.steps) if ratio >= over)


@dataclass(frozen=True, slots=True)
class Tariff:
    """One version of the prices of one kind, voltage and option, with the hours and rules that go with it."""

    version: str
    kind: Kind
    voltage: Voltage
    option: Option
    effective_from: date
    deferrable_until: date | None
    base: float
    """Base price [won/kW and month]."""
    prices: tuple[tuple[float, float, float], ...]
    """Price of energy by `Season` and `Band` [won/kWh]."""
    price_source: Source
    hours: tuple[tuple[Band, ...], ...]
    """Band of each of 24 hours by `Season`."""
    hours_source: Source
    banded: bool
    """Whether the price depends on the hour."""
    saturday_peak_is_mid: bool
    holiday_is_light: bool
    discount: Discount | None
    day_source: Source
    seasons: tuple[Season, ...]
    """Season of each month, January first."""
    demand: DemandRule
    excess: ExcessRule

    def price(self, season: Season, band: Band) -> float:
        return self.prices[season][band]


@dataclass(frozen=True, slots=True)
class Schedule:
    """The tariffs of one customer in the order in which they take effect."""

    parts: tuple[tuple[date, Tariff], ...]

    @classmethod
    def always(cls, tariff: Tariff) -> Schedule:
        """One tariff whatever the date: a bill as if."""
        return cls(((date.min, tariff),))


@dataclass(frozen=True, slots=True)
class Round:
    """To which unit and how a figure is rounded."""

    unit: Decimal
    mode: Literal["truncate", "half_up", "exact"]
    source: Source


@dataclass(frozen=True, slots=True)
class Levies:
    """What is charged on top of base and energy, as of one day."""

    climate: float
    """[won/kWh]."""
    fuel: float
    """[won/kWh]."""
    fund: float
    """Electric power industry fund as a share of the charges before tax."""
    vat: float
    power_factor: PowerFactorRule
    rounding: Mapping[str, Round]
    """By what is rounded: energy, demand, power_factor, line, vat, fund, total."""
    sources: Mapping[str, Source]
    """Of climate, fuel, fund and vat."""


@dataclass(frozen=True, slots=True)
class History:
    """What earlier bills leave behind."""

    peaks: Mapping[Month, float] = field(default_factory=lambda: MappingProxyType({}))
    """Highest counting demand of earlier months [kW]."""
    power_factor_warned: bool = False
    """Whether an addition for the power factor has been announced: the first month only warns (제43조 ③)."""
    excess_warned: bool = False
    """The same for demand above the contract power (제67조의3 ④)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill; `won` is what is owed, `exact` the amount before any rounding."""

    id: str
    name: Text
    quantity: float
    """As charged."""
    measured: float
    """As metered, not rounded."""
    unit: str
    price: float
    exact: float
    won: int
    rule: Text
    source: Source


DemandBy = Literal["this_month", "earlier_month", "floor", "contract"]


@dataclass(frozen=True, slots=True)
class BillingDemand:
    """Billing demand and what set it."""

    kw: float
    """Before rounding [kW]."""
    by: DemandBy
    month: Month | None
    """The month whose peak it is."""
    at: int | None
    """Start of the quarter-hour, when it lies in the billed period [ms]."""
    peak: float
    """This period's own highest counting demand [kW]; NaN when nothing was measured."""


@dataclass(frozen=True, slots=True)
class PowerFactor:
    """Monthly means as rounded for the bill, and what they do to the base charge."""

    lagging: float
    """Mean of the day's half-hours [%]."""
    leading: float
    """Mean of the night's half-hours [%]."""
    lagging_share: float
    """Share of the base charge; negative is a rebate."""
    leading_share: float
    half_hours: int
    """How many the means stand on."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much of the period was metered."""

    slots: int
    measured: int
    estimated: int
    missing: int

    @property
    def share(self) -> float:
        """Measured share of the period, estimates left out."""
        return self.measured / self.slots


@dataclass(frozen=True, slots=True)
class Bill:
    """What a customer owes for one period."""

    month: Month
    begin: int
    end: int
    """[ms]; half-open."""
    contract: Contract
    versions: tuple[str, ...]
    """Of the tariffs used."""
    demand: BillingDemand
    power_factor: PowerFactor
    completeness: Completeness
    lines: tuple[Line, ...]
    total: int
    notes: tuple[Text, ...] = ()
    version: int = 1
    """Grows with every restatement."""

    @property
    def provisional(self) -> bool:
        """Whether late data may still change it."""
        return self.completeness.measured < self.completeness.slots

    @property
    def before_tax(self) -> float:
        """All but value-added tax, before any rounding: the sum of `Rates`, and a surcharge for excess."""
        return sum(line.exact for line in self.lines if line.id not in ("vat", "cut"))

    def line(self, id: str) -> Line | None:
        return next((line for line in self.lines if line.id == id), None)


def check_match(contract: Contract, tariff: Tariff) -> None:
    """Raise unless kind and voltage agree; another option than the contract's is a question asked."""
    findings = [
        Finding(
            f"contract.{name}",
            Text(
                f"계약({mine})과 요금표({theirs})가 다릅니다.", f"Contract has {mine}, the tariff {theirs}."
            ),
            Text("계약종별과 공급전압을 확인해 주십시오.", "Check kind and voltage."),
        )
        for name, mine, theirs in (
            ("kind", contract.kind, tariff.kind),
            ("voltage", contract.voltage, tariff.voltage),
        )
        if mine != theirs
    ]
    if findings:
        raise InvalidInput(findings)
