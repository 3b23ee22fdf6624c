"""Modbus TCP against a real server in this process."""

import struct

import pytest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice
from tests.ingest.brokers import free_port
from tests.ingest.conftest import every
from tests.ingest.test_mqtt import until

from sandan.clock import SystemClock
from sandan.errors import InvalidInput
from sandan.ingest.service import Health, Pipeline
from sandan.ingest.sources.modbus import Register, blocks, modbus_source


def words(value, kind, order="big"):
    """A number as registers."""
    raw = struct.pack(f">{kind}", value)
    found = list(struct.unpack(f">{len(raw) // 2}H", raw))
    return found if order == "big" else found[::-1]


@pytest.fixture
async def device():
    """A meter: a float, a float with its words swapped, a negative number; and a coil that is on."""
    registers = [*words(12.5, "f"), *words(99.25, "f", "little"), *words(-5, "h")]
    port = free_port()
    blocks = (
        [SimData(0, values=[True, False, True], datatype=DataType.BITS)],
        [SimData(0, values=[False], datatype=DataType.BITS)],
        [SimData(0, values=registers, datatype=DataType.REGISTERS)],
        [SimData(0, values=[7], datatype=DataType.REGISTERS)],
    )
    server = ModbusTcpServer(SimDevice(1, simdata=blocks), address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    yield port
    await server.shutdown()


def settings(port, *registers):
    """What to read there, twice a second."""
    return {"host": "127.0.0.1", "port": port, "every": 0.5, "registers": list(registers)}


async def test_registers_are_read_on_the_beat_with_type_order_and_scale(store, now, device):
    """One register the device refuses does not hold up the others."""
    wanted = [
        {"register": 0, "type": "float32", "address": "s00"},
        {"register": 2, "type": "float32", "order": "little", "address": "s01", "factor": 0.1},
        {"register": 4, "type": "int16", "address": "w1.temperature", "unit": "K", "factor": -50.0},
        {"register": 5, "type": "uint16", "address": "s03"},
        {"register": 2, "table": "coil", "address": "s04"},
        {"register": 0, "table": "input", "address": "s05"},
    ]
    async with Pipeline(store, SystemClock()) as pipeline:
        pipeline.add(modbus_source("meter", settings(device, *wanted), SystemClock()), kind="modbus")
        await until(lambda: every(store, "s05").num_rows >= 2)
        assert pipeline.statistics()[0].health is Health.UP
        assert pipeline.statistics()[0].total.gaps >= 1
    latest = {}
    for row in every(store).to_pylist():
        latest[row["point"]] = row["value"]
        assert row["start"].microsecond in (0, 500_000)
    with store.registry.read() as conn:
        number = {
            id: store.points.get(conn, id).number
            for id in ("s00", "s01", "w1.temperature", "s03", "s04", "s05")
        }
    values = {id: latest.get(n) for id, n in number.items()}
    assert values == {
        "s00": 12.5, "s01": pytest.approx(9.925), "w1.temperature": pytest.approx(250 - 273.15),
        "s03": None, "s04": 1.0, "s05": 7.0,
    }  # fmt: skip


async def test_a_device_that_is_not_there_is_said_to_be_away(store, now):
    """With its address in the message."""
    port = free_port()
    async with Pipeline(store, SystemClock()) as pipeline:
        pipeline.add(modbus_source("meter", settings(port, {"register": 0, "address": "s00"}), SystemClock()))
        await until(lambda: pipeline.statistics()[0].health is Health.DOWN)
        assert f"127.0.0.1:{port}" in pipeline.statistics()[0].problem.en


def test_neighbours_are_read_in_one_request():
    """Up to what one request may ask for."""
    registers = [Register(i, str(i)) for i in range(130)] + [
        Register(200, "x", "input"),
        Register(201, "y", "input"),
    ]
    assert [len(block) for block in blocks(tuple(registers))] == [120, 10, 2]
    assert [
        r.words for r in (Register(0, "a", type="float64"), Register(0, "b", "coil"), Register(0, "c"))
    ] == [4, 1, 1]


def test_settings_are_read_with_every_finding():
    """An unknown type, a missing address."""
    with pytest.raises(InvalidInput) as caught:
        modbus_source("m", {"host": "h", "registers": [{"register": 1.5, "type": "int17"}]}, SystemClock())
    assert len(caught.value.findings) == 3
