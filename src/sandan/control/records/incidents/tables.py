"""The tables of incidents, on the one `metadata` of the store."""

from __future__ import annotations

import sqlalchemy as sa

from sandan.store import Identifier, Instant, metadata

COUNTER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _incident_key() -> sa.Column[str]:
    return sa.Column("incident", Identifier, sa.ForeignKey("control_incident.id"), primary_key=True)


incident = sa.Table(
    "control_incident",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("kind", Identifier, nullable=False),
    sa.Column("state", Identifier, nullable=False),
    sa.Column("drill", sa.Boolean, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("level", sa.Integer, nullable=False),
    sa.Column("thing", Identifier),  # no foreign key: the incident outlives what it happened to
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("lon", sa.Double),
    sa.Column("lat", sa.Double),
    sa.Column("tenants", sa.JSON, nullable=False),
    sa.Column("owner", Identifier, nullable=False),
    sa.Column("source", Identifier, nullable=False),
    sa.Column("alarms", sa.JSON, nullable=False),
    sa.Column("detected_at", Instant, nullable=False),
    sa.Column("detected_by", Identifier, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("opened_by", Identifier, nullable=False),
    sa.Column("procedure", sa.Integer, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("raised_at", Instant),
    sa.Column("contained_at", Instant),
    sa.Column("closed_at", Instant),
    sa.Column("closed_by", Identifier),
    sa.Column("closing", sa.JSON),
    sa.Column("merged_into", Identifier),
    sa.Column("split_from", Identifier),
    sa.Column("sketch", sa.JSON),
    sa.Index(None, "state", "id"),
    sa.Index(None, "merged_into"),
    sa.UniqueConstraint("day", "drill", "number"),
)

task = sa.Table(
    "control_task",
    metadata,
    _incident_key(),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("step", Identifier, nullable=False),
    sa.Column("level", sa.Integer, nullable=False),
    *(sa.Column(name, sa.Text, nullable=False) for name in ("ko", "en", "who_ko", "who_en")),
    sa.Column("since", Instant, nullable=False),
    sa.Column("within_s", sa.Integer),
    *(sa.Column(name, sa.Text, nullable=False) for name in ("next_ko", "next_en")),
    sa.Column("tell", sa.JSON, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("done_at", Instant),
    sa.Column("done_by", Identifier),
    sa.Column("skipped", sa.Text),
)

clock = sa.Table(
    "control_clock",
    metadata,
    _incident_key(),
    sa.Column("clock", Identifier, primary_key=True),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("answered_at", Instant),
    sa.Column("written_at", Instant),
    sa.Column("answered_by", Identifier),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("exempt", sa.Boolean, nullable=False),
)

attachment = sa.Table(
    "control_attachment",
    metadata,
    sa.Column("id", COUNTER, primary_key=True),
    sa.Column("incident", Identifier, sa.ForeignKey("control_incident.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("digest", Identifier, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("incident", "digest"),
)

handover = sa.Table(
    "control_handover",
    metadata,
    sa.Column("id", COUNTER, primary_key=True),
    sa.Column("incident", Identifier, sa.ForeignKey("control_incident.id"), nullable=False),
    sa.Column("giver", Identifier, nullable=False),
    sa.Column("taker", Identifier, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("settled_at", Instant),
    sa.Index(None, "incident"),
)

procedure = sa.Table(
    "control_procedure",
    metadata,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("steps", sa.Text, nullable=False),  # CSV, as it is exported
)

drill = sa.Table(
    "control_drill",
    metadata,
    sa.Column("incident", Identifier, sa.ForeignKey("control_incident.id"), primary_key=True),
    sa.Column("script", Identifier, nullable=False),
    sa.Column("body", sa.Text, nullable=False),  # the script as it was when the drill began
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("started_by", Identifier, nullable=False),
    sa.Column("injected", sa.Integer, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("score", sa.Double),
)
