"""Versions of the procedures, each a whole table of steps; version 1 comes with Sandan."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.control.engine.incidents.procedures import first_book, read_steps, write_steps
from sandan.control.model.incidents.procedures import Book
from sandan.control.records.incidents.tables import procedure


def current_book(conn: Connection) -> Book:
    """The procedures in force: the newest version, or those that come with Sandan."""
    newest = conn.scalar(sa.select(sa.func.max(procedure.c.version)))
    return first_book() if newest is None else _need(conn, newest)


def read_book(conn: Connection, version: int) -> Book | None:
    """One version; None when there is none."""
    row = conn.execute(sa.select(procedure).where(procedure.c.version == version)).one_or_none()
    if row is None:
        return first_book() if version == 1 else None
    return Book(row.version, read_steps(row.steps), row.reason, row.by, row.at)


def _need(conn: Connection, version: int) -> Book:
    found = read_book(conn, version)
    assert found is not None, "a version that was just seen is there"
    return found


def versions(conn: Connection) -> list[Book]:
    """Every version without its steps, newest first."""
    names = ("version", "reason", "by", "at")
    query = sa.select(*(procedure.c[name] for name in names)).order_by(procedure.c.version.desc())
    found = [Book(row.version, (), row.reason, row.by, row.at) for row in conn.execute(query)]
    return found or [first_book()]


def keep_book(conn: Connection, book: Book, by: str, at: datetime) -> None:
    """Keep a version for good, unless it is there."""
    if conn.scalar(sa.select(procedure.c.version).where(procedure.c.version == book.version)) is None:
        values = {"version": book.version, "reason": book.reason, "by": by, "at": at}
        conn.execute(sa.insert(procedure).values(**values, steps=write_steps(book.steps)))
