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

    A reading the device itself calls bad is missing; one that was estimated is marked. One question to the
    historian answers for all meters and quantities.
    """
    start = starts_of(period)
    asked = (ENERGY, LAGGING, LEADING) if reactive else (ENERGY,)
    cells: dict[int, tuple[int, int]] = {}
    points: list[Point] = []
    rows = {id: i for i, id in enumerate(meters)}
    for k, quantity in enumerate(asked):
        for id, point in points_on(store, conn, set(meters), quantity).items():
            cells[point.number] = (k, rows[id])
            points.append(point)
    values = np.full((len(asked), len(meters), len(start)), np.nan)
    marked = np.zeros((len(meters), len(start)), dtype=np.bool_)
    if len(start):
        _fill(
            store,
            [one for one in points if one.interval == QUARTER],
            cells,
            values,
            marked,
            start,
            period,
            as_of,
        )
        _add_up(
            store, [one for one in points if one.interval != QUARTER], cells, values, start, period, as_of
        )
    values[values < 0] = np.nan
    if not reactive:
        return Fleet(start, values[0], estimated=marked)
    return Fleet(start, values[0], values[1], values[2], marked)


def read_energies(
    store: Store,
    conn: Connection,
    things: Sequence[str],
    quantity: str,
    period: Period,
    as_of: datetime,
) -> Floats:
    """One energy of each of these things by quarter-hours [kWh, things × n]; NaN is missing, or no point."""
    start = starts_of(period)
    values = np.full((1, len(things), len(start)), np.nan)
    marked = np.zeros((len(things), len(start)), dtype=np.bool_)
    rows = {id: i for i, id in enumerate(things)}
    points = list(points_on(store, conn, set(things), quantity).values())
    cells = {point.number: (0, rows[point.thing]) for point in points}
    whole = [one for one in points if one.interval == QUARTER]
    if len(start):
        _fill(store, whole, cells, values, marked, start, period, as_of)
        _add_up(
            store, [one for one in points if one.interval != QUARTER], cells, values, start, period, as_of
        )
    return np.asarray(values[0])


def mean_powers(
    store: Store, conn: Connection, things: Sequence[str], period: Period, as_of: datetime
) -> Floats:
    """Mean active power by quarter-hours, signed [kW, things × n]; NaN where less than 99 % is there."""
    start = starts_of(period)
    values = np.full((len(things), len(start)), np.nan)
    points = points_on(store, conn, set(things), POWER)
    if not points or not len(start):
        return values
    rows = {points[id].number: i for i, id in enumerate(things) if id in points}
    table = store.historian.roll(list(points.values()), period, "15min", as_of=as_of)
    row = np.array([rows[number] for number in table["point"].to_pylist()], dtype=np.int64)
    slot = (table["start"].cast("int64").to_numpy() - start[0]) // SLOT_MS
    good = (table["coverage"].fill_null(0).to_numpy() >= NEARLY) & (slot >= 0) & (slot < len(start))
    values[row[good], slot[good]] = table["value"].to_numpy()[good]
    return values


NEARLY = 0.99
"""Least share of a quarter-hour's samples for its mean to stand for the whole."""


def _fill(
    store: Store,
    points: Sequence[Point],
    cells: Mapping[int, tuple[int, int]],
    values: Floats,
    marked: NDArray[np.bool_],
    start: Instants,
    period: Period,
    as_of: datetime,
) -> None:
    """What is told by quarter-hours, as it is."""
    if not points:
        return
    table = store.historian.scan(points, period, as_of=as_of)
    which, rows = _places(table["point"].to_numpy(), cells)
    offset = table["start"].cast("int64").to_numpy() - start[0]
    slot, quality = offset // SLOT_MS, table["quality"].to_numpy()
    good = (offset % SLOT_MS == 0) & (quality != Quality.BAD) & (slot < len(start)) & (slot >= 0)
    values[which[good], rows[good], slot[good]] = table["value"].to_numpy()[good]
    energy = good & (which == 0)
    marked[rows[energy], slot[energy]] = quality[energy] == Quality.ESTIMATED


def _add_up(
    store: Store,
    points: Sequence[Point],
    cells: Mapping[int, tuple[int, int]],
    values: Floats,
    start: Instants,
    period: Period,
    as_of: datetime,
) -> None:
    """Shorter intervals add up to a quarter-hour; one that is not whole is missing."""
    if not points:
        return
    table = store.historian.roll(points, period, "15min", as_of=as_of)
    which, rows = _places(table["point"].to_numpy(), cells)
    slot = (table["start"].cast("int64").to_numpy() - start[0]) // SLOT_MS
    whole = table["coverage"].fill_null(0).to_numpy() >= 1
    good = whole & (slot >= 0) & (slot < len(start))
    values[which[good], rows[good], slot[good]] = table["value"].to_numpy()[good]


def _places(
    numbers: NDArray[np.uint32], cells: Mapping[int, tuple[int, int]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Quantity and row of each sample."""
    known = sorted(cells.items())
    keys = np.array([number for number, _ in known], dtype=np.int64)
    places = np.array([place for _, place in known], dtype=np.int64).reshape(-1, 2)
    found = places[np.searchsorted(keys, numbers.astype(np.int64))]
    return found[:, 0], found[:, 1]


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


def months_of(meter: Meter, periods: Sequence[Period]) -> list[Meter]:
    """The meter's readings cut into these periods, each of which lies within them."""
    made = []
    for one in periods:
        i = (milliseconds(one.start) - int(meter.start[0])) // SLOT_MS
        j = (milliseconds(one.end) - int(meter.start[0])) // SLOT_MS
        made.append(
            Meter(
                meter.start[i:j],
                meter.energy[i:j],
                _cut(meter.lagging, i, j),
                _cut(meter.leading, i, j),
                None if meter.estimated is None else meter.estimated[i:j],
            )
        )
    return made


def _cut(array: Floats | None, i: int, j: int) -> Floats | None:
    return None if array is None or np.isnan(array[i:j]).all() else array[i:j]


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
