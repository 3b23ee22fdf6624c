"""What ingest speaks of: deliveries, why a reading is held back, bindings, receipts.

A *reading* is what a source sends (`READINGS`); a *sample* is a reading that passed every check.
A *binding* ties a source's own address to a point, so that a gateway need not know our names.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

import pyarrow as pa

from sandan.access import STAFF, Permission, Role
from sandan.errors import InvalidInput
from sandan.twin.samples import Stream
from sandan.words import Text

INGEST_READ = Permission(
    "ingest.read",
    Text("수집 현황 보기", "See what is collected"),
    frozenset({*STAFF, Role.FIRM, Role.VIEWER}),
)
QUARANTINE = Permission(
    "ingest.quarantine",
    Text("격리된 측정값 처리", "Decide on held readings"),
    frozenset({Role.OPERATOR, Role.ENERGY, Role.FIRM}),
)
CONNECT = Permission(
    "ingest.connect", Text("수집 연결 설정", "Set up connections and devices"), frozenset({Role.OPERATOR})
)


class Reason(StrEnum):
    """Why a reading is in quarantine, in the order in which they are looked for."""

    UNREADABLE = "unreadable"
    UNKNOWN_POINT = "unknown_point"
    FOREIGN_POINT = "foreign_point"
    NO_TIME = "no_time"
    NO_VALUE = "no_value"
    QUALITY = "quality"
    UNIT = "unit"
    RANGE = "range"
    FUTURE = "future"
    TOO_OLD = "too_old"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ReasonText:
    """A reason as people read it: what is wrong, and how to mend it."""

    problem: Text
    remedy: Text


REASONS: Mapping[Reason, ReasonText] = MappingProxyType(
    {
        Reason.UNREADABLE: ReasonText(
            Text("메시지를 읽을 수 없습니다.", "The message cannot be read."),
            Text("보내는 쪽의 메시지 형식을 고치십시오.", "Mend the message format at the sender."),
        ),
        Reason.UNKNOWN_POINT: ReasonText(
            Text("알 수 없는 측정점입니다.", "The point is unknown."),
            Text(
                "측정점을 등록하거나 주소를 연결하십시오.", "Register the point, or bind the address to one."
            ),
        ),
        Reason.FOREIGN_POINT: ReasonText(
            Text("다른 기업의 측정점입니다.", "The point belongs to another firm."),
            Text("장치의 소속이나 주소를 확인하십시오.", "Check whose device this is, or its address."),
        ),
        Reason.NO_TIME: ReasonText(
            Text("시각이 없습니다.", "The reading has no time."),
            Text("측정 시각을 함께 보내거나 입력하십시오.", "Send the time of measurement, or enter it."),
        ),
        Reason.NO_VALUE: ReasonText(
            Text("값이 없거나 숫자가 아닙니다.", "The value is missing or not a number."),
            Text(
                "장치를 점검하고, 알고 있는 값이면 입력하십시오.",
                "Check the device; enter the value if known.",
            ),
        ),
        Reason.QUALITY: ReasonText(
            Text("품질 코드를 알 수 없습니다.", "The quality code is unknown."),
            Text(
                "0(정상), 1(추정), 3(불량) 중 하나를 보내십시오.", "Send 0 (good), 1 (estimated) or 3 (bad)."
            ),
        ),
        Reason.UNIT: ReasonText(
            Text(
                "단위를 모르거나 측정점의 단위로 바꿀 수 없습니다.",
                "The unit is unknown or does not fit the point.",
            ),
            Text(
                "단위를 고치거나 올바른 측정점에 연결하십시오.", "Mend the unit, or bind to the right point."
            ),
        ),
        Reason.RANGE: ReasonText(
            Text(
                "물리적으로 가능한 범위를 벗어났습니다.",
                "The value is outside the physically possible range.",
            ),
            Text("단위·배율과 센서를 확인하십시오.", "Check unit, scale and sensor."),
        ),
        Reason.FUTURE: ReasonText(
            Text("미래 시각입니다.", "The time lies in the future."),
            Text("장치의 시계와 시간대를 맞추십시오.", "Set the device's clock and time zone."),
        ),
        Reason.TOO_OLD: ReasonText(
            Text("너무 오래된 시각입니다.", "The time lies too far back."),
            Text(
                "장치의 시계를 맞추고, 맞는 값이면 승인하십시오.",
                "Set the device's clock; release it if it is right.",
            ),
        ),
        Reason.REFUSED: ReasonText(
            Text("이력 저장소가 받지 않았습니다.", "The historian refused it."),
            Text("기록을 보고 원인을 고친 뒤 승인하십시오.", "See the log, mend the cause, then release."),
        ),
    }
)
CODES: tuple[Reason, ...] = tuple(Reason)
"""A reason's number inside an array is its place here plus one; zero is *no reason*."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message, or a part of one, that is not a reading; kept raw, so that nothing is lost."""

    address: str
    raw: str
    problem: str


async def _nothing() -> None:
    return None


async def _no_refusal(_: Text) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a source hands over at once; `acknowledge` is awaited only after all of it is kept.

    `silent` names addresses whose device was declared dead; `gaps` counts messages the source
    knows it has missed.
    """

    readings: pa.Table
    received_at: datetime
    known_at: datetime | None = None
    acknowledge: Callable[[], Awaitable[None]] = _nothing
    refuse: Callable[[Text], Awaitable[None]] = _no_refusal
    unreadable: tuple[Unreadable, ...] = ()
    silent: tuple[str, ...] = ()
    gaps: int = 0


class Source(Protocol):
    """Anything readings come from."""

    @property
    def id(self) -> str: ...

    def deliveries(self) -> AsyncIterator[Delivery]:
        """Deliveries until the source ends; raises `Unavailable` when its other end does not answer."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Binding:
    """A source's own address for a point; `value = raw * factor + offset`, in `unit`."""

    source: str
    address: str
    point: str
    unit: str | None = None
    factor: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms readings of one source are taken.

    `tolerance` is how far ahead of our clock a reading may be (`None`: any, for forecasts);
    `max_age` how far behind (`None`: any, for files). `tenant` limits a firm's device to its points.
    """

    stream: Stream = Stream.ACTUAL
    tolerance: timedelta | None = timedelta(minutes=5)
    max_age: timedelta | None = timedelta(days=400)
    tenant: str | None = None
    released: bool = False

    def __post_init__(self) -> None:
        for name, span in (("tolerance", self.tolerance), ("max_age", self.max_age)):
            if span is not None and span < timedelta(0):
                raise InvalidInput.because(
                    name,
                    Text("음수일 수 없습니다.", "must not be negative."),
                    Text("0초 이상으로 쓰십시오.", "give zero seconds or more."),
                )


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of readings: `received = kept + duplicates + quarantined`."""

    received: int = 0
    kept: int = 0
    duplicates: int = 0
    corrections: int = 0
    quarantined: int = 0
    gaps: int = 0
    reasons: Mapping[Reason, int] = field(default_factory=lambda: MappingProxyType({}))

    def __add__(self, other: Receipt) -> Receipt:
        reasons = dict(self.reasons)
        for reason, n in other.reasons.items():
            reasons[reason] = reasons.get(reason, 0) + n
        return Receipt(
            self.received + other.received,
            self.kept + other.kept,
            self.duplicates + other.duplicates,
            self.corrections + other.corrections,
            self.quarantined + other.quarantined,
            self.gaps + other.gaps,
            MappingProxyType(reasons),
        )
