"""Keeping a demo complex's readings: its history at once, then its days as they pass."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pyarrow.compute as pc

from sandan.clock import QUARTER_HOUR, Clock
from sandan.ingest.model import Delivery, Terms
from sandan.ingest.service.pipeline import Pipeline
from sandan.ingest.sources.simulator import OVERLAP, SIMULATOR, catch_up
from sandan.store import Store
from sandan.twin.demo import Behaviour

SIMULATED = Terms(max_age=None)


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
