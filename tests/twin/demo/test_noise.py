"""Chance with random access."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sandan.twin.demo.noise import chance, keys, wave

WHO = keys(f"thing-{i}" for i in range(40))


def test_chance_is_even_and_does_not_repeat():
    """Uniform over things and instants, without a pattern between neighbours."""
    draws = chance(WHO[None], np.arange(2000)[:, None], 1)
    assert abs(draws.mean() - 0.5) < 0.005
    assert abs(draws.var() - 1 / 12) < 0.002
    assert abs(np.corrcoef(draws[:-1].ravel(), draws[1:].ravel())[0, 1]) < 0.02
    assert abs(np.corrcoef(draws[:, 0], draws[:, 1])[0, 1]) < 0.1


@given(start=st.integers(0, 2_000_000_000), n=st.integers(1, 50), step=st.integers(1, 5000))
def test_a_wave_is_the_same_however_it_is_sampled(start, n, step):
    """One instant alone, or many at once: bit for bit the same."""
    t = start + step * np.arange(n)
    together = wave(WHO, t, 900, 3)
    alone = np.vstack([wave(WHO, t[i : i + 1], 900, 3) for i in range(n)])
    np.testing.assert_array_equal(together, alone)
    assert (np.abs(together) <= 1).all()


@given(start=st.integers(0, 2_000_000_000))
def test_a_wave_does_not_jump(start):
    """In a hundredth of its period it moves by less than a tenth of its range."""
    t = start + np.arange(300)
    assert np.abs(np.diff(wave(WHO, t, 100, 3), axis=0)).max() < 0.1
