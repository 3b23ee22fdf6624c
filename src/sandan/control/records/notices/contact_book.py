"""The contact book, and the texts an operator has written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from sandan.control.model.contacts import Channel, ChannelKind, Circle, Contact, Quiet
from sandan.control.model.notices import (
    Phase,
    Template,
    Words,
)
from sandan.control.records.notices.tables import contact, text
from sandan.store import batches


def read_contacts(conn: Connection) -> list[Contact]:
    """The whole contact book, by organisation and place in its tree."""
    query = sa.select(contact).order_by(contact.c.organisation, contact.c.order, contact.c.id)
    return [_contact(row) for row in conn.execute(query)]


def put_contacts(conn: Connection, contacts: Iterable[Contact]) -> None:
    """Add contacts, or put them in the place of those with the same id."""
    rows = [_contact_row(one) for one in contacts]
    for part in batches([row["id"] for row in rows]):
        conn.execute(sa.delete(contact).where(contact.c.id.in_(part)))
    if rows:
        conn.execute(sa.insert(contact), rows)


def remove_contact(conn: Connection, id: str) -> bool:
    """Take a contact from the book; what it was told stays."""
    return bool(conn.execute(sa.delete(contact).where(contact.c.id == id)).rowcount)


def read_texts(conn: Connection) -> list[Template]:
    """The newest version of every text an operator has written."""
    found: dict[tuple[str, str, str], Template] = {}
    for row in conn.execute(sa.select(text).order_by(text.c.version)):
        found[row.kind, row.phase, row.circle] = Template(
            kind=row.kind,
            phase=Phase(row.phase),
            circle=Circle(row.circle),
            ko=Words(row.title_ko, row.text_ko),
            en=Words(row.title_en, row.text_en),
            version=row.version,
        )
    return list(found.values())


def add_text(conn: Connection, made: Template, by: str, at: datetime) -> int:
    """Keep a new version of a text; its number."""
    here = (text.c.kind == made.kind, text.c.phase == made.phase.value, text.c.circle == made.circle.value)
    number = int(conn.scalar(sa.select(sa.func.max(text.c.version)).where(*here)) or 0) + 1
    conn.execute(
        sa.insert(text).values(
            kind=made.kind,
            phase=made.phase.value,
            circle=made.circle.value,
            version=number,
            title_ko=made.ko.title,
            text_ko=made.ko.text,
            title_en=made.en.title,
            text_en=made.en.text,
            by=by,
            at=at,
        )
    )
    return number


def _contact_row(one: Contact) -> dict[str, Any]:
    row = {name: getattr(one, name) for name in Contact.__dataclass_fields__}
    return row | {
        "circle": one.circle.value,
        "channels": [asdict(channel) for channel in one.channels],
        "kinds": sorted(one.kinds),
        "quiet": [one.quiet.start.isoformat(), one.quiet.end.isoformat()] if one.quiet else None,
    }


def _contact(row: Row[Any]) -> Contact:
    facts = {name: getattr(row, name) for name in Contact.__dataclass_fields__}
    return Contact(
        **facts
        | {
            "circle": Circle(row.circle),
            "channels": tuple(
                Channel(ChannelKind(one["kind"]), one["address"], one["gateway"]) for one in row.channels
            ),
            "kinds": frozenset(row.kinds),
            "quiet": Quiet(*map(time.fromisoformat, row.quiet)) if row.quiet else None,
        }
    )
