"""How far the import of a file got, so that one that was cut short goes on from there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.ingest.records.tables import file_import, put_rows


@dataclass(frozen=True, slots=True)
class Progress:
    """`rows_done` of `rows` are kept; `digest` is of the file, its mapping and whose points they are."""

    digest: str
    name: str
    rows_done: int
    rows: int

    @property
    def finished(self) -> bool:
        return self.rows_done >= self.rows


def get_progress(conn: Connection, digest: str) -> Progress | None:
    """What is known of this import."""
    row = conn.execute(sa.select(file_import).where(file_import.c.digest == digest)).mappings().one_or_none()
    return None if row is None else Progress(**{name: row[name] for name in Progress.__slots__})


def put_progress(conn: Connection, progress: Progress, at: datetime) -> None:
    """Note how far it got."""
    row = {name: getattr(progress, name) for name in Progress.__slots__} | {"changed_at": at}
    put_rows(conn, file_import, [row], ["digest"], change=("rows_done", "rows", "changed_at"))
