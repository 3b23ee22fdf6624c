"""What the wind carries: where it blows, and how far."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sandan.twin.demo.air import pair

SOURCE = np.array([[0.0, 0.0]])
RING = np.array([[600 * np.sin(a), 600 * np.cos(a)] for a in np.radians(np.arange(0, 360, 45))])
PLUMES = pair(SOURCE, np.array([20.0]), RING)


@given(octant=st.integers(0, 7), speed=st.floats(0.6, 12))
def test_when_the_wind_turns_the_plume_follows(octant, speed):
    """Of eight stations around a stack the one downwind is hit; those upwind get nothing."""
    angle = np.radians(45 * octant)
    east, north = np.array([speed * np.sin(angle)]), np.array([speed * np.cos(angle)])
    level = PLUMES.spread(np.ones((1, 1)), east, north)[0]
    assert level.argmax() == octant
    upwind = [(octant + 4 + i) % 8 for i in (-1, 0, 1)]
    assert (level[upwind] == 0).all()


def test_twice_the_strength_is_twice_the_level():
    """Plumes add up, and two sources are the sum of each."""
    two = pair(np.array([[0.0, 0.0], [100.0, -50.0]]), np.array([10.0, 30.0]), RING)
    wind = np.array([2.0]), np.array([1.0])
    both = two.spread(np.array([[1.0, 2.0]]), *wind)
    apart = two.spread(np.array([[1.0, 0.0]]), *wind) + 2 * two.spread(np.array([[0.0, 1.0]]), *wind)
    np.testing.assert_allclose(both, apart)


def test_far_sources_are_left_out():
    """A station beyond reach has no pair and no plume."""
    plumes = pair(SOURCE, np.array([20.0]), np.array([[9000.0, 0.0]]))
    assert plumes.spread(np.ones((1, 1)), np.array([3.0]), np.array([0.0])).tolist() == [[0.0]]
