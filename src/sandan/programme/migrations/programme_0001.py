"""Plans in versions, documents and drafts, changes, checks, answers, evidence, evaluations."""

import sqlalchemy as sa
from alembic import op

revision = "programme_0001"
down_revision = None
branch_labels = ("programme",)
depends_on = ("store_0001",)

IDENTIFIER = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "programme_answer",
        sa.Column("finding", IDENTIFIER, nullable=False),
        sa.Column("kind", IDENTIFIER, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", IDENTIFIER, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("finding", name="pk_programme_answer"),
    )
    op.create_table(
        "programme_audit",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("checked_at", MOMENT, nullable=False),
        sa.Column("plans", sa.Integer(), nullable=False),
        sa.Column("projects", sa.Integer(), nullable=False),
        sa.Column("statements", sa.Integer(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_programme_audit"),
    )
    op.create_table(
        "programme_book",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("published", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_programme_book"),
    )
    op.create_table(
        "programme_document",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("uploaded_by", IDENTIFIER, nullable=False),
        sa.Column("uploaded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_programme_document"),
    )
    op.create_table(
        "programme_evaluation",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("headings", sa.JSON(), nullable=False),
        sa.Column("plans", sa.JSON(), nullable=False),
        sa.Column("evaluators", sa.JSON(), nullable=False),
        sa.Column("conflicts", sa.JSON(), nullable=False),
        sa.Column("select", sa.Integer(), nullable=False),
        sa.Column("normalise", IDENTIFIER, nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("made_by", IDENTIFIER, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_programme_evaluation"),
    )
    op.create_table(
        "programme_finding",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("plan", IDENTIFIER, nullable=False),
        sa.Column("severity", IDENTIFIER, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("project", sa.Boolean(), nullable=False),
        sa.Column("finding", sa.JSON(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("gone_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_programme_finding"),
    )
    op.create_index("ix_programme_finding_gone_at", "programme_finding", ["gone_at"])
    op.create_table(
        "programme_formula",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("name_ko", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("formula", sa.Text(), nullable=False),
        sa.Column("by", IDENTIFIER, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_programme_formula"),
    )
    op.create_table(
        "programme_record",
        sa.Column("id", COUNTER, nullable=False),
        sa.Column("kind", IDENTIFIER, nullable=False),
        sa.Column("subject", IDENTIFIER, nullable=False),
        sa.Column("period", IDENTIFIER, nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("known_at", MOMENT, nullable=False),
        sa.Column("by", IDENTIFIER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_programme_record"),
    )
    op.create_index(
        "ix_programme_record_kind_period_subject_known_at",
        "programme_record",
        ["kind", "period", "subject", "known_at"],
    )
    op.create_table(
        "programme_change",
        sa.Column("id", COUNTER, nullable=False),
        sa.Column("plan", IDENTIFIER, nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("kind", IDENTIFIER, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("edits", sa.JSON(), nullable=False),
        sa.Column("state", IDENTIFIER, nullable=False),
        sa.Column("requested_by", IDENTIFIER, nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("review", sa.Text()),
        sa.Column("reviewed_by", IDENTIFIER),
        sa.Column("reviewed_at", MOMENT),
        sa.Column("decision", sa.Text()),
        sa.Column("decided_by", IDENTIFIER),
        sa.Column("decided_at", MOMENT),
        sa.Column("version", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_programme_change"),
        sa.ForeignKeyConstraint(["plan"], ["programme_book.id"], name="fk_programme_change_plan"),
    )
    op.create_index("ix_programme_change_plan_id", "programme_change", ["plan", "id"])
    op.create_index("ix_programme_change_state", "programme_change", ["state"])
    op.create_table(
        "programme_check",
        sa.Column("plan", IDENTIFIER, nullable=False),
        sa.Column("project", IDENTIFIER, nullable=False),
        sa.Column("quarter", IDENTIFIER, nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("state", IDENTIFIER, nullable=False),
        sa.Column("filled", sa.JSON()),
        sa.Column("filled_by", IDENTIFIER),
        sa.Column("filled_at", MOMENT),
        sa.Column("note", sa.Text()),
        sa.Column("decided_by", IDENTIFIER),
        sa.Column("decided_at", MOMENT),
        sa.Column("version", sa.Integer()),
        sa.PrimaryKeyConstraint("plan", "project", "quarter", name="pk_programme_check"),
        sa.ForeignKeyConstraint(["plan"], ["programme_book.id"], name="fk_programme_check_plan"),
    )
    op.create_index("ix_programme_check_plan_quarter", "programme_check", ["plan", "quarter"])
    op.create_index("ix_programme_check_state_due", "programme_check", ["state", "due"])
    op.create_table(
        "programme_complex",
        sa.Column("plan", IDENTIFIER, nullable=False),
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer()),
        sa.Column("name", sa.Text()),
        sa.Column("role", sa.Text()),
        sa.Column("industry", sa.Text()),
        sa.Column("function", sa.Text()),
        sa.Column("thing", sa.Text()),
        sa.Column("origin", sa.JSON()),
        sa.PrimaryKeyConstraint("plan", "id", "since", name="pk_programme_complex"),
        sa.ForeignKeyConstraint(["plan"], ["programme_book.id"], name="fk_programme_complex_plan"),
    )
    op.create_index("ix_programme_complex_plan_until", "programme_complex", ["plan", "until"])
    op.create_table(
        "programme_draft",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("document", IDENTIFIER, nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("decisions", sa.JSON(), nullable=False),
        sa.Column("unplaced", sa.JSON(), nullable=False),
        sa.Column("dropped", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("committed_at", MOMENT),
        sa.Column("plans", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_programme_draft"),
        sa.ForeignKeyConstraint(["document"], ["programme_document.id"], name="fk_programme_draft_document"),
    )
    op.create_index("ix_programme_draft_document", "programme_draft", ["document"])
    op.create_table(
        "programme_fact",
        sa.Column("plan", IDENTIFIER, nullable=False),
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer()),
        sa.Column("subject", sa.Text()),
        sa.Column("kind", sa.Text()),
        sa.Column("text", sa.Text()),
        sa.Column("when", sa.Text()),
        sa.Column("origin", sa.JSON()),
        sa.PrimaryKeyConstraint("plan", "id", "since", name="pk_programme_fact"),
        sa.ForeignKeyConstraint(["plan"], ["programme_book.id"], name="fk_programme_fact_plan"),
    )
    op.create_index("ix_programme_fact_plan_until", "programme_fact", ["plan", "until"])
    op.create_table(
        "programme_measure",
        sa.Column("plan", IDENTIFIER, nullable=False),
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer()),
        sa.Column("subject", sa.Text()),
        sa.Column("name", sa.Text()),
        sa.Column("unit", sa.Text()),
        sa.Column("direction", sa.Text()),
        sa.Column("numerator", sa.Text()),
        sa.Column("denominator", sa.Text()),
        sa.Column("indicator", sa.Text()),
        sa.Column("baseline", sa.Double()),
        sa.Column("origin", sa.JSON()),
        sa.PrimaryKeyConstraint("plan", "id", "since", name="pk_programme_measure"),
        sa.ForeignKeyConstraint(["plan"], ["programme_book.id"], name="fk_programme_measure_plan"),
    )
    op.create_index("ix_programme_measure_plan_until", "programme_measure", ["plan", "until"])
    op.create_table(
        "programme_milestone",
        sa.Column("plan", IDENTIFIER, nullable=False),
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer()),
        sa.Column("project", sa.Text()),
        sa.Column("title", sa.Text()),
        sa.Column("start", sa.Text()),
        sa.Column("end", sa.Text()),
        sa.Column("done", sa.Text()),
        sa.Column("origin", sa.JSON()),
        sa.PrimaryKeyConstraint("plan", "id", "since", name="pk_programme_milestone"),
        sa.ForeignKeyConstraint(["plan"], ["programme_book.id"], name="fk_programme_milestone_plan"),
    )
    op.create_index("ix_programme_milestone_plan_until", "programme_milestone", ["plan", "until"])
    op.create_table(
        "programme_plan",
        sa.Column("plan", IDENTIFIER, nullable=False),
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer()),
        sa.Column("kind", sa.Text()),
        sa.Column("title", sa.Text()),
        sa.Column("owner", sa.Text()),
        sa.Column("region", sa.Text()),
        sa.Column("term_start", sa.Text()),
        sa.Column("term_end", sa.Text()),
        sa.PrimaryKeyConstraint("plan", "id", "since", name="pk_programme_plan"),
        sa.ForeignKeyConstraint(["plan"], ["programme_book.id"], name="fk_programme_plan_plan"),
    )
    op.create_index("ix_programme_plan_plan_until", "programme_plan", ["plan", "until"])
    op.create_table(
        "programme_project",
        sa.Column("plan", IDENTIFIER, nullable=False),
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer()),
        sa.Column("title", sa.Text()),
        sa.Column("parent", sa.Text()),
        sa.Column("complex", sa.Text()),
        sa.Column("code", sa.Text()),
        sa.Column("continuity", sa.Text()),
        sa.Column("start", sa.Text()),
        sa.Column("end", sa.Text()),
        sa.Column("in_term", sa.Boolean()),
        sa.Column("budgeted", sa.Boolean()),
        sa.Column("basis", sa.Text()),
        sa.Column("owner", sa.Text()),
        sa.Column("standing", sa.Text()),
        sa.Column("cooperating", sa.JSON()),
        sa.Column("origin", sa.JSON()),
        sa.PrimaryKeyConstraint("plan", "id", "since", name="pk_programme_project"),
        sa.ForeignKeyConstraint(["plan"], ["programme_book.id"], name="fk_programme_project_plan"),
    )
    op.create_index("ix_programme_project_plan_until", "programme_project", ["plan", "until"])
    op.create_table(
        "programme_score",
        sa.Column("evaluation", IDENTIFIER, nullable=False),
        sa.Column("evaluator", IDENTIFIER, nullable=False),
        sa.Column("plan", IDENTIFIER, nullable=False),
        sa.Column("heading", IDENTIFIER, nullable=False),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("by", IDENTIFIER, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("evaluation", "evaluator", "plan", "heading", name="pk_programme_score"),
        sa.ForeignKeyConstraint(
            ["evaluation"], ["programme_evaluation.id"], name="fk_programme_score_evaluation"
        ),
    )
    op.create_table(
        "programme_settlement",
        sa.Column("plan", IDENTIFIER, nullable=False),
        sa.Column("conflict", IDENTIFIER, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("statement", IDENTIFIER, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", IDENTIFIER, nullable=False),
        sa.PrimaryKeyConstraint("plan", "conflict", "at", name="pk_programme_settlement"),
        sa.ForeignKeyConstraint(["plan"], ["programme_book.id"], name="fk_programme_settlement_plan"),
    )
    op.create_table(
        "programme_state",
        sa.Column("id", COUNTER, nullable=False),
        sa.Column("plan", IDENTIFIER, nullable=False),
        sa.Column("project", IDENTIFIER, nullable=False),
        sa.Column("state", IDENTIFIER, nullable=False),
        sa.Column("by", IDENTIFIER, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_programme_state"),
        sa.ForeignKeyConstraint(["plan"], ["programme_book.id"], name="fk_programme_state_plan"),
    )
    op.create_index("ix_programme_state_plan_project_id", "programme_state", ["plan", "project", "id"])
    op.create_table(
        "programme_statement",
        sa.Column("plan", IDENTIFIER, nullable=False),
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer()),
        sa.Column("subject", IDENTIFIER),
        sa.Column("kind", sa.Text()),
        sa.Column("measure", sa.Text()),
        sa.Column("won", sa.BigInteger()),
        sa.Column("value", sa.Double()),
        sa.Column("unit", sa.Text()),
        sa.Column("source", sa.Text()),
        sa.Column("period", sa.Text()),
        sa.Column("stage", sa.Text()),
        sa.Column("nature", sa.Text()),
        sa.Column("numerator", sa.Double()),
        sa.Column("denominator", sa.Double()),
        sa.Column("place", sa.Text()),
        sa.Column("origin", sa.JSON()),
        sa.PrimaryKeyConstraint("plan", "id", "since", name="pk_programme_statement"),
        sa.ForeignKeyConstraint(["plan"], ["programme_book.id"], name="fk_programme_statement_plan"),
    )
    op.create_index("ix_programme_statement_plan_subject", "programme_statement", ["plan", "subject"])
    op.create_index("ix_programme_statement_plan_until", "programme_statement", ["plan", "until"])
    op.create_table(
        "programme_version",
        sa.Column("plan", IDENTIFIER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", IDENTIFIER, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", IDENTIFIER, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("review", sa.Text(), nullable=False),
        sa.Column("published_at", MOMENT),
        sa.PrimaryKeyConstraint("plan", "number", name="pk_programme_version"),
        sa.ForeignKeyConstraint(["plan"], ["programme_book.id"], name="fk_programme_version_plan"),
    )
