"""The figures of ISA-18.2 and EEMUA 191 over a period of alarms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from sandan.clock import SEOUL, Period
from sandan.control.engine.alarms.flood import flood_params
from sandan.control.engine.alarms.performance import Performance, Verdict, assess_performance, norms

DAY = datetime(2026, 3, 4, tzinfo=SEOUL)
MINUTE = timedelta(minutes=1)
PERIOD = Period(DAY, DAY + timedelta(days=1))


@dataclass(frozen=True)
class Came:
    """One time an alarm came, as the records keep it."""

    alarm: str
    told: datetime
    acknowledged: datetime | None = None
    returned: datetime | None = DAY + timedelta(days=30)
    priority: int = 3
    hidden: bool = False


def came(alarm: str, minute: float, stays: float = 1.0, answered: float | None = None, **more: int) -> Came:
    """An alarm that came at a minute of the day, stayed for some and was answered after some."""
    told = DAY + minute * MINUTE
    known = None if answered is None else told + answered * MINUTE
    return Came(alarm, told, known, told + stays * MINUTE, **more)


def value(performance: Performance, id: str) -> float | None:
    """The value of one measure."""
    return next(one.value for one in performance.measures if one.norm.id == id)


def verdict(performance: Performance, id: str) -> Verdict | None:
    """The verdict of one measure."""
    return next(one.verdict for one in performance.measures if one.norm.id == id)


def test_a_quiet_day_is_good() -> None:
    """Nothing came: every count is zero and good, a share of nothing has no value."""
    quiet = assess_performance([], PERIOD, flood_params())
    assert (quiet.alarms, value(quiet, "day"), quiet.rate.sum(), len(quiet.rate)) == (0, 0.0, 0, 144)
    assert value(quiet, "top_ten") is None
    assert {one.verdict for one in quiet.measures} == {Verdict.GOOD, None}


def test_a_busy_day_is_measured_per_operator() -> None:
    """300 alarms a day can just be borne by one operator and are good for two."""
    every = [came(f"a{i}", i * 4.8) for i in range(300)]
    one, two = (assess_performance(every, PERIOD, flood_params(), operators=n) for n in (1, 2))
    assert (value(one, "day"), verdict(one, "day")) == (300.0, Verdict.BEARABLE)
    assert (value(two, "day"), verdict(two, "day")) == (150.0, Verdict.GOOD)
    assert value(one, "ten_minutes") == pytest.approx(300 / 144)
    assert verdict(one, "ten_minutes") is Verdict.POOR
    assert (value(one, "peak"), value(one, "flood_time")) == (3.0, 0.0)


def test_a_flood_shows_in_all_its_figures() -> None:
    """Forty alarms in four minutes: one flood, one busy hour, two busy tens of minutes at most."""
    flood = assess_performance([came(f"a{i}", 60 + i / 10) for i in range(40)], PERIOD, flood_params())
    assert (len(flood.floods), value(flood, "peak"), verdict(flood, "peak")) == (1, 40.0, Verdict.POOR)
    assert value(flood, "busy_hours") == pytest.approx(100 / 24)
    assert value(flood, "busy_tens") == pytest.approx(100 / 144)
    assert value(flood, "flood_time") == pytest.approx(100 * 13.6 / 1440, abs=0.03)


def test_the_ten_most_frequent_need_more_than_ten() -> None:
    """Of ten alarms or fewer they would always have all; of twelve that come alike they have ten."""
    ten, twelve = (
        assess_performance([came(f"a{i}", i) for i in range(n)], PERIOD, flood_params()) for n in (10, 12)
    )
    assert (value(ten, "top_ten"), verdict(ten, "top_ten")) == (None, None)
    assert value(twelve, "top_ten") == pytest.approx(1000 / 12)


def test_bad_actors_are_named() -> None:
    """What chatters, what comes most often and what stands for long is listed by alarm."""
    chatter = [came("pump", i / 3) for i in range(5)]
    late = came("fan", 600)
    old = Came("valve", DAY - timedelta(hours=2))
    hidden = Came("child", DAY + MINUTE, hidden=True)
    found = assess_performance([*chatter, late, old, hidden], PERIOD, flood_params())
    assert list(found.top) == [("pump", 5), ("fan", 1)]
    assert list(found.chattering) == [("pump", 5)]
    assert (list(found.standing), list(found.stale)) == (["valve"], ["valve"])
    assert (value(found, "standing"), value(found, "chattering")) == (1.0, 1.0)


def test_answers_are_measured_against_their_time() -> None:
    """Median, slow tail and lateness by priority; what nobody answered is late once its time is over."""
    alarms = [came("a", 10 * i, answered=i, priority=1) for i in range(1, 11)] + [came("b", 1, priority=1)]
    limit = {"a": 8 * MINUTE, "b": 8 * MINUTE}
    [answer] = assess_performance(alarms, PERIOD, flood_params(), 1, limit).answers
    assert (answer.alarms, answer.acknowledged, answer.late) == (11, 10, 3)
    assert (answer.median, answer.slow) == (5.5 * MINUTE, timedelta(minutes=9.1))


def test_each_figure_names_its_source() -> None:
    """Every row of the table says where it comes from and has a limit no stricter than its target."""
    for norm in norms().values():
        assert norm.source
        assert norm.limit >= norm.target
