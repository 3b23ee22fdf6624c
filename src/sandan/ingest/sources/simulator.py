"""The demo complex as a source: its gateways' readings, second by second.

After a pause (or at the first start) it catches up first: quarter-hours from where it stopped, and
of the fast points the last half hour, which is all that live screens look at; only of the few stations
that are judged by their past (a day's dust, the half-hours of a stack) as much as that takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from functools import lru_cache

import pyarrow as pa

from sandan.clock import QUARTER_HOUR, Clock, Period
from sandan.ingest.model import Delivery
from sandan.twin.demo import Behaviour, DemoParams, behave, generate

SIMULATOR = "simulator"
RECENT = timedelta(minutes=30)
QUARTER_MS = QUARTER_HOUR // timedelta(milliseconds=1)
LONGER = {
    "air_station": timedelta(days=4),
    "odour_station": timedelta(days=2),
    "weather_station": timedelta(days=2),
    "stack": timedelta(days=1),
}
"""How far back the fast points of a kind go: three days of hours and the day before for its means."""
SPARSE = {"battery": timedelta(days=8)}
"""How far back a kind is told once in a quarter-hour only: a week tells how a battery is run."""
OVERLAP = timedelta(minutes=20)
"""How far before the newest reading catching up begins: the slowest gateways were still sending."""


@lru_cache(maxsize=1)
def simulated(params: DemoParams) -> Behaviour:
    """The complex these parameters describe, in motion; kept, since a large one takes a while."""
    return behave(generate(params))


def catch_up(behaviour: Behaviour, since: datetime, now: datetime) -> Iterator[pa.Table]:
    """What the gateways sent from `since` until `now`, in chunks."""
    intervals = {point.interval for point in behaviour.complex.points if point.interval is not None}
    slow = {interval for interval in intervals if interval >= QUARTER_HOUR}
    if since >= now:
        return
    yield from behaviour.readings(Period(since, now), intervals=slow, arrived_by=now)
    kinds = {thing.id: thing.kind for thing in behaviour.complex.things}
    reaches: dict[timedelta, set[str]] = {}
    for point in behaviour.complex.points:
        reaches.setdefault(LONGER.get(kinds[point.thing], RECENT), set()).add(point.id)
    for reach, points in sorted(reaches.items(), reverse=True):
        recent = max(since, now - reach)
        yield from behaviour.readings(
            Period(recent, now), points=points, intervals=intervals - slow, arrived_by=now
        )
    for kind, reach in SPARSE.items():
        points = {point.id for point in behaviour.complex.points if kinds[point.thing] == kind}
        begin, end = max(since, now - reach), now - RECENT
        if points and begin < end:
            for chunk in behaviour.readings(
                Period(begin, end), points=points, intervals=intervals - slow, arrived_by=now
            ):
                start = chunk["start"].cast(pa.int64()).to_numpy()
                if (whole := start % QUARTER_MS == 0).any():
                    yield chunk.filter(pa.array(whole))


class SimulatorSource:
    """Delivers what the demo complex would have sent, at the pace of the clock."""

    def __init__(self, behaviour: Behaviour, clock: Clock, since: datetime) -> None:
        self._behaviour = behaviour
        self._clock = clock
        self._since = since

    @property
    def id(self) -> str:
        return SIMULATOR

    async def deliveries(self) -> AsyncIterator[Delivery]:
        previous = self._clock.now()
        chunks = catch_up(self._behaviour, self._since, previous)
        while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
            yield Delivery(chunk, self._clock.now())
        while True:
            now = self._clock.now()
            readings = await asyncio.to_thread(self._behaviour.tick, previous, now)
            previous = now
            if readings.num_rows:
                yield Delivery(readings, now)
            await asyncio.sleep(1.0)

    async def close(self) -> None:
        """Nothing is open."""
