"""Air, smells and stacks read from a real store, and the search for a smell's source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
import shapely

from sandan.access import Actor, Role
from sandan.clock import SEOUL
from sandan.control.engine.environment import stack_states
from sandan.control.engine.hazard.plume import disperse_plume
from sandan.control.engine.odour.orders import say_work
from sandan.control.model.environment import AirGrade, Verdict
from sandan.control.model.hazard import Stability
from sandan.control.model.safety import OdourComplaint
from sandan.control.service.environment.desk import EnvironmentDesk
from sandan.control.service.environment.orders import order_work, work_of
from sandan.control.service.environment.settings import EnvironmentSettings, environment_settings
from sandan.control.service.environment.smells import SmellSearch
from sandan.control.service.environment.source import search_source
from sandan.control.service.incidents.reading import read_case
from sandan.errors import InvalidInput, NotAllowed
from sandan.store import Store
from sandan.testing import FixedClock
from sandan.twin.geometry import LocalMetres
from sandan.twin.model import Point, Quality, Thing
from sandan.twin.samples import SAMPLES
from sandan.twin.tables import quantity

MINUTE, TEN, HOUR = timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1)
OPERATOR = Actor("op", "관제사", frozenset({Role.OPERATOR}))
FIRM = Actor("firm-a", "가람", frozenset({Role.FIRM}), "firm-a")
PLANE = LocalMetres((126.73, 37.33))
AIR = {"pm10": 40.0, "pm25": 12.0, "no2": 0.02, "o3": 0.04, "so2": 0.003}
Row = tuple[str, datetime, float]


def at(x: float, y: float) -> shapely.Point:
    """A place so many metres east and north."""
    lon, lat = PLANE.to_degrees([x], [y])
    return shapely.Point(float(lon[0]), float(lat[0]))


SITE = {"site_area": 3000.0}
SENSORS = [(x, y) for x in (-500.0, -150.0, 150.0, 500.0) for y in (-500.0, -150.0, 150.0, 500.0)]
THINGS = [
    Thing("air-1", "air_station", "대기측정소 1", geometry=at(0, 0)),
    Thing("wind-1", "weather_station", "기상측정소", geometry=at(10, 0)),
    Thing("firm-a", "firm", "가람", tenant="firm-a", geometry=at(-350, 60), attributes=SITE),
    Thing("firm-b", "firm", "나래", tenant="firm-b", geometry=at(500, -500), attributes=SITE),
    Thing("stack-a", "stack", "가람 굴뚝", tenant="firm-a", geometry=at(-350, 60)),
    Thing("stack-b", "stack", "나래 굴뚝", tenant="firm-b", geometry=at(500, -500)),
    *(
        Thing(f"smell-{n}", "odour_station", f"악취측정소 {n}", geometry=at(x, y))
        for n, (x, y) in enumerate(SENSORS)
    ),
]


@pytest.fixture
def place(sqlite_store: Store) -> Store:
    """A complex with one air station, sixteen odour stations, a wind and two firms with stacks."""
    points = [
        *(Point(f"air-1.{name}", "air-1", name, MINUTE) for name in AIR),
        Point("wind-1.speed", "wind-1", "wind_speed", MINUTE),
        Point("wind-1.direction", "wind-1", "wind_direction", MINUTE),
        *(Point(f"smell-{n}.odour", f"smell-{n}", "odour", MINUTE) for n in range(len(SENSORS))),
        Point("stack-a.nox", "stack-a", "stack_nox", 5 * MINUTE, "firm-a", high=100),
        Point("stack-b.nox", "stack-b", "stack_nox", 5 * MINUTE, "firm-b", high=100),
        Point("stack-b.sox", "stack-b", "stack_sox", 5 * MINUTE, "firm-b"),
    ]
    with sqlite_store.registry.write() as conn:
        sqlite_store.things.put(conn, THINGS)
        sqlite_store.points.put(conn, points)
        sqlite_store.sources.number(conn, "gate")
    return sqlite_store


def keep(store: Store, rows: Sequence[Row], quality: Quality = Quality.GOOD) -> None:
    """Samples, as a commit keeps them."""
    with store.registry.read() as conn:
        number = {point.id: point.number for point in store.points.all(conn)}
    columns = {
        "point": [number[id] for id, _, _ in rows],
        "start": [when for _, when, _ in rows],
        "known_at": [when for _, when, _ in rows],
        "source": [1] * len(rows),
        "value": [value for _, _, value in rows],
        "quality": [int(quality)] * len(rows),
    }
    store.historian.append(pa.table(columns, schema=SAMPLES))


def air(now: datetime, hours: int, **changed: float) -> list[Row]:
    """The same air every ten minutes for so many hours up to now."""
    steps = [now - n * TEN for n in range(1, hours * 6 + 1)]
    return [(f"air-1.{name}", when, value) for name, value in (AIR | changed).items() for when in steps]


def smell(now: datetime, x: float, y: float) -> list[Row]:
    """A source at a place for an hour in a turning wind, over a day of an ordinary background."""
    rows: list[Row] = [
        (f"smell-{n}.odour", now - timedelta(hours=h), 2.0) for n in range(len(SENSORS)) for h in range(2, 25)
    ]
    for window in range(12):
        when = now - HOUR + window * 5 * MINUTE
        turn = 245.0 + 5.0 * window
        rows += [("wind-1.speed", when, 3.0), ("wind-1.direction", when, turn)]
        toward = np.radians(turn) + np.pi
        for n, (sx, sy) in enumerate(SENSORS):
            dx, dy = sx - x, sy - y
            along = np.array([np.sin(toward) * dx + np.cos(toward) * dy])
            across = np.array([np.cos(toward) * dx - np.sin(toward) * dy])
            plume = disperse_plume(4e5, 3.0, Stability.D, "briggs_urban", along, across, 1.5, 2.0)
            rows.append((f"smell-{n}.odour", when, 2.0 + float(plume[0])))
    return rows


def desk_of(store: Store, **settings: object) -> EnvironmentDesk:
    return EnvironmentDesk(store, environment_settings(settings))


def test_the_index_is_that_of_the_last_whole_hour(place: Store, clock: FixedClock) -> None:
    """PM10 at 40 for a day is an index in the fifties, and the hours before have theirs."""
    keep(place, air(clock.now(), 26))
    found = desk_of(place).now(OPERATOR, clock.now()).air
    assert found.until == clock.now()
    (station,) = found.stations
    assert station.index.grade is AirGrade.MODERATE
    assert station.index.main == ("o3",) or station.index.main == ("pm10",)
    assert station.index.value == int(station.value[-1])
    assert np.isfinite(station.value).sum() == 26 - 11
    mean, share = station.day["pm10"]
    assert (round(float(mean[-1])), share[-1]) == (40, 1.0)


def test_without_dust_there_is_no_index_and_it_says_why(place: Store, clock: FixedClock) -> None:
    """Three hours are too few for the predicted mean of dust."""
    keep(place, air(clock.now(), 3))
    (station,) = desk_of(place).now(OPERATOR, clock.now()).air.stations
    assert station.index.value is None
    assert station.index.missing == ("pm10", "pm25")
    assert "PM10" in station.index.why.en


def test_an_hour_needs_the_share_the_operator_set(place: Store, clock: FixedClock) -> None:
    """One sample in ten minutes of a point that speaks every minute is a tenth."""
    keep(place, air(clock.now(), 26))
    (loose,) = desk_of(place, air_hour_share=0.1).now(OPERATOR, clock.now()).air.stations
    (strict,) = desk_of(place, air_hour_share=0.5).now(OPERATOR, clock.now()).air.stations
    assert loose.index.value is not None
    assert strict.index.value is None


def test_a_firm_sees_the_public_stations_and_only_its_own_stack(place: Store, clock: FixedClock) -> None:
    """What is everybody's is everybody's; the same answer is cut for each reader."""
    desk = desk_of(place)
    mine = desk.now(FIRM, clock.now())
    assert {one.thing.id for one in mine.stacks} == {"stack-a"}
    assert len(mine.air.stations) == 1
    assert len(mine.smells) == len(SENSORS)
    assert {one.thing.id for one in desk.now(OPERATOR, clock.now()).stacks} == {"stack-a", "stack-b"}
    with pytest.raises(NotAllowed):
        desk.source(FIRM, SmellSearch(clock.now(), 1, ""), clock.now())


def test_half_hours_of_a_stack_are_judged_by_its_own_limit(place: Store, clock: FixedClock) -> None:
    """Over, within, too few, and a fault of the monitor; no limit, no verdict."""
    midnight = clock.now().astimezone(SEOUL).replace(hour=0, minute=0)
    first = [("stack-a.nox", midnight + n * 5 * MINUTE, 120.0) for n in range(6)]
    second = [("stack-a.nox", midnight + 30 * MINUTE + n * 5 * MINUTE, 20.0) for n in range(6)]
    third = [("stack-a.nox", midnight + 60 * MINUTE + n * 5 * MINUTE, 20.0) for n in range(4)]
    keep(place, [*first, *second, *third])
    keep(place, [("stack-b.nox", midnight + n * 5 * MINUTE, 500.0) for n in range(6)], Quality.BAD)
    stacks = {one.point.id: one for one in desk_of(place).now(OPERATOR, clock.now()).stacks}
    report = stacks["stack-a.nox"].report
    assert report is not None
    verdicts = [one.verdict for one in report.half_hours[:3]]
    assert verdicts == [Verdict.OVER, Verdict.WITHIN, Verdict.TOO_FEW]
    assert stacks["stack-a.nox"].over == 1
    faulty = stacks["stack-b.nox"].report
    assert faulty is not None
    assert faulty.half_hours[0].verdict is Verdict.LEFT_OUT
    assert stacks["stack-b.sox"].report is None
    shared = desk_of(place, stack_half_hour_share=0.5).now(OPERATOR, clock.now()).stacks
    half = next(one for one in shared if one.point.id == "stack-a.nox").report
    assert half is not None
    assert half.half_hours[2].verdict is Verdict.WITHIN


def test_a_stack_is_held_to_its_standard_oxygen(place: Store, clock: FixedClock) -> None:
    """90 ppm at 13 % of oxygen is 191 ppm at 4 %; where no oxygen came, nothing is judged."""
    stack = replace(next(one for one in THINGS if one.id == "stack-a"), attributes={"standard_oxygen": 4.0})
    with place.registry.write() as conn:
        place.things.put(conn, [stack])
        place.points.put(conn, [Point("stack-a.o2", "stack-a", "stack_oxygen", 5 * MINUTE, "firm-a")])
    midnight = clock.now().astimezone(SEOUL).replace(hour=0, minute=0)
    times = [midnight + n * 5 * MINUTE for n in range(12)]
    keep(place, [("stack-a.nox", when, 90.0) for when in times])
    keep(place, [("stack-a.o2", when, 13.0) for when in times[:6]])
    found = {one.point.id: one for one in desk_of(place).now(OPERATOR, clock.now()).stacks}
    assert found["stack-a.nox"].corrected
    report = found["stack-a.nox"].report
    assert report is not None
    assert report.half_hours[0].mean == pytest.approx(90 * 17 / 8)
    assert [one.verdict for one in report.half_hours[:2]] == [Verdict.OVER, Verdict.LEFT_OUT]
    assert not found["stack-b.nox"].corrected


def test_a_monitor_says_in_which_state_it_measured(place: Store, clock: FixedClock) -> None:
    """What a stack tells while it is inspected does not count; afterwards it does."""
    assert quantity("stack_state").codes == {
        one.name.ko: float(at) for at, one in enumerate(stack_states().values())
    }
    with place.registry.write() as conn:
        place.points.put(conn, [Point("stack-a.state", "stack-a", "stack_state", 5 * MINUTE, "firm-a")])
    midnight = clock.now().astimezone(SEOUL).replace(hour=0, minute=0)
    keep(place, [("stack-a.nox", midnight + n * 5 * MINUTE, 120.0) for n in range(12)])
    keep(place, [("stack-a.state", midnight, 6.0), ("stack-a.state", midnight + 30 * MINUTE, 0.0)])
    found = {one.point.id: one for one in desk_of(place).now(OPERATOR, clock.now()).stacks}
    report = found["stack-a.nox"].report
    assert report is not None
    assert [one.verdict for one in report.half_hours[:2]] == [Verdict.LEFT_OUT, Verdict.OVER]


def test_a_smell_is_held_against_the_boundary_limit(place: Store, clock: FixedClock) -> None:
    """Twenty dilutions in an industrial area; what is old is no reading of now."""
    now = clock.now()
    keep(place, [("smell-0.odour", now - MINUTE, 30.0), ("smell-1.odour", now - 2 * HOUR, 30.0)])
    found = {one.point.id: one for one in desk_of(place).now(OPERATOR, now).smells}
    over = found["smell-0.odour"].verdict
    assert over is not None
    assert (over.over, over.applied) == (True, 20)
    assert found["smell-1.odour"].verdict is None
    assert found["smell-1.odour"].highest == 30.0


def test_the_source_of_a_smell_is_found_and_its_firm_comes_first(place: Store, clock: FixedClock) -> None:
    """The map holds the true place, the firm that stands there leads, samplers are ordered."""
    keep(place, smell(clock.now(), -350.0, 60.0))
    search = desk_of(place, wind_error_direction=10).source(
        OPERATOR, SmellSearch(clock.now(), 1, ""), clock.now()
    )
    assert search.why_not is None
    assert search.read.quantity == "odour"
    assert search.read.sensors[0].background == 2.0
    (found,) = search.found
    x, y = PLANE.to_metres([found.at[0]], [found.at[1]])
    assert np.hypot(x[0] + 350, y[0] - 60) < 150
    region = dict(found.zones)[0.9]
    assert region.contains(at(-350, 60))
    assert [share for share, _ in found.zones] == [0.5, 0.75, 0.9]
    assert found.firms[0].site.id == "firm-a"
    assert found.trust > 1
    assert len(found.orders) == len(SENSORS)
    assert any("odour_detection" in note.en for note in search.notes)
    assert not any("wind_error_direction" in note.en for note in search.notes)


def test_where_nothing_smells_nothing_is_looked_for(place: Store, clock: FixedClock) -> None:
    """A day like any other, a day without wind and a day without values each say so."""
    now = clock.now()
    desk = desk_of(place)
    silent = desk.source(OPERATOR, SmellSearch(now - 100 * HOUR, 1, ""), now)
    assert not silent.found
    assert silent.why_not is not None
    assert "0 sensors" in silent.why_not.en
    usual = [(f"smell-{n}.odour", now - timedelta(hours=h), 2.0) for n in range(16) for h in range(1, 25)]
    keep(place, usual)
    calm = desk_of(place).source(OPERATOR, SmellSearch(now, 1, ""), now)
    assert calm.why_not is not None
    assert "wind" in calm.why_not.en
    keep(place, [("wind-1.speed", now - HOUR, 3.0), ("wind-1.direction", now - HOUR, 200.0)])
    nothing = desk_of(place).source(OPERATOR, SmellSearch(now, 1, ""), now)
    assert nothing.why_not is not None
    assert "Nothing smells" in nothing.why_not.en


def test_settings_that_cannot_be_used_are_all_named() -> None:
    """Every wrong figure at once, with what would be right."""
    with pytest.raises(InvalidInput) as caught:
        environment_settings(
            {
                "air_hour_share": 2,
                "odour_region": "rural",
                "odour_detection": {"smoke": 1},
                "odour_smelled_at": 3,
                "stack_over_in_a_row": True,
                "odour_strict": {"smoke": 1},
            }
        )
    named = {one.where for one in caught.value.findings}
    assert named == {
        "[control] air_hour_share",
        "[control] odour_region",
        "[control] odour_detection.smoke",
        "[control] odour_smelled_at",
        "[control] stack_over_in_a_row",
        "[control] odour_strict.smoke",
    }
    with pytest.raises(InvalidInput) as caught:
        environment_settings({"odour_strict": {"h2s": 0.5}})
    assert "0.02–0.06" in caught.value.findings[0].remedy.ko
    assert environment_settings({}) == EnvironmentSettings()


def test_without_sensors_complaints_and_the_wind_are_searched_by(place: Store, clock: FixedClock) -> None:
    """Three placed complaints do where no sensor rose; two do not, and no concentration need be set."""
    now = clock.now()
    for window in range(12):
        when = now - HOUR + window * 5 * MINUTE
        keep(place, [("wind-1.speed", when, 3.0), ("wind-1.direction", when, 265.0 + window)])
    heard = []
    for n, (x, y) in enumerate(((-50.0, 60.0), (100.0, 80.0), (150.0, 40.0))):
        spot = at(x, y)
        heard.append(OdourComplaint(f"r-{n}", now - (20 + n) * MINUTE, spot.x, spot.y, ""))
    asked = SmellSearch(now, 1, "odour")
    few = search_source(place, asked, EnvironmentSettings(), heard[:2])
    assert not few.found
    assert few.why_not is not None
    found = search_source(place, asked, EnvironmentSettings(), heard)
    assert found.by_complaints
    assert found.found[0].firms[0].site.id == "firm-a"
    assert any("complaints and the wind alone" in note.en for note in found.notes)


def test_work_goes_into_an_incident_once(place: Store, clock: FixedClock) -> None:
    """Samples and inspections are tasks with limits; the same order again adds nothing."""
    now = clock.now()
    keep(place, smell(now, -350.0, 60.0))
    search = search_source(place, SmellSearch(now, 1, "odour"), EnvironmentSettings())
    incident = order_work(place, OPERATOR, search, "", now)
    case = read_case(place, OPERATOR, incident.id)
    assert case.incident.kind == "odour"
    ordered = [task for task in case.tasks if not task.step]
    assert [task.text for task in ordered] == say_work(work_of(search))
    assert any("가람" in task.text.ko for task in ordered)
    assert all(task.due_at is not None for task in ordered)
    again = order_work(place, OPERATOR, search, incident.id, now)
    assert again.id == incident.id
    assert len(read_case(place, OPERATOR, incident.id).tasks) == len(case.tasks)
    with pytest.raises(NotAllowed):
        order_work(place, FIRM, search, "", now)
    nothing = search_source(place, SmellSearch(now - 100 * HOUR, 1, "odour"), EnvironmentSettings())
    with pytest.raises(InvalidInput):
        order_work(place, OPERATOR, nothing, "", now)


def test_complaints_are_shown_and_used_once_it_is_set_when_people_complain(
    place: Store, clock: FixedClock
) -> None:
    """Without the concentration they are left out and the notes say so; with it they count."""
    now = clock.now()
    keep(place, smell(now, -350.0, 60.0))
    spot = at(-150, 150)
    heard = [
        OdourComplaint("r-1", now - 30 * MINUTE, spot.x, spot.y, "정문"),
        OdourComplaint("r-2", now - 20 * MINUTE, None, None, ""),
    ]
    asked = SmellSearch(now, 1, "odour")
    left_out = search_source(place, asked, EnvironmentSettings(), heard)
    assert any("2 complaints were left out" in note.en for note in left_out.notes)
    used = search_source(place, asked, environment_settings({"odour_smelled_at": {"odour": 10}}), heard)
    assert any("1 of 2 complaints" in note.en for note in used.notes)
    assert used.found[0].firms[0].site.id == "firm-a"
