"""What the control room hears of energy: today's self-sufficiency, and who is about to set a new peak.

Working it out takes a look at every meter, so it is done beside the pages, every few minutes, and kept.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from sandan.access import SYSTEM, Actor
from sandan.clock import SEOUL, Period
from sandan.domain import Attention, Figure, House, beside, forever
from sandan.energy.model.rights import SEE
from sandan.energy.service.complex import FirmMonth, complex_balance, complex_month
from sandan.errors import SandanError
from sandan.store import Store
from sandan.words import Text

log = logging.getLogger(__name__)
EVERY = 300.0
"""Seconds between looks."""
SETTLES = 60.0
"""Seconds given to a house that has just opened before the first look."""
PEAK_RISK = 3
"""How urgent a coming peak is: as an alarm of medium priority."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How energy stood at some moment."""

    at: datetime
    self_sufficiency: float | None
    """Of today, in per cent."""
    coverage: float
    """Share of today's quarter-hours in which everything was metered."""
    above: Sequence[FirmMonth]
    """Of the firms that used most, those whose power exceeds the demand billed so far."""


class EnergyNews:
    """The newest standing; empty until the first look."""

    def __init__(self) -> None:
        self.standing: Standing | None = None
        self._busy = threading.Lock()
        self._stopped = False

    def look(self, store: Store, now: datetime) -> None:
        """Work it out anew."""
        with self._busy:
            if not self._stopped:
                self.standing = stand(store, now)

    def stop(self) -> None:
        """Wait for a look under way, and begin none."""
        self._stopped = True
        with self._busy:
            pass

    def figures(self, actor: Actor) -> Sequence[Figure]:
        """For staff of energy: today's self-sufficiency and how many firms are above their limit."""
        if self.standing is None or actor.tenant is not None or not actor.may(SEE):
            return ()
        one = self.standing
        missing = round(100 * (1 - one.coverage))
        note = Text(f"15분값 {missing} % 결측", f"{missing} % of quarter-hours missing") if missing else None
        name = Text("오늘 에너지 자급률", "Self-sufficiency today")
        peak = Text("최대수요 초과 위험", "Firms above their peak")
        return (
            Figure("self_sufficiency", name, one.self_sufficiency, "%", "/energy", note=note),
            Figure("peak_risk", peak, len(one.above), "1", "/energy", PEAK_RISK if one.above else 0),
        )

    def attention(self, actor: Actor) -> Sequence[Attention]:
        """To a firm and to staff of energy: power above what is billed, while it can still be lowered."""
        if self.standing is None or not actor.may(SEE):
            return ()
        return [_notice(one, self.standing.at) for one in self.standing.above if actor.sees(one.meter.tenant)]


def _notice(one: FirmMonth, at: datetime) -> Attention:
    name = one.firm.name if one.firm else one.meter.name
    return Attention(
        PEAK_RISK,
        Text(f"{name}: 최대수요 초과 위험", f"{name}: about to set a new peak"),
        Text(
            f"지금 {one.power:,.0f} kW, 요금적용전력 {one.limit:,.0f} kW. 15분을 넘기면 요금이 늡니다.",
            f"{one.power:,.0f} kW now, {one.limit:,.0f} kW billed: a quarter-hour above it costs.",
        ),
        at,
        f"/energy/meters/{quote(one.meter.id, safe='')}",
        one.meter.tenant,
        one.meter.id,
        f"peak-{one.meter.id}",
    )


def stand(store: Store, now: datetime) -> Standing:
    """How energy stands at `now`."""
    month = complex_month(store, SYSTEM, now, balanced=False)
    today = Period.day(now.astimezone(SEOUL).date())
    balance = None
    if now > today.start:
        with store.registry.read() as conn:
            balance, _ = complex_balance(store, conn, Period(today.start, now), now)
    rate = None if balance is None else 100 * balance.rates["self_sufficiency"].value
    share = 0.0 if balance is None else balance.used_slots / max(balance.slots, 1)
    above = [one for one in month.firms if (one.risk or 0.0) > 1]
    return Standing(now, rate, share, above)


@asynccontextmanager
async def open_news(house: House) -> AsyncIterator[None]:
    """Keep the news while the house is open, anew every few minutes."""
    news = EnergyNews()
    house.keep(news)

    async def look() -> None:
        try:
            await asyncio.to_thread(news.look, house.store, house.clock.now())
        except (SandanError, OSError, RuntimeError, ValueError) as error:
            log.warning("the state of energy could not be worked out: %s", error)

    async def run() -> None:
        await asyncio.sleep(SETTLES)
        await forever(look, EVERY)

    async with beside(run(), after=news.stop):
        yield
