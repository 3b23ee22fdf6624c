"""Quiet hours, trying again, and who is next when nobody answers."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandan.clock import SEOUL
from sandan.control.engine.notices.escalation import due_escalations, next_calls
from sandan.control.engine.notices.pacing import retry_at, send_at
from sandan.control.model.contacts import Circle, Contact, Quiet
from sandan.control.model.notices import Answer, Call, CallOutcome, Notice, Pace, Phase

NOW = datetime(2026, 3, 4, 3, 0, tzinfo=SEOUL)
FIRST, LAST = datetime(2020, 1, 1), datetime(2030, 1, 1)  # noqa: DTZ001  # made aware where used
NIGHT = Quiet(time(22), time(7))
times = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@pytest.mark.parametrize(
    ("hour", "days", "sent"), [(3, 0, 7), (23, 1, 7), (12, 0, 12), (7, 0, 7), (22, 1, 7)]
)
def test_what_can_wait_waits_until_morning(hour, days, sent):
    """The end of quiet hours belongs to the day."""
    now = NOW.replace(hour=hour)
    assert send_at(now, NIGHT, False) == NOW.replace(hour=sent) + timedelta(days=days)
    assert send_at(now, NIGHT, True) == now


@given(st.datetimes(FIRST, LAST), times, times)
def test_a_message_waits_less_than_a_day_and_never_leaves_in_quiet_hours(at, start, end):
    """Whatever the hours."""
    now = at.replace(tzinfo=SEOUL)
    sent = send_at(now, Quiet(start, end), False)
    assert timedelta(0) <= sent - now <= timedelta(days=1)
    assert send_at(sent, Quiet(start, end), False) == sent or start == end


def test_tries_come_further_apart_until_patience_ends():
    """And then somebody is told that it failed."""
    pace = Pace()
    at, attempts, waits = NOW, 0, []
    while True:
        attempts += 1
        again = retry_at(attempts, NOW, at, pace)
        if again is None:
            break
        waits.append(again - at)
        at = again
    assert waits == sorted(waits)
    assert at - NOW <= pace.give_up
    assert attempts > len(pace.waits)


def person(id, order, organisation="갑", tenant=None, phone="000-0000"):
    circle = Circle.FIRM if tenant else Circle.AUTHORITY
    return Contact(id, organisation, "당직", circle, tenant=tenant, order=order, phone=phone)


def told(id, contact, *, organisation="갑", tenant=None, at=NOW, limit=5, phase=Phase.FIRST, **facts):
    return Notice(
        id=id,
        telling="t",
        incident="i",
        contact=contact,
        organisation=organisation,
        post="당직",
        tenant=tenant,
        language="ko",
        title="",
        text="",
        template="",
        token="",
        told=at,
        phase=phase,
        level=1,
        drill=False,
        answer_by=at + timedelta(minutes=limit),
        **facts,
    )


def rang(contact, outcome, minute=1, organisation="갑"):
    at = NOW + timedelta(minutes=minute)
    return Call(minute, "i", contact, organisation, "당직", None, at, "op", outcome)


LATE = NOW + timedelta(minutes=6)
BOOK = [person("a", 1), person("b", 2), person("c", 3), person("x", 2, "을")]


def test_the_next_in_the_same_tree_is_told_once_the_time_is_over():
    """Not before, and nobody of another organisation."""
    first = told(1, "a")
    assert due_escalations([first], BOOK, [], NOW + timedelta(minutes=4)) == []
    [due] = due_escalations([first], BOOK, [], LATE)
    assert (due.next, due.call) == ("b", ("a", "b", "c"))


def test_at_the_end_of_the_tree_a_person_has_to_ring():
    """Nobody is told twice by itself."""
    notices = [told(1, "a", escalated=LATE), told(2, "b", escalated=LATE), told(3, "c")]
    [due] = due_escalations(notices, BOOK, [], LATE)
    assert (due.notice.id, due.next) == (3, None)


@pytest.mark.parametrize(
    "settled",
    [
        [told(2, "b", answered=LATE, answer=Answer.SEEN)],
        [told(2, "a", phase=Phase.CLEAR, at=NOW + timedelta(minutes=2), limit=60)],
    ],
)
def test_an_answer_of_a_colleague_or_the_all_clear_ends_the_chase(settled):
    """The organisation knows."""
    assert due_escalations([told(1, "a"), *settled], BOOK, [], LATE) == []


def test_reaching_somebody_by_telephone_is_an_answer():
    """A call that was not picked up is none."""
    assert due_escalations([told(1, "a")], BOOK, [rang("c", CallOutcome.REACHED)], LATE) == []
    assert len(due_escalations([told(1, "a")], BOOK, [rang("c", CallOutcome.BUSY)], LATE)) == 1


def test_calls_go_round_the_tree():
    """First whom nobody rang, then who did not pick up; a wrong number is left out."""
    calls = [rang("a", CallOutcome.NO_ANSWER, 1), rang("b", CallOutcome.WRONG, 2)]
    assert next_calls(told(1, "a"), BOOK, calls) == ["c", "a"]
    assert next_calls(told(1, "a"), BOOK, [*calls, rang("c", CallOutcome.REACHED, 3)]) == []


ids = st.sampled_from(["a", "b", "c", "p", "q"])


@given(st.lists(ids, min_size=1, max_size=6), st.integers(0, 20))
def test_escalation_stays_within_one_firm(chain, minutes):
    """Two firms whose organisations happen to have one name do not mix."""
    book = [person(one, n, tenant="f1") for n, one in enumerate("abc", 1)]
    book += [person(one, n, tenant="f2") for n, one in enumerate("pq", 1)]
    tenant = {one.id: one.tenant for one in book}
    notices = [told(n, one, tenant=tenant[one]) for n, one in enumerate(chain)]
    for due in due_escalations(notices, book, [], NOW + timedelta(minutes=minutes)):
        assert due.next is None or tenant[due.next] == due.notice.tenant
        assert {tenant[one] for one in due.call} <= {due.notice.tenant}
