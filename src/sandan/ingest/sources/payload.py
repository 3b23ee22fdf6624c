"""JSON as gateways send it, over MQTT and HTTP alike, turned into columns of readings.

One message is any of

    {"point": "m1.energy", "time": "2026-03-02T09:15:00+09:00", "value": 12.5, "unit": "kWh", "quality": 0}
    [ …several of these… ]
    {"time": 1772410500000, "values": {"m1.energy": 12.5, "m1.power": 50.1}}
    12.5

`time` is ISO 8601 with its offset, or a number since 1970 in milliseconds (or seconds, when smaller
than 1e11). `point` may be written `address`. What cannot be read is kept raw, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pyarrow as pa

from sandan.ingest.model import Unreadable
from sandan.twin.samples import INSTANT, READINGS

SECONDS_BELOW = 1e11
"""A number of milliseconds smaller than this would lie before 1973; such a number counts seconds."""
SHOWN = 4_000


@dataclass(frozen=True, slots=True)
class Reading:
    """How messages of one source are read: the zone of times without offset, and whether a message
    without a time bears the time it was received (then a repeated message cannot be told from a new one).
    """

    zone: ZoneInfo | None = None
    stamp: bool = False


@dataclass(slots=True)
class Columns:
    """Readings gathered column by column."""

    address: list[str] = field(default_factory=list)
    start: list[int | None] = field(default_factory=list)
    value: list[float | None] = field(default_factory=list)
    unit: list[str | None] = field(default_factory=list)
    quality: list[int | None] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.address) + len(self.unreadable)

    def add(
        self,
        address: str,
        start: int | None,
        value: float | None,
        unit: str | None = None,
        quality: int | None = None,
    ) -> None:
        self.address.append(address)
        self.start.append(start)
        self.value.append(value)
        self.unit.append(unit)
        self.quality.append(quality)

    def refuse(self, address: str, raw: bytes | str, problem: str) -> None:
        """Keep something that is not a reading."""
        text = raw if isinstance(raw, str) else raw[:SHOWN].decode(errors="replace")
        self.unreadable.append(Unreadable(address, text[:SHOWN], problem))

    def table(self) -> pa.Table:
        """What was gathered [READINGS]."""
        return pa.table(
            [
                pa.array(self.address, pa.string()),
                pa.array(self.start, pa.int64()).cast(INSTANT),
                pa.array(self.value, pa.float64()),
                pa.array(self.unit, pa.string()),
                pa.array(self.quality, pa.uint8()),
            ],
            schema=READINGS,
        )


class NotReadable(ValueError):
    """A part of a message is not what it should be; the text says what."""


def read_message(
    columns: Columns,
    payload: bytes,
    *,
    topic: str,
    received: int,
    reading: Reading,
    address: str | None = None,
) -> None:
    """Add what one message says; `address` is what its topic stands for, `received` in milliseconds."""
    try:
        said = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        columns.refuse(topic, payload, f"not JSON: {error}")
        return
    for part in said if isinstance(said, list) else [said]:
        try:
            _read(columns, part, address, received, reading)
        except NotReadable as error:
            columns.refuse(topic, orjson.dumps(part), str(error))


def instant_of(said: object, zone: ZoneInfo | None = None) -> int | None:
    """Milliseconds since 1970 of a time as it was sent; None when there is none."""
    if said is None:
        return None
    if isinstance(said, bool) or not isinstance(said, int | float | str):
        raise NotReadable(f"'time' is {said!r}")
    if not isinstance(said, str):
        if not isfinite(said) or abs(said) > 1e14:
            raise NotReadable(f"'time' is {said!r}")
        return round(said * 1000 if abs(said) < SECONDS_BELOW else said)
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise NotReadable(f"'time' is {said!r}: not ISO 8601") from None
    if moment.tzinfo is None:
        if zone is None:
            raise NotReadable(f"'time' is {said!r}: no offset from UTC")
        moment = moment.replace(tzinfo=zone)
    return round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)


def _read(columns: Columns, part: object, address: str | None, received: int, reading: Reading) -> None:
    if isinstance(part, bool | int | float):
        if address is None:
            raise NotReadable("a bare number needs a topic that names its point")
        columns.add(address, received if reading.stamp else None, _value(part))
        return
    if not isinstance(part, dict):
        raise NotReadable("neither an object nor a number")
    start = instant_of(part.get("time"), reading.zone)
    if start is None and reading.stamp:
        start = received
    unit, quality = _unit(part.get("unit")), _quality(part.get("quality"))
    values = part.get("values")
    if values is not None:
        _read_values(columns, values, address, start, unit, quality)
        return
    name = part.get("point", part.get("address", address))
    if not isinstance(name, str) or not name:
        raise NotReadable("no 'point'")
    if "value" not in part:
        raise NotReadable("no 'value'")
    columns.add(name, start, _value(part["value"]), unit, quality)


def _read_values(
    columns: Columns,
    values: object,
    address: str | None,
    start: int | None,
    unit: str | None,
    quality: int | None,
) -> None:
    if not isinstance(values, dict):
        raise NotReadable("'values' is not an object")
    read = {name: _value(value) for name, value in values.items()}
    for name, value in read.items():
        columns.add(name if address is None else f"{address}/{name}", start, value, unit, quality)


def _value(said: object) -> float | None:
    if said is None or isinstance(said, bool | int | float):
        return None if said is None else float(said)
    raise NotReadable(f"'value' is {said!r}: not a number")


def _unit(said: object) -> str | None:
    if said is None or isinstance(said, str):
        return said
    raise NotReadable(f"'unit' is {said!r}: not text")


def _quality(said: object) -> int | None:
    if said is None:
        return None
    if isinstance(said, int) and not isinstance(said, bool) and 0 <= said <= 255:
        return said
    raise NotReadable(f"'quality' is {said!r}: not a code")


def options(settings: Mapping[str, Any]) -> Reading:
    """The reading options of a source's settings: `zone` and `stamp`."""
    zone = settings.get("zone")
    return Reading(ZoneInfo(zone) if zone else None, settings.get("stamp") == "received")
