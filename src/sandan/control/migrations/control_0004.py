"""Work permits, reports of near misses, odour complaints."""

import sqlalchemy as sa
from alembic import op

revision = "control_0004"
down_revision = "control_0003"
branch_labels = None
depends_on = None

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "control_permit",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tenant", IDENTIFIER),
        sa.Column("contractor", sa.Text(), nullable=False),
        sa.Column("thing", IDENTIFIER),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("radius", sa.Double(), nullable=False),
        sa.Column("start", MOMENT, nullable=False),
        sa.Column("end", MOMENT, nullable=False),
        sa.Column("outdoors", sa.Boolean(), nullable=False),
        sa.Column("provisions", sa.JSON(), nullable=False),
        sa.Column("watchers", sa.JSON(), nullable=False),
        sa.Column("tests", sa.JSON(), nullable=False),
        sa.Column("state", IDENTIFIER, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("asked_by", IDENTIFIER, nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.Column("decided_by", IDENTIFIER),
        sa.Column("overridden", sa.Text(), nullable=False),
        sa.Column("accepted", sa.JSON(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_control_permit"),
        sa.UniqueConstraint("day", "number", name="uq_control_permit_day_number"),
    )
    op.create_index("ix_control_permit_state_end", "control_permit", ["state", "end"])
    op.create_index("ix_control_permit_start", "control_permit", ["start"])
    op.create_table(
        "control_report",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", IDENTIFIER, nullable=False),
        sa.Column("kind", IDENTIFIER, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("thing", IDENTIFIER),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("lon", sa.Double()),
        sa.Column("lat", sa.Double()),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("state", IDENTIFIER, nullable=False),
        sa.Column("photo", sa.Text()),
        sa.Column("incident", IDENTIFIER),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("handled_at", MOMENT),
        sa.Column("handled_by", IDENTIFIER),
        sa.PrimaryKeyConstraint("id", name="pk_control_report"),
        sa.UniqueConstraint("key", name="uq_control_report_key"),
        sa.UniqueConstraint("day", "number", name="uq_control_report_day_number"),
    )
    op.create_index("ix_control_report_state_at", "control_report", ["state", "at"])
    op.create_index("ix_control_report_kind_at", "control_report", ["kind", "at"])
    op.create_table(
        "control_report_photo",
        sa.Column("report", IDENTIFIER, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("report", name="pk_control_report_photo"),
        sa.ForeignKeyConstraint(["report"], ["control_report.id"], name="fk_control_report_photo_report"),
    )
