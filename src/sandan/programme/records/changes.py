"""Requests to change a plan, and the way each has gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.programme.model.change import Change, ChangeState
from sandan.programme.model.plan import ChangeKind, Edit
from sandan.programme.records.codec import edit_from_json, edit_to_json
from sandan.programme.records.tables import change


def add_change(
    conn: Connection,
    plan: str,
    base: int,
    kind: ChangeKind,
    reason: str,
    edits: Sequence[Edit],
    by: str,
    at: datetime,
) -> int:
    """Keep a new request; its number."""
    made = conn.execute(
        sa.insert(change)
        .values(
            plan=plan,
            base=base,
            kind=kind.value,
            reason=reason,
            edits=[edit_to_json(edit) for edit in edits],
            state=ChangeState.REQUESTED.value,
            requested_by=by,
            requested_at=at,
        )
        .returning(change.c.id)
    )
    return int(made.scalar_one())


def read_change(conn: Connection, id: int) -> Change | None:
    """One request."""
    row = conn.execute(sa.select(change).where(change.c.id == id)).one_or_none()
    return None if row is None else _change(row)


def find_changes(
    conn: Connection, plan: str | None = None, states: Sequence[ChangeState] = (), limit: int = 200
) -> list[Change]:
    """Requests, newest first."""
    query = sa.select(change).order_by(change.c.id.desc()).limit(limit)
    if plan is not None:
        query = query.where(change.c.plan == plan)
    if states:
        query = query.where(change.c.state.in_([state.value for state in states]))
    return [_change(row) for row in conn.execute(query)]


def move_change(conn: Connection, id: int, state: ChangeState, **facts: Any) -> None:
    """Bring a request to its next state, with what is to be remembered of the step."""
    conn.execute(sa.update(change).where(change.c.id == id).values(state=state.value, **facts))


def _change(row: sa.Row[Any]) -> Change:
    return Change(
        id=row.id,
        plan=row.plan,
        base=row.base,
        kind=ChangeKind(row.kind),
        reason=row.reason,
        edits=tuple(edit_from_json(edit) for edit in row.edits),
        state=ChangeState(row.state),
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        review=row.review,
        reviewed_by=row.reviewed_by,
        reviewed_at=row.reviewed_at,
        decision=row.decision,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        version=row.version,
    )
