"""The tables of the programme, on the one `metadata` of the store.

A row of a plan holds from version `since` until just before version `until`; while it holds, `until` is
null. So every version stays readable, and what changed between two is a comparison of two numbers.
"""

from __future__ import annotations

import sqlalchemy as sa

from sandan.programme.model.plan import Table
from sandan.store.schema import Identifier, Instant, metadata

COUNTER = sa.BigInteger().with_variant(sa.Integer, "sqlite")

book = sa.Table(
    "programme_book",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("published", sa.Integer),
)

version = sa.Table(
    "programme_version",
    metadata,
    sa.Column("plan", Identifier, sa.ForeignKey("programme_book.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", Identifier, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("review", sa.Text, nullable=False),
    sa.Column("published_at", Instant),
)


def _of_plan(name: str, *columns: sa.Column[object], indexes: tuple[tuple[str, ...], ...] = ()) -> sa.Table:
    """A table of rows of a plan: `plan`, `id` and the versions they hold in, then their own columns."""
    return sa.Table(
        f"programme_{name}",
        metadata,
        sa.Column("plan", Identifier, sa.ForeignKey("programme_book.id"), primary_key=True),
        sa.Column("id", Identifier, primary_key=True),
        sa.Column("since", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("until", sa.Integer),
        *columns,
        sa.Index(None, "plan", "until"),
        *(sa.Index(None, *index) for index in indexes),
    )


def _text(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Text) for name in names]


plan = _of_plan("plan", *_text("kind", "title", "owner", "region", "term_start", "term_end"))
complex_ = _of_plan(
    "complex", *_text("name", "role", "industry", "function", "thing"), sa.Column("origin", sa.JSON)
)
project = _of_plan(
    "project",
    *_text("title", "parent", "complex", "code", "continuity", "start", "end"),
    sa.Column("in_term", sa.Boolean),
    sa.Column("budgeted", sa.Boolean),
    *_text("basis", "owner", "standing"),
    sa.Column("cooperating", sa.JSON),
    sa.Column("origin", sa.JSON),
)
measure = _of_plan(
    "measure",
    *_text("subject", "name", "unit", "direction", "numerator", "denominator", "indicator"),
    sa.Column("baseline", sa.Double),
    sa.Column("origin", sa.JSON),
)
statement = _of_plan(
    "statement",
    sa.Column("subject", Identifier),
    *_text("kind", "measure"),
    sa.Column("won", sa.BigInteger),
    sa.Column("value", sa.Double),
    *_text("unit", "source", "period", "stage", "nature"),
    sa.Column("numerator", sa.Double),
    sa.Column("denominator", sa.Double),
    *_text("place"),
    sa.Column("origin", sa.JSON),
    indexes=(("plan", "subject"),),
)
milestone = _of_plan(
    "milestone", *_text("project", "title", "start", "end", "done"), sa.Column("origin", sa.JSON)
)
fact = _of_plan("fact", *_text("subject", "kind", "text", "when"), sa.Column("origin", sa.JSON))

ROWS: dict[Table, sa.Table] = {
    Table.PLAN: plan,
    Table.COMPLEX: complex_,
    Table.PROJECT: project,
    Table.MEASURE: measure,
    Table.STATEMENT: statement,
    Table.MILESTONE: milestone,
    Table.FACT: fact,
}

document = sa.Table(
    "programme_document",
    metadata,
    sa.Column("id", Identifier, primary_key=True),  # SHA-256 of the bytes
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("lines", sa.JSON, nullable=False),  # [[number, page, [cells]], …] with people left out
    sa.Column("uploaded_by", Identifier, nullable=False),
    sa.Column("uploaded_at", Instant, nullable=False),
)

draft = sa.Table(
    "programme_draft",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("document", Identifier, sa.ForeignKey("programme_document.id"), nullable=False),
    sa.Column("rows", sa.JSON, nullable=False),  # [{table, id, row}, …] as they were read
    sa.Column("decisions", sa.JSON, nullable=False),  # {row id: {"decision", "row"}}
    sa.Column("unplaced", sa.JSON, nullable=False),
    sa.Column("dropped", sa.Integer, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("committed_at", Instant),
    sa.Column("plans", sa.JSON),  # [[plan, version], …] once committed
    sa.Index(None, "document"),
)

change = sa.Table(
    "programme_change",
    metadata,
    sa.Column("id", COUNTER, primary_key=True),
    sa.Column("plan", Identifier, sa.ForeignKey("programme_book.id"), nullable=False),
    sa.Column("base", sa.Integer, nullable=False),  # the version it was asked for on
    sa.Column("kind", Identifier, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("edits", sa.JSON, nullable=False),
    sa.Column("state", Identifier, nullable=False),
    sa.Column("requested_by", Identifier, nullable=False),
    sa.Column("requested_at", Instant, nullable=False),
    sa.Column("review", sa.Text),
    sa.Column("reviewed_by", Identifier),
    sa.Column("reviewed_at", Instant),
    sa.Column("decision", sa.Text),
    sa.Column("decided_by", Identifier),
    sa.Column("decided_at", Instant),
    sa.Column("version", sa.Integer),
    sa.Index(None, "plan", "id"),
    sa.Index(None, "state"),
)

state_set = sa.Table(
    "programme_state",
    metadata,
    sa.Column("id", COUNTER, primary_key=True),
    sa.Column("plan", Identifier, sa.ForeignKey("programme_book.id"), nullable=False),
    sa.Column("project", Identifier, nullable=False),
    sa.Column("state", Identifier, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Index(None, "plan", "project", "id"),
)

settlement = sa.Table(
    "programme_settlement",
    metadata,
    sa.Column("plan", Identifier, sa.ForeignKey("programme_book.id"), primary_key=True),
    sa.Column("conflict", Identifier, primary_key=True),
    sa.Column("at", Instant, primary_key=True),
    sa.Column("statement", Identifier, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("by", Identifier, nullable=False),
)

answer = sa.Table(
    "programme_answer",
    metadata,
    sa.Column("finding", Identifier, primary_key=True),
    sa.Column("kind", Identifier, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

finding = sa.Table(
    "programme_finding",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("plan", Identifier, nullable=False),
    sa.Column("severity", Identifier, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("project", sa.Boolean, nullable=False),
    sa.Column("finding", sa.JSON, nullable=False),
    sa.Column("since", Instant, nullable=False),
    sa.Column("gone_at", Instant),
    sa.Index(None, "gone_at"),
)

audit = sa.Table(
    "programme_audit",
    metadata,
    sa.Column("id", Identifier, primary_key=True),  # one row: the last check
    sa.Column("mark", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("checked_at", Instant, nullable=False),
    sa.Column("plans", sa.Integer, nullable=False),
    sa.Column("projects", sa.Integer, nullable=False),
    sa.Column("statements", sa.Integer, nullable=False),
    sa.Column("documents", sa.Integer, nullable=False),
)

check = sa.Table(
    "programme_check",
    metadata,
    sa.Column("plan", Identifier, sa.ForeignKey("programme_book.id"), primary_key=True),
    sa.Column("project", Identifier, primary_key=True),
    sa.Column("quarter", Identifier, primary_key=True),
    sa.Column("due", sa.Date, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("state", Identifier, nullable=False),
    sa.Column("filled", sa.JSON),
    sa.Column("filled_by", Identifier),
    sa.Column("filled_at", Instant),
    sa.Column("note", sa.Text),
    sa.Column("decided_by", Identifier),
    sa.Column("decided_at", Instant),
    sa.Column("version", sa.Integer),
    sa.Index(None, "plan", "quarter"),
    sa.Index(None, "state", "due"),
)

record = sa.Table(
    "programme_record",
    metadata,
    sa.Column("id", COUNTER, primary_key=True),
    sa.Column("kind", Identifier, nullable=False),
    sa.Column("subject", Identifier, nullable=False),  # the firm, or the survey
    sa.Column("period", Identifier, nullable=False),  # 2026-06
    sa.Column("value", sa.Double, nullable=False),
    sa.Column("weight", sa.Double, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("known_at", Instant, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Index(None, "kind", "period", "subject", "known_at"),
)

formula = sa.Table(
    "programme_formula",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("name_ko", sa.Text, nullable=False),
    sa.Column("name_en", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("formula", sa.Text, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

evaluation = sa.Table(
    "programme_evaluation",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("headings", sa.JSON, nullable=False),  # [{"id", "ko", "en", "points"}]
    sa.Column("plans", sa.JSON, nullable=False),
    sa.Column("evaluators", sa.JSON, nullable=False),  # names or codes the office uses
    sa.Column("conflicts", sa.JSON, nullable=False),  # [[evaluator, plan], …]
    sa.Column("select", sa.Integer, nullable=False),
    sa.Column("normalise", Identifier, nullable=False),
    sa.Column("minutes", sa.Text, nullable=False),
    sa.Column("made_by", Identifier, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("closed_at", Instant),
)

score = sa.Table(
    "programme_score",
    metadata,
    sa.Column("evaluation", Identifier, sa.ForeignKey("programme_evaluation.id"), primary_key=True),
    sa.Column("evaluator", Identifier, primary_key=True),
    sa.Column("plan", Identifier, primary_key=True),
    sa.Column("heading", Identifier, primary_key=True),
    sa.Column("points", sa.Double, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Column("at", Instant, nullable=False),
)
