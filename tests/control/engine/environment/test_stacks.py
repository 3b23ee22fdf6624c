"""Means over windows, dust of a day, half-hours of a stack, air warnings."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandan.control.engine.alarms.evaluation import Batch, evaluate
from sandan.control.engine.alarms.memory import new_memory
from sandan.control.engine.alarms.scope import lay_out_rules
from sandan.control.engine.alarms.table import built_in_rules
from sandan.control.engine.environment import (
    assess_stack,
    find_breaches,
    mean_windows,
    moving_mean,
    stack_states,
    warn_of_air,
    warning_levels,
)
from sandan.control.model.environment import HalfHour, RepeatRule, StackReport, Verdict, Window
from sandan.errors import InvalidInput
from sandan.twin.model import Point, Thing
from sandan.words import Text

FIVE = 300_000
HALF = 1_800_000
DAY = 86_400_000


def stack(values: list[float], states: list[str] | None = None, **more: object) -> StackReport:
    start = np.arange(len(values), dtype=np.int64) * FIVE
    settings = {
        "limit": 50.0,
        "interval": FIVE,
        "needed": 0.5,
        "since": 0,
        "until": len(values) * FIVE,
    } | more
    return assess_stack(start, np.array(values), states or ["normal"] * len(values), **settings)  # type: ignore[arg-type]


def test_the_mean_of_half_an_hour_decides():
    """One value above the limit is no excess while the mean is within it."""
    report = stack([90, 10, 10, 10, 10, 10, 60, 60, 60, 60, 60, 60])
    assert [one.verdict for one in report.half_hours] == [Verdict.WITHIN, Verdict.OVER]
    assert report.half_hours[1].mean == 60


def test_values_of_a_faulty_or_stopped_monitor_do_not_count():
    """Fault, shutdown, improvement plan and replacement leave a value out of the mean."""
    report = stack([10, 10, 10, 10, 999, 999], ["normal"] * 4 + ["fault", "shutdown"])
    assert report.half_hours[0].mean == 10
    assert report.half_hours[0].share == pytest.approx(4 / 6)
    report = stack([999] * 6, ["improvement"] * 5 + ["replaced"])
    assert report.half_hours[0].verdict is Verdict.LEFT_OUT
    assert "6개" in report.half_hours[0].why.ko


def test_a_half_hour_with_too_few_values_is_not_judged():
    """Silence is said to be silence, not a pass."""
    report = stack([60, 60, np.nan, np.nan, np.nan, np.nan], needed=0.75)
    assert report.half_hours[0].verdict in {Verdict.TOO_FEW, Verdict.LEFT_OUT}
    start = np.array([0], np.int64)
    report = assess_stack(
        start, np.array([60.0]), ["normal"], limit=50, interval=FIVE, needed=0.75, since=0, until=HALF
    )
    assert report.half_hours[0].verdict is Verdict.TOO_FEW
    assert any("판정하지" in note.ko for note in report.notes)


def test_repetition_counts_only_by_the_operators_rule():
    """Without a rule no breach is found and the report says that none is set."""
    values = [60.0] * 6 * 4
    assert not stack(values).breaches
    assert any("설정되지" in note.ko for note in stack(values).notes)
    assert [at for at, _ in stack(values, rule=RepeatRule(in_a_row=3)).breaches] == [2 * HALF]


def over(at: int, verdict: Verdict = Verdict.OVER) -> HalfHour:
    return HalfHour(at, 60.0, 1.0, verdict, Text("", ""))


def test_an_unjudged_half_hour_interrupts_a_row():
    """What is not known is held against nobody."""
    hours = [over(0), over(HALF), over(2 * HALF, Verdict.TOO_FEW), over(3 * HALF)]
    assert not find_breaches(hours, RepeatRule(in_a_row=3))


def test_a_week_is_the_seven_days_that_end_now():
    """Eight in eight days are no eight in a week."""
    slow = [over(day * DAY) for day in range(8)]
    assert not find_breaches(slow, RepeatRule(in_a_week=8))
    fast = [over(day * DAY // 2) for day in range(8)]
    assert [at for at, _ in find_breaches(fast, RepeatRule(in_a_week=8))] == [7 * DAY // 2]


def test_an_unknown_state_or_limit_is_refused_with_all_findings():
    """Two unknown states and a limit of zero are three findings."""
    with pytest.raises(InvalidInput) as caught:
        stack([1, 2], ["odd", "odder"], limit=0.0)
    assert len(caught.value.findings) == 3
    assert all(state.basis.source for state in stack_states().values())


def test_windows_begin_with_the_korean_day():
    """A day's mean covers midnight to midnight in Korea, 15:00 to 15:00 of Greenwich."""
    hour = 3_600_000
    start = np.arange(72, dtype=np.int64) * hour
    day = Window(24 * hour, hour, 0.75)
    means = mean_windows(start, np.arange(72.0), day, since=0, until=72 * hour)
    assert means.start.tolist() == [15 * hour, 39 * hour]
    assert means.mean[0] == np.arange(15, 39).mean()


def test_a_sample_sent_twice_counts_once():
    """Of two values for the same start the later one given stands."""
    start = np.array([0, FIVE, 0], np.int64)
    means = mean_windows(start, np.array([1.0, 2.0, 5.0]), Window(2 * FIVE, FIVE, 1), since=0, until=2 * FIVE)
    assert means.mean.tolist() == [3.5]


def test_a_sample_off_the_interval_and_a_wrong_window_are_refused():
    """Neither is silently rounded."""
    with pytest.raises(InvalidInput):
        mean_windows(np.array([1]), np.array([1.0]), Window(HALF, FIVE, 1), since=0, until=HALF)
    with pytest.raises(InvalidInput) as caught:
        Window(HALF, 7, 0)
    assert len(caught.value.findings) == 2


@given(st.lists(st.one_of(st.none(), st.floats(0, 500)), min_size=1, max_size=60), st.integers(1, 24))
def test_the_moving_mean_is_that_of_what_is_there(values: list[float | None], hours: int):
    """Running totals give what each window's own mean gives."""
    series = np.array([np.nan if value is None else value for value in values])
    mean, share = moving_mean(series, hours, needed=0.5)
    for at in range(len(series)):
        window = series[max(0, at - hours + 1) : at + 1]
        there = window[np.isfinite(window)]
        assert share[at] == pytest.approx(len(there) / hours)
        if len(there) and len(there) / hours >= 0.5:
            assert mean[at] == pytest.approx(there.mean(), abs=1e-6)
        else:
            assert np.isnan(mean[at])


def test_a_warning_begins_after_its_hours_and_ends_below_its_end():
    """150 ㎍/㎥ of PM10 for two hours is an advisory until an hour falls below 100."""
    assert warn_of_air(np.array([160.0]), "pm10") is None
    found = warn_of_air(np.array([160.0, 155.0, 120.0]), "pm10")
    assert found is not None
    assert (found.level.level, found.since) == (1, 1)
    assert warn_of_air(np.array([160.0, 155.0, 99.0]), "pm10") is None
    found = warn_of_air(np.array([310.0, 320.0, 200.0]), "pm10")
    assert found is not None
    assert found.level.level == 2
    found = warn_of_air(np.array([310.0, 320.0, 149.0]), "pm10")
    assert found is not None
    assert found.level.level == 1, "a warning goes over into an advisory"
    assert warn_of_air(np.array([0.12]), "o3") is not None


def test_each_level_of_a_warning_raises_an_alarm():
    """The rules that ship have the values, hours and ends of the table of warnings."""
    rules = built_in_rules().rules
    for level in warning_levels():
        word = ("advisory", "warning", "grave")[level.level - 1]
        rule = next(one for one in rules if one.id == f"{level.pollutant}-{word}")
        assert (rule.limit, rule.scope.quantities) == (level.at_least, {level.pollutant})
        assert rule.limit - rule.deadband == pytest.approx(level.end_below)
        assert rule.on_delay == timedelta(hours=level.hours - 1)
        assert rule.window is not None
        assert rule.window.length == timedelta(hours=1)


def test_two_hours_of_dust_are_one_alarm_until_an_hour_is_clean():
    """Hourly means of 160, 160, 120 and 90: it comes with the second hour and goes with the last."""
    rules = [one for one in built_in_rules().rules if one.id in ("pm10-advisory", "pm10-warning")]
    point = Point("a.pm10", "a", "pm10", timedelta(minutes=1))
    pairs = lay_out_rules(rules, [Thing("a", "air_station", "대기측정소")], [point])
    hour, begin = 3_600_000, 1_772_600_400_000
    value = np.repeat([100.0, 160, 160, 120, 90, 90], 60)
    start = begin + np.arange(len(value), dtype=np.int64) * 60_000
    changes = evaluate(pairs, new_memory(pairs), Batch(np.zeros(len(value), np.int64), start, value)).changes
    told = [(pairs.id(int(changes.pair[i])), bool(changes.on[i])) for i in range(len(changes))]
    assert told == [("pm10-advisory@a.pm10", True), ("pm10-advisory@a.pm10", False)]
    assert ((changes.at - begin) // hour).tolist() == [3, 5]
