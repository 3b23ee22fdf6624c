"""Quarter-hours out of the historian, as they were known at some moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from sandan.clock import Period, milliseconds
from sandan.energy.engine.tariff import Fleet
from sandan.energy.model.metering import Meter
from sandan.energy.model.rates import SLOT_MS, Floats, Instants
from sandan.store import Store
from sandan.twin.model import Point, Quality

ENERGY, LAGGING, LEADING = "active_energy", "reactive_energy_lagging", "reactive_energy_leading"
POWER = "active_power"
QUARTER = timedelta(minutes=15)
MOST = 100_000
"""Points of one quantity that are looked at; more than any complex has."""


def points_on(store: Store, conn: Connection, meters: Collection[str], quantity: str) -> dict[str, Point]:
    """The point of a quantity on each of these meters that has one."""
    if len(meters) == 1:
        found = store.points.find(conn, thing=next(iter(meters)), quantity=quantity)
    else:
        found = store.points.find(conn, quantity=quantity, limit=MOST)
    return {point.thing: point for point in found if point.thing in meters}


def starts_of(period: Period) -> Instants:
    """The quarter-hours that begin in a period [n]."""
    begin = -(-milliseconds(period.start) // SLOT_MS) * SLOT_MS
    return np.arange(begin, milliseconds(period.end) - SLOT_MS + 1, SLOT_MS, dtype=np.int64)


def read_fleet(
    store: Store,
    conn: Connection,
    meters: Sequence[str],
    period: Period,
    as_of: datetime,
    *,
    reactive: bool = True,
) -> Fleet:
    """The quarter-hours of these meters, row by row in their order; NaN is missing.

    A reading the device itself calls bad is missing; one that was estimated is marked.
    """
    start = starts_of(period)
    energy, estimated = _read(store, conn, meters, ENERGY, start, period, as_of)
    if not reactive:
        return Fleet(start, energy, estimated=estimated)
    lagging, _ = _read(store, conn, meters, LAGGING, start, period, as_of)
    leading, _ = _read(store, conn, meters, LEADING, start, period, as_of)
    return Fleet(start, energy, lagging, leading, estimated)


def read_meter(
    store: Store, conn: Connection, meter: str, period: Period, as_of: datetime, *, reactive: bool = True
) -> Meter:
    """One meter's quarter-hours."""
    return one_of(read_fleet(store, conn, [meter], period, as_of, reactive=reactive), 0)


def one_of(fleet: Fleet, row: int) -> Meter:
    """One row of a fleet as a meter."""

    def pick(array: Floats | None) -> Floats | None:
        return None if array is None or np.isnan(array[row]).all() else array[row]

    return Meter(
        fleet.start,
        fleet.energy[row],
        pick(fleet.lagging),
        pick(fleet.leading),
        None if fleet.estimated is None else fleet.estimated[row],
    )


def power_since(
    store: Store, conn: Connection, meter: str, since: datetime, now: datetime
) -> tuple[Instants, Floats]:
    """Samples of active power from `since` to `now`: instants [ms] and kW."""
    point = points_on(store, conn, [meter], POWER).get(meter)
    if point is None or now <= since:
        return np.empty(0, dtype=np.int64), np.empty(0)
    table = store.historian.scan([point], Period(since, now + timedelta(milliseconds=1)))
    good = table["quality"].to_numpy() != Quality.BAD
    return table["start"].cast("int64").to_numpy()[good], table["value"].to_numpy()[good]


def _read(
    store: Store,
    conn: Connection,
    meters: Sequence[str],
    quantity: str,
    start: Instants,
    period: Period,
    as_of: datetime,
) -> tuple[Floats, NDArray[np.bool_]]:
    values = np.full((len(meters), len(start)), np.nan)
    marked = np.zeros((len(meters), len(start)), dtype=np.bool_)
    points = points_on(store, conn, set(meters), quantity)
    fine = {id: point for id, point in points.items() if point.interval == QUARTER}
    coarse = {id: point for id, point in points.items() if point.interval != QUARTER}
    row_of = {id: i for i, id in enumerate(meters)}
    if fine and len(start):
        table = store.historian.scan(list(fine.values()), period, as_of=as_of)
        rows = _rows(table["point"].to_numpy(), fine, row_of)
        at = table["start"].cast("int64").to_numpy() - start[0]
        quality = table["quality"].to_numpy()
        good = (at % SLOT_MS == 0) & (quality != Quality.BAD) & (at // SLOT_MS < len(start)) & (at >= 0)
        slot = at // SLOT_MS
        values[rows[good], slot[good]] = table["value"].to_numpy()[good]
        marked[rows[good], slot[good]] = quality[good] == Quality.ESTIMATED
    if coarse and len(start):
        # Shorter intervals add up to a quarter-hour; one that is not whole is missing.
        table = store.historian.roll(list(coarse.values()), period, "15min", as_of=as_of)
        rows = _rows(table["point"].to_numpy(), coarse, row_of)
        slot = (table["start"].cast("int64").to_numpy() - start[0]) // SLOT_MS
        whole = table["coverage"].fill_null(0).to_numpy() >= 1
        good = whole & (slot >= 0) & (slot < len(start))
        values[rows[good], slot[good]] = table["value"].to_numpy()[good]
    return np.where(values < 0, np.nan, values), marked


def _rows(
    numbers: NDArray[np.uint32], points: Mapping[str, Point], row_of: Mapping[str, int]
) -> NDArray[np.int64]:
    """The row of each sample."""
    known = sorted((point.number, row_of[id]) for id, point in points.items())
    keys = np.array([number for number, _ in known], dtype=np.int64)
    rows = np.array([row for _, row in known], dtype=np.int64)
    return rows[np.searchsorted(keys, numbers.astype(np.int64))]
