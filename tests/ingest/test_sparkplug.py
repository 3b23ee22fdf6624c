"""Sparkplug B: birth, data by alias, gaps, rebirth, death; and through a real broker."""

import asyncio

import pytest
from tests.ingest.brokers import Broker
from tests.ingest.conftest import every
from tests.ingest.test_mqtt import publisher, until

from sandan.access import SYSTEM
from sandan.clock import SystemClock
from sandan.ingest.engine import millis
from sandan.ingest.model import Binding, Reason
from sandan.ingest.records import put_bindings
from sandan.ingest.service import Health, Pipeline
from sandan.ingest.sources.mqtt import Message
from sandan.ingest.sources.sparkplug import PATIENCE, SparkplugDecoder, sparkplug_source
from sandan.ingest.sources.sparkplug_payload import DataType, Payload

T = 1_772_000_000_000


def payload(seq, *metrics, at=T):
    """A payload of metrics given as field dictionaries."""
    made = Payload(timestamp=at)
    if seq is not None:
        made.seq = seq
    for fields in metrics:
        properties = fields.pop("properties", {})
        metric = made.metrics.add(**fields)
        for key, (name, value) in properties.items():
            metric.properties.keys.append(key)
            setattr(metric.properties.values.add(), name, value)
    return made.SerializeToString()


def message(topic, body, received=T):
    """A message as the broker gives it."""
    return Message(f"spBv1.0/{topic}", body, received, 1, 1)


def rows(decoded):
    """Address and value of what was read."""
    return list(zip(decoded.columns.address, decoded.columns.value, strict=True))


NBIRTH = message(
    "g/NBIRTH/n",
    payload(
        0,
        {"name": "bdSeq", "datatype": DataType.INT64, "long_value": 7},
        {"name": "Node Control/Rebirth", "datatype": DataType.BOOLEAN, "boolean_value": False},
        {"name": "uptime", "alias": 1, "datatype": DataType.UINT32, "int_value": 5},
    ),
)
DBIRTH = message(
    "g/DBIRTH/n/d",
    payload(
        1,
        {
            "name": "energy", "alias": 2, "datatype": DataType.DOUBLE, "double_value": 1.5,
            "properties": {"engUnit": ("string_value", "MWh")},
        },
        {"name": "temp", "alias": 3, "datatype": DataType.INT16, "int_value": 0xFFFE},
    ),
)  # fmt: skip


def test_births_name_what_data_say_by_alias():
    """Unit and type come from the birth; the protocol's own metrics measure nothing."""
    decoder = SparkplugDecoder()
    born = decoder.decode([NBIRTH, DBIRTH])
    assert rows(born) == [("g/n/uptime", 5.0), ("g/n/d/energy", 1.5), ("g/n/d/temp", -2.0)]
    data = decoder.decode(
        [message("g/DDATA/n/d", payload(2, {"alias": 2, "double_value": 2.5, "timestamp": T - 5}))]
    )
    assert rows(data) == [("g/n/d/energy", 2.5)]
    assert (data.columns.unit, data.columns.start) == (["MWh"], [T - 5])
    assert (data.gaps, data.replies, data.later) == (0, [], [])


def test_a_missed_message_is_counted_and_a_new_birth_asked_for_once():
    """The data that did come are still good; what is sent again counts nothing."""
    decoder = SparkplugDecoder()
    decoder.decode([NBIRTH, DBIRTH])
    late = decoder.decode(
        [message("g/DDATA/n/d", payload(5, {"alias": 2, "double_value": 9.0}), T + i) for i in (0, 1)]
    )
    assert (late.gaps, len(late.replies), len(rows(late))) == (3, 1, 2)
    topic, command = late.replies[0]
    assert topic == "spBv1.0/g/NCMD/n"
    assert Payload.FromString(command).metrics[0].name == "Node Control/Rebirth"
    wrapped = decoder.decode([message("g/NDATA/n", payload(s % 256), T) for s in range(6, 6 + 256)])
    assert wrapped.gaps == 0


def test_data_without_a_birth_wait_for_it():
    """Not acknowledged, not dropped; after a while kept under the alias's number."""
    decoder = SparkplugDecoder()
    orphan = message("g/DDATA/n/d", payload(2, {"alias": 2, "double_value": 3.0}))
    first = decoder.decode([orphan])
    assert (first.later, rows(first), len(first.replies)) == ([orphan], [], 1)
    born = decoder.decode([orphan, NBIRTH, DBIRTH])
    assert (born.later, rows(born)[-1]) == ([], ("g/n/d/energy", 3.0))
    lonely = SparkplugDecoder()
    tick = message("g/NDATA/n", payload(3), T + PATIENCE)
    assert rows(lonely.decode([orphan, tick])) == [("g/n/d/alias:2", 3.0)]


def test_deaths_name_what_falls_silent():
    """A device's own points, or all of its node; not for the will of an older connection."""
    decoder = SparkplugDecoder()
    decoder.decode([NBIRTH, DBIRTH])
    assert decoder.decode([message("g/DDEATH/n/d", payload(2))]).silent == ["g/n/d/energy", "g/n/d/temp"]

    def death(bd_seq):
        return message("g/NDEATH/n", payload(None, {"name": "bdSeq", "long_value": bd_seq}))

    assert decoder.decode([death(6)]).silent == []
    assert len(decoder.decode([death(7)]).silent) == 3


@pytest.mark.parametrize(
    ("datatype", "field", "sent", "value"),
    [
        (DataType.INT8, "int_value", 0xFF, -1.0),
        (DataType.INT8, "int_value", 0xFFFFFFFF, -1.0),
        (DataType.INT32, "int_value", 0x80000000, -2147483648.0),
        (DataType.INT64, "long_value", 2**64 - 3, -3.0),
        (DataType.UINT8, "int_value", 255, 255.0),
        (DataType.UINT16, "int_value", 65535, 65535.0),
        (DataType.UINT32, "int_value", 2**32 - 1, 4294967295.0),
        (DataType.UINT64, "long_value", 2**40, 1099511627776.0),
        (DataType.FLOAT, "float_value", 0.5, 0.5),
        (DataType.BOOLEAN, "boolean_value", True, 1.0),
        (DataType.DATETIME, "long_value", T, float(T)),
    ],
)
def test_every_numeric_type_is_read(datatype, field, sent, value):
    """Negative numbers are two's complement in unsigned fields."""
    decoded = SparkplugDecoder().decode(
        [message("g/NBIRTH/n", payload(0, {"name": "x", "datatype": datatype, field: sent}))]
    )
    assert rows(decoded) == [("g/n/x", value)]


def test_nulls_bad_quality_texts_and_nonsense():
    """A null is a reading without value; bad quality is kept as bad; what is no number is kept raw."""
    decoder = SparkplugDecoder(["*/secret"])
    decoded = decoder.decode(
        [
            message(
                "g/NBIRTH/n",
                payload(
                    0,
                    {"name": "null", "datatype": DataType.DOUBLE, "is_null": True},
                    {
                        "name": "bad", "datatype": DataType.DOUBLE, "double_value": 1.0,
                        "properties": {"Quality": ("int_value", 0)},
                    },
                    {"name": "maker", "datatype": DataType.STRING, "string_value": "한국계기"},
                    {"name": "secret", "datatype": DataType.DOUBLE, "double_value": 1.0},
                ),
            ),
            message("g/NDATA/n", b"\xff\xff"),
            message("STATE/host", b"{}"),
        ]
    )  # fmt: skip
    assert rows(decoded) == [("g/n/null", None), ("g/n/bad", 1.0)]
    assert decoded.columns.quality == [0, 3]
    assert [(u.address, u.raw) for u in decoded.columns.unreadable] == [
        ("g/n/maker", "한국계기"), ("spBv1.0/g/NDATA/n", "ffff"),
    ]  # fmt: skip


async def test_a_node_is_heard_asked_and_missed_through_a_broker(store, now, tmp_path):
    """Data before the birth wait; the request for a birth reaches the node; its death makes points stale."""
    broker = Broker(tmp_path / "mosquitto").start()
    with store.registry.write() as conn:
        put_bindings(conn, [Binding("sp", "g/n/d/energy", "m1.energy")])
        store.events.append(conn, "AddressBound", actor=SYSTEM, subject="sp", payload={}, at=now)
    settings = {"host": "127.0.0.1", "port": broker.port, "groups": ["g"], "ignore": ["*/uptime", "*/temp"]}
    at = millis(now)
    try:
        async with Pipeline(store, SystemClock()) as pipeline, publisher(broker) as send:
            pipeline.add(sparkplug_source("sp", settings, SystemClock()), kind="sparkplug")
            await until(lambda: pipeline.statistics()[0].health is Health.UP)
            await send("spBv1.0/g/DDATA/n/d", payload(2, {"alias": 2, "double_value": 3.0}, at=at - 900_000))
            await asyncio.sleep(0.2)
            assert every(store).num_rows == 0
            await send("spBv1.0/g/NBIRTH/n", NBIRTH.payload)
            birth = Payload.FromString(DBIRTH.payload)
            birth.timestamp = at
            await send("spBv1.0/g/DBIRTH/n/d", birth.SerializeToString())
            await until(lambda: every(store, "m1.energy").num_rows == 2)
            assert every(store, "m1.energy")["value"].to_pylist() == [3000.0, 1500.0]
            await send("spBv1.0/g/DDATA/n/d", b"junk")
            await send("spBv1.0/g/NDEATH/n", payload(None, {"name": "bdSeq", "long_value": 7}))
            await until(lambda: [p.point for p in pipeline.stale(now)] == ["m1.energy"])
            assert pipeline.statistics()[0].total.reasons == {Reason.UNREADABLE: 1}
    finally:
        broker.stop()
