"""A rule: which points it is about, when they are abnormal, for how long, and what somebody has to do."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from sandan.control.model.alarms.kinds import (
    LEVELS,
    OWN_LIMIT,
    RULE_KINDS,
    WINDOWED,
    Level,
    Priority,
    RuleKind,
    Side,
    Statistic,
)
from sandan.errors import Finding, InvalidInput
from sandan.words import Text


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
    """Instead of one quantity a sum of several on one thing: `pm10 - pm25`."""


ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""An alarm's id is that of its rule, `@` and its point's, and is part of an address."""
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
    source: Text = NO_TEXT
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

    if not ID.fullmatch(rule.id):
        fault(
            "id",
            "식별자는 영문 글자와 숫자, 줄표(-_.)로 적습니다.",
            "an id is made of letters, digits and dashes (-_.).",
            "예: leak-nh3",
            "for example leak-nh3",
        )
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
