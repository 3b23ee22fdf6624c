"""The tables of telling: the contact book and its texts, decisions, messages, the outbox, calls."""

from __future__ import annotations

import sqlalchemy as sa

from sandan.store import Identifier, Instant, metadata

COUNTER = sa.BigInteger().with_variant(sa.Integer, "sqlite")

contact = sa.Table(
    "control_contact",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("organisation", sa.Text, nullable=False),
    sa.Column("post", sa.Text, nullable=False),
    sa.Column("circle", Identifier, nullable=False),
    sa.Column("group", Identifier, nullable=False),
    sa.Column("language", Identifier, nullable=False),
    sa.Column("tenant", Identifier),
    sa.Column("order", sa.Integer, nullable=False),
    sa.Column("phone", sa.Text, nullable=False),
    sa.Column("channels", sa.JSON, nullable=False),
    sa.Column("level", sa.Integer, nullable=False),
    sa.Column("kinds", sa.JSON, nullable=False),
    sa.Column("quiet", sa.JSON),
    sa.Column("answer_minutes", sa.Integer),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Index(None, "tenant"),
)

text = sa.Table(
    "control_text",
    metadata,
    sa.Column("kind", Identifier, primary_key=True),
    sa.Column("phase", Identifier, primary_key=True),
    sa.Column("circle", Identifier, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("title_ko", sa.Text, nullable=False),
    sa.Column("text_ko", sa.Text, nullable=False),
    sa.Column("title_en", sa.Text, nullable=False),
    sa.Column("text_en", sa.Text, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

telling = sa.Table(
    "control_telling",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("incident", Identifier, nullable=False),
    sa.Column("subject", sa.JSON, nullable=False),
    sa.Column("phase", Identifier, nullable=False),
    sa.Column("level", sa.Integer, nullable=False),
    sa.Column("mode", Identifier, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("escalates", COUNTER),
    sa.Index(None, "incident"),
)

notice = sa.Table(
    "control_notice",
    metadata,
    sa.Column("id", COUNTER, primary_key=True),
    sa.Column("telling", Identifier, sa.ForeignKey("control_telling.id"), nullable=False),
    sa.Column("incident", Identifier, nullable=False),
    sa.Column("contact", Identifier, nullable=False),
    sa.Column("organisation", sa.Text, nullable=False),
    sa.Column("post", sa.Text, nullable=False),
    sa.Column("tenant", Identifier),
    sa.Column("language", Identifier, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("template", Identifier, nullable=False),
    sa.Column("token", Identifier, nullable=False),
    sa.Column("told", Instant, nullable=False),
    sa.Column("phase", Identifier, nullable=False),
    sa.Column("level", sa.Integer, nullable=False),
    sa.Column("drill", sa.Boolean, nullable=False),
    sa.Column("answer_by", Instant),
    sa.Column("read", Instant),
    sa.Column("answer", Identifier),
    sa.Column("answered", Instant),
    sa.Column("escalated", Instant),
    sa.UniqueConstraint("token"),
    sa.Index(None, "incident"),
    sa.Index(None, "telling"),
    sa.Index(None, "answer_by"),
)

delivery = sa.Table(
    "control_delivery",
    metadata,
    sa.Column("id", COUNTER, primary_key=True),
    sa.Column("notice", COUNTER, sa.ForeignKey("control_notice.id"), nullable=False),
    sa.Column("kind", Identifier, nullable=False),
    sa.Column("gateway", Identifier, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("outside", sa.Boolean, nullable=False),
    sa.Column("state", Identifier, nullable=False),
    sa.Column("first_due", Instant, nullable=False),
    sa.Column("due", Instant, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("done", Instant),
    sa.Index(None, "notice"),
    sa.Index(None, "state", "due"),
)
"""`due` is when it is to be sent; while it is being sent, when that attempt counts as lost."""

attempt = sa.Table(
    "control_attempt",
    metadata,
    sa.Column("delivery", COUNTER, sa.ForeignKey("control_delivery.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("ended", Instant),
    sa.Column("state", Identifier, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
)

call = sa.Table(
    "control_call",
    metadata,
    sa.Column("id", COUNTER, primary_key=True),
    sa.Column("incident", Identifier, nullable=False),
    sa.Column("contact", Identifier, nullable=False),
    sa.Column("organisation", sa.Text, nullable=False),
    sa.Column("post", sa.Text, nullable=False),
    sa.Column("tenant", Identifier),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Column("outcome", Identifier, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Index(None, "incident"),
)
