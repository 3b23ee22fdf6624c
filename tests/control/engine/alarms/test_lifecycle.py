"""The life of an alarm: what may happen to it, what may not, and what must never get lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sandan.clock import SEOUL
from sandan.control.engine.alarms.lifecycle import LifecycleParams, advance, allowed, expire
from sandan.control.model.alarms import BY_PEOPLE, Act, Alarm, AlarmState, Event, Refusal, Transition

NOW = datetime(2026, 3, 4, 3, 0, tzinfo=SEOUL)
MINUTE = timedelta(minutes=1)
LONGEST = timedelta(hours=12)
ARROWS = {
    AlarmState.NORMAL: {"unacknowledged", "returned", "latched_unacknowledged"},
    AlarmState.UNACKNOWLEDGED: {"acknowledged", "returned", "latched_unacknowledged"},
    AlarmState.ACKNOWLEDGED: {"normal", "latched", "unacknowledged"},
    AlarmState.RETURNED: {"normal", "unacknowledged"},
    AlarmState.LATCHED_UNACKNOWLEDGED: {"latched", "unacknowledged"},
    AlarmState.LATCHED: {"normal", "unacknowledged", "latched_unacknowledged"},
}
"""The arrows of the figure in ISA-18.2 between the states that are not set aside."""


def step(alarm: Alarm, event: Event, now: datetime = NOW) -> Alarm:
    """The alarm after an event that must be possible."""
    said = advance(alarm, event, now, "u1")
    assert not isinstance(said, Refusal)
    return said[0]


def refused(alarm: Alarm, event: Event, now: datetime = NOW) -> Refusal:
    """The refusal of an event that must not be possible."""
    said = advance(alarm, event, now, "u1")
    assert isinstance(said, Refusal)
    return said


def raised(latching: bool = False) -> Alarm:
    """An alarm that has come once."""
    return step(Alarm("r", "p", latching=latching), Event(Act.RAISE, value=9.0))


def test_an_alarm_lives_from_normal_to_normal() -> None:
    """Raised, acknowledged, returned: each state of the plain way, with when it came and what it read."""
    alarm = raised()
    assert (alarm.state(NOW), alarm.raised, alarm.value) == (AlarmState.UNACKNOWLEDGED, NOW, 9.0)
    alarm = step(alarm, Event(Act.ACKNOWLEDGE, occurrence=1))
    assert alarm.state(NOW) is AlarmState.ACKNOWLEDGED
    assert step(alarm, Event(Act.RETURN)).state(NOW) is AlarmState.NORMAL


def test_what_went_away_unseen_still_waits() -> None:
    """An alarm that returned before anybody acknowledged it stays until somebody does."""
    alarm = step(raised(), Event(Act.RETURN))
    assert alarm.state(NOW) is AlarmState.RETURNED
    assert step(alarm, Event(Act.ACKNOWLEDGE, occurrence=1)).state(NOW) is AlarmState.NORMAL


def test_a_latched_alarm_is_reset_by_hand_and_in_order() -> None:
    """Latched stays after return and acknowledgement; it is reset neither while active nor unseen."""
    alarm = raised(latching=True)
    assert "아직 발생" in refused(alarm, Event(Act.RESET)).text.ko
    alarm = step(alarm, Event(Act.RETURN))
    assert alarm.state(NOW) is AlarmState.LATCHED_UNACKNOWLEDGED
    assert "Acknowledge it first" in refused(alarm, Event(Act.RESET)).text.en
    alarm = step(alarm, Event(Act.ACKNOWLEDGE, occurrence=1))
    assert alarm.state(NOW) is AlarmState.LATCHED
    assert step(alarm, Event(Act.RESET)).state(NOW) is AlarmState.NORMAL


def test_an_acknowledgement_reaches_no_further_than_its_actor_saw() -> None:
    """Who looked at the first occurrence cannot acknowledge the second unseen."""
    again = step(step(raised(), Event(Act.RETURN)), Event(Act.RAISE))
    assert again.occurrence == 2
    assert "다시 발생" in refused(again, Event(Act.ACKNOWLEDGE, occurrence=1)).text.ko
    assert refused(again, Event(Act.ACKNOWLEDGE)).state is AlarmState.UNACKNOWLEDGED
    assert step(again, Event(Act.ACKNOWLEDGE, occurrence=2)).state(NOW) is AlarmState.ACKNOWLEDGED


def test_a_shelf_ends_by_itself() -> None:
    """A shelved alarm comes back when its time is over, whether or not anything ticked."""
    until = NOW + 30 * MINUTE
    alarm = step(raised(), Event(Act.SHELVE, until=until, reason="정비"))
    assert alarm.state(until - MINUTE) is AlarmState.SHELVED
    assert alarm.state(until) is AlarmState.UNACKNOWLEDGED
    [(after, transition)] = expire([alarm, raised()], until)
    assert (after.shelved_until, transition.act, transition.by) == (None, Act.EXPIRE, "system")
    assert transition.before is transition.after is AlarmState.UNACKNOWLEDGED
    assert expire([alarm], until - MINUTE) == []


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (Event(Act.SHELVE, until=NOW + MINUTE), "까닭"),
        (Event(Act.SHELVE, until=NOW, reason="x"), "앞으로의"),
        (Event(Act.SHELVE, reason="x"), "앞으로의"),
        (Event(Act.SHELVE, until=NOW + LONGEST + MINUTE, reason="x"), "12시간"),
        (Event(Act.TAKE_OUT, reason=" "), "까닭"),
    ],
)
def test_setting_aside_wants_a_reason_and_an_end(event: Event, says: str) -> None:
    """No shelf without an end in time and a reason; nothing out of service without one."""
    assert says in refused(raised(), event).text.ko


def test_what_comes_on_the_shelf_waits_for_somebody() -> None:
    """An occurrence that came and went while shelved is shown as returned afterwards."""
    until = NOW + 30 * MINUTE
    alarm = step(Alarm("r", "p"), Event(Act.SHELVE, until=until, reason="정비"))
    alarm = step(step(alarm, Event(Act.RAISE), NOW + MINUTE), Event(Act.RETURN), NOW + 2 * MINUTE)
    assert alarm.state(NOW + 3 * MINUTE) is AlarmState.SHELVED
    assert alarm.state(until) is AlarmState.RETURNED


def test_what_design_hides_needs_nobody_unless_it_lasts() -> None:
    """Suppressed: gone by itself is closed by design; still there when released is shown and latched."""
    hidden = step(Alarm("r", "p", latching=True), Event(Act.SUPPRESS, reason="상위"))
    there = step(hidden, Event(Act.RAISE))
    gone = step(there, Event(Act.RETURN))
    assert step(gone, Event(Act.RELEASE)).state(NOW) is AlarmState.NORMAL
    back = step(there, Event(Act.RELEASE))
    assert (back.state(NOW), back.latched) == (AlarmState.UNACKNOWLEDGED, True)


def test_what_late_data_finds_is_told_as_such() -> None:
    """An occurrence found in late data waits to be acknowledged, is marked late and hides nothing newer."""
    found = step(Alarm("r", "p"), Event(Act.FIND, began=NOW - 60 * MINUTE, value=7.0))
    assert (found.state(NOW), found.late, found.raised) == (AlarmState.RETURNED, True, NOW - 60 * MINUTE)
    during = step(raised(), Event(Act.FIND, began=NOW - 60 * MINUTE))
    assert (during.state(NOW), during.raised, during.late) == (AlarmState.UNACKNOWLEDGED, NOW, False)


class Life(RuleBasedStateMachine):
    """Anything may happen to an alarm at any time; this is what must hold all the same."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.alarm = NOW, Alarm("r", "p")
        self.written: list[Transition] = []
        self.came = 0
        self.signed: set[int] = set()

    def happen(self, event: Event) -> bool:
        before = self.alarm
        said = advance(before, event, self.now, "u1", LifecycleParams(LONGEST))
        if isinstance(said, Refusal):
            assert said.text.ko
            assert said.text.en
            return False
        self.alarm, transition = said
        assert transition.before is before.state(self.now)
        assert transition.after is self.alarm.state(self.now)
        assert transition.by == ("u1" if event.act in BY_PEOPLE else "system")
        self.written.append(transition)
        return True

    @rule(minutes=st.integers(1, 400))
    def wait(self, minutes: int) -> None:
        self.now += minutes * MINUTE

    @rule(latching=st.booleans())
    @precondition(lambda self: self.alarm.underlying is AlarmState.NORMAL)
    def change_the_rule(self, latching: bool) -> None:
        self.alarm = replace(self.alarm, latching=latching)

    @rule(act=st.sampled_from([Act.RAISE, Act.RETURN, Act.FIND]))
    def process(self, act: Act) -> None:
        expected = act is Act.FIND or self.alarm.active is (act is Act.RETURN)
        assert self.happen(Event(act)) is expected, "what the process says is taken in, whatever the state"
        self.came += expected and act is not Act.RETURN

    @rule(behind=st.integers(0, 2))
    def acknowledge(self, behind: int) -> None:
        seen = self.alarm.occurrence - behind
        new = self.alarm.unacknowledged
        if self.happen(Event(Act.ACKNOWLEDGE, occurrence=seen)):
            assert new
            assert behind == 0, "an acknowledgement never hides a new occurrence"

    @rule(minutes=st.integers(-5, 800), reason=st.sampled_from(["", "정비"]))
    def shelve(self, minutes: int, reason: str) -> None:
        self.happen(Event(Act.SHELVE, until=self.now + minutes * MINUTE, reason=reason))

    @rule(act=st.sampled_from([Act.RESET, Act.UNSHELVE, Act.EXPIRE, Act.SUPPRESS, Act.RELEASE]))
    def anything_else(self, act: Act) -> None:
        self.happen(Event(act, reason="상위"))

    @rule(act=st.sampled_from([Act.TAKE_OUT, Act.PUT_BACK]), reason=st.sampled_from(["", "교정"]))
    def service(self, act: Act, reason: str) -> None:
        self.happen(Event(act, reason=reason))

    @invariant()
    def nothing_is_lost(self) -> None:
        """Each occurrence was counted; what people were shown is signed for, or still waits."""
        alarm = self.alarm
        assert alarm.occurrence == self.came
        assert alarm.acknowledged <= alarm.occurrence
        assert alarm.shown <= alarm.occurrence
        if alarm.shown > alarm.acknowledged:
            assert alarm.underlying is not AlarmState.NORMAL

    @invariant()
    def a_shelf_has_an_end(self) -> None:
        alarm = self.alarm
        assert alarm.state(self.now + LONGEST) is not AlarmState.SHELVED
        if alarm.shelved_until is not None:
            assert alarm.shelved_until - LONGEST <= self.now
            later = max(self.now, alarm.shelved_until)
            [(after, _)] = expire([alarm], later)
            assert after == replace(alarm, shelved_until=None)

    @invariant()
    def every_arrow_is_in_the_figure(self) -> None:
        for one in self.written:
            if one.before in ARROWS and one.after in ARROWS and one.before is not one.after:
                assert one.after.value in ARROWS[one.before], (one.act, one.before, one.after)
        self.written.clear()

    @invariant()
    def every_button_works(self) -> None:
        """What is offered to people is possible, and what is possible is offered."""
        for act in BY_PEOPLE:
            event = Event(act, self.alarm.occurrence, self.now + MINUTE, "까닭")
            works = not isinstance(advance(self.alarm, event, self.now, "u1"), Refusal)
            assert works is (act in allowed(self.alarm, self.now))


Life.TestCase.settings = settings(max_examples=25, stateful_step_count=25)
TestLife = Life.TestCase
