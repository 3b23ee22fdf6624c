"""States from newest values."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sandan.control.engine.board import State, assess_points, worst_by_feature

MINUTE = 60_000


def assess(alarm: int = 0, *, age: int = 0, heard: bool = True) -> int:
    now = 1_800_000_000_000
    states = assess_points(
        np.array([alarm], np.uint8), np.array([now - age if heard else -1]), np.array([MINUTE]), now
    )
    return int(states[0])


def test_a_point_takes_the_priority_of_its_worst_alarm():
    """Without one it is normal, whatever its value: the rules decide, not the board."""
    assert assess() == State.NORMAL
    assert assess(2) == State.HIGH


def test_silence_does_not_hide_an_alarm():
    """A sensor that fell silent in a leak has not said that the leak is over."""
    assert assess(age=4 * MINUTE + 1) == State.SILENT
    assert assess(age=4 * MINUTE) == State.NORMAL
    assert assess(1, age=4 * MINUTE + 1) == State.CRITICAL


def test_a_point_that_never_spoke_is_not_silent():
    """It may not be connected yet."""
    assert assess(heard=False) == State.NORMAL


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
