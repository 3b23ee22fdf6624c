"""Uploaded evidence, append-only, so that what was known on any day can be read again; and formulas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.programme.model.evidence import Formula, Record, RecordKind
from sandan.programme.records import tables
from sandan.store.registry import insert_rows
from sandan.words import Text

_COLUMNS = ("kind", "subject", "period", "value", "weight", "document", "row", "known_at", "by")


def put_records(conn: Connection, records: Sequence[Record]) -> None:
    """Append rows."""
    first = int(conn.scalar(sa.select(sa.func.max(tables.record.c.id))) or 0) + 1
    insert_rows(conn, tables.record, [{"id": first + i, **_columns(one)} for i, one in enumerate(records)])


def records_known(
    conn: Connection,
    kind: RecordKind,
    as_of: datetime,
    *,
    months: tuple[str, str] | None = None,
    subject: str | None = None,
) -> list[Record]:
    """Every row of a kind known at `as_of`, in the order they became known; `months` has both ends in."""
    table = tables.record
    query = sa.select(table).where(table.c.kind == kind.value, table.c.known_at <= as_of)
    if months is not None:
        query = query.where(table.c.period >= months[0], table.c.period <= months[1])
    if subject is not None:
        query = query.where(table.c.subject == subject)
    rows = conn.execute(query.order_by(table.c.known_at, table.c.id)).mappings()
    return [
        Record(**{name: row[name] for name in _COLUMNS if name != "kind"}, kind=RecordKind(row["kind"]))
        for row in rows
    ]


def put_formula(conn: Connection, formula: Formula) -> None:
    """Keep an officer's indicator; one with its id is replaced."""
    table = tables.formula
    conn.execute(sa.delete(table).where(table.c.id == formula.id))
    conn.execute(
        sa.insert(table).values(
            id=formula.id,
            name_ko=formula.name.ko,
            name_en=formula.name.en,
            unit=formula.unit,
            formula=formula.formula,
            by=formula.by,
            at=formula.at,
        )
    )


def drop_formula(conn: Connection, id: str) -> bool:
    """Forget an officer's indicator; whether there was one."""
    return conn.execute(sa.delete(tables.formula).where(tables.formula.c.id == id)).rowcount > 0


def all_formulas(conn: Connection) -> list[Formula]:
    """Every indicator officers defined, in order of their id."""
    return [
        Formula(
            id=row.id,
            name=Text(row.name_ko, row.name_en),
            unit=row.unit,
            formula=row.formula,
            by=row.by,
            at=row.at,
        )
        for row in conn.execute(sa.select(tables.formula).order_by(tables.formula.c.id))
    ]


def _columns(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in _COLUMNS} | {"kind": record.kind.value}
