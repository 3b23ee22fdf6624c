"""What a drill brings next, and what was made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandan.control.engine.incidents.limits import STANDING_NAMES, Standing, read_limit
from sandan.control.model.drills import Expected, Inject, Pattern, Script
from sandan.control.model.incidents import Entry
from sandan.words import Text

NOT_DONE = Text("하지 않음", "Not done")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one expectation; `at` is None while nothing met it, `points` what it earns."""

    expected: Expected
    due: datetime
    at: datetime | None
    standing: Standing
    points: float

    @property
    def name(self) -> Text:
        return (
            NOT_DONE if self.standing is Standing.LATE and self.at is None else STANDING_NAMES[self.standing]
        )


def due_injects(script: Script, given: int, elapsed: timedelta) -> Sequence[Inject]:
    """The injects from number `given` on whose time has come."""
    return tuple(one for one in script.injects[given:] if one.at <= elapsed)


def fits(entry: Entry, pattern: Pattern) -> bool:
    """Whether a line of the timeline is what a pattern describes."""
    payload = entry.payload

    def number(name: str) -> float:
        value = payload.get(name)
        return float(value) if isinstance(value, (int, float)) else float("-inf")

    def members(name: str) -> Sequence[object]:
        value = payload.get(name)
        return value if isinstance(value, (list, tuple)) else ()

    return (
        entry.kind == pattern.kind
        and all(payload.get(name) == value for name, value in pattern.where.items())
        and all(member in members(name) for name, member in pattern.has.items())
        and all(number(name) >= least for name, least in pattern.least.items())
    )


def judge(
    script: Script, started: datetime, timeline: Sequence[Entry], now: datetime, ended: datetime | None = None
) -> list[Result]:
    """Each expectation against what was done, by when it was written: a drill trusts no stated time.

    In time earns all of its points, late `late_share` of them, not done none. After `ended` nothing
    counts any more.
    """
    until = ended or now
    found = []
    for one in script.expected:
        start = started + one.since
        due = start + one.within
        times = [
            line.written
            for line in timeline
            if start <= line.written <= until and any(fits(line, pattern) for pattern in one.any)
        ]
        at = min(times, default=None)
        face = read_limit(start, due, at, until)
        share = {Standing.MET: 1.0, Standing.MISSED: script.late_share}.get(face.standing, 0.0)
        standing = Standing.LATE if at is None and ended is not None else face.standing
        found.append(Result(one, due, at, standing, one.points * share))
    return found


def score_of(results: Sequence[Result]) -> float:
    """The share of all points that was earned, of 100, to one decimal."""
    total = sum(one.expected.points for one in results)
    return round(100 * sum(one.points for one in results) / total, 1) if total else 0.0
