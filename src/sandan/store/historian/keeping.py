"""The Historian: what the rest of Sandan asks of it, put to one engine or to a cluster.

`append` is durable when it returns; nothing is overwritten; every read takes `as_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandan.clock import Period
from sandan.errors import Conflict, Finding, InvalidInput
from sandan.store.historian import copying, exact, parts, questions, rolling
from sandan.store.historian.calendar import step
from sandan.store.historian.questions import Question
from sandan.store.historian.retention import Retention, month_start
from sandan.twin.model import Point
from sandan.twin.samples import SAMPLES, Stream
from sandan.words import Text

SourceNumbers = Callable[[Stream], Collection[int]]
"""The registry's source numbers of one stream."""

KEYS = ("point", "start", "source")
HELD = pa.schema([SAMPLES.field(n) for n in ("point", "start", "source", "known_at", "value", "quality")])

_KEYS_AT_ONCE = 20_000
_LISTED = 2_000
_LOOK_BACK = (timedelta(days=32), timedelta(days=366))
"""How far a look at the past goes first: what a point last said is rarely older."""


class Nodes(Protocol):
    """Where the rows are: one engine, or shards of several."""

    def gather(self, sql: str) -> list[pa.Table]:
        """The answer of every shard."""

    def stream(self, sql: str) -> Iterator[pa.RecordBatch]: ...

    def append(self, batch: pa.Table, table: str = "samples") -> None: ...

    def command(self, sql: str) -> None: ...

    def states(self) -> Mapping[str, str]:
        """How each node stands; nothing to tell of an engine in this process."""

    def close(self) -> None: ...


class Historian:
    """Samples kept for good."""

    def __init__(self, nodes: Nodes, sources: SourceNumbers, retention: Retention) -> None:
        self._nodes = nodes
        self._sources = sources
        self.retention = retention

    def append(self, batch: pa.Table) -> None:
        """Keep a batch of SAMPLES; on disk when this returns, and not acknowledged if it raises."""
        checked = _checked(batch)
        if checked.num_rows:
            self._nodes.append(checked)

    def latest(
        self,
        points: Sequence[Point] | None = None,
        *,
        as_of: datetime | None = None,
        stream: Stream = Stream.ACTUAL,
    ) -> pa.Table:
        """The newest sample of each point by `start` [SAMPLES], for all points or for these."""
        sources = self._sources(stream)
        if not sources or (points is not None and not points):
            return SAMPLES.empty_table()
        if points is not None and len(points) > _LISTED:
            # The table holds one row a point and source: reading it whole beats naming so many.
            asked = pa.array([point.number for point in points], pa.uint32())
            rows = self.latest(as_of=as_of, stream=stream)
            return rows.filter(pc.is_in(rows["point"], asked))
        numbers = None if points is None else [point.number for point in points]
        if as_of is None:
            return _as(self._ask(questions.latest(numbers, sources, stream)), SAMPLES, "point")
        question = Question(numbers, sources, stream, as_of=as_of)
        rows = self._ask(questions.latest_unless_later(question))
        later = pc.equal(rows["later"], 1)
        earlier = self._as_known(replace(question, points=rows.filter(later)["point"].to_pylist()))
        known = _as(rows.filter(pc.invert(later)), SAMPLES)
        return _as(pa.concat_tables([known, *earlier]), SAMPLES, "point")

    def _as_known(self, question: Question) -> list[pa.Table]:
        """What these points had last said at `as_of`, looking back step by step."""
        found: list[pa.Table] = []
        points, as_of = question.points, question.as_of
        assert as_of is not None
        for back in (*_LOOK_BACK, None):
            if not points:
                break
            period = None if back is None else Period(as_of - back, _END)
            asked = replace(question, points=points, period=period)
            rows = _as(self._ask(questions.latest_as_known(asked)), SAMPLES)
            found.append(rows)
            points = sorted(set(points) - set(rows["point"].to_pylist()))
        return found

    def scan(
        self,
        points: Sequence[Point],
        period: Period,
        *,
        as_of: datetime | None = None,
        stream: Stream = Stream.ACTUAL,
        revisions: bool = False,
    ) -> pa.Table:
        """The samples as known at `as_of` [SAMPLES], ordered by point and start.

        `revisions` gives every row kept instead of the newest for each start, oldest knowledge first.
        """
        question = self._question(points, period, as_of, stream)
        if question is None:
            return SAMPLES.empty_table()
        if revisions:
            return _as(self._ask(questions.revisions(question)), SAMPLES, *_REVISION_ORDER)
        return _as(self._ask(questions.scan(question)), SAMPLES, "point", "start")

    def roll(
        self,
        points: Sequence[Point],
        period: Period,
        every: str,
        *,
        as_of: datetime | None = None,
        stream: Stream = Stream.ACTUAL,
        across: bool = False,
    ) -> pa.Table:
        """Samples combined by calendar step in Seoul [rolling.ROLLED, or ROLLED_ACROSS].

        `value` follows the quantity's rollup; bad samples are not counted; an empty bucket has no row.
        `across` adds the points up to one series; that has no extremes: roll by the points' own
        interval and take the greatest.
        """
        size = step(every)
        rollup = rolling.rollup_across(points) if across else None
        question = self._question(points, period, as_of, stream)
        if question is None:
            return (rolling.ROLLED_ACROSS if across else rolling.ROLLED).empty_table()
        hours = size.holds_hours and self._forgotten(stream) > questions.milliseconds(period.start)
        if rollup is not None:
            rows = self._ask(parts.across(question, size, rollup, hours=hours))
            return rolling.roll_across(rows, points, size)
        kinds = set(rolling.rollups(points).values())
        rows = self._ask(parts.each(question, size, kinds, hours=hours))
        return rolling.roll_each(_sorted(rows, "point", "bucket"), points, size)

    def holds(self, keys: pa.Table) -> pa.Table:
        """The newest row known for each (point, start, source) that is kept [HELD]."""
        found = [HELD.empty_table()]
        keys = keys.select(KEYS).group_by(list(KEYS)).aggregate([])
        for offset in range(0, keys.num_rows, _KEYS_AT_ONCE):
            rows = self._ask(questions.holds(keys.slice(offset, _KEYS_AT_ONCE)))
            found.append(_as(rows, HELD))
        return pa.concat_tables(found)

    def count(self) -> int:
        """How many samples are kept, each once however often it was delivered."""
        return self._number("SELECT count() AS n FROM samples FINAL")

    def size(self) -> int:
        """Bytes on disk [B], of all copies."""
        return self._number(
            "SELECT sum(bytes_on_disk) AS n FROM system.parts WHERE active AND database = currentDatabase()"
        )

    @property
    def nodes(self) -> Mapping[str, str]:
        """The nodes of a cluster and how they stand: live, behind or away."""
        return self._nodes.states()

    def retain(self, now: datetime) -> None:
        """Forget what the retention no longer keeps."""
        for stream in Stream:
            before = self.retention.cutoff(stream, now)
            if before is not None:
                self.forget(before, stream)

    def forget(self, before: datetime, *streams: Stream) -> None:
        """Forget the whole months before the one `before` lies in, of these streams or of all.

        Their hours are written down first, if the retention says so.
        """
        cutoff = month_start(before)
        streams = tuple(s for s in streams or Stream if self._forgotten(s) < questions.milliseconds(cutoff))
        for stream in streams:
            sources = self._sources(stream)
            if sources and self.retention.leave_hours:
                past = Question(None, sources, stream, Period(_BEGINNING, cutoff))
                self._nodes.command(parts.leave_hours(past))
            self._nodes.append(questions.forgetting(stream, cutoff), "forgotten")
        everyones = questions.month_of(min(self._forgotten(stream) for stream in Stream))
        for month in self._months():
            if month < everyones:
                self._nodes.command(f"ALTER TABLE samples DROP PARTITION ID '{month}'")
        for stream in streams:
            for statement in questions.delete(self._sources(stream), cutoff):
                self._nodes.command(statement)

    def _forgotten(self, stream: Stream) -> int:
        """Before when [ms] the samples of a stream were forgotten."""
        found: list[int] = self._ask(questions.forgotten_before(stream))["n"].to_pylist()
        return max(found, default=0)

    def _months(self) -> list[str]:
        return sorted(set(self._ask(questions.MONTHS)["month"].to_pylist()))

    def backup(self, folder: Path) -> None:
        """Copy everything into a new folder while samples go on arriving: see `copying`."""
        copying.back_up(self._nodes, folder)

    def restore(self, folder: Path) -> None:
        """Take everything from a backup; this historian must be empty."""
        if self.count():
            raise Conflict(
                Text(
                    "계측 저장소가 비어 있지 않습니다. 빈 곳에 복원하십시오.",
                    "the historian is not empty: restore into a new one.",
                )
            )
        copying.restore(self._nodes, folder)

    def close(self) -> None:
        """Let go of the engine; harmless when done twice."""
        self._nodes.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _question(
        self, points: Sequence[Point], period: Period, as_of: datetime | None, stream: Stream
    ) -> Question | None:
        """What to ask, or nothing when no row can match."""
        sources = self._sources(stream)
        numbers = sorted({point.number for point in points})
        return Question(numbers, sources, stream, period, as_of) if numbers and sources else None

    def _ask(self, sql: str) -> pa.Table:
        return pa.concat_tables(self._nodes.gather(sql))

    def _number(self, sql: str) -> int:
        return sum(self._ask(sql)["n"].to_pylist())


_BEGINNING, _END = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_REVISION_ORDER = ("point", "start", "known_at", "source", "value", "quality")


def _as(rows: pa.Table, schema: pa.Schema, *order: str) -> pa.Table:
    """`rows` in the contract's shape; sorted when several nodes may have answered."""
    table = rows.select(schema.names).cast(schema)
    return _sorted(table, *order) if order else table


def _sorted(rows: pa.Table, *order: str) -> pa.Table:
    return rows.sort_by([(name, "ascending") for name in order])


def _checked(batch: pa.Table) -> pa.Table:
    """The batch, or every finding about its shape."""
    findings = [
        Finding(
            field.name,
            Text(
                f"'{field.name}' 열이 {field.type} 형이 아니거나 비어 있습니다.",
                f"'{field.name}' is not {field.type}, or has nulls.",
            ),
            Text("SAMPLES 스키마로 보내십시오.", "send the SAMPLES schema."),
        )
        for field in SAMPLES
        if field.name not in batch.column_names
        or batch[field.name].type != field.type
        or batch[field.name].null_count
    ]
    if findings:
        raise InvalidInput(findings)
    values = batch["value"].to_numpy()
    if len(values) and not np.abs(values).max() <= exact.LARGEST:  # also true for NaN
        raise InvalidInput.because(
            "value",
            Text("값이 숫자가 아니거나 너무 큽니다.", "a value is not a number, or is too large."),
            Text(
                f"크기가 {exact.LARGEST:g} 이하인 값만 보내십시오.", f"send values up to {exact.LARGEST:g}."
            ),
        )
    return batch.select(SAMPLES.names)
