"""Demand response: what customers would have used, what they were asked to leave, and what they left.

Energy is kWh an hour; NaN is missing and never zero; money is int won. The one surprise: a reduction is never
measured, only the difference from a baseline that somebody once agreed to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sandan.energy.model.rates import Floats
from sandan.energy.model.tariff import Source
from sandan.energy.model.vpp import Rounding, Won
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

HOURS = 24


class Programme(StrEnum):
    """Why load is to be reduced: because the system needs it, or because it is cheaper than generating."""

    RELIABILITY = "reliability"
    ECONOMIC = "economic"


class BaselineKind(StrEnum):
    """Which customer baseline load (CBL) was chosen."""

    MAX_4_OF_5 = "max_4_5"
    MID_6_OF_10 = "mid_6_10"


@dataclass(frozen=True, slots=True)
class BaselineRule:
    """One version of a baseline."""

    kind: BaselineKind
    version: str
    effective_from: date
    days: int
    drop_high: int
    """Highest days dropped, for each hour by itself."""
    drop_low: int
    look_back: int
    """Working days looked back at most, as a multiple of `days`."""
    low_share: float
    """Days of less than this share of the mean are dropped [1]."""
    factory_high: float
    """A factory's days of more than this share, or again less than the low one, are dropped [1]."""
    source: Source


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Same-day adjustment (당일조정): how the hours before an event went shifts its baseline.

    Which hours and how far are not known, so that all is the operator's to say.
    """

    kind: Literal["add", "scale"]
    hours: int
    """Hours that are compared."""
    gap: int
    """Hours left out just before the event, in which a customer may already know."""
    most: float
    """Farthest shift, as a share of the baseline [1]."""

    def __post_init__(self) -> None:
        if self.hours < 1 or self.gap < 0 or self.most < 0:
            raise InvalidInput.because(
                "adjustment",
                Text("당일조정 설정이 맞지 않습니다.", "The same-day adjustment does not fit."),
                Text(
                    "비교 시간은 1 이상, 간격과 한도는 0 이상으로 적으십시오.",
                    "Give at least one hour, a gap and a limit of 0 or more.",
                ),
            )


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a customer agreed to for one year; it stays until the next."""

    customer: str
    year: int
    baseline: BaselineKind
    pledged: float
    """[kW]."""
    factory: bool
    adjustment: Adjustment | None = None


@dataclass(frozen=True, slots=True)
class DayLoads:
    """Metered load of some customers by whole days."""

    customers: tuple[str, ...]
    first: date
    energy: Floats
    """[kWh, customers × days × 24]."""

    def __post_init__(self) -> None:
        if self.energy.ndim != 3 or self.energy.shape[::2] != (len(self.customers), HOURS):
            raise InvalidInput.because(
                "loads.energy",
                Text("고객×날짜×24시간이 아닙니다.", "This is not customers × days × 24 hours."),
                Text("시간별 사용량을 하루 단위로 주십시오.", "Give hourly energy in whole days."),
            )

    def day(self, day: date) -> int:
        """Which row of days it is."""
        return (day - self.first).days


class Dropped(IntEnum):
    """Why a day did not enter a baseline."""

    EVENT = 0
    MISSING = 1
    LOW = 2
    FACTORY_LOW = 3
    FACTORY_HIGH = 4


DROPPED: Mapping[Dropped, Text] = MappingProxyType(
    {
        Dropped.EVENT: Text("감축 요청일", "day of an event"),
        Dropped.MISSING: Text("계량값 없음", "not metered whole"),
        Dropped.LOW: Text("평균의 75 % 미만", "less than 75 % of the mean"),
        Dropped.FACTORY_LOW: Text("공장: 평균의 75 % 미만", "factory: less than 75 % of the mean"),
        Dropped.FACTORY_HIGH: Text("공장: 평균의 125 % 초과", "factory: more than 125 % of the mean"),
    }
)


class Standing(IntEnum):
    """Whether the days sufficed."""

    WHOLE = 0
    SHORT = 1
    """Fewer days than the rule wants within the look-back; what there is was used."""
    NONE = 2


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a customer would have used."""

    energy: Floats
    """[kWh, 24]; NaN with no day at all."""
    days: tuple[date, ...]
    """Used, newest first."""
    dropped: tuple[tuple[date, Dropped], ...]
    standing: Standing


@dataclass(frozen=True, slots=True)
class BaselineTrial:
    """How a baseline would have told days on which nothing was asked."""

    kind: BaselineKind
    adjusted: bool
    rrmse: float
    """√(mean (actual − baseline)²) / mean actual [1]."""
    bias: float
    """Σ baseline / Σ actual − 1; above zero it overstates reductions [1]."""
    days: int
    short: int
    """Days with fewer days to go by than the rule wants."""
    admitted: bool
    """Whether the error is within what admits a customer to a resource."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be bid and asked for."""

    least_customers: int
    hours_a_year: int
    events_a_day: int
    first_hour: int
    last_hour: int
    """The end of the last hour."""
    least_mw: int
    bid_days_before: int
    bid_hour: int
    ban_months: int
    admitted_rrmse: float
    sources: Mapping[str, Source]


@dataclass(frozen=True, slots=True)
class Bid:
    """An offer to reduce."""

    resource: str
    day: date
    hour: int
    hours: int
    mw: float
    sent_at: int
    """[ms UTC]."""


@dataclass(frozen=True, slots=True)
class Award:
    """What the market took of a bid."""

    bid: Bid
    kw: int


@dataclass(frozen=True, slots=True)
class Notice:
    """What one customer is asked for."""

    customer: str
    day: date
    hour: int
    hours: int
    kw: int


@dataclass(frozen=True, slots=True)
class Grouping:
    """Whose differences make up the result of a resource."""

    version: str
    effective_from: date
    participants_only: bool
    source: Source


@dataclass(frozen=True, slots=True)
class Reductions:
    """What was left by each and by the resource."""

    each: Floats
    """Baseline − load, below zero for who rose [kWh, customers × hours]."""
    grouped: NDArray[np.bool_]
    """Whose count [customers]."""
    resource: Floats
    """Of those together [kWh, hours]; NaN where one of them is not metered."""


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """What the operator must say, because no source says it."""

    paid_up_to: float
    """How much more than was awarded is still paid, as a share of it [1]."""
    fails_below: float
    """Share of the award below which an event counts as failed [1]."""
    rounding: Rounding
    operator_share: Decimal
    """Of every payment, what the operator keeps [1]."""

    def __post_init__(self) -> None:
        found = [
            Finding(
                f"terms.{name}",
                Text(f"{value}은(는) 범위를 벗어납니다.", f"{value} is out of range."),
                Text(f"{low}–{high} 사이로 적으십시오.", f"Give {low} to {high}."),
            )
            for name, value, low, high in (
                ("paid_up_to", self.paid_up_to, 1, 10),
                ("fails_below", self.fails_below, 0, 1),
                ("operator_share", float(self.operator_share), 0, 1),
            )
            if not low <= value <= high
        ]
        if found:
            raise InvalidInput(found)


@dataclass(frozen=True, slots=True)
class EventSettlement:
    """One event in won."""

    paid: Floats
    """Energy that is paid for [kWh, hours]."""
    won: Won
    """[hours]."""
    operator: int
    customers: Mapping[str, int]
    """The operator's part and these add up to `won`."""
    fulfilment: float
    """What was left over what was awarded [1]; NaN where not metered."""
    failed: bool
    banned_until: date | None
    """The first day on which it may bid again."""
    whole: bool
    """Whether all hours were metered; if not, what is missing is not paid yet."""
