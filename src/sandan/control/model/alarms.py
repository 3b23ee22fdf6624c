"""Alarms in the vocabulary of ISA-18.2 / IEC 62682: rules, alarms, and what happens to them.

A rule is a sentence about points: what is measured, over which window, when it is abnormal, for how
long, and what somebody then has to do. An alarm is one rule on one point. Its state is not stored
but follows from four facts (is the condition there, was this occurrence acknowledged, is it latched,
has it been set aside), so that no impossible state can be written down.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import IntEnum, StrEnum

from sandan.errors import Finding, InvalidInput
from sandan.words import Text


class RuleKind(StrEnum):
    """What a rule looks at."""

    HIGH = "high"
    LOW = "low"
    RATE = "rate"
    PEER = "peer"
    FORECAST = "forecast"
    STALE = "stale"
    FROZEN = "frozen"
    STATE = "state"
    GAP = "gap"


RULE_KINDS: Mapping[RuleKind, Text] = {
    RuleKind.HIGH: Text("상한 초과", "High"),
    RuleKind.LOW: Text("하한 미달", "Low"),
    RuleKind.RATE: Text("변화율", "Rate of change"),
    RuleKind.PEER: Text("유사 지점과의 편차", "Deviation from peers"),
    RuleKind.FORECAST: Text("예측과의 편차", "Deviation from forecast"),
    RuleKind.STALE: Text("수신 끊김", "Stale signal"),
    RuleKind.FROZEN: Text("값 고정", "Frozen signal"),
    RuleKind.STATE: Text("상태값", "State"),
    RuleKind.GAP: Text("결측", "Gap"),
}
SIDED = frozenset({RuleKind.RATE, RuleKind.PEER, RuleKind.FORECAST})
"""Kinds for which too much, too little or both may be abnormal."""
OWN_LIMIT = frozenset({RuleKind.HIGH, RuleKind.LOW, RuleKind.STALE, RuleKind.STATE})
"""Kinds that may leave the limit to the point: its bounds, its interval, or the values named."""
WINDOWED = frozenset({RuleKind.HIGH, RuleKind.LOW, RuleKind.GAP})
"""Kinds that may look at a window; a gap always does."""


class Level(StrEnum):
    """The four levels of a high or low alarm."""

    HH = "HH"
    H = "H"
    L = "L"
    LL = "LL"


LEVELS: Mapping[RuleKind, frozenset[Level]] = {
    RuleKind.HIGH: frozenset({Level.HH, Level.H}),
    RuleKind.LOW: frozenset({Level.L, Level.LL}),
}


class Side(StrEnum):
    """Which way a deviation or a rate must go to be abnormal."""

    ABOVE = "above"
    BELOW = "below"
    EITHER = "either"


class Statistic(StrEnum):
    """One number of the samples in a window."""

    MEAN = "mean"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    COVERAGE = "coverage"
    """Samples there are over samples there should be."""


class Priority(IntEnum):
    """How urgent an alarm is; the same numbers as the states of the board."""

    CRITICAL = 1
    HIGH = 2
    MEDIUM = 3
    LOW = 4


@dataclass(frozen=True, slots=True)
class Window:
    """A statistic over `length`, taken each `step`; both count from midnight in Korea.

    30 minutes each 30 is the half-hour mean of a stack, 24 hours each hour the moving daily mean of
    dust. Below `coverage` (share of the samples there should be) there is no result: what is
    missing is missing. `wait` is how long after its end the clock closes a window whose point is
    silent; a later sample of the point closes it too.
    """

    length: timedelta
    step: timedelta
    statistic: Statistic = Statistic.MEAN
    coverage: float = 0.0
    wait: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a rule applies: days of the week (Monday 0), holidays or not, and hours of the day in Korea.

    `until` not after `from_` means that it runs past midnight.
    """

    days: frozenset[int] = frozenset(range(7))
    holidays: bool = True
    from_: time = time(0)
    until: time = time(0)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which points a rule is about: all that match every part that is said."""

    points: frozenset[str] = frozenset()
    things: frozenset[str] = frozenset()
    """Things by id, with everything beneath them: a building, a zone, the whole complex."""
    kinds: frozenset[str] = frozenset()
    tenants: frozenset[str] = frozenset()
    quantities: frozenset[str] = frozenset()
    expression: str = ""
    """Instead of one quantity a sum of several on one thing: `supply_temperature - return_temperature`."""


NO_TIME = timedelta(0)
NO_TEXT = Text("", "")


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table of rules.

    `limit` is in the quantity's unit for high, low and deviations; per minute for a rate; seconds of
    silence for a stale signal (NaN: the point's own interval decides); the largest step that still
    counts as standing still for a frozen one, over `on_delay`; a share of samples for a gap.

    A high or low rule without a `limit` goes by the high or low bound that each point has of its own
    (contract power, capacity of a feeder), times `bound`; `deadband` is then a share of that bound,
    and points without one are not its business.
    """

    id: str
    name: Text
    kind: RuleKind
    scope: Scope
    limit: float = math.nan
    bound: float = 1.0
    level: Level | None = None
    side: Side = Side.EITHER
    states: frozenset[float] = frozenset()
    """Values that are abnormal, for a rule about a state."""
    window: Window | None = None
    calendar: Calendar | None = None
    deadband: float = 0.0
    on_delay: timedelta = NO_TIME
    off_delay: timedelta = NO_TIME
    priority: Priority = Priority.MEDIUM
    consequence: Text = NO_TEXT
    response_time: timedelta | None = None
    response: Text = NO_TEXT
    cause: str = ""
    """A word shared by rules that see the same thing (`gas`, `power`), for grouping; else the quantity."""
    latching: bool = False
    enabled: bool = True
    source: str = ""
    """The law or standard the limit comes from; empty for a setting of the operator's own."""

    def __post_init__(self) -> None:
        found = list(_faults(self))
        if found:
            raise InvalidInput(found)


def _faults(rule: Rule) -> Sequence[Finding]:
    where, kind = rule.id or "rule", rule.kind
    found: list[Finding] = []

    def fault(field: str, ko: str, en: str, remedy_ko: str, remedy_en: str) -> None:
        found.append(Finding(f"{where}.{field}", Text(ko, en), Text(remedy_ko, remedy_en)))

    if not rule.id:
        fault("id", "식별자가 없습니다.", "it has no id.", "짧은 이름을 적으십시오.", "give it a short name.")
    if math.isnan(rule.limit) and kind not in OWN_LIMIT:
        fault("limit", "기준값이 없습니다.", "it has no limit.", "수를 적으십시오.", "give a number.")
    if kind is RuleKind.GAP and not 0 <= rule.limit <= 1:
        fault("limit", "확보율은 0에서 1입니다.", "a share lies in 0 to 1.", "예: 0.75", "for example 0.75")
    if not math.isfinite(rule.bound):
        fault("bound", "배수가 수가 아닙니다.", "the multiple is no number.", "예: 1.2", "for example 1.2")
    if rule.level is not None and rule.level not in LEVELS.get(kind, ()):
        fault(
            "level",
            f"'{RULE_KINDS[kind].ko}' 규칙에 {rule.level} 단계는 없습니다.",
            f"a rule of kind {kind} has no level {rule.level}.",
            "상한 규칙은 HH·H, 하한 규칙은 L·LL입니다.",
            "high rules have HH and H, low rules L and LL.",
        )
    if kind is RuleKind.STATE and not rule.states:
        fault(
            "states",
            "비정상 상태값이 없습니다.",
            "no abnormal value is named.",
            "값을 적으십시오.",
            "name one.",
        )
    if rule.deadband < 0 or math.isnan(rule.deadband):
        fault("deadband", "불감대가 음수입니다.", "the deadband is negative.", "0 이상", "0 or more")
    for name in ("on_delay", "off_delay"):
        if getattr(rule, name) < NO_TIME:
            fault(name, "지연 시간이 음수입니다.", "the delay is negative.", "0초 이상", "0 seconds or more")
    if kind is RuleKind.FROZEN and rule.on_delay <= NO_TIME:
        fault(
            "on_delay",
            "값이 얼마나 오래 고정되어야 하는지 없습니다.",
            "it does not say for how long the value must stand still.",
            "예: 30분",
            "for example 30 minutes",
        )
    if kind is RuleKind.GAP and rule.window is None:
        fault(
            "window", "결측을 볼 구간이 없습니다.", "a gap needs a window.", "예: 1시간", "for example 1 hour"
        )
    if rule.window is not None and kind not in WINDOWED:
        fault(
            "window",
            f"'{RULE_KINDS[kind].ko}' 규칙은 구간을 쓰지 않습니다.",
            f"a rule of kind {kind} takes no window.",
            "구간을 지우십시오.",
            "remove the window.",
        )
    if rule.window is not None and (
        rule.window.step <= NO_TIME
        or rule.window.length < rule.window.step
        or rule.window.length % rule.window.step
        or timedelta(days=1) % rule.window.step
        or not 0 <= rule.window.coverage <= 1
        or rule.window.wait < NO_TIME
    ):
        fault(
            "window",
            "구간은 간격의 배수, 간격은 하루의 약수, 확보율은 0에서 1이어야 합니다.",
            "a window is a multiple of its step, a step divides a day, coverage lies in 0 to 1.",
            "예: 30분마다 30분, 확보율 0.75",
            "for example 30 minutes each 30 minutes, coverage 0.75",
        )
    if rule.scope.expression and (kind not in LEVELS or rule.window or math.isnan(rule.limit)):
        fault(
            "expression",
            "식은 기준값이 있고 구간이 없는 상한·하한 규칙에만 쓸 수 있습니다.",
            "an expression goes with a high or low rule that has a limit and no window.",
            "규칙의 종류를 바꾸거나 기준값을 적으십시오.",
            "change the kind of rule, or give a limit.",
        )
    return found


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The table of rules as it stood from one moment on."""

    version: int
    effective: date
    rules: Sequence[Rule]
    by: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        seen: set[str] = set()
        twice = [rule.id for rule in self.rules if rule.id in seen or seen.add(rule.id)]  # type: ignore[func-returns-value]
        if twice:
            raise InvalidInput(
                [
                    Finding(
                        id,
                        Text("같은 식별자의 규칙이 둘입니다.", "two rules have this id."),
                        Text("하나의 이름을 바꾸십시오.", "rename one of them."),
                    )
                    for id in twice
                ]
            )


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
        return f"{self.rule}@{self.point}"

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
