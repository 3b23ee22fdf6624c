"""What waits for somebody, without reading it whole: checks due, and the marks that say what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.programme.model.change import OPEN
from sandan.programme.model.check import CheckState
from sandan.programme.records import tables

_UNFILLED = (CheckState.OPEN.value, CheckState.RETURNED.value)


@dataclass(frozen=True, slots=True)
class Due:
    """How many checks of a plan and quarter nobody has filled, and by when they should be."""

    plan: str
    quarter: str
    due: date
    checks: int


def unfilled_checks(conn: Connection) -> list[Due]:
    """Checks that nobody has filled, by plan and quarter, the earliest due first."""
    table = tables.check
    by = (table.c.plan, table.c.quarter, table.c.due)
    query = (
        sa.select(*by, sa.func.count().label("n"))
        .where(table.c.state.in_(_UNFILLED))
        .group_by(*by)
        .order_by(table.c.due, table.c.plan, table.c.quarter)
    )
    return [Due(row.plan, row.quarter, row.due, int(row.n)) for row in conn.execute(query)]


def open_changes(conn: Connection) -> dict[str, int]:
    """How many requests of each plan wait for a review or a decision."""
    table = tables.change
    query = (
        sa.select(table.c.plan, sa.func.count().label("n"))
        .where(table.c.state.in_([state.value for state in OPEN]))
        .group_by(table.c.plan)
        .order_by(table.c.plan)
    )
    return {row.plan: int(row.n) for row in conn.execute(query)}


def marks(conn: Connection) -> Mapping[str, tuple[Any, ...]]:
    """For each plan something that changes whenever its version, a state or a settlement does."""
    book, state, settled = tables.book, tables.state_set, tables.settlement
    states = {
        row[0]: row[1]
        for row in conn.execute(sa.select(state.c.plan, sa.func.max(state.c.id)).group_by(state.c.plan))
    }
    chosen = {
        row[0]: (row[1], row[2])
        for row in conn.execute(
            sa.select(settled.c.plan, sa.func.count(), sa.func.max(settled.c.at)).group_by(settled.c.plan)
        )
    }
    return {
        row.id: (row.version, states.get(row.id), chosen.get(row.id))
        for row in conn.execute(sa.select(book.c.id, book.c.version).order_by(book.c.id))
    }
