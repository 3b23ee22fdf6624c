"""How samples of the historian become what the rules judge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandan.control.engine.alarms.evaluation import Batch
from sandan.twin.model import Point

FUTURE_MS = 60_000
"""How far ahead of the clock a sample may be; forecasts are further."""


def place_points(points: Sequence[Point]) -> NDArray[np.int64]:
    """Where a point stands among `points`, by its number: shape (largest number + 1,), -1 for the others."""
    place = np.full(max((point.number for point in points), default=0) + 1, -1, np.int64)
    place[[point.number for point in points]] = np.arange(len(points))
    return place


def batch_of(samples: pa.Table, place: NDArray[np.int64], now: datetime) -> Batch:
    """Samples (schema `twin.samples.SAMPLES`) as a batch that counts points as `place` does.

    What claims to be of the future belongs to no point.
    """
    numbers = samples["point"].to_numpy()
    start = samples["start"].cast(pa.int64()).to_numpy()
    known = (numbers < len(place)) & (start <= int(now.timestamp() * 1000) + FUTURE_MS)
    return Batch(
        np.where(known, place[np.where(known, numbers, 0)], -1),
        start,
        samples["value"].to_numpy(),
        samples["quality"].to_numpy(),
    )
