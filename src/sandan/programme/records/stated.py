"""Stated values without the whole plan around them: by kind, and money added up by the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.programme.model.plan import Table
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import Kind, Stage
from sandan.programme.records import tables
from sandan.programme.records.codec import row_from_json
from sandan.store import batches


@dataclass(frozen=True, slots=True)
class MoneyTotal:
    """The sum of all statements of one plan, source, period and stage [won]; printed totals are rows of
    their own (`계`) and are never to be added to their parts."""

    plan: str
    source: str | None
    period: str | None
    stage: Stage | None
    won: int
    statements: int


def versions_at(conn: Connection, as_of: datetime) -> dict[str, int]:
    """The version each plan had at `as_of`; plans made later are left out."""
    table = tables.version
    query = (
        sa.select(table.c.plan, sa.func.max(table.c.number))
        .where(table.c.at <= as_of)
        .group_by(table.c.plan)
        .order_by(table.c.plan)
    )
    return {row[0]: int(row[1]) for row in conn.execute(query)}


def stated(conn: Connection, plan: str, number: int, kind: Kind) -> list[Statement]:
    """The statements of one kind in version `number` of a plan, in order of their id."""
    table = tables.statement
    query = (
        sa.select(table)
        .where(table.c.plan == plan, table.c.kind == kind.value, *_in_version(table, number))
        .order_by(table.c.id)
    )
    return [_statement(row._asdict()) for row in conn.execute(query)]


def stated_of(conn: Connection, plan: str, number: int, subjects: Sequence[str]) -> list[Statement]:
    """Everything version `number` states of some subjects, in order of its id."""
    table = tables.statement
    found = []
    for ids in batches(list(subjects)):
        query = sa.select(table).where(
            table.c.plan == plan, table.c.subject.in_(ids), *_in_version(table, number)
        )
        found += [_statement(row._asdict()) for row in conn.execute(query)]
    return sorted(found, key=lambda one: one.id)


def project_parents(conn: Connection, plan: str, number: int) -> dict[str, tuple[str, str | None]]:
    """Each project's title and parent in version `number`, by its id."""
    table = tables.project
    query = sa.select(table.c.id, table.c.title, table.c.parent).where(
        table.c.plan == plan, *_in_version(table, number)
    )
    return {row.id: (row.title, row.parent) for row in conn.execute(query)}


def measure_names(conn: Connection, plan: str, number: int) -> set[tuple[str, str]]:
    """The 확인지표 of version `number`, each as its subject and name."""
    table = tables.measure
    query = sa.select(table.c.subject, table.c.name).where(table.c.plan == plan, *_in_version(table, number))
    return {(row.subject, row.name) for row in conn.execute(query)}


def money_totals(conn: Connection, plans: Sequence[str] | None = None) -> list[MoneyTotal]:
    """Money of the newest versions by plan, source, period and stage; of all plans when none is named."""
    table = tables.statement
    by = (table.c.plan, table.c.source, table.c.period, table.c.stage)
    query = (
        sa.select(*by, sa.func.sum(table.c.won).label("won"), sa.func.count().label("n"))
        .where(table.c.until.is_(None), table.c.kind == Kind.BUDGET.value, table.c.won.is_not(None))
        .group_by(*by)
        .order_by(*by)
    )
    parts = [query] if plans is None else [query.where(table.c.plan.in_(ids)) for ids in batches(list(plans))]
    return [
        MoneyTotal(
            row.plan,
            row.source,
            row.period,
            Stage(row.stage) if row.stage else None,
            int(row.won),
            int(row.n),
        )
        for part in parts
        for row in conn.execute(part)
    ]


def _in_version(table: sa.Table, number: int) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return table.c.since <= number, sa.or_(table.c.until.is_(None), table.c.until > number)


def _statement(row: dict[str, Any]) -> Statement:
    won = row.pop("won")
    given = row | ({} if won is None else {"value": won})
    kept = {name: value for name, value in given.items() if name not in ("plan", "since", "until")}
    return cast(
        Statement,
        row_from_json(
            Table.STATEMENT,
            {name: value for name, value in kept.items() if value is not None or name == "value"},
        ),
    )
