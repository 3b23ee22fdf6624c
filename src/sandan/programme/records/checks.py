"""Quarterly checks as they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.programme.model.check import Check, CheckState, Filled
from sandan.programme.model.vocabulary import Quarter
from sandan.programme.records.tables import check


def open_checks(
    conn: Connection, plan: str, projects: Sequence[tuple[str, str]], quarter: Quarter, due: date
) -> int:
    """Open a check for each `(project, owner)` that has none for the quarter; how many were opened."""
    known = set(
        conn.scalars(sa.select(check.c.project).where(check.c.plan == plan, check.c.quarter == str(quarter)))
    )
    fresh = [
        {
            "plan": plan,
            "project": project,
            "quarter": str(quarter),
            "due": due,
            "owner": owner,
            "state": CheckState.OPEN.value,
        }
        for project, owner in projects
        if project not in known
    ]
    if fresh:
        conn.execute(sa.insert(check), fresh)
    return len(fresh)


def find_checks(
    conn: Connection,
    plan: str | None = None,
    quarter: Quarter | None = None,
    states: Sequence[CheckState] = (),
    due_before: date | None = None,
) -> list[Check]:
    """Checks, newest quarter first, then by due date and project."""
    query = sa.select(check).order_by(check.c.quarter.desc(), check.c.due, check.c.project)
    if plan is not None:
        query = query.where(check.c.plan == plan)
    if quarter is not None:
        query = query.where(check.c.quarter == str(quarter))
    if states:
        query = query.where(check.c.state.in_([state.value for state in states]))
    if due_before is not None:
        query = query.where(check.c.due < due_before)
    return [_check(row) for row in conn.execute(query)]


def read_check(conn: Connection, plan: str, project: str, quarter: Quarter) -> Check | None:
    """One check."""
    row = conn.execute(sa.select(check).where(*_key(plan, project, quarter))).one_or_none()
    return None if row is None else _check(row)


def move_check(
    conn: Connection, plan: str, project: str, quarter: Quarter, state: CheckState, **facts: Any
) -> None:
    """Bring a check to its next state, with what is to be remembered of the step."""
    if isinstance(facts.get("filled"), Filled):
        facts["filled"] = asdict(facts["filled"])
    conn.execute(sa.update(check).where(*_key(plan, project, quarter)).values(state=state.value, **facts))


def _key(plan: str, project: str, quarter: Quarter) -> tuple[sa.ColumnElement[bool], ...]:
    return check.c.plan == plan, check.c.project == project, check.c.quarter == str(quarter)


def _check(row: sa.Row[Any]) -> Check:
    return Check(
        plan=row.plan,
        project=row.project,
        quarter=Quarter.read(row.quarter),
        due=row.due,
        owner=row.owner,
        state=CheckState(row.state),
        filled=Filled(**row.filled) if row.filled else None,
        filled_by=row.filled_by,
        filled_at=row.filled_at,
        note=row.note,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        version=row.version,
    )
