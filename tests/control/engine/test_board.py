"""States from newest values."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sandan.control.engine.board import State, assess_points, worst_by_feature

MINUTE = 60_000


def assess(
    value: float, *, low: float = np.nan, high: float = np.nan, age: int = 0, heard: bool = True
) -> int:
    now = 1_800_000_000_000
    states = assess_points(
        np.array([value]),
        np.array([now - age if heard else -1]),
        np.array([low]),
        np.array([high]),
        np.array([MINUTE]),
        np.array([2], np.uint8),
        now,
    )
    return int(states[0])


def test_a_value_inside_its_bounds_is_normal():
    """No bound, or a value between its bounds, is nothing to look at."""
    assert assess(5) == State.NORMAL
    assert assess(5, low=1, high=10) == State.NORMAL


def test_a_value_outside_its_bounds_takes_the_priority_of_its_quantity():
    """Above the upper or below the lower bound, the table's priority applies."""
    assert assess(11, high=10) == State.HIGH
    assert assess(0.5, low=1) == State.HIGH


def test_silence_hides_an_old_high_value():
    """What nobody hears any more is not known to be high."""
    assert assess(11, high=10, age=4 * MINUTE + 1) == State.SILENT
    assert assess(11, high=10, age=4 * MINUTE) == State.HIGH


def test_a_point_that_never_spoke_is_not_an_alarm():
    """An empty point is not silent: it may not be connected yet."""
    assert assess(np.nan, high=10, heard=False) == State.NORMAL


@given(st.lists(st.tuples(st.sampled_from(list(State)), st.integers(-1, 4)), min_size=1, max_size=40))
def test_a_feature_shows_the_worst_of_its_points(pairs):
    """Critical before high before … before silent before normal, whatever the order."""
    order = [State.CRITICAL, State.HIGH, State.MEDIUM, State.LOW, State.SILENT, State.NORMAL]
    states = np.array([s for s, _ in pairs], np.uint8)
    features = np.array([f for _, f in pairs], np.int64)
    shown = worst_by_feature(states, features, 5)
    for f in range(5):
        own = [s for s, g in pairs if g == f] or [State.NORMAL]
        assert shown[f] == min(own, key=order.index)
