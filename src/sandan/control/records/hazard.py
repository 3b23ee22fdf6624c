"""What was said of an incident's release; earlier statements stay in the events."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.store import Identifier, metadata

release = sa.Table(
    "control_release",
    metadata,
    sa.Column("incident", Identifier, sa.ForeignKey("control_incident.id"), primary_key=True),
    sa.Column("request", sa.JSON, nullable=False),
)


def put_release(conn: Connection, incident: str, request: dict[str, Any]) -> None:
    """Keep the newest statement."""
    changed = sa.update(release).where(release.c.incident == incident).values(request=request)
    if conn.execute(changed).rowcount == 0:
        conn.execute(sa.insert(release).values(incident=incident, request=request))


def read_release(conn: Connection, incident: str) -> dict[str, Any] | None:
    """The newest statement; None when nothing was said yet."""
    return conn.scalar(sa.select(release.c.request).where(release.c.incident == incident))
