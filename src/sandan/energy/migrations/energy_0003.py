"""Papers that are final; neither they nor closed bills can be changed by anybody."""

import sqlalchemy as sa
from alembic import op

from sandan.store.guards import make_append_only

revision = "energy_0003"
down_revision = "energy_0002"
branch_labels = None
depends_on = None

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)
KEY = ("kind", "subject", "period", "version")


def upgrade() -> None:
    op.create_table(
        "energy_paper",
        sa.Column("kind", IDENTIFIER, nullable=False),
        sa.Column("subject", IDENTIFIER, nullable=False),
        sa.Column("period", IDENTIFIER, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tenant", IDENTIFIER),
        sa.Column("known_at", MOMENT, nullable=False),
        sa.Column("by", IDENTIFIER, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("previous", IDENTIFIER, nullable=False),
        sa.Column("hash", IDENTIFIER, nullable=False),
        sa.PrimaryKeyConstraint(*KEY, name="pk_energy_paper"),
    )
    op.create_index("ix_energy_paper_kind_tenant", "energy_paper", ["kind", "tenant"])
    make_append_only(op, "energy_paper", KEY)
    make_append_only(op, "energy_bill", ("meter", "month", "version"))
