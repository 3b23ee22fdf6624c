"""OPC UA against a real server in this process."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from asyncua import Server, ua
from tests.ingest.brokers import free_port
from tests.ingest.conftest import every
from tests.ingest.test_mqtt import until

from sandan.access import SYSTEM
from sandan.clock import SystemClock
from sandan.errors import InvalidInput
from sandan.ingest.model import Binding, Reason
from sandan.ingest.service import Health, Pipeline
from sandan.ingest.service.wiring import bind
from sandan.ingest.sources.opcua import opcua_source
from sandan.twin.model import Quality


class Plant:
    """A server with a meter, a thermometer and a nameplate."""

    def __init__(self, port):
        self.url = f"opc.tcp://127.0.0.1:{port}/plant"

    async def start(self):
        self.server = Server()
        await self.server.init()
        self.server.set_endpoint(self.url)
        self.server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        space = await self.server.register_namespace("plant")
        self.nodes = [
            await self.server.nodes.objects.add_variable(ua.NodeId(name, space), name, value)
            for name, value in (("energy", 0.0), ("temperature", 20.0), ("maker", "한국계기"))
        ]
        await self.server.start()

    async def say(self, n, value, at, status=ua.StatusCodes.Good):
        kind = ua.VariantType.String if isinstance(value, str) else ua.VariantType.Double
        await self.nodes[n].write_value(
            ua.DataValue(ua.Variant(value, kind), ua.StatusCode(status), SourceTimestamp=at)
        )


@pytest.fixture
async def plant():
    """A running plant."""
    made = Plant(free_port())
    await made.start()
    yield made
    await made.server.stop()


def settings(plant):
    """What to follow there."""
    nodes = [
        {"node": "ns=2;s=energy", "unit": "Wh"},
        {"node": "ns=2;s=temperature", "address": "w1.temperature"},
        {"node": "ns=2;s=maker"},
    ]
    return {"url": plant.url, "period": 50, "nodes": nodes}


async def test_changes_come_with_the_servers_times_and_qualities(store, now, plant):
    """Uncertain is estimated; a bad one comes without its value and is held back, like a text."""
    bind(store, SYSTEM, [Binding("plc", "ns=2;s=energy", "m1.energy")], now)
    start = datetime.now(UTC).replace(microsecond=0)
    async with Pipeline(store, SystemClock()) as pipeline:
        pipeline.add(opcua_source("plc", settings(plant), SystemClock()), kind="opcua")
        await until(lambda: pipeline.statistics()[0].health is Health.UP)
        await plant.say(0, 1500.0, start)
        await plant.say(1, 21.0, start, ua.StatusCodes.UncertainLastUsableValue)
        await until(
            lambda: (
                every(store, "w1.temperature").num_rows
                and 1.5 in every(store, "m1.energy")["value"].to_pylist()
            )
        )
        await plant.say(1, 22.0, start + timedelta(seconds=1), ua.StatusCodes.BadSensorFailure)
        await until(lambda: pipeline.statistics()[0].total.reasons.get(Reason.NO_VALUE) == 1)
        assert pipeline.statistics()[0].total.reasons[Reason.UNREADABLE] >= 1
    (row,) = [r for r in every(store, "w1.temperature").to_pylist() if r["value"] == 21.0]
    assert (row["start"], row["quality"]) == (start, Quality.ESTIMATED)


async def test_a_server_that_goes_is_followed_again_when_it_comes_back(store, now):
    """And its absence is said once."""
    plant = Plant(free_port())
    await plant.start()
    async with Pipeline(store, SystemClock()) as pipeline:
        pipeline.add(opcua_source("plc", settings(plant), SystemClock()))
        await until(lambda: pipeline.statistics()[0].health is Health.UP)
        await plant.server.stop()
        await until(lambda: pipeline.statistics()[0].health is Health.DOWN)
        await plant.start()
        await until(lambda: pipeline.statistics()[0].health is Health.UP, 30)
        at = datetime.now(UTC)
        await plant.say(1, 23.0, at)
        await until(lambda: 23.0 in every(store, "w1.temperature")["value"].to_pylist())
    await plant.server.stop()
    await asyncio.sleep(0)


def test_settings_are_read_with_every_finding():
    """A node id that is none is named."""
    with pytest.raises(InvalidInput) as caught:
        opcua_source("plc", {"nodes": [{"node": "Meter 1"}], "period": 1}, SystemClock())
    assert {f.where for f in caught.value.findings} == {"plc.url", "plc.nodes[0].node", "plc.period"}
