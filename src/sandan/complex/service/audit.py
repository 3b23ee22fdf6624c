"""The audit trail: who did what when, and whether the record is whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sandan.access import Actor
from sandan.clock import Period
from sandan.complex import records
from sandan.complex.engine.ranges import period_of
from sandan.complex.model import AUDIT
from sandan.store import Event, Store, Verification

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events; an empty field does not narrow."""

    kind: str = ""
    subject: str = ""
    actor: str = ""
    from_: str = ""
    to: str = ""

    def period(self, now: datetime) -> Period | None:
        if not self.from_ and not self.to:
            return None
        return period_of("", self.from_ or BEGINNING.isoformat(), self.to, now)[0]


def find_events(
    store: Store,
    actor: Actor,
    wanted: Wanted,
    now: datetime,
    *,
    before: int | None = None,
    limit: int = 50,
) -> list[Event]:
    """Events newest first; `before` is the last sequence number already seen."""
    actor.require(AUDIT)
    with store.registry.read() as conn:
        return store.events.find(
            conn,
            subject=wanted.subject or None,
            kind=wanted.kind or None,
            actor=wanted.actor or None,
            tenant=actor.tenant,
            period=wanted.period(now),
            before=before,
            limit=limit,
        )


def event_kinds(store: Store, actor: Actor) -> list[str]:
    """Kinds that have happened."""
    actor.require(AUDIT)
    with store.registry.read() as conn:
        return records.event_kinds(conn)


def verify(store: Store, actor: Actor) -> Verification:
    """Walk the whole chain."""
    actor.require(AUDIT)
    with store.registry.read() as conn:
        return store.events.verify(conn)
