"""Years of the complex run again with more roofs and batteries."""

import sqlalchemy as sa
from alembic import op

revision = "energy_0005"
down_revision = "energy_0004"
branch_labels = None
depends_on = None

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "energy_scenario",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("wish", sa.JSON(), nullable=False),
        sa.Column("last", IDENTIFIER, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("by", IDENTIFIER, nullable=False),
        sa.Column("state", IDENTIFIER, nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT),
        sa.Column("body", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_energy_scenario"),
    )
    op.create_index("ix_energy_scenario_asked_at", "energy_scenario", ["asked_at"])
