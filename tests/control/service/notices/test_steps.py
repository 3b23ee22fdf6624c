"""A step that tells somebody is done when they were told, by whoever told them, and by nothing less."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.control.service.notices.test_telling import Post

from sandan.control.model.incidents import Place
from sandan.control.model.notices import CallOutcome, Mode, Phase, Request
from sandan.control.service.incidents import clocks, handling, opening, reading
from sandan.control.service.notices.answers import record_call
from sandan.control.service.notices.asked import ask_of_step, read_asks
from sandan.control.service.notices.desk import Desk
from sandan.control.service.notices.outbox import Outbox
from sandan.control.service.notices.steps import read_reach
from sandan.control.service.notices.telling import tell
from sandan.errors import InvalidInput, NotFound

DESK = Desk(address="https://sandan.test", mode=Mode.LIVE)
MINUTE = timedelta(minutes=1)


def task_of(store, actor, id, step):
    return next(one for one in reading.read_case(store, actor, id).tasks if one.step == step)


def say(store, actor, id, groups, now, phase=Phase.FIRST, desk=DESK):
    subject = replace(
        reading.subject_of(reading.read_case(store, actor, id).incident), area=frozenset({"firm-2"})
    )
    return tell(store, actor, subject, Request(phase, 1, groups=frozenset(groups)), desk, now)


def lines_of(store, actor, id, kind="TaskDone"):
    return [line for line in reading.read_case(store, actor, id).timeline if line.kind == kind]


async def test_a_notice_that_left_ticks_its_step(sqlite_store, operator, leak, clock):
    """Deciding ticks nothing; the gateway's taking it does, in the name of who decided, with the proof."""
    store = sqlite_store
    say(store, operator, leak, ["duty", "police"], clock.now())
    assert task_of(store, operator, leak, "duty").open
    clock.advance(MINUTE)
    await Outbox(store, clock, DESK, Post()).step()
    done = task_of(store, operator, leak, "duty")
    assert (done.done_at, done.done_by) == (clock.now(), operator.id)
    (line,) = lines_of(store, operator, leak)
    assert (line.actor, line.payload["told"]) == ("system", ["duty"])
    assert "duty 당직 알림 03-04" in line.text.ko
    assert "duty 당직 by a notice, 03-04" in line.text.en
    assert task_of(store, operator, leak, "report").open, "only the report does what the law asks for"
    await Outbox(store, clock, DESK, Post()).step()
    assert len(lines_of(store, operator, leak)) == 1, "another start ticks nothing twice"


async def test_who_got_no_word_keeps_a_step_open_until_somebody_rings(sqlite_store, operator, leak, clock):
    """A gateway that refuses, or a tree that cannot be reached: the step says who is left; a call ends it."""
    store = sqlite_store
    say(store, operator, leak, ["firm"], clock.now())
    await Outbox(store, clock, DESK, Post(failures=9)).step()
    firm = task_of(store, operator, leak, "firm")
    reach = read_reach(store, operator, reading.read_case(store, operator, leak))[firm.number]
    assert (firm.open, reach.waiting, reach.missing) == (True, ["가나화학 안전관리"], [])
    record_call(store, operator, leak, "gana", CallOutcome.NO_ANSWER, "", clock.now())
    assert task_of(store, operator, leak, "firm").open
    clock.advance(MINUTE)
    rung = clock.now() - timedelta(seconds=20)
    record_call(store, operator, leak, "gana", CallOutcome.REACHED, "차단함", clock.now(), rung)
    done = task_of(store, operator, leak, "firm")
    assert (done.done_at, done.done_by) == (rung, operator.id)
    (line,) = lines_of(store, operator, leak)
    assert "통화" in line.text.ko


async def test_an_announcement_is_no_word_and_a_new_level_wants_new_words(
    sqlite_store, operator, leak, clock
):
    """That a drill is on, that all is over, and what was said before a step came, tell nobody of it."""
    store = sqlite_store
    outbox = Outbox(store, clock, DESK, Post())
    for phase in (Phase.CLEAR, Phase.ADVISE):
        say(store, operator, leak, ["neighbours"], clock.now(), phase)
    await outbox.step()
    clock.advance(MINUTE)
    handling.set_level(store, operator, leak, 2, clock.now())
    clock.advance(MINUTE)
    say(store, operator, leak, ["neighbours"], clock.now(), Phase.CLEAR)
    await outbox.step()
    assert task_of(store, operator, leak, "neighbours").open
    say(store, operator, leak, ["neighbours"], clock.now(), Phase.SHELTER)
    await outbox.step()
    assert not task_of(store, operator, leak, "neighbours").open


async def test_one_word_does_one_step(sqlite_store, operator, leak, clock):
    """Who was told of a fire has not yet been given the list of what burns: that step wants its own word."""
    store, now = sqlite_store, clock.now()
    fire = opening.open_incident(store, operator, "fire", now, place=Place(thing="tank")).id
    (ask,) = read_asks(store, operator, reading.read_case(store, operator, fire), DESK, now)
    steps = {one.step: one.number for one in reading.read_case(store, operator, fire).tasks}
    assert ask.steps == tuple(sorted(steps[name] for name in ("duty", "call119", "firm")))
    say(store, operator, fire, ["fire"], now)
    outbox = Outbox(store, clock, DESK, Post())
    await outbox.step()
    assert not task_of(store, operator, fire, "call119").open
    assert task_of(store, operator, fire, "chemicals").open
    record_call(store, operator, fire, "fire-1", CallOutcome.REACHED, "", now, step=steps["chemicals"])
    assert not task_of(store, operator, fire, "chemicals").open


async def test_in_test_mode_a_step_says_that_nothing_left(sqlite_store, operator, leak, clock):
    """It is ticked off, as everything is tried as it would be, and its proof says what it is worth."""
    store = sqlite_store
    test = replace(DESK, mode=Mode.TEST)
    say(store, operator, leak, ["duty"], clock.now(), desk=test)
    await Outbox(store, clock, test).step()
    (line,) = lines_of(store, operator, leak)
    assert "밖으로 나가지 않음" in line.text.ko
    assert "did not leave" in line.text.en


def test_by_hand_one_says_how_and_the_law_wants_its_report(sqlite_store, operator, leak, clock):
    """A bare tick is no telling; an exemption leaves the step of its clock out, a later report does it."""
    store, now = sqlite_store, clock.now()
    duty, report = (task_of(store, operator, leak, step) for step in ("duty", "report"))
    for number, text in ((duty.number, ""), (report.number, "전화")):
        with pytest.raises(InvalidInput):
            handling.do_task(store, operator, leak, number, now, text)
    handling.do_task(store, operator, leak, duty.number, now, "옆자리에서 말로")
    assert lines_of(store, operator, leak)[0].payload["told"] == []
    clocks.exempt_clock(store, operator, leak, "chemical_immediate", "구조 중", now)
    assert task_of(store, operator, leak, "report").skipped == "구조 중"
    clocks.answer_clock(store, operator, leak, "chemical_immediate", now, to=["fire"])
    done = task_of(store, operator, leak, "report")
    assert (done.skipped, done.done_by) == (None, operator.id)


def test_a_step_opens_the_telling_it_means(sqlite_store, operator, leak, clock):
    """Its groups, in the phase for them; neighbours are those of the zone until an area is known."""
    store = sqlite_store
    handling.set_level(store, operator, leak, 2, clock.now())
    case = reading.read_case(store, operator, leak)

    def ask(step, **more):
        number = task_of(store, operator, leak, step).number
        return ask_of_step(store, operator, case, number, DESK, clock.now(), **{"stated": False} | more)

    firm, around, area = ask("firm"), ask("neighbours"), ask("neighbours", stated=True)
    assert (firm.request.phase, [one.contact.id for one in firm.shown]) == (Phase.FIRST, ["gana"])
    assert (around.request.phase, around.zones) == (Phase.ADVISE, ("zone-a",))
    assert [one.contact.id for one in around.shown] == ["dara"]
    assert (area.zones, area.shown, area.absent) == (("hazard",), [], ("neighbours",))
    with pytest.raises(NotFound):
        ask("wind")
