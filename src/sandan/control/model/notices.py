"""What is told, to whom, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sandan.control.model.contacts import ChannelKind, Circle
from sandan.words import Language, Text


class Phase(StrEnum):
    """What a message is for."""

    FIRST = "first"
    UPDATE = "update"
    ADVISE = "advise"
    SHELTER = "shelter"
    EVACUATE = "evacuate"
    CLEAR = "clear"
    DRILL = "drill"
    TEST = "test"


PHASE_NAMES: dict[Phase, Text] = {
    Phase.FIRST: Text("최초 전파", "First report"),
    Phase.UPDATE: Text("상황 변동", "Update"),
    Phase.ADVISE: Text("인근 알림", "Advice to neighbours"),
    Phase.SHELTER: Text("실내대피", "Shelter indoors"),
    Phase.EVACUATE: Text("대피", "Evacuate"),
    Phase.CLEAR: Text("상황 종료", "All clear"),
    Phase.DRILL: Text("훈련 알림", "Drill announced"),
    Phase.TEST: Text("시험 전송", "Test message"),
}
WARNINGS = frozenset({Phase.ADVISE, Phase.SHELTER, Phase.EVACUATE, Phase.CLEAR})
"""Phases in which those in the area are warned whether or not the incident is theirs."""
UNANSWERED = frozenset({Phase.CLEAR, Phase.TEST})
"""Phases after which nobody is chased for an answer."""


class Mode(StrEnum):
    """Whether messages leave the house: `[control] telling`."""

    OFF = "off"
    TEST = "test"
    LIVE = "live"


class DeliveryState(StrEnum):
    """How far a message has come on one channel."""

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    RECORDED = "recorded"
    FAILED = "failed"
    OFF = "off"


DELIVERY_NAMES: dict[DeliveryState, Text] = {
    DeliveryState.WAITING: Text("전송 대기", "Waiting"),
    DeliveryState.SENDING: Text("전송 중", "Sending"),
    DeliveryState.DELIVERED: Text("게이트웨이 접수", "Accepted by the gateway"),
    DeliveryState.RECORDED: Text("(시험) 밖으로 나가지 않음", "(Test) did not leave the house"),
    DeliveryState.FAILED: Text("전송 실패", "Failed"),
    DeliveryState.OFF: Text("전송 꺼짐", "Sending is off"),
}


class Answer(StrEnum):
    """What a recipient pressed; `WRONG` is no answer of the organisation, which is still waited for."""

    SEEN = "seen"
    HELP = "help"
    WRONG = "wrong"


ANSWER_NAMES: dict[Answer, Text] = {
    Answer.SEEN: Text("확인했습니다", "I have read this"),
    Answer.HELP: Text("도움 필요", "I need help"),
    Answer.WRONG: Text("우리에게 올 알림이 아닙니다", "This is not for us"),
}


class Standing(StrEnum):
    """How far a notice has come, those that need somebody first."""

    HELP = "help"
    LATE = "late"
    WRONG = "wrong"
    WAITING = "waiting"
    READ = "read"
    CONFIRMED = "confirmed"
    KNOWN = "known"


STANDING_NAMES: dict[Standing, Text] = {
    Standing.HELP: Text("도움 필요", "Need help"),
    Standing.LATE: Text("답 없음", "No answer"),
    Standing.WRONG: Text("받을 곳이 아님", "Not for them"),
    Standing.WAITING: Text("답 기다림", "Waiting"),
    Standing.READ: Text("열람", "Read"),
    Standing.CONFIRMED: Text("확인함", "Confirmed"),
    Standing.KNOWN: Text("기관에서 확인", "Organisation knows"),
}


class CallOutcome(StrEnum):
    """How a call made by a person ended."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    MESSAGE = "message"
    WRONG = "wrong"


CALL_NAMES: dict[CallOutcome, Text] = {
    CallOutcome.REACHED: Text("통화함", "Reached"),
    CallOutcome.NO_ANSWER: Text("받지 않음", "No answer"),
    CallOutcome.BUSY: Text("통화 중", "Busy"),
    CallOutcome.MESSAGE: Text("음성 남김", "Left a message"),
    CallOutcome.WRONG: Text("번호 틀림", "Wrong number"),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What of an incident somebody is told: taken from it at that moment, and kept with the notice.

    `tenants` are the firms it concerns (ids of things); `area` the firms inside the area that a public
    warning covers; `named` those that agreed to be named to others. `participants` are the groups that
    take part in a drill; nobody else is told of it.
    """

    id: str
    kind: str
    kind_name: Text
    level: int
    title: str
    place: str
    detected: datetime
    tenants: frozenset[str] = frozenset()
    area: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    drill: bool = False
    participants: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A title and a text in one language, with `$names` to be filled in."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Template:
    """What is said to a circle in a phase of a kind of incident; kind `*` is for every other kind."""

    kind: str
    phase: Phase
    circle: Circle
    ko: Words
    en: Words
    version: int = 0
    """0: as shipped; otherwise the number of the change that made it."""

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.phase}:{self.circle}"

    def in_(self, language: Language) -> Words:
        return self.ko if language == "ko" else self.en


@dataclass(frozen=True, slots=True)
class Request:
    """A decision to tell: which phase, at which level, whom.

    Without `contacts` those are told whom the level calls for, of them only `groups` when there are any;
    with `contacts` exactly those. `steps` are the tasks of the incident that it is for, by number. `key`
    makes sending the same form twice one decision.
    """

    phase: Phase
    level: int
    contacts: frozenset[str] | None = None
    groups: frozenset[str] = frozenset()
    note: str = ""
    key: str = ""
    steps: frozenset[int] = frozenset()
    at_once: bool = False
    """Whether somebody decided that quiet hours do not hold it back."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice as it would be sent to one contact; `{link}` stands where its own link will be."""

    contact: str
    organisation: str
    post: str
    circle: Circle
    tenant: str | None
    language: Language
    title: str
    text: str
    template: str


@dataclass(frozen=True, slots=True)
class Telling:
    """A decision to tell that was taken, with what was known then."""

    id: str
    subject: Subject
    phase: Phase
    level: int
    mode: Mode
    note: str
    by: str
    at: datetime
    escalates: int | None = None
    """The notice nobody answered, when this telling came of it."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to one contact."""

    id: int
    telling: str
    incident: str
    contact: str
    organisation: str
    post: str
    tenant: str | None
    language: Language
    title: str
    text: str
    template: str
    token: str = field(repr=False)
    told: datetime
    phase: Phase
    level: int
    drill: bool
    answer_by: datetime | None = None
    read: datetime | None = None
    answer: Answer | None = None
    answered: datetime | None = None
    escalated: datetime | None = None

    @property
    def page(self) -> str:
        """Where what it is about is dealt with: a work permit, or an incident."""
        kind = "permits" if self.incident.startswith("WP-") else "incidents"
        return f"/control/{kind}/{self.incident}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice on its way over one channel."""

    id: int
    notice: int
    kind: ChannelKind
    gateway: str
    address: str
    outside: bool
    """Decided when it was told: False never leaves the house, whatever the setting says later."""
    state: DeliveryState
    due: datetime
    attempts: int = 0
    error: str = ""
    done: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to send a delivery; `ended` is empty when the process died during it."""

    delivery: int
    number: int
    at: datetime
    ended: datetime | None
    state: DeliveryState
    error: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that a person made."""

    id: int
    incident: str
    contact: str
    organisation: str
    post: str
    tenant: str | None
    at: datetime
    by: str
    outcome: CallOutcome
    text: str = ""


@dataclass(frozen=True, slots=True)
class Pace:
    """How stubbornly a message is sent: waits after each failure, and when to give up."""

    waits: tuple[timedelta, ...] = tuple(timedelta(seconds=s) for s in (5, 15, 30, 60, 120, 300))
    give_up: timedelta = timedelta(hours=1)
    lease: timedelta = timedelta(seconds=90)
    """After so long an attempt that has not ended is taken to have died with its process."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a message of one kind may be: bytes of EUC-KR, as Korean gateways count."""

    sms_bytes: int = 90
    lms_bytes: int = 2000


@dataclass(frozen=True, slots=True)
class Escalation:
    """A notice nobody answered in time; `next` is who is told now, empty when the tree is at its end."""

    notice: Notice
    late: timedelta
    next: str | None
    call: tuple[str, ...] = ()
    """Contacts of the organisation with a telephone, in the order of the tree."""
