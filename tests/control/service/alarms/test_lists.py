"""How the list of alarms groups what it shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sandan.control.model.alarms import Alarm, AlarmState, Priority, Rule, RuleKind, Scope
from sandan.control.service.alarms.lists import Line, group_lines
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
        ("stale@a.nh3", ["stale@b.nh3"]),
        ("stale@z.nh3", []),
    ]
