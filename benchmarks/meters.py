"""The stream of readings the historian is measured with: the same batches for every store.

Every quarter of an hour each point sends one energy; 1 % arrive 20 steps late and 0.5 % twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandan.twin.samples import INSTANT, SAMPLES

STEP = 900_000
BEGIN = 1_735_657_200_000
"""1 January 2025 in Seoul [ms]."""
LATE_BY, LATE, TWICE = 20, 100, 200


@dataclass(frozen=True, slots=True)
class Meters:
    """So many points, steps and a seed."""

    points: int
    steps: int
    seed: int = 1

    @property
    def kept(self) -> int:
        """How many different samples there are."""
        return self.points * self.steps

    def batches(self) -> Iterator[pa.Table]:
        """In order of arrival; the last also holds what was still late."""
        random = np.random.default_rng(self.seed)
        scale = random.lognormal(1.5, 1.2, self.points)
        waiting: list[tuple[int, NDArray[np.int64], NDArray[np.float64]]] = []
        again: pa.Table | None = None
        for i in range(self.steps):
            hour = (i / 4) % 24
            shape = 0.4 + 0.6 * np.exp(-(((hour - 14) / 5) ** 2))
            values = np.round(scale * shape * random.normal(1, 0.05, self.points).clip(0.5), 2)
            late = np.arange(i % LATE, self.points, LATE)
            on_time = np.delete(np.arange(self.points), late)
            waiting.append((i, late, values[late]))
            parts = [_rows(on_time, i, i, values[on_time])]
            while waiting and (waiting[0][0] <= i - LATE_BY or i == self.steps - 1):
                sent, points, old = waiting.pop(0)
                parts.append(_rows(points, sent, i, old))
            if again is not None:
                parts.append(again)
            again = parts[0].slice(i % 1000, self.points // TWICE)
            yield pa.concat_tables(parts).combine_chunks()


def _rows(points: NDArray[np.int64], step: int, known: int, values: NDArray[np.float64]) -> pa.Table:
    n = len(points)
    columns = [
        pa.array(points.astype(np.uint32)),
        pa.array(np.full(n, BEGIN + step * STEP)).cast(INSTANT),
        pa.array(np.full(n, BEGIN + (known + 1) * STEP + 1_000)).cast(INSTANT),
        pa.array(np.ones(n, dtype=np.uint16)),
        pa.array(values),
        pa.array(np.zeros(n, dtype=np.uint8)),
    ]
    return pa.table(columns, schema=SAMPLES)
