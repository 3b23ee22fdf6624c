"""The times of an incident: from first detection to closing, each with whose clock it was read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sandan.control.model.incidents import Case, ClockKind, Source
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
TOLD = frozenset({"PeopleTold", "NoticeSent", "NoticesSent", "PersonCalled", "CallReached"})
"""Kinds of event that say somebody was told; Sandan wrote them itself."""


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
    reported = [one.answered_at for one in case.clocks if one.answered_at is not None and not one.exempt]
    return [
        Mark("detected", incident.detected_at, incident.detected_by),
        Mark("raised", incident.raised_at, ClockKind.SANDAN),
        Mark("acknowledged", case.acknowledged_at, ClockKind.SANDAN),
        Mark("opened", incident.opened_at, ClockKind.SANDAN),
        Mark("told", told, teller),
        Mark("reported", min(reported, default=None), ClockKind.PERSON),
        Mark("contained", incident.contained_at, ClockKind.PERSON),
        Mark("closed", incident.closed_at, ClockKind.SANDAN),
    ]


def _first_told(case: Case) -> tuple[datetime | None, ClockKind]:
    """When somebody outside was first told: as Sandan sent it, or as a person ticked it off."""
    sent = [entry.at for entry in case.timeline if entry.kind in TOLD]
    ticked = [task.done_at for task in case.tasks if task.tell and task.done_at and task.skipped is None]
    first = min((at for at in (*sent, *ticked)), default=None)
    return first, ClockKind.SANDAN if first in sent else ClockKind.PERSON


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
