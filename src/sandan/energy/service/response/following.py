"""In a demo the simulated firms follow the book: what is asked of them while it runs, their load leaves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sandan.clock import SEOUL, Period
from sandan.domain import House, beside, forever
from sandan.energy.service.response.demo import follow
from sandan.errors import SandanError, Unavailable
from sandan.twin.demo import Behaviour

log = logging.getLogger(__name__)
EVERY = 15.0
"""Seconds between looks at the book."""


@asynccontextmanager
async def open_following(house: House) -> AsyncIterator[None]:
    """Tell the simulation what is asked of its firms, for as long as a demo is open."""
    if not house.settings.demo:
        yield
        return
    async with beside(forever(lambda: look(house), EVERY)):
        yield


async def look(house: House) -> None:
    """Tell it once."""
    try:
        behaviour = house.part(Behaviour)
        today = house.clock.now().astimezone(SEOUL).date()
        reductions = await asyncio.to_thread(follow, house.store, today)
        behaviour.plan_reductions(reductions, Period.day(today).start)
    except Unavailable:
        return  # the simulation runs in another process, or not yet
    except (SandanError, OSError, RuntimeError) as error:
        log.warning("the simulated firms could not be told what is asked of them: %s", error)
