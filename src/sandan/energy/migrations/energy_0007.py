"""The roofs' power plant: forecasts handed in, prices told, advice to curtail; none is ever changed."""

import sqlalchemy as sa
from alembic import op

from sandan.store.guards import make_append_only

revision = "energy_0007"
down_revision = "energy_0006"
branch_labels = None
depends_on = None

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "energy_handed",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("gate", IDENTIFIER, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("by", IDENTIFIER, nullable=False),
        sa.Column("strategy", IDENTIFIER, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("told_until", MOMENT, nullable=False),
        sa.Column("pool", sa.JSON(), nullable=False),
        sa.Column("energy", sa.LargeBinary(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("hash", IDENTIFIER, nullable=False),
        sa.PrimaryKeyConstraint("day", "gate", "number", name="pk_energy_handed"),
    )
    make_append_only(op, "energy_handed", ("day", "gate", "number"))
    op.create_table(
        "energy_market_price",
        sa.Column("line", IDENTIFIER, nullable=False),
        sa.Column("start", MOMENT, nullable=False),
        sa.Column("monthly", sa.Boolean(), nullable=False),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("by", IDENTIFIER, nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("line", "start", "monthly", "entered_at", name="pk_energy_market_price"),
    )
    make_append_only(op, "energy_market_price", ("line", "start", "monthly", "entered_at"))
    op.create_table(
        "energy_curtailment",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", IDENTIFIER, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("start", MOMENT, nullable=False),
        sa.Column("ordered", sa.JSON(), nullable=False),
        sa.Column("plants", sa.JSON(), nullable=False),
        sa.Column("possible", sa.LargeBinary(), nullable=False),
        sa.Column("cut", sa.LargeBinary(), nullable=False),
        sa.Column("short", sa.Double(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_energy_curtailment"),
    )
    make_append_only(op, "energy_curtailment", ("number",))
