"""Days of the pool: what each roof made, hour by hour, and the forecast that counts for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import numpy as np
from sqlalchemy.engine import Connection

from sandan.clock import HOUR_MS, Period, instant, milliseconds
from sandan.energy.engine.vpp.statements import PoolDay, days_between
from sandan.energy.engine.vpp.submissions import DAY_HOURS, forecast_that_counts
from sandan.energy.model.pool import Handed, Member
from sandan.energy.model.rates import SLOT_MS, Floats, Instants
from sandan.energy.model.vpp import Submission
from sandan.energy.records.vpp import handed_between
from sandan.energy.service.outlook import GENERATION
from sandan.energy.service.readings import points_on
from sandan.energy.service.vpp.register import book_in_force
from sandan.store import Store
from sandan.twin.model import Point

AT_ONCE = 500
"""Points asked for at a time."""


def points_of(store: Store, conn: Connection, plants: Sequence[str]) -> dict[str, Point]:
    """The meter of what each plant generates, for those that have one."""
    return points_on(store, conn, set(plants), GENERATION)


def read_steps(
    store: Store,
    conn: Connection,
    plants: Sequence[str],
    period: Period,
    as_of: datetime,
    every: str = "1h",
    step: int = HOUR_MS,
) -> Floats:
    """What each plant made in each step [kWh, plants × steps]; NaN unless all of it was metered."""
    begin, end = milliseconds(period.start), milliseconds(period.end)
    made = np.full((len(plants), -(-(end - begin) // step)), np.nan)
    points = points_of(store, conn, plants)
    row_of = {points[id].number: row for row, id in enumerate(plants) if id in points}
    asked = [points[id] for id in plants if id in points]
    for first in range(0, len(asked), AT_ONCE):
        table = store.historian.roll(asked[first : first + AT_ONCE], period, every, as_of=as_of)
        at = (table["start"].cast("int64").to_numpy() - begin) // step
        rows = np.array([row_of[number] for number in table["point"].to_pylist()], np.int64)
        whole = table["coverage"].fill_null(0).to_numpy() >= 1
        good = whole & (at >= 0) & (at < made.shape[1])
        value = table["value"].to_numpy()
        made[rows[good], at[good]] = np.maximum(value[good], 0)
    return made


def last_quarter(store: Store, conn: Connection, plants: Sequence[str], now: datetime) -> tuple[int, Floats]:
    """The newest quarter-hour of which anything was heard: its start [ms] and each plant's power [kW].

    0 and nothing but NaN when the last hour was silent.
    """
    end = milliseconds(now) // SLOT_MS * SLOT_MS
    period = Period(instant(end - HOUR_MS), instant(end))
    made = read_steps(store, conn, plants, period, now, "15min", SLOT_MS)
    heard = np.flatnonzero(np.isfinite(made).any(axis=0))
    if not len(heard):
        return 0, np.full(len(plants), np.nan)
    return end - HOUR_MS + int(heard[-1]) * SLOT_MS, made[:, heard[-1]] * 4


def pool_days(store: Store, conn: Connection, first: date, last: date, as_of: datetime) -> list[PoolDay]:
    """Every day from `first` to `last` that had a pool; nothing is metered of what is yet to come.

    A day's plants are those of the first forecast handed in for it, else those registered now.
    """
    book = book_in_force(store, conn).body
    handed: dict[date, list[Handed]] = defaultdict(list)
    for sent in handed_between(conn, first, last):
        handed[sent.day].append(sent)
    members = {day: handed[day][0].pool if handed[day] else book.members for day in days_between(first, last)}
    plants = list(dict.fromkeys(one.plant for pool in members.values() for one in pool))
    if not plants:
        return []
    row_of = {id: row for row, id in enumerate(plants)}
    made = read_steps(store, conn, plants, Period(Period.day(first).start, Period.day(last).end), as_of)
    return [
        _day(day, pool, handed[day], made[:, n * DAY_HOURS : (n + 1) * DAY_HOURS], row_of)
        for n, (day, pool) in enumerate(members.items())
        if pool
    ]


def _day(
    day: date, pool: tuple[Member, ...], handed: Sequence[Handed], made: Floats, row_of: Mapping[str, int]
) -> PoolDay:
    rows = [row_of[one.plant] for one in pool]
    told = told_for(day, pool, handed)
    start: Instants = milliseconds(Period.day(day).start) + HOUR_MS * np.arange(DAY_HOURS, dtype=np.int64)
    return PoolDay(day, pool, start, told, made[rows])


def told_for(day: date, pool: Sequence[Member], handed: Sequence[Handed]) -> Floats:
    """The forecast that counts for a day [kWh, plants × 24]."""
    sent = [Submission(one.gate, one.day, milliseconds(one.sent_at), one.energy) for one in handed]
    return forecast_that_counts(sent, [day], len(pool)).energy
