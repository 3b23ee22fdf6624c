"""How far the pool's forecasts were off: a day hour by hour, and months against the market's own test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL
from sandan.energy.engine.months import first_day, month_of, moved
from sandan.energy.engine.vpp import monthly_errors, registration, registration_rule
from sandan.energy.engine.vpp.statements import PoolDay, hour_lines, judge_day
from sandan.energy.model.pool import Handed, HourLine, PoolBook
from sandan.energy.model.vpp import Deviations, MonthlyError, RegistrationRule, Standing
from sandan.energy.records.vpp import first_handed, handed_between
from sandan.energy.service.vpp.hours import pool_days
from sandan.energy.service.vpp.register import book_in_force, require_staff
from sandan.store import Store

MONTHS_BACK = 3
"""As many as the test looks at, and the one under way."""


@dataclass(frozen=True, slots=True)
class DayView:
    """A day of the pool."""

    day: date
    hours: Sequence[HourLine]
    plants: int
    capacity: float
    """[kW]."""
    bands: str
    """Version; "" on a day without bands."""
    handed: Sequence[Handed]
    error: float
    """Mean over the hours that count [%]; NaN without any."""
    payable: bool
    """Whether won can be told: how fractions are rounded is known."""
    simulated: bool

    @property
    def won(self) -> int:
        return sum(one.won for one in self.hours)


@dataclass(frozen=True, slots=True)
class Record:
    """Month by month, and where the pool would stand."""

    months: Sequence[MonthlyError]
    standings: Sequence[Standing]
    rule: RegistrationRule
    since: date | None
    """The first day judged."""
    days: int
    untold: int
    """Days without a forecast at both gates."""
    daily: Sequence[tuple[date, float]] = ()
    """Mean error of each day over the hours that count [%]; NaN without any."""


def day_view(store: Store, conn: Connection, day: date, now: datetime) -> DayView | None:
    """A day as far as it is known; None without a pool."""
    book = book_in_force(store, conn).body
    found = pool_days(store, conn, day, day, now)
    if not found:
        return None
    roofs = {one.id for one in store.things.all(conn, {"pv"}) if one.simulated}
    invented = book.simulated or any(one.plant in roofs for one in found[0].members)
    return _view(found[0], book, handed_between(conn, day, day), invented)


def deviation(store: Store, actor: Actor, day: date, now: datetime) -> tuple[DayView | None, Record]:
    """A day, and the months up to yesterday."""
    require_staff(actor)
    with store.registry.read() as conn:
        return day_view(store, conn, day, now), record_of(store, conn, now)


def record_of(store: Store, conn: Connection, now: datetime) -> Record:
    """The mean errors of this month and those before it that the test looks at."""
    today = now.astimezone(SEOUL).date()
    rule = registration_rule(today)
    begun = first_handed(conn)
    last = today - timedelta(days=1)
    if begun is None or begun > last:
        return Record((), (), rule, None, 0, 0)
    first = max(begun, first_day(moved(month_of(now), -MONTHS_BACK)))
    book = book_in_force(store, conn).body
    days = pool_days(store, conn, first, last, now)
    judged = [(one, found) for one in days if (found := _judge(one, book)) is not None]
    months: Sequence[MonthlyError] = ()
    if judged:
        start = np.concatenate([one.start for one, _ in judged])
        months = monthly_errors(start, _joined([found for _, found in judged]))
    untold = sum(bool(np.isnan(one.told).all()) for one in days)
    daily = [(one.day, _mean(found)) for one, found in judged]
    return Record(months, registration(months, rule), rule, first, len(days), untold, daily)


def _judge(one: PoolDay, book: PoolBook) -> Deviations | None:
    judged = judge_day(one, book.area, book.bands, book.rounding or "truncate")
    return None if judged is None else judged.pool


def _view(one: PoolDay, book: PoolBook, handed: Sequence[Handed], simulated: bool) -> DayView:
    judged = judge_day(one, book.area, book.bands, book.rounding or "truncate")
    pool = None if judged is None else judged.pool
    error = float("nan") if pool is None else _mean(pool)
    return DayView(
        one.day,
        hour_lines(one, pool),
        len(one.members),
        sum(member.capacity for member in one.members),
        judged.version[0] if judged is not None else "",
        handed,
        error,
        book.rounding is not None,
        simulated,
    )


def _mean(judged: Deviations) -> float:
    return float(judged.error[judged.counted].mean()) if judged.counted.any() else float("nan")


def _joined(parts: Sequence[Deviations]) -> Deviations:
    return Deviations(
        np.concatenate([one.error for one in parts]),
        np.concatenate([one.counted for one in parts]),
        np.concatenate([one.outcome for one in parts]),
        np.concatenate([one.price for one in parts]),
        np.concatenate([one.won for one in parts]),
    )
