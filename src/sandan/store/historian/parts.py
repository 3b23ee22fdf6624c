"""What the samples of one point and bucket come to: enough for every rollup, and it adds up.

The same parts come out of samples and out of the hours left of forgotten months; several points,
nodes or hours are put together by adding parts. A question asks only for those its rollups need:
each costs a pass over millions of groups.
"""
# ruff: noqa: S608  # only numbers, instants and constants of this package enter the text

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sandan.store.historian import exact
from sandan.store.historian.calendar import STEPS, Step
from sandan.store.historian.questions import Question, folded, milliseconds, numbers
from sandan.twin.model import Quality
from sandan.twin.tables import Rollup


@dataclass(frozen=True, slots=True)
class Part:
    """A column: its type on disk, how it is made of samples, how it is made of rows `p` of parts."""

    name: str
    type: str
    of_samples: str
    of_parts: str


_PARTS = {
    part.name: part
    for part in (
        *(Part(n, "Int64", sql, f"sum(p.{n})") for n, sql in exact.cut("value").items()),
        Part("minimum", "Float64", "min(value)", "min(p.minimum)"),
        Part("maximum", "Float64", "max(value)", "max(p.maximum)"),
        Part("last", "Float64", "argMax(value, start)", "argMax(p.last, p.last_start)"),
        Part("last_start", "Int64", "toUnixTimestamp64Milli(max(start))", "max(p.last_start)"),
        Part("count", "UInt64", "count()", "sum(p.count)"),
        Part("east", "Float64", "sumKahan(sin(radians(value)))", "sumKahan(p.east)"),
        Part("north", "Float64", "sumKahan(cos(radians(value)))", "sumKahan(p.north)"),
    )
}

TYPES: Mapping[str, str] = {part.name: part.type for part in _PARTS.values()}
PARTS = ", ".join(_PARTS)

_NEEDED: Mapping[Rollup, tuple[str, ...]] = {
    "sum": exact.LIMBS,
    "mean": exact.LIMBS,
    "max": ("maximum",),
    "last": ("last", "last_start"),
    "direction": ("east", "north"),
}

_OF_ONE_POINT: Mapping[Rollup, str] = {
    "mean": f"({exact.rounded('p')} / p.count)",
    "max": "p.maximum",
    "last": "p.last",
}
"""What is added up over points, where it is not the samples themselves."""


def each(question: Question, step: Step, rollups: Collection[Rollup], *, hours: bool) -> str:
    """A row a point and bucket, with the parts these rollups need and the extremes."""
    names = {name for rollup in rollups for name in _NEEDED[rollup]} | {"minimum", "maximum", "count"}
    return _parts(question, step, names, "point, bucket", hours=hours)


def across(question: Question, step: Step, rollup: Rollup, *, hours: bool) -> str:
    """A row a bucket, the points added up."""
    names = {*_NEEDED[rollup], "count"}
    if rollup == "sum":
        return _parts(question, step, names, "bucket", hours=hours)
    limbs = ", ".join(f"{sql} AS {name}" for name, sql in exact.cut(_OF_ONE_POINT[rollup]).items())
    of_points = _parts(question, step, names, "point, bucket", hours=hours)
    return (
        f"SELECT p.bucket AS bucket, {limbs}, sum(p.count) AS count FROM ({of_points}) AS p GROUP BY bucket"
    )


def leave_hours(question: Question) -> str:
    """Write down the hours of what is about to be forgotten."""
    of_samples = _of_samples(question, STEPS["1h"], list(_PARTS.values()), "point, bucket")
    return (
        f"INSERT INTO hours (stream, point, hour, {PARTS})"
        f" SELECT '{question.stream}', point, bucket, {PARTS} FROM ({of_samples})"
    )


def _parts(question: Question, step: Step, names: Collection[str], by: str, *, hours: bool) -> str:
    """The parts by point and bucket or by bucket; with `hours`, forgotten months answer too."""
    parts = [part for part in _PARTS.values() if part.name in names]
    samples = _of_samples(question, step, parts, by)
    if not hours:
        return samples
    assert question.points is not None
    assert question.period is not None
    columns = ", ".join(part.name for part in parts)
    left = (
        f"SELECT point, {step.bucket_of_hour} AS bucket, {columns} FROM hours FINAL"
        f" WHERE stream = '{question.stream}' AND point IN ({numbers(question.points)})"
        f" AND hour >= {milliseconds(question.period.start)} AND hour < {milliseconds(question.period.end)}"
    )
    added = ", ".join(f"{part.of_parts} AS {part.name}" for part in parts)
    return (
        f"SELECT {by}, {added} FROM (SELECT {by}, {columns} FROM ({samples})"
        f" UNION ALL SELECT {by}, {columns} FROM ({left})) AS p GROUP BY {by}"
    )


def _of_samples(question: Question, step: Step, parts: Collection[Part], by: str) -> str:
    made = ", ".join(f"{part.of_samples} AS {part.name}" for part in parts)
    key = by.replace("bucket", f"{step.bucket} AS bucket")
    newest = folded(question, "point, start, value, quality")
    return f"SELECT {key}, {made} FROM ({newest}) WHERE quality < {int(Quality.BAD)} GROUP BY {by}"
