"""Roofs under the sky that was told."""

from __future__ import annotations

import numpy as np
import pytest

from sandan.clock import DAY_MS, HOUR_MS
from sandan.energy.engine.forecast import forecast_roofs, solar_as_issued, solar_from_history
from sandan.energy.model.forecast import History, Method, Weather
from sandan.errors import InvalidInput

DAYS = 40
UNTIL = DAYS * DAY_MS - 14 * HOUR_MS
LEVELS = (0.1, 0.5, 0.9)


def _sky(days: int = DAYS + 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    chance = np.random.default_rng(3)
    start = np.arange(days * 24, dtype=np.int64) * HOUR_MS
    height = np.maximum(0, np.sin((start % DAY_MS / HOUR_MS - 5.5) / 12 * np.pi))
    clear = np.repeat(chance.uniform(0.1, 1, days), 24)
    return start, 800 * height * clear, 200 * height * (1.2 - clear)


def _weather(known_before: int = 40 * HOUR_MS) -> tuple[Weather, np.ndarray]:
    start, direct, diffuse = _sky()
    told = Weather(("D", "S"), start, start - known_before, np.stack([direct, diffuse], axis=1))
    return told, (0.9 * direct + 0.5 * diffuse)[None] / 1000


def test_a_roof_that_follows_the_sky_is_told_by_it() -> None:
    """Tomorrow's clouds are in the forecast, by hours and to a hundredth of its size."""
    weather, power = _weather()
    history = History(("roof",), 0, power[:, : DAYS * 24], HOUR_MS)
    got = solar_as_issued(history, weather, "D", "S", 0.0, UNTIL, 38, LEVELS)
    assert got.median[0, 14:] == pytest.approx(power[0, DAYS * 24 :], abs=0.01)
    assert (np.diff(got.values, axis=2) >= 0).all()


def test_weather_that_could_not_be_read_yet_is_not_used() -> None:
    """Told only when the slot begins, it is not there the day before: nothing is told."""
    weather, power = _weather(known_before=0)
    got = solar_as_issued(History(("roof",), 0, power, HOUR_MS), weather, "D", "S", 0.0, UNTIL, 38, LEVELS)
    assert np.isnan(got.values).all()
    assert got.method[0] == Method.NAIVE


def test_what_comes_after_is_not_looked_at() -> None:
    """A forecast of the past is what would have been told then."""
    weather, power = _weather()
    later = power.copy()
    later[:, UNTIL // HOUR_MS :] = 9
    one, other = (
        solar_as_issued(
            History(("roof",), 0, values, HOUR_MS), weather, "D", "S", 0.0, UNTIL, 38, LEVELS
        ).values
        for values in (power, later)
    )
    np.testing.assert_array_equal(one, other)


def test_too_few_days_and_missing_variables_are_told() -> None:
    """Five days are not enough; a variable that is not there is named."""
    weather, power = _weather()
    few = History(("roof",), (DAYS - 5) * DAY_MS, power[:, (DAYS - 5) * 24 :], HOUR_MS)
    assert np.isnan(solar_as_issued(few, weather, "D", "S", 0.0, UNTIL, 38, LEVELS).values).all()
    with pytest.raises(InvalidInput):
        solar_as_issued(few, weather, "D", "ghi", 0.0, UNTIL, 38, LEVELS)


def test_roofs_go_by_the_weather_told_and_else_by_the_clear_sky() -> None:
    """Where the weather reaches it is used; hours of which none was told are as the last weeks were."""
    weather, power = _weather()
    history = History(("roof",), 0, power[:, : DAYS * 24], HOUR_MS)
    short = weather.start < (DAYS - 1) * DAY_MS + 20 * HOUR_MS
    part = Weather(weather.variables, weather.start[short], weather.known_at[short], weather.values[short])
    got = forecast_roofs(history, 10.0, 0.0, UNTIL, 38, LEVELS, part, ("D", "S")).values
    told = solar_as_issued(history, weather, "D", "S", 0.0, UNTIL, 38, LEVELS).values
    usual = solar_from_history(history, 10.0, 0.0, UNTIL, 38, LEVELS).values
    np.testing.assert_array_equal(got[:, :10], told[:, :10])
    np.testing.assert_array_equal(got[:, 12:], usual[:, 12:])
    np.testing.assert_array_equal(forecast_roofs(history, 10.0, 0.0, UNTIL, 38, LEVELS).values, usual)


def test_the_band_holds_on_days_it_has_not_seen() -> None:
    """With weather that is wrong by some tenths, about four in five hours of light lie in the band."""
    start, direct, diffuse = _sky(100)
    wrong = np.repeat(np.random.default_rng(8).uniform(0.5, 1.5, 100), 24)
    sky = np.stack([direct * wrong, diffuse], axis=1)
    weather = Weather(("D", "S"), start, start - 40 * HOUR_MS, sky)
    power = (0.9 * direct + 0.5 * diffuse)[None] / 1000
    inside = light = 0
    for day in range(70, 100):
        until = day * DAY_MS - 14 * HOUR_MS
        history = History(("roof",), 0, power, HOUR_MS)
        told = solar_as_issued(history, weather, "D", "S", 0.0, until, 38, LEVELS).values[0, 14:]
        real = power[0, day * 24 : day * 24 + 24]
        lit = real > 0.01
        inside += int((lit & (real >= told[:, 0] - 1e-6) & (real <= told[:, 2] + 1e-6)).sum())
        light += int(lit.sum())
    assert 0.7 < inside / light < 0.9
