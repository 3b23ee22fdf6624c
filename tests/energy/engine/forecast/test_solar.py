"""Forecasts of roofs: with weather by pvlib's formulas, without by the clear sky."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib
import pytest

from sandan.clock import DAY_MS, HOUR_MS
from sandan.energy.engine.forecast import score, solar_from_history, solar_power
from sandan.energy.engine.forecast.sky import clear_sky
from sandan.energy.engine.forecast.solar import NEEDED
from sandan.energy.model.forecast import History, Method, Roofs, Weather
from sandan.energy.model.rates import SLOT_MS
from sandan.errors import InvalidInput

JUNE = 1_718_809_200_000
"""2024-06-20 0:00 in Korea."""


def some_roofs(count: int) -> Roofs:
    chance = np.random.default_rng(1)
    return Roofs(
        37.3,
        126.8,
        chance.uniform(0, 90, count),
        chance.uniform(0, 360, count),
        chance.uniform(5, 500, count),
        chance.uniform(4, 300, count),
        chance.uniform(-0.005, -0.002, count),
    )


def some_weather() -> Weather:
    """A partly clouded day, told the evening before."""
    start = JUNE + np.arange(24, dtype=np.int64) * HOUR_MS
    clear = clear_sky(start, 37.3, 126.8, HOUR_MS)
    clouds = np.random.default_rng(2).uniform(0.2, 1, 24)
    sky = np.stack(
        [clear * clouds, clear * clouds * 0.6, clear * clouds * 0.4, 20 + clouds * 9, clouds * 5], 1
    )
    return Weather(NEEDED, start, np.full(24, JUNE - 8 * HOUR_MS), sky)


def by_pvlib(roofs: Roofs, n: int, sky: np.ndarray, start: np.ndarray) -> np.ndarray:
    times = pd.to_datetime(start + SLOT_MS // 2, unit="ms", utc=True)
    ghi, dni, dhi, air, wind = sky
    sun = pvlib.solarposition.get_solarposition(times, roofs.latitude, roofs.longitude)
    at = (roofs.tilt[n], roofs.azimuth[n], sun["apparent_zenith"], sun["azimuth"])
    plane = pvlib.irradiance.get_total_irradiance(
        *at,
        dni,
        ghi,
        dhi,
        dni_extra=pvlib.irradiance.get_extra_radiation(times.day_of_year.to_numpy()),
        model="haydavies",
        albedo=0.25,
    )
    effective = plane["poa_direct"] * pvlib.iam.physical(pvlib.irradiance.aoi(*at)) + plane["poa_diffuse"]
    cell = pvlib.temperature.faiman(plane["poa_global"], air, wind)
    array = pvlib.pvsystem.pvwatts_dc(effective, cell, roofs.dc_kw[n], roofs.temperature[n])
    array = array * (1 - pvlib.pvsystem.pvwatts_losses() / 100)
    return np.asarray(pvlib.inverter.pvwatts(array, roofs.ac_kw[n] / 0.96))


def test_equals_pvlib_roof_by_roof() -> None:
    """One sweep gives what pvlib gives for each roof, to 1e-9."""
    roofs, weather = some_roofs(20), some_weather()
    swept = solar_power(roofs, weather, JUNE, 96)
    start = JUNE + np.arange(96, dtype=np.int64) * SLOT_MS
    sky = np.repeat(weather.values, 4, axis=0).T
    for n in range(20):
        np.testing.assert_allclose(swept[n], by_pvlib(roofs, n, sky, start), rtol=1e-9, atol=1e-9)
    assert swept.max() > 10
    assert (swept <= roofs.ac_kw[:, None] + 1e-12).all()


def test_weather_that_was_not_yet_known_gives_nothing() -> None:
    """Before the weather was told there is no forecast: NaN, never zero."""
    early = solar_power(some_roofs(2), some_weather(), JUNE - 9 * HOUR_MS, 96)
    assert np.isnan(early).all()


def test_lacking_weather_is_named() -> None:
    """A sky without wind is refused by name."""
    weather = some_weather()
    with pytest.raises(InvalidInput, match="문제"):
        solar_power(
            some_roofs(1), Weather(NEEDED[:4], weather.start, weather.known_at, weather.values), JUNE, 4
        )


def clouded(days: int, series: int) -> History:
    start = JUNE + np.arange(days * 96, dtype=np.int64) * SLOT_MS
    clear = clear_sky(start, 37.3, 126.8, SLOT_MS) / 1000
    clouds = np.random.default_rng(4).beta(3, 2, (series, days))
    return History(tuple(f"pv{n}" for n in range(series)), JUNE, np.repeat(clouds, 96, axis=1) * clear)


def test_without_weather_the_band_is_as_wide_as_the_sky_was_clear() -> None:
    """Over forty days and ten roofs about four in five daylight values lie in the band; nights are zero."""
    history = clouded(80, 10)
    told = [solar_from_history(history, 37.3, 126.8, JUNE + day * DAY_MS, 96) for day in range(40, 80)]
    night = [one.values[:, :8] for one in told]
    assert all((values == 0).all() for values in night)
    inside = light = 0
    for day, one in zip(range(40, 80), told, strict=True):
        actual = history.values[:, day * 96 : (day + 1) * 96]
        lit = actual > 0.02
        inside += (lit & (actual >= one.values[..., 1]) & (actual <= one.values[..., 5])).sum()
        light += lit.sum()
    assert 0.75 < inside / light < 0.87
    assert (score(told, history).n_mae < 0.5).all()


def test_new_roof_without_a_week_is_not_forecast() -> None:
    """Three days of values are too few to know the sky by."""
    told = solar_from_history(clouded(2, 1), 37.3, 126.8, JUNE + 2 * DAY_MS, 96)
    assert np.isnan(told.values[:, 40:60]).all()
    assert told.method[0] == Method.NAIVE
