"""How the list of alarms groups what it shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sandan.access import SYSTEM
from sandan.control.model.alarms import Alarm, AlarmState, Priority, Rule, RuleKind, Scope
from sandan.control.service.alarms.lists import Line, Told, group_lines
from sandan.twin.model import Point, Thing
from sandan.words import Text

NOON = datetime(2026, 3, 4, 3, tzinfo=UTC)
STALE = Rule("stale", Text("끊김", "Stale"), RuleKind.STALE, Scope())
LEAK = Rule(
    "leak", Text("누출", "Leak"), RuleKind.HIGH, Scope(), 25.0, priority=Priority.CRITICAL, cause="gas"
)


def line(rule: Rule, thing: str, minutes: int, gateway: str = "") -> Line:
    """An alarm of a rule on a thing, that came so many minutes after noon."""
    where = Thing(thing, "leak_sensor", thing, attributes={"gateway": gateway} if gateway else {})
    raised = NOON + timedelta(minutes=minutes)
    alarm = Alarm(rule.id, f"{thing}.nh3", None, rule.priority, active=True, occurrence=1, raised=raised)
    return Line(alarm, AlarmState.UNACKNOWLEDGED, rule, Point(f"{thing}.nh3", thing, "nh3"), where)


def test_alarms_of_one_cause_at_one_place_stand_together() -> None:
    """Silence behind one gateway is one group whose first-out leads; a gas alarm is one of its own."""
    lines = [
        line(LEAK, "a", 5),
        line(STALE, "b", 3, "gw"),
        line(STALE, "a", 2, "gw"),
        line(STALE, "z", 4),
    ]
    groups = [(group.lead.id, [one.id for one in group.others]) for group in group_lines(lines)]
    assert groups == [
        ("leak@a.nh3", []),
        ("stale@z.nh3", []),
        ("stale@a.nh3", ["stale@b.nh3"]),
    ]


def test_what_comes_later_is_a_line_of_its_own() -> None:
    """An alarm ten minutes after another of its cause does not hide beside one that was acknowledged."""
    old, soon, later = line(LEAK, "a", 0), line(LEAK, "a", 8), line(LEAK, "a", 30)
    old = replace(old, state=AlarmState.ACKNOWLEDGED)
    groups = group_lines([old, soon, later])
    assert [[one.since.minute for one in group.lines] for group in groups] == [[30], [0, 8]]
    assert [len(group.waiting) for group in groups] == [1, 1]


def test_the_last_hour_tells_what_repeats_and_what_it_began_with() -> None:
    """Three times a minute is chattering; eleven in ten minutes are a flood whose first-out has a name."""
    rows = [("first", NOON, None)]
    rows += [("bounce", NOON + timedelta(seconds=20 * n), None) for n in range(1, 11)]
    told = Told(rows)
    assert told.chattering == {"bounce"}
    assert told.times["bounce"] == 10
    now = NOON + timedelta(minutes=4)
    flood = told.flood(SYSTEM, now)
    assert flood is not None
    assert (flood.first, flood.flood.alarms) == ("first", 11)
    assert told.flood(SYSTEM, now, operators=2) is None
    assert told.flood(SYSTEM, NOON + timedelta(hours=1)) is None
