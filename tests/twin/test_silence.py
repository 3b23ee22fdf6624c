"""One rule of silence."""

import numpy as np

from sandan.twin.silence import is_silent

MINUTE = 60_000
QUARTER = 15 * MINUTE


def test_three_intervals_may_pass_after_the_newest_is_over():
    """A quarter-hour that began at twelve is over at a quarter past and silent from one o'clock."""
    assert not is_silent(0, QUARTER, 4 * QUARTER)
    assert is_silent(0, QUARTER, 4 * QUARTER + 1)


def test_a_fast_point_has_a_minute():
    """Gateways gather before they send: a point of one second is not silent after three."""
    assert not is_silent(0, 1000, 61_000)
    assert is_silent(0, 1000, 61_001)


def test_a_point_that_speaks_on_change_is_never_silent():
    """It owes nobody a word."""
    assert not is_silent(0, 0, 10**12)


def test_arrays_are_judged_one_by_one():
    """The same for a whole complex at once."""
    found = is_silent(np.array([0, 0, 0]), np.array([0, MINUTE, QUARTER]), 5 * MINUTE)
    assert found.tolist() == [False, True, False]
