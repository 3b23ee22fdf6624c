"""The SQL of every read. Pure text: the same for the engine in this process and for each node of a cluster.

Rows are folded here as well as by merges: of the rows for one point and start the newest `known_at`
counts, between equals the greater source, value and quality, so that the answer depends neither on
the order of arrival nor on what has been merged.
"""
# ruff: noqa: S608  # only numbers, instants and constants of this package enter the text

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import pyarrow as pa

from sandan.clock import Period
from sandan.store.historian import exact
from sandan.store.historian.calendar import Step
from sandan.store.historian.tables import COLUMNS
from sandan.twin.model import Quality
from sandan.twin.tables import Rollup

NEWEST_FIRST = "known_at DESC, source DESC, value DESC, quality DESC"


@dataclass(frozen=True, slots=True)
class Question:
    """Which rows a read is about: points and sources by number; `as_of` None means all that is known."""

    points: Collection[int]
    sources: Collection[int]
    period: Period | None = None
    as_of: datetime | None = None

    @property
    def where(self) -> str:
        conditions = [f"point IN ({_numbers(self.points)})", f"source IN ({_numbers(self.sources)})"]
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
    milliseconds = int(at.timestamp()) * 1000 + at.microsecond // 1000
    return f"fromUnixTimestamp64Milli({milliseconds}, 'UTC')"


def _numbers(values: Iterable[int]) -> str:
    return ", ".join(map(str, map(int, values)))


def _folded(question: Question, columns: str) -> str:
    """One row a point and start: the newest."""
    return (
        f"SELECT {columns} FROM samples WHERE {question.where}"
        f" ORDER BY point, start, {NEWEST_FIRST} LIMIT 1 BY point, start"
    )


def scan(question: Question) -> str:
    return _folded(question, COLUMNS)


def revisions(question: Question) -> str:
    """Every row, once each."""
    return (
        f"SELECT {COLUMNS} FROM samples WHERE {question.where}"
        f" ORDER BY point, start, known_at, source, value, quality LIMIT 1 BY {COLUMNS}"
    )


def latest(points: Collection[int] | None, sources: Collection[int]) -> str:
    """The newest sample of each point, and whether a source knew something later than `as_of`."""
    where = f"source IN ({_numbers(sources)})"
    if points is not None:
        where += f" AND point IN ({_numbers(points)})"
    return (
        "SELECT point, best.1 AS start, best.2 AS known_at, best.3 AS source, best.4 AS value,"
        " best.5 AS quality, last_known_at FROM (SELECT point,"
        " max((newest.1, newest.2, source, newest.3, newest.4)) AS best, max(newest.2) AS last_known_at"
        f" FROM latest WHERE {where} GROUP BY point)"
    )


def latest_as_known(question: Question) -> str:
    """The same, from the samples themselves: for an `as_of` before the newest row was known."""
    return (
        f"SELECT {COLUMNS} FROM samples WHERE {question.where}"
        f" ORDER BY point, start DESC, {NEWEST_FIRST} LIMIT 1 BY point"
    )


def holds(keys: pa.Table) -> str:
    """The newest row of each (point, start, source) asked for."""
    points = _numbers(keys["point"].to_pylist())
    starts = _numbers(keys["start"].cast(pa.int64()).to_pylist())
    sources = _numbers(keys["source"].to_pylist())
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


def parts(question: Question, step: Step, *, direction: bool) -> str:
    """What each point's rows of one bucket come to, before the rollup of its quantity is chosen."""
    vector = ", sumKahan(sin(radians(value))) AS east, sumKahan(cos(radians(value))) AS north"
    good = f"SELECT point, start, value FROM ({_folded(question, 'point, start, value, quality')})"
    return (
        f"SELECT point, {step.bucket} AS bucket, {exact.cut('value')},"
        " min(value) AS minimum, max(value) AS maximum, argMax(value, start) AS last,"
        f" count() AS count{vector if direction else ''}"
        f" FROM ({good} WHERE quality < {int(Quality.BAD)}) GROUP BY point, bucket"
    )


def across(question: Question, step: Step, rollup: Rollup) -> str:
    """Those of several points added up, one row a bucket."""
    total = exact.add("total_") if rollup == "sum" else exact.cut(_OF_ONE_POINT[rollup], "total_")
    return (
        f"SELECT bucket, {total}, {exact.cut('minimum', 'minimum_')}, {exact.cut('maximum', 'maximum_')},"
        " sum(count) AS samples"
        f" FROM ({parts(question, step, direction=False)}) GROUP BY bucket ORDER BY bucket"
    )


_OF_ONE_POINT: dict[Literal["mean", "max", "last"] | Rollup, str] = {
    "mean": f"({exact.rounded()} / count)",
    "max": "maximum",
    "last": "last",
}


def ordered_parts(question: Question, step: Step, *, direction: bool) -> str:
    return parts(question, step, direction=direction) + " ORDER BY point, bucket"
