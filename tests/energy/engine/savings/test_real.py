"""Real meters to which nothing was done: what may be believed of them, and what may not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.energy.engine.tariff.steel import STEEL, steel_year
from tests.shared import ENERGY

from sandan.clock import korean_holidays
from sandan.energy.engine.savings import between, days_of, fit_baseline, saving
from sandan.energy.model.savings import Days, SavingParams

BUILDINGS = ENERGY / "citylearn2022_17bld_hourly.parquet"
WEATHER = ENERGY / "citylearn2022_weather_hourly.parquet"
BEFORE = 330


@pytest.mark.skipif(
    not STEEL.exists(), reason="the steel plant's year is kept in ../shared, not in the project"
)
def test_the_steel_plant_needs_its_production() -> None:
    """Its day scatters by 40 % when only the calendar is known: even a fifth saved is not believed."""
    meter = steel_year()
    days = days_of(meter.start, meter.energy, korean_holidays(2018))
    assert float(days.energy.sum()) == pytest.approx(959_636.71, abs=0.01)
    cut = int(days.day[0]) + BEFORE
    baseline = fit_baseline(between(days, 0, cut))
    after = between(days, cut, cut + 100)
    assert 0.35 < baseline.cv < 0.5
    for fraction in (0.0, 0.2):
        found = saving(baseline, replace(after, energy=after.energy * (1 - fraction)))
        assert not found.believable
        assert found.low <= fraction * float(after.energy.sum()) <= found.high


def buildings() -> list[Days]:
    """A year of each of 17 buildings; row 0 is the last hour of a day before."""
    table, weather = pd.read_parquet(BUILDINGS), pd.read_parquet(WEATHER)
    n = 364
    outdoors = weather["outdoor_dry_bulb_temperature"].to_numpy(np.float64)[1 : 1 + 24 * n]
    made = []
    for _, rows in table.groupby("building"):
        slots = rows["non_shiftable_load"].to_numpy(np.float64)[1 : 1 + 24 * n].reshape(n, 24)
        weekday = rows["day_type"].to_numpy(np.int64)[1 : 1 + 24 * n : 24]
        kind = np.select([weekday == 7, weekday == 6], [2, 1], 0).astype(np.int8)
        mean = outdoors.reshape(n, 24).mean(axis=1)
        made.append(Days(np.arange(n) + 17_379, slots.sum(axis=1), kind, mean, slots=slots))
    return made


@pytest.mark.skipif(not BUILDINGS.exists(), reason="the CityLearn buildings are kept in ../shared")
def test_buildings_to_which_nothing_was_done() -> None:
    """None of 17 is believed to have saved in its last weeks, and the interval holds zero in at least 15."""
    params = SavingParams(replicates=100)
    found = []
    for days in buildings():
        cut = int(days.day[0]) + BEFORE
        found.append(
            saving(fit_baseline(between(days, 0, cut)), between(days, cut, cut + 100), params=params)
        )
    assert len(found) == 17
    assert sum(one.believable for one in found) == 0
    assert sum(one.low <= 0 <= one.high for one in found) >= 15
