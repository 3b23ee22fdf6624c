"""What was said of an incident's release."""

import sqlalchemy as sa
from alembic import op

revision = "control_0005"
down_revision = "control_0004"
branch_labels = None
depends_on = None

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "control_release",
        sa.Column("incident", IDENTIFIER, nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("incident", name="pk_control_release"),
        sa.ForeignKeyConstraint(["incident"], ["control_incident.id"], name="fk_control_release_incident"),
    )
