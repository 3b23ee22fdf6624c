"""What the pages of the complex speak of; frozen, and without I/O.

A `Series` holds its columns as NumPy arrays of one length: instants in milliseconds since 1970,
values in the quantity's own unit with NaN where nothing is known. NaN is a gap, never a zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from sandan.access import EVERYONE, STAFF, Permission, Role
from sandan.clock import Period
from sandan.errors import Finding
from sandan.twin.model import Point, Thing, Value
from sandan.twin.tables import Quantity, quantities
from sandan.words import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COMPLEX_READ = Permission("complex.read", Text("설비와 측정값 보기", "See things and values"), EVERYONE)
EXPORT = Permission("complex.export", Text("자료 내려받기", "Download data"), EVERYONE)
IMPORT = Permission(
    "complex.import",
    Text("설비·기업 가져오기", "Import things and firms"),
    frozenset({Role.ADMIN, Role.OPERATOR, Role.OFFICER}),
)
AUDIT = Permission("complex.audit", Text("감사 기록 보기", "See the audit trail"), STAFF)

InItsUnit = Annotated[float, "in the unit of the point's quantity"]
Share = Annotated[float, "1"]

RAW = "raw"
"""Samples as they came, not rolled up."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of the list of things."""

    id: str
    kind: str
    name: str
    parent: str | None
    parent_name: str | None
    firm: str | None
    firm_name: str | None
    points: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list: its rows, where the next one begins, and how many there are in all."""

    rows: Sequence[Listed]
    next: str | None
    total: int
    by_kind: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Place:
    """A point together with the thing it is measured on, as far as a reader needs it."""

    point: Point
    thing_name: str
    thing_kind: str

    @property
    def quantity(self) -> Quantity:
        return quantities()[self.point.quantity]

    @property
    def label(self) -> Text:
        """`새빛정밀 1호 계량기 · 전력사용량`."""
        name = self.quantity.name
        return Text(f"{self.thing_name} · {name.ko}", f"{self.thing_name} · {name.en}")


class Freshness(StrEnum):
    """Whether a latest value still speaks for now."""

    FRESH = "fresh"
    STALE = "stale"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest sample of a point, if it has one."""

    place: Place
    value: InItsUnit | None
    start: datetime | None
    known_at: datetime | None
    quality: int | None
    freshness: Freshness

    @property
    def outside(self) -> bool:
        """Whether the value lies outside the operator's own limits."""
        low, high = self.place.point.low, self.place.point.high
        if self.value is None:
            return False
        return (low is not None and self.value < low) or (high is not None and self.value > high)

    @property
    def until(self) -> datetime | None:
        """The end of the interval the value stands for."""
        if self.start is None:
            return None
        return self.start + (self.place.point.interval or timedelta(0))

    def code(self) -> str | None:
        """The name of a coded value ("경부하")."""
        codes = {number: name for name, number in self.place.quantity.codes.items()}
        return codes.get(self.value) if self.value is not None else None


@dataclass(frozen=True, slots=True)
class Summary:
    """A series in one row; `total` only where adding up makes sense (energy, counts)."""

    count: int
    expected: int | None
    coverage: Share | None
    minimum: InItsUnit | None
    mean: InItsUnit | None
    maximum: InItsUnit | None
    total: InItsUnit | None


@dataclass(frozen=True, slots=True)
class Series:
    """One point over a period: raw samples with gaps marked, or buckets of equal calendar length."""

    place: Place
    every: str
    start: NDArray[np.int64]
    value: NDArray[np.float64]
    coverage: NDArray[np.float64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    quality: NDArray[np.uint8]
    summary: Summary


@dataclass(frozen=True, slots=True)
class Selection:
    """What a reader wants to see: which points, when, how finely, and as known at which moment."""

    points: tuple[str, ...]
    period: Period
    every: str
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A selection answered; `coarsened` says that it was too fine to draw and was rolled up."""

    selection: Selection
    every: str
    coarsened: bool
    series: Sequence[Series]


@dataclass(frozen=True, slots=True)
class EnergyUse:
    """A firm's energy over a period, and how much of it was really measured."""

    period: Period
    energy: Annotated[float, "kWh"] | None
    count: int
    expected: int
    meters: int

    @property
    def coverage(self) -> Share:
        return min(self.count / self.expected, 1.0) if self.expected else 0.0


@dataclass(frozen=True, slots=True)
class Draft:
    """An uploaded file, read but not yet written."""

    id: str
    format: str
    filename: str
    actor: str
    created_at: datetime
    content: bytes
    options: Mapping[str, str]
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a thing before and after; None stands for nothing."""

    field: Text
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Review:
    """What confirming a draft would do: every finding, and each change against the registry."""

    findings: Sequence[Finding]
    things: Sequence[Thing]
    points: Sequence[Point]
    added: Sequence[str]
    changed: Sequence[str]
    same: Sequence[str]
    skipped: int = 0
    """Rows that cannot be kept as they are; the findings say why."""
    differences: Mapping[str, Sequence[Difference]] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def errors(self) -> int:
        return sum(finding.severity == "error" for finding in self.findings)

    @property
    def writable(self) -> bool:
        return bool(self.added or self.changed)
