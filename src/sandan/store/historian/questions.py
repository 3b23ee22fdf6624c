"""The SQL of every read. Pure text: the same for the engine in this process and for each node of a cluster.

Rows are folded here as well as by merges: of the rows for one point and start the newest `known_at`
counts, between equals the greater source, value and quality, so that the answer depends neither on
the order of arrival nor on what has been merged.
"""
# ruff: noqa: S608  # only numbers, instants and constants of this package enter the text

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from sandan.clock import Period
from sandan.twin.samples import SAMPLES, Stream

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COLUMNS = ", ".join(SAMPLES.names)
NEWEST_FIRST = "known_at DESC, source DESC, value DESC, quality DESC"


@dataclass(frozen=True, slots=True)
class Question:
    """Which rows a read is about: points and sources by number; `as_of` None means all that is known.

    `points` None means all of them.
    """

    points: Collection[int] | None
    sources: Collection[int]
    stream: Stream
    period: Period | None = None
    as_of: datetime | None = None

    @property
    def where(self) -> str:
        conditions = [f"source IN ({numbers(self.sources)})", f"start >= {_forgotten(self.stream)}"]
        if self.points is not None:
            conditions.append(f"point IN ({numbers(self.points)})")
        if self.period is not None:
            conditions += [
                f"start >= {instant(self.period.start)}",
                f"start < {instant(self.period.end)}",
            ]
        if self.as_of is not None:
            conditions.append(f"known_at <= {instant(self.as_of)}")
        return " AND ".join(conditions)


def instant(at: datetime) -> str:
    """An instant as the engine reads it, rounded down to the millisecond it keeps."""
    return f"fromUnixTimestamp64Milli({milliseconds(at)}, 'UTC')"


def milliseconds(at: datetime) -> int:
    """Since 1970 in UTC [ms]."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def numbers(values: Iterable[int]) -> str:
    return ", ".join(map(str, map(int, values)))


def folded(question: Question, columns: str) -> str:
    """One row a point and start: the newest."""
    return (
        f"SELECT {columns} FROM samples WHERE {question.where}"
        f" ORDER BY point, start, {NEWEST_FIRST} LIMIT 1 BY point, start"
    )


def scan(question: Question) -> str:
    return folded(question, COLUMNS)


def revisions(question: Question) -> str:
    """Every row, once each."""
    return (
        f"SELECT {COLUMNS} FROM samples WHERE {question.where}"
        f" ORDER BY point, start, known_at, source, value, quality LIMIT 1 BY {COLUMNS}"
    )


def latest(points: Collection[int] | None, sources: Collection[int], stream: Stream) -> str:
    """The newest sample of each point."""
    return (
        "SELECT point, newest.1 AS start, newest.2 AS known_at, source, newest.3 AS value,"
        f" newest.4 AS quality FROM latest WHERE {_of_latest(points, sources, stream)}"
        f" ORDER BY point, start DESC, {NEWEST_FIRST} LIMIT 1 BY point"
    )


def latest_unless_later(question: Question) -> str:
    """The same of the points of which nothing became known after `as_of`; the others only by number."""
    assert question.as_of is not None
    rows = (
        "SELECT point, max((newest.1, newest.2, source, newest.3, newest.4)) AS best,"
        f" max(newest.2) > {instant(question.as_of)} AS later FROM latest"
        f" WHERE {_of_latest(question.points, question.sources, question.stream)} GROUP BY point"
    )
    return (
        "SELECT point, best.1 AS start, best.2 AS known_at, best.3 AS source, best.4 AS value,"
        f" best.5 AS quality, later FROM ({rows})"
    )


def _of_latest(points: Collection[int] | None, sources: Collection[int], stream: Stream) -> str:
    where = f"source IN ({numbers(sources)}) AND newest.1 >= {_forgotten(stream)}"
    return where if points is None else f"{where} AND point IN ({numbers(points)})"


def latest_as_known(question: Question) -> str:
    """The same, from the samples themselves: for an `as_of` before the newest row was known."""
    return (
        f"SELECT {COLUMNS} FROM samples WHERE {question.where}"
        f" ORDER BY point, start DESC, {NEWEST_FIRST} LIMIT 1 BY point"
    )


def holds(keys: pa.Table) -> str:
    """The newest row of each (point, start, source) asked for."""
    points = numbers(keys["point"].to_pylist())
    starts = numbers(keys["start"].cast(pa.int64()).to_pylist())
    sources = numbers(keys["source"].to_pylist())
    # The casts keep the literals' own, narrower types from making the index useless.
    wanted = (
        "SELECT toUInt32(key.1), fromUnixTimestamp64Milli(toInt64(key.2), 'UTC'), toUInt16(key.3)"
        f" FROM (SELECT arrayJoin(arrayZip([{points}], [{starts}], [{sources}])) AS key)"
    )
    return (
        "SELECT point, start, source, known_at, value, quality FROM samples"
        f" WHERE (point, start, source) IN ({wanted})"
        f" ORDER BY point, start, source, {NEWEST_FIRST} LIMIT 1 BY point, start, source"
    )


def forgotten_before(stream: Stream) -> str:
    """Up to where the samples of a stream were forgotten [ms]; no row: nothing was."""
    return f"SELECT max(before) AS n FROM forgotten WHERE stream = '{stream}' HAVING count() > 0"


def _forgotten(stream: Stream) -> str:
    """SQL: the same as an instant.

    What arrives late for a forgotten month stays out of every read until it is forgotten too.
    """
    before = f"SELECT max(before) FROM forgotten WHERE stream = '{stream}'"
    return f"fromUnixTimestamp64Milli(assumeNotNull(({before})), 'UTC')"


def delete(sources: Collection[int], cutoff: datetime) -> Iterator[str]:
    """Take away the rows of these sources: what dropping whole partitions has left of them."""
    if sources:
        whose = f"source IN ({numbers(sources)})"
        yield f"ALTER TABLE latest DELETE WHERE {whose} AND newest.1 < {instant(cutoff)}"
        yield f"ALTER TABLE samples DELETE WHERE {whose} AND start < {instant(cutoff)}"


def forgetting(stream: Stream, cutoff: datetime) -> pa.Table:
    """The row of `forgotten` that says so."""
    return pa.table({"stream": [str(stream)], "before": [milliseconds(cutoff)]})


MONTHS = (
    "SELECT DISTINCT partition_id AS month FROM system.parts"
    " WHERE active AND database = currentDatabase() AND table = 'samples'"
)


def month_of(instant: int) -> str:
    """The partition an instant [ms] lies in."""
    return f"{_EPOCH + timedelta(milliseconds=instant):%Y%m}"
