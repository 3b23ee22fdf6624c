"""The permits of an open house."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from sandan.access import SYSTEM, Actor
from sandan.control.service.alarms.desk import AlarmDesk
from sandan.control.service.notices.running import TellingDesk
from sandan.control.service.permits.checking import PermitDesk
from sandan.control.service.permits.settings import permit_params
from sandan.control.service.permits.urgent import permit_attention
from sandan.control.service.permits.watch import PermitWatch
from sandan.domain import Attention, House, beside


@asynccontextmanager
async def open_permits(house: House) -> AsyncIterator[None]:
    """Keep the desk of permits where there are pages, and watch what was granted.

    `InvalidInput` when a setting is wrong.
    """
    if "web" not in house.roles:
        yield
        return
    params = permit_params(house.settings.table("control"))
    # Every alarm counts, whoever looks: the desk says less of another firm's.
    desk = PermitDesk(house.store, params, lambda: house.part(AlarmDesk).list.lines(SYSTEM))
    house.keep(desk)
    async with beside(PermitWatch(desk, house.part(TellingDesk).desk).run(house.clock)):
        yield


def permits_to_see(house: House, actor: Actor, now: datetime) -> Sequence[Attention]:
    """What of the permits needs attention."""
    return permit_attention(house.part(PermitDesk), actor, now)
