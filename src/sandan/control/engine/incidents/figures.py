"""The times of an incident: from first detection to closing, each with who set it.

Somebody is told by a notice that left, or when a person says so with its time: a call that reached them,
the report the law asks for. A step that was ticked off is a step; a decision to tell is not yet a telling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sandan.control.model.incidents import Case, ClockKind, Entry, Source
from sandan.words import Text

MARKS = {
    "detected": Text("최초 감지", "First detected"),
    "raised": Text("경보 발생", "Alarm raised"),
    "acknowledged": Text("경보 확인", "Acknowledged"),
    "opened": Text("사건 열기", "Incident opened"),
    "told": Text("최초 전파", "First told"),
    "reported": Text("법정 신고", "Reported by law"),
    "contained": Text("통제", "Contained"),
    "closed": Text("종결", "Closed"),
}
"""The moments of an incident in their usual order."""
STATED = frozenset({"CallReached", "LegalClockAnswered"})
"""Kinds of event by which a person says that somebody was told."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One moment; `at` is None where it did not come, or nobody said."""

    id: str
    at: datetime | None
    clock: ClockKind

    @property
    def name(self) -> Text:
        return MARKS[self.id]


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds between two moments that both came; negative when they came the other way round."""

    first: Mark
    last: Mark
    seconds: float


def marks_of(case: Case) -> list[Mark]:
    """Every moment of `MARKS`, in that order."""
    incident = case.incident
    told, teller = _first_told(case)
    reported, reporter = min(
        (
            (one.answered_at, _setter(one.answered_at, one.written_at))
            for one in case.clocks
            if one.answered_at is not None and not one.exempt
        ),
        default=(None, ClockKind.PERSON),
    )
    contained = {line.at: line.written for line in case.timeline if line.kind == "IncidentContained"}
    since = incident.contained_at
    return [
        Mark("detected", incident.detected_at, incident.detected_by),
        Mark("raised", incident.raised_at, ClockKind.SANDAN),
        Mark("acknowledged", case.acknowledged_at, ClockKind.SANDAN),
        Mark("opened", incident.opened_at, ClockKind.SANDAN),
        Mark("told", told, teller),
        Mark("reported", reported, reporter),
        Mark("contained", since, ClockKind.PERSON if since is None else _setter(since, contained.get(since))),
        Mark("closed", incident.closed_at, ClockKind.SANDAN),
    ]


def mark_of(case: Case, id: str) -> Mark:
    """One moment of `MARKS`."""
    return next(mark for mark in marks_of(case) if mark.id == id)


def _first_told(case: Case) -> tuple[datetime | None, ClockKind]:
    """When somebody was first told; what a test only put on record counts where nothing else does."""
    told = [(_sent_at(line), ClockKind.NOTICE) for line in case.timeline if line.kind == "NoticeDelivered"]
    told += [(line.at, _setter(line.at, line.written)) for line in case.timeline if line.kind in STATED]
    kept = [(_sent_at(line), ClockKind.RECORDED) for line in case.timeline if line.kind == "NoticeRecorded"]
    return min(told or kept, default=(None, ClockKind.NOTICE))


def _sent_at(line: Entry) -> datetime:
    """When the gateway took it: several that ended together are written down at once."""
    said = line.payload.get("at")
    return datetime.fromisoformat(said) if isinstance(said, str) else line.at


def _setter(at: datetime, written: datetime | None) -> ClockKind:
    """Who set a moment that a person could have stated: Sandan's clock where they only pressed."""
    return ClockKind.SANDAN if at == written else ClockKind.PERSON


def spans_of(marks: Sequence[Mark]) -> list[Span]:
    """From each moment that came to the next that came."""
    came = [(mark, mark.at) for mark in marks if mark.at is not None]
    return [Span(a, b, (end - start).total_seconds()) for (a, start), (b, end) in pairwise(came)]


def since_detection(marks: Sequence[Mark]) -> dict[str, float]:
    """Seconds from first detection to each moment that came."""
    start = marks[0].at
    assert start is not None, "every incident was detected"
    return {mark.id: (mark.at - start).total_seconds() for mark in marks if mark.at is not None}


def from_alarm(case: Case) -> bool:
    """Whether an instrument detected it; otherwise there is no alarm to raise or acknowledge."""
    return case.incident.source is Source.ALARM
