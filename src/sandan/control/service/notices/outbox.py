"""Sending what was decided: at least once, each try on record, none lost when the process dies."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sandan.access import SYSTEM
from sandan.clock import Clock
from sandan.control.engine.notices.pacing import retry_at
from sandan.control.model.contacts import Channel
from sandan.control.model.notices import Delivery, DeliveryState, Mode, Notice
from sandan.control.records.notices import messages, outbox
from sandan.control.service.notices.asked import Automatic
from sandan.control.service.notices.desk import Desk
from sandan.control.service.notices.sending import NotSent, Parcel, Recorder, Sender
from sandan.control.service.notices.telling import escalate_due
from sandan.errors import SandanError
from sandan.store import Fact, Json, Store

log = logging.getLogger(__name__)
AT_ONCE = 50
EVERY = 1.0
"""Seconds between two looks at the outbox."""
_KINDS = {
    DeliveryState.DELIVERED: "NoticeDelivered",
    DeliveryState.RECORDED: "NoticeRecorded",
    DeliveryState.FAILED: "NoticeFailed",
}


@dataclass(frozen=True, slots=True)
class Ended:
    """How one attempt went; `error` is empty when the message was taken."""

    delivery: Delivery
    notice: Notice
    error: str
    at: datetime


class Outbox:
    """Sends what is due. Several may run on one store: a claim belongs to one of them."""

    def __init__(self, store: Store, clock: Clock, desk: Desk, live: Sender | None = None) -> None:
        """`live` is the way out; without one, or unless the mode is live, nothing leaves the house."""
        self._store, self._clock, self._desk = store, clock, desk
        self._inside: Sender = Recorder()
        self._automatic = Automatic(store, desk)
        self._live = live if desk.mode is Mode.LIVE else None

    def sender(self, delivery: Delivery) -> Sender:
        """Outside only what was told to go outside, while the mode still says so."""
        return self._live if delivery.outside and self._live is not None else self._inside

    async def run(self, changed: Callable[[], None] = lambda: None) -> None:
        """Send, escalate and tell until cancelled; `changed` is called when something moved."""
        while True:
            try:
                sent = await self.step()
                passed = await asyncio.to_thread(escalate_due, self._store, self._desk, self._clock.now())
                told = await asyncio.to_thread(self._automatic.step, self._clock.now())
                if sent or passed or told:
                    changed()
            except SandanError:
                log.exception("the outbox could not be worked on")
                sent = 0
            if sent < AT_ONCE:
                await asyncio.sleep(EVERY)

    async def step(self) -> int:
        """Send what is due now; how many were tried."""
        claimed = await asyncio.to_thread(self._claim)
        if claimed:
            ended = await asyncio.gather(*(self._try(*one) for one in claimed))
            await asyncio.to_thread(self._end, ended)
        return len(claimed)

    def _claim(self) -> list[tuple[Delivery, Notice]]:
        now = self._clock.now()
        with self._store.registry.read() as conn:
            due = outbox.next_due(conn)
        if due is None or due > now:
            return []
        with self._store.registry.write() as conn:
            found = outbox.claim_due(conn, now, now + self._desk.pace.lease, AT_ONCE)
            notices = messages.notices_by_id(conn, [one.notice for one in found])
        return [(one, notices[one.notice]) for one in found]

    async def _try(self, delivery: Delivery, notice: Notice) -> Ended:
        channel = Channel(delivery.kind, delivery.address, delivery.gateway)
        parcel = Parcel(f"{notice.telling}-{delivery.id}", channel, notice.title, notice.text)
        try:
            await self.sender(delivery).send(parcel)
        except NotSent as error:
            return Ended(delivery, notice, str(error) or "refused", self._clock.now())
        except Exception as error:  # a gateway's own mistake must not stop the others
            log.exception("a gateway failed")
            return Ended(delivery, notice, type(error).__name__, self._clock.now())
        return Ended(delivery, notice, "", self._clock.now())

    def _end(self, ended: list[Ended]) -> None:
        facts: list[Fact] = []
        with self._store.registry.write() as conn:
            for one in ended:
                number = one.delivery.attempts + 1
                good = (
                    DeliveryState.RECORDED
                    if self.sender(one.delivery) is self._inside
                    else DeliveryState.DELIVERED
                )
                tried = DeliveryState.FAILED if one.error else good
                outbox.end_attempt(conn, one.delivery.id, number, one.at, tried, one.error)
                again = None
                if one.error:
                    first = outbox.first_due(conn, one.delivery.id)
                    again = retry_at(number, first, one.at, self._desk.pace)
                state = DeliveryState.WAITING if again is not None else tried
                moved = outbox.move_delivery(
                    conn,
                    one.delivery.id,
                    number,
                    state,
                    again or one.at,
                    one.error,
                    None if again is not None else one.at,
                )
                if moved and again is None:
                    facts.append(_fact(one, state))
            self._store.events.extend(conn, facts, actor=SYSTEM, at=max(one.at for one in ended))


def _fact(one: Ended, state: DeliveryState) -> Fact:
    payload: dict[str, Json] = {
        "notice": one.notice.id,
        "organisation": one.notice.organisation,
        "post": one.notice.post,
        "channel": one.delivery.kind.value,
        "attempts": one.delivery.attempts + 1,
        "error": one.error,
        "at": one.at.isoformat(),
    }
    return Fact(_KINDS[state], one.notice.incident, payload, one.notice.tenant)
