"""Contacts, what they were told, and whether they answered."""

import sqlalchemy as sa
from alembic import op

revision = "control_0003"
down_revision = "control_0002"
branch_labels = None
depends_on = None

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "control_contact",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("circle", IDENTIFIER, nullable=False),
        sa.Column("group", IDENTIFIER, nullable=False),
        sa.Column("language", IDENTIFIER, nullable=False),
        sa.Column("tenant", IDENTIFIER),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("quiet", sa.JSON()),
        sa.Column("answer_minutes", sa.Integer()),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_control_contact"),
    )
    op.create_index("ix_control_contact_tenant", "control_contact", ["tenant"])
    op.create_table(
        "control_text",
        sa.Column("kind", IDENTIFIER, nullable=False),
        sa.Column("phase", IDENTIFIER, nullable=False),
        sa.Column("circle", IDENTIFIER, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title_ko", sa.Text(), nullable=False),
        sa.Column("text_ko", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("by", IDENTIFIER, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("kind", "phase", "circle", "version", name="pk_control_text"),
    )
    op.create_table(
        "control_telling",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("incident", IDENTIFIER, nullable=False),
        sa.Column("subject", sa.JSON(), nullable=False),
        sa.Column("phase", IDENTIFIER, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("mode", IDENTIFIER, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", IDENTIFIER, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("escalates", COUNTER),
        sa.PrimaryKeyConstraint("id", name="pk_control_telling"),
    )
    op.create_index("ix_control_telling_incident", "control_telling", ["incident"])
    op.create_table(
        "control_notice",
        sa.Column("id", COUNTER, nullable=False),
        sa.Column("telling", IDENTIFIER, nullable=False),
        sa.Column("incident", IDENTIFIER, nullable=False),
        sa.Column("contact", IDENTIFIER, nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("tenant", IDENTIFIER),
        sa.Column("language", IDENTIFIER, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("template", IDENTIFIER, nullable=False),
        sa.Column("token", IDENTIFIER, nullable=False),
        sa.Column("told", MOMENT, nullable=False),
        sa.Column("phase", IDENTIFIER, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("answer_by", MOMENT),
        sa.Column("read", MOMENT),
        sa.Column("answer", IDENTIFIER),
        sa.Column("answered", MOMENT),
        sa.Column("escalated", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_control_notice"),
        sa.ForeignKeyConstraint(["telling"], ["control_telling.id"], name="fk_control_notice_telling"),
        sa.UniqueConstraint("token", name="uq_control_notice_token"),
    )
    op.create_index("ix_control_notice_incident", "control_notice", ["incident"])
    op.create_index("ix_control_notice_telling", "control_notice", ["telling"])
    op.create_index("ix_control_notice_answer_by", "control_notice", ["answer_by"])
    op.create_table(
        "control_delivery",
        sa.Column("id", COUNTER, nullable=False),
        sa.Column("notice", COUNTER, nullable=False),
        sa.Column("kind", IDENTIFIER, nullable=False),
        sa.Column("gateway", IDENTIFIER, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("outside", sa.Boolean(), nullable=False),
        sa.Column("state", IDENTIFIER, nullable=False),
        sa.Column("first_due", MOMENT, nullable=False),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("done", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_control_delivery"),
        sa.ForeignKeyConstraint(["notice"], ["control_notice.id"], name="fk_control_delivery_notice"),
    )
    op.create_index("ix_control_delivery_notice", "control_delivery", ["notice"])
    op.create_index("ix_control_delivery_state_due", "control_delivery", ["state", "due"])
    op.create_table(
        "control_attempt",
        sa.Column("delivery", COUNTER, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("ended", MOMENT),
        sa.Column("state", IDENTIFIER, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("delivery", "number", name="pk_control_attempt"),
        sa.ForeignKeyConstraint(["delivery"], ["control_delivery.id"], name="fk_control_attempt_delivery"),
    )
    op.create_table(
        "control_call",
        sa.Column("id", COUNTER, nullable=False),
        sa.Column("incident", IDENTIFIER, nullable=False),
        sa.Column("contact", IDENTIFIER, nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("tenant", IDENTIFIER),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", IDENTIFIER, nullable=False),
        sa.Column("outcome", IDENTIFIER, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_control_call"),
    )
    op.create_index("ix_control_call_incident", "control_call", ["incident"])
