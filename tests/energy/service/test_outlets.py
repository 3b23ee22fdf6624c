"""Set-points on their way out, through a real broker, a real Modbus server and a VTN over HTTP."""

import asyncio
import json
import struct
import sys
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice
from tests.ingest.brokers import Broker, free_port

from sandan.clock import milliseconds
from sandan.energy.model.dispatch import Device, Limits, Mode, Order, Origin, Via
from sandan.energy.service.outlets import build_outlet, check_settings
from sandan.errors import InvalidInput
from sandan.mqtt import attach, keep_alive

LIMITS = Limits(charge=50.0, discharge=50.0, energy=200.0)


def device(via, **settings):
    """A battery of 50 kW that rests when it hears nothing for 90 s."""
    return Device("ess-1", "firm-1", via, settings, LIMITS, mode=Mode.ARMED)


def order(power, now=None, seconds=90):
    """An order made now."""
    made = milliseconds(now or datetime.now(UTC))
    return Order(power, power, Origin.PLAN, made, made + seconds * 1000)


@pytest.fixture
def broker(tmp_path):
    """A broker of this test's own."""
    started = Broker(tmp_path / "mosquitto").start()
    yield started
    started.stop()


class Inverter:
    """A device behind the broker that does as it is told: obey until `valid_until`, then fall back."""

    def __init__(self, port, topic="plant/ess-1/setpoint"):
        self.port, self.topic = port, topic
        self.orders, self.terms = [], None

    async def __aenter__(self):
        self.client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        attach(self.client, asyncio.get_running_loop())
        listening = asyncio.Event()
        self.client.on_message = self._hear
        self.client.on_subscribe = lambda *_: listening.set()
        self.client.connect("127.0.0.1", self.port)
        self.upkeep = asyncio.create_task(keep_alive(self.client))
        while not self.client.is_connected():
            await asyncio.sleep(0.01)
        self.client.subscribe([(self.topic, 1), (f"{self.topic}/terms", 1)])
        await listening.wait()
        return self

    async def __aexit__(self, *_):
        self.upkeep.cancel()
        self.client.disconnect()
        self.client.loop_write()

    def _hear(self, _, __, message):
        if message.topic.endswith("/terms"):
            self.terms = orjson.loads(message.payload)
        else:
            self.orders.append((orjson.loads(message.payload), message))

    async def heard(self, count):
        """Wait until so many orders have come."""
        async with asyncio.timeout(60):
            while len(self.orders) < count:
                await asyncio.sleep(0.01)

    def does(self, at):
        """What it does at an instant."""
        if self.orders:
            last = self.orders[-1][0]
            if at < datetime.fromisoformat(last["valid_until"]):
                return last["power"]
        return None if self.terms is None else self.terms["fallback"]


async def test_a_setpoint_by_mqtt_expires_and_the_terms_stay(broker):
    """The order carries its end twice, for the broker and the device; only the fallback is retained."""
    now = datetime.now(UTC)
    outlet = build_outlet(device(Via.MQTT, host="127.0.0.1", port=broker.port, topic="plant/ess-1/setpoint"))
    async with Inverter(broker.port) as inverter:
        answer = await outlet.send(order(-12.3456, now), renew=True)
        assert answer.ok, answer
        await inverter.heard(1)
        said, message = inverter.orders[0]
        assert (said["power"], said["unit"], said["positive"]) == (-12.346, "kW", "charge")
        assert message.properties.MessageExpiryInterval <= 90
        assert not message.retain
        assert inverter.terms == {
            "device": "ess-1", "fallback": 0.0, "unit": "kW", "positive": "charge", "after": 90,
        }  # fmt: skip
        # Sandan is killed here: nothing more comes, and the device keeps the time by itself.
        assert inverter.does(now + timedelta(seconds=89)) == -12.346
        assert inverter.does(now + timedelta(seconds=91)) == 0.0
    async with Inverter(broker.port) as back:
        while back.terms is None:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert back.orders == []
        assert back.does(now) == 0.0


SPEAKER = """
import asyncio, sys, time
from sandan.energy.model.dispatch import Device, Limits, Mode, Order, Origin, Via
from sandan.energy.service.outlets import build_outlet

async def speak():
    settings = {"host": "127.0.0.1", "port": int(sys.argv[1]), "topic": "plant/ess-1/setpoint"}
    limits = Limits(charge=50.0, discharge=50.0, energy=200.0)
    outlet = build_outlet(Device("ess-1", "firm-1", Via.MQTT, settings, limits, 0.0, mode=Mode.ARMED))
    while True:
        now = int(time.time() * 1000)
        await outlet.send(Order(25.0, 25.0, Origin.PLAN, now, now + 2000), renew=True)
        await asyncio.sleep(0.3)

asyncio.run(speak())
"""


async def test_when_the_process_is_killed_the_device_falls_back_by_itself(broker):
    """No farewell, no last message: the end that every order carries is enough."""
    async with Inverter(broker.port) as inverter:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", SPEAKER, str(broker.port))
        try:
            await inverter.heard(3)
            assert inverter.does(datetime.now(UTC)) == 25.0
        finally:
            process.kill()
            await process.wait()
        async with asyncio.timeout(10):
            while inverter.does(datetime.now(UTC)) != 0.0:
                await asyncio.sleep(0.05)
        count = len(inverter.orders)
        await asyncio.sleep(0.5)
        assert len(inverter.orders) == count


async def test_an_order_that_nobody_hears_or_takes_is_no_success(broker):
    """The broker says when nobody listens; a broker that is not there is named."""
    settings = {"host": "127.0.0.1", "port": broker.port, "topic": "plant/ess-1/setpoint"}
    outlet = build_outlet(device(Via.MQTT, **settings))
    assert (await outlet.probe()).ok
    answer = await outlet.send(order(1.0), renew=True)
    assert not answer.ok
    assert "listens" in answer.said.en
    broker.stop()
    answer = await outlet.send(order(1.0), renew=False)
    assert not answer.ok
    assert str(broker.port) in answer.said.en


@pytest.fixture
async def server():
    """A device with holding registers 0–19, all zero, whose values can be looked at and set."""
    port = free_port()
    blocks = (
        [SimData(0, values=[False], datatype=DataType.BITS)],
        [SimData(0, values=[False], datatype=DataType.BITS)],
        [SimData(0, values=[0] * 20, datatype=DataType.REGISTERS)],
        [SimData(0, values=[0], datatype=DataType.REGISTERS)],
    )
    running = ModbusTcpServer(SimDevice(1, simdata=blocks), address=("127.0.0.1", port))
    await running.serve_forever(background=True)
    yield port
    await running.shutdown()


async def registers(port, first=0, values=None, count=20):
    """Read holding registers beside the outlet, or write them as the device itself would."""
    client = AsyncModbusTcpClient("127.0.0.1", port=port)
    await client.connect()
    try:
        if values is not None:
            await client.write_registers(first, values)
        return (await client.read_holding_registers(first, count=count)).registers
    finally:
        client.close()


def modbus(port, **more):
    """Set-point in register 0 in tenths of a kW, discharge positive; watchdog in 2."""
    settings = {"host": "127.0.0.1", "port": port, "register": 0, "factor": 0.1, "positive": "discharge"}
    return device(Via.MODBUS, **settings, watchdog=2, **more)


async def test_a_setpoint_by_modbus_is_read_back_and_the_watchdog_counts(server):
    """Scaled and signed as the device wants it; each heartbeat counts, and the terms go along."""
    outlet = build_outlet(modbus(server, fallback=4, timeout=5))
    assert (await outlet.probe()).ok
    assert (await registers(server))[2] == 0
    assert (await outlet.send(order(12.34), renew=True)).ok
    found = await registers(server)
    # 12.34 kW of charging is -123 tenths of discharging: cut towards rest, never beyond the order
    assert struct.unpack(">h", struct.pack(">H", found[0]))[0] == -123
    assert (found[2], found[4], found[5]) == (1, 0, 90)
    assert (await outlet.send(order(-50.0), renew=False)).ok
    found = await registers(server)
    assert (found[0], found[2]) == (500, 2)
    # a process begun anew counts on, so that the first beat is one
    assert (await build_outlet(modbus(server)).send(order(0.0), renew=True)).ok
    assert (await registers(server))[:3] == [0, 0, 3]


async def test_a_float_may_have_its_words_swapped(server):
    """32 bits in two registers, the low word first."""
    outlet = build_outlet(modbus(server, type="float32", order="little"))
    assert (await outlet.send(order(-2.5), renew=True)).ok
    low, high = (await registers(server))[:2]
    assert struct.unpack(">f", struct.pack(">HH", high, low))[0] == 25.0


async def test_a_device_whose_own_counter_stands_still_is_told_nothing(server):
    """After one lease without a new count the set-point stays as it was, and the watchdog too."""
    now = datetime.now(UTC)
    outlet = build_outlet(modbus(server, alive=7))
    assert (await outlet.send(order(5.0, now), renew=True)).ok
    assert (await outlet.send(order(6.0, now + timedelta(seconds=80)), renew=False)).ok
    before = await registers(server)
    answer = await outlet.send(order(7.0, now + timedelta(seconds=120)), renew=False)
    assert not answer.ok
    assert "heartbeat" in answer.said.en
    assert await registers(server) == before
    await registers(server, 7, [1], 1)
    assert (await outlet.send(order(7.0, now + timedelta(seconds=150)), renew=False)).ok


async def test_a_modbus_device_that_refuses_or_is_not_there_is_said_to(server):
    """No register 900; nobody at the port."""
    outlet = build_outlet(device(Via.MODBUS, host="127.0.0.1", port=server, register=900, watchdog=2,
                                 positive="charge"))  # fmt: skip
    assert not (await outlet.probe()).ok
    assert not (await outlet.send(order(1.0), renew=True)).ok
    assert (await registers(server))[2] == 0
    gone = build_outlet(modbus(free_port()))
    answer = await gone.send(order(1.0), renew=True)
    assert "127.0.0.1" in answer.said.en


class Vtn(ThreadingHTTPServer):
    """A VTN with one program, which keeps its events and asks for a token that runs out."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events, self.asked, self.token = {}, [], 1


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def _answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _serve(self):
        vtn, (path, _, _) = self.server, self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        vtn.asked.append((self.command, path))
        if path == "/auth/token":
            assert b"client_secret=quiet" in body
            return self._answer(200, {"access_token": f"t{vtn.token}"})
        if self.headers.get("authorization") != f"Bearer t{vtn.token}":
            return self._answer(401, {"title": "who?"})
        if path == "/programs/program-7":
            return self._answer(200, {"id": "program-7"})
        if (self.command, path) == ("GET", "/events"):
            return self._answer(200, [{"id": id, **one} for id, one in vtn.events.items()])
        if (self.command, path) == ("POST", "/events"):
            id = f"event-{len(vtn.events) + 1}"
            vtn.events[id] = json.loads(body)
            return self._answer(201, {"id": id, **vtn.events[id]})
        id = path.removeprefix("/events/")
        if self.command == "PUT" and id in vtn.events:
            vtn.events[id] = json.loads(body)
            return self._answer(200, {"id": id, **vtn.events[id]})
        return self._answer(404, {"title": "none"})

    do_GET = do_POST = do_PUT = _serve  # noqa: N815


@pytest.fixture
def vtn(monkeypatch):
    """A VTN of this test's own, and the secret in the environment."""
    monkeypatch.setenv("VTN_SECRET", "quiet")
    with Vtn() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def openadr(vtn, **more):
    """The battery as a target of the program."""
    place = f"http://127.0.0.1:{vtn.server_address[1]}"
    settings = {"url": place, "program": "program-7", "target": "ess-1", "client_id": "sandan"}
    return device(Via.OPENADR, **settings, client_secret_env="VTN_SECRET", **more)


async def test_a_setpoint_by_openadr_is_one_event_that_ends_by_itself(vtn):
    """Heartbeats change it; a token that ran out is fetched anew; a process begun anew finds the event."""
    now = datetime(2026, 3, 4, 0, 0, 10, tzinfo=UTC)
    outlet = build_outlet(openadr(vtn))
    assert (await outlet.probe()).ok
    assert (await outlet.send(order(-12.5, now), renew=True)).ok
    event = vtn.events["event-1"]
    assert event["intervalPeriod"] == {"start": "2026-03-04T00:00:10Z", "duration": "PT90S"}
    assert event["intervals"][0]["payloads"] == [{"type": "DISPATCH_SETPOINT", "values": [-12.5]}]
    assert (event["programID"], event["targets"]) == ("program-7", ["ess-1"])
    vtn.token = 2
    assert (await outlet.send(order(-12.5, now + timedelta(seconds=30)), renew=False)).ok
    assert vtn.events["event-1"]["intervalPeriod"]["start"] == "2026-03-04T00:00:40Z"
    assert (await build_outlet(openadr(vtn, version="3.0")).send(order(3.0, now), renew=True)).ok
    assert list(vtn.events) == ["event-1"]
    assert vtn.events["event-1"]["targets"] == [{"type": "RESOURCE_NAME", "values": ["ess-1"]}]
    vtn.events.clear()
    assert (await outlet.send(order(1.0, now), renew=False)).ok
    assert len(vtn.events) == 1


async def test_a_vtn_that_refuses_is_quoted(vtn):
    """A program it does not know; a VTN that is not there."""
    other = openadr(vtn)
    wrong = build_outlet(device(Via.OPENADR, **{**other.settings, "program": "none"}))
    assert "404" in (await wrong.probe()).said.en
    gone = {**other.settings, "url": f"http://127.0.0.1:{free_port()}"}
    assert not (await build_outlet(device(Via.OPENADR, **gone)).send(order(1.0), renew=True)).ok


@pytest.mark.parametrize(
    ("via", "settings", "findings"),
    [
        (Via.MQTT, {"topic": "plant/+/x", "password": "open"}, ["host", "password", "topic"]),
        (Via.MODBUS, {"host": "h", "register": 70_000, "what": 1},
         ["positive", "register", "watchdog", "what"]),
        (Via.OPENADR, {"url": "http://a.b", "program": "p", "target": "t", "client_secret_env": "NONE"},
         ["client_secret_env", "client_secret_env", "token_url", "url"]),
    ],
)  # fmt: skip
def test_settings_are_read_with_every_finding(via, settings, findings):
    """Secrets only by the name of a variable; a token goes over https or stays in the house."""
    with pytest.raises(InvalidInput) as caught:
        check_settings("ess-1", via, settings)
    assert sorted(one.where.removeprefix("ess-1.") for one in caught.value.findings) == findings


def test_a_register_must_hold_what_the_limits_allow():
    """50 kW in steps of a watt are more than sixteen bits can say."""
    with pytest.raises(InvalidInput, match="문제"):
        build_outlet(device(Via.MODBUS, host="h", register=0, watchdog=1, positive="charge", factor=0.001))
