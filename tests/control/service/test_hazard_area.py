"""The hazard area laid over firms, the course at one of them, and the plan of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pytest
import shapely

from sandan.access import Actor, Role
from sandan.clock import SEOUL, milliseconds
from sandan.control.engine.hazard.ensemble import WindError
from sandan.control.engine.hazard.exposure import Action
from sandan.control.engine.hazard.picture import Drawn, DrawnZone, draw_area
from sandan.control.engine.hazard.stability import estimate_stability
from sandan.control.model.hazard import Model, Stability, Weather
from sandan.control.model.incidents import Place
from sandan.control.service.hazard.area import AreaSettings, HazardArea, assess_area
from sandan.control.service.hazard.course import course_at_firm, course_at_place
from sandan.control.service.hazard.desk import HazardDesk, state_release
from sandan.control.service.hazard.export import area_features, area_kml
from sandan.control.service.hazard.picture import area_section
from sandan.control.service.hazard.request import HazardRequest
from sandan.control.service.hazard.warming import warm_models
from sandan.control.service.hazard.weather import MeasuredWeather, measured_weather
from sandan.control.service.incidents.opening import open_incident
from sandan.errors import InvalidInput, NotFound, Unavailable
from sandan.printing import Picture
from sandan.store import Store
from sandan.testing import FixedClock
from sandan.twin.geometry import LocalMetres
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES

OPERATOR = Actor("op", "관제사", frozenset({Role.OPERATOR}))
PLACE = (126.70, 37.40)
HERE = LocalMetres(PLACE)


def firm(name: str, x: float, y: float) -> Thing:
    ground = HERE.unflatten(shapely.box(x - 10, y - 10, x + 10, y + 10))
    return Thing(name, "firm", name, None, name, ground, {"employees": 7})


DOWNWIND, ASIDE, FAR = firm("downwind", 150, 0), firm("aside", 220, 75), firm("far", 0, 5_000)
ROAD = Thing("road", "road", "동서로", geometry=HERE.unflatten(shapely.LineString([(100, -300), (100, 300)])))
THINGS = [DOWNWIND, ASIDE, FAR, ROAD]


def assess(
    now: datetime,
    wind_error: WindError | None = None,
    *,
    speed: float = 3.0,
    things: Sequence[Thing] = THINGS,
    settings: AreaSettings | None = None,
    substance: str = "ammonia",
    amount: float = 500.0,
    began: datetime | None = None,
    **more: Any,
) -> HazardArea:
    """A west wind since ten minutes ago, in which half a tonne of ammonia leaks, if nothing else is said."""
    weather = Weather(np.zeros(1), np.array([270.0]), np.array([speed]), (Stability.D,))
    measured = MeasuredWeather(weather, estimate_stability(speed), now)
    request = HazardRequest(substance, amount, 10.0, *PLACE, began or now - timedelta(minutes=1), **more)
    return assess_area(request, measured, things, now, settings or AreaSettings(wind_error, 2.0, 5.0))


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


def test_a_calm_has_no_direction(clock: FixedClock) -> None:
    """Whoever is as near as the cloud goes may be reached, whichever way the wind is said to blow."""
    area = assess(clock.now(), speed=0.2)
    assert area.calm
    zone = area.zones[-1]
    assert zone.possible is not None
    west = HERE.unflatten(shapely.Point(-150, 0))
    assert not zone.area.intersects(west)
    assert zone.possible.intersects(west)
    assert "aside" in {one.id for one in area.possible} | {one.firm.id for one in area.reached}
    assert not assess(clock.now()).calm


def test_at_night_it_is_told_who_works_round_the_clock(clock: FixedClock) -> None:
    """A firm of three shifts has a third of its people there; by day nothing is said."""
    around = Thing(
        "around", "firm", "around", None, "around", DOWNWIND.geometry, {"employees": 30, "shifts": 3}
    )
    night = datetime(2026, 3, 4, 3, 0, tzinfo=SEOUL)
    area = assess(night, things=[around, *THINGS])
    assert area.off_hours
    assert area.round_the_clock == (1, 10)
    assert area.people == 37
    assert not assess(datetime(2026, 3, 4, 11, 0, tzinfo=SEOUL)).off_hours
    assert assess(datetime(2026, 3, 1, 11, 0, tzinfo=SEOUL)).off_hours


def test_after_an_hour_it_says_nothing_of_now(clock: FixedClock) -> None:
    """Who was reached is told to air the rooms, and the page that the hour is over."""
    begun, later = clock.now(), clock.now() + timedelta(minutes=70)
    area = assess(later, began=begun)
    assert area.outlasted
    # The lines are those of ten minutes of gas, however long ago that was.
    assert [zone.threshold.label for zone in area.zones] == ["IDLH", "AEGL-2 30 min", "AEGL-1 30 min"]
    assert [one.advice.action for one in area.reached if one.advice] == [Action.AIR]
    assert not assess(later).outlasted


def test_a_spill_gives_off_what_evaporates(clock: FixedClock) -> None:
    """Five tonnes of toluene on the ground reach less far than five tonnes of vapour; the pool is told."""
    vapour = assess(clock.now(), substance="toluene", amount=5_000.0)
    spill = assess(clock.now(), substance="toluene", amount=5_000.0, spilled=True)
    assert vapour.pool is None
    assert spill.pool is not None
    assert spill.zones[-1].area.area < vapour.zones[-1].area.area / 10
    bund = assess(clock.now(), substance="toluene", amount=5_000.0, spilled=True, pool_area=20.0)
    assert bund.pool is not None
    assert bund.pool.rate < spill.pool.rate
    # Pure vapour is heavy; what the wind takes off the whole width of a bund is not.
    assert vapour.result.model is Model.BRITTER_MCQUAID
    assert bund.result.model is Model.GAUSSIAN_PUFF


def test_what_only_burns_is_drawn_by_its_limit_of_flammability(clock: FixedClock) -> None:
    """Hydrogen has none but those of a gas that keeps the air away; phenol has none at all."""
    area = assess(clock.now(), substance="hydrogen", amount=200.0)
    assert [zone.threshold.label for zone in area.zones] == ["LFL", "LFL-10%"]
    assert area.zones[0].threshold.value == 40_000
    assert [z.threshold.scale for z in assess(clock.now(), substance="phenol").zones] == ["LFL", "LFL"]


def test_what_settles_is_taken_off_where_a_velocity_is_set(clock: FixedClock) -> None:
    """The area shrinks, and says with which velocity; nothing is taken off for another substance."""
    settings = AreaSettings(deposition={"ammonia": 0.05})
    less = assess(clock.now(), settings=settings)
    assert less.deposition == 0.05
    assert less.zones[-1].area.area < assess(clock.now()).zones[-1].area.area
    assert assess(clock.now(), settings=settings, substance="chlorine").deposition == 0


def test_an_area_goes_out_as_geojson_and_kml(clock: FixedClock) -> None:
    """Every zone with its value, the firms, the place, and the moment it is of."""
    area = assess(clock.now(), WindError(25.0, 0.2))
    told = area_features(area, "en")
    kinds = [next(iter(one["properties"])) for one in told["features"]]
    assert kinds.count("zone") == 2 * len(area.zones)
    assert kinds.count("firm") == 1
    assert kinds[-1] == "release"
    root = ElementTree.fromstring(area_kml(area, "INC-1 <x>", "ko"))
    names = [one.text or "" for one in root.iter("{http://www.opengis.net/kml/2.2}name")]
    assert sum("ppm" in name for name in names) == 2 * len(area.zones)
    assert names[0].startswith("INC-1 <x> 암모니아 500 kg")
    for ring in root.iter("{http://www.opengis.net/kml/2.2}LinearRing"):
        points = (ring[0].text or "").split()
        assert points[0] == points[-1]
    assert area_features(None, "ko")["features"] == []
    assert area_kml(None, "INC-1", "ko").endswith("</kml>\n")


def put_wind(store: Store, at: datetime) -> list[Point]:
    """The points of a station that reported a west wind of 3 m/s once."""
    with store.registry.write() as conn:
        store.things.put(conn, [Thing("w", "weather_station", "기상", geometry=shapely.Point(*PLACE))])
        store.points.put(
            conn, [Point("w.wind_speed", "w", "wind_speed"), Point("w.wind_direction", "w", "wind_direction")]
        )
        points = store.points.all(conn)
        source = store.sources.number(conn, "test")
    values = {"w.wind_speed": 3.0, "w.wind_direction": 270.0}
    ms = milliseconds(at)
    rows = [(one.number, ms, ms, source, values[one.id], 0) for one in points]
    columns = [
        pa.array(column).cast(field.type)
        for column, field in zip(zip(*rows, strict=True), SAMPLES, strict=True)
    ]
    store.historian.append(pa.table(columns, schema=SAMPLES))
    return points


def test_an_old_wind_is_used_and_told(store: Store, clock: FixedClock) -> None:
    """Three hours old it still draws the area, with its age; seven hours old it is no wind."""
    points = put_wind(store, clock.now() - timedelta(hours=3))
    old = measured_weather(store, points, clock.now(), clock.now())
    assert old.weather.direction[-1] == pytest.approx(270)
    age = old.age(clock.now())
    assert age is not None
    assert timedelta(hours=2, minutes=59) < age < timedelta(hours=3, minutes=2)
    later = clock.now() + timedelta(hours=4)
    with pytest.raises(Unavailable):
        measured_weather(store, points, later, later)
    now = clock.now() - timedelta(hours=3) + timedelta(minutes=2)
    assert measured_weather(store, points, now, now).age(now) is None


def test_without_a_wind_somebody_may_state_it(store: Store, clock: FixedClock) -> None:
    """Until then the page says what is missing; two incidents have an area each."""
    with store.registry.write() as conn:
        store.things.put(conn, THINGS)
    desk = HazardDesk(store, AreaSettings())
    spot = Place(words="저장소", lon=PLACE[0], lat=PLACE[1])
    first, second = (open_incident(store, OPERATOR, "leak", clock.now(), place=spot) for _ in range(2))
    silent = HazardRequest("ammonia", 500.0, 10.0, *PLACE, clock.now())
    state_release(store, OPERATOR, first.id, silent, clock.now())
    with pytest.raises(Unavailable):
        desk.area(OPERATOR, first.id, clock.now())
    for incident, substance in ((first, "ammonia"), (second, "chlorine")):
        said = HazardRequest(substance, 500.0, 10.0, *PLACE, clock.now(), wind_from=270.0, wind_speed=3.0)
        state_release(store, OPERATOR, incident.id, said, clock.now())
    areas = [desk.area(OPERATOR, one.id, clock.now()) for one in (first, second)]
    assert [area.request.substance for area in areas if area] == ["ammonia", "chlorine"]
    assert all(area.measured.typed for area in areas if area)
    assert areas[0] is not None
    assert [one.id for one, _ in desk.beside(OPERATOR, first.id, areas[0])] == [second.id]
    assert desk.before(first.id, areas[0]) is None
    later = desk.area(OPERATOR, first.id, clock.now() + timedelta(minutes=2))
    assert later is not None
    assert desk.before(first.id, later) is areas[0]
    with pytest.raises(InvalidInput):
        HazardRequest("ammonia", 500.0, 10.0, *PLACE, clock.now(), wind_from=270.0)
