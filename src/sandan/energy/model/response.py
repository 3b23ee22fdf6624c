"""What the desk for demand response keeps: the resource and its customers, bids, instructions, settlements.

A figure that no source gives has no default here: it is None until the operator writes it down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from sandan.clock import SEOUL
from sandan.energy.model.demand_response import BaselineKind, Enrolment, Programme, Standing
from sandan.energy.model.vpp import Rounding
from sandan.words import Text

PROGRAMMES: Mapping[Programme, Text] = MappingProxyType(
    {
        Programme.RELIABILITY: Text("신뢰성 DR", "reliability"),
        Programme.ECONOMIC: Text("경제성 DR", "economic"),
    }
)
BASELINES: Mapping[BaselineKind, Text] = MappingProxyType(
    {
        BaselineKind.MAX_4_OF_5: Text("Max(4/5)", "Max(4/5)"),
        BaselineKind.MID_6_OF_10: Text("Mid(6/10)", "Mid(6/10)"),
    }
)


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of the resource; its enrolment names it by its meter."""

    enrolment: Enrolment
    cost: float | None = None
    """What leaving one kWh costs it, as it says itself [won/kWh]."""


@dataclass(frozen=True, slots=True)
class Resource:
    """The resource as the operator registered it with the market, and what it agreed to."""

    name: str = ""
    number: str = ""
    """The market's number of it."""
    programmes: tuple[Programme, ...] = ()
    customers: tuple[Customer, ...] = ()
    day_hours: tuple[int, int] | None = None
    """Hours (from, to) whose sum is a day's use when days are compared."""
    base_pay: int | None = None
    """[won/kW and year]."""
    paid_up_to: float | None = None
    fails_below: float | None = None
    operator_share: Decimal | None = None
    rounding: Rounding | None = None
    simulated: bool = False


class Answer(StrEnum):
    """What an asked firm says."""

    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Asked:
    """What one customer of an instruction is asked to leave."""

    meter: str
    tenant: str | None
    kw: int
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """An instruction to reduce, as it stands in its newest version."""

    id: str
    """Day and hour, as in `2026-11-20T14`."""
    version: int
    programme: Programme
    day: date
    hour: int
    hours: int
    kw: int
    asked: tuple[Asked, ...]
    edition: int
    """Of the register, whose enrolments hold."""
    called_at: datetime
    offer: str = ""
    """The bid it came from; "" when the market called without one."""
    prices: tuple[float, ...] = ()
    """Price of each hour [won/kWh]; empty until somebody writes it down."""
    price_source: str = ""
    cancelled: bool = False
    simulated: bool = False

    @property
    def start(self) -> datetime:
        """When it begins."""
        return datetime(self.day.year, self.day.month, self.day.day, self.hour, tzinfo=SEOUL)

    @property
    def end(self) -> datetime:
        """When it is over."""
        return self.start + timedelta(hours=self.hours)


@dataclass(frozen=True, slots=True)
class Offer:
    """A bid that was handed in, and what came of it."""

    id: str
    version: int
    day: date
    hour: int
    hours: int
    mw: int
    sent_at: datetime
    awarded: int | None = None
    """[kW]; None while the market has not said, 0 when it took none."""
    simulated: bool = False


def moment_id(day: date, hour: int) -> str:
    """How a bid or an instruction is known."""
    return f"{day:%Y-%m-%d}T{hour:02}"


@dataclass(frozen=True, slots=True)
class SettledCustomer:
    """A customer's part of a settlement; hours as those of the event, None is missing."""

    meter: str
    name: str
    tenant: str | None
    asked: int
    kind: BaselineKind
    standing: Standing
    days: tuple[date, ...]
    baseline: tuple[float | None, ...]
    """Adjusted where that was agreed [kWh]."""
    load: tuple[float | None, ...]
    won: int | None

    @property
    def left(self) -> float | None:
        """Baseline less load over the hours that have both [kWh]; None where none has."""
        both = [
            b - a for b, a in zip(self.baseline, self.load, strict=True) if b is not None and a is not None
        ]
        return sum(both) if both else None


@dataclass(frozen=True, slots=True)
class SettledHour:
    """An hour of the resource; None is missing or not known."""

    hour: int
    baseline: float | None
    load: float | None
    left: float | None
    paid: float | None
    price: float | None
    won: int | None


@dataclass(frozen=True, slots=True)
class Settled:
    """The settlement of one instruction: the body of its paper."""

    programme: Programme
    day: date
    hour: int
    kw: int
    hours: tuple[SettledHour, ...]
    customers: tuple[SettledCustomer, ...]
    won: int | None
    operator: int | None
    fulfilment: float | None
    failed: bool
    banned_until: date | None
    whole: bool
    edition: int
    """Of the register, whose terms of payment hold."""
    rules: tuple[str, ...]
    """Versions of baselines and grouping."""
    price_source: str
    paid_up_to: float | None
    fails_below: float | None
    operator_share: Decimal | None
    rounding: Rounding | None
    day_hours: tuple[int, int]
