"""Scenarios of the complex: what was asked, how far it is, and what came of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.engine import Connection, Row

from sandan.energy.model.whatif import Outcome, Scenario, State, Wish
from sandan.store import Identifier, Instant, metadata
from sandan.words import Text

scenario = sa.Table(
    "energy_scenario",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("wish", sa.JSON, nullable=False),
    sa.Column("last", Identifier, nullable=False),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Column("state", Identifier, nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("whole", sa.Integer, nullable=False),
    sa.Column("made_at", Instant),
    sa.Column("body", sa.JSON),
    sa.Index(None, "asked_at"),
)
_OUTCOME: TypeAdapter[Outcome] = TypeAdapter(Outcome)
OF_OLD = Text(
    "이전 판의 산단이 계산한 결과라 보일 수 없습니다. 다시 돌려 보십시오.",
    "An earlier version of Sandan reckoned this, and it can no longer be shown. Run it again.",
)


def put_scenario(conn: Connection, one: Scenario) -> None:
    """Keep what was asked, in place of an earlier one of the same id."""
    conn.execute(sa.delete(scenario).where(scenario.c.id == one.id))
    conn.execute(
        sa.insert(scenario).values(
            id=one.id,
            wish=asdict(one.wish),
            last=one.last,
            asked_at=one.asked_at,
            by=one.by,
            state=one.state,
            done=one.done,
            whole=one.whole,
        )
    )


def mark_progress(conn: Connection, id: str, done: int, whole: int) -> None:
    """How far a scenario is."""
    conn.execute(
        sa.update(scenario).where(scenario.c.id == id).values(state=State.RUNNING, done=done, whole=whole)
    )


def finish_scenario(conn: Connection, id: str, outcome: Outcome | Text, at: datetime) -> None:
    """Keep what came of a scenario, or why nothing did."""
    if isinstance(outcome, Text):
        state, body = State.FAILED, {"ko": outcome.ko, "en": outcome.en}
    else:
        state, body = State.DONE, _OUTCOME.dump_python(outcome, mode="json")
    conn.execute(sa.update(scenario).where(scenario.c.id == id).values(state=state, made_at=at, body=body))


def wait_again(conn: Connection) -> None:
    """What was under way when the house closed is begun anew."""
    conn.execute(sa.update(scenario).where(scenario.c.state == State.RUNNING).values(state=State.WAITING))


def next_scenario(conn: Connection) -> Scenario | None:
    """The one that has waited longest."""
    query = sa.select(scenario).where(scenario.c.state == State.WAITING)
    row = conn.execute(query.order_by(scenario.c.asked_at, scenario.c.id).limit(1)).first()
    return None if row is None else _kept(row)


def find_scenario(conn: Connection, id: str) -> Scenario | None:
    """One scenario."""
    row = conn.execute(sa.select(scenario).where(scenario.c.id == id)).first()
    return None if row is None else _kept(row)


def newest_scenarios(conn: Connection, limit: int) -> list[Scenario]:
    """Those asked last, newest first."""
    query = sa.select(scenario).order_by(scenario.c.asked_at.desc(), scenario.c.id).limit(limit)
    return [_kept(row) for row in conn.execute(query)]


def forget_scenarios(conn: Connection, kept: int) -> None:
    """All but the newest go."""
    newest = sa.select(scenario.c.id).order_by(scenario.c.asked_at.desc(), scenario.c.id).limit(kept)
    conn.execute(sa.delete(scenario).where(scenario.c.id.not_in(newest.scalar_subquery())))


def _kept(row: Row[Any]) -> Scenario:
    state, outcome, failure = State(row.state), None, None
    if state is State.FAILED:
        failure = Text(row.body["ko"], row.body["en"])
    elif state is State.DONE:
        try:
            outcome = _OUTCOME.validate_python(row.body)
        except ValidationError:
            state, failure = State.FAILED, OF_OLD
    return Scenario(
        row.id,
        Wish(**row.wish),
        row.last,
        row.asked_at,
        row.by,
        state,
        row.done,
        row.whole,
        row.made_at,
        outcome,
        failure,
    )
