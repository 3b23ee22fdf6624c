"""From the historian's tables to series a chart can draw: gaps stay gaps.

The historian leaves an empty bucket out. Here it is put back as NaN with coverage 0, so that no
reader of the answer can join the values on either side of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandan.clock import Period
from sandan.complex.engine.ranges import LENGTHS, buckets, floor
from sandan.complex.model import RAW, Freshness, Place, Series, Summary
from sandan.twin.model import Point, Quality
from sandan.twin.silence import is_silent

FLOATS = np.float64
_MS = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970."""
    return (at - _EPOCH) // _MS


def from_ms(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def freshness(point: Point, start: datetime | None, now: datetime) -> Freshness:
    """Whether the newest value still speaks for now; a point without an interval never goes stale."""
    if start is None:
        return Freshness.NEVER
    if point.interval is None:
        return Freshness.FRESH
    silent = is_silent(to_ms(start), point.interval // _MS, to_ms(now))
    return Freshness.STALE if silent else Freshness.FRESH


def expected_count(period: Period, interval: timedelta | None, until: datetime | None = None) -> int | None:
    """How many samples the period should hold, up to `until`; None when the point has no interval."""
    if interval is None:
        return None
    end = period.end if until is None else min(period.end, until)
    return max((end - period.start) // interval, 0)


def raw_series(place: Place, rows: pa.Table, period: Period, now: datetime) -> Series:
    """The samples of one point as they came, with a NaN wherever an expected one is missing."""
    start = _ms(rows, "start")
    value = _floats(rows, "value")
    quality = rows.column("quality").to_numpy(zero_copy_only=False).astype(np.uint8)
    interval = place.point.interval
    good = quality < Quality.BAD
    expected = expected_count(period, interval, now)
    summary = _summary(place, value[good], int(good.sum()), expected)
    coverage = np.ones(len(start), FLOATS)
    if interval is not None and len(start):
        step = interval // _MS
        holes = np.flatnonzero(np.diff(start) > 1.5 * step)
        starts, at = start[holes] + step, holes + 1
        if start[0] - to_ms(period.start) >= step:
            starts, at = np.r_[to_ms(period.start), starts], np.r_[0, at]
        end = min(to_ms(period.end), to_ms(now) - step)
        if end - start[-1] > 1.5 * step:
            starts, at = np.r_[starts, start[-1] + step], np.r_[at, len(start)]
        start = np.insert(start, at, starts)
        value = np.insert(value, at, np.nan)
        coverage = np.insert(coverage, at, 0.0)
        quality = np.insert(quality, at, np.uint8(0))
    return Series(place, RAW, start, value, coverage, value, value, quality, summary)


def grid_of(period: Period, every: str, now: datetime) -> NDArray[np.int64]:
    """The start of every bucket of the period that has begun: in the future nothing is missing yet."""
    return np.array([to_ms(at) for at in buckets(period, every) if at <= now], np.int64)


def rolled_series(
    place: Place, rows: pa.Table, period: Period, every: str, grid: NDArray[np.int64], now: datetime
) -> Series:
    """The buckets of one point on the grid of its period; an empty one is NaN with coverage 0."""
    start = _ms(rows, "start")
    at = np.searchsorted(grid, start)
    inside = at < len(grid)
    inside[inside] = grid[at[inside]] == start[inside]
    at = at[inside]

    def spread(name: str, empty: float) -> NDArray[np.float64]:
        column = np.full(len(grid), empty, FLOATS)
        column[at] = _floats(rows, name)[inside]
        return column

    count = spread("count", 0.0)
    value = spread("value", np.nan)
    minimum, maximum = spread("minimum", np.nan), spread("maximum", np.nan)
    coverage = np.minimum(np.nan_to_num(spread("coverage", 0.0)), 1.0)
    if place.point.interval is None:  # nothing is expected of it, so nothing can be missing
        coverage = np.where(count > 0, 1.0, 0.0)
    expected = expected_count(period, place.point.interval, now)
    summary = _rolled_summary(place, value, count, minimum, maximum, expected)
    quality = np.zeros(len(grid), np.uint8)
    return Series(place, every, grid, value, coverage, minimum, maximum, quality, summary)


def split(rows: pa.Table, numbers: Sequence[int]) -> dict[int, pa.Table]:
    """The rows of each point; the historian answers in order of point."""
    points = rows.column("point").to_numpy(zero_copy_only=False)
    found = {}
    for number in numbers:
        first, last = np.searchsorted(points, number, "left"), np.searchsorted(points, number, "right")
        found[number] = rows.slice(first, last - first)
    return found


def bucket_of(at: datetime, every: str) -> datetime:
    """The start of the bucket of `every` that holds `at`; the instant itself for raw samples."""
    return floor(at, every) if every in LENGTHS else at


def _ms(rows: pa.Table, name: str) -> NDArray[np.int64]:
    """Instants as milliseconds, whatever the resolution of the column."""
    column = rows.column(name).cast(pa.timestamp("ms", tz="UTC")).cast(pa.int64())
    found: NDArray[np.int64] = column.to_numpy(zero_copy_only=False)
    return found


def _floats(rows: pa.Table, name: str) -> NDArray[np.float64]:
    found: NDArray[np.float64] = rows.column(name).to_numpy(zero_copy_only=False).astype(FLOATS)
    return found


def _share(count: int, expected: int | None) -> float | None:
    return None if not expected else min(count / expected, 1.0)


def _adds_up(place: Place) -> bool:
    return place.quantity.rollup == "sum"


def _averages(place: Place) -> bool:
    return place.quantity.rollup in ("mean", "max", "sum")


def _summary(place: Place, value: NDArray[np.float64], count: int, expected: int | None) -> Summary:
    if not len(value):
        return Summary(0, expected, _share(0, expected), None, None, None, None)
    mean = float(value.mean()) if _averages(place) else None
    total = math.fsum(value) if _adds_up(place) else None
    least, most = float(value.min()), float(value.max())
    return Summary(count, expected, _share(count, expected), least, mean, most, total)


def _rolled_summary(
    place: Place,
    value: NDArray[np.float64],
    count: NDArray[np.float64],
    minimum: NDArray[np.float64],
    maximum: NDArray[np.float64],
    expected: int | None,
) -> Summary:
    n = int(count.sum())
    if not n:
        return Summary(0, expected, _share(0, expected), None, None, None, None)
    known = ~np.isnan(value)
    total = math.fsum(value[known]) if _adds_up(place) else None
    mean = None
    if total is not None:
        mean = total / n
    elif place.quantity.rollup == "mean":
        mean = float((value[known] * count[known]).sum() / count[known].sum())
    least, most = float(np.nanmin(minimum)), float(np.nanmax(maximum))
    return Summary(n, expected, _share(n, expected), least, mean, most, total)
