"""Many alarms at once: bursts, floods, and what a dead parent explains."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sandan.control.engine.alarms.flood import (
    Standing,
    find_chattering,
    find_floods,
    flood_params,
    plan_suppression,
)

PARAMS = flood_params()
MINUTE = 60_000


def times(*minutes: float) -> np.ndarray:
    """Moments in minutes as arrays of ms."""
    return np.array([int(minute * MINUTE) for minute in minutes], np.int64)


def test_the_figures_are_those_of_the_standard() -> None:
    """Three in a minute chatter; more than ten in ten minutes are a flood until fewer than five."""
    assert (PARAMS.chatter_times, PARAMS.chatter_within) == (3, MINUTE)
    assert (PARAMS.flood_above, PARAMS.flood_below, PARAMS.flood_within) == (10, 5, 10 * MINUTE)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 400_000)), max_size=40))
def test_chattering_is_what_the_definition_says(came: list[tuple[int, int]]) -> None:
    """An occurrence chatters when some three of its alarm, itself among them, lie within a minute."""
    alarm, at = (np.array([one[i] for one in came], np.int64) for i in (0, 1))
    found = find_chattering(alarm, at, PARAMS)
    for i in range(len(came)):
        mine = np.sort(at[alarm == alarm[i]])
        windows = [(t, t + PARAMS.chatter_within) for t in mine]
        plain = any(a <= at[i] <= b and ((mine >= a) & (mine <= b)).sum() >= 3 for a, b in windows)
        assert found[i] == plain


def test_a_flood_has_a_beginning_a_peak_and_an_end() -> None:
    """Eleven alarms in ten minutes are a flood, from the first of them until fewer than five are left."""
    [flood] = find_floods(times(*np.arange(11) * 0.9, 60), PARAMS)
    assert (flood.start, flood.alarms, flood.peak) == (0, 11, 11)
    assert find_floods(times(*range(0, 100, 5)), PARAMS) == []
    crowd = times(*np.linspace(0, 5, 20))
    [flood] = find_floods(crowd, PARAMS)
    assert (flood.start, flood.alarms, flood.peak) == (0, 20, 20)
    assert flood.end == int(crowd[15]) + 10 * MINUTE
    assert find_floods(crowd, PARAMS, operators=2) == []
    first, second = find_floods(np.concatenate([crowd, crowd + 100 * MINUTE]), PARAMS)
    assert first.end < second.start


def stale(thing: str, raised: int = 0) -> Standing:
    """A silent signal on a thing."""
    return Standing(f"stale@{thing}", thing, "stale", raised)


FIFTY = {f"t{i:02}": "gateway" for i in range(50)}


def test_a_dead_gateway_is_one_alarm_not_fifty() -> None:
    """When nearly all its things are silent the first stays, the others hide behind it, gas does not."""
    silent = [stale(thing, raised=i) for i, thing in enumerate(FIFTY)][:45]
    gas = Standing("leak@t03", "t03", "gas", 7)
    plan = plan_suppression([*silent, gas], FIFTY, {}, PARAMS)
    assert list(plan.dead) == ["gateway"]
    assert set(plan.suppress) == {one.id for one in silent[1:]}
    assert set(plan.suppress.values()) == {"stale@t00"}
    again = plan_suppression([*silent, gas], FIFTY, plan.suppress, PARAMS)
    assert (again.suppress, again.release) == ({}, [])


def test_few_silent_things_explain_nothing() -> None:
    """Some silent things of many, or all two of two, are alarms of their own."""
    assert plan_suppression([stale(t) for t in list(FIFTY)[:39]], FIFTY, {}, PARAMS).suppress == {}
    two = {"a": "g", "b": "g"}
    assert plan_suppression([stale("a"), stale("b")], two, {}, PARAMS).suppress == {}


def test_what_the_parent_no_longer_explains_is_shown_again() -> None:
    """With most things heard again the silent rest is released; what returned is released at once."""
    silent = [stale(thing) for thing in FIFTY]
    hidden = plan_suppression(silent, FIFTY, {}, PARAMS).suppress
    assert plan_suppression(silent[:30], FIFTY, hidden, PARAMS).release == [one.id for one in silent[30:]]
    assert plan_suppression(silent[40:], FIFTY, hidden, PARAMS).release == sorted(hidden)


def test_an_alarm_on_the_parent_explains_its_children() -> None:
    """A feeder without power explains the silent meters behind it, however few and far, not their gas."""
    parents = {"meter": "transformer", "transformer": "feeder"}
    feeder = Standing("voltage@feeder", "feeder", "power", 0)
    gas = Standing("leak@meter", "meter", "gas", 1)
    plan = plan_suppression([feeder, stale("meter"), gas], parents, {}, PARAMS)
    assert plan.suppress == {"stale@meter": "voltage@feeder"}
    assert plan_suppression([stale("meter"), gas], parents, plan.suppress, PARAMS).release == ["stale@meter"]
