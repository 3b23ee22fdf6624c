"""What a source did lately, for the page that shows it; numbers only, nothing decided here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import exp

import pyarrow.compute as pc

from sandan.ingest.model import Delivery, Receipt
from sandan.words import Text

MEMORY = 10.0
"""Seconds over which a rate is averaged."""


class Health(StrEnum):
    """How a source is; `WAITING` has not been heard yet."""

    WAITING = "waiting"
    UP = "up"
    DOWN = "down"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One source at one moment; `rate` in samples a second, `lag` from receipt to commit."""

    id: str
    kind: str
    tenant: str | None
    health: Health
    since: datetime
    problem: Text | None
    last_seen: datetime | None
    newest: datetime | None
    """The latest time any of its readings bears, right or wrong."""
    rate: float
    lag: timedelta
    in_flight: int
    total: Receipt


@dataclass(slots=True)
class Meter:
    """Counts for one source as commits pass."""

    id: str
    kind: str
    tenant: str | None
    since: datetime
    health: Health = Health.WAITING
    problem: Text | None = None
    last_seen: datetime | None = None
    newest: datetime | None = None
    in_flight: int = 0
    total: Receipt = field(default_factory=Receipt)
    _rate: float = 0.0
    _rated: datetime | None = None
    _lag: float = 0.0

    def turn(self, health: Health, at: datetime, problem: Text | None = None) -> bool:
        """Note a change of health; whether it was one."""
        changed = health is not self.health
        if changed:
            self.health, self.since = health, at
        self.problem = problem
        return changed

    def committed(self, receipt: Receipt, delivery: Delivery, at: datetime) -> None:
        """Note what became of a delivery."""
        self.total += receipt
        newest = pc.max(delivery.readings["start"]).as_py()
        if newest is not None and (self.newest is None or newest > self.newest):
            self.newest = newest
        lag = max(0.0, (at - delivery.received_at).total_seconds())
        self._lag += (lag - self._lag) * 0.2
        if self._rated is None:
            self._rated = at
        passed = max(0.0, (at - self._rated).total_seconds())
        self._rate = self._rate * exp(-passed / MEMORY) + receipt.received / MEMORY
        self._rated = at

    def status(self, now: datetime) -> SourceStatus:
        quiet = 0.0 if self._rated is None else max(0.0, (now - self._rated).total_seconds())
        return SourceStatus(
            self.id,
            self.kind,
            self.tenant,
            self.health,
            self.since,
            self.problem,
            self.last_seen,
            self.newest,
            self._rate * exp(-quiet / MEMORY),
            timedelta(seconds=self._lag),
            self.in_flight,
            self.total,
        )
