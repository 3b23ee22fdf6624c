"""Drills that were started, each with the script as it was then."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from sandan.control.model.drills import DrillRun, Script, read_script
from sandan.control.records.incidents.tables import drill


def add_drill(conn: Connection, incident: str, script: Script, by: str, at: datetime) -> None:
    """Keep that a drill was started."""
    values = {"script": script.id, "body": script.body, "started_at": at, "started_by": by, "injected": 0}
    conn.execute(sa.insert(drill).values(incident=incident, **values))


def put_injected(conn: Connection, incident: str, injected: int) -> None:
    """How many injects have been given."""
    conn.execute(sa.update(drill).where(drill.c.incident == incident).values(injected=injected))


def end_drill(conn: Connection, incident: str, at: datetime, score: float) -> None:
    """Keep how it ended."""
    conn.execute(sa.update(drill).where(drill.c.incident == incident).values(ended_at=at, score=score))


def read_drill(conn: Connection, incident: str) -> DrillRun | None:
    """The drill of an incident; None for a real one."""
    row = conn.execute(sa.select(drill).where(drill.c.incident == incident)).one_or_none()
    return None if row is None else _run(row)


def find_drills(conn: Connection, *, running: bool | None = None, limit: int = 200) -> list[DrillRun]:
    """Drills, newest first."""
    query = sa.select(drill).order_by(drill.c.started_at.desc()).limit(limit)
    if running is not None:
        query = query.where(drill.c.ended_at.is_(None) if running else drill.c.ended_at.is_not(None))
    return [_run(row) for row in conn.execute(query)]


def _run(row: Row[Any]) -> DrillRun:
    return DrillRun(
        incident=row.incident,
        script=read_script(row.script, row.body),
        started_at=row.started_at,
        started_by=row.started_by,
        injected=row.injected,
        ended_at=row.ended_at,
        score=row.score,
    )
