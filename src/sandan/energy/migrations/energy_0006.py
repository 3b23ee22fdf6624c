"""Bids and instructions of demand response."""

import sqlalchemy as sa
from alembic import op

from sandan.store.guards import make_append_only

revision = "energy_0006"
down_revision = "energy_0005"
branch_labels = None
depends_on = None

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
KEY = ("kind", "id", "version")


def upgrade() -> None:
    op.create_table(
        "energy_response",
        sa.Column("kind", IDENTIFIER, nullable=False),
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", IDENTIFIER, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint(*KEY, name="pk_energy_response"),
    )
    make_append_only(op, "energy_response", KEY)
