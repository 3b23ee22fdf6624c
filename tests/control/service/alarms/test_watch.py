"""The watch: from a committed batch to an alarm that is written down, whatever happens in between."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pyarrow as pa
import pytest
import shapely

from sandan.access import Actor, Role
from sandan.clock import Period
from sandan.control.model.alarms import Act, AlarmState, Event, Rule, RuleKind, Scope
from sandan.control.records.alarms import occurrences, open_alarms, read_alarms
from sandan.control.service.alarms.desk import open_desk
from sandan.control.service.alarms.layout import read_layout
from sandan.control.service.alarms.rules import put_rules, rules_in_force
from sandan.control.service.alarms.steps import handle
from sandan.control.service.alarms.watch import Watch, open_watch
from sandan.errors import Conflict, NotAllowed
from sandan.store import Store
from sandan.testing import FixedClock
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES, Stream
from sandan.words import Text

TEN, MINUTE = timedelta(seconds=10), timedelta(minutes=1)
OPERATOR = Actor("op", "관제사", frozenset({Role.OPERATOR}))
FIRM = Actor("firm-b", "나래", frozenset({Role.FIRM}), "firm-b")
LEAK = "leak-nh3@b.nh3"
THINGS = [
    Thing("hall", "building", "가람동", geometry=shapely.box(0, 0, 1, 1), attributes={"height": 10}),
    Thing("firm-b", "firm", "나래", "hall", "firm-b", shapely.Point(0, 0)),
    Thing("gate", "gateway", "나래 게이트웨이", "hall", "firm-b", shapely.Point(0, 0)),
    Thing(
        "leak-b", "leak_sensor", "나래 누출감지기", "hall", "firm-b", shapely.Point(0.5, 0.5),
        {"gateway": "gate"},
    ),
    Thing(
        "meter-b", "meter", "나래 계량기", "hall", "firm-b", shapely.Point(0.4, 0.4), {"gateway": "gate"}
    ),
    Thing("stack-b", "stack", "나래 굴뚝", "hall", "firm-b", shapely.Point(0.4, 0.5), {"gateway": "gate"}),
]  # fmt: skip


def points() -> list[Point]:
    return [
        Point("b.nh3", "leak-b", "nh3", TEN, "firm-b", high=25),
        Point("b.nox", "stack-b", "stack_nox", MINUTE, "firm-b", high=100),
        Point("b.power", "meter-b", "active_power", TEN, "firm-b"),
    ]


@pytest.fixture
def centre(store: Store) -> Store:
    """A building with a leak sensor and a stack."""
    with store.registry.write() as conn:
        store.things.put(conn, THINGS)
        store.points.put(conn, points())
        store.sources.number(conn, "gate")
    return store


def samples(store: Store, *rows: tuple[str, datetime, float], source: int = 1) -> pa.Table:
    """These samples, kept by the historian as a commit does."""
    with store.registry.read() as conn:
        number = {point.id: point.number for point in store.points.all(conn)}
    table = pa.table(
        {
            "point": [number[id] for id, _, _ in rows],
            "start": [at for _, at, _ in rows],
            "known_at": [at for _, at, _ in rows],
            "source": [source for _ in rows],
            "value": [value for _, _, value in rows],
            "quality": [0 for _ in rows],
        },
        schema=SAMPLES,
    )
    store.historian.append(table)
    return table


def watch_of(store: Store, now: datetime) -> Watch:
    return open_watch(store, now, lambda: None)


def rise(now: datetime, value: float = 60.0, seconds: int = 40) -> list[tuple[str, datetime, float]]:
    return [("b.nh3", now + timedelta(seconds=s), value) for s in range(0, seconds, 10)]


def kinds(store: Store, subject: str = LEAK) -> list[str]:
    with store.registry.read() as conn:
        return [event.kind for event in reversed(store.events.find(conn, subject=subject))]


def numbers(store: Store) -> Sequence[int]:
    with store.registry.read() as conn:
        return [one.number for one in occurrences(conn, alarms=[LEAK])]


def test_a_leak_is_raised_returns_and_is_in_the_log(centre: Store, clock: FixedClock) -> None:
    """The condition has to last; it comes and goes as one occurrence; whose it is goes with it."""
    now = clock.now()
    watch = watch_of(centre, now)
    assert watch.judge([samples(centre, ("b.nh3", now, 60.0))], now) == 0
    assert watch.judge([samples(centre, *rise(now)[1:])], now + timedelta(seconds=40)) == 1
    with centre.registry.read() as conn:
        alarm = open_alarms(conn)[0]
        assert (alarm.id, alarm.tenant, alarm.active, int(alarm.priority)) == (LEAK, "firm-b", True, 1)
        assert open_alarms(conn, "firm-a") == []
        assert centre.events.find(conn, kind="AlarmRaised")[0].tenant == "firm-b"
    later = now + 2 * MINUTE
    watch.judge([samples(centre, ("b.nh3", later, 1.0))], later)
    watch.judge([], later + 2 * MINUTE)
    with centre.registry.read() as conn:
        assert read_alarms(conn, [LEAK])[LEAK].underlying is AlarmState.LATCHED_UNACKNOWLEDGED
        (one,) = occurrences(conn, alarms=[LEAK])
        assert one.raised == now + TEN
        assert one.returned == later + MINUTE
    assert kinds(centre) == ["AlarmRaised", "AlarmReturned"]


def test_a_watch_that_was_killed_neither_loses_nor_doubles(centre: Store, clock: FixedClock) -> None:
    """What was committed and never judged is found at the next start, what was told is not told again."""
    now = clock.now()
    watch_of(centre, now).judge([], now)
    samples(centre, *rise(now))
    found = now + MINUTE
    watch = watch_of(centre, found)
    watch.judge([], found)
    assert numbers(centre) == [1]
    again = watch_of(centre, found + TEN)
    again.judge([samples(centre, ("b.nh3", found, 70.0))], found + TEN)
    assert numbers(centre) == [1]
    assert kinds(centre) == ["AlarmRaised"]


def test_what_cannot_be_written_stays_owed(centre: Store, clock: FixedClock, monkeypatch) -> None:
    """A registry that refuses for a moment costs nothing but the moment."""
    now = clock.now()
    watch = watch_of(centre, now)
    write = type(centre.registry).write

    def refuse(_self: object) -> None:
        raise Conflict(Text("바쁩니다.", "Busy."))

    monkeypatch.setattr(type(centre.registry), "write", refuse)
    with pytest.raises(Conflict):
        watch.judge([samples(centre, *rise(now))], now + MINUTE)
    monkeypatch.setattr(type(centre.registry), "write", write)
    assert watch.judge([], now + MINUTE + TEN) == 1
    assert numbers(centre) == [1]


def test_late_data_finds_an_alarm_and_says_so(centre: Store, clock: FixedClock) -> None:
    """Half an hour's mean that was fine turns out to have been above: it is found and marked late."""
    start = clock.now()
    now = start + timedelta(minutes=45)
    watch = watch_of(centre, start)
    stack = "stack-nox@b.nox"
    heard = [("b.nox", start + i * MINUTE, 90.0) for i in range(20)]
    watch.judge([samples(centre, *heard, ("b.nox", start + timedelta(minutes=40), 90.0))], now)
    assert kinds(centre, stack) == []
    watch.judge([samples(centre, *[("b.nox", start + i * MINUTE, 400.0) for i in range(20, 30)])], now + TEN)
    assert kinds(centre, stack)[0] in ("AlarmFound", "AlarmRaised")
    with centre.registry.read() as conn:
        (one,) = occurrences(conn, alarms=[stack])
        assert one.late


def test_an_alarm_whose_rule_is_gone_returns(centre: Store, clock: FixedClock) -> None:
    """A changed table takes hold at the next look; what it no longer watches does not hang on."""
    now = clock.now()
    watch = watch_of(centre, now)
    watch.judge([samples(centre, *rise(now))], now + MINUTE)
    with centre.registry.read() as conn:
        rules = [rule for rule in rules_in_force(centre, conn, now).rules if rule.id != "leak-nh3"]
    put_rules(centre, OPERATOR, 0, rules, "센서 교체", now)
    with pytest.raises(Conflict):
        put_rules(centre, OPERATOR, 0, rules, "다른 사람", now)
    watch.renew(read_layout(centre, now))
    watch.judge([], now + 2 * MINUTE)
    assert kinds(centre) == ["AlarmRaised", "AlarmReturned"]
    with centre.registry.read() as conn:
        assert centre.events.find(conn, kind="AlarmRulesChanged")[0].payload["removed"] == 1


def test_an_operator_acknowledges_what_was_seen_and_a_firm_may_not(centre: Store, clock: FixedClock) -> None:
    """An acknowledgement names the occurrence its maker saw; another one since is not covered."""
    now = clock.now()
    watch = watch_of(centre, now)
    watch.judge([samples(centre, *rise(now))], now + MINUTE)
    seen = (LEAK, Event(Act.ACKNOWLEDGE, occurrence=1))
    with pytest.raises(NotAllowed):
        handle(centre, FIRM, [seen], now + MINUTE, 12)
    missed = handle(centre, OPERATOR, [(LEAK, Event(Act.ACKNOWLEDGE, occurrence=7))], now + MINUTE, 12)
    assert [one.alarm for one in missed.refused] == [LEAK]
    done = handle(centre, OPERATOR, [seen], now + MINUTE, 12)
    assert [step.after for step in done.done] == [AlarmState.ACKNOWLEDGED]
    with centre.registry.read() as conn:
        (one,) = occurrences(conn, alarms=[LEAK])
        assert (one.acknowledged, one.acknowledged_by) == (now + MINUTE, "op")
        assert centre.events.find(conn, kind="AlarmAcknowledged")[0].actor == "op"


def test_a_shelf_ends_by_itself(centre: Store, clock: FixedClock) -> None:
    """What was set aside comes back on the list when its time is over, said by the system."""
    now = clock.now()
    watch = watch_of(centre, now)
    watch.judge([samples(centre, *rise(now))], now + MINUTE)
    shelf = Event(Act.SHELVE, until=now + 10 * MINUTE, reason="교정 중")
    handle(centre, OPERATOR, [(LEAK, shelf)], now + MINUTE, 12)
    desk = open_desk(centre, now + 2 * MINUTE)
    assert desk.list.asking(OPERATOR) == []
    assert [line.id for line in desk.list.aside(OPERATOR)] == [LEAK]
    watch.judge([], now + 11 * MINUTE)
    desk.reload(now + 11 * MINUTE)
    assert LEAK in [line.id for line in desk.list.asking(OPERATOR)]
    assert kinds(centre)[-1] == "AlarmShelfExpired"


def test_a_firm_sees_its_own_alarms_only(centre: Store, clock: FixedClock) -> None:
    """The list, like every other answer, asks `Actor.sees`."""
    now = clock.now()
    watch_of(centre, now).judge([samples(centre, *rise(now))], now + MINUTE)
    desk = open_desk(centre, now + MINUTE)
    other = Actor("firm-a", "가람", frozenset({Role.FIRM}), "firm-a")
    assert [line.id for line in desk.list.lines(FIRM)] == [LEAK]
    assert desk.list.lines(other) == []


def test_a_dead_gateway_is_one_alarm(centre: Store, clock: FixedClock) -> None:
    """All that one gateway carries falls silent: the first stays, the others are hidden until it speaks."""
    now = clock.now()
    watch = watch_of(centre, now)
    heard = (("b.nh3", 1.0), ("b.nox", 50.0), ("b.power", 20.0))
    watch.judge([samples(centre, *((id, now, value) for id, value in heard))], now)
    later = now + 30 * MINUTE
    watch.judge([], later)
    desk = open_desk(centre, later)
    assert len(desk.list.asking(OPERATOR)) == 1
    assert {line.state for line in desk.list.aside(OPERATOR)} == {AlarmState.SUPPRESSED}
    with centre.registry.read() as conn:
        assert [one.hidden for one in occurrences(conn)].count(True) == 2
    watch.judge([samples(centre, *((id, later, value) for id, value in heard))], later)
    watch.judge([], later + MINUTE)
    desk.reload(later + MINUTE)
    assert desk.list.aside(OPERATOR) == []


def test_a_restart_does_not_call_the_points_silent(centre: Store, clock: FixedClock) -> None:
    """What nobody could hear is no silence; one who stays silent is told of, and what was told stays."""
    now = clock.now()
    heard = [(id, now, 1.0) for id in ("b.nh3", "b.nox", "b.power")]
    watch_of(centre, now).judge([samples(centre, *heard)], now)
    again = now + 30 * MINUTE
    watch = watch_of(centre, again)
    assert watch.judge([], again + TEN) == 0
    late = again + timedelta(seconds=80)
    watch.judge([samples(centre, *((id, late, 1.0) for id, _, _ in heard[1:]))], late)
    watch.judge([], again + timedelta(seconds=95))
    third = again + 3 * MINUTE
    watch_of(centre, third).judge([], third + TEN)
    with centre.registry.read() as conn:
        silent = [one for one in occurrences(conn) if one.alarm.startswith("stale@")]
    assert [(one.alarm, one.returned) for one in silent] == [("stale@b.nh3", None)]


def test_what_strays_from_its_forecast_is_an_alarm(centre: Store, clock: FixedClock) -> None:
    """The forecast for the same time is what a value is held against; without one nothing is said."""
    now = clock.now()
    rule = Rule(
        "off-plan", Text("예측 이탈", "Off plan"), RuleKind.FORECAST,
        Scope(quantities=frozenset({"active_power"})), limit=10.0, consequence=Text("없음", "None"),
        response=Text("확인", "Look"), response_time=MINUTE,
    )  # fmt: skip
    put_rules(centre, OPERATOR, 0, [rule], "예측 비교", now)
    with centre.registry.write() as conn:
        source = centre.sources.number(conn, "planner", Stream.FORECAST)
    watch = watch_of(centre, now)
    samples(centre, ("b.power", now, 20.0), source=source)
    watch.judge([samples(centre, ("b.power", now, 35.0), ("b.power", now + TEN, 90.0))], now + TEN)
    with centre.registry.read() as conn:
        (one,) = occurrences(conn, alarms=["off-plan@b.power"])
    assert one.value == 15.0


def test_the_historian_keeps_what_the_alarms_are_about(centre: Store, clock: FixedClock) -> None:
    """The samples behind an alarm can be read at its time."""
    now = clock.now()
    watch_of(centre, now).judge([samples(centre, *rise(now))], now + MINUTE)
    with centre.registry.read() as conn:
        (one,) = occurrences(conn, alarms=[LEAK])
        point = [p for p in centre.points.all(conn) if p.id == "b.nh3"]
    read = centre.historian.scan(point, Period(one.raised - TEN, one.raised + TEN))
    assert read["value"].to_pylist() == [60.0, 60.0]
