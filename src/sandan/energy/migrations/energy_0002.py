"""Forecasts as they were told, how good they were, and operating plans."""

import sqlalchemy as sa
from alembic import op

revision = "energy_0002"
down_revision = "energy_0001"
branch_labels = None
depends_on = None

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "energy_forecast",
        sa.Column("series", IDENTIFIER, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("gate", sa.Integer(), nullable=False),
        sa.Column("told_at", MOMENT, nullable=False),
        sa.Column("method", sa.Integer(), nullable=False),
        sa.Column("quantiles", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("series", "until", name="pk_energy_forecast"),
    )
    op.create_index("ix_energy_forecast_gate_until", "energy_forecast", ["gate", "until"])
    op.create_table(
        "energy_forecast_record",
        sa.Column("series", IDENTIFIER, nullable=False),
        sa.Column("reckoned_at", MOMENT, nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Double()),
        sa.Column("naive", sa.Double()),
        sa.Column("mase", sa.Double()),
        sa.Column("coverage", sa.Double()),
        sa.PrimaryKeyConstraint("series", name="pk_energy_forecast_record"),
    )
    op.create_table(
        "energy_plan",
        sa.Column("meter", IDENTIFIER, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("gate", sa.Integer(), nullable=False),
        sa.Column("tenant", IDENTIFIER),
        sa.Column("status", IDENTIFIER, nullable=False),
        sa.Column("saving", sa.Double()),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("meter", "made_at", name="pk_energy_plan"),
    )
