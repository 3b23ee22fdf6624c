"""Set-points that go out: which device may be told what, what it was told, and who took it over.

Power is kW and positive when a battery charges; instants are milliseconds UTC. A device that hears nothing
fresh goes back to its fallback by itself: every order says until when it may be obeyed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sandan.energy.model.plan import Kilowatt, KilowattHour, Share
from sandan.energy.model.rates import SLOT_MS
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

SHORTEST_LEASE, LONGEST_LEASE = 30, 1_800
"""Between them lies how long an order may be obeyed [s]."""
LONGEST_FRESH = 3_600
"""The oldest a measured state may be set to be [s]; the plan needs the charge within the hour as well."""
BEATS = 3
"""Heartbeats within one lease: two may be lost before a device falls back."""
PLAN_AGE = 2 * SLOT_MS
"""A plan made longer ago is not sent [ms]."""
LONGEST_OVERRIDE = 7 * 86_400_000
"""[ms]."""


class Via(StrEnum):
    """How a device is spoken to."""

    MQTT = "mqtt"
    MODBUS = "modbus"
    OPENADR = "openadr"


class Mode(StrEnum):
    """Whether anything is sent to a device."""

    ADVICE = "advice"
    ARMED = "armed"


class Origin(StrEnum):
    """Whose wish an order is."""

    PLAN = "plan"
    PERSON = "person"


class Cut(StrEnum):
    """What took something away from a wish."""

    POWER = "power"
    RAMP = "ramp"
    CHARGE = "charge"
    GRID = "grid"
    FEEDER = "feeder"


class Stop(StrEnum):
    """Why nothing goes out to a device."""

    ADVICE = "advice"
    HANDS_OFF = "hands_off"
    NO_PLAN = "no_plan"
    OLD_PLAN = "old_plan"
    STALE = "stale"
    UNSAFE = "unsafe"
    UNREACHABLE = "unreachable"
    SETTINGS = "settings"


DELIBERATE = frozenset({Stop.ADVICE, Stop.HANDS_OFF})
"""What a person chose; everything else is told as a fault."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a device is never told to leave.

    `import_cap` and `export_cap` bound what its site takes from and gives to the grid (None: not bounded);
    `ramp` how fast its power may change (None: at once) [kW/min].
    """

    charge: Kilowatt
    discharge: Kilowatt
    energy: KilowattHour
    lowest: Share = 0.1
    highest: Share = 0.9
    ramp: float | None = None
    import_cap: Kilowatt | None = None
    export_cap: Kilowatt | None = None

    def __post_init__(self) -> None:
        wrong: list[Finding] = []

        def refuse(where: str, ko: str, en: str, remedy_ko: str, remedy_en: str) -> None:
            wrong.append(Finding(where, Text(ko, en), Text(remedy_ko, remedy_en)))

        for name in ("charge", "discharge", "energy", "ramp", "import_cap", "export_cap"):
            value = getattr(self, name)
            if value is None:
                continue
            if not math.isfinite(value) or value < 0 or (name in ("energy", "ramp") and value == 0):
                refuse(name, "쓸 수 없는 값입니다.", "is not usable.", "0보다 큰 수", "a number above 0")
        if not 0 <= self.lowest < self.highest <= 1:
            refuse(
                "lowest", "충전상태의 범위가 아닙니다.", "is no range of charge.",
                "0 ≤ 하한 < 상한 ≤ 100 %", "0 ≤ lowest < highest ≤ 100 %",
            )  # fmt: skip
        if wrong:
            raise InvalidInput(wrong)


@dataclass(frozen=True, slots=True)
class Device:
    """A battery that can be told what to do, and on which terms.

    `fallback` is what it does by itself once an order is no longer valid (None: its own control decides).
    `settings` say where it is and name the environment variables of its secrets.
    """

    id: str
    tenant: str | None
    via: Via
    settings: Mapping[str, Any]
    limits: Limits
    fallback: Kilowatt | None = 0.0
    lease: int = 90
    """How long an order may be obeyed [s]."""
    fresh: int = 300
    """How old its measured state may be [s]."""
    mode: Mode = Mode.ADVICE
    version: int = 0
    """Counts the changes, so that two people do not change it unseen."""
    changed_at: datetime | None = None
    changed_by: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        wrong: list[Finding] = []
        for name, low, high in (("lease", SHORTEST_LEASE, LONGEST_LEASE), ("fresh", 1, LONGEST_FRESH)):
            if not low <= getattr(self, name) <= high:
                wrong.append(
                    Finding(
                        name,
                        Text("범위를 벗어났습니다.", "is out of range."),
                        Text(f"{low} … {high}초", f"{low} … {high} seconds"),
                    )
                )
        within = self.fallback is None or -self.limits.discharge <= self.fallback <= self.limits.charge
        if not within:
            wrong.append(
                Finding(
                    "fallback",
                    Text("출력 한도를 벗어났습니다.", "is beyond the limits of power."),
                    Text("한도 안의 값이나 0", "a value within them, or 0"),
                )
            )
        if wrong:
            raise InvalidInput(wrong)

    @property
    def beat(self) -> int:
        """Milliseconds from one heartbeat to the next."""
        return self.lease * 1000 // BEATS


@dataclass(frozen=True, slots=True)
class Override:
    """A person's own set-point for a time, or hands off: `power` None sends nothing at all."""

    device: str
    since: int
    until: int
    power: Kilowatt | None
    reason: str
    by: str
    ended_at: int | None = None
    ended_by: str = ""

    def holds(self, now: int) -> bool:
        """Whether it is in force; it ends by itself."""
        return self.since <= now < self.until and self.ended_at is None


@dataclass(frozen=True, slots=True)
class Measured:
    """A device as it was last measured; NaN where it said nothing that may be trusted."""

    at: int
    """When the older of charge and power was measured [ms]; 0 for never."""
    charge: Share
    power: Kilowatt
    """Charging."""
    grid: Kilowatt = math.nan
    """Taken from the grid by its site."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants a device to do, and until when that is meant."""

    power: Kilowatt
    until: int
    origin: Origin
    said: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """What the newest plan wants of a device in this quarter-hour."""

    power: Kilowatt
    until: int
    """End of the plan [ms]: should no newer one come, the next quarter-hours of this one count."""
    made_at: int


@dataclass(frozen=True, slots=True)
class Order:
    """What a device is told: obey `power` until `valid_until`, then fall back."""

    power: Kilowatt
    wish: Kilowatt
    origin: Origin
    made_at: int
    valid_until: int
    cuts: tuple[Cut, ...] = ()


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing is told, and why."""

    stop: Stop
    said: Text


@dataclass(frozen=True, slots=True)
class Expected:
    """What a device must be doing now, if it does what it was told."""

    power: Kilowatt | None
    """None: its own control decides."""
    since: int
    fallen_back: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back when something was sent."""

    ok: bool
    said: Text


@dataclass(frozen=True, slots=True)
class Sent:
    """An order that went out, and what became of it; heartbeats that repeat it are counted, not listed."""

    device: str
    tenant: str | None
    order: Order
    answer: Answer
    first_at: int
    """When it was first told [ms]; `order.made_at` is when it was last repeated."""
    beats: int = 1
    measured: Kilowatt = math.nan
    """What the device did when the order was made."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the dispatcher last made of a device."""

    stop: Stop | None = None
    said: Text = field(default_factory=lambda: Text("", ""))
    since: datetime | None = None
