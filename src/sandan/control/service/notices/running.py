"""The running part of telling: the settings, the outbox, and what waits for a person."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sandan.access import Actor
from sandan.control.model.contacts import CHANNEL_NAMES
from sandan.control.model.notices import Answer, Mode, Notice
from sandan.control.model.rights import OPERATE
from sandan.control.records.notices import unanswered
from sandan.control.records.notices.outbox import Blocked, blocked
from sandan.control.service.notices.desk import Desk, read_desk
from sandan.control.service.notices.gateways import Gateways
from sandan.control.service.notices.outbox import Outbox
from sandan.domain import Attention, House, beside
from sandan.errors import SandanError
from sandan.store import Store
from sandan.web import STAFF
from sandan.words import Text

log = logging.getLogger(__name__)
LOOK_EVERY = 5.0


@dataclass(slots=True)
class TellingDesk:
    """What the pages of telling work with."""

    desk: Desk
    unmet: Sequence[Notice] = field(default_factory=tuple)
    blocked: Sequence[Blocked] = field(default_factory=tuple)
    live: Gateways | None = None
    """The way out, in live mode only."""

    def attention(self, actor: Actor) -> list[Attention]:
        """Notices that ask for a person, for those who may act on them."""
        if not actor.may(OPERATE):
            return []
        return [*map(_blocked, self.blocked), *map(_attention, self.unmet)]


@asynccontextmanager
async def open_telling(house: House) -> AsyncIterator[None]:
    """Keep the desk for the pages; where jobs run, send and escalate."""
    telling = TellingDesk(read_desk(house.settings))
    if telling.desk.mode is Mode.LIVE:
        telling.live = await asyncio.to_thread(Gateways, telling.desk)
    house.keep(telling)
    jobs = []
    if "jobs" in house.roles:
        outbox = Outbox(house.store, house.clock, telling.desk, telling.live)
        jobs.append(outbox.run(lambda: say_told(house)))
    if "web" in house.roles:
        house.live.offer("told", lambda audience, _language: {} if audience == STAFF else None)
        jobs.append(_look(house.store, telling))
    async with beside(*jobs):
        yield
    if telling.live is not None:
        telling.live.close()


def say_told(house: House) -> None:
    """Tell open pages of the staff that something about notices has changed; belongs to the event loop."""
    at = int(house.clock.now().timestamp() * 1000)
    house.live.publish("told", lambda audience, _language: {"at": at} if audience == STAFF else None)


async def _look(store: Store, telling: TellingDesk) -> None:
    while True:
        try:
            telling.unmet, telling.blocked = await asyncio.to_thread(_waiting, store)
        except SandanError as error:
            log.debug("notices cannot be read: %s", error.text.en)
        await asyncio.sleep(LOOK_EVERY)


def _waiting(store: Store) -> tuple[list[Notice], list[Blocked]]:
    with store.registry.read() as conn:
        return unanswered.unmet(conn), blocked(conn)


def _blocked(one: Blocked) -> Attention:
    kind = CHANNEL_NAMES[one.kind]
    return Attention(
        priority=1,
        title=Text(f"{kind.ko}이(가) 나가지 않음", f"{kind.en} is not going out"),
        detail=Text(
            f"{one.gateway or kind.ko} · {one.count}건 · {one.error}",
            f"{one.gateway or kind.en} · {one.count} waiting · {one.error}",
        ),
        since=one.since,
        href="/control/contacts/gateways",
        id=f"gateway-{one.kind}-{one.gateway}",
    )


def _attention(notice: Notice) -> Attention:
    asked = notice.answer is Answer.HELP
    who = f"{notice.organisation} {notice.post}"
    return Attention(
        priority=2 if notice.drill else 1,
        title=Text("도움 요청", "Help asked for") if asked else Text("답한 곳 없음", "Nobody answered"),
        detail=Text(f"{who} · {notice.incident}", f"{who} · {notice.incident}"),
        since=notice.answered or notice.escalated or notice.told,
        href=f"{notice.page}#told",
        id=f"notice-{notice.id}",
    )
