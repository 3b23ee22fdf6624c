"""Rolled-up samples as arrays of points by steps of time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandan.clock import SEOUL, Period
from sandan.store import Store
from sandan.twin.model import Point

Array = NDArray[np.float64]


def read_steps(
    store: Store, points: Sequence[Point], period: Period, every: str, step: timedelta
) -> tuple[Array, Array]:
    """Value and coverage of each point in each step of `period`, both (points, steps), NaN where none.

    `period` begins and ends at whole steps. A point without a nominal interval has coverage 1 where it spoke.
    """
    steps = round(period.length / step)
    value, coverage = np.full((len(points), steps), np.nan), np.zeros((len(points), steps))
    if not points:
        return value, coverage
    table = store.historian.roll(points, period, every)
    row = {point.number: at for at, point in enumerate(points)}
    at = np.array([row[number] for number in table["point"].to_pylist()], np.int64)
    start = table["start"].cast(pa.int64()).to_numpy()
    place = (start - milliseconds(period.start)) // round(step.total_seconds() * 1000)
    inside = (place >= 0) & (place < steps)
    at, place = at[inside], place[inside]
    value[at, place] = table["value"].to_numpy(zero_copy_only=False)[inside]
    share = table["coverage"].to_numpy(zero_copy_only=False).astype(np.float64)[inside]
    coverage[at, place] = np.where(np.isfinite(share), share, 1.0)
    return value, coverage


def milliseconds(at: datetime) -> int:
    """Since 1970."""
    return round(at.timestamp() * 1000)


def floor(at: datetime, step: timedelta) -> datetime:
    """The last whole step of Seoul's clock at or before `at`."""
    local = at.astimezone(SEOUL)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (local - midnight) // step * step
