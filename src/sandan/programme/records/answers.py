"""Answers to findings."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.programme.model.audit import Answer, AnswerKind
from sandan.programme.records.tables import answer


def put_answer(conn: Connection, new: Answer) -> None:
    """Keep an answer; a later one takes the place of an earlier, the events keep both."""
    conn.execute(sa.delete(answer).where(answer.c.finding == new.finding))
    conn.execute(
        sa.insert(answer).values(
            finding=new.finding, kind=new.kind.value, text=new.text, by=new.by, at=new.at
        )
    )


def drop_answer(conn: Connection, finding: str) -> bool:
    """Forget an answer; whether there was one."""
    return conn.execute(sa.delete(answer).where(answer.c.finding == finding)).rowcount > 0


def answers(conn: Connection) -> dict[str, Answer]:
    """Every answer by the finding it is to."""
    return {
        row.finding: Answer(
            finding=row.finding, kind=AnswerKind(row.kind), text=row.text, by=row.by, at=row.at
        )
        for row in conn.execute(sa.select(answer))
    }
