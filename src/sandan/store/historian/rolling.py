"""From the engine's parts to the answer of `roll`: value by the quantity's rollup, and coverage.

`expected` is how many samples a whole bucket holds by the point's interval, also when the period
asked for cuts the bucket: a partial hour never looks like a whole one. A point that speaks only when
something changes has no expectation, so its coverage is null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandan.errors import InvalidInput
from sandan.store.historian import exact
from sandan.store.historian.calendar import Milliseconds, Step
from sandan.twin.model import Point
from sandan.twin.samples import INSTANT
from sandan.twin.tables import Rollup, quantity
from sandan.words import Text

_NO_DIRECTION = 1e-9
"""A mean vector shorter than this, of unit vectors, points nowhere."""

_MEASURES = [
    pa.field("start", INSTANT, nullable=False),
    pa.field("value", pa.float64()),
    pa.field("minimum", pa.float64()),
    pa.field("maximum", pa.float64()),
    pa.field("count", pa.int64(), nullable=False),
    pa.field("expected", pa.int64()),
    pa.field("coverage", pa.float64()),
]
ROLLED = pa.schema([pa.field("point", pa.uint32(), nullable=False), *_MEASURES])
ROLLED_ACROSS = pa.schema(_MEASURES)

_ROLLUPS: tuple[Rollup, ...] = ("sum", "mean", "max", "last", "direction")


def rollups(points: Sequence[Point]) -> Mapping[int, Rollup]:
    return {point.number: quantity(point.quantity).rollup for point in points}


def roll_each(rows: pa.Table, points: Sequence[Point], step: Step) -> pa.Table:
    """One row a point and bucket [ROLLED]."""
    numbers = rows["point"].to_numpy()
    starts: Milliseconds = rows["bucket"].to_numpy()
    count = rows["count"].to_numpy().astype(np.int64)
    by_number = rollups(points)
    kind = _of_point(numbers, {n: _ROLLUPS.index(rollup) for n, rollup in by_number.items()})
    low, high = rows["minimum"].to_numpy(), rows["maximum"].to_numpy()
    turning = kind == _ROLLUPS.index("direction")
    asked = set(by_number.values())
    # Only what these rollups need was asked for; the rest is never chosen.
    total = exact.total(rows) if asked & {"sum", "mean"} else high
    last = rows["last"].to_numpy() if "last" in asked else high
    bearing = high
    if "direction" in asked:
        bearing = _bearing(rows["east"].to_numpy() / count, rows["north"].to_numpy() / count)
    value = np.choose(kind, [total, total / count, high, last, bearing])
    interval = _of_point(numbers, {point.number: _milliseconds(point.interval) for point in points})
    expected = _expected(step.lengths(starts), interval)
    return pa.Table.from_arrays(
        [
            rows["point"],
            _instants(starts),
            pa.array(value, mask=np.isnan(value)),
            pa.array(low, mask=turning),
            pa.array(high, mask=turning),
            pa.array(count),
            *_coverage(count, expected, interval > 0),
        ],
        schema=ROLLED,
    )


def roll_across(rows: pa.Table, points: Sequence[Point], step: Step) -> pa.Table:
    """One row a bucket, the points added up [ROLLED_ACROSS]; `rows` may come from several nodes."""
    names = [*exact.LIMBS, "count"]
    merged = rows.group_by("bucket").aggregate([(name, "sum") for name in names])
    merged = merged.rename_columns([name.removesuffix("_sum") for name in merged.column_names])
    merged = merged.sort_by("bucket")
    starts: Milliseconds = merged["bucket"].to_numpy()
    count = merged["count"].to_numpy().astype(np.int64)
    lengths = step.lengths(starts)
    expected = np.zeros(len(starts), dtype=np.int64)
    regular = all(point.interval is not None for point in points)
    for interval, n in _tally(points).items():
        expected += n * _expected(lengths, np.full(len(starts), interval, dtype=np.int64))
    return pa.Table.from_arrays(
        [
            _instants(starts),
            pa.array(exact.total(merged)),
            pa.nulls(len(starts), pa.float64()),
            pa.nulls(len(starts), pa.float64()),
            pa.array(count),
            *_coverage(count, expected, np.full(len(starts), regular)),
        ],
        schema=ROLLED_ACROSS,
    )


def rollup_across(points: Sequence[Point]) -> Rollup:
    """The one rollup of points that can be added up; `InvalidInput` when they cannot."""
    kinds = {(quantity(p.quantity).unit, quantity(p.quantity).rollup) for p in points}
    if len(kinds) > 1 or any(rollup == "direction" for _, rollup in kinds):
        names = ", ".join(sorted({p.quantity for p in points}))
        raise InvalidInput.because(
            "points",
            Text(f"더할 수 없는 측정량입니다: {names}", f"these quantities cannot be added up: {names}."),
            Text(
                "단위와 집계 방법이 같은 측정점만 고르십시오.",
                "choose points of one unit and one rollup, and no directions.",
            ),
        )
    return next(iter(kinds))[1] if kinds else "sum"


def _of_point(numbers: NDArray[np.uint32], table: Mapping[int, int]) -> NDArray[np.int64]:
    """`table` looked up for every row [rows]."""
    keys = np.fromiter(table.keys(), dtype=np.int64, count=len(table))
    values = np.fromiter(table.values(), dtype=np.int64, count=len(table))
    order = np.argsort(keys)
    found: NDArray[np.int64] = values[order][np.searchsorted(keys[order], numbers)]
    return found


def _milliseconds(interval: timedelta | None) -> int:
    return 0 if interval is None else interval // timedelta(milliseconds=1)


def _tally(points: Sequence[Point]) -> Mapping[int, int]:
    tally: dict[int, int] = {}
    for point in points:
        if point.interval is not None:
            interval = _milliseconds(point.interval)
            tally[interval] = tally.get(interval, 0) + 1
    return tally


def _expected(lengths: Milliseconds, interval: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many samples a bucket holds; one when the interval is longer than the bucket."""
    return np.maximum(lengths // np.maximum(interval, 1), 1)


def _coverage(
    count: NDArray[np.int64], expected: NDArray[np.int64], known: NDArray[np.bool_]
) -> tuple[pa.Array, pa.Array]:
    share = np.minimum(count / np.maximum(expected, 1), 1.0)
    return pa.array(expected, mask=~known), pa.array(share, mask=~known)


def _bearing(east: NDArray[np.float64], north: NDArray[np.float64]) -> NDArray[np.float64]:
    """The direction of the mean vector [°], NaN where it vanishes."""
    degrees = np.degrees(np.arctan2(east, north)) % 360.0
    return np.where(np.hypot(east, north) < _NO_DIRECTION, np.nan, degrees)


def _instants(milliseconds: Milliseconds) -> pa.Array:
    return pa.array(milliseconds.astype("datetime64[ms]")).cast(INSTANT)
