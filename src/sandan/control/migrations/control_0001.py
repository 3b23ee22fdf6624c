"""Alarms and their occurrences."""

import sqlalchemy as sa
from alembic import op

revision = "control_0001"
down_revision = None
branch_labels = ("control",)
depends_on = ("store_0001",)

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "control_alarm",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("rule", IDENTIFIER, nullable=False),
        sa.Column("point", IDENTIFIER, nullable=False),
        sa.Column("tenant", IDENTIFIER),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("latching", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("acknowledged", sa.Integer(), nullable=False),
        sa.Column("latched", sa.Boolean(), nullable=False),
        sa.Column("shelved_until", MOMENT),
        sa.Column("suppressed_by", sa.Text()),
        sa.Column("out_of_service", sa.Text()),
        sa.Column("raised", MOMENT),
        sa.Column("returned", MOMENT),
        sa.Column("value", sa.Double()),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_control_alarm"),
    )
    op.create_index("ix_control_alarm_open", "control_alarm", ["open"])
    op.create_index("ix_control_alarm_point", "control_alarm", ["point"])
    op.create_index("ix_control_alarm_rule_active", "control_alarm", ["rule", "active"])
    op.create_index("ix_control_alarm_shelved_until", "control_alarm", ["shelved_until"])
    op.create_index("ix_control_alarm_suppressed_by", "control_alarm", ["suppressed_by"])
    op.create_table(
        "control_occurrence",
        sa.Column("alarm", IDENTIFIER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tenant", IDENTIFIER),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("raised", MOMENT, nullable=False),
        sa.Column("told", MOMENT, nullable=False),
        sa.Column("acknowledged", MOMENT),
        sa.Column("acknowledged_by", IDENTIFIER),
        sa.Column("returned", MOMENT),
        sa.Column("value", sa.Double()),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("verdict", IDENTIFIER, nullable=False),
        sa.PrimaryKeyConstraint("alarm", "number", name="pk_control_occurrence"),
        sa.ForeignKeyConstraint(["alarm"], ["control_alarm.id"], name="fk_control_occurrence_alarm"),
    )
    op.create_index("ix_control_occurrence_raised", "control_occurrence", ["raised"])
    op.create_index("ix_control_occurrence_told", "control_occurrence", ["told"])
    op.create_table(
        "control_watched",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_control_watched"),
    )
