"""Forecasts as they were told, a packed row for each series, and how good they were."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from sandan.energy.model.forecast import Method, Singles
from sandan.energy.model.outlook import Gate, SeriesRecord, Told
from sandan.store import Identifier, Instant, batches, metadata
from sandan.store.registry import insert_rows

forecast = sa.Table(
    "energy_forecast",
    metadata,
    sa.Column("series", Identifier, primary_key=True),
    sa.Column("until", Instant, primary_key=True),
    sa.Column("gate", sa.Integer, nullable=False),
    sa.Column("told_at", Instant, nullable=False),
    sa.Column("method", sa.Integer, nullable=False),
    sa.Column("quantiles", sa.JSON, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index(None, "gate", "until"),
)
record = sa.Table(
    "energy_forecast_record",
    metadata,
    sa.Column("series", Identifier, primary_key=True),
    sa.Column("reckoned_at", Instant, nullable=False),
    sa.Column("days", sa.Integer, nullable=False),
    sa.Column("again", sa.Boolean, nullable=False),
    sa.Column("error", sa.Double),
    sa.Column("naive", sa.Double),
    sa.Column("mase", sa.Double),
    sa.Column("coverage", sa.Double),
)


def put_told(conn: Connection, told: Sequence[Told]) -> None:
    """Keep forecasts; one of the same series and instant is replaced."""
    for until in {one.until for one in told}:
        for part in batches([one.series for one in told if one.until == until]):
            same = (forecast.c.until == until) & forecast.c.series.in_(part)
            conn.execute(sa.delete(forecast).where(same))
    insert_rows(conn, forecast, [_row(one) for one in told])


def newest_told(conn: Connection, series: Sequence[str], before: datetime | None = None) -> dict[str, Told]:
    """The last forecast told of each of these series, by `before` where it is given."""
    found: dict[str, Told] = {}
    for part in batches(sorted(set(series))):
        last = sa.select(forecast.c.series, sa.func.max(forecast.c.until).label("until"))
        last = last.where(forecast.c.series.in_(part))
        if before is not None:
            last = last.where(forecast.c.told_at <= before)
        newest = last.group_by(forecast.c.series).subquery()
        same = (newest.c.series == forecast.c.series) & (newest.c.until == forecast.c.until)
        rows = conn.execute(sa.select(forecast).join(newest, same))
        found |= {row.series: _told(row) for row in rows}
    return found


def told_at_gate(conn: Connection, gate: Gate, since: datetime) -> list[Told]:
    """What was told at this hour of the day since then, oldest first."""
    query = sa.select(forecast).where(forecast.c.gate == int(gate), forecast.c.until >= since)
    return [_told(row) for row in conn.execute(query.order_by(forecast.c.until, forecast.c.series))]


def last_until(conn: Connection) -> datetime | None:
    """When the last forecast of any series was told of."""
    found: datetime | None = conn.scalar(sa.select(sa.func.max(forecast.c.until)))
    return found


def forget_told(conn: Connection, newest: datetime, gates_before: datetime) -> None:
    """Drop what was told between gates before `newest`, and at gates before `gates_before`."""
    hourly = (forecast.c.gate == int(Gate.HOURLY)) & (forecast.c.until < newest)
    conn.execute(sa.delete(forecast).where(hourly | (forecast.c.until < gates_before)))


def put_records(conn: Connection, records: Sequence[SeriesRecord]) -> None:
    """Replace the records of these series."""
    for part in batches([one.series for one in records]):
        conn.execute(sa.delete(record).where(record.c.series.in_(part)))
    rows = [
        {
            "series": one.series,
            "reckoned_at": one.reckoned_at,
            "days": one.days,
            "again": one.again,
            **{
                name: None if math.isnan(value) else float(value)
                for name, value in (
                    ("error", one.error),
                    ("naive", one.naive),
                    ("mase", one.mase),
                    ("coverage", one.coverage),
                )
            },
        }
        for one in records
    ]
    insert_rows(conn, record, rows)


def records_of(conn: Connection, series: Sequence[str] | None = None) -> dict[str, SeriesRecord]:
    """The record of each series that has one."""
    query = sa.select(record)
    if series is None:
        return {row.series: _record(row) for row in conn.execute(query)}
    found: dict[str, SeriesRecord] = {}
    for part in batches(sorted(set(series))):
        rows = conn.execute(query.where(record.c.series.in_(part)))
        found |= {row.series: _record(row) for row in rows}
    return found


def _row(one: Told) -> dict[str, Any]:
    return {
        "series": one.series,
        "until": one.until,
        "gate": int(one.gate),
        "told_at": one.told_at,
        "method": int(one.method),
        "quantiles": list(one.quantiles),
        "body": pack(one.values),
    }


def _told(row: Row[Any]) -> Told:
    quantiles = tuple(row.quantiles)
    return Told(
        row.series,
        row.until,
        Gate(row.gate),
        row.told_at,
        Method(row.method),
        quantiles,
        unpack(row.body, len(quantiles)),
    )


def pack(values: Singles) -> bytes:
    """Half precision keeps three digits, which is more than a forecast knows."""
    return zlib.compress(np.clip(values, -65_000, 65_000).astype("<f2").tobytes(), 6)


def unpack(body: bytes, quantiles: int) -> Singles:
    return np.frombuffer(zlib.decompress(body), "<f2").reshape(-1, quantiles).astype(np.float32)


def _record(row: Row[Any]) -> SeriesRecord:
    values = [
        math.nan if value is None else value for value in (row.error, row.naive, row.mase, row.coverage)
    ]
    return SeriesRecord(row.series, row.reckoned_at, row.days, row.again, *values)
