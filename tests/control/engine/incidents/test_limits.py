"""Clocks, tasks and procedures: what follows from an incident and the time, without a store."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandan.clock import SEOUL
from sandan.control.engine.incidents.figures import mark_of, marks_of, since_detection, spans_of
from sandan.control.engine.incidents.limits import Standing, escalations, next_task, read_limit, read_task
from sandan.control.engine.incidents.procedures import (
    clocks_of,
    first_book,
    read_steps,
    tasks_of,
    write_steps,
)
from sandan.control.engine.incidents.rules import incident_id, is_major
from sandan.control.engine.incidents.wording import span
from sandan.control.model.incidents import (
    Case,
    ClockKind,
    Closing,
    Entry,
    Incident,
    IncidentState,
    Place,
    Source,
)
from sandan.control.model.incidents.procedures import groups, kinds, legal_clocks, levels
from sandan.errors import InvalidInput
from sandan.words import Text

NOW = datetime(2026, 11, 21, 3, 12, tzinfo=SEOUL)
MINUTE = timedelta(minutes=1)
lengths = st.integers(0, 5_000).map(lambda s: timedelta(seconds=s))


@given(lengths, lengths, lengths)
def test_a_limit_is_met_or_missed_for_good(within, done, later):
    """Once done, what a limit shows no longer depends on the time; exactly in time is in time."""
    due = NOW + within
    face = read_limit(NOW, due, NOW + done, NOW + done + later)
    assert face == read_limit(NOW, due, NOW + done, NOW + done)
    assert face.standing is (Standing.MET if done <= within else Standing.MISSED)
    running = read_limit(NOW, due, None, NOW + later)
    assert (running.standing is Standing.LATE) == (later > within)
    assert running.left == within - later


@pytest.mark.parametrize(
    ("minutes", "standing"), [(0, "running"), (9, "running"), (11, "soon"), (16, "late")]
)
def test_the_fifteen_minutes_count_from_detection(minutes, standing):
    """Of the 15 minutes, less than five left is soon over."""
    (clock,) = clocks_of("leak", NOW)
    assert clock.due_at - clock.started_at == 15 * MINUTE
    assert read_limit(clock.started_at, clock.due_at, None, NOW + minutes * MINUTE).standing == standing
    assert clocks_of("traffic", NOW) == ()


def test_what_is_late_names_who_comes_next():
    """The latest first, each with who is turned to; the next task is the soonest due."""
    tasks = tasks_of(first_book(), "leak", 0, 1, NOW)
    assert next_task(tasks).step == "verify"
    assert escalations(tasks, NOW) == []
    late = escalations(tasks, NOW + 6 * MINUTE)
    assert late[0].task.step == "verify"
    assert late[0].late == 3 * MINUTE
    assert late[0].next.ko == "관제 책임자"
    assert read_task(tasks[0], NOW + 6 * MINUTE).standing is Standing.LATE


def test_the_procedures_that_come_with_sandan_are_whole():
    """Every kind has steps at level 1 and above; every group and kind named exists; round trip is exact."""
    steps = first_book().steps
    for kind in kinds():
        found = {step.level for step in steps if step.kind == kind}
        assert 1 in found
        assert found - {1}, kind
        assert [task.level for task in tasks_of(first_book(), kind, 0, max(levels()), NOW)] == sorted(
            task.level for task in tasks_of(first_book(), kind, 0, max(levels()), NOW)
        )
    assert {group for step in steps for group in step.tell} <= set(groups())
    assert read_steps(write_steps(steps)) == tuple(steps)
    for clock in legal_clocks().values():
        assert clock.auto | clock.hand <= set(kinds())
        assert set(clock.to) <= set(groups())
        assert clock.source.startswith("https://")


def test_a_bad_procedure_tells_every_cell():
    """Row, column and remedy of each fault; a file without the columns says which."""
    header = write_steps(first_book().steps).splitlines()[0]
    rows = "ufo,1,a,하나,One,관제사,Operator,1,,,,own\nfire,7,b b,,Two,관제사,Operator,-3,,,moon,own\n"
    with pytest.raises(InvalidInput) as told:
        read_steps(f"{header}\n{rows}")
    assert [one.where for one in told.value.findings] == [
        "2 · kind", "3 · level", "3 · step", "3 · ko", "3 · within_minutes", "3 · tell"
    ]  # fmt: skip
    twice = "fire,1,a,하나,One,관제사,Operator,,,,,own\n" * 2
    for text in ("kind,level\nfire,1\n", header, f"{header}\n{twice}"):
        with pytest.raises(InvalidInput):
            read_steps(text)


@pytest.mark.parametrize(
    ("closing", "major"),
    [
        (Closing("a", "b"), False),
        (Closing("a", "b", injured=3, loss=99_999_999), False),
        (Closing("a", "b", deaths=1), True),
        (Closing("a", "b", loss=100_000_000), True),
        (Closing("a", "b", release=True), True),
    ],
)
def test_kicox_counts_deaths_losses_and_releases(closing, major):
    """One death, ₩100 million of property or a hazardous release makes a 중대사고."""
    assert is_major(closing) is major


def line(kind, at, written=None, /, **payload):
    """A line of a timeline, `at` when it happened."""
    return Entry(1, at, written or at, "kim", kind, Text("", ""), payload)


def case_of(*timeline, tasks=(), clocks=(), contained=None):
    """A leak that an instrument detected, with these lines."""
    incident = Incident(
        id=incident_id(NOW.date(), 7, drill=True),
        kind="leak",
        state=IncidentState.OPEN,
        drill=True,
        title="",
        level=1,
        place=Place(),
        tenants=(),
        owner="kim",
        source=Source.ALARM,
        alarms=("a",),
        detected_at=NOW,
        detected_by=ClockKind.SENSOR,
        opened_at=NOW + 2 * MINUTE,
        opened_by="kim",
        procedure=1,
        raised_at=NOW + timedelta(seconds=1),
        contained_at=contained,
    )
    return Case(incident, tasks, clocks, (), (), timeline, NOW + MINUTE)


def test_the_times_of_an_incident_say_who_set_them():
    """What did not come has no time; the spans go from each that came to the next."""
    case = case_of(clocks=clocks_of("leak", NOW))
    incident = case.incident
    assert incident.id == "DRL-20261121-007"
    marks = marks_of(case)
    assert since_detection(marks) == {"detected": 0, "raised": 1, "acknowledged": 60, "opened": 120}
    assert [one.seconds for one in spans_of(marks)] == [1, 59, 60]
    assert marks[0].clock is ClockKind.SENSOR
    assert marks[5].at is None


TICKED = tuple(
    replace(task, done_at=NOW + MINUTE, done_by="kim") for task in tasks_of(first_book(), "leak", 0, 1, NOW)
)
DECIDED = line("PeopleTold", NOW + MINUTE, contacts=1)
SENT = line("NoticeDelivered", NOW + 3 * MINUTE, at=(NOW + 2 * MINUTE).isoformat())
KEPT = line("NoticeRecorded", NOW + MINUTE)


@pytest.mark.parametrize(
    ("timeline", "told"),
    [
        ((), (None, ClockKind.NOTICE)),
        ((DECIDED, line("NoticeFailed", NOW + MINUTE)), (None, ClockKind.NOTICE)),
        ((DECIDED, SENT), (NOW + 2 * MINUTE, ClockKind.NOTICE)),
        ((DECIDED, KEPT), (NOW + MINUTE, ClockKind.RECORDED)),
        ((KEPT, SENT), (NOW + 2 * MINUTE, ClockKind.NOTICE)),
        ((KEPT, line("CallReached", NOW + 4 * MINUTE)), (NOW + 4 * MINUTE, ClockKind.SANDAN)),
        ((SENT, line("CallReached", NOW, NOW + 9 * MINUTE)), (NOW, ClockKind.PERSON)),
        ((line("LegalClockAnswered", NOW, NOW + MINUTE),), (NOW, ClockKind.PERSON)),
    ],
)
def test_told_is_a_notice_that_left_or_what_a_person_states(timeline, told):
    """A ticked step, a decision and a failure tell nobody; a test counts where nothing else does."""
    mark = mark_of(case_of(*timeline, tasks=TICKED), "told")
    assert (mark.at, mark.clock) == told


def test_what_was_pressed_without_a_time_is_set_by_sandans_clock():
    """Only a moment that differs from when it was written was stated by a person."""
    then = NOW + 5 * MINUTE
    (clock,) = clocks_of("leak", NOW)
    for written, clock_kind in ((then, ClockKind.SANDAN), (then + MINUTE, ClockKind.PERSON)):
        answered = replace(clock, answered_at=then, written_at=written)
        case = case_of(line("IncidentContained", then, written), clocks=(answered,), contained=then)
        assert {mark_of(case, one).clock for one in ("reported", "contained")} == {clock_kind}


@given(st.integers(0, 500_000))
def test_a_span_in_words_adds_up(seconds):
    """The parts told are the whole, to the second."""
    parts = span(seconds).en.split(" ")
    sizes = {"h": 3600, "min": 60, "s": 1}
    assert sum(int(n) * sizes[unit] for n, unit in zip(parts[::2], parts[1::2], strict=True)) == seconds
