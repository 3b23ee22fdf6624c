"""What the house keeps of forecasts: as they were told, and how good they turned out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from sandan.energy.model.forecast import Method, Singles
from sandan.twin.model import Point, Thing


class Gate(IntEnum):
    """The hour in Seoul at which the market is told of the next day; what is told between is no gate."""

    HOURLY = 0
    TEN = 10
    SEVENTEEN = 17


class Of(StrEnum):
    """What a series is of."""

    METER = "meter"
    ROOF = "roof"
    SITE = "site"
    """What a meter would measure if its battery did nothing: what a plan needs."""


@dataclass(frozen=True, slots=True)
class Series:
    """A row that is forecast; energy of quarter-hours [kWh]."""

    id: str
    """The point's, or `site:` and the meter."""
    of: Of
    thing: Thing
    point: Point
    batteries: tuple[Point, ...] = ()
    """Points of battery power (discharge positive) that are taken out of a site's meter."""


@dataclass(frozen=True, slots=True)
class Told:
    """A forecast of one series as it was told; its slots begin at `until`, one quarter-hour after another."""

    series: str
    until: datetime
    gate: Gate
    told_at: datetime
    method: Method
    quantiles: tuple[float, ...]
    values: Singles
    """[kWh, slots × quantiles]; where a method tells no spread, all but the median are NaN."""


@dataclass(frozen=True, slots=True)
class SeriesRecord:
    """How the day-ahead forecasts of a series have done, beside the same hours of the week before."""

    series: str
    reckoned_at: datetime
    days: int
    again: bool
    """No forecasts were kept yet: they were made again from what was known on each of those mornings."""
    error: float
    """nMAE of the median; NaN where nothing can be compared."""
    naive: float
    mase: float
    coverage: float
    """Share of what came between the 10 % and 90 % quantiles."""

    @property
    def gain(self) -> float:
        """How much smaller the error is than the naive one."""
        return 1 - self.error / self.naive if self.naive > 0 else float("nan")
