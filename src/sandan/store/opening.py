"""The registry and the historian as one store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from sandan.store.events import EventLog
from sandan.store.historian import Historian, Limits, Retention, open_historian
from sandan.store.migrations import migrate
from sandan.store.points import Points
from sandan.store.registry import Registry, open_registry
from sandan.store.rules import Rules
from sandan.store.sources import Sources, numbers_of
from sandan.store.things import Things


@dataclass(frozen=True)
class Store:
    """Everything remembered; also a context manager that closes."""

    registry: Registry
    historian: Historian
    things: Things = field(default_factory=Things)
    points: Points = field(default_factory=Points)
    sources: Sources = field(default_factory=Sources)
    events: EventLog = field(default_factory=EventLog)
    rules: Rules = field(default_factory=Rules)

    def close(self) -> None:
        """Let go of both databases; harmless when done twice."""
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
    retention: Retention | None = None,
    limits: Limits | None = None,
) -> Store:
    """Open both databases and bring their tables to today's.

    `sqlite:///path` or `postgresql://user@host/name`; `chdb:///path` or `clickhouse://host:port,…`.
    Without `create`, a registry that is not there is `NotFound`. `rooms` names the packages whose
    migrations run beside the core's; by default those of every installed domain.
    """
    registry = open_registry(registry_url, create=create)
    try:
        migrate(registry, rooms)
        return Store(
            registry,
            open_historian(historian_url, sources=numbers_of(registry), retention=retention, limits=limits),
        )
    except BaseException:
        registry.close()
        raise
