"""Final papers: rows that are added and never changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from sandan.energy.engine.papers import hash_of
from sandan.energy.model.papers import Json, Paper, PaperKind
from sandan.store import Identifier, Instant, metadata

paper = sa.Table(
    "energy_paper",
    metadata,
    sa.Column("kind", Identifier, primary_key=True),
    sa.Column("subject", Identifier, primary_key=True),
    sa.Column("period", Identifier, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("tenant", Identifier),
    sa.Column("known_at", Instant, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("simulated", sa.Boolean, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("previous", Identifier, nullable=False),
    sa.Column("hash", Identifier, nullable=False),
    sa.Index(None, "kind", "tenant"),
)
SAID = tuple(column.name for column in paper.c if column.name not in ("known_at", "hash"))


def add_paper(conn: Connection, one: Paper[Json]) -> Paper[Json]:
    """Keep a version with its hash, chained to the one before."""
    row = _row(one)
    made = replace(one, hash=hash_of(_said(row)))
    conn.execute(sa.insert(paper).values(row | {"hash": made.hash}))
    return made


def paper_versions(conn: Connection, kind: PaperKind, subject: str, period: str) -> list[Paper[Json]]:
    """Every version of one paper, oldest first."""
    query = sa.select(paper).where(paper.c.kind == kind, paper.c.subject == subject, paper.c.period == period)
    return [_kept(row) for row in conn.execute(query.order_by(paper.c.version))]


def newest_papers(
    conn: Connection, kind: PaperKind, *, subject: str | None = None, tenant: str | None = None
) -> list[Paper[Json]]:
    """The newest version of each subject and period, newest period first; of one subject, of one firm."""
    later = paper.alias()
    same = [later.c[name] == paper.c[name] for name in ("kind", "subject", "period")]
    query = sa.select(paper).where(
        paper.c.kind == kind, ~sa.exists().where(*same, later.c.version > paper.c.version)
    )
    if subject is not None:
        query = query.where(paper.c.subject == subject)
    if tenant is not None:
        query = query.where(paper.c.tenant == tenant)
    return [_kept(row) for row in conn.execute(query.order_by(paper.c.period.desc(), paper.c.subject))]


def is_whole(conn: Connection, one: Paper[Any]) -> bool:
    """Whether the kept row still says what its hash was made from."""
    return bool(hash_of(what_is_hashed(conn, one)) == one.hash)


def what_is_hashed(conn: Connection, one: Paper[Any]) -> dict[str, Any]:
    """The kept row as its hash was made from it, for whoever wants to reckon the hash himself."""
    key = [paper.c[name] == getattr(one, name) for name in ("kind", "subject", "period", "version")]
    return _said(conn.execute(sa.select(paper).where(*key)).one()._mapping)


def _said(row: Any) -> dict[str, Any]:
    return {name: row[name] for name in SAID} | {"known_at": round(row["known_at"].timestamp() * 1000)}


def _row(one: Paper[Json]) -> dict[str, Any]:
    row = {column.name: getattr(one, column.name) for column in paper.c if column.name != "hash"}
    return row | {"kind": str(one.kind), "body": dict(one.body)}


def _kept(row: Row[Any]) -> Paper[Json]:
    said = dict(row._mapping)
    return Paper(**said | {"kind": PaperKind(row.kind)})
