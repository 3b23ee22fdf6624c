"""Keeping a demo complex's readings: its history at once, its days as they pass, and its weather to come."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandan.clock import QUARTER_HOUR, Clock, Window
from sandan.ingest.model import Delivery, Terms
from sandan.ingest.service.pipeline import Pipeline
from sandan.ingest.sources.simulator import OVERLAP, SIMULATOR, catch_up
from sandan.store import Store
from sandan.twin.demo import Behaviour
from sandan.twin.samples import SAMPLES, Stream

SIMULATED = Terms(max_age=None)
MINUTE = timedelta(minutes=1)
FORETOLD = timedelta(hours=48)
SUMMED = ("precipitation",)
FORETOLD_OF = ("wind_speed", *SUMMED)
HOUR = timedelta(hours=1)
DRIFT = 0.01
"""Share by which a forecast of an hour ahead is off, and so much more with each hour."""


def resume_from(store: Store, behaviour: Behaviour, earliest: datetime) -> datetime:
    """Where the simulation stopped last, not before `earliest`."""
    with store.registry.read() as conn:
        points = [p for p in store.points.all(conn) if p.simulated and p.interval == QUARTER_HOUR]
    newest = pc.max(store.historian.latest(points)["start"]).as_py() if points else None
    if newest is None:
        return earliest
    resumed: datetime = max(earliest, newest.astimezone(UTC) - OVERLAP)
    return resumed


async def backfill(
    store: Store,
    behaviour: Behaviour,
    earliest: datetime,
    clock: Clock,
    progress: Callable[[datetime], None],
) -> None:
    """Keep what the complex would have sent until now, through the same checks as everything.

    `progress` hears how far in time the readings have come.
    """
    now = clock.now()
    since = resume_from(store, behaviour, earliest)
    async with Pipeline(store, clock) as pipeline:
        for chunk in catch_up(behaviour, since, now):
            await pipeline.submit(SIMULATOR, Delivery(chunk, now), kind=SIMULATOR, terms=SIMULATED)
            progress(pc.max(chunk["start"]).as_py() + timedelta(seconds=1))


def foretell_weather(store: Store, behaviour: Behaviour, now: datetime) -> None:
    """Keep a forecast of the demo's wind and rain, hour by hour: its own future, off the more the farther.

    What has been foretold before stays; the newer counts.
    """
    with store.registry.write() as conn:
        stations = {one.id for one in store.things.all(conn, ["weather_station"]) if one.simulated}
        points = [
            point
            for point in store.points.all(conn)
            if point.simulated and point.thing in stations and point.quantity in FORETOLD_OF
        ]
        source = store.sources.number(conn, SIMULATOR, Stream.FORECAST)
    first = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    hours, minutes = FORETOLD // HOUR, HOUR // MINUTE
    window = Window(first, MINUTE, hours * minutes)
    rows = []
    for at, point in enumerate(points):
        values = behaviour.at(window, [point.id])[:, 0].reshape(hours, minutes)
        seen = np.isfinite(values).sum(axis=1)
        mean = np.nansum(values, axis=1) / np.maximum(seen, 1)
        whole = HOUR / (point.interval or MINUTE) if point.quantity in SUMMED else 1.0
        off = 1 + DRIFT * np.arange(hours) * math.sin(at + first.timetuple().tm_yday)
        rows += [
            (point.number, first + n * HOUR, now, source, round(float(mean[n] * whole * off[n]), 2), 0)
            for n in np.flatnonzero(seen).tolist()  # a gateway that will be dead says nothing of its hours
        ]
    if rows:
        columns = zip(*rows, strict=True)
        store.historian.append(
            pa.table(
                {f.name: pa.array(c, f.type) for f, c in zip(SAMPLES, columns, strict=True)}, schema=SAMPLES
            )
        )
