"""An alarm as it stands, what can happen to it, and what is written down of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sandan.control.model.alarms.kinds import Priority
from sandan.words import Text


class Verdict(StrEnum):
    """What an occurrence turned out to be, as a person judged it."""

    REAL = "real"
    FALSE = "false"
    TEST = "test"


VERDICTS: Mapping[Verdict, Text] = {
    Verdict.REAL: Text("실제 상황", "Real"),
    Verdict.FALSE: Text("오경보", "False alarm"),
    Verdict.TEST: Text("시험·정비", "Test or maintenance"),
}


class AlarmState(StrEnum):
    """The states of an alarm, with the letters of the figure in ISA-18.2."""

    NORMAL = "normal"
    """A"""
    UNACKNOWLEDGED = "unacknowledged"
    """B"""
    ACKNOWLEDGED = "acknowledged"
    """C"""
    RETURNED = "returned"
    """D: back to normal before anybody acknowledged."""
    LATCHED_UNACKNOWLEDGED = "latched_unacknowledged"
    """E"""
    LATCHED = "latched"
    """F: acknowledged and back to normal, but to be reset by hand."""
    SHELVED = "shelved"
    """G"""
    SUPPRESSED = "suppressed"
    """H: suppressed by design."""
    OUT_OF_SERVICE = "out_of_service"
    """I"""


ALARM_STATES: Mapping[AlarmState, Text] = {
    AlarmState.NORMAL: Text("정상", "Normal"),
    AlarmState.UNACKNOWLEDGED: Text("미확인", "Unacknowledged"),
    AlarmState.ACKNOWLEDGED: Text("확인", "Acknowledged"),
    AlarmState.RETURNED: Text("복귀·미확인", "Returned, unacknowledged"),
    AlarmState.LATCHED_UNACKNOWLEDGED: Text("유지·미확인", "Latched, unacknowledged"),
    AlarmState.LATCHED: Text("유지·확인", "Latched, acknowledged"),
    AlarmState.SHELVED: Text("보류", "Shelved"),
    AlarmState.SUPPRESSED: Text("설계상 억제", "Suppressed by design"),
    AlarmState.OUT_OF_SERVICE: Text("사용 중지", "Out of service"),
}
ASIDE = frozenset({AlarmState.SHELVED, AlarmState.SUPPRESSED, AlarmState.OUT_OF_SERVICE})
"""States in which an alarm was set aside: nobody is asked for anything."""


class Act(StrEnum):
    """What can happen to an alarm: to its condition, by its design, or by a person."""

    RAISE = "raise"
    RETURN = "return"
    FIND = "find"
    """Late data shows an occurrence that began and ended in the past."""
    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    EXPIRE = "expire"
    SUPPRESS = "suppress"
    RELEASE = "release"
    TAKE_OUT = "take_out"
    PUT_BACK = "put_back"


ACTS: Mapping[Act, Text] = {
    Act.RAISE: Text("발생", "Raised"),
    Act.RETURN: Text("정상 복귀", "Returned to normal"),
    Act.FIND: Text("늦은 자료로 확인된 발생", "Found in late data"),
    Act.ACKNOWLEDGE: Text("확인", "Acknowledged"),
    Act.RESET: Text("유지 해제", "Reset"),
    Act.SHELVE: Text("보류", "Shelved"),
    Act.UNSHELVE: Text("보류 해제", "Unshelved"),
    Act.EXPIRE: Text("보류 만료", "Shelf expired"),
    Act.SUPPRESS: Text("설계상 억제", "Suppressed by design"),
    Act.RELEASE: Text("억제 해제", "Released"),
    Act.TAKE_OUT: Text("사용 중지", "Taken out of service"),
    Act.PUT_BACK: Text("사용 재개", "Put back in service"),
}
BY_PEOPLE = frozenset({Act.ACKNOWLEDGE, Act.RESET, Act.SHELVE, Act.UNSHELVE, Act.TAKE_OUT, Act.PUT_BACK})


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to an alarm.

    `occurrence` is what the person who acknowledges was looking at; `until` when a shelf ends;
    `reason` why it was set aside; `began` when the condition did, when that is not now; `value` the
    number that tripped the rule.
    """

    act: Act
    occurrence: int | None = None
    until: datetime | None = None
    reason: str = ""
    began: datetime | None = None
    value: float | None = None
    late: bool = False


def alarm_id(rule: str, point: str) -> str:
    """The id of the alarm of a rule on a point."""
    return f"{rule}@{point}"


def rule_of(alarm: str) -> str:
    """The rule that the id of an alarm names."""
    return alarm.partition("@")[0]


@dataclass(frozen=True, slots=True)
class Alarm:
    """One rule on one point, and what has become of it.

    `occurrence` counts how often the condition came; `shown` is the last one that was meant for
    people (not suppressed by design, not out of service); `acknowledged` is the last that somebody
    acknowledged, so that an acknowledgement can never reach past what its actor saw. `tenant` is
    whose point it is, `priority` that of the rule when the alarm last came.
    """

    rule: str
    point: str
    tenant: str | None = None
    priority: Priority = Priority.MEDIUM
    latching: bool = False
    active: bool = False
    occurrence: int = 0
    shown: int = 0
    acknowledged: int = 0
    latched: bool = False
    shelved_until: datetime | None = None
    suppressed_by: str | None = None
    out_of_service: str | None = None
    raised: datetime | None = None
    returned: datetime | None = None
    value: float | None = None
    late: bool = False

    @property
    def id(self) -> str:
        return alarm_id(self.rule, self.point)

    @property
    def unacknowledged(self) -> bool:
        return self.acknowledged < self.occurrence

    @property
    def underlying(self) -> AlarmState:
        """The state it would have, were it not set aside."""
        if self.active:
            return AlarmState.UNACKNOWLEDGED if self.unacknowledged else AlarmState.ACKNOWLEDGED
        if self.latched:
            return AlarmState.LATCHED_UNACKNOWLEDGED if self.unacknowledged else AlarmState.LATCHED
        return AlarmState.RETURNED if self.unacknowledged else AlarmState.NORMAL

    def state(self, now: datetime) -> AlarmState:
        """The state at `now`; a shelf whose time is over is over, whether or not anybody said so."""
        if self.out_of_service is not None:
            return AlarmState.OUT_OF_SERVICE
        if self.suppressed_by is not None:
            return AlarmState.SUPPRESSED
        if self.shelved_until is not None and now < self.shelved_until:
            return AlarmState.SHELVED
        return self.underlying


@dataclass(frozen=True, slots=True)
class Transition:
    """What happened to an alarm, when, by whom, and from which state to which."""

    alarm: str
    act: Act
    before: AlarmState
    after: AlarmState
    at: datetime
    by: str
    occurrence: int
    event: Event = field(default_factory=lambda: Event(Act.RAISE))


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an event does not apply to an alarm as it stands."""

    alarm: str
    act: Act
    state: AlarmState
    text: Text
