"""Recorded readings once more, at any speed: from the historian, or from a Parquet file of readings.

Readings keep the times they were recorded with, unless `begin` says when the first of them shall
lie. A speed of 60 sends an hour in a minute; 0 sends everything at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from sandan.clock import Clock, Period
from sandan.errors import InvalidInput
from sandan.ingest.engine import millis
from sandan.ingest.model import Delivery
from sandan.ingest.sources.http import conform
from sandan.store import Store
from sandan.twin.model import Point
from sandan.twin.samples import INSTANT, READINGS
from sandan.words import Text

PIECE = 50_000
BEAT = 0.25
"""Seconds of real time that go into one delivery, at least."""


class ReplaySource:
    """Sends READINGS in the order of their times."""

    def __init__(
        self, id: str, readings: pa.Table, clock: Clock, *, speed: float = 1.0, begin: datetime | None = None
    ) -> None:
        if speed < 0:
            raise InvalidInput.because(
                "speed",
                Text("음수일 수 없습니다.", "must not be negative."),
                Text("예: 60", "for example 60"),
            )
        self.id = id
        ordered = readings.sort_by("start").combine_chunks()
        starts = ordered["start"].cast(pa.int64()).to_numpy()
        if begin is not None and len(starts):
            starts = starts + (millis(begin) - starts[0])
            place = ordered.schema.get_field_index("start")
            ordered = ordered.set_column(place, READINGS.field("start"), pa.array(starts).cast(INSTANT))
        self._readings, self._starts = ordered, starts
        self._clock, self._speed, self._sent = clock, speed, 0

    async def deliveries(self) -> AsyncIterator[Delivery]:
        """Deliveries at the recorded pace; after a failure, from where it was."""
        if self._sent == len(self._starts):
            return
        origin, began = self._starts[self._sent], self._clock.now()
        while self._sent < len(self._starts):
            end = len(self._starts)
            if self._speed > 0:
                passed = (self._clock.now() - began).total_seconds() * 1000 * self._speed
                end = int(np.searchsorted(self._starts, origin + passed, side="right"))
            end = min(end, self._sent + PIECE)
            if end > self._sent:
                piece = self._readings.slice(self._sent, end - self._sent)
                self._sent = end
                yield Delivery(piece, self._clock.now())
            if self._speed > 0 and self._sent < len(self._starts):
                due = (self._starts[self._sent] - origin) / 1000 / self._speed
                await asyncio.sleep(max(BEAT, min(due - (self._clock.now() - began).total_seconds(), 5.0)))

    async def close(self) -> None:
        return None


def recorded(
    store: Store, points: Sequence[Point], period: Period, *, as_of: datetime | None = None
) -> pa.Table:
    """What the historian has of these points, as readings."""
    rows = store.historian.scan(points, period, as_of=as_of)
    ids = pa.array([p.id for p in points])
    numbers = pa.array([p.number for p in points], pa.uint32())
    places = pa.compute.index_in(rows["point"], numbers)
    return pa.table(
        [
            pa.compute.take(ids, places),
            rows["start"],
            rows["value"],
            pa.nulls(rows.num_rows, pa.string()),
            rows["quality"],
        ],
        schema=READINGS,
    )


def recorded_file(path: Path) -> pa.Table:
    """A Parquet file with the columns `address` (or `point`), `start` (or `time`) and `value`."""
    try:
        return conform(pa.parquet.read_table(path))
    except (OSError, pa.ArrowInvalid) as error:
        raise InvalidInput.because(
            str(path),
            Text(f"파일을 읽을 수 없습니다: {error}", f"the file cannot be read: {error}"),
            Text("Parquet 파일인지 확인하십시오.", "check that it is a Parquet file."),
        ) from error
