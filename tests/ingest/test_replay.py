"""Recorded readings once more, and connections that come and go while Sandan runs."""

from dataclasses import replace
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from tests.ingest.brokers import Broker
from tests.ingest.conftest import every, table
from tests.ingest.test_mqtt import until

from sandan.access import SYSTEM
from sandan.clock import Period, SystemClock
from sandan.errors import InvalidInput
from sandan.ingest.model import Delivery
from sandan.ingest.records import Wire
from sandan.ingest.service import Health, Pipeline
from sandan.ingest.service.connections import Connections
from sandan.ingest.service.wiring import connect, disconnect
from sandan.ingest.sources.replay import ReplaySource, recorded, recorded_file


async def test_what_the_historian_has_is_sent_again_at_another_time_and_speed(store, now):
    """Ten minutes in about a second, beginning where one wants it."""
    begin = now - timedelta(hours=3)
    rows = [(f"s{i:02d}", begin + timedelta(seconds=60 * n), float(n)) for n in range(10) for i in range(3)]
    async with Pipeline(store, SystemClock()) as pipeline:
        await pipeline.submit("gw", Delivery(table(*rows), now))
        with store.registry.read() as conn:
            points = [store.points.get(conn, f"s{i:02d}") for i in range(3)]
        tape = recorded(store, points, Period(begin - timedelta(hours=1), now))
        assert tape.num_rows == 30
        again = now - timedelta(hours=1)
        pipeline.add(ReplaySource("replay", tape, SystemClock(), speed=540, begin=again))
        await pipeline.finished("replay")
        (status,) = [s for s in pipeline.statistics() if s.id == "replay"]
    assert status.total.kept == 30
    starts = every(store, "s00")["start"].to_pylist()
    assert starts[10] - starts[0] == again - begin


async def test_a_file_of_readings_is_sent_at_once(store, now, tmp_path):
    """A speed of nought."""
    rows = table(*(("m1.energy", now - timedelta(minutes=15 * n), 1.0) for n in range(100)))
    pq.write_table(
        rows.rename_columns(["point", "time", "value", "unit", "quality"]), tmp_path / "tape.parquet"
    )
    async with Pipeline(store, SystemClock()) as pipeline:
        pipeline.add(ReplaySource("replay", recorded_file(tmp_path / "tape.parquet"), SystemClock(), speed=0))
        await pipeline.finished("replay")
    assert every(store, "m1.energy").num_rows == 100
    with pytest.raises(InvalidInput):
        recorded_file(tmp_path / "nothing.parquet")
    with pytest.raises(InvalidInput):
        ReplaySource("replay", rows, SystemClock(), speed=-1)


async def test_connections_run_as_they_are_set_up(store, now, tmp_path):
    """Added, found faulty, switched off, removed: without a restart."""
    broker = Broker(tmp_path / "mosquitto").start()
    wire = Wire("plant", "mqtt", {"host": "127.0.0.1", "port": broker.port, "topics": [{"filter": "a/#"}]})

    def status(id):
        return next((s for s in pipeline.statistics() if s.id == id), None)

    try:
        async with Pipeline(store, SystemClock()) as pipeline:
            connections = Connections(store, pipeline)
            connect(store, SYSTEM, wire, now)
            connect(store, SYSTEM, Wire("odd", "mqtt", {}), now)
            connect(store, SYSTEM, Wire("fax", "fax", {}), now)
            await connections.settle()
            await until(lambda: status("plant").health is Health.UP)
            assert status("odd").health is Health.DOWN
            assert "fax" in status("fax").problem.en
            connect(store, SYSTEM, replace(wire, enabled=False), now)
            disconnect(store, SYSTEM, "odd", now)
            await connections.settle()
            assert status("plant").health is Health.ENDED
            assert status("odd") is None
            connect(store, SYSTEM, wire, now)
            await connections.settle()
            await until(lambda: status("plant").health is Health.UP)
    finally:
        broker.stop()
