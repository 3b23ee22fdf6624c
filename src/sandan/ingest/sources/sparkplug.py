"""Sparkplug B: births name the metrics, data speak in aliases, deaths make points stale.

A metric's address is `group/node/metric` or `group/node/device/metric`, to be bound to a point. When
messages were missed, or data use an alias whose birth nobody saw, the node is asked for a new birth.
Until that comes, what cannot be understood is neither dropped nor acknowledged.

    kind = "sparkplug"    host = "broker.plant"    groups = ["plant1"]    shared = ""
    ignore = ["*/Properties/*"]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from google.protobuf.message import DecodeError

from sandan.clock import Clock
from sandan.form import Form
from sandan.ingest.sources.mqtt import Decoded, Message, MqttSource, read_params
from sandan.ingest.sources.payload import Columns
from sandan.ingest.sources.sparkplug_payload import SIGNED, DataType, Payload
from sandan.ingest.sources.topics import Subscription
from sandan.twin.model import Quality

SPACE = "spBv1.0"
REBIRTH = "Node Control/Rebirth"
OWN = ("bdSeq", "Node Control/", "Device Control/")
"""Metrics by which the protocol runs itself; they measure nothing."""
KINDS = ("NBIRTH", "DBIRTH", "NDATA", "DDATA", "NDEATH", "DDEATH")
ASK_EVERY = 10_000
"""Milliseconds between two requests for a birth of one node."""
PATIENCE = 30_000
"""Milliseconds after which data whose birth does not come are kept under their alias's number."""
GOOD = 192
"""The OPC quality that the property `Quality` carries when all is well."""


@dataclass(frozen=True, slots=True)
class Metric:
    """What a birth says about a metric."""

    address: str
    datatype: int
    unit: str | None


@dataclass(slots=True)
class Node:
    """What is known of an edge node since its birth."""

    aliases: dict[int, Metric] = field(default_factory=dict)
    names: dict[str, Metric] = field(default_factory=dict)
    bd_seq: int | None = None
    seq: int | None = None
    asked: int = -ASK_EVERY


class SparkplugDecoder:
    """Follows the nodes of some groups."""

    def __init__(self, ignore: Sequence[str] = ()) -> None:
        self._ignore = tuple(ignore)
        self._nodes: dict[str, Node] = {}

    def decode(self, messages: Sequence[Message]) -> Decoded:
        decoded = Decoded()
        waiting: list[tuple[Message, Node, str, Any]] = []
        for message in messages:
            parts = message.topic.split("/", 4)
            if len(parts) < 4 or parts[0] != SPACE or parts[2] not in KINDS:
                continue
            group, kind, name = parts[1], parts[2], parts[3]
            try:
                payload = Payload.FromString(message.payload)
            except DecodeError as error:
                decoded.columns.refuse(message.topic, message.payload.hex(), f"not Sparkplug B: {error}")
                continue
            node = self._nodes.setdefault(f"{group}/{name}", Node())
            prefix = "/".join((group, name, *parts[4:]))
            if kind in ("NDEATH", "DDEATH"):
                self._dead(node, kind, prefix, payload, decoded)
                continue
            if not self._follow(node, kind, payload.seq if payload.HasField("seq") else None, decoded):
                self._ask(group, name, node, message.received, decoded)
            if kind in ("NBIRTH", "DBIRTH"):
                self._born(node, kind, prefix, payload)
            elif self._puzzling(node, payload):
                self._ask(group, name, node, message.received, decoded)
                waiting.append((message, node, prefix, payload))
                continue
            self._read(node, prefix, payload, decoded.columns)
        for message, node, prefix, payload in waiting:
            # its birth may have come behind it
            if self._puzzling(node, payload) and messages[-1].received - message.received < PATIENCE:
                decoded.later.append(message)
            else:
                self._read(node, prefix, payload, decoded.columns)
        return decoded

    def _follow(self, node: Node, kind: str, seq: int | None, decoded: Decoded) -> bool:
        """Whether this message comes right after the one before; a message sent again changes nothing."""
        if seq is None:
            return True
        if kind == "NBIRTH":
            node.seq = seq
            return True
        if node.seq is None:
            node.seq = seq
            return False
        ahead = (seq - node.seq - 1) % 256
        if ahead > 200:
            return True
        node.seq = seq
        decoded.gaps += ahead
        return ahead == 0

    def _ask(self, group: str, name: str, node: Node, now: int, decoded: Decoded) -> None:
        """Ask the node for a new birth, unless that was just done."""
        if now - node.asked < ASK_EVERY:
            return
        node.asked = now
        command = Payload(timestamp=now)
        command.metrics.add(name=REBIRTH, datatype=DataType.BOOLEAN, boolean_value=True, timestamp=now)
        decoded.replies.append((f"{SPACE}/{group}/NCMD/{name}", command.SerializeToString()))

    def _born(self, node: Node, kind: str, prefix: str, payload: Any) -> None:
        if kind == "NBIRTH":
            node.aliases.clear()
            node.names.clear()
        for metric in payload.metrics:
            if metric.name == "bdSeq":
                node.bd_seq = metric.long_value
                continue
            if metric.name.startswith(OWN):
                continue
            known = Metric(f"{prefix}/{metric.name}", metric.datatype, _properties(metric).get("engUnit"))
            node.names[known.address] = known
            if metric.HasField("alias"):
                node.aliases[metric.alias] = known

    def _dead(self, node: Node, kind: str, prefix: str, payload: Any, decoded: Decoded) -> None:
        if kind == "NDEATH":
            last = next((m.long_value for m in payload.metrics if m.name == "bdSeq"), None)
            if None not in (last, node.bd_seq) and last != node.bd_seq:
                return  # the will of an earlier connection, delivered late
            node.seq = None
        decoded.silent += [address for address in node.names if address.startswith(f"{prefix}/")]

    def _puzzling(self, node: Node, payload: Any) -> bool:
        return any(not m.name and m.alias not in node.aliases for m in payload.metrics)

    def _read(self, node: Node, prefix: str, payload: Any, columns: Columns) -> None:
        for metric in payload.metrics:
            if metric.name.startswith(OWN):
                continue
            if metric.name:
                address = f"{prefix}/{metric.name}"
                known = node.names.get(address, Metric(address, metric.datatype, None))
            else:
                address = f"{prefix}/alias:{metric.alias}"
                known = node.aliases.get(metric.alias, Metric(address, metric.datatype, None))
            if any(fnmatchcase(known.address, pattern) for pattern in self._ignore):
                continue
            datatype = metric.datatype if metric.HasField("datatype") else known.datatype
            stamp = metric.timestamp if metric.HasField("timestamp") else payload.timestamp
            properties = _properties(metric)
            quality = properties.get("Quality", GOOD)
            value, problem = (None, None) if metric.is_null else _value(metric, datatype)
            if problem is not None:
                columns.refuse(known.address, problem, f"data type {datatype} is not a number")
                continue
            columns.add(
                known.address,
                stamp or None,
                value,
                properties.get("engUnit", known.unit),
                int(Quality.GOOD if quality == GOOD else Quality.BAD),
            )


def sparkplug_source(id: str, settings: Mapping[str, Any], clock: Clock) -> MqttSource:
    """A source from its settings; `InvalidInput` with every finding."""
    form = Form(settings, id)
    groups, ignore = form.words("groups"), form.words("ignore", ())
    shared = form.text("shared", "")
    start = f"$share/{shared}/" if shared else ""
    subscriptions = tuple(Subscription(f"{start}{SPACE}/{group}/#") for group in groups)
    params = read_params(form, subscriptions)
    form.finish()
    return MqttSource(id, params, clock, SparkplugDecoder(ignore))


def _properties(metric: Any) -> dict[str, Any]:
    if not metric.HasField("properties"):
        return {}
    found = {}
    for key, value in zip(metric.properties.keys, metric.properties.values, strict=False):
        which = value.WhichOneof("value")
        if which is not None and not value.is_null:
            found[key] = getattr(value, which)
    return found


def _value(metric: Any, datatype: int) -> tuple[float | None, str | None]:
    """The value as a number, or what it says when it is none."""
    which = metric.WhichOneof("value")
    if which in ("int_value", "long_value"):
        raw = getattr(metric, which)
        bits = SIGNED.get(datatype)
        if bits is not None:
            raw &= (1 << bits) - 1
            raw -= (raw >> (bits - 1)) << bits
        return float(raw), None
    if which in ("float_value", "double_value", "boolean_value"):
        return float(getattr(metric, which)), None
    return None, "" if which is None else str(getattr(metric, which))
