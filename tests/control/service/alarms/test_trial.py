"""A rule tried on what the historian holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pyarrow as pa
import pytest

from sandan.access import Actor, Role
from sandan.clock import SEOUL
from sandan.control.engine.alarms.flood import flood_params
from sandan.control.model.alarms import Rule, RuleKind, Scope
from sandan.control.service.alarms import trial as trials
from sandan.control.service.alarms.trial import Tried, points_of, try_on_history
from sandan.errors import InvalidInput, NotAllowed
from sandan.store import Store
from sandan.testing import FixedClock
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES
from sandan.words import Text

MINUTE = timedelta(minutes=1)
OPERATOR = Actor("op", "관제사", frozenset({Role.OPERATOR}))
VIEWER = Actor("guest", "방문자", frozenset({Role.VIEWER}))
THINGS = [
    Thing("hall", "building", "가람동"),
    Thing("leak-a", "leak_sensor", "가람 누출감지기", "hall"),
    Thing("leak-b", "leak_sensor", "나래 누출감지기", "hall"),
]
POINTS = [
    Point("a.nh3", "leak-a", "nh3", MINUTE),
    Point("b.nh3", "leak-b", "nh3", MINUTE),
    Point("b.co", "leak-b", "co", None),
]
HIGH = Rule("high", Text("암모니아", "Ammonia"), RuleKind.HIGH, Scope(quantities=frozenset({"nh3"})), 25.0)


@pytest.fixture
def centre(sqlite_store: Store) -> Store:
    """A building with two leak sensors."""
    with sqlite_store.registry.write() as conn:
        sqlite_store.things.put(conn, THINGS)
        sqlite_store.points.put(conn, POINTS)
        sqlite_store.sources.number(conn, "gate")
    return sqlite_store


def keep(store: Store, id: str, start: datetime, *values: float, every: timedelta = MINUTE) -> None:
    """One value after the other, as the historian keeps them."""
    with store.registry.read() as conn:
        number = next(point.number for point in store.points.all(conn) if point.id == id)
    at = [start + i * every for i in range(len(values))]
    columns = {"point": [number] * len(at), "start": at, "known_at": at, "source": [1] * len(at)}
    columns |= {"value": list(values), "quality": [0] * len(at)}
    store.historian.append(pa.table(columns, schema=SAMPLES))


def tried(store: Store, now: datetime, rule: Rule = HIGH, days: int = 7) -> Tried:
    return try_on_history(store, OPERATOR, rule, days, now, flood_params())


def test_history_is_read_and_counted_by_day(centre: Store, clock: FixedClock) -> None:
    """Alarms of two days fall on their days, the busiest point comes first, nothing is written."""
    now = clock.now()
    keep(centre, "a.nh3", now - timedelta(days=3), 0, 60, 0, 60, 0)
    keep(centre, "b.nh3", now - timedelta(days=1), 0, 60, 0)
    keep(centre, "a.nh3", now - timedelta(days=20), 0, 60, 0)
    found = tried(centre, now)
    assert (found.trial.points, found.trial.alarms, found.samples) == (2, 3, 8)
    assert [(one.point.id, one.alarms) for one in found.busiest] == [("a.nh3", 2), ("b.nh3", 1)]
    by_day = {at.astimezone(SEOUL).date(): count for at, count in found.counts}
    today = now.astimezone(SEOUL).date()
    assert len(by_day) == 8
    assert by_day[today - timedelta(days=3)] == 2
    assert by_day[today - timedelta(days=1)] == 1
    assert tried(centre, now, days=30).trial.alarms == 4
    with centre.registry.read() as conn:
        assert centre.events.find(conn) == []


def test_a_single_day_is_counted_by_the_hour(centre: Store, clock: FixedClock) -> None:
    """Of one day the chart shows hours."""
    now = clock.now()
    keep(centre, "a.nh3", now - timedelta(hours=2), 0, 60, 0)
    counts = tried(centre, now, days=1).counts
    assert counts[1][0] - counts[0][0] == timedelta(hours=1)
    assert [count for _, count in counts if count] == [1]


def test_what_repeats_within_a_minute_chatters(centre: Store, clock: FixedClock) -> None:
    """Chattering shows, and a longer off-delay takes it away."""
    now = clock.now()
    keep(centre, "a.nh3", now - timedelta(hours=5), *[0, 60] * 10, every=timedelta(seconds=10))
    found = tried(centre, now)
    assert int(found.trial.chattering.sum()) == found.busiest[0].chattering == 10
    assert tried(centre, now, replace(HIGH, off_delay=5 * MINUTE)).trial.alarms == 1


def test_a_rule_that_is_off_is_tried_as_if_on(centre: Store, clock: FixedClock) -> None:
    """Trying comes before switching on."""
    now = clock.now()
    keep(centre, "a.nh3", now - timedelta(hours=5), 0, 60, 0)
    assert tried(centre, now, replace(HIGH, enabled=False)).trial.alarms == 1


def test_history_cut_into_stretches_is_the_same(
    centre: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How much is read at once changes nothing; an alarm across the cut is one."""
    now = clock.now()
    keep(centre, "a.nh3", now - timedelta(minutes=90), *[0, 60, 60, 60] * 20)
    whole = tried(centre, now)
    monkeypatch.setattr(trials, "AT_ONCE", 1)
    parts = tried(centre, now)
    assert whole.trial.raised.tolist() == parts.trial.raised.tolist()
    assert whole.trial.returned.tolist() == parts.trial.returned.tolist()
    assert whole.samples == parts.samples == 80


def test_silence_is_found_in_history(centre: Store, clock: FixedClock) -> None:
    """A signal that stopped for an hour would have been told, though nobody else spoke meanwhile."""
    now = clock.now()
    keep(centre, "a.nh3", now - timedelta(hours=3), *[1.0] * 60)
    keep(centre, "a.nh3", now - timedelta(hours=1), *[1.0] * 60)
    scope = Scope(points=frozenset({"a.nh3"}))
    found = tried(centre, now, Rule("silent", Text("끊김", "Silent"), RuleKind.STALE, scope, 600.0))
    assert found.trial.alarms == 1
    assert found.trial.returned[0] - found.trial.raised[0] < 3_600_000


def test_too_much_is_refused_with_a_way_out(
    centre: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is read; signals that speak when they like are counted, not guessed."""
    now = clock.now()
    monkeypatch.setattr(trials, "MOST_SAMPLES", 2 * 24 * 60)
    assert tried(centre, now, days=1).samples == 0
    with pytest.raises(InvalidInput) as refused:
        tried(centre, now, days=7)
    (finding,) = refused.value.findings
    assert "20,160" in finding.problem.en
    assert "fewer days" in finding.remedy.en
    carbon = replace(HIGH, scope=Scope(quantities=frozenset({"co"})))
    assert tried(centre, now, carbon, days=30).samples == 0
    monkeypatch.setattr(trials, "MOST_SAMPLES", 2)
    keep(centre, "b.co", now - timedelta(hours=3), 1, 2, 3)
    with pytest.raises(InvalidInput):
        tried(centre, now, carbon)


def test_an_expression_reads_every_point_it_names() -> None:
    """Not only the one its alarm is kept under; points of things that lack one are left alone."""
    scope = Scope(expression="nh3 - co")
    rule = Rule("difference", Text("차이", "Difference"), RuleKind.HIGH, scope, 5.0)
    assert [point.id for point in points_of(rule, THINGS, POINTS)] == ["b.nh3", "b.co"]


def test_only_who_makes_rules_tries_them(centre: Store, clock: FixedClock) -> None:
    """Reading this much is not for everybody."""
    with pytest.raises(NotAllowed):
        try_on_history(centre, VIEWER, HIGH, 7, clock.now(), flood_params())
