"""The life of an alarm as ISA-18.2 draws it: one pure step at a time.

Everything that happens to the process is taken in, whatever the alarm's state: an occurrence while
it is shelved is counted and waits for somebody. Only what a person asks for can be refused, always
with a sentence; and what the process says twice (a raise of what is already there).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sandan.control.model.alarms import (
    ALARM_STATES,
    ASIDE,
    BY_PEOPLE,
    Act,
    Alarm,
    Event,
    Refusal,
    Transition,
)
from sandan.words import Text

SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class LifecycleParams:
    """The operator's settings: the longest time an alarm may stay on the shelf."""

    longest_shelf: timedelta = timedelta(hours=12)

    @classmethod
    def of_hours(cls, longest_shelf: float) -> LifecycleParams:
        """From the setting, in hours."""
        return cls(timedelta(hours=longest_shelf))


Step = Alarm | Text
"""The alarm after the event, or why not."""


def advance(
    alarm: Alarm, event: Event, now: datetime, actor: str, params: LifecycleParams | None = None
) -> tuple[Alarm, Transition] | Refusal:
    """The alarm after `event` at `now` by `actor`, and the transition to write down; or a refusal.

    `now` is when it becomes known, `event.began` when the condition came or went. The states and
    arrows are those of ANSI/ISA-18.2-2016 figure "alarm state transition diagram" (IEC 62682 has the
    same one). Where that leaves a choice: what came and went on the shelf is shown as returned
    when the shelf ends; what came and went while suppressed or out of service is closed by design.
    """
    before = alarm.state(now)
    said = _STEPS[event.act](alarm, event, now, params or LifecycleParams())
    if isinstance(said, Text):
        return Refusal(alarm.id, event.act, before, said)
    by = actor if event.act in BY_PEOPLE else SYSTEM
    return said, Transition(alarm.id, event.act, before, said.state(now), now, by, said.occurrence, event)


def expire(alarms: Iterable[Alarm], now: datetime) -> list[tuple[Alarm, Transition]]:
    """Take from the shelf every alarm whose time is over."""
    steps = []
    for alarm in alarms:
        if alarm.shelved_until is not None and now >= alarm.shelved_until:
            step = advance(alarm, Event(Act.EXPIRE), now, SYSTEM)
            assert not isinstance(step, Refusal)
            steps.append(step)
    return steps


def allowed(alarm: Alarm, now: datetime) -> frozenset[Act]:
    """What a person may do to the alarm now, for its buttons."""
    until = now + timedelta(minutes=1)
    asked = [
        Event(act, alarm.occurrence, until if act is Act.SHELVE else None, "reason") for act in BY_PEOPLE
    ]
    return frozenset(e.act for e in asked if not isinstance(advance(alarm, e, now, ""), Refusal))


def _by_design(alarm: Alarm) -> bool:
    return alarm.suppressed_by is not None or alarm.out_of_service is not None


def _show(alarm: Alarm) -> Alarm:
    """Put the newest occurrence before people, unless the alarm's design hides it."""
    if _by_design(alarm):
        return alarm
    return replace(alarm, shown=alarm.occurrence, latched=alarm.latched or alarm.latching)


def _close(alarm: Alarm) -> Alarm:
    """Nobody signs for what nobody was shown; what was shown before still waits."""
    if _by_design(alarm) and alarm.shown <= alarm.acknowledged:
        return replace(alarm, acknowledged=alarm.occurrence)
    return alarm


def _raise(alarm: Alarm, event: Event, now: datetime, _params: LifecycleParams) -> Step:
    if alarm.active:
        return Text("이미 발생 중인 경보입니다.", "The alarm is already active.")
    raised = replace(
        alarm,
        active=True,
        occurrence=alarm.occurrence + 1,
        raised=event.began or now,
        returned=None,
        value=event.value,
        late=event.late,
    )
    return _show(raised)


def _return(alarm: Alarm, event: Event, now: datetime, _params: LifecycleParams) -> Step:
    if not alarm.active:
        return Text("발생 중이 아닌 경보입니다.", "The alarm is not active.")
    return _close(replace(alarm, active=False, returned=event.began or now))


def _find(alarm: Alarm, event: Event, now: datetime, _params: LifecycleParams) -> Step:
    found = replace(alarm, occurrence=alarm.occurrence + 1)
    if alarm.active:
        return _show(found)
    past = replace(found, raised=event.began or now, returned=now, value=event.value, late=True)
    return _close(_show(past))


def _acknowledge(alarm: Alarm, event: Event, now: datetime, _params: LifecycleParams) -> Step:
    aside = _set_aside(alarm, now)
    if aside is not None:
        return aside
    if not alarm.unacknowledged:
        return Text("확인할 것이 없는 경보입니다.", "There is nothing to acknowledge.")
    if event.occurrence is None or event.occurrence != alarm.occurrence:
        return Text(
            "보신 뒤에 다시 발생한 경보입니다. 다시 보고 확인하십시오.",
            "It has come again since you looked. Look again, then acknowledge.",
        )
    return replace(alarm, acknowledged=alarm.occurrence)


def _reset(alarm: Alarm, _event: Event, now: datetime, _params: LifecycleParams) -> Step:
    aside = _set_aside(alarm, now)
    if aside is not None:
        return aside
    if not alarm.latched:
        return Text("유지되고 있지 않은 경보입니다.", "The alarm is not latched.")
    if alarm.active:
        return Text("아직 발생 중이어서 해제할 수 없습니다.", "It is still active and cannot be reset.")
    if alarm.unacknowledged:
        return Text("먼저 확인해야 해제할 수 있습니다.", "Acknowledge it first, then reset.")
    return replace(alarm, latched=False)


def _shelve(alarm: Alarm, event: Event, now: datetime, params: LifecycleParams) -> Step:
    if _by_design(alarm):
        return _set_aside(alarm, now) or Text("", "")
    longest = params.longest_shelf
    if event.until is None or event.until <= now:
        return Text(
            "보류가 끝나는 시각을 앞으로의 시각으로 정하십시오.", "Say when the shelf ends, later than now."
        )
    if event.until - now > longest:
        hours = longest.total_seconds() / 3600
        return Text(
            f"보류는 {hours:g}시간을 넘을 수 없습니다.",
            f"An alarm may be shelved for {hours:g} hour(s) at most.",
        )
    if not event.reason.strip():
        return Text("보류하는 까닭을 적으십시오.", "Say why it is shelved.")
    return replace(alarm, shelved_until=event.until)


def _unshelve(alarm: Alarm, _event: Event, now: datetime, _params: LifecycleParams) -> Step:
    if alarm.shelved_until is None or now >= alarm.shelved_until:
        return Text("보류 중이 아닌 경보입니다.", "The alarm is not shelved.")
    return replace(alarm, shelved_until=None)


def _expire(alarm: Alarm, _event: Event, now: datetime, _params: LifecycleParams) -> Step:
    if alarm.shelved_until is None:
        return Text("보류 중이 아닌 경보입니다.", "The alarm is not shelved.")
    if now < alarm.shelved_until:
        return Text("보류 시간이 아직 남아 있습니다.", "The shelf has not ended yet.")
    return replace(alarm, shelved_until=None)


def _suppress(alarm: Alarm, event: Event, _now: datetime, _params: LifecycleParams) -> Step:
    if alarm.suppressed_by is not None:
        return Text("이미 억제된 경보입니다.", "The alarm is suppressed already.")
    return replace(alarm, suppressed_by=event.reason)


def _release(alarm: Alarm, _event: Event, _now: datetime, _params: LifecycleParams) -> Step:
    if alarm.suppressed_by is None:
        return Text("억제되지 않은 경보입니다.", "The alarm is not suppressed.")
    return _back(replace(alarm, suppressed_by=None))


def _take_out(alarm: Alarm, event: Event, _now: datetime, _params: LifecycleParams) -> Step:
    if alarm.out_of_service is not None:
        return Text("이미 사용 중지된 경보입니다.", "The alarm is out of service already.")
    if not event.reason.strip():
        return Text("사용을 중지하는 까닭을 적으십시오.", "Say why it is taken out of service.")
    return replace(alarm, out_of_service=event.reason)


def _put_back(alarm: Alarm, _event: Event, _now: datetime, _params: LifecycleParams) -> Step:
    if alarm.out_of_service is None:
        return Text("사용 중인 경보입니다.", "The alarm is in service.")
    return _back(replace(alarm, out_of_service=None))


def _back(alarm: Alarm) -> Alarm:
    return _show(alarm) if alarm.active else alarm


def _set_aside(alarm: Alarm, now: datetime) -> Text | None:
    state = alarm.state(now)
    if state not in ASIDE:
        return None
    word = ALARM_STATES[state]
    return Text(
        f"'{word.ko}' 상태의 경보입니다. 먼저 되돌리십시오.",
        f"The alarm is {word.en.lower()}; bring it back first.",
    )


_STEPS: Mapping[Act, Callable[[Alarm, Event, datetime, LifecycleParams], Step]] = {
    Act.RAISE: _raise,
    Act.RETURN: _return,
    Act.FIND: _find,
    Act.ACKNOWLEDGE: _acknowledge,
    Act.RESET: _reset,
    Act.SHELVE: _shelve,
    Act.UNSHELVE: _unshelve,
    Act.EXPIRE: _expire,
    Act.SUPPRESS: _suppress,
    Act.RELEASE: _release,
    Act.TAKE_OUT: _take_out,
    Act.PUT_BACK: _put_back,
}
