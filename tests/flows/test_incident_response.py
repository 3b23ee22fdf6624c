"""The story from an alarm to a report, on real stores."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa
import pytest
import shapely

from sandan.access import Actor, Role
from sandan.control import HazardDesk, HazardRequest, area_settings, load_demo_contacts, telling_settings
from sandan.control.service.alarms.watch import open_watch
from sandan.errors import InvalidInput, NotAllowed
from sandan.flows.incident_response import answer_alarm
from sandan.settings import Settings
from sandan.store import Store
from sandan.testing import FixedClock
from sandan.twin.geometry import LocalMetres
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES

TEN = timedelta(seconds=10)
OPERATOR = Actor("op", "관제사", frozenset({Role.OPERATOR}))
HERE = LocalMetres((126.70, 37.40))
LEAK = "leak-nh3@b.nh3"


def at(x: float, y: float) -> shapely.Point:
    """A place in metres east and north of the leak."""
    lon, lat = HERE.to_degrees(x, y)
    return shapely.Point(float(lon), float(lat))


@pytest.fixture
def centre(store: Store, clock: FixedClock) -> Store:
    """A leaking tank, a neighbour 200 m downwind, one far upwind, a road between, a west wind."""
    now = clock.now()
    road = shapely.LineString([(at(100, -300).x, at(100, -300).y), (at(100, 300).x, at(100, 300).y)])
    things = [
        Thing("town", "complex", "새빛산단", geometry=at(0, 0).buffer(0.02)),
        Thing(
            "hall", "building", "가람동", "town",
            geometry=at(0, 0).buffer(0.0002), attributes={"height": 8},
        ),
        Thing("firm-b", "firm", "나래화학", "hall", "firm-b", at(0, 0), {"employees": 12}),
        Thing("firm-c", "firm", "다온정밀", "town", "firm-c", at(200, 0), {"employees": 30}),
        Thing("firm-d", "firm", "라온식품", "town", "firm-d", at(-2500, 0), {"employees": 50}),
        Thing("road", "road", "산단로", "town", geometry=road),
        Thing("leak-b", "leak_sensor", "나래 감지기", "hall", "firm-b", at(1, 1), {"substance": "암모니아"}),
        Thing(
            "tank-b", "tank", "나래 탱크", "hall", "firm-b", at(3, 3),
            {"substance": "암모니아", "cas": "7664-41-7", "capacity": 0.05},
        ),
        Thing("sky", "weather_station", "기상측정소", "town", geometry=at(500, 500)),
    ]  # fmt: skip
    points = [
        Point("b.nh3", "leak-b", "nh3", TEN, "firm-b", high=25),
        Point("sky.speed", "sky", "wind_speed", TEN),
        Point("sky.direction", "sky", "wind_direction", TEN),
    ]
    with store.registry.write() as conn:
        store.things.put(conn, things)
        store.points.put(conn, points)
        store.sources.number(conn, "gate")
    load_demo_contacts(store, now)
    watch = open_watch(store, now, lambda: None)
    with store.registry.read() as conn:
        number = {point.id: point.number for point in store.points.all(conn)}
    rows = [
        (number[id], now + i * TEN, value)
        for i in range(6)
        for id, value in (("b.nh3", 90.0), ("sky.speed", 3.0), ("sky.direction", 270.0))
    ]
    table = pa.table(
        {
            "point": [row[0] for row in rows],
            "start": [row[1] for row in rows],
            "known_at": [row[1] for row in rows],
            "source": [1] * len(rows),
            "value": [row[2] for row in rows],
            "quality": [0] * len(rows),
        },
        schema=SAMPLES,
    )
    store.historian.append(table)
    clock.advance(timedelta(minutes=1))
    watch.judge([table], clock.now())
    return store


def hazard(store: Store) -> HazardDesk:
    """Settings as an operator might make them."""
    table = {
        "wind_error_direction": 10,
        "wind_error_speed": 0.2,
        "room_air_changes": 0.5,
        "minutes_to_leave": 15,
    }
    return HazardDesk(store, area_settings(table))


def test_an_alarm_becomes_a_case_an_area_messages_and_a_report(centre: Store, clock: FixedClock) -> None:
    """Downwind is in the area and is told; upwind is not; the report is there."""
    answered = answer_alarm(
        centre, OPERATOR, LEAK, clock.now(), hazard=hazard(centre), telling=telling_settings(Settings())
    )
    assert (answered.incident.kind, answered.incident.alarms) == ("leak", (LEAK,))
    area = answered.area
    assert area is not None
    assert (area.request.amount, area.request.basis) == (50.0, "worst")
    assert [one.firm.id for one in area.reached] == ["firm-b", "firm-c"]
    assert area.people == 42
    assert [road.id for road in area.roads] == ["road"]
    assert all(one.advice is not None for one in area.reached)
    assert all(zone.possible is not None for zone in area.zones)
    assert answered.told
    assert answered.report.startswith(b"%PDF")


def test_what_is_said_of_the_release_counts(centre: Store, clock: FixedClock) -> None:
    """A kilogram reaches nobody next door; the earlier statement stays on the timeline."""
    desk, telling = hazard(centre), telling_settings(Settings())
    place = at(1, 1)
    small = HazardRequest("ammonia", 0.01, 10, place.x, place.y, clock.now() - timedelta(minutes=1))
    answered = answer_alarm(centre, OPERATOR, LEAK, clock.now(), hazard=desk, telling=telling, release=small)
    assert answered.area is not None
    assert "firm-c" not in [one.firm.id for one in answered.area.reached]
    with centre.registry.read() as conn:
        assert len(centre.events.find(conn, kind="ReleaseStated")) == 1


def test_a_firm_may_not_answer_for_the_complex(centre: Store, clock: FixedClock) -> None:
    """And nothing is half done when it tries."""
    firm = Actor("firm-b", "나래", frozenset({Role.FIRM}), "firm-b")
    with pytest.raises(NotAllowed):
        answer_alarm(
            centre, firm, LEAK, clock.now(), hazard=hazard(centre), telling=telling_settings(Settings())
        )
    with centre.registry.read() as conn:
        assert centre.events.find(conn, kind="IncidentOpened") == []


def test_settings_that_are_no_numbers_are_named() -> None:
    """Every one of them at once."""
    with pytest.raises(InvalidInput) as caught:
        area_settings({"room_air_changes": "half", "minutes_to_leave": -1})
    assert [one.where for one in caught.value.findings] == [
        "[control] room_air_changes",
        "[control] minutes_to_leave",
    ]
