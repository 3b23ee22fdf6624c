"""Plans and their versions: writing edits, reading a whole plan as it stood in any version."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.programme.model.audit import Settlement
from sandan.programme.model.plan import (
    Book,
    ChangeKind,
    Complex,
    Edit,
    Fact,
    Measure,
    Milestone,
    Plan,
    Project,
    Row,
    StateSet,
    Table,
    Version,
)
from sandan.programme.model.vocabulary import WON, PledgeState
from sandan.programme.records import tables
from sandan.programme.records.codec import row_from_json, row_to_json
from sandan.programme.records.statements import read_statements
from sandan.store import batches
from sandan.store.registry import insert_rows

_OWN = ("plan", "since", "until")
"""Columns that say where a row belongs; the others are the row's own fields."""


def plan_ids(conn: Connection) -> list[str]:
    """Every plan there is."""
    return list(conn.scalars(sa.select(tables.book.c.id).order_by(tables.book.c.id)))


def current(conn: Connection, plan: str) -> tuple[int, int | None] | None:
    """The newest and the newest published version of a plan; None when there is no such plan."""
    row = conn.execute(sa.select(tables.book).where(tables.book.c.id == plan)).one_or_none()
    return None if row is None else (row.version, row.published)


def heads(conn: Connection) -> dict[str, tuple[int, int | None]]:
    """The newest and the newest published version of every plan."""
    return {row.id: (row.version, row.published) for row in conn.execute(sa.select(tables.book))}


def add_version(conn: Connection, plan: str, new: Version, edits: Sequence[Edit]) -> None:
    """Write the edits as version `new.number`, the one after the current."""
    if new.number == 1:
        conn.execute(sa.insert(tables.book).values(id=plan, version=1, published=None))
    else:
        conn.execute(sa.update(tables.book).where(tables.book.c.id == plan).values(version=new.number))
    conn.execute(
        sa.insert(tables.version).values(
            plan=plan,
            number=new.number,
            kind=new.kind.value,
            reason=new.reason,
            by=new.by,
            at=new.at,
            review=new.review,
            published_at=None,
        )
    )
    by_table: dict[Table, dict[str, Row | None]] = defaultdict(dict)
    for edit in edits:
        by_table[edit.table][edit.id] = edit.row
    for of, rows in by_table.items():
        _write(conn, plan, new.number, of, rows)


def _write(conn: Connection, plan: str, number: int, of: Table, rows: Mapping[str, Row | None]) -> None:
    table = tables.ROWS[of]
    if number > 1:
        for ids in batches(list(rows)):
            conn.execute(
                sa.update(table)
                .where(table.c.plan == plan, table.c.until.is_(None), table.c.id.in_(ids))
                .values(until=number)
            )
    fresh = [_columns(of, plan, number, row) for row in rows.values() if row is not None]
    for part in batches(fresh, 20_000):
        insert_rows(conn, table, part)


def _columns(of: Table, plan: str, number: int, row: Row) -> dict[str, Any]:
    made = row_to_json(row)
    if of is Table.STATEMENT:
        value = made.pop("value")
        money = made["unit"] == WON
        made["won"] = value if money else None
        made["value"] = None if money else value
    return {"plan": plan, "since": number, "until": None, **made}


def read_rows(conn: Connection, plan: str, of: Table, number: int) -> list[Row]:
    """The rows of one table of a plan as they stood in version `number`, in order of their id."""
    table = tables.ROWS[of]
    query = (
        sa.select(table)
        .where(
            table.c.plan == plan,
            table.c.since <= number,
            sa.or_(table.c.until.is_(None), table.c.until > number),
        )
        .order_by(table.c.id)
    )
    return [_row(of, found._asdict()) for found in conn.execute(query)]


def _row(of: Table, given: dict[str, Any]) -> Row:
    for name in _OWN:
        del given[name]
    if of is Table.STATEMENT:
        won = given.pop("won")
        if won is not None:
            given["value"] = won
        elif given["value"] is not None and given["value"] == int(given["value"]):
            given["value"] = int(given["value"])
    # A value that is not yet set is a value; every other null is a field left to its default.
    return row_from_json(of, {name: v for name, v in given.items() if v is not None or name == "value"})


def read_book(conn: Connection, plan: str, number: int) -> Book:
    """The whole plan as it stood in version `number`, with the newest states and settlements."""

    def rows(of: Table) -> Sequence[Row]:
        return read_rows(conn, plan, of, number)

    head = rows(Table.PLAN)
    return Book(
        plan=cast(Plan, head[0]),
        version=one_version(conn, plan, number),
        complexes=cast(Sequence[Complex], rows(Table.COMPLEX)),
        projects=cast(Sequence[Project], rows(Table.PROJECT)),
        measures=cast(Sequence[Measure], rows(Table.MEASURE)),
        statements=read_statements(conn, plan, number),
        milestones=cast(Sequence[Milestone], rows(Table.MILESTONE)),
        facts=cast(Sequence[Fact], rows(Table.FACT)),
        states=states(conn, plan),
        settled=settled(conn, plan),
    )


def read_head(conn: Connection, plan: str, number: int) -> Book:
    """A plan and its complexes as of version `number`, without projects and what is stated of them."""
    complexes = cast(Sequence[Complex], read_rows(conn, plan, Table.COMPLEX, number))
    return Book(
        plan=read_plan_row(conn, plan, number),
        version=one_version(conn, plan, number),
        complexes=complexes,
    )


def read_plan_row(conn: Connection, plan: str, number: int) -> Plan:
    """Only the plan's own fields."""
    return cast(Plan, read_rows(conn, plan, Table.PLAN, number)[0])


def one_version(conn: Connection, plan: str, number: int) -> Version:
    """A version's own facts."""
    table = tables.version
    return _version(
        conn.execute(sa.select(table).where(table.c.plan == plan, table.c.number == number)).one()
    )


def versions(conn: Connection, plan: str) -> list[Version]:
    """Every version of a plan, newest first."""
    table = tables.version
    query = sa.select(table).where(table.c.plan == plan).order_by(table.c.number.desc())
    return [_version(row) for row in conn.execute(query)]


def _version(row: sa.Row[Any]) -> Version:
    return Version(
        number=row.number,
        kind=ChangeKind(row.kind),
        reason=row.reason,
        by=row.by,
        at=row.at,
        review=row.review,
        published_at=row.published_at,
    )


def mark_published(conn: Connection, plan: str, number: int, at: datetime) -> None:
    """Let citizens see a version."""
    table = tables.version
    conn.execute(
        sa.update(table).where(table.c.plan == plan, table.c.number == number).values(published_at=at)
    )
    conn.execute(sa.update(tables.book).where(tables.book.c.id == plan).values(published=number))


def put_state(conn: Connection, plan: str, new: StateSet) -> None:
    """Remember who set a project's state."""
    conn.execute(
        sa.insert(tables.state_set).values(
            plan=plan,
            project=new.project,
            state=new.state.value,
            by=new.by,
            at=new.at,
            evidence=new.evidence,
        )
    )


def states(conn: Connection, plan: str) -> dict[str, StateSet]:
    """The newest state of each project."""
    table = tables.state_set
    newest = sa.select(sa.func.max(table.c.id)).where(table.c.plan == plan).group_by(table.c.project)
    return {row.project: _state(row) for row in conn.execute(sa.select(table).where(table.c.id.in_(newest)))}


def state_history(conn: Connection, plan: str, project: str) -> list[StateSet]:
    """Every state a project has had, newest first."""
    table = tables.state_set
    query = (
        sa.select(table).where(table.c.plan == plan, table.c.project == project).order_by(table.c.id.desc())
    )
    return [_state(row) for row in conn.execute(query)]


def _state(row: sa.Row[Any]) -> StateSet:
    return StateSet(
        project=row.project, state=PledgeState(row.state), by=row.by, at=row.at, evidence=row.evidence
    )


def settled(conn: Connection, plan: str) -> dict[str, str]:
    """Which statement was chosen in each settled conflict."""
    table = tables.settlement
    query = sa.select(table.c.conflict, table.c.statement).where(table.c.plan == plan).order_by(table.c.at)
    return {row.conflict: row.statement for row in conn.execute(query)}


def settlements(conn: Connection, plan: str) -> dict[str, Settlement]:
    """How each conflict was settled, by the conflict's id."""
    table = tables.settlement
    return {
        row.conflict: Settlement(
            conflict=row.conflict, statement=row.statement, reason=row.reason, by=row.by, at=row.at
        )
        for row in conn.execute(sa.select(table).where(table.c.plan == plan).order_by(table.c.at))
    }


def put_settlement(
    conn: Connection, plan: str, conflict: str, statement: str, reason: str, by: str, at: datetime
) -> None:
    """Settle a conflict; settling it again leaves the earlier choice for what was published under it."""
    table = tables.settlement
    same = (table.c.plan == plan) & (table.c.conflict == conflict) & (table.c.at == at)
    conn.execute(sa.delete(table).where(same))
    conn.execute(
        sa.insert(table).values(
            plan=plan, conflict=conflict, statement=statement, reason=reason, by=by, at=at
        )
    )


def unique(edits: Iterable[Edit]) -> list[Edit]:
    """Of several edits to one row, the last."""
    last: dict[tuple[Table, str], Edit] = {(edit.table, edit.id): edit for edit in edits}
    return list(last.values())
