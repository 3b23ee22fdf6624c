"""Where a smell comes from, tried on smells whose source is known."""

from dataclasses import replace

import numpy as np
import pytest

from sandan.control.engine.hazard.plume import disperse_plume
from sandan.control.engine.odour import (
    cut_to_smell,
    fit_firms,
    invent_smell,
    locate_source,
    look_again,
    order_samplers,
    rank_firms,
    scatter_sensors,
    try_network,
)
from sandan.control.engine.odour.region import blur, enclose, find_patches
from sandan.control.engine.odour.trial import Invented, holds
from sandan.control.model.hazard import Stability
from sandan.control.model.odour import (
    Area,
    Complaint,
    OdourParams,
    OdourProblem,
    Sampler,
    Sensors,
    Site,
    Wind,
)
from sandan.errors import InvalidInput

AREA = Area(0, 0, 3000, 3000)
KNOWN = OdourParams(sigma_sets=("briggs_rural",), class_error=0)


def invent(seed: int, **more: object) -> Invented:
    return invent_smell(AREA, scatter_sensors(AREA, 50, 2e-6, 1000 + seed), seed, **more)  # type: ignore[arg-type]


def test_the_region_holds_the_source_though_the_wind_is_biased():
    """50 sensors, factor-2 noise, ten degrees of bias: the benchmark's 40 cases in small."""
    trial = try_network([invent(seed) for seed in range(8)], KNOWN)
    assert trial.held >= 7
    assert trial.median_error <= 60


def test_a_bias_that_is_ignored_loses_the_source():
    """Without the wind's error in the model the region is narrow and elsewhere."""
    made = [invent(seed) for seed in range(4)]
    blind = try_network(made, replace(KNOWN, bias_sd=0, spread_sd=0))
    assert blind.held <= 1
    assert blind.median_error > 60


def test_the_bias_is_found_along_with_the_source():
    """The map says by how much the wind was told wrong."""
    found = locate_source(invent(3).problem, KNOWN)
    assert abs(abs(found.bias[0]) - 10) < 3 * found.bias[1] + 1
    assert any("Briggs" in note.en for note in found.notes)


def test_a_plume_of_another_shape_than_told_is_recognised():
    """Told nothing of the terrain, the map still holds a source whose plume spreads as over a town."""
    made = invent(5, sigma_set="briggs_urban")
    found = locate_source(made.problem)
    assert holds(found, made.x, made.y)
    assert found.shapes[0][0].sigma_set == "briggs_urban"
    assert sum(share for _, share in found.shapes) == pytest.approx(1)


def test_probabilities_add_up_and_the_region_holds_its_share():
    """The map is a distribution; its region is the smallest of nine tenths."""
    found = locate_source(invent(1).problem, KNOWN)
    assert found.probability.sum() == pytest.approx(1)
    assert found.probability[found.inside].sum() >= 0.9
    assert found.region_area == found.inside.sum() * found.cell**2
    assert sum(patch.probability for patch in found.patches) == pytest.approx(
        found.probability[found.inside].sum()
    )


def test_readings_of_nothing_leave_the_place_open():
    """With every reading below the detection limit little is learned, and the map says so."""
    made = invent(2)
    quiet = replace(made.problem, reading=np.zeros_like(made.problem.reading))
    found = locate_source(quiet, KNOWN)
    assert found.region_area > 0.3 * 9e6
    assert found.information < 3
    assert any("거의 알 수 없습니다" in note.ko for note in found.notes)


def test_complaints_alone_point_upwind():
    """Without a sensor: three people in a west wind leave the west likelier than the east."""
    sensors = Sensors(*np.zeros((4, 0)))
    wind = Wind(np.full(3, 3.0), np.array([265.0, 270.0, 275.0]), [Stability.D] * 3)
    people = [Complaint(2000, 1500, 0), Complaint(2000, 1520, 1), Complaint(2100, 1480, 2)]
    problem = OdourProblem(AREA, sensors, wind, np.zeros((3, 0)), people)
    found = locate_source(problem, replace(KNOWN, smelled_at=5.0))
    rows = slice(int(1300 / found.cell), int(1700 / found.cell))
    west = found.probability[rows, int(1000 / found.cell) : int(1900 / found.cell)].sum()
    east = found.probability[rows, int(2200 / found.cell) :].sum()
    assert west > 5 * east
    with pytest.raises(InvalidInput, match="1"):
        locate_source(problem, KNOWN)


def test_calm_windows_are_left_out_and_said_so():
    """A plume without wind has no direction; with no wind at all there is nothing to say."""
    made = invent(0).problem
    speed = made.wind.speed.copy()
    speed[:2] = 0.1
    found = locate_source(replace(made, wind=replace(made.wind, speed=speed)), KNOWN)
    assert any("2개 시간대" in note.ko for note in found.notes)
    with pytest.raises(InvalidInput):
        locate_source(replace(made, wind=replace(made.wind, speed=np.zeros(12))), KNOWN)


def test_the_firm_at_the_source_comes_first():
    """Firms are ranked by what the map says of their sites; their probabilities add up to 1."""
    made = invent(6)
    sites = [Site("far", "먼곳산업", 100, 100, 60), Site("here", "가나화학", made.x, made.y, 60)]
    found = locate_source(made.problem, KNOWN)
    ranked = rank_firms(found, made.problem, sites)
    assert [one.site.id for one in ranked] == ["here", "far"]
    assert ranked[0].in_region
    assert ranked[0].explained > ranked[1].explained
    assert ranked[1].against is not None
    assert "cannot come from there" in ranked[1].against.en
    assert sum(one.probability for one in ranked) == pytest.approx(1)
    assert ranked[-1].cumulative == pytest.approx(1)
    assert fit_firms(found, sites) > 1
    assert fit_firms(found, sites[:1]) < 1, "the readings speak against the only firm asked about"
    assert fit_firms(found, []) == 0


def test_a_short_smell_is_searched_in_its_own_time():
    """A source at rest most of the time is not where the quiet says; the search is cut to the smell."""
    made = invent(13)
    reading = made.problem.reading.copy()
    reading[:4] = reading[8:] = 0.0
    short = replace(made.problem, reading=reading, complaints=[Complaint(made.x, made.y, 5)])
    cut = cut_to_smell(short)
    assert 1 <= len(cut.reading) <= 4
    assert len(cut.wind.speed) == len(cut.reading)
    assert (cut.reading > 6e-6).sum() == (reading > 6e-6).sum()
    found = locate_source(replace(cut, complaints=[]), KNOWN)
    assert holds(found, made.x, made.y)
    quiet = replace(made.problem, reading=np.zeros_like(reading))
    assert cut_to_smell(quiet) is quiet


def test_two_sources_at_once_are_told_from_one():
    """One leaves no reading unexplained; a second one does, and is found by what is left."""
    one = invent(13)
    found = locate_source(one.problem, KNOWN)
    assert look_again(found, one.problem, KNOWN) == (0, None)
    x, y = (one.x + 1500) % 3000, (one.y + 1500) % 3000
    toward = np.radians(one.problem.wind.direction + found.bias[0]) + np.pi
    dx, dy = one.problem.sensors.x - x, one.problem.sensors.y - y
    along, across = np.outer(np.sin(toward), dx), np.outer(np.cos(toward), dx)
    along, across = along + np.outer(np.cos(toward), dy), across - np.outer(np.sin(toward), dy)
    more = [
        disperse_plume(60.0, float(speed), Stability.D, "briggs_rural", along[t], across[t], 1.5, 2.0)
        for t, speed in enumerate(one.problem.wind.speed)
    ]
    both = replace(one.problem, reading=one.problem.reading + np.array(more))
    first = locate_source(both, KNOWN)
    missed, left = look_again(first, both, KNOWN)
    assert missed >= 2
    assert left is not None
    second = locate_source(left, KNOWN)
    off = [[np.hypot(at.x - a, at.y - b) for a, b in ((one.x, one.y), (x, y))] for at in (first, second)]
    assert min(max(off[0][0], off[1][1]), max(off[0][1], off[1][0])) < 400


def test_a_sampler_that_is_sure_either_way_tells_nothing():
    """Upwind of everything the answer is known beforehand; the order puts the telling one first."""
    made = invent(7)
    found = locate_source(made.problem, KNOWN)
    samplers = [
        Sampler("upwind", "풍상", found.x, found.y + 1500),
        Sampler("edge", "가장자리", found.x + 130, found.y - 900),
    ]
    orders = order_samplers(
        found, samplers, speed=3, direction=0, stability=Stability.D, catches=1e-5, params=KNOWN
    )
    by_id = {order.sampler.id: order for order in orders}
    assert by_id["upwind"].chance == 0
    assert by_id["upwind"].information == 0
    assert orders[0].sampler.id == "edge"


def test_a_wrong_problem_is_refused_with_all_findings():
    """Readings of the wrong shape, an empty area and a sensor that sees nothing are three findings."""
    sensors = Sensors(np.zeros(2), np.zeros(2), np.zeros(2), np.zeros(2))
    wind = Wind(np.ones(3), np.ones(3), [Stability.D] * 3)
    with pytest.raises(InvalidInput) as caught:
        OdourProblem(Area(0, 0, 0, 1), sensors, wind, np.zeros((3, 1)), [Complaint(0, 0, 9)])
    assert [one.where for one in caught.value.findings] == ["reading", "area", "sensors", "complaints[0]"]
    with pytest.raises(InvalidInput) as caught:
        OdourParams(reading_factor=1, bias_sd=90, sigma_sets=(), rate=(2, 1))
    assert len(caught.value.findings) == 4


def test_regions_and_patches_of_a_small_map():
    """The likeliest cells first, those that touch belong together, and blurring loses nothing."""
    map_ = np.array([[0.4, 0.0, 0.0, 0.3], [0.1, 0.0, 0.0, 0.1], [0.05, 0.05, 0.0, 0.0]])
    inside = enclose(map_, 0.9)
    assert inside.sum() == 4
    patches = find_patches(map_, inside, 100, 0, 10)
    assert [round(one.probability, 2) for one in patches] == [0.5, 0.4]
    assert (patches[0].x, patches[0].y) == (105, 7)
    assert blur(map_, 0.7).sum() == pytest.approx(map_.sum())
