"""The sample: one shape for measurement, correction, forecast, schedule and simulation.

A sample is `(point, start, known_at, source, value, quality)`. Nothing is overwritten: a late or
corrected value is a new row with a later `known_at`, and every read takes `as_of`. A missing
interval is missing, never zero. Batches are Arrow tables so that no sample is a Python object.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa

INSTANT = pa.timestamp("ms", tz="UTC")

SAMPLES = pa.schema(
    [
        pa.field("point", pa.uint32(), nullable=False),
        pa.field("start", INSTANT, nullable=False),
        pa.field("known_at", INSTANT, nullable=False),
        pa.field("source", pa.uint16(), nullable=False),
        pa.field("value", pa.float64(), nullable=False),
        pa.field("quality", pa.uint8(), nullable=False),
    ]
)
"""What the historian keeps: points and sources by their registry number."""

READINGS = pa.schema(
    [
        pa.field("address", pa.string(), nullable=False),
        pa.field("start", INSTANT),
        pa.field("value", pa.float64()),
        pa.field("unit", pa.string()),
        pa.field("quality", pa.uint8()),
    ]
)
"""What a source delivers: a point id or the source's own address for it, nothing yet checked.

A null `unit` means the point's own; a null `quality` means good; a null or NaN `value` and a null
`start` go to quarantine.
"""


class Stream(StrEnum):
    """Which of the series kept under one point: what happened, what is expected, what is planned."""

    ACTUAL = "actual"
    FORECAST = "forecast"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """Where samples came from, as the registry numbers it."""

    number: int
    id: str
    stream: Stream = Stream.ACTUAL
