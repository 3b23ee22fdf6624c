"""Where is looked, how sure the area is, and what goes on at one place."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import shapely
from shapely.affinity import rotate

from sandan.control.engine.hazard import disperse
from sandan.control.engine.hazard.band import weigh_winds
from sandan.control.engine.hazard.contours import contour, touches_rim
from sandan.control.engine.hazard.course import follow_place
from sandan.control.engine.hazard.ensemble import WindError, band, disperse_ensemble
from sandan.control.engine.hazard.looking import grown_grid, look_around, turn, turn_downwind
from sandan.control.model.hazard import (
    Grid,
    HazardParams,
    HazardProblem,
    HazardResult,
    Receptors,
    Release,
    Stability,
    square_grid,
    steady,
)
from sandan.control.model.substances import substances, thresholds

AMMONIA = substances()["ammonia"]
LEVELS = tuple(
    sorted(
        (t for t in thresholds() if t.substance == "ammonia" and t.scale == "ERPG" and t.value in (25, 750)),
        key=lambda t: -(t.value or 0),
    )
)
PARAMS = HazardParams(steps=30)
WHOLE = square_grid(6_500, 400)


def asked(release: Release, direction: float = 250.0) -> HazardProblem:
    return HazardProblem(release, steady(direction, 3.0, Stability.D), WHOLE, thresholds=LEVELS)


def fitted(problem: HazardProblem) -> tuple[HazardResult, list[Grid], float]:
    turned, back = turn_downwind(problem, PARAMS)
    grids = list(look_around(turned, PARAMS).grids)
    return disperse(dataclasses.replace(turned, grid=grids[0], closer=grids[1:]), PARAMS), grids, back


@pytest.mark.parametrize(
    "release",
    [
        Release(AMMONIA, 900.0, rate=3.0),
        Release(AMMONIA, 0.0, amount=300.0),
        Release(AMMONIA, 900.0, rate=30.0, height=40.0),
        Release(AMMONIA, 600.0, rate=5.0, liquefied=True),
    ],
)
def test_each_threshold_gets_a_grid_that_holds_its_area(release: Release) -> None:
    """Also of a plume that comes down away from its source; finer than one grid over all."""
    result, grids, back = fitted(asked(release))
    assert result.field is not None
    plain = disperse(asked(release), PARAMS)
    assert plain.field is not None
    for number, exposure in enumerate([result.field, *result.closer]):
        level = float(result.levels[number])
        assert not touches_rim(exposure.peak, level)
        coarse = contour(plain.field.peak, WHOLE, level)
        fine = rotate(contour(exposure.peak, grids[number], level), back, origin=(0, 0), use_radians=True)
        cells = 2 * WHOLE.spacing * coarse.length
        assert shapely.area(coarse.symmetric_difference(fine)) <= cells
        assert fine.area > 0 or coarse.is_empty


def test_the_nearer_threshold_is_looked_at_more_closely() -> None:
    """Otherwise the area of immediate danger is a handful of cells."""
    _, grids, _ = fitted(asked(Release(AMMONIA, 900.0, rate=3.0)))
    assert grids[0].spacing < grids[1].spacing / 2


def test_turning_and_turning_back_is_nothing() -> None:
    """The wind blows along +x in the turned problem."""
    problem, back = turn_downwind(asked(Release(AMMONIA, 900.0, rate=3.0), 225.0), PARAMS)
    assert back == pytest.approx(math.pi / 4)
    assert float(problem.weather.direction[0]) % 360 == pytest.approx(270.0)
    x, y = turn(np.array([1.0]), np.array([0.0]), back)
    assert (x[0], y[0]) == pytest.approx((math.sqrt(0.5), math.sqrt(0.5)))


def test_the_band_agrees_with_many_drawn_winds() -> None:
    """Five strengths and a turn give what 200 draws do, to a tenth of the area; less turns, less area."""
    turned, _ = turn_downwind(asked(Release(AMMONIA, 900.0, rate=3.0)), PARAMS)
    turned = dataclasses.replace(turned, thresholds=LEVELS[1:])
    grids = list(look_around(turned, PARAMS).grids)
    central = disperse(dataclasses.replace(turned, grid=grids[0]), PARAMS)
    error = WindError(10.0, 0.2, members=200, seed=3)
    quick = weigh_winds(turned, central, grids, PARAMS, error)[0].area(0.1)
    wide = dataclasses.replace(turned, grid=grown_grid(grids[0], 2.0, 10_000))
    drawn = band(wide, disperse_ensemble(wide, PARAMS, error), 0, 0.1)
    assert quick.intersection(drawn).area / quick.union(drawn).area > 0.9
    sure = weigh_winds(turned, central, grids, PARAMS, WindError(2.0, 0.2))[0].area(0.1)
    assert sure.area < quick.area


def test_the_band_of_a_narrow_cloud_is_where_most_winds_carry_it() -> None:
    """Hardly any one place is reached by one wind in ten, and yet the cloud goes somewhere."""
    steady_night = steady(270.0, 3.0, Stability.F)
    puff = dataclasses.replace(asked(Release(AMMONIA, 0.0, amount=100.0)), weather=steady_night)
    turned, _ = turn_downwind(dataclasses.replace(puff, thresholds=LEVELS[1:]), PARAMS)
    grids = list(look_around(turned, PARAMS).grids)
    central = disperse(dataclasses.replace(turned, grid=grids[0]), PARAMS)
    chances = weigh_winds(turned, central, grids, PARAMS, WindError(15.0, 0.1))[0]
    band, far = chances.possible(0.1), 0.6 * chances.furthest
    near = math.radians(12)
    east, aside = np.array([far, far * math.cos(near)]), np.array([0.0, far * math.sin(near)])
    assert np.all(band.at(east, aside) >= 1.0)
    assert band.at(np.array([0.0]), np.array([far]))[0] < 1.0


def test_without_error_the_band_is_the_area() -> None:
    """A place is reached in all winds or in none."""
    turned, _ = turn_downwind(asked(Release(AMMONIA, 900.0, rate=3.0)), PARAMS)
    grids = list(look_around(turned, PARAMS).grids)
    central = disperse(dataclasses.replace(turned, grid=grids[0], closer=grids[1:]), PARAMS)
    chances = weigh_winds(turned, central, grids, PARAMS, WindError(0.0, 0.0))[1]
    area = contour(central.closer[0].peak, grids[1], float(central.levels[1]))
    assert chances.area(0.5).symmetric_difference(area).area < 0.1 * area.area
    inside, outside = chances.at(np.array([50.0, -300.0]), np.zeros(2))
    assert (inside, outside) == (1.0, 0.0)


def test_a_place_is_followed_through_the_cloud() -> None:
    """It is passed, then over; the dose stays; a closed room has less and keeps it longer."""
    problem = dataclasses.replace(
        asked(Release(AMMONIA, 600.0, rate=3.0), 270.0),
        grid=None,
        receptors=Receptors(np.array([200.0, -400.0]), np.zeros(2)),
    )
    result = disperse(problem, PARAMS)
    course = follow_place(result, 0, 1.0)
    lowest = course.passings[-1]
    assert course.indoors is not None
    assert lowest.since < lowest.until <= 720.0
    assert np.all(np.diff(course.dose) >= 0)
    assert course.indoors.max() < course.outdoors.max()
    assert course.indoors[-1] > course.outdoors[-1]
    assert lowest.load == pytest.approx(25 * 60)
    assert course.dose[np.searchsorted(course.times, lowest.filled)] >= lowest.load
    upwind = follow_place(result, 1, None)
    assert upwind.indoors is None
    assert all(math.isinf(one.since) and math.isinf(one.filled) for one in upwind.passings)
