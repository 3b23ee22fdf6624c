"""Points, sources and rules in the registry, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest

from sandan.errors import Conflict, InvalidInput, NotFound
from sandan.store import Changes, Points, Registry, Rule, Rules, Sources, Things
from sandan.store.sources import numbers_of
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SourceRecord, Stream

POINTS, SOURCES, RULES = Points(), Sources(), Rules()
QUARTER = timedelta(minutes=15)
POWER = Point("m1.power", "m1", "active_power", QUARTER, "f1", low=0, high=900)
ENERGY = Point("m1.energy", "m1", "active_energy", timedelta(milliseconds=250), "f1", simulated=True)
WIND = Point("w1.wind", "w1", "wind_speed")


@pytest.fixture
def filled(registry: Registry) -> Registry:
    with registry.write() as conn:
        Things().put(
            conn,
            [
                Thing("c", "complex", "가온 산업단지"),
                Thing("f1", "firm", "한빛정밀", "c", "f1"),
                Thing("f2", "firm", "나루화학", "c", "f2"),
                Thing("m1", "meter", "수전", "f1", "f1"),
                Thing("w1", "weather_station", "기상", "c"),
            ],
        )
        POINTS.put(conn, [WIND, POWER, ENERGY])
    return registry


def test_points_get_numbers_in_the_order_given(filled: Registry) -> None:
    """Numbers start at 1 and everything else is read back as it was put."""
    with filled.read() as conn:
        assert POINTS.all(conn) == [
            replace(p, number=n) for n, p in enumerate([WIND, POWER, ENERGY], 1)
        ]  # fmt: skip
        assert POINTS.get(conn, "m1.power").number == 2
        assert POINTS.by_numbers(conn, [3, 1, 99]) == [replace(WIND, number=1), replace(ENERGY, number=3)]
        with pytest.raises(NotFound):
            POINTS.get(conn, "m2.power")


def test_putting_again_keeps_the_number(filled: Registry) -> None:
    """A second import changes nothing; limits may change, the number does not."""
    with filled.write() as conn:
        assert POINTS.put(conn, [WIND, POWER]) == Changes([], [], ["w1.wind", "m1.power"])
        assert POINTS.put(conn, [replace(POWER, high=700, number=77)]).changed == ["m1.power"]
        assert POINTS.get(conn, "m1.power") == replace(POWER, high=700, number=2)


@pytest.mark.parametrize("change", [{"quantity": "active_energy"}, {"interval": None}])
def test_what_a_point_means_never_changes(filled: Registry, change: dict[str, object]) -> None:
    """Another quantity or interval under the same id would restate every sample kept."""
    changed = replace(POWER, **change)  # type: ignore[arg-type]  # one field a case
    with filled.write() as conn, pytest.raises(Conflict):
        POINTS.put(conn, [changed])


def test_every_finding_about_points_is_told_at_once(filled: Registry) -> None:
    """Unknown thing, firm and quantity, limits and interval: all are named, nothing is kept."""
    bad = [
        Point("a", "nowhere", "active_power"),
        Point("b", "w1", "happiness"),
        Point("c", "w1", "wind_speed", tenant="nobody"),
        Point("d", "w1", "wind_speed", low=3, high=2),
        Point("e", "w1", "wind_speed", high=float("inf")),
        Point("f", "w1", "wind_speed", timedelta(0)),
        Point("g", "w1", "wind_speed", timedelta(microseconds=1500)),
        Point("", "w1", "wind_speed"),
        replace(WIND, low=1),
        replace(WIND, low=2),
    ]
    with filled.write() as conn, pytest.raises(InvalidInput) as error:
        POINTS.put(conn, [*bad, Point("good", "w1", "wind_speed")])
    assert [f.where for f in error.value.findings] == ["a", "b", "c", "d", "e", "f", "g", "", "w1.wind"]
    with filled.read() as conn:
        assert POINTS.count(conn) == 3


def test_a_firms_thing_has_no_point_that_everybody_sees(filled: Registry) -> None:
    """A point of nobody on a thing of somebody would show its data to all, and is refused."""
    with filled.write() as conn, pytest.raises(InvalidInput):
        POINTS.put(conn, [Point("m1.extra", "m1", "active_power")])


def test_find_narrows_points(filled: Registry) -> None:
    """Thing, tenant, quantity, text and cursor each narrow."""
    with filled.read() as conn:

        def ids(**conditions: object) -> list[str]:
            return [p.id for p in POINTS.find(conn, **conditions)]  # type: ignore[arg-type]  # as given below

        assert ids() == ["m1.energy", "m1.power", "w1.wind"]
        assert ids(tenant="f2") == ["w1.wind"]
        assert ids(tenant="f1", quantity="active_power") == ["m1.power"]
        assert ids(thing="m1", after="m1.energy") == ["m1.power"]
        assert ids(text="M1.", limit=1) == ["m1.energy"]
        assert ids(text="기상") == ["w1.wind"]


def test_sources_are_numbered_by_id_and_stream(registry: Registry) -> None:
    """One source has one number in each stream, the same each time it is asked."""
    with registry.write() as conn:
        numbers = [
            SOURCES.number(conn, "mqtt"),
            SOURCES.number(conn, "mqtt", Stream.FORECAST),
            SOURCES.number(conn, "mqtt"),
            SOURCES.number(conn, "file"),
        ]
    assert numbers == [1, 2, 1, 3]
    with registry.read() as conn:
        assert SOURCES.all(conn)[1] == SourceRecord(2, "mqtt", Stream.FORECAST)
    of = numbers_of(registry)
    assert (of(Stream.ACTUAL), of(Stream.FORECAST), of(Stream.SCHEDULE)) == ({1, 3}, {2}, frozenset())


def test_writers_at_once_never_share_a_number(filled: Registry) -> None:
    """Threads that register points and sources together get each number once."""

    def register(i: int) -> int:
        with filled.write() as conn:
            POINTS.put(conn, [Point(f"w1.{i}", "w1", "wind_speed")])
            return SOURCES.number(conn, f"s{i % 10}")

    with ThreadPoolExecutor(8) as pool:
        sources = list(pool.map(register, range(40)))
    with filled.read() as conn:
        assert [p.number for p in POINTS.all(conn)] == list(range(1, 44))
    assert set(sources) == set(range(1, 11))


def test_rules_are_those_in_force_on_the_day(registry: Registry) -> None:
    """A day is answered with the newest version that had begun; before the first there is none."""
    old = Rule("tariff", "2025-1", date(2025, 1, 1), "고시 제1호 별표 2", {"rate": [120.5, None]})
    new = Rule("tariff", "2026-1", date(2026, 4, 1), "고시 제7호 별표 2", {"rate": [131]})
    with registry.write() as conn:
        assert RULES.put(conn, new)
        assert RULES.put(conn, old)
        assert not RULES.put(conn, old)
        with pytest.raises(Conflict):
            RULES.put(conn, replace(old, body={"rate": [0]}))
    with registry.read() as conn:
        assert RULES.get(conn, "tariff", date(2026, 3, 31)) == old
        assert RULES.get(conn, "tariff", date(2026, 4, 1)) == new
        with pytest.raises(NotFound):
            RULES.get(conn, "tariff", date(2024, 12, 31))
