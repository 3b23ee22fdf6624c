"""Devices that may be told set-points, what they were told, and who took them over."""

import sqlalchemy as sa
from alembic import op

revision = "energy_0004"
down_revision = "energy_0003"
branch_labels = None
depends_on = None

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "energy_device",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("tenant", IDENTIFIER),
        sa.Column("via", IDENTIFIER, nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("limits", sa.JSON(), nullable=False),
        sa.Column("fallback", sa.Double()),
        sa.Column("lease", sa.Integer(), nullable=False),
        sa.Column("fresh", sa.Integer(), nullable=False),
        sa.Column("mode", IDENTIFIER, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", IDENTIFIER, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("stop", IDENTIFIER),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("stop_since", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_energy_device"),
    )
    op.create_table(
        "energy_setpoint",
        sa.Column("device", IDENTIFIER, nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("tenant", IDENTIFIER),
        sa.Column("power", sa.Double(), nullable=False),
        sa.Column("wish", sa.Double(), nullable=False),
        sa.Column("origin", IDENTIFIER, nullable=False),
        sa.Column("cuts", sa.JSON(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("valid_until", MOMENT, nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("beats", sa.Integer(), nullable=False),
        sa.Column("measured", sa.Double()),
        sa.PrimaryKeyConstraint("device", "first_at", name="pk_energy_setpoint"),
    )
    op.create_table(
        "energy_override",
        sa.Column("device", IDENTIFIER, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("tenant", IDENTIFIER),
        sa.Column("power", sa.Double()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", IDENTIFIER, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("ended_by", IDENTIFIER, nullable=False),
        sa.PrimaryKeyConstraint("device", "since", name="pk_energy_override"),
    )
