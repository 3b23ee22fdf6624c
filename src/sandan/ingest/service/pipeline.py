"""The pipeline: any number of sources in, one commit at a time, acknowledgement after it.

While one commit is written the next one gathers, so the more there is to do the larger the commits
and the cheaper each sample. The store being away (a full disk, a lost server) stops everything but
loses nothing: the same commit is tried again, and meanwhile nobody is told that anything was kept.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self, TypeVar

import pyarrow as pa

from sandan.clock import Clock
from sandan.errors import InvalidInput, SandanError, Unavailable
from sandan.ingest.model import Delivery, Receipt, Source, Terms
from sandan.ingest.service.committer import Committer, Prepared, at, rounds
from sandan.ingest.service.intake import Intake, Outcome, Waiting
from sandan.ingest.service.statistics import Health, Meter, SourceStatus
from sandan.ingest.service.steady import SteadyClock
from sandan.store import Store
from sandan.twin.samples import READINGS
from sandan.words import Text

Answer = TypeVar("Answer")
log = logging.getLogger("sandan.ingest")

STOPPING = Text("Sandan을 멈추는 중입니다. 다시 보내십시오.", "Sandan is stopping; send it again.")
RELOAD = timedelta(seconds=2)
LONGEST_WAIT = 30.0
"""Seconds between attempts, at most, while the store or a source is away."""


@dataclass(frozen=True, slots=True)
class PipelineParams:
    """How much is committed at once, how long it gathers, how much of one source may wait."""

    rows: int = 50_000
    linger: float = 0.08
    room: int = 100_000
    alone: bool = True
    """No other process writes to this historian; otherwise every reading is looked up."""


@dataclass(frozen=True, slots=True)
class StalePoint:
    """A point that has been silent for more than three of its intervals."""

    point: str
    number: int
    newest: datetime


class Pipeline:
    """Takes deliveries, commits, acknowledges; an async context manager."""

    def __init__(self, store: Store, clock: Clock, params: PipelineParams | None = None) -> None:
        self._params = params or PipelineParams()
        self._store = store
        self.clock = SteadyClock(clock)
        self._committer = Committer(store, alone=self._params.alone)
        self._intake = Intake(self._params.room)
        self._meters: dict[str, Meter] = {}
        self._sources: dict[str, tuple[Source, asyncio.Task[None]]] = {}
        self._listeners: list[Callable[[pa.Table], None]] = []
        self._writer: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._reloaded: datetime | None = None
        self.blocked: Text | None = None
        """Why nothing can be kept at the moment; shown on the page."""

    async def __aenter__(self) -> Self:
        last = await asyncio.to_thread(self._committer.hydrate, self.clock.now())
        if last is not None:
            self.clock.not_before(last)
        self._writer = asyncio.create_task(self._write(), name="ingest commit")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop the sources, commit what waits, refuse what cannot be committed."""
        self._stopping.set()
        for id in list(self._sources):
            await self.remove(id)
        await self._intake.close()
        if self._writer is not None:
            await self._writer
        for item in self._intake.empty():
            await self._refuse(item)

    def add(self, source: Source, *, kind: str = "", terms: Terms | None = None) -> None:
        """Start taking deliveries from a source."""
        if source.id in self._sources and not self._sources[source.id][1].done():
            raise InvalidInput.because(
                "source",
                Text(f"'{source.id}' 연결이 이미 있습니다.", f"there is a source '{source.id}' already."),
                Text("다른 이름을 쓰십시오.", "give it another name."),
            )
        terms = terms or Terms()
        self._meter(source.id, kind, terms)
        task = asyncio.create_task(self._run(source, terms), name=f"ingest {source.id}")
        self._sources[source.id] = (source, task)

    def refuse_source(self, id: str, kind: str, terms: Terms, problem: Text) -> None:
        """Show a source that cannot be started, and why."""
        if self._meter(id, kind, terms).turn(Health.DOWN, self.clock.now(), problem):
            log.warning("source %s cannot be started: %s", id, problem.en)

    async def remove(self, id: str) -> None:
        """Stop a source; what it has delivered is still committed."""
        if id not in self._sources:
            self._meters.pop(id, None)
            return
        source, task = self._sources.pop(id)
        self._meters[id].turn(Health.ENDED, self.clock.now())
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await source.close()

    async def finished(self, id: str) -> None:
        """Wait until a source has ended by itself (a file, a replay) and all of it is committed."""
        await self._sources[id][1]
        while self._meters[id].in_flight:
            await asyncio.sleep(0.01)

    async def submit(
        self, source: str, delivery: Delivery, *, kind: str = "", terms: Terms | None = None
    ) -> Outcome:
        """Take one delivery and wait until it is kept; what HTTP does."""
        terms = terms or Terms()
        if self._stopping.is_set():
            raise Unavailable(STOPPING)
        meter = self._meter(source, kind, terms)
        meter.turn(Health.UP, self.clock.now())
        done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        await self._put(Waiting(source, terms, delivery, done))
        return await done

    def on_commit(self, listener: Callable[[pa.Table], None]) -> Callable[[], None]:
        """Hear of every committed batch of what happened [SAMPLES], in the event loop; gives how to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def statistics(self) -> tuple[SourceStatus, ...]:
        """Every source heard since the start, in order of id."""
        now = self.clock.now()
        return tuple(self._meters[id].status(now) for id in sorted(self._meters))

    def stale(self, now: datetime) -> list[StalePoint]:
        """Points that have spoken before and are silent now, longest silent first."""
        numbers, newest = self._committer.stale(now)
        ids = self._committer.catalogue.ids
        found = [StalePoint(ids[n], int(n), at(int(last))) for n, last in zip(numbers, newest, strict=True)]
        return sorted(found, key=lambda point: (point.newest, point.number))

    async def reload(self) -> None:
        """Look at points and bindings again, now."""
        await asyncio.to_thread(self._committer.reload, force=True)

    async def _run(self, source: Source, terms: Terms) -> None:
        """Hand a source's deliveries to the waiting room, and start it again when it fails."""
        meter, wait = self._meters[source.id], 0.5
        while not self._stopping.is_set():
            try:
                async for delivery in source.deliveries():
                    if meter.turn(Health.UP, self.clock.now()):
                        log.info("source %s is there", source.id)
                    wait = 0.5
                    await self._put(Waiting(source.id, terms, delivery))
            except SandanError as error:
                problem = error.text
            except Exception as error:  # a source is somebody else's code and somebody else's network
                log.debug("source %s", source.id, exc_info=True)
                problem = Text(f"{type(error).__name__}: {error}", f"{type(error).__name__}: {error}")
            else:
                meter.turn(Health.ENDED, self.clock.now())
                return
            if meter.turn(Health.DOWN, self.clock.now(), problem):
                log.warning("source %s is away: %s", source.id, problem.en)
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def _put(self, item: Waiting) -> None:
        readings = item.delivery.readings
        if readings.schema != READINGS:
            raise InvalidInput.because(
                "readings",
                Text("열의 이름이나 형식이 다릅니다.", "columns or their types differ from READINGS."),
                Text("READINGS 스키마로 보내십시오.", "deliver the READINGS schema."),
            )
        meter = self._meters[item.source]
        meter.last_seen = item.delivery.received_at
        if readings.num_rows == 0 and not (
            item.delivery.unreadable or item.delivery.silent or item.delivery.gaps
        ):
            await item.delivery.acknowledge()
            if item.done is not None:
                item.done.set_result(Outcome(Receipt(), b""))
            return
        meter.in_flight += item.rows
        try:
            await self._intake.put(item)
        except asyncio.CancelledError:
            meter.in_flight -= item.rows
            raise

    async def _write(self) -> None:
        while items := await self._intake.take(self._params.rows, self._params.linger):
            for batch in rounds(items):
                if not await self._commit(batch):
                    for item in batch:
                        await self._refuse(item)

    async def _commit(self, batch: Sequence[Waiting]) -> bool:
        """Check, keep, tell, acknowledge; False when Sandan stops before it could be kept."""
        await self._look_again()
        prepared = await self._insist(lambda: self._committer.prepare(batch, self.clock.now()))
        if prepared is None:
            return False
        if await self._insist(lambda: self._keep(prepared)) is None:
            return False
        now = self.clock.now()
        if prepared.actual.num_rows:
            for listener in self._listeners:
                try:
                    listener(prepared.actual)
                except Exception:  # what is committed is committed, whatever a listener makes of it
                    log.exception("a listener failed on a committed batch")
        for item, outcome in zip(batch, prepared.outcomes, strict=True):
            await self._acknowledge(item, outcome, now)
        return True

    def _keep(self, prepared: Prepared) -> bool:
        self._committer.keep(prepared, self.clock.now())
        return True

    async def _insist(self, work: Callable[[], Answer]) -> Answer | None:
        """Do it in a worker thread until it succeeds; None when Sandan stops meanwhile."""
        wait = 0.25
        while True:
            try:
                answer = await asyncio.to_thread(work)
            except SandanError as error:
                problem = error.text
            except Exception as error:  # whatever fails, unacknowledged readings must not be dropped
                log.exception("a commit failed")
                problem = Text(f"{type(error).__name__}: {error}", f"{type(error).__name__}: {error}")
            else:
                if self.blocked is not None:
                    log.warning("readings are kept again")
                    self.blocked = None
                return answer
            if self.blocked is None:
                log.warning("nothing can be kept at the moment: %s", problem.en)
            self.blocked = problem
            try:
                async with asyncio.timeout(wait):
                    await self._stopping.wait()
            except TimeoutError:
                wait = min(wait * 2, LONGEST_WAIT)
            else:
                return None

    async def _look_again(self) -> None:
        """See whether the points have changed, now and then."""
        now = self.clock.now()
        if self._reloaded is None or now - self._reloaded >= RELOAD:
            self._reloaded = now
            await self._insist(self._committer.reload)

    async def _acknowledge(self, item: Waiting, outcome: Outcome, now: datetime) -> None:
        meter = self._meters[item.source]
        meter.in_flight -= item.rows
        meter.committed(outcome.receipt, item.delivery, now)
        if item.done is not None and not item.done.done():
            item.done.set_result(outcome)
        try:
            await item.delivery.acknowledge()
        except Exception:  # the sender will send it again, and it will be found to be a duplicate
            log.debug("could not acknowledge to %s", item.source, exc_info=True)

    async def _refuse(self, item: Waiting) -> None:
        self._meters[item.source].in_flight -= item.rows
        if item.done is not None and not item.done.done():
            item.done.set_exception(Unavailable(STOPPING))
        try:
            await item.delivery.refuse(STOPPING)
        except Exception:  # it was not acknowledged, which is what counts
            log.debug("could not refuse to %s", item.source, exc_info=True)

    def _meter(self, source: str, kind: str, terms: Terms) -> Meter:
        meter = self._meters.get(source)
        if meter is None:
            meter = self._meters[source] = Meter(source, kind, terms.tenant, self.clock.now())
        return meter
