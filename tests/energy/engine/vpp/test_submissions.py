"""Which forecast counts, and which one to hand in."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sandan.clock import HOUR_MS
from sandan.energy.engine.vpp import bands, best_forecast, forecast_that_counts, gates, hourly
from sandan.energy.engine.vpp.submissions import gate_closes, midnight
from sandan.energy.model.vpp import PlantKind, Submission
from sandan.errors import InvalidInput

DAY = date(2026, 7, 2)


def _handed(gate: str, level: float, minutes: int = 0, day: date = DAY) -> Submission:
    closes = next(gate_closes(one, day) for one in gates() if one.name == gate)
    return Submission(gate, day, closes + minutes * 60_000, np.full((2, 24), level))


def test_the_gates_close_at_ten_and_at_five_the_day_before() -> None:
    """In Seoul."""
    assert [gate_closes(one, DAY) - midnight(date(2026, 7, 1)) for one in gates()] == [
        10 * HOUR_MS,
        17 * HOUR_MS,
    ]


def test_the_mean_of_the_newest_in_time_counts() -> None:
    """A later word replaces an earlier one; one after the gate is told as late."""
    handed = [
        _handed("morning", 10.0, -60),
        _handed("morning", 20.0),
        _handed("morning", 90.0, 1),
        _handed("evening", 30.0),
    ]
    got = forecast_that_counts(handed, [DAY], 2)
    assert (got.energy == 25).all()
    assert [one.energy[0, 0] for one in got.late] == [90]
    assert got.start[0] == midnight(DAY)


def test_a_day_with_one_gate_missed_is_not_told() -> None:
    """What the market does then is not known, so nothing is guessed."""
    assert np.isnan(forecast_that_counts([_handed("evening", 30.0)], [DAY], 2).energy).all()


def test_a_gate_that_is_not_known_is_refused() -> None:
    """With all other findings."""
    with pytest.raises(InvalidInput) as caught:
        forecast_that_counts([Submission("noon", DAY, 0, np.zeros((2, 24)))], [DAY], 3)
    assert len(caught.value.findings) == 1


def test_an_hour_with_a_missing_quarter_is_missing() -> None:
    """The others are sums."""
    got = hourly(np.array([1.0, 2, 3, 4, 1, np.nan, 1, 1]))
    assert got[0] == 10
    assert np.isnan(got[1])


def test_the_best_forecast_is_where_most_lands_within_the_bands() -> None:
    """Mostly near 800, seldom far below: it hands in near 800, not the mean, and expects more."""
    rule = bands(DAY, PlantKind.SOLAR)
    levels = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
    got = best_forecast(
        levels, np.array([[100.0, 300.0, 600.0, 780.0, 800.0], [0, 0, 0, 0, 0]]), 1000.0, rule
    )
    assert 740 <= got.energy[0] <= 800
    assert got.expected[0] > got.median_expected[0]
    assert got.expected[1] == 0
