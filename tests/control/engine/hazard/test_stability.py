"""Stability from the weather that is known."""

from __future__ import annotations

import pytest

from sandan.control.engine.hazard.stability import estimate_stability
from sandan.control.model.hazard import Stability
from sandan.errors import InvalidInput


@pytest.mark.parametrize(
    ("speed", "known", "expected"),
    [
        (1.5, {"radiation": 950.0}, "A"),
        (2.5, {"radiation": 700.0}, "B"),
        (4.0, {"radiation": 300.0}, "C"),
        (5.5, {"radiation": 700.0}, "C"),
        (7.0, {"radiation": 950.0}, "C"),
        (7.0, {"radiation": 300.0}, "D"),
        (1.0, {"radiation": 50.0}, "D"),
        (2.5, {"sun_elevation": -5.0, "cloud": 0.1}, "F"),
        (2.5, {"sun_elevation": -5.0, "cloud": 0.9}, "E"),
        (3.5, {"sun_elevation": -5.0, "cloud": 0.1}, "E"),
        (5.5, {"sun_elevation": -5.0, "cloud": 0.1}, "D"),
        (1.0, {"sun_elevation": 65.0, "cloud": 0.0}, "A"),
        (2.5, {"sun_elevation": 65.0, "cloud": 0.7}, "B"),
        (4.0, {"sun_elevation": 20.0, "cloud": 0.0}, "C"),
        (2.0, {"sun_elevation": 65.0, "cloud": 1.0}, "D"),
    ],
)
def test_the_class_is_that_of_the_tables(speed: float, known: dict[str, float], expected: str) -> None:
    """EPA's table of radiation, Turner's of sun and cloud."""
    found = estimate_stability(speed, **known)
    assert found.stability is Stability(expected)
    assert found.sure


def test_ignorance_takes_the_safe_side_and_says_so() -> None:
    """A weak wind of which nothing else is known is taken as a stable night."""
    found = estimate_stability(1.5)
    assert (found.stability, found.sure) == (Stability.F, False)
    assert not estimate_stability(3.0, sun_elevation=30).sure


def test_weather_that_cannot_be_is_refused() -> None:
    """A cloud of nine eighths, a wind below nothing."""
    with pytest.raises(InvalidInput):
        estimate_stability(2.0, cloud=1.1)
    with pytest.raises(InvalidInput):
        estimate_stability(-1.0)
