"""Reading samples: the latest of each point, series with their gaps, a firm's energy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pyarrow as pa

from sandan.access import Actor
from sandan.clock import Period
from sandan.complex.engine.ranges import LENGTHS, choose_every, coarser, floor
from sandan.complex.engine.series import (
    expected_count,
    freshness,
    from_ms,
    grid_of,
    raw_series,
    rolled_series,
    split,
)
from sandan.complex.model import (
    COMPLEX_READ,
    RAW,
    EnergyUse,
    Latest,
    Place,
    Selection,
    Shown,
)
from sandan.complex.service.things import get_places
from sandan.errors import InvalidInput
from sandan.store import Store
from sandan.twin.model import Point
from sandan.twin.tables import quantities
from sandan.words import Text

MOST_TOGETHER = 12
"""How many points one chart or one question may hold."""
MOST_DRAWN = 20_000
"""Values of one series beyond which a chart is refused its finer interval; a download is not."""
ENERGY = "active_energy"


def latest(
    store: Store, actor: Actor, places: Sequence[Place], now: datetime, as_of: datetime | None = None
) -> list[Latest]:
    """The newest sample of each place, in the order given."""
    actor.require(COMPLEX_READ)
    assert all(actor.sees(place.point.tenant) for place in places), "places come from a scoped search"
    if not places:
        return []
    rows = store.historian.latest([place.point for place in places], as_of=as_of)
    starts = rows.column("start").cast(pa.timestamp("ms", tz="UTC")).cast(pa.int64()).to_pylist()
    known = rows.column("known_at").cast(pa.timestamp("ms", tz="UTC")).cast(pa.int64()).to_pylist()
    values, quality = rows.column("value").to_pylist(), rows.column("quality").to_pylist()
    at = {number: row for row, number in enumerate(rows.column("point").to_pylist())}
    found = []
    for place in places:
        row = at.get(place.point.number)
        if row is None:
            found.append(Latest(place, None, None, None, None, freshness(place.point, None, now)))
            continue
        start = from_ms(starts[row])
        fresh = freshness(place.point, start, as_of or now)
        found.append(Latest(place, values[row], start, from_ms(known[row]), quality[row], fresh))
    return found


def read_series(store: Store, actor: Actor, selection: Selection, now: datetime) -> Shown:
    """The selection's series, never more than a chart can hold.

    `every` is `auto`, `raw` or a bucket; one that would give too many values is made coarser, and
    the answer says so.
    """
    places = get_places(store, actor, selection.points)
    check(selection, places)
    until = selection.as_of or now
    every, coarsened = _resolve(selection, [place.point for place in places])
    points = [place.point for place in places]
    numbers = [point.number for point in points]
    if every == RAW and _talkative(store, selection, points):
        every, coarsened = coarser(selection.period, LENGTHS["15min"]), True
    if every == RAW:
        parts = split(store.historian.scan(points, selection.period, as_of=selection.as_of), numbers)
        drawn = [raw_series(place, parts[place.point.number], selection.period, until) for place in places]
        return Shown(selection, every, coarsened, drawn)
    parts = split(store.historian.roll(points, selection.period, every, as_of=selection.as_of), numbers)
    grid = grid_of(selection.period, every, until)
    drawn = [
        rolled_series(place, parts[place.point.number], selection.period, every, grid, until)
        for place in places
    ]
    return Shown(selection, every, coarsened, drawn)


def energy_of(
    store: Store, actor: Actor, places: Sequence[Place], period: Period, every: str, now: datetime
) -> EnergyUse | None:
    """Energy of all meters among `places` over one bucket; None when none of them meters energy.

    What is expected stops at `now`: the rest of the month is not missing, it has not happened.
    """
    actor.require(COMPLEX_READ)
    meters = [place.point for place in places if place.point.quantity == ENERGY]
    assert all(actor.sees(meter.tenant) for meter in meters), "places come from a scoped search"
    if not meters:
        return None
    expected = sum(expected_count(period, meter.interval, now) or 0 for meter in meters)
    end = min(period.end, now)
    if end <= period.start:
        return EnergyUse(period, None, 0, 0, len(meters))
    rows = store.historian.roll(meters, Period(period.start, end), every, across=True)
    if not rows.num_rows:
        return EnergyUse(period, None, 0, expected, len(meters))
    energy = sum(rows.column("value").to_pylist())
    count = sum(rows.column("count").to_pylist())
    return EnergyUse(period, energy, count, expected, len(meters))


def yesterday_and_month(
    store: Store, actor: Actor, places: Sequence[Place], now: datetime
) -> tuple[EnergyUse | None, EnergyUse | None]:
    """What a firm used yesterday and this month so far."""
    today, first = floor(now, "1d"), floor(now, "1mo")
    yesterday = energy_of(store, actor, places, Period(today - timedelta(days=1), today), "1d", now)
    month = energy_of(store, actor, places, Period(first, today + timedelta(days=1)), "1mo", now)
    return yesterday, month


def unit_of(point: Point) -> str:
    """The unit its values are in."""
    return quantities()[point.quantity].unit


def check(selection: Selection, places: Sequence[Place]) -> None:
    """Refuse what no question may ask: too many points, an unknown interval."""
    if len(places) > MOST_TOGETHER:
        raise InvalidInput.because(
            "point",
            Text(f"측정점이 {len(places)}개입니다.", f"{len(places)} points were chosen."),
            Text(f"{MOST_TOGETHER}개까지 고르십시오.", f"choose at most {MOST_TOGETHER}."),
        )
    if selection.every not in ("auto", RAW, *LENGTHS):
        known = ", ".join(("auto", RAW, *LENGTHS))
        raise InvalidInput.because(
            "every",
            Text(
                f"간격 '{selection.every}'을(를) 알 수 없습니다.", f"interval '{selection.every}' is unknown."
            ),
            Text(f"쓸 수 있는 간격: {known}", f"use one of {known}"),
        )


def _talkative(store: Store, selection: Selection, points: Sequence[Point]) -> bool:
    """Whether points that speak when they like said more than can be drawn; asked before reading it."""
    free = [point for point in points if point.interval is None]
    if not free:
        return False
    every = coarser(selection.period, LENGTHS["15min"])
    counts = store.historian.roll(free, selection.period, every, as_of=selection.as_of).column("count")
    said: int = sum(counts.to_pylist())
    return said > MOST_DRAWN


def _resolve(selection: Selection, points: Sequence[Point]) -> tuple[str, bool]:
    """The interval to answer with, and whether it is coarser than the one asked for."""
    period = selection.period
    intervals = [point.interval for point in points]
    if selection.every == "auto" or not points:
        return choose_every(period, intervals), False
    spacings = [interval for interval in intervals if interval is not None]
    if selection.every == RAW:
        if spacings and period.length / min(spacings) > MOST_DRAWN:
            return coarser(period, max(spacings)), True
        return RAW, False
    if period.length / LENGTHS[selection.every] > MOST_DRAWN:
        return coarser(period, LENGTHS[selection.every]), True
    return selection.every, False
