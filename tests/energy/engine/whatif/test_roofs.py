"""A kilowatt of roof over a year: metered days stand, the others follow the sun of their own season."""

import numpy as np
import pytest

from sandan.energy.engine.whatif import last_year, output_under, roof_year
from sandan.energy.engine.whatif.roofs import clear_output
from sandan.energy.engine.whatif.years import DAY
from sandan.energy.model.forecast import Roofs
from sandan.energy.model.whatif import RoofSource

YEAR = last_year((2026, 3))
N = len(YEAR.start)
CAPACITY = np.array([100.0, 300.0])
ROOFS = Roofs(
    37.3,
    126.8,
    tilt=np.array([10.0, 20.0]),
    azimuth=np.array([180.0, 160.0]),
    dc_kw=CAPACITY,
    ac_kw=CAPACITY,
    temperature=np.full(2, -0.004),
)
CLEAR = clear_output(ROOFS, YEAR.start, CAPACITY)


def dimmed(share, days):
    """Both roofs give `share` of a clear sky on the last `days` days of the year; before, nobody metered."""
    output = CAPACITY[:, None] * CLEAR * share
    output[:, : N - days * DAY] = np.nan
    return output


def test_a_clear_sky_is_in_the_order_of_the_real_one():
    """A roof in Korea under an always clear sky gives 1,500 to 2,300 hours of full power, none by night."""
    assert 1500 < CLEAR.sum() < 2300
    assert not CLEAR.reshape(-1, DAY)[:, :16].any()
    assert CLEAR.max() < 0.27


def test_winter_days_make_a_summer_as_bright_as_they_were():
    """Seven cloudy weeks of winter say how cloudy, not how long the days are."""
    found = roof_year(dimmed(0.5, 49), CAPACITY, ROOFS, YEAR, RoofSource.OWN, 2)
    assert found.energy == pytest.approx(0.5 * CLEAR, abs=1e-9)
    assert (found.origin.measured, found.origin.known, found.origin.repeated) == (49, 49, N // DAY - 49)
    assert found.count == 2


def test_a_metered_day_stands_as_it_is():
    """Where the roofs were metered the course is theirs, whatever a clear sky would give."""
    chance = np.random.default_rng(4)
    output = CAPACITY[:, None] * CLEAR * chance.random((2, N))
    found = roof_year(output, CAPACITY, ROOFS, YEAR, RoofSource.COMPLEX, 2)
    assert found.energy == pytest.approx(output.sum(axis=0) / 400.0)
    assert found.origin.repeated == 0


def test_a_roof_that_is_silent_counts_for_nothing():
    """One roof alone stands for both; with neither there is no year."""
    output = dimmed(0.7, 30)
    output[0] = np.nan
    found = roof_year(output, CAPACITY, ROOFS, YEAR, RoofSource.OWN, 2)
    assert found.energy == pytest.approx(0.7 * CLEAR, abs=1e-9)
    output[1] = np.nan
    assert roof_year(output, CAPACITY, ROOFS, YEAR, RoofSource.OWN, 2) is None


def test_a_measured_sky_makes_a_modelled_roof():
    """Irradiance parted into beam and sky gives about what the clear sky does; what is missing stays so."""
    level = 1000.0 * np.tile(np.clip(np.sin((np.arange(DAY) / 4 - 6.5) / 12 * np.pi), 0, None), N // DAY)
    level[: 10 * DAY] = np.nan
    output = output_under(ROOFS, YEAR.start, level)
    assert output.shape == (2, N)
    assert np.isnan(output[:, : 10 * DAY]).all()
    made = output[:, 10 * DAY :]
    assert (made >= 0).all()
    assert made[1].max() == pytest.approx(3 * made[0].max(), rel=0.2)
    assert 0.1 < made.sum(axis=0).max() / CAPACITY.sum() < 0.27
    found = roof_year(output, CAPACITY, ROOFS, YEAR, RoofSource.WEATHER, 1)
    assert found.origin.measured == N // DAY - 10
