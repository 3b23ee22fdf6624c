"""The watch: judges every committed batch by the rules, and writes down what became abnormal.

It runs beside the ingest, one batch after the other, in a worker thread. What the engine remembers is
derived: a watch that starts looks back at what came since it last wrote, so that a process killed in
between neither loses an alarm nor raises one twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
from sqlalchemy.engine import Connection

from sandan.access import SYSTEM
from sandan.clock import Clock, Period, instant, milliseconds
from sandan.control.engine.alarms.evaluation import Batch, Outcome, evaluate, tick
from sandan.control.engine.alarms.memory import Conditions, Memory, carry_over, new_memory
from sandan.control.engine.alarms.scope import KINDS
from sandan.control.model.alarms import Act, Alarm, Event, RuleKind
from sandan.control.records.alarms import (
    active_alarms,
    due_shelves,
    set_watched,
    watched_until,
)
from sandan.control.service.alarms.batches import batch_of, forecasts_for
from sandan.control.service.alarms.explaining import explain
from sandan.control.service.alarms.layout import Layout, longest_window, read_layout
from sandan.control.service.alarms.steps import Asked, take_steps
from sandan.errors import SandanError
from sandan.store import Fact, Store
from sandan.twin.model import Point

log = logging.getLogger("sandan.control")
TICK = 1.0
"""Seconds between looks at the clock, for delays, silence and windows."""
MARK_EVERY = timedelta(seconds=10)
LOOK_BACK = timedelta(hours=6)
"""How far back a watch that starts looks for what came while nobody watched…"""
STRETCH = timedelta(minutes=10)
"""…and how much of it at once."""
GONE = "gone"
"""Why an alarm returned whose rule or point is no more; pages say it in words."""


class Watch:
    """Judges what was committed. `follow` belongs to the event loop, the rest to one worker thread."""

    def __init__(self, store: Store, layout: Layout, told: Callable[[], None]) -> None:
        self.layout = layout
        self.memory: Memory = new_memory(layout.pairs)
        self._store, self._told = store, told
        self._waiting: list[pa.Table] = []
        self._bell = asyncio.Event()
        self._owed: list[Asked] = []
        self._facts: list[Fact] = []
        self._marked: datetime | None = None
        self._next: Layout | None = None

    def follow(self, batch: pa.Table) -> None:
        """Hear of a committed batch (schema `twin.samples.SAMPLES`)."""
        self._waiting.append(batch)
        self._bell.set()

    async def run(self, clock: Clock) -> None:
        """Judge what comes, as it comes, and the clock each second; until cancelled.

        The thread is its own: an alarm waits for nobody's plan or report to be computed.
        """
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, "alarms") as thread:
            while True:
                try:
                    async with asyncio.timeout(TICK):
                        await self._bell.wait()
                except TimeoutError:
                    pass
                self._bell.clear()
                batches, self._waiting = self._waiting, []
                try:
                    if await loop.run_in_executor(thread, self.judge, batches, clock.now()):
                        self._told()
                except SandanError:
                    log.exception("what was judged could not be written; it will be tried again")

    def judge(self, batches: Sequence[pa.Table], now: datetime) -> int:
        """Judge batches and the clock, write what came of it; how many alarms changed.

        What cannot be written stays owed and goes first the next time.
        """
        if self._next is not None:
            self._take_over(self._next)
            self._next = None
        for batch in batches:
            self._owe(evaluate(self.layout.pairs, self.memory, self._batch_of(batch, now)))
        self._owe(tick(self.layout.pairs, self.memory, milliseconds(now)))
        return self._write(now)

    def renew(self, layout: Layout) -> None:
        """Go by a changed table of rules or registry from the next look on."""
        self._next = layout
        self._bell.set()

    def _take_over(self, layout: Layout) -> None:
        """Keep what is known of the pairs that stay; alarms that lost their rule return."""
        self.memory, gone = carry_over(self.layout.pairs, self.memory, layout.pairs)
        self.layout = layout
        self._owed += [(id, Event(Act.RETURN, reason=GONE)) for id in gone]

    def look_back(self, now: datetime) -> None:
        """Take up where the last watch was: fill windows, then judge what came in between.

        While nobody listened nobody was silent: a restart is no reason for an alarm from every point.
        """
        self.memory.listening = milliseconds(now)
        with self._store.registry.read() as conn:
            since = watched_until(conn)
            active = active_alarms(conn)
        points, historian = self.layout.pairs.points, self._store.historian
        start = now if since is None else max(since, now - LOOK_BACK)
        if points:
            windowed = self._windowed()
            for batch in self._stretches(windowed, start - longest_window(self.layout), start, now):
                evaluate(self.layout.pairs, self.memory, batch)
            newest = historian.latest(list(points), as_of=start if since is not None else None)
            evaluate(self.layout.pairs, self.memory, self._batch_of(newest, now))
        self._stand(active)
        if since is not None:
            for batch in self._stretches(list(points), start, now + STRETCH, now):
                self._owe(evaluate(self.layout.pairs, self.memory, batch))
        self._write(now)

    def _stand(self, active: Sequence[Alarm]) -> None:
        """Put the conditions as they were told, whatever the filling brought."""
        number = self.layout.number_of
        self.memory.conditions = conditions = Conditions.none(len(self.layout.pairs))
        for alarm in active:
            pair = number.get(alarm.id)
            if pair is None:
                self._owed.append((alarm.id, Event(Act.RETURN, reason=GONE)))
                continue
            conditions.told[pair] = conditions.on[pair] = True
            conditions.since[pair] = conditions.seen[pair] = milliseconds(alarm.raised) if alarm.raised else 0
            conditions.value[pair] = np.nan if alarm.value is None else alarm.value

    def _windowed(self) -> list[Point]:
        pairs = self.layout.pairs
        return [pairs.points[int(i)] for i in np.unique(pairs.channels.point)]

    def _stretches(
        self, points: Sequence[Point], start: datetime, end: datetime, now: datetime
    ) -> Iterator[Batch]:
        while points and start < end:
            stop = min(start + STRETCH, end)
            yield self._batch_of(self._store.historian.scan(points, Period(start, stop)), now)
            start = stop

    def _batch_of(self, samples: pa.Table, now: datetime) -> Batch:
        pairs = self.layout.pairs
        asked = np.unique(pairs.point[pairs.kind == KINDS.index(RuleKind.FORECAST)])
        points = [pairs.points[int(i)] for i in asked]
        expected = forecasts_for(self._store, points, samples)
        return batch_of(samples, self.layout.place, milliseconds(now), expected)

    def _owe(self, outcome: Outcome) -> None:
        pairs, changes = self.layout.pairs, outcome.changes
        for i in range(len(changes)):
            self._owed.append(
                (
                    pairs.id(int(changes.pair[i])),
                    Event(
                        Act.RAISE if changes.on[i] else Act.RETURN,
                        began=instant(int(changes.at[i])),
                        value=_finite(float(changes.value[i])),
                        late=bool(changes.late[i]),
                    ),
                )
            )
        self._revisit(outcome)

    def _revisit(self, outcome: Outcome) -> None:
        """What late data says of the past: an alarm that was missed, or one that should not have been."""
        pairs, late, conditions = self.layout.pairs, outcome.late, self.memory.conditions
        different = np.flatnonzero(late.was != late.is_)
        seen: set[tuple[int, bool]] = set()
        for i in different.tolist():
            pair, now_abnormal = int(late.pair[i]), bool(late.is_[i])
            standing = conditions.told[pair] and late.at[i] >= conditions.since[pair]
            if (pair, now_abnormal) in seen or standing:
                continue
            seen.add((pair, now_abnormal))
            id, at = pairs.id(pair), instant(int(late.at[i]))
            value = _finite(float(late.after[i]))
            if now_abnormal:
                self._owed.append((id, Event(Act.FIND, began=at, value=value, late=True)))
            else:
                before = _finite(float(late.before[i]))
                payload = {"began": at.isoformat(), "before": before, "after": value}
                tenant = self.layout.point_of(pair).tenant
                self._facts.append(Fact("AlarmRevisited", id, payload, tenant))

    def _write(self, now: datetime) -> int:
        with self._store.registry.read() as conn:
            shelves = due_shelves(conn, now)
        asked = [(id, Event(Act.EXPIRE)) for id in shelves] + self._owed
        mark = self._marked is None or now - self._marked >= MARK_EVERY
        if not asked and not self._facts and not mark:
            return 0
        with self._store.registry.write() as conn:
            done = self._commit(conn, asked, now)
        self._owed, self._facts, self._marked = [], [], now
        return done

    def _commit(self, conn: Connection, asked: Sequence[Asked], now: datetime) -> int:
        steps = take_steps(self._store, conn, asked, SYSTEM, now, make=self.layout.make)
        explained = explain(conn, self.layout, (step.alarm for step in steps.done))
        take_steps(self._store, conn, explained, SYSTEM, now)
        self._store.events.extend(conn, self._facts, actor=SYSTEM, at=now)
        set_watched(conn, now)
        return len(steps.done) + len(self._facts)


def open_watch(store: Store, now: datetime, told: Callable[[], None]) -> Watch:
    """A watch that has caught up with what came while nobody watched."""
    watch = Watch(store, read_layout(store, now), told)
    watch.look_back(now)
    return watch


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
