"""Electricity contracts and closed bills."""

import sqlalchemy as sa
from alembic import op

revision = "energy_0001"
down_revision = None
branch_labels = ("energy",)
depends_on = ("store_0001",)

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "energy_contract",
        sa.Column("meter", IDENTIFIER, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("kind", IDENTIFIER, nullable=False),
        sa.Column("voltage", IDENTIFIER, nullable=False),
        sa.Column("option", IDENTIFIER, nullable=False),
        sa.Column("power", sa.Double(), nullable=False),
        sa.Column("deferred_until", sa.Date()),
        sa.Column("demand_meter", sa.Boolean(), nullable=False),
        sa.Column("var_meter", sa.Boolean(), nullable=False),
        sa.Column("remote", sa.Boolean(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("meter", "since", name="pk_energy_contract"),
    )
    op.create_table(
        "energy_bill",
        sa.Column("meter", IDENTIFIER, nullable=False),
        sa.Column("month", IDENTIFIER, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tenant", IDENTIFIER),
        sa.Column("known_at", MOMENT, nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("by", IDENTIFIER, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("hash", IDENTIFIER, nullable=False),
        sa.PrimaryKeyConstraint("meter", "month", "version", name="pk_energy_bill"),
    )
    op.create_index("ix_energy_bill_month", "energy_bill", ["month"])
    op.create_index("ix_energy_bill_tenant", "energy_bill", ["tenant"])
