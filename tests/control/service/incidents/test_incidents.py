"""Incidents through their life: opened, handled, handed over, joined and parted, closed; nothing is lost."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from sandan.clock import SEOUL
from sandan.control.engine.incidents import wording
from sandan.control.engine.incidents.limits import Standing, in_order, read_clock
from sandan.control.model.alarms import Alarm, Priority
from sandan.control.model.incidents import ClockKind, Closing, IncidentState, Place, Source
from sandan.control.model.incidents.procedures import built_in
from sandan.control.records import alarms as alarm_records
from sandan.control.service.incidents import (
    clocks,
    closing,
    handling,
    handovers,
    merging,
    opening,
    pictures,
    procedures,
    reading,
)
from sandan.control.service.incidents.people import display_names
from sandan.control.service.incidents.urgent import incident_attention, next_duty
from sandan.errors import Conflict, InvalidInput, NotAllowed, NotFound
from sandan.store import open_store
from sandan.tables import read_table

NOW = datetime(2026, 11, 21, 3, 12, tzinfo=SEOUL)
MINUTE = timedelta(minutes=1)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
DONE = Closing("밸브 씰 노후", "씰 교체, 점검 주기 단축")


def leak(store, actor, **more):
    """An ammonia leak at the hall, called in."""
    return opening.open_incident(store, actor, "leak", NOW, place=Place(words="가람동"), **more)


def alarmed(store, *points, raised=NOW - 3 * MINUTE, seen=True):
    """Alarms that came and were told a second later, acknowledged a minute after when they were `seen`."""
    alarm = Alarm(
        "nh3-high",
        "",
        "firm-b",
        Priority.CRITICAL,
        active=True,
        occurrence=1,
        shown=1,
        acknowledged=int(seen),
    )
    found = [replace(alarm, point=point) for point in points]
    at, by = (raised + MINUTE, "kim") if seen else (None, None)
    with store.registry.write() as conn:
        alarm_records.put_alarms(conn, [(one, True) for one in found])
        alarm_records.put_occurrences(
            conn,
            [
                alarm_records.Occurrence(
                    one.id, 1, "firm-b", 1, raised, raised + timedelta(seconds=1), at, by,
                    None, 31.0, False, False,
                )
                for one in found
            ],
        )  # fmt: skip
    return [one.id for one in found]


def kinds_of(case):
    return [line.kind for line in case.timeline]


def test_a_call_becomes_an_incident_with_its_tasks_and_clock(centre, people):
    """Place, firms, steps and the 15-minute clock follow from what is known; the opener owns it."""
    incident = leak(centre, people["kim"], title="자극성 냄새")
    case = reading.read_case(centre, people["kim"], incident.id)
    assert incident.id == "INC-20261121-001"
    assert (incident.owner, incident.state) == ("kim", IncidentState.OPEN)
    assert (incident.place.thing, incident.tenants) == ("hall", ("firm-a", "firm-b"))
    assert incident.place.lon == pytest.approx(126.705, abs=0.006)
    assert {task.level for task in case.tasks} == {1}
    assert [clock.clock for clock in case.clocks] == ["chemical_immediate"]
    assert case.clocks[0].due_at == NOW + 15 * MINUTE
    assert kinds_of(case) == ["IncidentOpened"]
    assert "자극성 냄새" in case.timeline[0].text.ko


def test_an_alarm_brings_its_own_times_and_belongs_to_one_incident(centre, people):
    """Detection is when the condition came, by the instrument's clock; a second incident of it is refused."""
    alarm = alarmed(centre, "b.nh3")
    incident = opening.open_incident(centre, people["kim"], "leak", NOW, alarms=alarm)
    assert incident.source is Source.ALARM
    assert (incident.detected_at, incident.detected_by) == (NOW - 3 * MINUTE, ClockKind.SENSOR)
    assert incident.raised_at == NOW - 3 * MINUTE + timedelta(seconds=1)
    assert (incident.place.thing, incident.tenants) == ("leak-b", ("firm-b",))
    case = reading.read_case(centre, people["kim"], incident.id)
    assert case.acknowledged_at == NOW - 2 * MINUTE
    assert case.clocks[0].due_at == NOW + 12 * MINUTE
    with pytest.raises(Conflict, match=incident.id):
        opening.open_incident(centre, people["lee"], "leak", NOW, alarms=alarm)
    assert [one.id for one in reading.incidents_of_alarm(centre, people["lee"], alarm[0])] == [incident.id]


def test_whoever_takes_an_alarm_into_an_incident_has_acknowledged_it(centre, people):
    """An alarm nobody acknowledged is, by opening an incident of it or adding it to one; it is told once."""
    first, second = alarmed(centre, "b.nh3", seen=False), alarmed(centre, "c.nh3", seen=False)
    incident = opening.open_incident(centre, people["kim"], "leak", NOW, alarms=first)
    opening.add_alarms(centre, people["kim"], incident.id, second, NOW + MINUTE)
    case = reading.read_case(centre, people["kim"], incident.id)
    assert case.acknowledged_at == NOW
    with centre.registry.read() as conn:
        known = alarm_records.read_alarms(conn, [*first, *second])
    assert [one.acknowledged for one in known.values()] == [1, 1]


def test_numbers_count_within_the_day_and_drills_apart(centre, people):
    """Incidents and drills of a day are numbered from 1, each; a drill says so in its id and its events."""
    ids = [leak(centre, people["kim"]).id, leak(centre, people["kim"], drill=True).id]
    ids.append(opening.open_incident(centre, people["kim"], "fire", NOW).id)
    ids.append(opening.open_incident(centre, people["kim"], "fire", NOW + timedelta(days=1)).id)
    assert ids == ["INC-20261121-001", "DRL-20261121-001", "INC-20261121-002", "INC-20261122-001"]
    case = reading.read_case(centre, people["kim"], ids[1])
    assert case.timeline[0].payload["drill"] is True


def test_only_operators_act_and_firms_see_nothing(small_centre, people):
    """An officer reads incidents and may not act; a firm's people may not even read them."""
    incident = leak(small_centre, people["kim"])
    assert reading.read_case(small_centre, people["officer"], incident.id).incident == incident
    for act in (
        lambda: leak(small_centre, people["officer"]),
        lambda: handling.note(small_centre, people["officer"], incident.id, "x", NOW),
        lambda: reading.list_incidents(small_centre, people["firm"]),
        lambda: reading.read_case(small_centre, people["firm"], incident.id),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_wrong_input_tells_every_fault(small_centre, people):
    """Kind, level and a detection in the future are all told at once; nothing is opened."""
    with pytest.raises(InvalidInput) as told:
        opening.open_incident(
            small_centre, people["kim"], "ufo", NOW, level=9, detected=NOW + timedelta(hours=1)
        )
    assert {finding.where for finding in told.value.findings} == {"kind", "level", "detected"}
    assert reading.list_incidents(small_centre, people["kim"]) == []


def test_a_task_is_done_once_and_lateness_is_told(centre, people):
    """Who comes second hears who was first; a task done after its limit says by how much."""
    incident = leak(centre, people["kim"])
    verify = reading.read_case(centre, people["kim"], incident.id).tasks[0]
    handling.do_task(centre, people["lee"], incident.id, verify.number, NOW + 5 * MINUTE, "CCTV 3")
    with pytest.raises(Conflict, match="이 관제사"):
        handling.do_task(centre, people["kim"], incident.id, verify.number, NOW + 6 * MINUTE)
    case = reading.read_case(centre, people["kim"], incident.id)
    assert case.tasks[0].done_by == "lee"
    assert case.timeline[-1].payload["late_seconds"] == 120
    assert "2분 늦음" in case.timeline[-1].text.ko
    handling.skip_task(centre, people["kim"], incident.id, 2, "해당 없음", NOW + 6 * MINUTE)
    assert reading.read_case(centre, people["kim"], incident.id).tasks[1].skipped == "해당 없음"
    with pytest.raises(InvalidInput):
        handling.skip_task(centre, people["kim"], incident.id, 3, " ", NOW)
    with pytest.raises(NotFound):
        handling.do_task(centre, people["kim"], incident.id, 99, NOW)


def test_raising_the_level_brings_its_steps_once_and_says_whom_to_tell(centre, people):
    """From 1 to 3 brings the steps of 2 and 3, limits from now; lowering and raising again brings none."""
    incident = leak(centre, people["kim"])
    later = NOW + 10 * MINUTE
    tell = handling.set_level(centre, people["kim"], incident.id, 3, later, "확산")
    assert tell == ("neighbours", "police", "local", "chemical")
    tasks = reading.read_case(centre, people["kim"], incident.id).tasks
    new = [task for task in tasks if task.level > 1]
    assert {task.since for task in new} == {later}
    handling.set_level(centre, people["kim"], incident.id, 1, later)
    assert handling.set_level(centre, people["kim"], incident.id, 3, later) == ()
    assert len(reading.read_case(centre, people["kim"], incident.id).tasks) == len(tasks)


def test_who_changes_what_has_just_changed_is_refused_and_nothing_is_lost(centre, people):
    """A change from an old revision is a conflict; lines of the timeline never are."""
    seen = leak(centre, people["kim"])
    handling.set_level(centre, people["lee"], seen.id, 2, NOW, seen=seen.revision)
    with pytest.raises(Conflict):
        handling.set_level(centre, people["kim"], seen.id, 3, NOW, seen=seen.revision)
    handling.note(centre, people["kim"], seen.id, "첫째", NOW)
    handling.note(centre, people["lee"], seen.id, "둘째", NOW, happened=NOW - MINUTE)
    case = reading.read_case(centre, people["kim"], seen.id)
    assert case.incident.level == 2
    assert [line.text.ko for line in case.timeline[-2:]] == ["첫째", "둘째"]
    assert case.timeline[-1].at == NOW - MINUTE


def test_the_legal_clock_is_answered_with_the_time_of_the_report(centre, people):
    """The stated time counts, not that of writing it down; the step is done with it; no second report."""
    incident = leak(centre, people["kim"])
    act = (centre, people["kim"], incident.id, "chemical_immediate")
    with pytest.raises(InvalidInput):
        clocks.answer_clock(*act, NOW + MINUTE, at=NOW + timedelta(hours=1))
    clocks.answer_clock(*act, NOW + 30 * MINUTE, at=NOW + 14 * MINUTE, to=["fire", "local"], text="접수 3번")
    case = reading.read_case(centre, people["kim"], incident.id)
    assert read_clock(case.clocks[0], NOW).standing is Standing.MET
    assert case.clocks[0].written_at == NOW + 30 * MINUTE
    assert "119 소방" in next(one.text.ko for one in case.timeline if one.kind == "LegalClockAnswered")
    step = next(task for task in case.tasks if task.step == "report")
    assert (step.done_at, step.done_by) == (NOW + 14 * MINUTE, "kim")
    with pytest.raises(Conflict):
        clocks.answer_clock(*act, NOW + 31 * MINUTE)


def test_a_clock_may_be_exempted_with_a_reason_and_answered_after_all(centre, people):
    """An exemption needs a reason; a report made later takes its place."""
    incident = leak(centre, people["kim"])
    act = (centre, people["kim"], incident.id, "chemical_immediate")
    with pytest.raises(InvalidInput):
        clocks.exempt_clock(*act, "", NOW)
    clocks.exempt_clock(*act, "부상자 구조 중", NOW)
    clocks.answer_clock(*act, NOW + 20 * MINUTE)
    case = reading.read_case(centre, people["kim"], incident.id)
    assert read_clock(case.clocks[0], NOW).standing is Standing.MISSED


def test_a_fire_with_chemicals_starts_the_clock_from_first_detection(centre, people):
    """By hand or by another kind, the clock counts from detection and not from when it was started."""
    fire = opening.open_incident(centre, people["kim"], "fire", NOW)
    clocks.start_clock(centre, people["kim"], fire.id, "chemical_immediate", NOW + 10 * MINUTE)
    smell = opening.open_incident(centre, people["kim"], "odour", NOW)
    handling.reclassify(centre, people["kim"], smell.id, "leak", NOW + 10 * MINUTE, "누출 확인")
    for id in (fire.id, smell.id):
        assert reading.read_case(centre, people["kim"], id).clocks[0].due_at == NOW + 15 * MINUTE
    assert any(task.step == "wind" for task in reading.read_case(centre, people["kim"], smell.id).tasks)
    with pytest.raises(NotFound):
        clocks.start_clock(centre, people["kim"], fire.id, "chemical_immediate", NOW)


def test_a_clock_runs_out_whether_or_not_anybody_looks(centre, people):
    """Its time is up by the clock in the store; the timeline says so once, also after a merger moved it."""
    incident = leak(centre, people["kim"])
    raised_late = opening.open_incident(centre, people["kim"], "leak", NOW, detected=NOW - 14 * MINUTE)
    assert clocks.note_missed(centre, NOW) == []
    assert clocks.note_missed(centre, NOW + 2 * MINUTE) == [raised_late.id]
    assert clocks.note_missed(centre, NOW + 2 * MINUTE) == []
    merging.merge_incidents(centre, people["kim"], raised_late.id, incident.id, NOW + 3 * MINUTE)
    assert clocks.note_missed(centre, NOW + 3 * MINUTE) == [incident.id]
    line = reading.read_case(centre, people["kim"], incident.id).timeline[-1]
    assert (line.kind, line.actor) == ("LegalClockMissed", "system")
    assert "03:13:00" in line.text.ko
    clocks.answer_clock(centre, people["kim"], incident.id, "chemical_immediate", NOW + 4 * MINUTE)
    assert clocks.note_missed(centre, NOW + 20 * MINUTE) == []


def test_one_owner_at_every_moment(centre, people):
    """A handover changes the owner when it is taken; only the one asked may; taking over settles it."""
    incident = leak(centre, people["kim"])
    handovers.hand_over(centre, people["kim"], incident.id, "lee", "119 도착 대기", NOW)
    assert reading.read_case(centre, people["kim"], incident.id).incident.owner == "kim"
    with pytest.raises(Conflict):
        handovers.accept_handover(centre, people["kim"], incident.id, NOW)
    handovers.accept_handover(centre, people["lee"], incident.id, NOW + MINUTE)
    assert reading.read_case(centre, people["kim"], incident.id).incident.owner == "lee"
    handovers.assign(centre, people["kim"], incident.id, "kim", NOW + 2 * MINUTE)
    case = reading.read_case(centre, people["kim"], incident.id)
    assert case.incident.owner == "kim"
    assert [one.settled_at for one in case.handovers] == [NOW + MINUTE]
    with pytest.raises(InvalidInput):
        handovers.assign(centre, people["kim"], incident.id, "officer", NOW)
    assert reading.handlers(centre, people["kim"]) == {"kim": "김 관제사", "lee": "이 관제사"}


def test_a_shift_hands_over_all_it_has_and_loses_nothing(centre, people):
    """Each incident stays with its owner until the next shift takes them, with what is left to watch."""
    kim, lee = people["kim"], people["lee"]
    mine = [leak(centre, kim).id, leak(centre, kim).id]
    other = leak(centre, lee).id
    with pytest.raises(InvalidInput):
        handovers.hand_over_shift(centre, kim, "kim", "교대", NOW)
    assert handovers.hand_over_shift(centre, kim, "lee", "펌프실 확인", NOW) == 2
    assert [(id, one.taker, one.note) for id, one in handovers.read_waiting(centre, lee)] == [
        (id, "lee", "펌프실 확인") for id in sorted(mine)
    ]
    owners = {one.id: one.owner for one in reading.list_incidents(centre, lee, active=True)}
    assert owners == {mine[0]: "kim", mine[1]: "kim", other: "lee"}
    assert handovers.accept_shift(centre, kim, NOW) == 0
    assert handovers.accept_shift(centre, lee, NOW + MINUTE) == 2
    assert {one.owner for one in reading.list_incidents(centre, lee, active=True)} == {"lee"}
    assert handovers.read_waiting(centre, lee) == []
    with pytest.raises(InvalidInput):
        handovers.hand_over_shift(centre, kim, "lee", "없음", NOW)


def test_who_acted_is_called_by_name(centre, people):
    """Timeline, checklist and refusals name people; what is no account keeps its id."""
    incident = leak(centre, people["kim"])
    handovers.assign(centre, people["kim"], incident.id, "lee", NOW)
    handling.do_task(centre, people["lee"], incident.id, 1, NOW)
    case = reading.read_case(centre, people["kim"], incident.id)
    assert case.named(case.incident.owner) == case.named(case.tasks[0].done_by) == "이 관제사"
    assert "이 관제사" in next(line.text.ko for line in case.timeline if line.kind == "IncidentAssigned")
    with pytest.raises(Conflict, match="이 관제사"):
        handling.do_task(centre, people["kim"], incident.id, 1, NOW)
    logins = {"kim", "system", "sensor:7"}
    assert display_names(centre, people["kim"], logins) == {
        "kim": "김 관제사", "system": "system", "sensor:7": "sensor:7",
    }  # fmt: skip


def test_a_firm_is_not_told_the_names_of_the_staff(small_centre, people):
    """Its people see the names of their own firm's accounts; of two with one name, also the login."""
    with small_centre.registry.write() as conn:
        conn.execute(sa.text("UPDATE account SET tenant = 'firm-a' WHERE login = 'firm'"))
        conn.execute(sa.text("UPDATE account SET name = '김 관제사' WHERE login = 'lee'"))
    assert display_names(small_centre, people["firm"], {"kim", "firm"}) == {"kim": "kim", "firm": "기업"}
    assert display_names(small_centre, people["kim"], {"kim", "lee"})["lee"] == "김 관제사 (lee)"


def test_merging_keeps_the_earlier_clock_and_both_timelines(centre, people):
    """The incident merged into takes alarms and firms; its legal clock counts from the earlier detection."""
    alarm = alarmed(centre, "b.nh3")
    first = opening.open_incident(centre, people["kim"], "leak", NOW, alarms=alarm)
    second = opening.open_incident(centre, people["lee"], "leak", NOW, title="민원")
    handling.note(centre, people["kim"], first.id, "밸브 쪽", NOW)
    merging.merge_incidents(centre, people["lee"], first.id, second.id, NOW + MINUTE)
    case = reading.read_case(centre, people["lee"], second.id)
    assert case.incident.alarms == tuple(alarm)
    assert case.incident.detected_at == NOW - 3 * MINUTE
    assert case.clocks[0].due_at == NOW + 12 * MINUTE
    assert "밸브 쪽" in [line.text.ko for line in case.timeline]
    assert reading.read_case(centre, people["lee"], first.id).incident.state is IncidentState.MERGED
    for act in (
        lambda: merging.merge_incidents(centre, people["lee"], first.id, second.id, NOW),
        lambda: merging.merge_incidents(centre, people["lee"], second.id, second.id, NOW),
        lambda: merging.merge_incidents(
            centre, people["lee"], second.id, leak(centre, people["kim"], drill=True).id, NOW
        ),
    ):
        with pytest.raises(Conflict):
            act()


def test_a_merger_is_undone_and_each_stands_as_before(centre, people):
    """Alarms, firms and detection go back; a report made meanwhile counts for both, a clock brought ends."""
    alarm = alarmed(centre, "b.nh3")
    first = opening.open_incident(centre, people["kim"], "leak", NOW, alarms=alarm)
    second = opening.open_incident(
        centre, people["lee"], "leak", NOW, title="민원", place=Place(words="정문")
    )
    smell = opening.open_incident(centre, people["lee"], "odour", NOW)
    for id in (second.id, first.id):
        with pytest.raises(Conflict):
            merging.part_incidents(centre, people["kim"], id, "둘이 아님", NOW)
    merging.merge_incidents(centre, people["lee"], first.id, second.id, NOW + MINUTE)
    clocks.answer_clock(centre, people["lee"], second.id, "chemical_immediate", NOW + 2 * MINUTE)
    back = merging.part_incidents(centre, people["kim"], first.id, "다른 곳", NOW + 3 * MINUTE)
    assert (back.state, back.alarms, back.owner) == (IncidentState.OPEN, tuple(alarm), "kim")
    left = reading.read_case(centre, people["lee"], second.id)
    assert (left.incident.alarms, left.incident.detected_at) == ((), NOW)
    assert left.incident.tenants == second.tenants
    assert left.clocks[0].due_at == NOW + 15 * MINUTE
    case = reading.read_case(centre, people["kim"], first.id)
    assert case.clocks[0].answered_at == NOW + 2 * MINUTE
    assert case.timeline[-1].kind == left.timeline[-1].kind == "IncidentParted"
    third = opening.open_incident(centre, people["kim"], "leak", NOW)
    merging.merge_incidents(centre, people["lee"], third.id, smell.id, NOW + 4 * MINUTE)
    merging.part_incidents(centre, people["kim"], third.id, "다른 곳", NOW + 5 * MINUTE)
    assert reading.read_case(centre, people["kim"], smell.id).clocks[0].exempt
    assert reading.read_case(centre, people["kim"], third.id).clocks[0].answered_at is None


def test_an_alarm_of_a_case_is_called_by_name_and_place(centre, people):
    """Its id stands only where its rule is no more."""
    with centre.registry.write() as conn:
        found = [
            Alarm(rule, "b.nh3", "firm-b", Priority.CRITICAL, active=True) for rule in ("leak-nh3", "gone")
        ]
        alarm_records.put_alarms(conn, [(one, True) for one in found])
    incident = leak(centre, people["kim"], alarms=[one.id for one in found])
    case = reading.read_case(centre, people["kim"], incident.id)
    assert [case.alarm_name(one.id).ko for one in found] == ["암모니아 누출 · 누출감지기", "gone@b.nh3"]


def test_splitting_takes_alarms_along_and_none_is_in_two(centre, people):
    """What is split off has the alarms named, the old incident the rest; each knows the other."""
    ids = alarmed(centre, "b.nh3", "b.h2s")
    old = opening.open_incident(centre, people["kim"], "leak", NOW, alarms=ids, place=Place(thing="hall"))
    new = opening.split_incident(
        centre, people["kim"], old.id, "odour", NOW, alarms=ids[1:], place=Place(thing="hall")
    )
    left = reading.read_case(centre, people["kim"], old.id)
    assert (left.incident.alarms, new.alarms) == ((ids[0],), (ids[1],))
    assert new.split_from == old.id
    assert left.timeline[-1].payload["other"] == new.id
    with pytest.raises(Conflict):
        opening.split_incident(centre, people["kim"], old.id, "odour", NOW, alarms=ids[1:])


def test_closing_needs_cause_measures_and_answered_clocks(centre, people):
    """All that is missing is told at once; a closed incident takes notes and nothing else, until reopened."""
    incident = leak(centre, people["kim"])
    with pytest.raises(InvalidInput) as told:
        closing.close_incident(centre, people["kim"], incident.id, Closing("", ""), NOW)
    assert {one.where for one in told.value.findings} == {"cause", "measures", "chemical_immediate"}
    clocks.answer_clock(centre, people["kim"], incident.id, "chemical_immediate", NOW)
    handling.contain(centre, people["kim"], incident.id, NOW, at=NOW)
    closed = closing.close_incident(centre, people["kim"], incident.id, DONE, NOW + MINUTE)
    assert (closed.state, closed.closing) == (IncidentState.CLOSED, DONE)
    with pytest.raises(Conflict):
        handling.set_level(centre, people["kim"], incident.id, 2, NOW)
    handling.note(centre, people["lee"], incident.id, "나중에 떠오른 것", NOW + MINUTE)
    again = closing.reopen_incident(centre, people["lee"], incident.id, "재발", NOW + 2 * MINUTE)
    assert (again.state, again.owner, again.closed_at) == (IncidentState.OPEN, "lee", None)
    assert "IncidentClosed" in kinds_of(reading.read_case(centre, people["kim"], incident.id))


def test_pictures_are_told_by_their_content_and_bounded(small_centre, people):
    """A script called photo.png is refused; the same picture twice is kept once."""
    incident = leak(small_centre, people["kim"])
    act = (small_centre, people["kim"], incident.id)
    for name, content in (("photo.png", b"<script>"), ("big.png", PNG + b"0" * pictures.MOST_BYTES)):
        with pytest.raises(InvalidInput):
            pictures.attach(*act, name, content, NOW)
    pictures.attach(*act, "현장.png", PNG, NOW)
    pictures.attach(*act, "again.png", PNG, NOW)
    (kept,) = reading.read_case(*act).attachments
    assert (kept.name, kept.media_type) == ("현장.png", "image/png")
    assert reading.read_attachment(*act, kept.id)[1] == PNG


def test_a_sketch_keeps_shapes_and_labels_only(small_centre, people):
    """Points, lines and areas within bounds are kept, whatever else they carry is not."""
    incident = leak(small_centre, people["kim"])
    act = (small_centre, people["kim"], incident.id)
    point = {"type": "Point", "coordinates": [126.7, 37.4]}
    sketch = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "geometry": point, "properties": {"label": "지휘소", "x": "<b>"}}],
    }
    kept = pictures.draw(*act, sketch, NOW).sketch
    assert kept["features"][0]["properties"] == {"label": "지휘소"}
    wrong = [
        {"type": "Point", "coordinates": [999, 0]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 1]]]},
        {"type": "MultiPoint", "coordinates": []},
        None,
    ]
    for geometry in wrong:
        bad = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": geometry}]}
        with pytest.raises(InvalidInput):
            pictures.draw(*act, bad, NOW)


def test_an_incident_keeps_the_procedures_it_was_opened_with(centre, people):
    """A new version holds for incidents opened from then on; from an old version it is refused."""
    old = leak(centre, people["kim"])
    book = procedures.read_procedures(centre, people["kim"])
    header = built_in().splitlines()[0]
    text = (
        header
        + "\nleak,1,one,하나,One,관제사,Operator,1,,,fire,own\nleak,2,two,둘,Two,관제사,Operator,,,,,own\n"
    )
    new = procedures.change_procedures(centre, people["kim"], text, "간소화", NOW, seen=book.version)
    assert (book.version, new.version) == (1, 2)
    with pytest.raises(Conflict):
        procedures.change_procedures(centre, people["kim"], text, "또", NOW, seen=1)
    with pytest.raises(NotAllowed):
        procedures.change_procedures(centre, people["officer"], text, "또", NOW)
    handling.set_level(centre, people["kim"], old.id, 2, NOW)
    assert any(task.step == "centre" for task in reading.read_case(centre, people["kim"], old.id).tasks)
    fresh = leak(centre, people["kim"])
    assert [task.step for task in reading.read_case(centre, people["kim"], fresh.id).tasks] == ["one"]
    assert [one.version for one in procedures.procedure_versions(centre, people["kim"])] == [2, 1]
    with pytest.raises(NotFound):
        procedures.read_procedures(centre, people["kim"], 9)


def test_lists_are_filtered(small_centre, people):
    """By state, kind, least level, drill and words of title, place or id."""
    first, second = (
        leak(small_centre, people["kim"], title="암모니아"),
        leak(small_centre, people["kim"], drill=True),
    )
    handling.set_level(small_centre, people["kim"], first.id, 3, NOW)

    def ids(**wanted):
        return [one.id for one in reading.list_incidents(small_centre, people["officer"], **wanted)]

    assert set(ids(active=True)) == {first.id, second.id}
    assert ids(active=False) == []
    assert ids(drill=False) == ids(level=2) == ids(text="암모") == [first.id]
    assert ids(kind="fire") == []
    tasks, running = reading.waiting(
        small_centre, people["kim"], reading.list_incidents(small_centre, people["kim"])
    )
    assert set(tasks) == set(running) == {first.id, second.id}


def test_every_event_of_incidents_is_told_in_both_tables():
    """Each kind has a sentence for the timeline and one for the audit trail, in both languages."""
    ours = {row["kind"]: row for row in read_table(wording.__name__, "wording.csv")}
    all_ = {row["kind"] for row in read_table("sandan.complex.engine.wording", "events.csv")}
    assert set(ours) <= all_
    assert all(row["ko"] and row["en"] for row in ours.values())


def test_killed_in_the_middle_loses_nothing(tmp_path, migrated, rooms, people):
    """After SIGKILL every act that was answered is there, whole, and the chain of events holds."""
    path = tmp_path / "registry.db"
    shutil.copy(migrated, path)
    script = (
        "import sys\n"
        "from datetime import datetime, timedelta\n"
        "from sandan.access import Actor, Role\n"
        "from sandan.clock import SEOUL\n"
        "from sandan.control.service.incidents import handling, opening, reading\n"
        "from sandan.store.registry import open_registry\n"
        "from sandan.store import Store\n"
        "store = Store(open_registry(sys.argv[1]), None)\n"
        "kim = Actor('kim', 'kim', frozenset({Role.OPERATOR}))\n"
        "now = datetime(2026, 11, 21, 3, 12, tzinfo=SEOUL)\n"
        "id = opening.open_incident(store, kim, 'leak', now).id\n"
        "for i in range(10_000):\n"
        "    handling.set_level(store, kim, id, 1 + (i + 1) % 4, now + timedelta(seconds=i))\n"
        "    print(i, flush=True)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, f"sqlite:///{path}"], stdout=subprocess.PIPE, text=True
    )
    answered = [child.stdout.readline() for _ in range(12)][-1]
    os.kill(child.pid, signal.SIGKILL)
    answered = (child.stdout.read().splitlines() or [answered])[-1]
    child.stdout.close()
    child.wait()
    with open_store(f"sqlite:///{path}", f"chdb:///{tmp_path / 'h'}", rooms=rooms) as store:
        case = reading.read_case(store, people["kim"], "INC-20261121-001")
        with store.registry.read() as conn:
            assert store.events.verify(conn).ok
    levels = [line for line in case.timeline if line.kind == "IncidentLevelSet"]
    assert len(levels) >= int(answered) + 1
    assert case.incident.revision == 1 + len(levels)
    assert case.incident.level == levels[-1].payload["level"]
    assert len(case.tasks) == len({task.step for task in case.tasks})


def test_the_control_room_sees_what_is_under_way(small_centre, people):
    """The legal deadline first, then what is late; a drill is never as urgent; firms see nothing of it."""
    incident = leak(small_centre, people["kim"])
    drill = leak(small_centre, people["kim"], drill=True)

    def lines(person, now):
        return {one.id: one for one in incident_attention(small_centre, people[person], now)}

    found = lines("officer", NOW)
    assert found[incident.id].priority == 1
    assert "03:27:00" in found[incident.id].detail.ko
    assert (found[drill.id].priority, found[drill.id].title.ko[:4]) == (2, "[훈련]")
    clocks.answer_clock(small_centre, people["kim"], incident.id, "chemical_immediate", NOW)
    assert "다음 할 일" in lines("kim", NOW)[incident.id].detail.ko
    assert "늦은 할 일 5" in lines("kim", NOW + timedelta(hours=1))[incident.id].detail.ko
    assert lines("firm", NOW) == {}


def under_way(store, people):
    """The incidents under way."""
    return reading.list_incidents(store, people["kim"], active=True)


def test_the_next_thing_to_do_is_what_is_due_first_of_what_is_real(small_centre, people):
    """A drill's steps come only when nothing real is left to do; the legal clock is said with them."""
    assert next_duty(small_centre, people["kim"], under_way(small_centre, people)) is None
    drill = leak(small_centre, people["kim"], drill=True)
    practised = next_duty(small_centre, people["kim"], under_way(small_centre, people))
    assert practised is not None
    assert practised.incident.id == drill.id
    incident = leak(small_centre, people["kim"])
    duty = next_duty(small_centre, people["kim"], under_way(small_centre, people))
    assert duty is not None
    assert duty.clock is not None
    open_tasks = reading.read_case(small_centre, people["kim"], incident.id).tasks
    assert (duty.incident.id, duty.task) == (incident.id, in_order(open_tasks)[0])
