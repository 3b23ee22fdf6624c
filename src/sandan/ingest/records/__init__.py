"""The tables of ingest and the only SQL that touches them."""

from sandan.ingest.records.progress import Progress, get_progress, put_progress
from sandan.ingest.records.quarantine import (
    Held,
    State,
    count_held,
    decide_held,
    digest_of,
    find_held,
    get_held,
    put_held,
)
from sandan.ingest.records.wiring import (
    Device,
    Wire,
    all_bindings,
    all_devices,
    all_wires,
    device_of,
    drop_binding,
    drop_wire,
    new_device,
    put_bindings,
    put_wire,
    revoke_device,
)

__all__ = [
    "Device",
    "Held",
    "Progress",
    "State",
    "Wire",
    "all_bindings",
    "all_devices",
    "all_wires",
    "count_held",
    "decide_held",
    "device_of",
    "digest_of",
    "drop_binding",
    "drop_wire",
    "find_held",
    "get_held",
    "get_progress",
    "new_device",
    "put_bindings",
    "put_held",
    "put_progress",
    "put_wire",
    "revoke_device",
]
