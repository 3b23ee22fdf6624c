"""Measures that save energy and what use follows."""

import sqlalchemy as sa
from alembic import op

revision = "energy_0009"
down_revision = "energy_0008"
branch_labels = None
depends_on = None

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "energy_measure",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("meter", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_energy_measure"),
    )
    op.create_index("ix_energy_measure_meter", "energy_measure", ["meter"])
    op.create_table(
        "energy_driver",
        sa.Column("meter", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("meter", "name", "day", name="pk_energy_driver"),
    )
