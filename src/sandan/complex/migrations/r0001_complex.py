"""Drafts of imports."""

import sqlalchemy as sa
from alembic import op

revision = "complex_0001"
down_revision = None
branch_labels = ("complex",)
depends_on = "store_0001"

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "import_draft",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("format", IDENTIFIER, nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("actor", IDENTIFIER, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("done_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_import_draft"),
    )
