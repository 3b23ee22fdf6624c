"""Forecasts for the market: made ready from what is told of each roof, handed in at a gate, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy.engine import Connection

from sandan.access import SYSTEM, Actor
from sandan.clock import HOUR_MS, SEOUL, Period, instant, milliseconds
from sandan.energy.engine.vpp import bands_for, gates
from sandan.energy.engine.vpp.offers import make_offer
from sandan.energy.engine.vpp.submissions import DAY_HOURS, gate_closes
from sandan.energy.model.outlook import Told
from sandan.energy.model.pool import POOL, Handed, Member, Offer, Strategy, pool_of
from sandan.energy.model.rates import SLOT_MS, Floats
from sandan.energy.model.rights import TRADE
from sandan.energy.model.vpp import Gate
from sandan.energy.records.forecasts import newest_told
from sandan.energy.records.vpp import add_handed, handed_between
from sandan.energy.service.vpp.hours import points_of
from sandan.energy.service.vpp.register import book_in_force, require_staff
from sandan.errors import Conflict, InvalidInput, NotFound
from sandan.sheets import sheet_text
from sandan.store import Store
from sandan.words import Text

BEFORE = timedelta(minutes=10)
"""How long before a gate closes a forecast is handed in by itself."""
SLOTS = 96
GATES = {"morning": Text("10시 마감", "10:00 gate"), "evening": Text("17시 마감", "17:00 gate")}


@dataclass(frozen=True, slots=True)
class NextGate:
    """The gate that closes next."""

    gate: Gate
    day: date
    """The day it is for."""
    closes: datetime
    opened: datetime
    """When the one before it closed."""


def next_gate(now: datetime) -> NextGate:
    """Which gate closes next."""
    ahead = gates_between(now, now + timedelta(days=2))
    behind = gates_between(now - timedelta(days=2), now)
    gate, day, closes = ahead[0]
    return NextGate(gate, day, closes, behind[-1][2])


def gates_between(after: datetime, until: datetime) -> list[tuple[Gate, date, datetime]]:
    """Gates that close after one moment and no later than another, in their order."""
    today = after.astimezone(SEOUL).date()
    found = [
        (gate, day, instant(gate_closes(gate, day)))
        for day in (today + timedelta(days=n) for n in range(-1, (until - after).days + 4))
        for gate in gates()
    ]
    return sorted((one for one in found if after < one[2] <= until), key=lambda one: one[2])


def offer_for(
    store: Store, conn: Connection, day: date, strategy: Strategy, now: datetime
) -> tuple[Offer, tuple[Member, ...]]:
    """The forecast that could be handed in for a day, and whose; `InvalidInput` says what is missing."""
    book = book_in_force(store, conn).body
    before = handed_between(conn, day, day)
    # A day keeps its plants: were they another at the second gate, the mean of both would mean nothing.
    members = before[0].pool if before else book.members
    if not members:
        raise InvalidInput.because(
            "members",
            Text("가상발전소에 속한 지붕이 없습니다.", "No roof is in the pool."),
            Text("참여 자원에서 지붕을 넣어 주십시오.", "Bring roofs in on the register."),
        )
    points = points_of(store, conn, [one.plant for one in members])
    told = newest_told(conn, [point.id for point in points.values()], now)
    known = {id: told[point.id] for id, point in points.items() if point.id in told}
    levels = next((one.quantiles for one in known.values()), (0.5,))
    quantiles = np.full((len(members), DAY_HOURS, len(levels)), np.nan)
    for row, member in enumerate(members):
        one = known.get(member.plant)
        if one is not None and one.quantiles == levels:
            quantiles[row] = hours_of(one, day)
    until = max((one.until for one in known.values()), default=now)
    rule = bands_for(day, pool_of(members, book.area).kind, book.area, book.bands)
    offer = make_offer(day, members, np.array(levels), quantiles, rule, strategy, until)
    return offer, members


def hours_of(told: Told, day: date) -> Floats:
    """The hours of a day out of a forecast [kWh, 24 × levels]; NaN where it does not reach.

    Where a method tells no spread the median stands for all.
    """
    first = (milliseconds(Period.day(day).start) - milliseconds(told.until)) // SLOT_MS
    if first < 0 or first + SLOTS > len(told.values):
        return np.full((DAY_HOURS, len(told.quantiles)), np.nan)
    part = told.values[first : first + SLOTS].astype(np.float64)
    middle = part[:, [told.quantiles.index(0.5)]]
    return np.asarray(np.where(np.isnan(part), middle, part).reshape(DAY_HOURS, 4, -1).sum(axis=1))


def hand_in(
    store: Store,
    actor: Actor,
    day: date,
    gate: str,
    strategy: Strategy,
    reason: str,
    now: datetime,
    *,
    seen: int = 0,
    automatic: bool = False,
) -> Handed:
    """Freeze the forecast of `day` for a gate. `seen` is how many had been handed in for it.

    Raises `InvalidInput` after the gate has closed, without a reason where the strategy is not that of the
    register, and where no forecast reaches over the day; `Conflict` when another was handed in meanwhile.
    """
    actor.require(TRADE)
    known = {one.name: one for one in gates()}
    if gate not in known:
        raise NotFound(Text("마감", "gate"), gate)
    with store.registry.write() as conn:
        book = book_in_force(store, conn).body
        before = [one for one in handed_between(conn, day, day) if one.gate == gate]
        if len(before) != seen:
            raise Conflict(
                Text(
                    f"그사이 {len(before)}번째 예측이 제출되었습니다. 새로 고친 뒤 다시 하십시오.",
                    f"Forecast {len(before)} was handed in meanwhile. Reload and try again.",
                )
            )
        if milliseconds(now) > gate_closes(known[gate], day):
            raise InvalidInput.because(
                "gate",
                Text(
                    f"{day:%m-%d}의 {GATES[gate].ko}이 지났습니다.",
                    f"The {GATES[gate].en} for {day} has closed.",
                ),
                Text("다음 마감에 제출하십시오.", "Hand in at the next gate."),
            )
        if strategy is not book.strategy and not reason.strip():
            raise InvalidInput.because(
                "reason",
                Text(
                    "정해 둔 방식과 다른데 까닭이 비었습니다.",
                    "This is not the usual choice, and no reason is given.",
                ),
                Text("왜 다른 예측을 내는지 적어 주십시오.", "Write why another forecast is handed in."),
            )
        offer, members = offer_for(store, conn, day, strategy, now)
        made = add_handed(
            conn,
            Handed(
                day, gate, seen + 1, now, actor.id, strategy, reason.strip(), offer.told_until, members,
                offer.energy, automatic, book.simulated,
            ),
        )  # fmt: skip
        store.events.append(
            conn,
            "PoolForecastHandedIn",
            actor=actor,
            subject=POOL,
            payload={
                "day": day.isoformat(),
                "gate": gate,
                "hour": known[gate].hour,
                "number": made.number,
                "strategy": str(strategy),
                "kwh": round(float(offer.energy.sum()), 1),
                "plants": len(members),
                "reason": made.reason,
                "automatic": automatic,
                "hash": made.hash,
            },
            at=now,
        )
    return made


def due_gates(store: Store, now: datetime) -> list[NextGate]:
    """Gates about to close with nothing handed in, where the register says that this is done by itself."""
    soon = gates_between(now, now + BEFORE)
    if not soon:
        return []
    with store.registry.read() as conn:
        book = book_in_force(store, conn).body
        if not book.automatic or not book.members:
            return []
        return [
            NextGate(gate, day, closes, now)
            for gate, day, closes in soon
            if not any(one.gate == gate.name for one in handed_between(conn, day, day))
        ]


def hand_in_due(store: Store, now: datetime) -> list[Handed]:
    """Hand in by itself what is due, in the way the register says."""
    found = []
    for due in due_gates(store, now):
        with store.registry.read() as conn:
            strategy = book_in_force(store, conn).body.strategy
        found.append(hand_in(store, SYSTEM, due.day, due.gate.name, strategy, "", now, automatic=True))
    return found


def find_handed(store: Store, actor: Actor, day: date, gate: str, number: int) -> Handed:
    """One forecast as it was handed in."""
    require_staff(actor)
    with store.registry.read() as conn:
        for one in handed_between(conn, day, day):
            if (one.gate, one.number) == (gate, number):
                return one
    raise NotFound(Text("제출한 예측", "forecast handed in"), f"{day} {gate} {number}")


def handed_sheet(one: Handed) -> str:
    """A forecast as a sheet for the market's own site: an hour a row, the pool and each plant [kWh]."""
    head: list[object] = ["day", "hour", "pool_kwh", *(member.plant for member in one.pool)]
    rows: list[Sequence[object]] = [head]
    for hour in range(DAY_HOURS):
        each = [round(float(value), 3) for value in one.energy[:, hour]]
        rows.append([one.day.isoformat(), hour + 1, round(sum(each), 3), *each])
    return sheet_text(rows)


def day_start(day: date) -> int:
    """When a day begins in Seoul [ms]."""
    return milliseconds(Period.day(day).start)


def hour_starts(day: date) -> list[int]:
    return [day_start(day) + n * HOUR_MS for n in range(DAY_HOURS)]
