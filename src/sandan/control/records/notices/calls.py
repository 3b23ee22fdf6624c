"""Calls that a person made."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.control.model.notices import (
    Call,
    CallOutcome,
)
from sandan.control.records.notices.tables import call


def add_call(conn: Connection, **facts: Any) -> int:
    """Keep a call; its number."""
    return int(conn.execute(sa.insert(call).values(**facts).returning(call.c.id)).scalar_one())


def find_calls(conn: Connection, incident: str) -> list[Call]:
    """The calls of an incident, in order."""
    query = sa.select(call).where(call.c.incident == incident).order_by(call.c.at, call.c.id)
    return [
        Call(
            id=row.id,
            incident=row.incident,
            contact=row.contact,
            organisation=row.organisation,
            post=row.post,
            tenant=row.tenant,
            at=row.at,
            by=row.by,
            outcome=CallOutcome(row.outcome),
            text=row.text,
        )
        for row in conn.execute(query)
    ]


def move_calls(conn: Connection, old: str, new: str) -> int:
    """Let every call of one incident belong to another; how many."""
    return int(conn.execute(sa.update(call).where(call.c.incident == old).values(incident=new)).rowcount)
