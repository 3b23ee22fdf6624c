"""How devices are spoken to: one module for each way, and `build_outlet` for all of them.

A way's module is loaded when the first device of its kind is built: its library costs every command time.
Whatever goes wrong on the way is an `Answer`, never an exception: the dispatcher has other devices to serve.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pkgutil import resolve_name
from types import MappingProxyType
from typing import Any, Protocol

from sandan.energy.model.dispatch import Answer, Device, Order, Via
from sandan.words import Text

__all__ = ["VIAS", "Build", "Outlet", "build_outlet", "check_settings"]


class Outlet(Protocol):
    """One device at the far end."""

    async def probe(self) -> Answer:
        """Whether it can be reached, told nothing."""
        ...

    async def send(self, order: Order, *, renew: bool) -> Answer:
        """Tell it an order; with `renew` its terms as well (what to fall back to, and when)."""
        ...


Build = Callable[[str, Mapping[str, Any], Device | None], Outlet]
VIAS: Mapping[Via, tuple[Text, str]] = MappingProxyType(
    {
        Via.MQTT: (Text("MQTT (JSON)", "MQTT (JSON)"), "sandan.energy.service.outlets.mqtt:mqtt_outlet"),
        Via.MODBUS: (Text("Modbus TCP", "Modbus TCP"), "sandan.energy.service.outlets.modbus:modbus_outlet"),
        Via.OPENADR: (
            Text("OpenADR 3 (VTN)", "OpenADR 3 (VTN)"),
            "sandan.energy.service.outlets.openadr:openadr_outlet",
        ),
    }
)
"""The ways: what each is called, and where what builds it is found."""


def build_outlet(device: Device) -> Outlet:
    """The outlet a device's settings describe; `InvalidInput` with every finding."""
    build: Build = resolve_name(VIAS[device.via][1])
    return build(device.id, device.settings, device)


def check_settings(id: str, via: Via, settings: Mapping[str, Any]) -> None:
    """Whether an outlet could be built of these; `InvalidInput` with every finding."""
    build: Build = resolve_name(VIAS[via][1])
    build(id, settings, None)
