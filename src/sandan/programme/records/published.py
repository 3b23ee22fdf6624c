"""What stood behind a published version on the day it was published, and parts of it without the whole plan.

A state set or a conflict settled later is not in it: citizens read what was published, not what the
office has come to since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.programme.model.audit import Settlement
from sandan.programme.model.plan import Fact, Measure, Milestone, Project, Row, StateSet, Table
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import PledgeState
from sandan.programme.records import tables
from sandan.programme.records.codec import row_from_json

_OWN = ("plan", "since", "until")
_SUBJECT = {
    Table.PROJECT: "id",
    Table.MEASURE: "subject",
    Table.STATEMENT: "subject",
    Table.MILESTONE: "project",
    Table.FACT: "subject",
}
"""The column that says which project a row is of."""


@dataclass(frozen=True, slots=True)
class ProjectRows:
    """The rows of one project in one version, with its parent and its parts."""

    projects: Sequence[Project]
    measures: Sequence[Measure]
    statements: Sequence[Statement]
    milestones: Sequence[Milestone]
    facts: Sequence[Fact]


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row that is not the same in two versions: as it was, and as it is."""

    table: Table
    was: Row | None
    now: Row | None


def published_heads(conn: Connection) -> dict[str, int]:
    """The version of every published plan that was published last."""
    table = tables.book
    query = sa.select(table.c.id, table.c.published).where(table.c.published.is_not(None))
    return {row.id: row.published for row in conn.execute(query.order_by(table.c.id))}


def state_history_until(
    conn: Connection, plan: str, until: datetime, project: str | None = None
) -> list[StateSet]:
    """The states that projects of a plan had been given by `until`, oldest first."""
    table = tables.state_set
    query = sa.select(table).where(table.c.plan == plan, table.c.at <= until).order_by(table.c.id)
    if project is not None:
        query = query.where(table.c.project == project)
    return [
        StateSet(
            project=row.project, state=PledgeState(row.state), by=row.by, at=row.at, evidence=row.evidence
        )
        for row in conn.execute(query)
    ]


def settlements_until(conn: Connection, plan: str, until: datetime) -> dict[str, Settlement]:
    """How conflicts of a plan had been settled by `until`, by the conflict's id."""
    table = tables.settlement
    query = sa.select(table).where(table.c.plan == plan, table.c.at <= until).order_by(table.c.at)
    return {
        row.conflict: Settlement(
            conflict=row.conflict, statement=row.statement, reason=row.reason, by=row.by, at=row.at
        )
        for row in conn.execute(query)
    }


def project_rows(conn: Connection, plan: str, number: int, project: str) -> ProjectRows | None:
    """One project in version `number`; None when that version has no such project."""
    table = tables.project
    near = sa.or_(table.c.id == project, table.c.parent == project)
    found = cast(Sequence[Project], _rows(conn, plan, Table.PROJECT, number, near))
    own = next((one for one in found if one.id == project), None)
    if own is None:
        return None
    above = _rows(conn, plan, Table.PROJECT, number, table.c.id == own.parent) if own.parent else []

    def rows(of: Table) -> Any:
        return _rows(conn, plan, of, number, tables.ROWS[of].c[_SUBJECT[of]] == project)

    return ProjectRows(
        [*cast(list[Project], above), *found],
        rows(Table.MEASURE),
        rows(Table.STATEMENT),
        rows(Table.MILESTONE),
        rows(Table.FACT),
    )


def changed_rows(
    conn: Connection, plan: str, before: int, after: int, project: str | None = None
) -> list[ChangedRow]:
    """Every row of a plan, or of one project, that differs between two of its versions."""
    found: list[ChangedRow] = []
    for of, table in tables.ROWS.items():
        if project is not None and of not in _SUBJECT:
            continue
        mine = sa.true() if project is None else table.c[_SUBJECT[of]] == project
        gone = sa.and_(table.c.until.is_not(None), table.c.until > before, table.c.until <= after)
        old = {row.id: row for row in _rows(conn, plan, of, before, sa.and_(mine, gone))}
        new = {row.id: row for row in _rows(conn, plan, of, after, sa.and_(mine, table.c.since > before))}
        found += [ChangedRow(of, old.get(id), row) for id, row in new.items() if old.get(id) != row]
        found += [ChangedRow(of, row, None) for id, row in old.items() if id not in new]
    return found


def _rows(conn: Connection, plan: str, of: Table, number: int, chosen: sa.ColumnElement[bool]) -> list[Row]:
    table = tables.ROWS[of]
    query = (
        sa.select(table)
        .where(
            table.c.plan == plan,
            table.c.since <= number,
            sa.or_(table.c.until.is_(None), table.c.until > number),
            chosen,
        )
        .order_by(table.c.id)
    )
    return [_row(of, found._asdict()) for found in conn.execute(query)]


def _row(of: Table, given: dict[str, Any]) -> Row:
    kept = {name: value for name, value in given.items() if name not in _OWN}
    if of is Table.STATEMENT:
        won = kept.pop("won")
        value = kept["value"]
        kept["value"] = won if won is not None else _whole(value)
    # A value that is not yet set is a value; every other null is a field left to its default.
    return row_from_json(of, {name: v for name, v in kept.items() if v is not None or name == "value"})


def _whole(value: float | None) -> float | int | None:
    return int(value) if value is not None and value == int(value) else value
