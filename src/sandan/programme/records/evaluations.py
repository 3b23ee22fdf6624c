"""Evaluations of plans and the points given in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.programme.model.evaluation import Evaluation, Heading, Normalise, Place
from sandan.programme.records import tables
from sandan.words import Text


def add_evaluation(conn: Connection, new: Evaluation) -> None:
    """Keep an evaluation that was made."""
    conn.execute(
        sa.insert(tables.evaluation).values(
            id=new.id,
            title=new.title,
            headings=[
                {"id": one.id, "ko": one.name.ko, "en": one.name.en, "points": one.points}
                for one in new.headings
            ],
            plans=list(new.plans),
            evaluators=list(new.evaluators),
            conflicts=_pairs(new.conflicts),
            select=new.select,
            normalise=new.normalise.value,
            minutes=new.minutes,
            made_by=new.made_by,
            made_at=new.made_at,
            closed_at=new.closed_at,
        )
    )


def list_evaluations(conn: Connection) -> list[Evaluation]:
    """Every evaluation, newest first."""
    table = tables.evaluation
    query = sa.select(table).order_by(table.c.made_at.desc(), table.c.id)
    return [_evaluation(row) for row in conn.execute(query)]


def read_evaluation(conn: Connection, id: str) -> Evaluation | None:
    """One evaluation."""
    row = conn.execute(sa.select(tables.evaluation).where(tables.evaluation.c.id == id)).one_or_none()
    return None if row is None else _evaluation(row)


def put_conflicts(conn: Connection, id: str, conflicts: frozenset[tuple[str, str]]) -> None:
    """Put these conflicts of interest in place of those there were."""
    _update(conn, id, conflicts=_pairs(conflicts))


def put_minutes(conn: Connection, id: str, minutes: str) -> None:
    """Put these minutes in place of those there were."""
    _update(conn, id, minutes=minutes)


def close_evaluation(conn: Connection, id: str, at: datetime) -> None:
    """Freeze it."""
    _update(conn, id, closed_at=at)


def put_scores(
    conn: Connection, id: str, evaluator: str, scores: Mapping[tuple[str, str], float], by: str, at: datetime
) -> None:
    """Put an evaluator's points by (plan, heading) in place of those given before; what is not there is
    not given."""
    table = tables.score
    conn.execute(sa.delete(table).where(table.c.evaluation == id, table.c.evaluator == evaluator))
    rows = [
        {
            "evaluation": id,
            "evaluator": evaluator,
            "plan": plan,
            "heading": heading,
            "points": points,
            "by": by,
            "at": at,
        }
        for (plan, heading), points in scores.items()
    ]
    if rows:
        conn.execute(sa.insert(table), rows)


def read_scores(conn: Connection, id: str) -> dict[Place, float]:
    """Every box that has points."""
    table = tables.score
    query = sa.select(table).where(table.c.evaluation == id)
    return {(row.evaluator, row.plan, row.heading): row.points for row in conn.execute(query)}


def _pairs(conflicts: frozenset[tuple[str, str]]) -> list[list[str]]:
    return [list(pair) for pair in sorted(conflicts)]


def _update(conn: Connection, id: str, **values: Any) -> None:
    conn.execute(sa.update(tables.evaluation).where(tables.evaluation.c.id == id).values(**values))


def _evaluation(row: sa.Row[Any]) -> Evaluation:
    return Evaluation(
        id=row.id,
        title=row.title,
        headings=[Heading(one["id"], Text(one["ko"], one["en"]), one["points"]) for one in row.headings],
        plans=row.plans,
        evaluators=row.evaluators,
        conflicts=frozenset((evaluator, plan) for evaluator, plan in row.conflicts),
        # `select` is a method of the row, so that the column is asked for by name.
        select=row._mapping["select"],
        normalise=Normalise(row.normalise),
        minutes=row.minutes,
        made_by=row.made_by,
        made_at=row.made_at,
        closed_at=row.closed_at,
    )
