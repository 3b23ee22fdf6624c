"""What Sandan remembers: the registry (the twin kept), the historian (samples), events (facts).

`open_store(registry_url, historian_url)` gives a `Store`; services take it, together with *now*,
as arguments. A service reads and writes in the transaction it opens with `store.registry.write()`:

    with store.registry.write() as conn:
        store.things.put(conn, things)
        store.events.append(conn, "ThingsImported", actor=actor, subject="complex", payload={}, at=now)
"""

from __future__ import annotations

from sandan.store.backups import Manifest, backup, restore
from sandan.store.conditions import contains, seen_by
from sandan.store.events import Event, EventLog, Fact, Head, Json, Verification
from sandan.store.historian import Limits, Retention
from sandan.store.opening import Store, open_store
from sandan.store.points import Points
from sandan.store.registry import Registry, batches
from sandan.store.rules import Rule, Rules
from sandan.store.schema import Identifier, Instant, metadata
from sandan.store.sources import Sources
from sandan.store.things import Box, Changes, Things

__all__ = [
    "Box",
    "Changes",
    "Event",
    "EventLog",
    "Fact",
    "Head",
    "Identifier",
    "Instant",
    "Json",
    "Limits",
    "Manifest",
    "Points",
    "Registry",
    "Retention",
    "Rule",
    "Rules",
    "Sources",
    "Store",
    "Things",
    "Verification",
    "backup",
    "batches",
    "contains",
    "metadata",
    "open_store",
    "restore",
    "seen_by",
]
