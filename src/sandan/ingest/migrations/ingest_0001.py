"""Quarantine, bindings, devices, connections and the progress of file imports."""

import sqlalchemy as sa
from alembic import op

revision = "ingest_0001"
down_revision = None
branch_labels = ("ingest",)
depends_on = ("store_0001",)

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "ingest_quarantine",
        sa.Column("id", COUNTER, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("source", IDENTIFIER, nullable=False),
        sa.Column("stream", IDENTIFIER, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("start", MOMENT),
        sa.Column("value", sa.Double()),
        sa.Column("unit", sa.Text()),
        sa.Column("quality", sa.SmallInteger()),
        sa.Column("raw", sa.Text()),
        sa.Column("reason", IDENTIFIER, nullable=False),
        sa.Column("point", IDENTIFIER),
        sa.Column("tenant", IDENTIFIER),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("known_at", MOMENT),
        sa.Column("state", IDENTIFIER, nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.Column("decided_by", IDENTIFIER),
        sa.Column("event", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_ingest_quarantine"),
        sa.UniqueConstraint("digest", name="uq_ingest_quarantine_digest"),
    )
    for columns in (["state", "id"], ["state", "reason", "id"], ["state", "source", "id"], ["tenant", "id"]):
        op.create_index(f"ix_ingest_quarantine_{'_'.join(columns)}", "ingest_quarantine", columns)
    op.create_table(
        "ingest_binding",
        sa.Column("source", IDENTIFIER, nullable=False),
        sa.Column("address", IDENTIFIER, nullable=False),
        sa.Column("point", IDENTIFIER, nullable=False),
        sa.Column("unit", sa.Text()),
        sa.Column("factor", sa.Double(), nullable=False),
        sa.Column("offset", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("source", "address", name="pk_ingest_binding"),
        sa.ForeignKeyConstraint(["point"], ["point.id"], name="fk_ingest_binding_point"),
    )
    op.create_index("ix_ingest_binding_point", "ingest_binding", ["point"])
    op.create_table(
        "ingest_device",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", IDENTIFIER, nullable=False),
        sa.Column("tenant", IDENTIFIER),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_ingest_device"),
        sa.UniqueConstraint("hash", name="uq_ingest_device_hash"),
        sa.ForeignKeyConstraint(["tenant"], ["thing.id"], name="fk_ingest_device_tenant"),
    )
    op.create_index("ix_ingest_device_tenant_id", "ingest_device", ["tenant", "id"])
    op.create_table(
        "ingest_connection",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("kind", IDENTIFIER, nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("stream", IDENTIFIER, nullable=False),
        sa.Column("tenant", IDENTIFIER),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ingest_connection"),
        sa.ForeignKeyConstraint(["tenant"], ["thing.id"], name="fk_ingest_connection_tenant"),
    )
    op.create_table(
        "ingest_file",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rows_done", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_ingest_file"),
    )
