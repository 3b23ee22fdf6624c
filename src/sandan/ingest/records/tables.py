"""The tables of ingest, on the one `metadata` of the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from sandan.store.schema import Identifier, Instant, metadata

COUNTER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""SQLite numbers rows by itself only for `INTEGER PRIMARY KEY`."""

quarantine = sa.Table(
    "ingest_quarantine",
    metadata,
    sa.Column("id", COUNTER, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False, unique=True),  # the same reading sent again is one row
    sa.Column("source", Identifier, nullable=False),
    sa.Column("stream", Identifier, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("start", Instant),
    sa.Column("value", sa.Double),  # not a number is kept as null; the reason says which it was
    sa.Column("unit", sa.Text),
    sa.Column("quality", sa.SmallInteger),
    sa.Column("raw", sa.Text),  # a message that could not be read at all
    sa.Column("reason", Identifier, nullable=False),
    sa.Column("point", Identifier),
    sa.Column("tenant", Identifier),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("known_at", Instant),
    sa.Column("state", Identifier, nullable=False),
    sa.Column("decided_at", Instant),
    sa.Column("decided_by", Identifier),
    sa.Column("event", sa.BigInteger),
    sa.Index(None, "state", "id"),
    sa.Index(None, "state", "reason", "id"),
    sa.Index(None, "state", "source", "id"),
    sa.Index(None, "tenant", "id"),
)

binding = sa.Table(
    "ingest_binding",
    metadata,
    sa.Column("source", Identifier, primary_key=True),
    sa.Column("address", Identifier, primary_key=True),
    sa.Column("point", Identifier, sa.ForeignKey("point.id"), nullable=False),
    sa.Column("unit", sa.Text),
    sa.Column("factor", sa.Double, nullable=False),
    sa.Column("offset", sa.Double, nullable=False),
    sa.Index(None, "point"),
)

device = sa.Table(
    "ingest_device",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("source", Identifier, nullable=False),
    sa.Column("tenant", Identifier, sa.ForeignKey("thing.id")),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
    sa.Index(None, "tenant", "id"),
)

connection = sa.Table(
    "ingest_connection",
    metadata,
    sa.Column("id", Identifier, primary_key=True),  # also the id of its source
    sa.Column("kind", Identifier, nullable=False),
    sa.Column("settings", sa.JSON, nullable=False),
    sa.Column("stream", Identifier, nullable=False),
    sa.Column("tenant", Identifier, sa.ForeignKey("thing.id")),
    sa.Column("enabled", sa.Boolean, nullable=False),
)

file_import = sa.Table(
    "ingest_file",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),  # of the file, the mapping and whose points they are
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("rows_done", sa.BigInteger, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
)


def put_rows(
    conn: Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    key: Sequence[str],
    *,
    change: Sequence[str] = (),
) -> None:
    """Insert rows; where `key` is there already, change the columns of `change`, or leave it as it is."""
    if not rows:
        return
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    if change:
        named = {name: statement.excluded[name] for name in change}
        conn.execute(statement.on_conflict_do_update(index_elements=list(key), set_=named), rows)
    else:
        conn.execute(statement.on_conflict_do_nothing(index_elements=list(key)), rows)
