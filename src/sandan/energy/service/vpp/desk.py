"""The desk at a glance: what the roofs give now, the gate that closes next, and what yesterday came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL, Period, instant, milliseconds
from sandan.energy.engine.vpp import eligibility
from sandan.energy.model.pool import Handed, Offer, PoolBook, Strategy, pool_of
from sandan.energy.model.rates import SLOT_MS, Floats
from sandan.energy.records.forecasts import newest_told
from sandan.energy.records.vpp import handed_between
from sandan.energy.service.registers import Edition
from sandan.energy.service.vpp.deviation import DayView, Record, day_view, record_of
from sandan.energy.service.vpp.gates import NextGate, next_gate, offer_for
from sandan.energy.service.vpp.hours import last_quarter, points_of, read_steps
from sandan.energy.service.vpp.register import book_in_force, require_staff
from sandan.errors import Finding, InvalidInput
from sandan.store import Store

SLOTS = 96


@dataclass(frozen=True, slots=True)
class Output:
    """What the pool gave in the newest quarter-hour that was heard."""

    at: int
    """[ms]; 0 when nothing was heard in the last hour."""
    kw: float
    heard: int
    """Plants that were."""
    silent: tuple[str, ...] = ()
    """Names of those that were not."""


@dataclass(frozen=True, slots=True)
class Today:
    """Today in quarter-hours [kW]; NaN is missing or still to come."""

    start: int
    made: Floats
    """All plants that were heard, so a little low where one was not."""
    heard: Floats
    """Share of the capacity that was heard [1]."""
    outlook: Floats
    """By the newest forecast, from now on."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk."""

    edition: Edition[PoolBook]
    capacity: float
    """[kW]."""
    unfit: Sequence[Finding]
    """Why the market would not let this pool in."""
    output: Output
    today: Today
    told: DayView | None
    """Today against the forecast that counts."""
    gate: NextGate
    handed: Sequence[Handed]
    """For the day of the next gate, oldest first."""
    offer: Offer | None
    faults: Sequence[Finding]
    """Why there is no offer."""
    yesterday: DayView | None
    record: Record
    simulated: bool


def desk(store: Store, actor: Actor, strategy: Strategy | None, now: datetime) -> Desk | None:
    """The desk, with a forecast of this strategy; None while no roof is in the pool."""
    require_staff(actor)
    today = now.astimezone(SEOUL).date()
    with store.registry.read() as conn:
        edition = book_in_force(store, conn)
        book = edition.body
        if not book.members:
            return None
        plants = [one.plant for one in book.members]
        capacity = np.array([one.capacity for one in book.members])
        gate = next_gate(now)
        offer, faults = _offer(store, conn, gate.day, strategy or book.strategy, now)
        at, power = last_quarter(store, conn, plants, now)
        roofs = {one.id: one for one in store.things.all(conn, {"pv"})}
        silent = [id for id, kw in zip(plants, power.tolist(), strict=True) if kw != kw]
        return Desk(
            edition,
            float(capacity.sum()),
            eligibility(pool_of(book.members, book.area)),
            Output(
                at,
                float(np.nansum(power)),
                len(plants) - len(silent),
                tuple(roofs[id].name if id in roofs else id for id in silent),
            ),
            _today(store, conn, plants, capacity, now),
            day_view(store, conn, today, now),
            gate,
            handed_between(conn, gate.day, gate.day),
            offer,
            faults,
            day_view(store, conn, today - timedelta(days=1), now),
            record_of(store, conn, now),
            book.simulated or any(id in roofs and roofs[id].simulated for id in plants),
        )


def _offer(
    store: Store, conn: Connection, day: date, strategy: Strategy, now: datetime
) -> tuple[Offer | None, Sequence[Finding]]:
    try:
        return offer_for(store, conn, day, strategy, now)[0], ()
    except InvalidInput as error:
        return None, error.findings


def _today(store: Store, conn: Connection, plants: Sequence[str], capacity: Floats, now: datetime) -> Today:
    local = now.astimezone(SEOUL)
    start = milliseconds(local.replace(hour=0, minute=0, second=0, microsecond=0))
    end = milliseconds(now) // SLOT_MS * SLOT_MS
    made, heard = np.full(SLOTS, np.nan), np.full(SLOTS, np.nan)
    done = (end - start) // SLOT_MS
    if done:
        period = Period(instant(start), instant(end))
        each = read_steps(store, conn, plants, period, now, "15min", SLOT_MS) * 4
        known = np.isfinite(each)
        heard[:done] = (known * capacity[:, None]).sum(axis=0) / capacity.sum()
        made[:done] = np.where(known.any(axis=0), np.nansum(each, axis=0), np.nan)
    outlook = np.full(SLOTS, np.nan)
    points = points_of(store, conn, plants)
    told = newest_told(conn, [point.id for point in points.values()], now)
    for one in told.values():
        first = (milliseconds(one.until) - start) // SLOT_MS
        values = one.values[max(-first, 0) :, one.quantiles.index(0.5)].astype(np.float64) * 4
        part = outlook[max(first, 0) : max(first, 0) + len(values)]
        part[:] = np.where(np.isnan(part), 0.0, part) + np.nan_to_num(values[: len(part)])
    return Today(start, made, heard, outlook)
