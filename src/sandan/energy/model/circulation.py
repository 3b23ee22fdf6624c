"""What the members of the circulation network agreed on, what a settlement says, and who has heat to give.

Kept as plain data: no arrays, so that editions and papers read back as they were written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

from sandan.energy.model.sharing import Celsius, Rule, Share
from sandan.words import Text

Price = Annotated[float, "won/kWh"]
WattHour = Annotated[int, "Wh"]
Won = Annotated[int, "won"]


class Wiring(StrEnum):
    """Where a roof feeds in, which decides what the meter can tell of a surplus."""

    BESIDE = "beside"
    BEHIND = "behind"


WIRINGS = MappingProxyType(
    {
        Wiring.BESIDE: Text(
            "발전 계량기가 따로 있음 (발전 − 사용)", "a meter of its own (generation less use)"
        ),
        Wiring.BEHIND: Text(
            "기업 계량기 뒤 (계량기의 역송 전력)", "behind the firm's meter (what it feeds back)"
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Member:
    """One meter of the network with the roofs that are its firm's."""

    meter: str
    roofs: tuple[str, ...] = ()
    wiring: Wiring = Wiring.BESIDE
    export: Price | None = None
    """What the grid pays this member for a kWh; None is what the agreement says for all."""


@dataclass(frozen=True, slots=True)
class SharingAgreement:
    """An edition of the agreement; what nobody has told is None and has no default."""

    since: date | None = None
    """Its first day."""
    rule: Rule | None = None
    price: Price | None = None
    loss_within: Share | None = None
    loss_between: Share | None = None
    export: Price | None = None
    """What the grid pays for a kWh of surplus."""
    members: tuple[Member, ...] = ()
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class SharedPart:
    """A stretch of quarter-hours under one edition of the agreement."""

    begin: int
    end: int
    """[ms UTC]."""
    edition: int
    rule: Rule
    price: Price | None
    loss_within: Share
    loss_between: Share
    inputs: str
    """SHA-256 of readings, prices, limits and terms."""


@dataclass(frozen=True, slots=True)
class MemberLine:
    """What one member gave, got and saved."""

    meter: str
    firm: str
    name: str
    surplus: WattHour
    need: WattHour
    given: WattHour
    received: WattHour
    won: Won
    """What it is paid; negative when it pays."""
    avoided: Won
    """What it received would have cost from the grid."""
    forgone: Won
    """What it gave would have earned from the grid."""
    saving: Won
    """Against the grid: avoided − forgone + won."""
    error: Annotated[float, "won"]
    """Standard error of the saving; 0 where it is exact."""
    slots: int
    missing: int
    """Quarter-hours, and those in which it took no part for want of a reading."""


@dataclass(frozen=True, slots=True)
class FeederLine:
    """What sharing sent over a feeder's boundary."""

    feeder: str
    name: str
    out: WattHour
    into: WattHour
    limit: Annotated[float, "kW"] | None
    """The feeder's capacity; None where the register has none, and nothing then bounds it."""
    heaviest: Annotated[float, "kW"]
    """Of one quarter-hour, whichever way."""


@dataclass(frozen=True, slots=True)
class SharingStatement:
    """A period settled: the body of a final paper."""

    begin: int
    end: int
    parts: tuple[SharedPart, ...]
    members: tuple[MemberLine, ...]
    feeders: tuple[FeederLine, ...]
    rent: Won
    value: Won

    @property
    def given(self) -> int:
        """[Wh]."""
        return sum(one.given for one in self.members)

    @property
    def received(self) -> int:
        return sum(one.received for one in self.members)

    @property
    def lost(self) -> int:
        return self.given - self.received

    @property
    def surplus(self) -> int:
        return sum(one.surplus for one in self.members)

    @property
    def worse_off(self) -> int:
        """Members that lose by sharing."""
        return sum(one.saving < 0 for one in self.members)

    @property
    def paid(self) -> int:
        """Of all who are paid [won]."""
        return sum(one.won for one in self.members if one.won > 0)

    @property
    def balance(self) -> int:
        """All payments and the rent; anything but 0 is a fault."""
        return sum(one.won for one in self.members) + self.rent


@dataclass(frozen=True, slots=True)
class LineChange:
    """A member's line in two versions; None where it is in one only."""

    name: str
    before: MemberLine | None
    after: MemberLine | None


class Way(StrEnum):
    """Whether a stream of heat is thrown away or wanted."""

    GIVES = "gives"
    WANTS = "wants"


WAYS = MappingProxyType(
    {Way.GIVES: Text("버리는 열", "heat thrown away"), Way.WANTS: Text("필요한 열", "heat wanted")}
)
HOURS = 24


@dataclass(frozen=True, slots=True)
class HeatStream:
    """A firm's heat over the hours of its usual working day."""

    id: str
    firm: str
    name: str
    way: Way
    temperature: Celsius
    """As it leaves, or as it is wanted."""
    base: Celsius
    """What it is cooled to anyway, or what comes back."""
    power: tuple[Annotated[float, "kW"], ...]
    """By hour of the day [24]."""
    fuel: str = ""
    efficiency: Share | None = None
    """What is burnt for it today; of wanted heat only."""
    named: bool = False
    """Whether neighbours may read whose it is."""
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class HeatBook:
    """Every stream that was told."""

    streams: tuple[HeatStream, ...] = ()


@dataclass(frozen=True, slots=True)
class HeatTerms:
    """What pipes and exchangers allow here; None until the operator has said."""

    pinch: Annotated[float, "K"] | None = None
    decay: Annotated[float, "1/km"] | None = None
    ground: Celsius | None = None
    reach: Annotated[float, "m"] | None = None
    days: Annotated[float, "1"] | None = None
    """Working days a year, on which the profile repeats."""
    least: Annotated[float, "kWh"] | None = None
    factors: dict[str, Annotated[float, "tCO2/MWh"]] = field(default_factory=dict)
    """Of fuels whose factor the tables do not have."""
    simulated: bool = False
