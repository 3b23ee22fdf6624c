"""The pool's forecasts as handed in, prices as told, advice to curtail: only ever added to."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from sandan.clock import instant, milliseconds
from sandan.energy.engine.papers import hash_of
from sandan.energy.model.pool import CurtailmentAdvice, Handed, MarketPrice, Member, RevenueLine, Strategy
from sandan.energy.model.rates import Floats
from sandan.energy.model.vpp import Place
from sandan.store import Identifier, Instant, metadata
from sandan.store.registry import insert_rows

handed = sa.Table(
    "energy_handed",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("gate", Identifier, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sent_at", Instant, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Column("strategy", Identifier, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("told_until", Instant, nullable=False),
    sa.Column("pool", sa.JSON, nullable=False),
    sa.Column("energy", sa.LargeBinary, nullable=False),
    sa.Column("automatic", sa.Boolean, nullable=False),
    sa.Column("simulated", sa.Boolean, nullable=False),
    sa.Column("hash", Identifier, nullable=False),
)
price = sa.Table(
    "energy_market_price",
    metadata,
    sa.Column("line", Identifier, primary_key=True),
    sa.Column("start", Instant, primary_key=True),
    sa.Column("monthly", sa.Boolean, primary_key=True),
    sa.Column("entered_at", Instant, primary_key=True),
    sa.Column("value", sa.Double, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Column("simulated", sa.Boolean, nullable=False),
)
curtailment = sa.Table(
    "energy_curtailment",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("start", Instant, nullable=False),
    sa.Column("ordered", sa.JSON, nullable=False),
    sa.Column("plants", sa.JSON, nullable=False),
    sa.Column("possible", sa.LargeBinary, nullable=False),
    sa.Column("cut", sa.LargeBinary, nullable=False),
    sa.Column("short", sa.Double, nullable=False),
    sa.Column("simulated", sa.Boolean, nullable=False),
)


def add_handed(conn: Connection, one: Handed) -> Handed:
    """Keep a forecast with its hash."""
    said: dict[str, Any] = {
        "day": one.day.isoformat(),
        "gate": one.gate,
        "number": one.number,
        "sent_at": milliseconds(one.sent_at),
        "by": one.by,
        "strategy": str(one.strategy),
        "reason": one.reason,
        "told_until": milliseconds(one.told_until),
        "pool": [_member_row(member) for member in one.pool],
        "automatic": one.automatic,
        "simulated": one.simulated,
    }
    body = np.ascontiguousarray(one.energy, "<f8").tobytes()
    made = replace(one, hash=hash_of(said | {"energy": hashlib.sha256(body).hexdigest()}))
    moments = {"day": one.day, "sent_at": one.sent_at, "told_until": one.told_until}
    conn.execute(
        sa.insert(handed).values(said | moments | {"energy": zlib.compress(body, 6), "hash": made.hash})
    )
    return made


def handed_between(conn: Connection, first: date, last: date) -> list[Handed]:
    """Every forecast handed in for these days, both included, oldest first."""
    query = sa.select(handed).where(handed.c.day >= first, handed.c.day <= last)
    return [_handed(row) for row in conn.execute(query.order_by(handed.c.sent_at, handed.c.number))]


def first_handed(conn: Connection) -> date | None:
    """The first day for which a forecast was handed in."""
    found: date | None = conn.scalar(sa.select(sa.func.min(handed.c.day)))
    return found


def put_prices(conn: Connection, prices: Sequence[MarketPrice], by: str, now: datetime) -> None:
    """Add prices; of two of the same hour or month the one entered later counts."""
    rows = [
        {
            "line": str(one.line),
            "start": instant(one.start),
            "monthly": one.monthly,
            "entered_at": now,
            "value": one.value,
            "source": one.source,
            "by": by,
            "simulated": one.simulated,
        }
        for one in prices
    ]
    insert_rows(conn, price, rows)


def prices_between(conn: Connection, start: datetime, end: datetime) -> list[MarketPrice]:
    """The prices in force whose hour or month begins in this time, oldest first."""
    query = sa.select(price).where(price.c.start >= start, price.c.start < end)
    newest: dict[tuple[str, bool, datetime], MarketPrice] = {}
    for row in conn.execute(query.order_by(price.c.start, price.c.entered_at)):
        newest[row.line, row.monthly, row.start] = MarketPrice(
            RevenueLine(row.line), milliseconds(row.start), row.monthly, row.value, row.source, row.simulated
        )
    return list(newest.values())


def count_prices(conn: Connection) -> int:
    return int(conn.scalar(sa.select(sa.func.count()).select_from(price)) or 0)


def add_curtailment(conn: Connection, one: CurtailmentAdvice) -> CurtailmentAdvice:
    """Keep advice under the next number."""
    number = int(conn.scalar(sa.select(sa.func.max(curtailment.c.number))) or 0) + 1
    conn.execute(
        sa.insert(curtailment).values(
            number=number,
            at=one.at,
            by=one.by,
            reason=one.reason,
            start=instant(one.start),
            ordered=list(one.ordered),
            plants=list(one.plants),
            possible=_packed(one.possible),
            cut=_packed(one.cut),
            short=one.short,
            simulated=one.simulated,
        )
    )
    return replace(one, number=number)


def curtailments(conn: Connection) -> list[CurtailmentAdvice]:
    """All advice ever given, oldest first: who gave up how much is remembered for ever."""
    rows = conn.execute(sa.select(curtailment).order_by(curtailment.c.number))
    return [
        CurtailmentAdvice(
            row.number,
            row.at,
            row.by,
            row.reason,
            milliseconds(row.start),
            tuple(row.ordered),
            tuple(row.plants),
            _unpacked(row.possible, len(row.plants)),
            _unpacked(row.cut, len(row.plants)),
            row.short,
            row.simulated,
        )
        for row in rows
    ]


def _handed(row: Row[Any]) -> Handed:
    return Handed(
        row.day,
        row.gate,
        row.number,
        row.sent_at,
        row.by,
        Strategy(row.strategy),
        row.reason,
        row.told_until,
        tuple(_member(one) for one in row.pool),
        _unpacked(row.energy, len(row.pool)),
        row.automatic,
        row.simulated,
        row.hash,
    )


def _member_row(one: Member) -> list[Any]:
    return [one.plant, one.capacity, str(one.place), None if one.weight is None else str(one.weight)]


def _member(row: Sequence[Any]) -> Member:
    plant, capacity, place, weight = row
    return Member(plant, float(capacity), Place(place), None if weight is None else Decimal(weight))


def _packed(values: Floats) -> bytes:
    return zlib.compress(np.ascontiguousarray(values, "<f8").tobytes(), 6)


def _unpacked(body: bytes, rows: int) -> Floats:
    return np.frombuffer(zlib.decompress(body), "<f8").reshape(rows, -1).astype(np.float64)
