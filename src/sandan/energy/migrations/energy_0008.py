"""What firms declare for their carbon inventories."""

import sqlalchemy as sa
from alembic import op

revision = "energy_0008"
down_revision = "energy_0007"
branch_labels = None
depends_on = None

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "energy_declared_use",
        sa.Column("firm", IDENTIFIER, nullable=False),
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("carrier", IDENTIFIER, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("facility", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Double(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("firm", "id", name="pk_energy_declared_use"),
    )
    op.create_table(
        "energy_declared_proof",
        sa.Column("serial", IDENTIFIER, nullable=False),
        sa.Column("firm", IDENTIFIER, nullable=False),
        sa.Column("kind", IDENTIFIER, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("facility", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("mwh", sa.Double(), nullable=False),
        sa.Column("factor", sa.Double(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name="pk_energy_declared_proof"),
    )
    op.create_index("ix_energy_declared_proof_firm_year", "energy_declared_proof", ["firm", "year"])
    op.create_table(
        "energy_declared_product",
        sa.Column("firm", IDENTIFIER, nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("facility", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tonnes", sa.Double(), nullable=False),
        sa.Column("energy", sa.Double()),
        sa.Column("hours", sa.Double()),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "firm", "year", "site", "facility", "name", name="pk_energy_declared_product"
        ),
    )
