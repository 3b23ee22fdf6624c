"""Bringing a node that was away to what its sister holds.

Rows are facts that never change, so two nodes are reconciled by giving each what it lacks: compare
the days by number of rows and a checksum of all of them, copy the days that differ. Copying a row
that is already there changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from sandan.store.historian.engine import Engine
from sandan.store.historian.tables import KEPT

ROWS_AT_ONCE = 200_000

_DAY = {"samples": "toInt32(toDate(start, 'UTC'))", "hours": "intDiv(hour, 86400000)", "forgotten": "0"}
"""What each table is compared and copied by."""


def catch_up(whole: Engine, behind: Engine) -> None:
    """Give `behind` what it lacks, and `whole` what only the other got before it went away."""
    for table in KEPT:
        _copy_differing(table, whole, behind)
        _copy_differing(table, behind, whole)


def _copy_differing(table: str, giver: Engine, taker: Engine) -> None:
    """Afterwards the taker holds all that the giver held at the start."""
    there = _days(table, taker)
    for day, content in _days(table, giver).items():
        if there.get(day) != content:
            rows = f"SELECT {KEPT[table]} FROM {table} FINAL WHERE {_DAY[table]} = {day}"  # noqa: S608  # constants
            for chunk in in_chunks(giver.stream(rows)):
                taker.insert(table, chunk)


def _days(table: str, engine: Engine) -> dict[int, tuple[int, int]]:
    """The number of rows of every day, and a checksum over them."""
    sql = (
        f"SELECT {_DAY[table]} AS day, count() AS n, groupBitXor(cityHash64({KEPT[table]})) AS mark"  # noqa: S608  # constants
        f" FROM {table} FINAL GROUP BY day"
    )
    return {row["day"]: (row["n"], row["mark"]) for row in engine.query(sql).to_pylist()}


def in_chunks(batches: Iterator[pa.RecordBatch], rows: int = ROWS_AT_ONCE) -> Iterator[pa.Table]:
    """The batches as tables of at least `rows`, but the last; an insert of each is one part on disk."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(b.num_rows for b in waiting) >= rows:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)
