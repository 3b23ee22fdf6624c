"""Decisions to tell and the messages they made, with who read and answered them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from sandan.control.model.notices import (
    Answer,
    Mode,
    Notice,
    Phase,
    Subject,
    Telling,
)
from sandan.control.records.notices.tables import notice, telling
from sandan.store import batches
from sandan.words import Text


def add_telling(conn: Connection, made: Telling) -> None:
    """Keep a decision to tell."""
    conn.execute(
        sa.insert(telling).values(
            id=made.id,
            incident=made.subject.id,
            subject=_subject_json(made.subject),
            phase=made.phase.value,
            level=made.level,
            mode=made.mode.value,
            note=made.note,
            by=made.by,
            at=made.at,
            escalates=made.escalates,
        )
    )


def read_telling(conn: Connection, id: str) -> Telling | None:
    """One decision."""
    row = conn.execute(sa.select(telling).where(telling.c.id == id)).one_or_none()
    return None if row is None else _telling(row)


def find_tellings(conn: Connection, incident: str | None = None, limit: int = 500) -> list[Telling]:
    """Decisions, newest first."""
    query = sa.select(telling).order_by(telling.c.at.desc(), telling.c.id).limit(limit)
    if incident is not None:
        query = query.where(telling.c.incident == incident)
    return [_telling(row) for row in conn.execute(query)]


def add_notices(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Keep notices; their numbers, in the same order."""
    made = sa.insert(notice).returning(notice.c.id, sort_by_parameter_order=True)
    return list(conn.scalars(made, list(rows)))


def read_notice(conn: Connection, *, token: str | None = None, id: int | None = None) -> Notice | None:
    """One notice, by the token in its link or by number."""
    where = notice.c.token == token if token is not None else notice.c.id == id
    row = conn.execute(sa.select(notice).where(where)).one_or_none()
    return None if row is None else notice_of(row)


def find_notices(conn: Connection, incident: str) -> list[Notice]:
    """The notices of an incident, in the order they were told."""
    query = sa.select(notice).where(notice.c.incident == incident).order_by(notice.c.told, notice.c.id)
    return [notice_of(row) for row in conn.execute(query)]


def notices_by_id(conn: Connection, ids: Sequence[int]) -> dict[int, Notice]:
    """Some notices by number."""
    found = {}
    for part in batches(list(ids)):
        for row in conn.execute(sa.select(notice).where(notice.c.id.in_(part))):
            found[row.id] = notice_of(row)
    return found


def tellings_of(conn: Connection, ids: Sequence[int]) -> dict[int, str]:
    """The decision that each of these notices comes of."""
    found: dict[int, str] = {}
    for part in batches(list(ids)):
        query = sa.select(notice.c.id, notice.c.telling).where(notice.c.id.in_(part))
        found |= {row.id: row.telling for row in conn.execute(query)}
    return found


def notices_of(conn: Connection, tellings: Sequence[str]) -> list[Notice]:
    """The notices of some decisions."""
    query = sa.select(notice).where(notice.c.telling.in_(list(tellings))).order_by(notice.c.id)
    return [notice_of(row) for row in conn.execute(query)]


def recent_notices(
    conn: Connection, tenant: str | None, limit: int, after: int = 0, telling: str = ""
) -> list[Notice]:
    """The newest notices past the first `after`: of everybody, or sent to one firm, or of one decision."""
    query = sa.select(notice).order_by(notice.c.told.desc(), notice.c.id.desc()).limit(limit).offset(after)
    if telling:
        query = query.where(notice.c.telling == telling)
    if tenant is not None:
        query = query.where(notice.c.tenant == tenant)
    return [notice_of(row) for row in conn.execute(query)]


def move_messages(conn: Connection, old: str, new: str) -> tuple[int, int]:
    """Let every decision, message and answer of one incident belong to another.

    How many messages that were, and how many of them nobody has answered or passed on yet. What is read,
    answered or passed on from now on is told of the new one.
    """
    found = find_notices(conn, old)
    for row in conn.execute(sa.select(telling).where(telling.c.incident == old)).all():
        moved = {"incident": new, "subject": {**row.subject, "id": new}}
        conn.execute(sa.update(telling).where(telling.c.id == row.id).values(**moved))
    conn.execute(sa.update(notice).where(notice.c.incident == old).values(incident=new))
    open_ones = [one for one in found if one.answer_by and not one.answered and not one.escalated]
    return len(found), len(open_ones)


def mark_notice(conn: Connection, id: int, **facts: Any) -> None:
    """Note that it was read, answered or passed on."""
    conn.execute(sa.update(notice).where(notice.c.id == id).values(**facts))


def _subject_json(one: Subject) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "kind_name": [one.kind_name.ko, one.kind_name.en],
        "level": one.level,
        "title": one.title,
        "place": one.place,
        "detected": one.detected.isoformat(),
        "tenants": sorted(one.tenants),
        "area": sorted(one.area),
        "named": sorted(one.named),
        "drill": one.drill,
        "participants": None if one.participants is None else sorted(one.participants),
    }


def _telling(row: Row[Any]) -> Telling:
    said = row.subject
    subject = Subject(
        **said
        | {
            "kind_name": Text(*said["kind_name"]),
            "detected": datetime.fromisoformat(said["detected"]),
            "tenants": frozenset(said["tenants"]),
            "area": frozenset(said["area"]),
            "named": frozenset(said["named"]),
            "participants": None if said.get("participants") is None else frozenset(said["participants"]),
        }
    )
    return Telling(
        id=row.id,
        subject=subject,
        phase=Phase(row.phase),
        level=row.level,
        mode=Mode(row.mode),
        note=row.note,
        by=row.by,
        at=row.at,
        escalates=row.escalates,
    )


def notice_of(row: Row[Any]) -> Notice:
    """The message a row of its table keeps."""
    facts = {name: getattr(row, name) for name in Notice.__dataclass_fields__}
    return Notice(**facts | {"phase": Phase(row.phase), "answer": Answer(row.answer) if row.answer else None})
