"""Incidents with their tasks, clocks, attachments and handovers; procedures; drills."""

import sqlalchemy as sa
from alembic import op

revision = "control_0002"
down_revision = "control_0001"
branch_labels = None
depends_on = None

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "control_incident",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", IDENTIFIER, nullable=False),
        sa.Column("state", IDENTIFIER, nullable=False),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("thing", IDENTIFIER),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("lon", sa.Double()),
        sa.Column("lat", sa.Double()),
        sa.Column("tenants", sa.JSON(), nullable=False),
        sa.Column("owner", IDENTIFIER, nullable=False),
        sa.Column("source", IDENTIFIER, nullable=False),
        sa.Column("alarms", sa.JSON(), nullable=False),
        sa.Column("detected_at", MOMENT, nullable=False),
        sa.Column("detected_by", IDENTIFIER, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("opened_by", IDENTIFIER, nullable=False),
        sa.Column("procedure", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("raised_at", MOMENT),
        sa.Column("contained_at", MOMENT),
        sa.Column("closed_at", MOMENT),
        sa.Column("closed_by", IDENTIFIER),
        sa.Column("closing", sa.JSON()),
        sa.Column("merged_into", IDENTIFIER),
        sa.Column("split_from", IDENTIFIER),
        sa.Column("sketch", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_control_incident"),
        sa.UniqueConstraint("day", "drill", "number", name="uq_control_incident_day_drill_number"),
    )
    op.create_index("ix_control_incident_merged_into", "control_incident", ["merged_into"])
    op.create_index("ix_control_incident_state_id", "control_incident", ["state", "id"])
    op.create_table(
        "control_attachment",
        sa.Column("id", COUNTER, nullable=False),
        sa.Column("incident", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", IDENTIFIER, nullable=False),
        sa.Column("by", IDENTIFIER, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_control_attachment"),
        sa.ForeignKeyConstraint(["incident"], ["control_incident.id"], name="fk_control_attachment_incident"),
        sa.UniqueConstraint("incident", "digest", name="uq_control_attachment_incident_digest"),
    )
    op.create_table(
        "control_clock",
        sa.Column("incident", IDENTIFIER, nullable=False),
        sa.Column("clock", IDENTIFIER, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.Column("written_at", MOMENT),
        sa.Column("answered_by", IDENTIFIER),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("exempt", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("incident", "clock", name="pk_control_clock"),
        sa.ForeignKeyConstraint(["incident"], ["control_incident.id"], name="fk_control_clock_incident"),
    )
    op.create_table(
        "control_drill",
        sa.Column("incident", IDENTIFIER, nullable=False),
        sa.Column("script", IDENTIFIER, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("started_by", IDENTIFIER, nullable=False),
        sa.Column("injected", sa.Integer(), nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("score", sa.Double()),
        sa.PrimaryKeyConstraint("incident", name="pk_control_drill"),
        sa.ForeignKeyConstraint(["incident"], ["control_incident.id"], name="fk_control_drill_incident"),
    )
    op.create_table(
        "control_handover",
        sa.Column("id", COUNTER, nullable=False),
        sa.Column("incident", IDENTIFIER, nullable=False),
        sa.Column("giver", IDENTIFIER, nullable=False),
        sa.Column("taker", IDENTIFIER, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_control_handover"),
        sa.ForeignKeyConstraint(["incident"], ["control_incident.id"], name="fk_control_handover_incident"),
    )
    op.create_index("ix_control_handover_incident", "control_handover", ["incident"])
    op.create_table(
        "control_procedure",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", IDENTIFIER, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_control_procedure"),
    )
    op.create_table(
        "control_task",
        sa.Column("incident", IDENTIFIER, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", IDENTIFIER, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("ko", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("who_ko", sa.Text(), nullable=False),
        sa.Column("who_en", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("within_s", sa.Integer()),
        sa.Column("next_ko", sa.Text(), nullable=False),
        sa.Column("next_en", sa.Text(), nullable=False),
        sa.Column("tell", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("done_at", MOMENT),
        sa.Column("done_by", IDENTIFIER),
        sa.Column("skipped", sa.Text()),
        sa.PrimaryKeyConstraint("incident", "number", name="pk_control_task"),
        sa.ForeignKeyConstraint(["incident"], ["control_incident.id"], name="fk_control_task_incident"),
    )
