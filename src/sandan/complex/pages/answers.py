"""What the API answers, for the OpenAPI document and the people who read it.

Answers are written straight to JSON: a year of quarter-hours is not checked against these one by one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field


class ThingOut(BaseModel):
    """A thing; `geometry` is GeoJSON in WGS 84, `tenant` the firm whose it is."""

    id: str
    kind: str
    name: str
    parent: str | None
    tenant: str | None
    geometry: dict[str, Any] | None
    attributes: dict[str, str | float | int | None]
    simulated: bool


class ThingsOut(BaseModel):
    """A page of things; `next` is the address of the next page."""

    items: list[ThingOut]
    next: str | None


class PointOut(BaseModel):
    """A point; values are in `unit`, `interval` is in seconds, null when it speaks only on change."""

    id: str
    thing: str
    quantity: str
    unit: str
    interval: float | None
    tenant: str | None
    low: float | None
    high: float | None
    simulated: bool


class PointsOut(BaseModel):
    """A page of points."""

    items: list[PointOut]
    next: str | None


class LatestOut(BaseModel):
    """The newest value of a point; every field after `unit` is null when there is none."""

    point: str
    unit: str
    start: datetime | None
    known_at: datetime | None
    value: float | None
    quality: int | None
    freshness: Literal["fresh", "stale", "never"]


class LatestsOut(BaseModel):
    """The newest value of each point asked for, in that order."""

    items: list[LatestOut]


class SummaryOut(BaseModel):
    """A series in one row; `coverage` is `count` over `expected`."""

    count: int
    expected: int | None
    coverage: float | None
    minimum: float | None
    mean: float | None
    maximum: float | None
    total: float | None


class SeriesOut(BaseModel):
    """One point's series: pairs of milliseconds since 1970 and value; null is a gap, never a zero."""

    point: str
    name: str
    quantity: str
    unit: str
    kind: Literal["line", "step", "bar"]
    digits: int
    simulated: bool
    interval: int | None = Field(description="milliseconds between values; null when not constant")
    data: list[tuple[int, float | None]]
    coverage: list[float] = Field(description="of each value, 0 to 1")
    summary: SummaryOut


class ChartOut(BaseModel):
    """Series over one period; `coarsened` when the interval asked for gave too many values."""

    from_: int = Field(alias="from")
    to: int
    every: str
    coarsened: bool
    series: list[SeriesOut]


class SampleOut(BaseModel):
    """One sample as it is kept; `quality` 0 good, 1 estimated, 2 released, 3 bad."""

    point: str
    start: datetime
    value: float
    quality: int
    known_at: datetime
    source: str


class SamplesOut(BaseModel):
    """Raw samples, ordered by point and start."""

    items: list[SampleOut]
    next: str | None


class EventOut(BaseModel):
    """A fact; `hash` covers its content and `previous`, the hash of the event before it."""

    seq: int
    at: datetime
    kind: str
    actor: str
    subject: str
    tenant: str | None
    payload: dict[str, Any]
    previous: str
    hash: str
    sentence: str


class EventsOut(BaseModel):
    """A page of events, newest first."""

    items: list[EventOut]
    next: str | None
