"""A pool for the demo: its register, prices and the forecasts of its first days are invented, and say so."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
from sqlalchemy.engine import Connection

from sandan.access import SYSTEM
from sandan.clock import DAY_MS, HOUR_MS, SEOUL, Period, instant, milliseconds
from sandan.energy.engine.forecast import solar_from_history
from sandan.energy.engine.months import first_day, month_of, moved
from sandan.energy.engine.vpp.offers import make_offer
from sandan.energy.engine.vpp.submissions import DAY_HOURS, gate_closes, gates
from sandan.energy.model.forecast import History
from sandan.energy.model.outlook import Gate, Told
from sandan.energy.model.pool import POOL, Cut, Handed, MarketPrice, Member, PoolBook, RevenueLine, Strategy
from sandan.energy.model.rates import SLOT_MS
from sandan.energy.records.vpp import add_handed, count_prices, first_handed
from sandan.energy.service.outlook import AHEAD, place_of, read_values
from sandan.energy.service.vpp.gates import BEFORE, hours_of
from sandan.energy.service.vpp.hours import points_of
from sandan.energy.service.vpp.register import BOOK, book_in_force, capacity_of, keep_prices
from sandan.energy.service.vpp.settling import finish
from sandan.errors import InvalidInput
from sandan.store import Store

SOURCE = "demo: simulated, no market's price"
REASON = "demo: 모의 지붕 계약 / simulated roof contracts"
TENTH = Decimal("0.1")
QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
MOSTLY = 0.9
AHEAD_DAYS = 2
"""Days for which prices are invented beyond today."""


def load_demo_pool(store: Store, now: datetime) -> None:
    """All simulated roofs in one pool, its shares and prices; once."""
    with store.registry.read() as conn:
        version = book_in_force(store, conn).version
        priced = count_prices(conn)
        roofs = [one for one in store.things.all(conn, {"pv"}) if one.simulated]
    if version == 0 and roofs:
        members = tuple(
            Member(one.id, capacity) for one in roofs if (capacity := capacity_of(one)) is not None
        )
        cuts = (
            Cut("", 5 * TENTH, 2 * TENTH, 3 * TENTH),
            Cut(RevenueLine.FORECAST, 4 * TENTH, 6 * TENTH, Decimal(0)),
        )
        book = PoolBook(members, rounding="truncate", cuts=cuts, automatic=True, simulated=True)
        BOOK.put(store, SYSTEM, 0, book, REASON, now)
    if not priced:
        keep_prices(store, SYSTEM, _invented_prices(now), now)


def load_demo_forecasts(store: Store, now: datetime) -> None:
    """What would have been handed in on the days past, each from what had been metered by then; once.

    All but yesterday is settled, so that both a settlement and one to be made can be looked at.
    """
    today = now.astimezone(SEOUL).date()
    with store.registry.read() as conn:
        book = book_in_force(store, conn).body
        if first_handed(conn) is not None or not book.members or not book.simulated:
            return
        made = _invented_forecasts(store, conn, book, today, now)
    if not made:
        return
    with store.registry.write() as conn:
        for one in made:
            add_handed(conn, one)
        store.events.append(
            conn,
            "PoolForecastsMade",
            actor=SYSTEM,
            subject=POOL,
            payload={"days": len({one.day for one in made}), "count": len(made)},
            at=now,
        )
    first, last = made[0].day, today - timedelta(days=2)
    if first <= last:
        finish(store, SYSTEM, first, last, 0, "", now)


def _invented_prices(now: datetime) -> list[MarketPrice]:
    """Hourly prices around a hundred won, lower at noon, and one for certificates; of two months."""
    this = month_of(now)
    months = (moved(this, -1), this)
    begin = Period.day(first_day(months[0])).start
    end = Period.day(now.astimezone(SEOUL).date() + timedelta(days=AHEAD_DAYS)).start
    chance = np.random.default_rng(19)
    prices = []
    mood = 0.0
    for at in range(milliseconds(begin), milliseconds(end), HOUR_MS):
        hour = datetime.fromtimestamp(at / 1000, SEOUL).hour
        mood = 0.95 * mood + float(chance.normal(0, 2))
        value = 112 - 22 * math.exp(-(((hour - 12.5) / 3.5) ** 2)) + 9 * math.exp(-(((hour - 19) / 2) ** 2))
        prices.append(MarketPrice(RevenueLine.ENERGY, at, False, round(value + mood, 2), SOURCE, True))
    for month in months:
        start = milliseconds(Period.day(first_day(month)).start)
        prices.append(MarketPrice(RevenueLine.CERTIFICATES, start, True, 70_000.0, SOURCE, True))
    return prices


def _invented_forecasts(
    store: Store, conn: Connection, book: PoolBook, today: date, now: datetime
) -> list[Handed]:
    points = points_of(store, conn, [one.plant for one in book.members])
    metered = [one for one in book.members if one.plant in points]
    place = place_of([one for one in store.things.all(conn, {"pv"}) if one.id in points])
    if place is None:
        return []
    end = milliseconds(now) // SLOT_MS * SLOT_MS
    begin = milliseconds(Period.day(today).start) - 31 * DAY_MS
    values = read_values(store, [points[one.plant] for one in metered], begin, end, now)
    history = History(tuple(one.plant for one in metered), begin, values)
    made = []
    for day in (today - timedelta(days=back) for back in range(28, -2, -1)):
        sent = [
            one
            for gate in gates()
            if gate_closes(gate, day) <= milliseconds(now)
            and (one := _handed(book, metered, history, place, day, gate.name, gate_closes(gate, day)))
        ]
        made += sent
    return made


def _handed(
    book: PoolBook,
    metered: Sequence[Member],
    history: History,
    place: tuple[float, float],
    day: date,
    gate: str,
    closes: int,
) -> Handed | None:
    """The forecast of the last whole hour before a gate; None where too little was metered by then."""
    until = (closes - int(BEFORE.total_seconds()) * 1000) // HOUR_MS * HOUR_MS
    forecast = solar_from_history(history, *place, until, AHEAD, QUANTILES)
    quantiles = np.full((len(book.members), DAY_HOURS, len(QUANTILES)), np.nan)
    row_of = {one.plant: row for row, one in enumerate(book.members)}
    at = instant(until)
    for row, member in enumerate(metered):
        values = forecast.values[row]
        if np.isfinite(values[:, 0]).mean() > MOSTLY:
            # At dawn and dusk a few days are too few to learn from, and next to nothing is made.
            values = np.nan_to_num(values)
        told = Told(member.plant, at, Gate.HOURLY, at, forecast.method[row], QUANTILES, values)
        quantiles[row_of[member.plant]] = hours_of(told, day)
    try:
        offer = make_offer(day, book.members, np.array(QUANTILES), quantiles, None, Strategy.MEDIAN, at)
    except InvalidInput:
        return None
    sent = instant(closes) - BEFORE
    return Handed(
        day, gate, 1, sent, SYSTEM.id, Strategy.MEDIAN, "", at, book.members, offer.energy, True, True
    )
