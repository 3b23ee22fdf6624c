"""A small complex with a store of its own, and readings to send to it."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from sandan.access import SYSTEM
from sandan.clock import Period, SystemClock
from sandan.testing import temporary_store
from sandan.twin.model import Point, Thing
from sandan.twin.samples import READINGS

QUARTER = timedelta(minutes=15)


@pytest.fixture
def store():
    """Two firms with a meter each, a weather station, and fifty points that speak every second."""
    with temporary_store(rooms=["sandan.ingest"]) as opened:
        with opened.registry.write() as conn:
            opened.things.put(
                conn,
                [
                    Thing("firm-a", "firm", "가나정밀", tenant="firm-a"),
                    Thing("firm-b", "firm", "다라화학", tenant="firm-b"),
                    Thing("m1", "meter", "가나 계량기", parent="firm-a", tenant="firm-a"),
                    Thing("m2", "meter", "다라 계량기", parent="firm-b", tenant="firm-b"),
                    Thing("w1", "weather_station", "기상대"),
                ],
            )
            opened.points.put(
                conn,
                [
                    Point("m1.energy", "m1", "active_energy", QUARTER, tenant="firm-a"),
                    Point("m2.energy", "m2", "active_energy", QUARTER, tenant="firm-b"),
                    Point("w1.temperature", "w1", "air_temperature"),
                    *(Point(f"s{i:02d}", "w1", "wind_speed", timedelta(seconds=1)) for i in range(50)),
                ],
            )
            opened.events.append(
                conn, "ComplexImported", actor=SYSTEM, subject="test", payload={}, at=SystemClock().now()
            )
        yield opened


@pytest.fixture
def now():
    """The real time: brokers and servers have no other."""
    return datetime.now(UTC)


def table(*rows):
    """READINGS of (address, start, value, unit, quality); short rows are filled with nulls."""
    columns = list(zip(*(row + (None,) * (5 - len(row)) for row in rows), strict=True)) or [()] * 5
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, READINGS, strict=True)], schema=READINGS)


def every(store, *ids):
    """All rows ever kept of these points (default: all), revisions too."""
    with store.registry.read() as conn:
        points = [store.points.get(conn, id) for id in ids] if ids else store.points.all(conn)
    whole = Period(datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    return store.historian.scan(points, whole, revisions=True)
