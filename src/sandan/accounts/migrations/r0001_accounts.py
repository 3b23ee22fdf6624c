"""Accounts, their sessions and their tokens."""

import sqlalchemy as sa
from alembic import op

revision = "accounts_0001"
down_revision = None
branch_labels = ("accounts",)
depends_on = "store_0001"

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("login", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("tenant", IDENTIFIER),
        sa.Column("language", IDENTIFIER, nullable=False),
        sa.Column("password", sa.Text()),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("signed_in_at", INSTANT),
        sa.PrimaryKeyConstraint("login", name="pk_account"),
        sa.ForeignKeyConstraint(["tenant"], ["thing.id"], name="fk_account_tenant"),
    )
    op.create_index("ix_account_tenant", "account", ["tenant"])
    op.create_table(
        "account_session",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("account", IDENTIFIER, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account_session"),
        sa.ForeignKeyConstraint(["account"], ["account.login"], name="fk_account_session_account"),
    )
    op.create_index("ix_account_session_account", "account_session", ["account"])
    op.create_index("ix_account_session_seen_at", "account_session", ["seen_at"])
    op.create_table(
        "account_token",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("account", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", IDENTIFIER, nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_account_token"),
        sa.UniqueConstraint("hash", name="uq_account_token_hash"),
        sa.ForeignKeyConstraint(["account"], ["account.login"], name="fk_account_token_account"),
    )
    op.create_index("ix_account_token_account", "account_token", ["account"])
