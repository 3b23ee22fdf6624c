"""MQTT through a real broker: nothing acknowledged before it is kept, nothing lost in between."""

import asyncio
import os
import subprocess
from contextlib import asynccontextmanager
from datetime import timedelta

import orjson
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from tests.ingest.brokers import Broker
from tests.ingest.conftest import every

from sandan.access import SYSTEM
from sandan.clock import SystemClock
from sandan.errors import InvalidInput, Unavailable
from sandan.ingest.model import Delivery, Reason
from sandan.ingest.records import find_held
from sandan.ingest.service import Health, Pipeline
from sandan.ingest.sources.mqtt import mqtt_source
from sandan.ingest.sources.topics import Subscription
from sandan.mqtt import attach, keep_alive


@pytest.fixture
def broker(tmp_path):
    """A broker of this test's own."""
    started = Broker(tmp_path / "mosquitto").start()
    yield started
    started.stop()


def source(broker, id="plant", **more):
    """A source on that broker."""
    topics = more.pop("topics", [{"filter": "plant/+/state"}])
    return mqtt_source(
        id, {"host": "127.0.0.1", "port": broker.port, "topics": topics, **more}, SystemClock()
    )


@asynccontextmanager
async def publisher(broker):
    """A publisher; `send` returns when the broker has taken the message."""
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    attach(client, asyncio.get_running_loop())
    client.connect("127.0.0.1", broker.port)
    upkeep = asyncio.create_task(keep_alive(client))

    async def send(topic, payload, qos=1):
        body = payload if isinstance(payload, bytes) else orjson.dumps(payload)
        await asyncio.to_thread(client.publish(topic, body, qos).wait_for_publish, 10)

    try:
        yield send
    finally:
        upkeep.cancel()
        client.disconnect()
        client.loop_write()


async def until(condition, seconds=15.0):
    """Wait until a condition holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


def second(now, n, value=1.0):
    """One message with the fifty points at a second."""
    at = (now - timedelta(seconds=n)).isoformat(timespec="milliseconds")
    return {"time": at, "values": {f"s{i:02d}": value for i in range(50)}}


async def test_messages_arrive_as_samples(store, now, broker):
    """In each of the shapes gateways use, a bad one held back with what it said."""
    topics = [{"filter": "plant/+/state"}, {"filter": "plant/+/temp", "address": "{2}.temperature"}]
    async with Pipeline(store, SystemClock()) as pipeline, publisher(broker) as send:
        pipeline.add(source(broker, topics=topics, stamp="received"), kind="mqtt")
        await until(lambda: pipeline.statistics()[0].health is Health.UP)
        await send(
            "plant/a/state",
            {"point": "m1.energy", "time": now.timestamp() * 1000, "value": 1500, "unit": "Wh"},
        )
        await send("plant/a/state", second(now, 1))
        await send("plant/w1/temp", 21.5)
        await send("plant/w1/temp", b"\xff\xfe{")
        await until(lambda: pipeline.statistics()[0].total.received == 53)
    rows = every(store, "m1.energy", "w1.temperature")
    assert rows["value"].to_pylist() == [1.5, 21.5]
    with store.registry.read() as conn:
        assert [h.reason for h in find_held(conn, SYSTEM)] == [Reason.UNREADABLE]


async def test_what_was_not_acknowledged_comes_again(store, now, broker):
    """The broker keeps it through a death of Sandan and a restart of its own, and it is kept once."""
    dying = source(broker)
    stream = dying.deliveries()
    await anext(stream)
    async with publisher(broker) as send:
        for n in range(3):
            await send("plant/a/state", second(now, n + 1))
    first = await anext(stream)
    assert first.readings.num_rows
    async with Pipeline(store, SystemClock()) as pipeline:
        # committed, but Sandan dies before it acknowledges
        await pipeline.submit("plant", Delivery(first.readings, first.received_at))
    await stream.aclose()
    async with publisher(broker) as send:
        await send("plant/a/state", second(now, 4))  # arrives while nobody listens
    await asyncio.to_thread(broker.stop)
    await asyncio.to_thread(broker.start)
    async with Pipeline(store, SystemClock()) as pipeline:
        pipeline.add(source(broker))
        await until(lambda: every(store).num_rows >= 200)
        await until(lambda: pipeline.statistics()[0].total.received == 200)
        assert pipeline.statistics()[0].total.duplicates == first.readings.num_rows
    assert every(store).num_rows == 200
    async with Pipeline(store, SystemClock()) as pipeline:
        pipeline.add(source(broker))
        await until(lambda: pipeline.statistics()[0].health is Health.UP)
        await asyncio.sleep(0.3)
        assert pipeline.statistics()[0].total.received == 0


async def test_a_broker_that_goes_and_comes_back_loses_nothing(store, now, broker):
    """The pipeline connects again by itself."""
    async with Pipeline(store, SystemClock()) as pipeline:
        pipeline.add(source(broker))
        await until(lambda: pipeline.statistics()[0].health is Health.UP)
        async with publisher(broker) as send:
            await send("plant/a/state", second(now, 2))
        await asyncio.to_thread(broker.stop)
        await until(lambda: pipeline.statistics()[0].health is Health.DOWN)
        assert pipeline.statistics()[0].problem is not None
        await asyncio.to_thread(broker.start)
        async with publisher(broker) as send:
            await send("plant/a/state", second(now, 1))
        await until(lambda: every(store).num_rows == 100)


async def test_many_open_files_do_not_stop_a_connection(store, now, broker):
    """A server with a historian and hundreds of open pages has descriptors that `select` does not know."""
    many = [os.open(os.devnull, os.O_RDONLY)]
    while many[-1] < 1100:
        many.append(os.open(os.devnull, os.O_RDONLY))
    try:
        async with Pipeline(store, SystemClock()) as pipeline, publisher(broker) as send:
            pipeline.add(source(broker))
            await until(lambda: all(s.health is Health.UP for s in pipeline.statistics()))
            await send("plant/a/state", second(now, 0))
            await until(lambda: sum(s.total.received for s in pipeline.statistics()) == 50)
    finally:
        for fd in many:
            os.close(fd)


async def test_the_broker_sends_no_further_ahead_than_it_may(broker, now):
    """Nothing acknowledged, nothing more sent: that is the back-pressure."""
    slow = source(broker, receive_maximum=5)
    stream = slow.deliveries()
    await anext(stream)
    async with publisher(broker) as send:
        for n in range(20):
            await send("plant/a/state", second(now, n))
    await asyncio.sleep(0.3)
    delivery = await anext(stream)
    assert delivery.readings.num_rows == 5 * 50
    rows = 0
    while rows < 20 * 50:
        rows += delivery.readings.num_rows
        await delivery.acknowledge()
        if rows < 20 * 50:
            async with asyncio.timeout(5):
                delivery = await anext(stream)
    await stream.aclose()
    assert rows == 20 * 50


async def test_a_shared_subscription_divides_the_work(store, now, broker):
    """Two listeners of one group; each message goes to one of them."""
    topics = [{"filter": "$share/sandan/plant/+/state"}]
    async with Pipeline(store, SystemClock()) as pipeline, publisher(broker) as send:
        for id in ("one", "two"):
            pipeline.add(source(broker, id, topics=topics))
        await until(lambda: all(s.health is Health.UP for s in pipeline.statistics()))
        for n in range(20):
            await send("plant/a/state", second(now, n))
        await until(lambda: sum(s.total.received for s in pipeline.statistics()) == 1000)
        assert all(s.total.received for s in pipeline.statistics())


async def test_a_broker_that_refuses_says_why(tmp_path, monkeypatch):
    """A wrong password, and a broker that is not there."""
    passwords = tmp_path / "passwords"
    passwords.touch(mode=0o600)
    subprocess.run(["mosquitto_passwd", "-b", passwords, "sandan", "right"], check=True)
    broker = Broker(tmp_path / "guarded", password_file=passwords).start()
    try:
        for password, fine in (("wrong", False), ("right", True)):
            monkeypatch.setenv("PLANT_MQTT", password)
            stream = source(broker, username="sandan", password_env="PLANT_MQTT").deliveries()
            if fine:
                await anext(stream)
            else:
                with pytest.raises(Unavailable, match="Not authorized"):
                    await anext(stream)
            await stream.aclose()
    finally:
        broker.stop()
    with pytest.raises(Unavailable):
        await anext(source(broker).deliveries())


def test_settings_are_read_with_every_finding(monkeypatch):
    """A secret in the settings is refused, as are settings nobody knows."""
    with pytest.raises(InvalidInput) as caught:
        mqtt_source(
            "x", {"port": 0, "password": "1234", "topics": [{"filtre": "a/#"}], "colour": 1}, SystemClock()
        )
    assert {f.where for f in caught.value.findings} == {
        "x.port", "x.host", "x.password", "x.topics[0].filter", "x.topics[0].filtre", "x.colour",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("filter", "topic", "address"),
    [
        ("a/+/c", "a/b/c", "b.c"),
        ("a/#", "a/b/c", "b.c"),
        ("$share/g/a/+/c", "a/b/c", "b.c"),
        ("a/+", "a/b/c", None),
        ("a/b/c/d", "a/b/c", None),
    ],
)
def test_a_topic_stands_for_an_address(filter, topic, address):
    """By its levels, and only where the filter fits."""
    subscription = Subscription(filter, "{2}.{3}")
    assert (subscription.address_of(topic) if subscription.matches(topic) else None) == address
