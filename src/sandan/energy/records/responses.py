"""Bids and instructions of demand response: versions that are added and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.store import Identifier, Instant, metadata

response = sa.Table(
    "energy_response",
    metadata,
    sa.Column("kind", Identifier, primary_key=True),
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
)


class ResponseKind(StrEnum):
    """What a row is about."""

    OFFER = "offer"
    CALL = "call"


def add_response(
    conn: Connection,
    kind: ResponseKind,
    id: str,
    version: int,
    at: datetime,
    by: str,
    body: Mapping[str, Any],
) -> None:
    """Keep a version."""
    row = {"kind": str(kind), "id": id, "version": version, "at": at, "by": by, "body": dict(body)}
    conn.execute(sa.insert(response).values(row))


def newest_responses(conn: Connection, kind: ResponseKind, since: str = "") -> list[Mapping[str, Any]]:
    """The newest version of each, oldest first, from the id `since` on: ids begin with the day."""
    later = response.alias()
    same = (later.c.kind == response.c.kind) & (later.c.id == response.c.id)
    newer = sa.exists().where(same, later.c.version > response.c.version)
    query = sa.select(response.c.body).where(response.c.kind == kind, response.c.id >= since, ~newer)
    return list(conn.scalars(query.order_by(response.c.id)))


def response_versions(conn: Connection, kind: ResponseKind, id: str) -> list[Mapping[str, Any]]:
    """Every version of one, oldest first."""
    query = sa.select(response.c.body).where(response.c.kind == kind, response.c.id == id)
    return list(conn.scalars(query.order_by(response.c.version)))
