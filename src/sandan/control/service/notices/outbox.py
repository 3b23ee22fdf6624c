"""Sending what was decided: at least once, each try on record, none lost when the process dies."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy.engine import Connection

from sandan.access import SYSTEM
from sandan.clock import Clock
from sandan.control.engine.notices.pacing import retry_at
from sandan.control.model.contacts import Channel, ChannelKind
from sandan.control.model.incidents import ACTIVE
from sandan.control.model.notices import UNANSWERED, Delivery, DeliveryState, Mode, Notice
from sandan.control.records.incidents import cases
from sandan.control.records.notices import messages, outbox
from sandan.control.service.notices.asked import Automatic
from sandan.control.service.notices.desk import Desk
from sandan.control.service.notices.sending import NotSent, Parcel, Recorder, Sender
from sandan.control.service.notices.steps import tick_told
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
    """How one attempt went; `refused` is empty when the message was taken."""

    delivery: Delivery
    notice: Notice
    at: datetime
    refused: NotSent | None = None


class Outbox:
    """Sends what is due. Several may run on one store: a claim belongs to one of them."""

    def __init__(self, store: Store, clock: Clock, desk: Desk, live: Sender | None = None) -> None:
        """`live` is the way out; without one, or unless the mode is live, nothing leaves the house."""
        self._store, self._clock, self._desk = store, clock, desk
        self._inside: Sender = Recorder()
        self._automatic = Automatic(store, desk)
        self._live = live if desk.mode is Mode.LIVE else None
        self._moved: set[str] | None = None
        """Incidents of which something left; None after a start, when it may have been any."""

    def sender(self, delivery: Delivery) -> Sender:
        """Outside only what was told to go outside, while the mode still says so."""
        return self._live if delivery.outside and self._live is not None else self._inside

    async def run(self, changed: Callable[[], None] = lambda: None) -> None:
        """Send, escalate and tell until cancelled; `changed` is called when something moved."""
        works = [self._work(partial(self.send_due, kind), changed) for kind in ChannelKind]
        await asyncio.gather(*works, self._work(self._pass_on, changed))

    async def step(self) -> int:
        """Send what is due now; how many were tried."""
        sent = sum([await self.send_due(kind) for kind in ChannelKind])
        await self._tick()
        return sent

    async def send_due(self, kind: ChannelKind) -> int:
        """Send what is due over one kind of channel; each is marked as soon as it has ended.

        The kinds have nothing to do with each other: a text message gateway that hangs holds up no e-mail.
        """
        claimed = await asyncio.to_thread(self._claim, kind)
        under_way = {asyncio.create_task(self._try(*one)) for one in claimed}
        try:
            while under_way:
                ended, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                moved = await asyncio.to_thread(self._end, [one.result() for one in ended])
                if self._moved is not None:
                    self._moved |= moved
        finally:
            for one in under_way:
                one.cancel()
        return len(claimed)

    async def _work(self, job: Callable[[], Awaitable[int]], changed: Callable[[], None]) -> None:
        while True:
            try:
                done = await job()
                if done:
                    changed()
            except SandanError:
                log.exception("the outbox could not be worked on")
                done = 0
            if done < AT_ONCE:
                await asyncio.sleep(EVERY)

    async def _pass_on(self) -> int:
        now = self._clock.now()
        passed = await asyncio.to_thread(escalate_due, self._store, self._desk, now)
        told = await asyncio.to_thread(self._automatic.step, now)
        return passed + told + await self._tick()

    async def _tick(self) -> int:
        """Tick off the steps whose telling is complete; how many incidents were looked at."""
        moved, self._moved = self._moved, set()
        if moved == set():
            return 0
        try:
            return await asyncio.to_thread(self._tick_in, moved)
        except BaseException:
            self._moved = None
            raise

    def _tick_in(self, moved: set[str] | None) -> int:
        with self._store.registry.write() as conn:
            if moved is None:
                moved = {one.id for one in cases.find_incidents(conn, states=ACTIVE)}
            for id in sorted(moved):
                tick_told(self._store, conn, id, self._clock.now())
        return len(moved)

    def _claim(self, kind: ChannelKind) -> list[tuple[Delivery, Notice]]:
        now = self._clock.now()
        with self._store.registry.read() as conn:
            due = outbox.next_due(conn, kind)
        if due is None or due > now:
            return []
        with self._store.registry.write() as conn:
            found = outbox.claim_due(conn, kind, now, now + self._desk.pace.lease, AT_ONCE)
            notices = messages.notices_by_id(conn, [one.notice for one in found])
        return [(one, notices[one.notice]) for one in found]

    async def _try(self, delivery: Delivery, notice: Notice) -> Ended:
        channel = Channel(delivery.kind, delivery.address, delivery.gateway)
        parcel = Parcel(f"{notice.telling}-{delivery.id}", channel, notice.title, notice.text)
        try:
            await self.sender(delivery).send(parcel)
        except NotSent as error:
            return Ended(delivery, notice, self._clock.now(), error)
        except Exception as error:  # a gateway's own mistake must not stop the others
            log.exception("a gateway failed")
            return Ended(delivery, notice, self._clock.now(), NotSent(type(error).__name__))
        return Ended(delivery, notice, self._clock.now())

    def _end(self, ended: list[Ended]) -> set[str]:
        facts: list[Fact] = []
        with self._store.registry.write() as conn:
            for one in ended:
                number = one.delivery.attempts + 1
                good = (
                    DeliveryState.RECORDED
                    if self.sender(one.delivery) is self._inside
                    else DeliveryState.DELIVERED
                )
                tried = good if one.refused is None else DeliveryState.FAILED
                why = "" if one.refused is None else str(one.refused) or "refused"
                outbox.end_attempt(conn, one.delivery.id, number, one.at, tried, why)
                again = None
                if one.refused is not None and not one.refused.final:
                    first = outbox.first_due(conn, one.delivery.id)
                    again = retry_at(number, first, one.at, self._desk.pace, one.refused.wait)
                state = DeliveryState.WAITING if again is not None else tried
                done = None if again is not None else one.at
                moved = outbox.move_delivery(conn, one.delivery.id, number, state, again or one.at, why, done)
                if moved and again is None:
                    facts.append(_fact(one, state, why))
                if moved and state is DeliveryState.FAILED:
                    _stop_waiting(conn, one.notice, one.at)
            self._store.events.extend(conn, facts, actor=SYSTEM, at=max(one.at for one in ended))
            now_in = messages.notices_by_id(conn, [one.notice.id for one in ended])
        return {one.incident for one in now_in.values()}


def _stop_waiting(conn: Connection, notice: Notice, now: datetime) -> None:
    """Whom no way has reached cannot answer: their time is over, and the next of the tree is told."""
    ways = outbox.deliveries_of(conn, [notice.id])
    if notice.phase not in UNANSWERED and all(one.state is DeliveryState.FAILED for one in ways):
        messages.mark_notice(conn, notice.id, answer_by=now)


def _fact(one: Ended, state: DeliveryState, why: str) -> Fact:
    payload: dict[str, Json] = {
        "notice": one.notice.id,
        "organisation": one.notice.organisation,
        "post": one.notice.post,
        "channel": one.delivery.kind.value,
        "attempts": one.delivery.attempts + 1,
        "error": why,
        "at": one.at.isoformat(),
    }
    return Fact(_KINDS[state], one.notice.incident, payload, one.notice.tenant)
