"""The board: what the control room knows, second by second, and for whom."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
import shapely

from sandan.control.engine.board import State
from sandan.control.model.board import figure_rows, lay_out
from sandan.control.service.board import Board
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES
from sandan.twin.tables import kinds, quantities
from sandan.web import STAFF

NOW = datetime(2026, 3, 4, 1, 0, tzinfo=UTC)
TEN = timedelta(seconds=10)
PLACE = shapely.box(0, 0, 1, 1)
THINGS = [
    Thing("hall", "building", "가람동", geometry=PLACE),
    Thing("firm-a", "firm", "가람", "hall", "firm-a", shapely.Point(0, 0)),
    Thing("firm-b", "firm", "나래", "hall", "firm-b", shapely.Point(0, 0)),
    Thing("meter-a", "meter", "가람 계량기", "hall", "firm-a"),
    Thing("meter-b", "meter", "나래 계량기", "hall", "firm-b"),
    Thing("leak-b", "leak_sensor", "나래 누출감지기", "hall", "firm-b", shapely.Point(0.5, 0.5)),
    Thing("weather", "weather_station", "기상측정소", geometry=shapely.Point(2, 2)),
]
POINTS = [
    Point("a.power", "meter-a", "active_power", TEN, "firm-a", high=100, number=3),
    Point("b.power", "meter-b", "active_power", TEN, "firm-b", high=100, number=4),
    Point("b.nh3", "leak-b", "nh3", TEN, "firm-b", high=25, number=7),
    Point("wind", "weather", "wind_speed", TEN, number=9),
]
HALL, LEAK = 1, 2


@pytest.fixture
def board() -> Board:
    board = Board(lay_out(THINGS, POINTS), NOW)
    for audience in (STAFF, "firm-a", "firm-b"):
        board.view(audience)
    return board


def heard(*rows: tuple[int, datetime, float]) -> pa.Table:
    return pa.table(
        {
            "point": [number for number, _, _ in rows],
            "start": [start for _, start, _ in rows],
            "known_at": [NOW for _ in rows],
            "source": [1 for _ in rows],
            "value": [value for _, _, value in rows],
            "quality": [0 for _ in rows],
        },
        schema=SAMPLES,
    )


def alarm(board: Board, *, leak: int = 0, power: int = 0) -> None:
    """Say that alarms of these priorities stand on the leak sensor and on the neighbour's meter."""
    board.alert(np.array([0, power, leak, 0], np.uint8))


def test_a_leak_colours_its_sensor_and_the_building_around_it(board):
    """The map shows the sensor from near and the building from far."""
    board.follow(heard((7, NOW, 40.0)))
    alarm(board, leak=1)
    board.tick(NOW)
    assert sorted(board.view(STAFF).delta) == [(HALL, State.CRITICAL), (LEAK, State.CRITICAL)]
    board.follow(heard((7, NOW + TEN, 3.0)))
    alarm(board)
    board.tick(NOW + TEN)
    assert sorted(board.view(STAFF).delta) == [(HALL, State.NORMAL), (LEAK, State.NORMAL)]
    board.tick(NOW + TEN)
    assert board.view(STAFF).delta == []


def test_a_firm_learns_nothing_of_its_neighbour(board):
    """Neither its sensors, nor its colour on the shared building, nor its part of a sum."""
    board.follow(heard((3, NOW, 60.0), (4, NOW, 500.0), (7, NOW, 40.0), (9, NOW, 3.0)))
    alarm(board, leak=1, power=3)
    board.tick(NOW)
    assert board.view("firm-a").delta == []
    assert board.view("firm-a").figures["load"] == pytest.approx(0.06)
    assert board.view(STAFF).figures["load"] == pytest.approx(0.56)
    assert board.view("firm-a").figures["wind_speed"] == 3.0
    assert board.view("firm-b").states[LEAK - 1] == State.CRITICAL


def test_late_news_does_not_hide_the_newest_value(board):
    """A correction of an hour ago is history, not the present state."""
    board.follow(heard((7, NOW, 40.0)))
    board.follow(heard((7, NOW - timedelta(hours=1), 1.0), (7, NOW - TEN, 2.0)))
    board.tick(NOW)
    assert board.value[2] == 40.0


def test_a_forecast_is_not_taken_for_the_present(board):
    """What lies ahead says nothing about now."""
    board.follow(heard((3, NOW, 60.0), (3, NOW + timedelta(hours=5), 900.0)))
    board.tick(NOW)
    assert board.value[0] == 60.0


def test_silence_leaves_the_sums(board):
    """A sum over points that nobody hears would be a lie."""
    board.follow(heard((3, NOW, 60.0), (4, NOW, 40.0), (7, NOW, 1.0)))
    later = NOW + timedelta(minutes=5)
    board.assess(later)
    board.follow(heard((4, later, 41.0)))
    board.tick(later)
    assert board.view(STAFF).figures["load"] == pytest.approx(0.041)
    assert board.view(STAFF).states[LEAK - 1] == State.SILENT


def test_a_changed_registry_keeps_what_is_known(board):
    """Importing a firm does not blank the control room."""
    board.follow(heard((7, NOW, 40.0)))
    alarm(board, leak=1)
    board.tick(NOW)
    grown = [*THINGS, Thing("hall-2", "building", "다온동", geometry=PLACE)]
    board.replace(lay_out(grown, [*POINTS, Point("new", "hall-2", "pm10", TEN, number=12)]))
    board.tick(NOW)
    assert board.view(STAFF).states[LEAK - 1] == State.CRITICAL
    assert np.isnan(board.value[-1])


def test_the_tables_speak_of_quantities_and_kinds_that_exist():
    """A misspelt row would silently show nothing."""
    for row in figure_rows():
        assert row.quantity in quantities()
        assert row.kind in kinds()
        assert row.how in ("sum", "mean", "max")
