"""How samples of the historian become what the rules judge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandan.clock import Period, instant
from sandan.control.engine.alarms.evaluation import Batch
from sandan.store import Store
from sandan.twin.model import Point
from sandan.twin.samples import Stream

FUTURE_MS = 60_000
"""How far ahead of the clock a sample may be; forecasts are further."""


def batch_of(
    samples: pa.Table,
    place: NDArray[np.int64],
    now: int,
    expected: NDArray[np.float64] | None = None,
) -> Batch:
    """Samples (schema `twin.samples.SAMPLES`) as a batch that counts points as `place` does.

    What claims to be of the future, seen from `now` [ms], belongs to no point.
    """
    numbers = samples["point"].to_numpy()
    start = samples["start"].cast(pa.int64()).to_numpy()
    known = (numbers < len(place)) & (start <= now + FUTURE_MS)
    return Batch(
        np.where(known, place[np.where(known, numbers, 0)], -1),
        start,
        samples["value"].to_numpy(),
        samples["quality"].to_numpy(),
        expected,
    )


def forecasts_for(store: Store, points: Sequence[Point], samples: pa.Table) -> NDArray[np.float64] | None:
    """What was forecast for each sample of these points, NaN where nothing was; None when nobody asks."""
    if not points or not samples.num_rows:
        return None
    starts = samples["start"].cast(pa.int64()).to_pylist()
    span = Period(instant(min(starts)), instant(max(starts) + 1))
    known = store.historian.scan(points, span, stream=Stream.FORECAST)
    keys = zip(known["point"].to_pylist(), known["start"].cast(pa.int64()).to_pylist(), strict=True)
    forecast = dict(zip(keys, known["value"].to_pylist(), strict=True))
    wanted = zip(samples["point"].to_pylist(), starts, strict=True)
    return np.array([forecast.get(key, np.nan) for key in wanted], np.float64)
