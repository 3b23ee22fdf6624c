"""What the procedure asks to tell is offered, sent by one press, and by itself only where it says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sandan.control.engine.incidents.procedures import write_steps
from sandan.control.model.incidents import Place
from sandan.control.model.notices import Answer, CallOutcome, Mode, Phase, Request
from sandan.control.records.notices import messages, outbox
from sandan.control.service import drills
from sandan.control.service.incidents import clocks, handling, merging, opening, procedures, reading
from sandan.control.service.notices.answers import answer, record_call
from sandan.control.service.notices.asked import Automatic, read_asks, tell_asked
from sandan.control.service.notices.desk import Desk
from sandan.control.service.notices.telling import escalate_due, tell
from sandan.errors import InvalidInput

DESK = Desk(address="https://sandan.test", mode=Mode.LIVE)


def asks(store, actor, id, now, **more):
    return read_asks(store, actor, reading.read_case(store, actor, id), DESK, now, **more)


def press(store, actor, ask, id, now, **more):
    incident = reading.read_case(store, actor, id).incident
    request = Request(ask.phase, incident.level, groups=frozenset(ask.groups), key=ask.key)
    return tell_asked(store, actor, incident, request, DESK, now, **more)


def test_what_a_level_asks_for_is_offered_and_told_by_one_press(sqlite_store, operator, leak, clock):
    """A group is told whatever level its contact has; whom nobody stands for is said; twice is once."""
    store = sqlite_store
    (ask,) = asks(store, operator, leak, clock.now())
    assert ask.phase is Phase.FIRST
    assert set(ask.groups) == {"duty", "firm", "local", "environment", "police", "fire"}
    assert {one.contact.id for one in ask.shown} == {"duty", "fire-1", "gana", "police"}
    assert set(ask.absent) == {"local", "environment"}
    told = press(store, operator, ask, leak, clock.now())
    assert press(store, operator, ask, leak, clock.now()) == told
    (left,) = asks(store, operator, leak, clock.now())
    assert (set(left.groups), left.shown) == ({"local", "environment"}, [])
    clock.advance(timedelta(minutes=1))
    handling.set_level(store, operator, leak, 2, clock.now())
    assert len(messages_of(store, leak)) == 4, "a change of level tells nobody by itself"
    news, around = asks(store, operator, leak, clock.now())
    assert (news.phase, set(news.absent)) == (Phase.UPDATE, {"local", "environment", "chemical"})
    assert (around.phase, [one.contact.id for one in around.shown]) == (Phase.ADVISE, ["dara"])
    assert not asks(store, operator, leak, clock.now(), reached=lambda: frozenset({"firm-9"}))[1].shown


def messages_of(store, id):
    with store.registry.read() as conn:
        return messages.find_notices(conn, id)


def test_a_tick_or_a_lower_level_asks_for_nobody(sqlite_store, operator, leak, clock):
    """Done is done; a step of a level above asks for nobody yet."""
    store = sqlite_store
    for task in reading.read_case(store, operator, leak).tasks:
        if task.tell:
            if task.step == "report":
                clocks.exempt_clock(store, operator, leak, "chemical_immediate", "구조 중", clock.now())
            else:
                handling.do_task(store, operator, leak, task.number, clock.now(), "무전으로 알림")
    assert asks(store, operator, leak, clock.now()) == []


def test_a_drill_is_told_to_those_who_take_part_and_marked_in_both_languages(
    sqlite_store, operator, leak, clock
):
    """It is announced first, leaves the house never, and nobody else can even be chosen."""
    store = sqlite_store
    drill = drills.start_drill(
        store, operator, "ammonia_leak", clock.now(), Place(thing="tank"), ["duty", "firm"]
    )
    assert messages_of(store, drill.id) == []
    (ask,) = asks(store, operator, drill.id, clock.now())
    assert (ask.phase, ask.groups) == (Phase.DRILL, ("duty", "firm"))
    told = press(store, operator, ask, drill.id, clock.now())
    assert {one.contact for one in told} == {"duty", "gana"}
    assert all("훈련" in one.title and "DRILL" in one.title for one in told)
    with store.registry.read() as conn:
        assert not any(one.outside for one in outbox.deliveries_of(conn, [one.id for one in told]))
    subject = reading.subject_of(drill)
    with pytest.raises(InvalidInput):
        tell(store, operator, subject, Request(Phase.FIRST, 4, frozenset({"fire-1"})), DESK, clock.now())
    (first,) = asks(store, operator, drill.id, clock.now() + timedelta(minutes=1))
    assert first.phase is Phase.FIRST
    usual = drills.drill_participants(store, operator, "leak")
    assert "residents" not in usual
    assert "neighbours" in usual


def test_merging_takes_what_was_told_along_and_splitting_leaves_it(sqlite_store, operator, leak, clock):
    """Whoever has not answered is chased under the incident that stays; their answers come there."""
    store = sqlite_store
    desk = replace(DESK, answer_minutes=5)
    told = tell(
        store, operator, reading.subject_of(reading.read_case(store, operator, leak).incident),
        Request(Phase.FIRST, 1, groups=frozenset({"fire", "firm"})), desk, clock.now(),
    )  # fmt: skip
    record_call(store, operator, leak, "police", CallOutcome.REACHED, "", clock.now())
    answer(store, told[0].token, Answer.SEEN, clock.now())
    kept = opening.open_incident(store, operator, "leak", clock.now(), title="민원")
    parted = opening.split_incident(store, operator, leak, "fire", clock.now())
    assert (len(messages_of(store, leak)), messages_of(store, parted.id)) == (2, [])
    merging.merge_incidents(store, operator, leak, kept.id, clock.now())
    assert [one.id for one in messages_of(store, kept.id)] == [one.id for one in told]
    assert messages_of(store, leak) == []
    case = reading.read_case(store, operator, kept.id)
    (line,) = [line for line in case.timeline if line.kind == "NoticesMoved"]
    assert (line.incident, line.payload["notices"], line.payload["waiting"], line.payload["calls"]) == (
        kept.id, 2, 1, 1,
    )  # fmt: skip
    clock.advance(timedelta(minutes=6))
    assert escalate_due(store, desk, clock.now()) == 1
    answer(store, told[1].token, Answer.HELP, clock.now())
    late = [
        line for line in reading.read_case(store, operator, kept.id).timeline if line.written == clock.now()
    ]
    assert {(line.kind, line.incident) for line in late} >= {
        ("HelpAsked", kept.id), ("TreeExhausted", kept.id),
    }  # fmt: skip


def test_only_a_step_marked_so_tells_by_itself_and_once(sqlite_store, operator, leak, clock):
    """As shipped nothing is; an incident keeps the procedures it was opened with."""
    store = sqlite_store
    assert Automatic(store, DESK).step(clock.now()) == 0
    shipped = procedures.read_procedures(store, operator).steps
    steps = [replace(one, auto=one.id in ("neighbours", "firm")) for one in shipped]
    procedures.change_procedures(store, operator, write_steps(steps), "자동", clock.now())
    automatic = Automatic(store, DESK)
    assert automatic.step(clock.now()) == 0
    new = opening.open_incident(store, operator, "leak", clock.now(), place=Place(thing="tank"))
    assert automatic.step(clock.now()) == 1
    assert [one.contact for one in messages_of(store, new.id)] == ["gana"]
    handling.set_level(store, operator, new.id, 2, clock.now())
    assert [automatic.step(clock.now()), Automatic(store, DESK).step(clock.now())] == [1, 0]
    assert [one.contact for one in messages_of(store, new.id)] == ["gana", "dara"]
