"""The hazard area laid over firms, the course at one of them, and the plan of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
import shapely

from sandan.access import Actor, Role
from sandan.control.engine.hazard.ensemble import WindError
from sandan.control.engine.hazard.picture import Drawn, DrawnZone, draw_area
from sandan.control.engine.hazard.stability import estimate_stability
from sandan.control.model.hazard import Stability, Weather
from sandan.control.model.incidents import Place
from sandan.control.service.hazard.area import AreaSettings, HazardArea, assess_area
from sandan.control.service.hazard.course import course_at_firm, course_at_place
from sandan.control.service.hazard.desk import HazardDesk
from sandan.control.service.hazard.picture import area_section
from sandan.control.service.hazard.request import HazardRequest
from sandan.control.service.hazard.warming import warm_models
from sandan.control.service.hazard.weather import MeasuredWeather
from sandan.control.service.incidents.opening import open_incident
from sandan.errors import InvalidInput, NotFound
from sandan.printing import Picture
from sandan.store import Store
from sandan.testing import FixedClock
from sandan.twin.geometry import LocalMetres
from sandan.twin.model import Thing

OPERATOR = Actor("op", "관제사", frozenset({Role.OPERATOR}))
PLACE = (126.70, 37.40)
HERE = LocalMetres(PLACE)


def firm(name: str, x: float, y: float) -> Thing:
    ground = HERE.unflatten(shapely.box(x - 10, y - 10, x + 10, y + 10))
    return Thing(name, "firm", name, None, name, ground, {"employees": 7})


DOWNWIND, ASIDE, FAR = firm("downwind", 150, 0), firm("aside", 220, 75), firm("far", 0, 5_000)
ROAD = Thing("road", "road", "동서로", geometry=HERE.unflatten(shapely.LineString([(100, -300), (100, 300)])))
THINGS = [DOWNWIND, ASIDE, FAR, ROAD]


def assess(now: datetime, wind_error: WindError | None = None) -> HazardArea:
    """A west wind of 3 m/s since ten minutes ago, in which half a tonne of ammonia leaks."""
    weather = Weather(np.zeros(1), np.array([270.0]), np.array([3.0]), (Stability.D,))
    measured = MeasuredWeather(weather, estimate_stability(3.0), now)
    request = HazardRequest("ammonia", 500.0, 10.0, *PLACE, now - timedelta(minutes=1))
    return assess_area(request, measured, THINGS, now, AreaSettings(wind_error, 2.0, 5.0))


def test_who_is_in_the_way_and_who_may_be(clock: FixedClock) -> None:
    """Downwind is reached, aside only in another wind, far away never; the area lies to the east."""
    area = assess(clock.now(), WindError(25.0, 0.2))
    assert [one.firm.id for one in area.reached] == ["downwind"]
    assert [one.id for one in area.possible] == ["aside"]
    assert [one.name for one in area.roads] == ["동서로"]
    assert area.people == 7
    sizes = [zone.area.area for zone in area.zones]
    assert sizes == sorted(sizes)
    for zone in area.zones:
        assert zone.possible is not None
        assert zone.possible.area > zone.area.area
        assert zone.area.centroid.x > PLACE[0]
    assert not area.beyond


def test_without_a_known_error_there_is_no_band(clock: FixedClock) -> None:
    """Nobody is named as possible either."""
    area = assess(clock.now())
    assert [zone.possible for zone in area.zones] == [None] * len(area.zones)
    assert not area.possible


def test_the_course_at_a_firm_and_at_its_place_are_one(store: Store, clock: FixedClock) -> None:
    """A click on a firm's ground names the firm; what is no firm, or too far off, is refused."""
    with store.registry.write() as conn:
        store.things.put(conn, THINGS)
    area = assess(clock.now())
    by_name = course_at_firm(store, area, "downwind", 2.0)
    lon, lat = HERE.to_degrees(150.0, 0.0)
    by_place = course_at_place(store, area, float(lon), float(lat), 2.0)
    assert by_place.firm is not None
    assert by_place.firm.id == "downwind"
    assert by_place.metres == pytest.approx(150, abs=0.5)
    assert by_place.course.outdoors == pytest.approx(by_name.course.outdoors, rel=1e-3)
    assert by_name.course.outdoors.max() == pytest.approx(area.reached[0].peak, rel=0.05)
    with pytest.raises(NotFound):
        course_at_firm(store, area, "road", 2.0)
    with pytest.raises(InvalidInput):
        course_at_place(store, area, 128.0, 37.4, 2.0)


def test_the_plan_names_who_is_reached_and_each_threshold(clock: FixedClock) -> None:
    """As words in the drawing, with the sketch of the board."""
    area = assess(clock.now(), WindError(25.0, 0.2))
    zones = [
        DrawnZone(zone.threshold.label, HERE.flatten(zone.area), HERE.flatten(zone.possible or zone.area))
        for zone in area.zones
    ]
    reached = [Drawn(shapely.box(140, -10, 160, 10), "downwind")]
    sketch = [Drawn(shapely.Point(-50, -100), "통제선")]
    svg = draw_area(
        {"road": [shapely.LineString([(100, -300), (100, 300)])]}, [], reached, zones, sketch, "en"
    )
    for words in ("downwind", "통제선", *(zone.name for zone in zones), "firms in the area", ">N<"):
        assert words in svg


def test_a_report_has_a_plan_as_soon_as_there_is_a_place(store: Store, clock: FixedClock) -> None:
    """Without a release or a wind it is that of the place; without a place there is none."""
    with store.registry.write() as conn:
        store.things.put(conn, THINGS)
    desk = HazardDesk(store, AreaSettings())
    lost = open_incident(store, OPERATOR, "leak", clock.now())
    assert area_section(store, desk, OPERATOR, lost.id, "ko", clock.now()) is None
    spot = Place(words="저장소", lon=PLACE[0], lat=PLACE[1])
    placed = open_incident(store, OPERATOR, "leak", clock.now(), place=spot)
    section = area_section(store, desk, OPERATOR, placed.id, "ko", clock.now())
    assert section is not None
    picture = section.blocks[0]
    assert isinstance(picture, Picture)
    assert "저장소" in picture.alternative


def test_the_models_warm_once() -> None:
    """A second house in the process finds them ready."""
    warm_models()
    warm_models()
    assert warm_models.cache_info().misses == 1
