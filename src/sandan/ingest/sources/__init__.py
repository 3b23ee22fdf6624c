"""Where readings come from: one module for each kind of source, and `build_source` for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from sandan.clock import Clock
from sandan.errors import InvalidInput
from sandan.ingest.model import Source
from sandan.ingest.records import Wire
from sandan.ingest.sources.modbus import modbus_source
from sandan.ingest.sources.mqtt import mqtt_source
from sandan.ingest.sources.opcua import opcua_source
from sandan.ingest.sources.sparkplug import sparkplug_source
from sandan.words import Text

__all__ = ["KINDS", "Build", "build_source"]

Build = Callable[[str, Mapping[str, Any], Clock], Source]
KINDS: Mapping[str, tuple[Text, Build]] = MappingProxyType(
    {
        "mqtt": (Text("MQTT (JSON)", "MQTT (JSON)"), mqtt_source),
        "sparkplug": (Text("MQTT (Sparkplug B)", "MQTT (Sparkplug B)"), sparkplug_source),
        "opcua": (Text("OPC UA", "OPC UA"), opcua_source),
        "modbus": (Text("Modbus TCP", "Modbus TCP"), modbus_source),
    }
)
"""The kinds of connection that need nothing but their settings."""


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
    return KINDS[wire.kind][1](wire.id, wire.settings, clock)
