"""What Sandan remembers: the registry (the twin kept), the historian (samples), events (facts).

`open_store(registry_url, historian_url)` gives a `Store`; services take it, together with *now*,
as arguments. A service reads and writes in the transaction it opens with `store.registry.write()`:

    with store.registry.write() as conn:
        store.things.put(conn, things)
        store.events.append(conn, "ThingsImported", actor=actor, subject="complex", payload={}, at=now)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from sandan.store.events import Event, EventLog, Head, Json, Verification
from sandan.store.migrations import migrate
from sandan.store.points import Points
from sandan.store.registry import Registry, open_registry
from sandan.store.rules import Rule, Rules
from sandan.store.schema import Identifier, Instant, metadata
from sandan.store.sources import Sources
from sandan.store.things import Box, Changes, Things
from sandan.twin.samples import Stream

__all__ = [
    "Box",
    "Changes",
    "Event",
    "EventLog",
    "Head",
    "Identifier",
    "Instant",
    "Json",
    "Points",
    "Registry",
    "Rule",
    "Rules",
    "Sources",
    "Store",
    "Things",
    "Verification",
    "metadata",
    "open_store",
]


@dataclass(frozen=True)
class Store:
    """Everything remembered; also a context manager that closes."""

    registry: Registry
    historian: Any
    things: Things = field(default_factory=Things)
    points: Points = field(default_factory=Points)
    sources: Sources = field(default_factory=Sources)
    events: EventLog = field(default_factory=EventLog)
    rules: Rules = field(default_factory=Rules)

    def close(self) -> None:
        """Let go of both databases; harmless when done twice."""
        if self.historian is not None:
            self.historian.close()
        self.registry.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(
    registry_url: str,
    historian_url: str,
    *,
    create: bool = True,
    rooms: Sequence[str] | None = None,
) -> Store:
    """Open both databases and bring their tables to today's.

    `sqlite:///path` or `postgresql://user@host/name`; `chdb:///path` or `clickhouse://host:port,…`.
    Without `create`, a registry that is not there is `NotFound`. `rooms` names the packages whose
    migrations run beside the core's; by default those of every installed domain.
    """
    registry = open_registry(registry_url, create=create)
    sources = Sources()

    def numbers(stream: Stream) -> frozenset[int]:
        with registry.read() as conn:
            return sources.numbers(conn, stream)

    try:
        migrate(registry, rooms)
        try:
            from sandan.store.historian import open_historian

            historian = open_historian(historian_url, sources=numbers)
        except ModuleNotFoundError:
            historian = None
    except BaseException:
        registry.close()
        raise
    return Store(registry, historian, sources=sources)
