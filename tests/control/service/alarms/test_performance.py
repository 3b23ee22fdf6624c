"""The performance of a period, from what the store remembers."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from sandan.access import Actor, Role
from sandan.clock import Period
from sandan.control.engine.alarms.performance import Performance, Verdict
from sandan.control.model.alarms import Alarm, Priority
from sandan.control.records.alarms import Occurrence, put_alarms, put_occurrences
from sandan.control.service.alarms.layout import read_layout
from sandan.control.service.alarms.performance import Review, review_alarms
from sandan.errors import NotAllowed
from sandan.store import Store
from sandan.testing import FixedClock
from sandan.twin.model import Point, Thing

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OPERATOR = Actor("op", "관제사", frozenset({Role.OPERATOR}))
FIRM = Actor("firm-b", "나래", frozenset({Role.FIRM}), "firm-b")
LEAK, HOT, OLD = "leak-nh3@b.nh3", "overheating@b.heat", "gone@b.gone"


@pytest.fixture
def centre(store: Store) -> Store:
    """A building with a leak sensor and a thermal one."""
    with store.registry.write() as conn:
        store.things.put(
            conn,
            [Thing("hall", "building", "가람동"), Thing("leak-b", "leak_sensor", "나래 누출감지기", "hall")],
        )
        store.points.put(
            conn,
            [
                Point("b.nh3", "leak-b", "nh3", MINUTE, high=25),
                Point("b.heat", "leak-b", "surface_temperature", MINUTE, high=80),
            ],
        )
    return store


def keep(
    store: Store,
    id: str,
    *told: datetime,
    lasts: timedelta | None = MINUTE,
    waits: timedelta | None = MINUTE,
    late: timedelta = timedelta(0),
    hidden: bool = False,
) -> None:
    """An alarm that came at these times; `lasts` None: it still stands after the last of them."""
    rule, _, point = id.partition("@")
    priority = 1 if rule == "leak-nh3" else 3
    with store.registry.write() as conn:
        stands = lasts is None
        alarm = Alarm(
            rule, point, None, Priority(priority), active=stands, occurrence=len(told), raised=told[-1]
        )
        put_alarms(conn, [(alarm, True)])
        rows = [
            Occurrence(
                id,
                number,
                None,
                priority,
                at - late,
                at,
                None if waits is None else at + waits,
                None if waits is None else "op",
                None if stands and number == len(told) else at + (lasts or MINUTE),
                60.0,
                bool(late),
                hidden,
            )
            for number, at in enumerate(told, 1)
        ]
        put_occurrences(conn, rows)


def review(store: Store, now: datetime, length: timedelta = DAY, operators: int = 1) -> Review:
    layout = read_layout(store, now)
    return review_alarms(store, OPERATOR, layout, Period(now - length, now), operators, now)


def value(found: Performance, id: str) -> float | None:
    return next(one.value for one in found.measures if one.norm.id == id)


def test_what_people_were_told_in_the_period_is_measured(centre: Store, clock: FixedClock) -> None:
    """Rates, priorities, the most frequent and answers, with a name and a place for each alarm."""
    now = clock.now()
    keep(centre, LEAK, *(now - n * HOUR for n in range(1, 6)), waits=3 * MINUTE)
    keep(centre, HOT, now - 30 * HOUR, now - 2 * HOUR)
    found = review(centre, now)
    performance = found.performance
    assert performance.alarms == 6
    assert int(performance.rate.sum()) == 6
    assert performance.priorities == {1: 5, 3: 1}
    assert performance.top == [(LEAK, 5), (HOT, 1)]
    line = found.line(LEAK)
    assert line is not None
    assert (line.name.en, line.place) == ("Ammonia leak", "나래 누출감지기")
    critical = performance.answers[0]
    assert (critical.median, critical.late) == (3 * MINUTE, 5)  # two minutes is the rule's time to respond
    assert value(performance, "day") == 6
    assert value(review(centre, now, operators=2).performance, "day") == 3


def test_what_came_before_and_still_stands_is_standing_and_stale(centre: Store, clock: FixedClock) -> None:
    """It counts for no rate; one that ended before the period does not count at all."""
    now = clock.now()
    keep(centre, LEAK, now - 40 * HOUR, lasts=None)
    keep(centre, HOT, now - 40 * HOUR)
    found = review(centre, now)
    assert found.performance.alarms == 0
    assert list(found.performance.standing) == list(found.performance.stale) == [LEAK]
    assert found.line(LEAK) is not None


def test_late_and_hidden_occurrences(centre: Store, clock: FixedClock) -> None:
    """What late data showed counts when people were told of it; what nobody saw never does."""
    now = clock.now()
    keep(centre, LEAK, now - HOUR, late=3 * DAY)
    keep(centre, HOT, now - HOUR, hidden=True)
    assert review(centre, now).performance.alarms == 1


def test_an_alarm_whose_rule_is_gone_is_still_listed(centre: Store, clock: FixedClock) -> None:
    """History keeps it; there is only no name for it."""
    now = clock.now()
    keep(centre, OLD, now - HOUR)
    line = review(centre, now).line(OLD)
    assert line is not None
    assert line.rule is None


def test_nothing_at_all_is_good_and_not_a_failure(centre: Store, clock: FixedClock) -> None:
    """No alarm: rates are zero, shares have nothing to measure."""
    performance = review(centre, clock.now()).performance
    assert {one.verdict for one in performance.measures} <= {Verdict.GOOD, None}
    assert value(performance, "top_ten") is None


def test_a_firm_does_not_see_it(centre: Store, clock: FixedClock) -> None:
    """How the centre's operators fare is the staff's."""
    layout = read_layout(centre, clock.now())
    period = Period(clock.now() - DAY, clock.now())
    with pytest.raises(NotAllowed):
        review_alarms(centre, FIRM, layout, period, 1, clock.now())
