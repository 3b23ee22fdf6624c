"""A firm's own roofs: what they made and earned, its share of it, what they were asked to give up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import DAY_MS, HOUR_MS, SEOUL, Period, instant, milliseconds
from sandan.energy.engine.months import first_day, month_of
from sandan.energy.model.papers import Paper
from sandan.energy.model.pool import POOL, CurtailmentAdvice, Cut, Member, PlantLine, PoolStatement
from sandan.energy.model.rates import SLOT_HOURS, SLOT_MS, Floats
from sandan.energy.model.rights import SEE
from sandan.energy.records.vpp import curtailments
from sandan.energy.service.vpp.hours import last_quarter, read_steps
from sandan.energy.service.vpp.register import book_in_force, capacity_of
from sandan.energy.service.vpp.settling import PAPERS, preview_of, unsettled
from sandan.errors import InvalidInput
from sandan.store import Store
from sandan.twin.model import Thing

DAYS = 31


@dataclass(frozen=True, slots=True)
class MyRoof:
    """A roof of the firm."""

    thing: Thing
    member: Member | None
    capacity: float | None
    now: float
    """[kW]; NaN when not heard."""
    today: float
    """So far [kWh]; NaN when nothing was heard."""
    month: float
    """The days of this month that are over [kWh]."""
    hours: Floats
    """Of today [kWh, 24]; NaN is missing or still to come."""
    days: Floats
    """Of the last days, yesterday last [kWh, DAYS]; NaN where an hour was not metered."""


@dataclass(frozen=True, slots=True)
class MySettlement:
    """The firm's own lines of a settlement."""

    first: date
    last: date
    period: str
    version: int
    """0 is no settlement yet: reckoned from what is known today."""
    lines: Sequence[PlantLine]
    hash: str = ""
    simulated: bool = False

    @property
    def mine(self) -> int | None:
        """What is the firm's as the owner of the roof [won]."""
        known = [one.roof_owner for one in self.lines if one.roof_owner is not None]
        return sum(known) if known else None

    @property
    def earned(self) -> int:
        """All that its roofs earned, whoever gets it [won]."""
        return sum(one.total for one in self.lines)

    @property
    def kwh(self) -> float:
        return sum(one.kwh for one in self.lines)


@dataclass(frozen=True, slots=True)
class MyCut:
    """What a roof was asked to give up."""

    number: int
    at: datetime
    start: datetime
    end: datetime
    roof: str
    kwh: float
    possible: float
    """[kWh]."""
    reason: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class MyRoofs:
    """The page of a firm."""

    roofs: Sequence[MyRoof]
    cuts: Sequence[Cut]
    """Who gets which part of which line."""
    settled: Sequence[MySettlement]
    """Final, the latest first."""
    coming: MySettlement | None
    """The days since then, as far as they are known."""
    curtailed: Sequence[MyCut]
    start: int
    """Of today [ms]."""
    simulated: bool


def my_roofs(store: Store, actor: Actor, now: datetime) -> MyRoofs:
    """What a firm may know of its roofs: its own figures and nobody else's."""
    actor.require(SEE)
    today = Period.day(now.astimezone(SEOUL).date())
    with store.registry.read() as conn:
        book = book_in_force(store, conn).body
        mine = {
            one.id: one
            for one in store.things.all(conn, {"pv"})
            if one.tenant is not None and one.tenant == actor.tenant
        }
        roofs = _roofs(store, conn, mine, {one.plant: one for one in book.members}, today, now)
        papers = PAPERS.newest(conn, subject=POOL)
        settled = [one for paper in papers if (one := _own(paper, mine)) is not None]
        coming = _coming(store, conn, mine, now)
        curtailed = [cut for one in curtailments(conn)[::-1] for cut in _cuts(one, mine)]
    return MyRoofs(
        roofs,
        book.cuts,
        settled,
        coming,
        curtailed,
        milliseconds(today.start),
        any(one.simulated for one in mine.values()),
    )


def _roofs(
    store: Store,
    conn: Connection,
    mine: dict[str, Thing],
    members: dict[str, Member],
    today: Period,
    now: datetime,
) -> list[MyRoof]:
    ids = list(mine)
    if not ids:
        return []
    start = milliseconds(today.start)
    month = milliseconds(Period.day(first_day(month_of(now))).start)
    since = min(month, start - DAYS * DAY_MS)
    made = read_steps(store, conn, ids, Period(instant(since), today.end), now)
    _, power = last_quarter(store, conn, ids, now)
    first = (start - since) // HOUR_MS
    days = made[:, first - DAYS * 24 : first].reshape(len(ids), DAYS, 24).sum(axis=2)
    found = []
    for row, id in enumerate(ids):
        own = made[row, first : first + 24]
        past = made[row, (month - since) // HOUR_MS : first]
        found.append(
            MyRoof(
                mine[id],
                members.get(id),
                members[id].capacity if id in members else capacity_of(mine[id]),
                float(power[row]),
                float(np.nansum(own)) if np.isfinite(own).any() else float("nan"),
                float(np.nansum(past)),
                own,
                days[row],
            )
        )
    return found


def _own(paper: Paper[PoolStatement], mine: dict[str, Thing]) -> MySettlement | None:
    body = paper.body
    lines = [one for one in body.plants if one.plant in mine]
    if not lines:
        return None
    return MySettlement(
        body.first, body.last, paper.period, paper.version, lines, paper.hash, paper.simulated
    )


def _coming(store: Store, conn: Connection, mine: dict[str, Thing], now: datetime) -> MySettlement | None:
    """The firm's lines of a settlement that nobody has made yet."""
    span = unsettled(store, conn, now)
    if span is None or not mine:
        return None
    first = max(span[0], span[1] - timedelta(days=DAYS - 1))
    try:
        made = preview_of(store, conn, first, span[1], now)
    except InvalidInput:
        return None
    if made.statement is None:
        return None
    lines = [one for one in made.statement.plants if one.plant in mine]
    return MySettlement(first, span[1], made.period, 0, lines, simulated=made.simulated) if lines else None


def _cuts(one: CurtailmentAdvice, mine: dict[str, Thing]) -> list[MyCut]:
    energy, could = one.cut.sum(axis=1) * SLOT_HOURS, one.possible.sum(axis=1) * SLOT_HOURS
    return [
        MyCut(
            one.number,
            one.at,
            instant(one.start),
            instant(one.start + len(one.ordered) * SLOT_MS),
            mine[id].name,
            float(energy[row]),
            float(could[row]),
            one.reason,
            one.simulated,
        )
        for row, id in enumerate(one.plants)
        if id in mine and energy[row] > 0
    ]
