"""Closed bills: rows that are added and never changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from sandan.energy.engine.papers import hash_of, read_bill, write_bill
from sandan.energy.model.agreements import KeptBill
from sandan.energy.model.tariff import Month
from sandan.errors import Conflict
from sandan.store import Identifier, Instant, batches, metadata
from sandan.words import Text

bill = sa.Table(
    "energy_bill",
    metadata,
    sa.Column("meter", Identifier, primary_key=True),
    sa.Column("month", Identifier, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("tenant", Identifier),
    sa.Column("known_at", Instant, nullable=False),
    sa.Column("edition", sa.Integer, nullable=False),
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("simulated", sa.Boolean, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("hash", Identifier, nullable=False),
    sa.Index(None, "month"),
    sa.Index(None, "tenant"),
)


def month_text(month: Month) -> str:
    """`2026-03`."""
    return f"{month[0]:04}-{month[1]:02}"


def add_bill(conn: Connection, one: KeptBill) -> KeptBill:
    """Keep a closed bill with its hash; `Conflict` when that version is there already."""
    row = _row(one)
    same = sa.select(bill.c.version).where(
        bill.c.meter == one.meter, bill.c.month == row["month"], bill.c.version == row["version"]
    )
    if conn.execute(same).first() is not None:
        raise Conflict(
            Text(
                f"{row['month']} 청구서 {row['version']}판이 이미 있습니다.",
                f"Version {row['version']} of the bill of {row['month']} is there already.",
            )
        )
    row["hash"] = hash_of(_said(row))
    conn.execute(sa.insert(bill).values(row))
    return replace(one, hash=row["hash"])


def bill_versions(conn: Connection, meter: str, month: Month) -> list[KeptBill]:
    """Every version of a month's bill, oldest first."""
    query = sa.select(bill).where(bill.c.meter == meter, bill.c.month == month_text(month))
    return [_kept(row) for row in conn.execute(query.order_by(bill.c.version))]


def last_bills(conn: Connection, meters: Collection[str], first: Month, last: Month) -> list[KeptBill]:
    """The newest version of each closed month from `first` to `last`, by meter and month."""
    found: dict[tuple[str, str], KeptBill] = {}
    for part in batches(sorted(set(meters))):
        query = (
            sa.select(bill)
            .where(
                bill.c.meter.in_(part), bill.c.month >= month_text(first), bill.c.month <= month_text(last)
            )
            .order_by(bill.c.meter, bill.c.month, bill.c.version)
        )
        found |= {(row.meter, row.month): _kept(row) for row in conn.execute(query)}
    return list(found.values())


def is_whole(conn: Connection, one: KeptBill) -> bool:
    """Whether the kept row still says what its hash was made from."""
    row = conn.execute(
        sa.select(bill).where(
            bill.c.meter == one.meter,
            bill.c.month == month_text(one.bill.month),
            bill.c.version == one.bill.version,
        )
    ).one()
    return hash_of(_said(row._mapping)) == one.hash


def _said(row: Any) -> dict[str, Any]:
    names = ("meter", "month", "version", "tenant", "edition", "total", "by", "reason", "simulated", "body")
    return {name: row[name] for name in names} | {"known_at": round(row["known_at"].timestamp() * 1000)}


def _row(one: KeptBill) -> dict[str, Any]:
    return {
        "meter": one.meter,
        "month": month_text(one.bill.month),
        "version": one.bill.version,
        "tenant": one.tenant,
        "known_at": one.known_at,
        "edition": one.edition,
        "total": one.bill.total,
        "by": one.by,
        "reason": one.reason,
        "simulated": one.simulated,
        "body": write_bill(one.bill),
    }


def _kept(row: Row[Any]) -> KeptBill:
    return KeptBill(
        row.meter,
        row.tenant,
        read_bill(row.body),
        row.known_at,
        row.edition,
        row.by,
        row.reason,
        row.simulated,
        row.hash,
    )
