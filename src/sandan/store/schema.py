"""The tables of the core, and the column types every table uses.

There is one `metadata`; a domain's `records.py` declares its tables on it. Tables are made by
migrations only, never by `create_all`, so that a fresh store and an upgraded one are the same.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

Identifier = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""An id: ordered by code point on every database, so that a page's last id means the same."""


class Instant(sa.types.TypeDecorator[datetime]):
    """A moment, kept in UTC to the microsecond and read back in UTC; a naive one is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError(f"an instant needs a time zone: {value!r}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _thing_reference(name: str, *, nullable: bool) -> sa.Column[str]:
    """Checked at commit, so that a batch may name a parent before it comes."""
    key = sa.ForeignKey("thing.id", deferrable=True, initially="DEFERRED")
    return sa.Column(name, Identifier, key, nullable=nullable)


thing = sa.Table(
    "thing",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("kind", Identifier, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    _thing_reference("parent", nullable=True),
    _thing_reference("tenant", nullable=True),
    sa.Column("geometry", sa.LargeBinary),  # WKB: exact, compact, read by everything
    sa.Column("minx", sa.Double),
    sa.Column("miny", sa.Double),
    sa.Column("maxx", sa.Double),
    sa.Column("maxy", sa.Double),
    sa.Column("attributes", sa.JSON, nullable=False),
    sa.Column("simulated", sa.Boolean, nullable=False),
    sa.Index(None, "kind", "id"),
    sa.Index(None, "parent"),
    sa.Index(None, "tenant", "id"),
    sa.Index(None, "minx", "miny", "maxx", "maxy"),
)

point = sa.Table(
    "point",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False, unique=True),
    _thing_reference("thing", nullable=False),
    sa.Column("quantity", Identifier, nullable=False),
    sa.Column("interval_ms", sa.BigInteger),
    _thing_reference("tenant", nullable=True),
    sa.Column("low", sa.Double),
    sa.Column("high", sa.Double),
    sa.Column("simulated", sa.Boolean, nullable=False),
    sa.Index(None, "thing"),
    sa.Index(None, "tenant", "id"),
    sa.Index(None, "quantity", "id"),
)

source = sa.Table(
    "source",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("id", Identifier, nullable=False),
    sa.Column("stream", Identifier, nullable=False),
    sa.UniqueConstraint("id", "stream"),
)

event = sa.Table(
    "event",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("kind", Identifier, nullable=False),
    sa.Column("actor", Identifier, nullable=False),
    sa.Column("subject", Identifier, nullable=False),
    sa.Column("tenant", Identifier),  # no foreign key: a fact outlives what it is about
    sa.Column("payload", sa.Text, nullable=False),  # the very text that was hashed
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Index(None, "subject", "seq"),
    sa.Index(None, "kind", "seq"),
    sa.Index(None, "actor", "seq"),
    sa.Index(None, "at"),
)

rule = sa.Table(
    "rule",
    metadata,
    sa.Column("name", Identifier, primary_key=True),
    sa.Column("version", Identifier, primary_key=True),
    sa.Column("effective_from", sa.Date, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Index(None, "name", "effective_from"),
)
