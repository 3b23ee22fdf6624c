"""The outbox: a delivery is written in the transaction that decides to tell.

It is looked for by state and time until it has ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from sandan.control.model.contacts import Channel, ChannelKind
from sandan.control.model.notices import (
    Attempt,
    Delivery,
    DeliveryState,
)
from sandan.control.records.notices.tables import attempt, delivery
from sandan.store import batches


def add_deliveries(
    conn: Connection,
    ways: Iterable[tuple[int, Channel, datetime]],
    *,
    outside: bool,
    state: DeliveryState,
) -> None:
    """Put notices into the outbox, each for a channel and due at some time."""
    rows = [
        {
            "notice": number,
            "kind": channel.kind.value,
            "gateway": channel.gateway,
            "address": channel.address,
            "outside": outside,
            "state": state.value,
            "first_due": due,
            "due": due,
            "attempts": 0,
            "error": "",
        }
        for number, channel, due in ways
    ]
    if rows:
        conn.execute(sa.insert(delivery), rows)


def deliveries_of(conn: Connection, notices: Sequence[int]) -> list[Delivery]:
    """The deliveries of some notices."""
    found = []
    for part in batches(list(notices)):
        query = sa.select(delivery).where(delivery.c.notice.in_(part)).order_by(delivery.c.id)
        found += [_delivery(row) for row in conn.execute(query)]
    return found


def attempts_of(conn: Connection, deliveries: Sequence[int]) -> list[Attempt]:
    """Every try to send some deliveries."""
    found = []
    for part in batches(list(deliveries)):
        query = sa.select(attempt).where(attempt.c.delivery.in_(part))
        found += [
            Attempt(row.delivery, row.number, row.at, row.ended, DeliveryState(row.state), row.error)
            for row in conn.execute(query.order_by(attempt.c.delivery, attempt.c.number))
        ]
    return found


def claim_due(
    conn: Connection, kind: ChannelKind, now: datetime, until: datetime, limit: int
) -> list[Delivery]:
    """Take deliveries of a kind that are due, and those whose attempt was lost, and begin an attempt of each.

    The claim is committed before anything is sent: a process that dies leaves an attempt without an end,
    and after `until` the delivery is due again. So everything is sent at least once.
    """
    states = (DeliveryState.WAITING.value, DeliveryState.SENDING.value)
    query = (
        sa.select(delivery)
        .where(delivery.c.state.in_(states), delivery.c.due <= now, delivery.c.kind == kind.value)
        .order_by(delivery.c.due, delivery.c.id)
        .limit(limit)
    )
    found = [_delivery(row) for row in conn.execute(query)]
    for one in found:
        conn.execute(
            sa.update(delivery)
            .where(delivery.c.id == one.id)
            .values(state=DeliveryState.SENDING.value, due=until, attempts=one.attempts + 1)
        )
        conn.execute(
            sa.insert(attempt).values(
                delivery=one.id,
                number=one.attempts + 1,
                at=now,
                state=DeliveryState.SENDING.value,
                error="",
            )
        )
    return found


def first_due(conn: Connection, id: int) -> datetime:
    """When a delivery was to be sent at first; patience counts from there."""
    found = conn.scalar(sa.select(delivery.c.first_due).where(delivery.c.id == id))
    assert isinstance(found, datetime)
    return found


def end_attempt(
    conn: Connection, id: int, number: int, at: datetime, attempt_state: DeliveryState, error: str
) -> None:
    """Note how an attempt ended."""
    conn.execute(
        sa.update(attempt)
        .where(attempt.c.delivery == id, attempt.c.number == number)
        .values(ended=at, state=attempt_state.value, error=error)
    )


def move_delivery(
    conn: Connection,
    id: int,
    number: int,
    state: DeliveryState,
    due: datetime,
    error: str,
    done: datetime | None,
) -> bool:
    """Bring a delivery to its next state, unless a later attempt has taken it over meanwhile."""
    result = conn.execute(
        sa.update(delivery)
        .where(delivery.c.id == id, delivery.c.attempts == number)
        .values(state=state.value, due=due, error=error, done=done)
    )
    return bool(result.rowcount)


def next_due(conn: Connection, kind: ChannelKind) -> datetime | None:
    """When the outbox has to be looked at next for a kind of channel."""
    states = (DeliveryState.WAITING.value, DeliveryState.SENDING.value)
    found: datetime | None = conn.scalar(
        sa.select(sa.func.min(delivery.c.due)).where(
            delivery.c.state.in_(states), delivery.c.kind == kind.value
        )
    )
    return found


@dataclass(frozen=True, slots=True)
class Blocked:
    """Messages that a gateway has refused and that are tried again; `error` is what it said last."""

    kind: ChannelKind
    gateway: str
    count: int
    since: datetime
    error: str


def blocked(conn: Connection) -> list[Blocked]:
    """Gateways that take no messages, as those show that have been refused and still wait."""
    query = sa.select(delivery).where(delivery.c.state == DeliveryState.WAITING.value, delivery.c.error != "")
    found: dict[tuple[ChannelKind, str], Blocked] = {}
    for row in conn.execute(query.order_by(delivery.c.id)):
        key = (ChannelKind(row.kind), row.gateway)
        before = found.get(key, Blocked(*key, 0, row.first_due, ""))
        found[key] = replace(before, count=before.count + 1, error=row.error)
    return list(found.values())


def _delivery(row: Row[Any]) -> Delivery:
    facts = {name: getattr(row, name) for name in Delivery.__dataclass_fields__}
    return Delivery(**facts | {"kind": ChannelKind(row.kind), "state": DeliveryState(row.state)})
