"""Forecasts kept in the historian, as hours of weather a permit is held against."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from sandan.control.service.permits.around import forecast
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES, Stream

NOW = datetime(2026, 3, 4, 0, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def stations(store):
    """Two weather stations and a source of forecasts."""
    things = [Thing(id, "weather_station", id) for id in ("east", "west")]
    with store.registry.write() as conn:
        store.things.put(conn, things)
        store.points.put(
            conn,
            [
                Point(f"{one}.{quantity}", one, quantity, MINUTE)
                for one in ("east", "west")
                for quantity in ("wind_speed", "precipitation")
            ],
        )
        points = list(store.points.all(conn))
        source = store.sources.number(conn, "kma", Stream.FORECAST)

    def say(point, known, *values):
        number = next(one.number for one in points if one.id == point)
        rows = [(number, start, known, source, value, 0) for start, value in values]
        columns = zip(*rows, strict=True)
        store.historian.append(
            pa.table(
                {f.name: pa.array(c, f.type) for f, c in zip(SAMPLES, columns, strict=True)}, schema=SAMPLES
            )
        )

    return store, points, say


def at(hours):
    return NOW.replace(minute=0) + hours * HOUR


def test_the_worst_station_counts_and_the_newest_forecast_of_it(stations):
    """Of two stations the windier, of two forecasts for an hour the later; known when that one was."""
    store, points, say = stations
    say("east.wind_speed", NOW - 3 * HOUR, (at(1), 15.0), (at(2), 9.0))
    say("east.wind_speed", NOW - HOUR, (at(1), 5.0))
    say("west.wind_speed", NOW - HOUR, (at(1), 7.0))
    first, second = forecast(store, points, NOW)
    assert (first.start, first.end) == (at(1), at(2))
    assert first.values == {"wind_speed": 7.0}
    assert first.known == NOW - HOUR
    assert (second.values, second.known) == ({"wind_speed": 9.0}, NOW - 3 * HOUR)
    assert first.forecast


def test_rain_is_what_falls_in_an_hour_however_the_forecast_is_cut(stations):
    """Six times 2 mm in an hour are 12 mm/h, and 9 mm in three hours 3 mm/h; a day without is no rain."""
    store, points, say = stations
    tens = [(at(1) + n * 10 * MINUTE, 2.0) for n in range(6)]
    say("east.precipitation", NOW, *tens)
    say("west.precipitation", NOW, (at(3), 9.0), (at(6), 0.0), (at(40), 1.0))
    found = {spell.start: spell.values["rain_rate"] for spell in forecast(store, points, NOW)}
    assert [found[at(n)] for n in (1, 3, 4, 5, 6)] == pytest.approx([12.0, 3.0, 3.0, 3.0, 0.0])
    assert at(12) not in found
    assert found[at(40)] == pytest.approx(1 / 3)


def test_what_is_over_is_left_out_and_this_hour_is_cut(stations):
    """The hour under way begins now; without stations or forecasts there is nothing."""
    store, points, say = stations
    assert forecast(store, points, NOW) == []
    assert forecast(store, [], NOW) == []
    say("east.wind_speed", NOW, (at(-1), 20.0), (at(0), 11.0), (at(1), 3.0))
    first, _second = forecast(store, points, NOW)
    assert (first.start, first.end, first.values) == (NOW, at(1), {"wind_speed": 11.0})
