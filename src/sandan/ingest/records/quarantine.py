"""What was held back, row by row, until a person mends, releases or discards it.

A firm's people see what came from their own devices or for their own points, and nothing that no
firm is known for: an unread message may hold anybody's data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from math import isnan
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.errors import NotFound
from sandan.ingest.model import Reason
from sandan.ingest.records.tables import put_rows, quarantine
from sandan.store.registry import batches
from sandan.twin.samples import Stream
from sandan.words import Text

MOST_RAW = 4_000
"""Characters kept of a message that could not be read."""


class State(StrEnum):
    """Where a held reading stands."""

    OPEN = "open"
    RELEASED = "released"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Held:
    """A reading in quarantine; `point` and `tenant` where they could be told."""

    source: str
    stream: Stream
    address: str
    start: datetime | None
    value: float | None
    unit: str | None
    quality: int | None
    reason: Reason
    received_at: datetime
    raw: str | None = None
    point: str | None = None
    tenant: str | None = None
    known_at: datetime | None = None
    state: State = State.OPEN
    decided_at: datetime | None = None
    decided_by: str | None = None
    event: int | None = None
    id: int = 0


def digest_of(held: Held) -> str:
    """What makes two held readings the same one: a reading without a time also by when it came."""
    when = held.start or held.received_at
    said = (
        held.source,
        held.stream.value,
        held.address,
        when.timestamp(),
        held.value,
        held.unit,
        held.quality,
    )
    return blake2b(repr((*said, held.raw)).encode(), digest_size=20).hexdigest()


def put_held(conn: Connection, rows: Iterable[Held]) -> None:
    """Keep held readings; one that is there already stays as somebody decided."""
    put_rows(conn, quarantine, [_row(held) for held in rows], ["digest"])


def get_held(conn: Connection, actor: Actor, ids: Sequence[int]) -> list[Held]:
    """These rows, in the order of their number; `NotFound` for one that is not there or not theirs."""
    found: list[Held] = []
    for part in batches(sorted(set(ids))):
        query = _seen(actor).where(quarantine.c.id.in_(part)).order_by(quarantine.c.id)
        found += [_held(row) for row in conn.execute(query).mappings()]
    missing = sorted(set(ids) - {held.id for held in found})
    if missing:
        raise NotFound(Text("격리된 측정값", "held reading"), missing[0])
    return found


def find_held(
    conn: Connection,
    actor: Actor,
    *,
    state: State | None = State.OPEN,
    reason: Reason | None = None,
    source: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Held]:
    """Newest first; `before` is the last number of the page before."""
    query = _seen(actor).order_by(quarantine.c.id.desc()).limit(limit)
    for column, wanted in (("state", state), ("reason", reason), ("source", source)):
        if wanted is not None:
            query = query.where(quarantine.c[column] == str(wanted))
    if before is not None:
        query = query.where(quarantine.c.id < before)
    return [_held(row) for row in conn.execute(query).mappings()]


def count_held(conn: Connection, actor: Actor, *, state: State = State.OPEN) -> dict[tuple[str, Reason], int]:
    """How many per source and reason."""
    seen = _seen(actor).where(quarantine.c.state == state.value).subquery()
    query = sa.select(seen.c.source, seen.c.reason, sa.func.count()).group_by(seen.c.source, seen.c.reason)
    return {(row[0], Reason(row[1])): row[2] for row in conn.execute(query)}


def decide_held(
    conn: Connection, ids: Sequence[int], state: State, *, actor: Actor, at: datetime, event: int
) -> None:
    """Close rows as released or discarded."""
    values = {"state": state.value, "decided_at": at, "decided_by": actor.id, "event": event}
    for part in batches(list(ids)):
        conn.execute(sa.update(quarantine).where(quarantine.c.id.in_(part)).values(values))


def _seen(actor: Actor) -> sa.Select[Any]:
    query = sa.select(quarantine)
    return query if actor.tenant is None else query.where(quarantine.c.tenant == actor.tenant)


def _row(held: Held) -> dict[str, Any]:
    value = None if held.value is None or isnan(held.value) else held.value
    return {
        "digest": digest_of(held),
        "source": held.source,
        "stream": held.stream.value,
        "address": held.address,
        "start": held.start,
        "value": value,
        "unit": held.unit,
        "quality": held.quality,
        "raw": None if held.raw is None else held.raw[:MOST_RAW],
        "reason": held.reason.value,
        "point": held.point,
        "tenant": held.tenant,
        "received_at": held.received_at,
        "known_at": held.known_at,
        "state": held.state.value,
    }


def _held(row: Mapping[Any, Any]) -> Held:
    fields = {name: row[name] for name in Held.__slots__}
    fields |= {"stream": Stream(row["stream"]), "reason": Reason(row["reason"]), "state": State(row["state"])}
    return Held(**fields)
