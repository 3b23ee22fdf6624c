"""Indoors, doses and what to tell people; explosions and fires as first estimates; unsure wind."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sandan.control.engine.hazard import disperse
from sandan.control.engine.hazard.ensemble import WindError, band, disperse_ensemble
from sandan.control.engine.hazard.estimates import (
    distance_of_overpressure,
    overpressure,
    overpressure_levels,
    smoke_release,
    smoke_rise,
    tnt_equivalent,
)
from sandan.control.engine.hazard.exposure import Action, advise, breathe_indoors, highest_mean, toxic_load
from sandan.control.model.hazard import (
    HazardParams,
    HazardProblem,
    Receptors,
    Release,
    Stability,
    square_grid,
    steady,
)
from sandan.control.model.substances import substances, thresholds
from sandan.errors import InvalidInput

AMMONIA = substances()["ammonia"]
LEVEL = [t for t in thresholds() if t.substance == "ammonia" and t.label == "ERPG-2"][:1]
WIND = steady(270, 2, Stability.D)


def test_a_room_follows_the_air_outside() -> None:
    """After one change of air it has 63 % of an even cloud, in the end all of it."""
    inside = breathe_indoors(np.ones((600, 1)), 60.0, 1.0)[:, 0]
    assert inside[59] == pytest.approx(1 - math.exp(-1))
    assert inside[-1] == pytest.approx(1, abs=1e-4)


def test_load_and_mean_of_an_even_exposure() -> None:
    """10 ppm for 30 of 60 minutes: 10²·30, and half of it as the mean of an hour."""
    series = np.zeros((60, 1))
    series[:30] = 10.0
    assert toxic_load(series, 60.0, 1.0, 2.0)[-1, 0] == pytest.approx(3000)
    assert highest_mean(series, 60.0, 60)[0] == pytest.approx(5)
    assert highest_mean(series, 60.0, 10)[0] == pytest.approx(10)
    assert highest_mean(series, 60.0, 120)[0] == pytest.approx(2.5)


def test_people_are_told_to_leave_or_to_shelter_by_a_time() -> None:
    """Far ones leave before it comes, near ones shelter in tight rooms or leave across the wind."""
    places = Receptors(np.array([60.0, 420.0, -200.0]), np.zeros(3))
    release = Release(AMMONIA, 1200.0, rate=20.0)
    problem = HazardProblem(release, WIND, receptors=places, thresholds=LEVEL)
    result = disperse(problem, HazardParams(step=30, steps=80))
    tight = advise(result, 0, now=0.0, air_changes=0.005, time_to_leave=120)
    assert [one.action for one in tight] == [Action.SHELTER, Action.LEAVE, Action.NONE]
    assert tight[1].by == tight[1].arrival - 120
    assert tight[1].arrival == pytest.approx(420 / 2, abs=120)
    assert 1200 < tight[0].clear < 1500
    leaky = advise(result, 0, now=60.0, air_changes=20.0, time_to_leave=120)
    assert leaky[0].action is Action.LEAVE_ACROSS
    assert leaky[0].by == 60
    over = advise(result, 0, now=1600.0, air_changes=20.0, time_to_leave=120)
    assert over[0].action is Action.AIR
    assert over[0].by == over[0].clear


def test_advice_needs_places() -> None:
    """A field alone names nobody."""
    problem = HazardProblem(Release(AMMONIA, 60.0, rate=1.0), WIND, square_grid(100, 10), thresholds=LEVEL)
    with pytest.raises(InvalidInput):
        advise(disperse(problem, HazardParams(steps=2)), 0, 0.0, 1.0, 60.0)


@pytest.mark.parametrize(("scaled", "psi"), [(40.0, 1.2), (50.0, 0.9)])
def test_an_explosion_is_as_strong_as_the_safety_distances_say(scaled: float, psi: float) -> None:
    """1.2 psi at 40 ft/lb^⅓ and 0.9 at 50, as explosives safety tables print them; a first estimate."""
    assert overpressure(1000, scaled * 0.39666 * 10) == pytest.approx(psi * 6.8948, rel=0.15)


def test_pressure_falls_with_distance_and_is_found_again() -> None:
    """The distance of each level is where the formula gives that level."""
    tnt = tnt_equivalent(1000, 46e6, 0.04)
    reach = [distance_of_overpressure(tnt, level.kilopascal) for level in overpressure_levels()]
    assert reach == sorted(reach, reverse=True)
    assert overpressure(tnt, reach[0]) == pytest.approx(overpressure_levels()[0].kilopascal, rel=1e-3)
    with pytest.raises(InvalidInput):
        tnt_equivalent(0, 46e6, 0.04)


def test_smoke_rises_less_in_wind_and_in_stable_air() -> None:
    """10 MW: over a hundred metres in a light neutral wind."""
    assert smoke_rise(1e7, 2, Stability.D) > smoke_rise(1e7, 8, Stability.D)
    assert smoke_rise(1e7, 2, Stability.D) > smoke_rise(1e7, 2, Stability.F)
    release, note = smoke_release(AMMONIA, 0.5, 2e7, 0.05, 600, 2, Stability.D)
    assert release.rate == pytest.approx(0.025)
    assert 0 < release.height <= 500
    assert note.serious
    assert "first estimate" in note.text.en.lower()


def test_an_unsure_wind_widens_the_area() -> None:
    """What one wind in ten reaches is wider than what nine in ten do; the same seed, the same answer."""
    release = Release(AMMONIA, 1800.0, rate=5.0)
    problem = HazardProblem(release, WIND, square_grid(800, 60), thresholds=LEVEL)
    params = HazardParams(steps=20)
    found = disperse_ensemble(problem, params, WindError(direction=15, speed=0.2))
    bands = [band(problem, found, 0, chance).area for chance in (0.1, 0.5, 0.9)]
    assert bands[0] > bands[1] > bands[2]
    again = disperse_ensemble(problem, params, WindError(direction=15, speed=0.2))
    assert found.field is not None
    assert again.field is not None
    assert np.array_equal(found.field.chance, again.field.chance)
    seen = np.isfinite(found.field.latest)
    assert np.all(found.field.earliest[seen] <= found.field.latest[seen])


def test_a_sure_wind_has_no_width() -> None:
    """Without error every member is the central one."""
    problem = HazardProblem(Release(AMMONIA, 600.0, rate=5.0), WIND, square_grid(500, 30), thresholds=LEVEL)
    found = disperse_ensemble(problem, HazardParams(steps=10), WindError(0, 0, members=3))
    assert found.field is not None
    assert set(np.unique(found.field.chance)) == {0.0, 1.0}
    with pytest.raises(InvalidInput):
        WindError(-1, 0)
