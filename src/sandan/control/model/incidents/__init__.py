"""An incident: what happened, who has it in hand, what was done about it and by when.

What happened step by step is in the events, with the incident as subject: they are its timeline, and
cannot be changed afterwards. Here is how it stands now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sandan.words import Text

NOBODY = Text("", "")


class IncidentState(StrEnum):
    """Where an incident is between opening and closing."""

    OPEN = "open"
    CONTAINED = "contained"
    CLOSED = "closed"
    MERGED = "merged"


STATE_NAMES: Mapping[IncidentState, Text] = {
    IncidentState.OPEN: Text("대응 중", "Open"),
    IncidentState.CONTAINED: Text("수습 중", "Contained"),
    IncidentState.CLOSED: Text("종결", "Closed"),
    IncidentState.MERGED: Text("병합됨", "Merged"),
}
ACTIVE = frozenset({IncidentState.OPEN, IncidentState.CONTAINED})
"""States in which something is still to be done."""


class Source(StrEnum):
    """How the control room came to know."""

    ALARM = "alarm"
    CALL = "call"
    COMPLAINT = "complaint"
    CAMERA = "camera"
    WORKER = "worker"


SOURCE_NAMES: Mapping[Source, Text] = {
    Source.ALARM: Text("경보", "Alarm"),
    Source.CALL: Text("전화", "Call"),
    Source.COMPLAINT: Text("민원", "Complaint"),
    Source.CAMERA: Text("영상", "Camera"),
    Source.WORKER: Text("현장 근로자", "Worker's report"),
}


class ClockKind(StrEnum):
    """Who set a moment. Only a person can choose one; what they press without a time, Sandan's clock sets."""

    SENSOR = "sensor"
    SANDAN = "sandan"
    PERSON = "person"
    NOTICE = "notice"
    RECORDED = "recorded"


CLOCK_NAMES: Mapping[ClockKind, Text] = {
    ClockKind.SENSOR: Text("계측기 시계", "the instrument's clock"),
    ClockKind.SANDAN: Text("산단 시계", "Sandan's clock"),
    ClockKind.PERSON: Text("사람이 말한 시각", "as a person stated"),
    ClockKind.NOTICE: Text("알림이 나간 시각", "a notice that left"),
    ClockKind.RECORDED: Text(
        "시험 알림이 기록된 시각 (나가지 않음)", "a test notice on record (it did not leave)"
    ),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is: a thing of the twin, words, a point in WGS 84 degrees; any may be missing."""

    thing: str | None = None
    words: str = ""
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """What is said when an incident is closed; `loss` in won."""

    cause: str
    measures: str
    deaths: int = 0
    injured: int = 0
    loss: int = 0
    release: bool = False


BOTH = " / "
"""Between the two languages of a drill's title."""


@dataclass(frozen=True, slots=True)
class Incident:
    """How an incident stands. `owner` is the one account that has it in hand.

    `revision` counts the changes two people could make at once (level, owner, place, sketch, state);
    `procedure` is the version of the procedures it was opened with.
    """

    id: str
    kind: str
    state: IncidentState
    drill: bool
    title: str
    level: int
    place: Place
    tenants: tuple[str, ...]
    owner: str
    source: Source
    alarms: tuple[str, ...]
    detected_at: datetime
    detected_by: ClockKind
    opened_at: datetime
    opened_by: str
    procedure: int
    revision: int = 1
    raised_at: datetime | None = None
    contained_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    closing: Closing | None = None
    merged_into: str | None = None
    split_from: str | None = None
    sketch: Mapping[str, Any] | None = None

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def heading(self) -> Text:
        """The title as it is shown: that of a drill is kept in both languages, people write theirs in one."""
        ko, parted, en = self.title.partition(BOTH) if self.drill else (self.title, "", "")
        return Text(ko, en if parted else ko)


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be done: a step of the procedure (`step` names it) or one that was added (`step` empty).

    The time allowed counts from `since`: when the incident was opened, or reached the step's level.
    """

    number: int
    step: str
    level: int
    text: Text
    who: Text
    since: datetime
    within: timedelta | None = None
    next: Text = NOBODY
    """Who is turned to when it is late."""
    tell: tuple[str, ...] = ()
    source: str = ""
    done_at: datetime | None = None
    done_by: str | None = None
    skipped: str | None = None

    @property
    def open(self) -> bool:
        return self.done_at is None

    @property
    def due_at(self) -> datetime | None:
        return None if self.within is None else self.since + self.within


@dataclass(frozen=True, slots=True)
class RunningClock:
    """A legal time limit that runs for an incident; answered by a report or by a reason why none is due."""

    clock: str
    started_at: datetime
    due_at: datetime
    answered_at: datetime | None = None
    written_at: datetime | None = None
    answered_by: str | None = None
    note: str = ""
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture or document of an incident; its content is read on its own."""

    id: int
    name: str
    media_type: str
    size: int
    digest: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Handover:
    """One shift asks the next to take an incident; it is settled when somebody has taken it."""

    id: int
    giver: str
    taker: str
    note: str
    at: datetime
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline: what happened `at`, and when that was `written`."""

    seq: int
    at: datetime
    written: datetime
    actor: str
    kind: str
    text: Text
    payload: Mapping[str, Any] = field(default_factory=dict)
    incident: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """An incident with all that belongs to it, as of one moment."""

    incident: Incident
    tasks: Sequence[Task]
    clocks: Sequence[RunningClock]
    attachments: Sequence[Attachment]
    handovers: Sequence[Handover]
    timeline: Sequence[Entry]
    """Oldest first; with the lines of what was merged into it."""
    acknowledged_at: datetime | None = None
    """When the first of its alarms was acknowledged."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What to call those who acted, by login."""
    alarm_names: Mapping[str, Text] = field(default_factory=dict)
    """What to call its alarms, by id."""
    tellings: Mapping[int, str] = field(default_factory=dict)
    """The decision to tell behind each notice of the timeline, by its number."""
    last_hash: str = ""
    """The hash of its newest line in the chain of events."""

    def named(self, login: str | None) -> str:
        """The name behind a login that the case mentions; the login where there is none."""
        return self.names.get(login, login) if login else ""

    def alarm_name(self, id: str) -> Text:
        """What one of its alarms is called and where it is; its id where that is not known."""
        return self.alarm_names.get(id, Text(id, id))
