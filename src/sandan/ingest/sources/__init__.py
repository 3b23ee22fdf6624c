"""Where readings come from: one module for each kind of source, and `build_source` for all of them.

A kind's module is loaded when the first connection of that kind is built: a protocol's library
costs every command half a second that few of them need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pkgutil import resolve_name
from types import MappingProxyType
from typing import Any

from sandan.clock import Clock
from sandan.errors import InvalidInput
from sandan.ingest.model import Source
from sandan.ingest.records import Wire
from sandan.words import Text

__all__ = ["KINDS", "Build", "build_source"]

Build = Callable[[str, Mapping[str, Any], Clock], Source]
KINDS: Mapping[str, tuple[Text, str]] = MappingProxyType(
    {
        "mqtt": (Text("MQTT (JSON)", "MQTT (JSON)"), "sandan.ingest.sources.mqtt:mqtt_source"),
        "sparkplug": (
            Text("MQTT (Sparkplug B)", "MQTT (Sparkplug B)"),
            "sandan.ingest.sources.sparkplug:sparkplug_source",
        ),
        "opcua": (Text("OPC UA", "OPC UA"), "sandan.ingest.sources.opcua:opcua_source"),
        "modbus": (Text("Modbus TCP", "Modbus TCP"), "sandan.ingest.sources.modbus:modbus_source"),
    }
)
"""The kinds of connection: what each is called, and where what builds it is found."""


def build_source(wire: Wire, clock: Clock) -> Source:
    """The source a connection describes; `InvalidInput` with every finding."""
    if wire.kind not in KINDS:
        raise InvalidInput.because(
            f"{wire.id}.kind",
            Text(
                f"연결 종류 '{wire.kind}'을(를) 알 수 없습니다.",
                f"there is no kind of connection '{wire.kind}'.",
            ),
            Text(f"다음 중에서 고르십시오: {', '.join(KINDS)}", f"choose one of {', '.join(KINDS)}"),
        )
    build: Build = resolve_name(KINDS[wire.kind][1])
    return build(wire.id, wire.settings, clock)
