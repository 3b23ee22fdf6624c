"""The forecasts of the house: what will be metered and what the roofs will give, told each hour.

The median goes to the historian as a sample of the forecast stream, where alarms, plans and charts find it;
the quantiles stay beside it in the registry, for they are no series of their own.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import DAY_MS, QUARTER_HOUR, SEOUL, Period, instant, korean_holidays, midnight, milliseconds
from sandan.energy.engine.forecast import calibrate, predict, solar_from_history, train
from sandan.energy.model.forecast import Calendar, Forecast, History, Method, Model, Singles
from sandan.energy.model.outlook import Gate, Of, Series, Told
from sandan.energy.model.rates import SLOT_HOURS, SLOT_MS
from sandan.energy.model.rights import PLAN
from sandan.energy.records.forecasts import forget_told, last_until, put_told
from sandan.energy.service.readings import ENERGY, MOST
from sandan.store import Store
from sandan.twin.model import Point, Quality, Thing
from sandan.twin.samples import SAMPLES, Stream

SOURCE = "energy.forecast"
GENERATION, BATTERY = "generation_energy", "battery_power"
AHEAD = 192
"""Quarter-hours told each time: what is told at midnight reaches to the end of the next day."""
LEARNED_DAYS, CELLS = 364, 40_000_000
"""Days learned from, fewer where that many series would not fit [values]."""
AGAIN = timedelta(days=2)
"""How far back readings may still come late."""
KEPT = timedelta(days=42)
POINTS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Run:
    """One time of forecasting."""

    until: datetime
    gate: Gate
    told: int
    naive: int
    """Of those, how many had too little history and repeat last week."""
    silent: int
    """Series of which nothing can be told."""


def series_of(store: Store, conn: Connection) -> list[Series]:
    """Every quarter-hour meter and roof, and the meters that have a battery beside them."""
    things = {one.id: one for one in store.things.all(conn, {"meter", "pv", "battery"})}
    powers: dict[str, list[Point]] = {}
    for point in store.points.find(conn, quantity=BATTERY, limit=MOST):
        owner = things[point.thing].tenant if point.thing in things else None
        if owner is not None:
            powers.setdefault(owner, []).append(point)
    found: list[Series] = []
    seen: set[str] = set()
    for point in store.points.find(conn, quantity=ENERGY, limit=MOST):
        thing = things.get(point.thing)
        if thing is None or thing.kind != "meter" or point.interval != QUARTER_HOUR:
            continue
        found.append(Series(point.id, Of.METER, thing, point))
        if thing.tenant in powers and thing.tenant not in seen:
            # A firm with several meters: its batteries are taken to stand behind the first.
            seen.add(thing.tenant)
            found.append(Series(site_series(thing.id), Of.SITE, thing, point, tuple(powers[thing.tenant])))
    for point in store.points.find(conn, quantity=GENERATION, limit=MOST):
        thing = things.get(point.thing)
        if thing is not None and thing.kind == "pv" and point.interval == QUARTER_HOUR:
            found.append(Series(point.id, Of.ROOF, thing, point))
    return found


def site_series(meter: str) -> str:
    """The id of what a meter would measure without its battery."""
    return f"site:{meter}"


def read_values(store: Store, points: Sequence[Point], start: int, end: int, as_of: datetime) -> Singles:
    """Quarter-hours from `start` to `end` [ms] of these points [n, slots]; NaN is missing."""
    single = list({point.number: point for point in points}.values())
    if len(single) < len(points):
        place = {point.number: at for at, point in enumerate(single)}
        return read_values(store, single, start, end, as_of)[[place[point.number] for point in points]]
    values = np.full((len(points), (end - start) // SLOT_MS), np.nan, np.float32)
    if not values.size:
        return values
    period = Period(instant(start), instant(end))
    for first in range(0, len(points), POINTS_AT_ONCE):
        part = points[first : first + POINTS_AT_ONCE]
        table = store.historian.scan(part, period, as_of=as_of)
        row = np.zeros(max((point.number for point in part), default=0) + 1, np.int64)
        row[[point.number for point in part]] = np.arange(first, first + len(part))
        at = table["start"].cast("int64").to_numpy() - start
        good = (at % SLOT_MS == 0) & (table["quality"].to_numpy() != Quality.BAD)
        rows = row[table["point"].to_numpy()[good]]
        values[rows, at[good] // SLOT_MS] = table["value"].to_numpy()[good]
    return values


def _read_batteries(store: Store, series: Sequence[Series], start: int, end: int, as_of: datetime) -> Singles:
    """What batteries gave in each quarter-hour [kWh, series × slots]; 0 for a series without.

    The mean of what a battery said in the quarter-hour, were it once; missing where it said nothing.
    """
    given = np.zeros((len(series), (end - start) // SLOT_MS), np.float32)
    points = [point for one in series for point in one.batteries]
    if not points or not given.size:
        return given
    table = store.historian.roll(points, Period(instant(start), instant(end)), "15min", as_of=as_of)
    slot = (table["start"].cast("int64").to_numpy() - start) // SLOT_MS
    numbers, value = table["point"].to_numpy(), table["value"].to_numpy()
    for at, one in enumerate(series):
        for point in one.batteries:
            mine = (numbers == point.number) & (slot >= 0) & (slot < given.shape[1])
            seen = np.full(given.shape[1], np.nan, np.float32)
            seen[slot[mine]] = value[mine] * SLOT_HOURS
            given[at] += seen
    return given


def read_site(store: Store, one: Series, start: int, end: int, as_of: datetime) -> Singles:
    """What a series was, its battery taken out [kWh, slots]."""
    given = _read_batteries(store, [one], start, end, as_of)[0]
    metered = read_values(store, [one.point], start, end, as_of)[0]
    return np.asarray(metered + given, np.float32)


class Outlook:
    """Forecasts the series of the complex; keeps what it learned, and the readings it learned from.

    One at a time: the job and whoever asks by hand wait for one another.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._series: tuple[Series, ...] = ()
        self._values = np.empty((0, 0), np.float32)
        self._begin = 0
        self._end = 0
        self._model: Model | None = None
        self._learned = -1
        self._tried: datetime | None = None

    def due(self, now: datetime) -> bool:
        """Whether an hour has begun of which nothing has been told, nor could be."""
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        if self._tried is not None and self._tried >= hour:
            return False
        with self._store.registry.read() as conn:
            last = last_until(conn)
        return last is None or last < hour

    def tell(self, now: datetime) -> Run:
        """Forecast every series from the quarter-hour under way, and keep what is told."""
        with self._lock:
            self._tried = now
            return self._tell(now)

    def history(self, now: datetime) -> tuple[tuple[Series, ...], History]:
        """The series and what was measured of them, brought up to `now`."""
        with self._lock:
            return self._series, self._read(now)

    def _tell(self, now: datetime) -> Run:
        history = self._read(now)
        until = history.end
        local = instant(until).astimezone(SEOUL)
        gate = Gate(local.hour) if local.minute == 0 and local.hour in list(Gate) else Gate.HOURLY
        told = [
            one
            for forecast in (self._loads(history, AHEAD), self._roofs(history, AHEAD))
            if forecast is not None
            for one in _told(forecast, gate, now)
        ]
        self._keep(told, instant(until), now)
        naive = sum(one.method is Method.NAIVE for one in told)
        return Run(instant(until), gate, len(told), naive, len(self._series) - len(told))

    def _read(self, now: datetime) -> History:
        """What is kept is read again for the last days only, unless the series have changed."""
        with self._store.registry.read() as conn:
            series = tuple(series_of(self._store, conn))
        end = milliseconds(now) // SLOT_MS * SLOT_MS
        days = min(LEARNED_DAYS, max(35, CELLS // 96 // max(1, len(series))))
        begin = midnight(end) - days * DAY_MS
        changed = [one.id for one in series] != [one.id for one in self._series]
        if changed or not self._begin <= begin <= self._end:
            self._series, self._begin, self._end = series, begin, begin
            self._values = np.empty((len(series), 0), np.float32)
            self._model = None
        again = max(begin, min(self._end, end) - int(AGAIN / QUARTER_HOUR) * SLOT_MS)
        points = [one.point for one in series]
        fresh = read_values(self._store, points, again, end, now)
        fresh += _read_batteries(self._store, series, again, end, now)
        old = self._values[:, (begin - self._begin) // SLOT_MS : (again - self._begin) // SLOT_MS]
        self._values = np.concatenate([old, fresh], axis=1)
        self._begin, self._end = begin, end
        return History(tuple(one.id for one in series), begin, self._values)

    def _loads(self, history: History, horizon: int) -> Forecast | None:
        rows = [at for at, one in enumerate(self._series) if one.of is not Of.ROOF]
        if not rows or np.isnan(history.values[rows]).all():
            return None
        part = rows_of(history, rows)
        model = self._trained(part)
        return predict(model, part, history.end, horizon)

    def _trained(self, history: History) -> Model:
        """The model, learned anew once a day; what its levels have adapted to stays."""
        day = midnight(history.end)
        if self._model is None or self._learned != day:
            calendar = calendar_of(history)
            previous = self._model
            if previous is not None:
                previous = calibrate(previous, history, day - DAY_MS)
            self._model = train(history, calendar, previous=previous)
            self._learned = day
        return self._model

    def _roofs(self, history: History, horizon: int) -> Forecast | None:
        rows = [at for at, one in enumerate(self._series) if one.of is Of.ROOF]
        if not rows:
            return None
        place = place_of([self._series[at].thing for at in rows])
        if place is None:
            return None
        return solar_from_history(rows_of(history, rows), place[0], place[1], history.end, horizon)

    def _keep(self, told: Sequence[Told], until: datetime, now: datetime) -> None:
        by_id = {one.id: one for one in self._series}
        with self._store.registry.write() as conn:
            source = self._store.sources.number(conn, SOURCE, Stream.FORECAST)
            put_told(conn, told)
            forget_told(conn, until, until - KEPT)
        batch = [
            samples(
                by_id[one.series].point.number, until, one.values[:, one.quantiles.index(0.5)], source, now
            )
            for one in told
            if by_id[one.series].of is not Of.SITE
        ]
        if batch:
            self._store.historian.append(pa.concat_tables(batch))


def forecast_now(store: Store, actor: Actor, now: datetime) -> Run:
    """Forecast every series at somebody's wish."""
    actor.require(PLAN)
    return Outlook(store).tell(now)


def samples(number: int, start: datetime, values: Singles, source: int, known_at: datetime) -> pa.Table:
    """Quarter-hours of one point from `start` on as samples; what is not known is left out."""
    known = np.flatnonzero(np.isfinite(values))
    n = len(known)
    columns = (
        np.full(n, number, np.uint32),
        milliseconds(start) + known.astype(np.int64) * SLOT_MS,
        np.full(n, milliseconds(known_at), np.int64),
        np.full(n, source, np.uint16),
        values[known].astype(np.float64).round(4),
        np.zeros(n, np.uint8),
    )
    arrays = [pa.array(column).cast(field.type) for column, field in zip(columns, SAMPLES, strict=True)]
    return pa.table(arrays, schema=SAMPLES)


def rows_of(history: History, rows: Sequence[int]) -> History:
    """Some of the series."""
    return History(tuple(history.series[at] for at in rows), history.start, history.values[list(rows)])


def calendar_of(history: History) -> Calendar:
    """Korea's holidays of the years a history touches, and of the one after."""
    first, last = instant(history.start).year, instant(history.end).year + 1
    return Calendar(frozenset(day for year in range(first, last + 1) for day in korean_holidays(year)))


def place_of(things: Sequence[Thing]) -> tuple[float, float] | None:
    """The middle of these things [latitude, longitude]; a complex is small under the sun."""
    spots = [one.geometry.centroid for one in things if one.geometry is not None]
    if not spots:
        return None
    return float(np.mean([spot.y for spot in spots])), float(np.mean([spot.x for spot in spots]))


def _told(forecast: Forecast, gate: Gate, now: datetime) -> list[Told]:
    """The rows of a forecast that say anything."""
    until = instant(forecast.until)
    return [
        Told(id, until, gate, now, Method(int(forecast.method[at])), forecast.quantiles, forecast.values[at])
        for at, id in enumerate(forecast.series)
        if np.isfinite(forecast.median[at]).any()
    ]
