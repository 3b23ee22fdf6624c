"""Documents that were read, and their drafts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.programme.model.documents import Document, Line, Unplaced
from sandan.programme.model.draft import Decision, DocumentLine, DraftRow, DraftState
from sandan.programme.model.plan import Row, Table
from sandan.programme.records.codec import TABLE_OF, row_from_json, row_to_json
from sandan.programme.records.tables import document, draft


def put_document(conn: Connection, given: Document, by: str, at: datetime) -> bool:
    """Keep a document by the hash of its bytes; whether it was new."""
    if conn.scalar(sa.select(document.c.id).where(document.c.id == given.digest)) is not None:
        return False
    conn.execute(
        sa.insert(document).values(
            id=given.digest,
            name=given.name,
            lines=[[line.number, line.page, list(line.cells)] for line in given.lines],
            uploaded_by=by,
            uploaded_at=at,
        )
    )
    return True


def read_document(conn: Connection, id: str) -> Document | None:
    """A document with its lines."""
    row = conn.execute(sa.select(document).where(document.c.id == id)).one_or_none()
    if row is None:
        return None
    lines = tuple(Line(number, tuple(cells), page) for number, page, cells in row.lines)
    return Document(row.name, row.id, lines)


def document_names(conn: Connection) -> dict[str, str]:
    """What each document is called."""
    return {row.id: row.name for row in conn.execute(sa.select(document.c.id, document.c.name))}


def find_documents(conn: Connection, limit: int = 200) -> list[DocumentLine]:
    """Documents, newest first, with their newest draft."""
    other = draft.alias()
    newest = (
        sa.select(sa.func.max(other.c.made_at))
        .where(other.c.document == document.c.id)
        .correlate(document)
        .scalar_subquery()
    )
    query = (
        sa.select(document, draft.c.id.label("draft"), draft.c.rows, draft.c.decisions, draft.c.unplaced)
        .add_columns(draft.c.committed_at)
        .select_from(
            document.outerjoin(draft, (draft.c.document == document.c.id) & (draft.c.made_at == newest))
        )
        .order_by(document.c.uploaded_at.desc(), document.c.id)
        .limit(limit)
    )
    return [
        DocumentLine(
            row.id,
            row.name,
            len(row.lines),
            row.uploaded_by,
            row.uploaded_at,
            row.draft,
            len(row.rows or ()),
            len(row.decisions or ()),
            len(row.unplaced or ()),
            row.committed_at,
        )
        for row in conn.execute(query)
    ]


def put_draft(
    conn: Connection,
    id: str,
    of: str,
    rows: Sequence[Row],
    unplaced: Sequence[Unplaced],
    dropped: int,
    at: datetime,
) -> None:
    """Keep what was read from a document."""
    conn.execute(
        sa.insert(draft).values(
            id=id,
            document=of,
            rows=[{"table": TABLE_OF[type(row)].value, "row": row_to_json(row)} for row in rows],
            decisions={},
            unplaced=[[one.line, one.text, one.reason] for one in unplaced],
            dropped=dropped,
            made_at=at,
        )
    )


def read_draft(conn: Connection, id: str) -> DraftState | None:
    """A draft with its decisions."""
    query = sa.select(draft, document.c.name).join(document, document.c.id == draft.c.document)
    row = conn.execute(query.where(draft.c.id == id)).one_or_none()
    if row is None:
        return None
    return DraftState(
        id=row.id,
        document=row.document,
        name=row.name,
        rows=tuple(_row(given, row.decisions) for given in row.rows),
        unplaced=tuple(Unplaced(*one) for one in row.unplaced),
        dropped=row.dropped,
        made_at=row.made_at,
        committed_at=row.committed_at,
        plans=dict(row.plans or ()),
    )


def _row(given: Mapping[str, Any], decisions: Mapping[str, Any]) -> DraftRow:
    table = Table(given["table"])
    read = row_from_json(table, given["row"])
    decided = decisions.get(f"{table.value}:{read.id}")
    if decided is None:
        return DraftRow(table, read, read, None)
    row = row_from_json(table, decided["row"]) if decided.get("row") else read
    return DraftRow(table, read, row, Decision(decided["decision"]))


def decide(
    conn: Connection, id: str, decided: Mapping[tuple[Table, str], tuple[Decision, Row | None] | None]
) -> None:
    """Keep decisions on rows of a draft; None takes one back."""
    kept = dict(conn.scalar(sa.select(draft.c.decisions).where(draft.c.id == id)) or {})
    for (table, row_id), made in decided.items():
        key = f"{table.value}:{row_id}"
        if made is None:
            kept.pop(key, None)
        else:
            kept[key] = {"decision": made[0].value, "row": row_to_json(made[1]) if made[1] else None}
    conn.execute(sa.update(draft).where(draft.c.id == id).values(decisions=kept))


def mark_committed(conn: Connection, id: str, plans: Mapping[str, int], at: datetime) -> None:
    """Remember which versions a draft became."""
    conn.execute(
        sa.update(draft)
        .where(draft.c.id == id)
        .values(committed_at=at, plans=[list(p) for p in plans.items()])
    )
