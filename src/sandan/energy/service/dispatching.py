"""The dispatcher: looks every few seconds at what each armed device should do, and tells it by heartbeats.

It runs beside the planner, not after it: a plan that takes long must not cost a heartbeat. When it dies, what
it told dies with it, for every order ends by itself. Each beat is claimed in the registry first, so that two
processes never speak for one device at once, and a device that was disarmed meanwhile is not told.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from sandan.access import SYSTEM
from sandan.clock import Clock, milliseconds
from sandan.domain import House, beside, forever
from sandan.energy.engine.dispatch import decide, keep_feeder
from sandan.energy.model.dispatch import (
    DELIBERATE,
    Answer,
    Device,
    Measured,
    Order,
    Sent,
    Silence,
    Standing,
    Stop,
)
from sandan.energy.model.rates import SLOT_MS
from sandan.energy.records import dispatch as records
from sandan.energy.service.outlets import Outlet, build_outlet
from sandan.energy.service.states import FeederWatch, look_at
from sandan.errors import InvalidInput, SandanError
from sandan.store import Store
from sandan.words import Text

log = logging.getLogger(__name__)
LOOK_EVERY = 5.0
"""Seconds between looks."""
SETTLES = 15.0
"""Seconds given to a house that has just opened."""
PATIENCE = 10.0
"""Seconds a device may take, so that it does not cost the others their heartbeats."""
KEPT = timedelta(days=42)
STEP = 0.02
"""Share of its power by which an order must change to be told before the next heartbeat."""


@dataclass(frozen=True, slots=True)
class Job:
    """An order about to be sent."""

    device: Device
    order: Order
    measured: Measured
    last: Order | None
    """What the device last took."""
    standing: Standing


@dataclass(frozen=True, slots=True)
class Look:
    """One look at an armed device: what was decided, and what it was told before."""

    device: Device
    decision: Order | Silence
    measured: Measured
    last: Order | None
    due: datetime
    standing: Standing


class Dispatcher:
    """Tells armed devices what to do; one for a process."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._outlets: dict[str, tuple[int, Outlet]] = {}
        self._renewed: dict[str, int] = {}
        self._feeders = FeederWatch(store)
        self._swept: datetime | None = None
        self._failed = ""

    async def run(self) -> None:
        """Until cancelled."""
        await asyncio.sleep(SETTLES)
        await forever(self._guarded, LOOK_EVERY)

    async def beat(self) -> int:
        """One look at every armed device; how many were told something."""
        jobs = await asyncio.to_thread(self._take, self._clock.now())
        if jobs:
            answers = await asyncio.gather(*(self._send(job) for job in jobs))
            await asyncio.to_thread(self._keep, jobs, answers, self._clock.now())
        return len(jobs)

    async def _guarded(self) -> None:
        try:
            await self.beat()
            if self._failed:
                log.info("set-points go out again")
            self._failed = ""
        except (SandanError, OSError, RuntimeError, ValueError) as error:
            if str(error) != self._failed:
                log.warning("set-points could not go out: %s", error)
            self._failed = str(error)

    def _take(self, now: datetime) -> list[Job]:
        """Decide for every armed device, say why others are silent, and claim the beats that are due."""
        with self._store.registry.read() as conn:
            devices = records.devices(conn, armed=True)
            if not devices:
                return []
        self._sweep(now)
        with self._store.registry.read() as conn:
            looks = self._look(conn, devices, now)
        due = [look for look in looks if isinstance(look.decision, Order) and _due(look, look.decision, now)]
        silent = [look for look in looks if isinstance(look.decision, Silence) and _new(look)]
        jobs: list[Job] = []
        if not due and not silent:
            return jobs
        with self._store.registry.write() as conn:
            for look in silent:
                assert isinstance(look.decision, Silence)
                self._stand(conn, look.device, look.standing, look.decision.stop, look.decision.said, now)
            for look in due:
                again = now + timedelta(milliseconds=look.device.beat)
                if records.claim_beat(conn, look.device.id, look.due, look.device.version, again):
                    assert isinstance(look.decision, Order)
                    jobs.append(Job(look.device, look.decision, look.measured, look.last, look.standing))
        return jobs

    def _look(self, conn: Connection, devices: Sequence[Device], now: datetime) -> list[Look]:
        seen = look_at(self._store, conn, devices, now)
        overrides = records.overrides_in_force(conn, now)
        standings, due = records.standings(conn), records.due_since(conn)
        looks: list[Look] = []
        on_feeder: dict[str, list[int]] = {}
        for one in devices:
            known = seen[one.id]
            sent = records.last_sent(conn, one.id, taken=True)
            last = None if sent is None else sent.order
            decision = decide(
                one, known.planned, overrides.get(one.id), known.measured, last, milliseconds(now)
            )
            if isinstance(decision, Order):
                feeder = self._feeders.of(conn, known.meter, now)
                if feeder is not None:
                    on_feeder.setdefault(feeder, []).append(len(looks))
            looks.append(Look(one, decision, known.measured, last, due[one.id], standings[one.id]))
        return self._kept_within(looks, on_feeder, now)

    def _kept_within(
        self, looks: list[Look], on_feeder: Mapping[str, Sequence[int]], now: datetime
    ) -> list[Look]:
        """The same with what feeders do not carry taken away."""
        for feeder, rows in on_feeder.items():
            orders = [(looks[row].decision, looks[row].measured) for row in rows]
            pairs = [(order, state) for order, state in orders if isinstance(order, Order)]
            kept = keep_feeder(self._feeders.load(feeder, now), pairs)
            for row, order in zip(rows, kept, strict=True):
                looks[row] = replace(looks[row], decision=order)
        return looks

    async def _send(self, job: Job) -> Answer:
        device = job.device
        version, outlet = self._outlets.get(device.id, (-1, None))
        if outlet is None or version != device.version:
            try:
                outlet = build_outlet(device)
            except InvalidInput as error:
                first = error.findings[0]
                return Answer(False, Text(first.in_("ko"), first.in_("en")))
            self._outlets[device.id] = (device.version, outlet)
            self._renewed.pop(device.id, None)
        slot = job.order.made_at // SLOT_MS
        try:
            async with asyncio.timeout(min(PATIENCE, device.beat / 1000)):
                answer = await outlet.send(job.order, renew=self._renewed.get(device.id) != slot)
        except TimeoutError:
            answer = Answer(False, Text("제때 응답하지 않았습니다.", "It did not answer in time."))
        if answer.ok:
            self._renewed[device.id] = slot
        return answer

    def _keep(self, jobs: Sequence[Job], answers: Sequence[Answer], now: datetime) -> None:
        """Log what was sent; a device that takes nothing is told of when its last order has run out."""
        with self._store.registry.write() as conn:
            for job, answer in zip(jobs, answers, strict=True):
                one, order = job.device, job.order
                records.keep_sent(
                    conn,
                    Sent(one.id, one.tenant, order, answer, order.made_at, measured=job.measured.power),
                )
                current = records.find_device(conn, one.id)
                if current is None or current.version != one.version:
                    continue
                if answer.ok:
                    if job.standing.stop is not None:
                        self._stand(conn, one, job.standing, None, Text("", ""), now)
                elif job.last is None or milliseconds(now) >= job.last.valid_until:
                    self._stand(conn, one, job.standing, Stop.UNREACHABLE, answer.said, now)

    def _stand(
        self, conn: Connection, device: Device, before: Standing, stop: Stop | None, said: Text, now: datetime
    ) -> None:
        """Keep why nothing goes out; a fault that begins, changes its kind or ends is an event."""
        since = before.since if before.stop is stop else now
        records.set_standing(conn, device.id, Standing(stop, said, None if stop is None else since))
        fault = stop is not None and stop not in DELIBERATE
        was_fault = before.stop is not None and before.stop not in DELIBERATE
        if stop is before.stop or not (fault or was_fault):
            return
        self._store.events.append(
            conn,
            "DispatchStopped" if fault else "DispatchResumed",
            actor=SYSTEM,
            subject=device.id,
            payload={"stop": str(stop), "why": said.ko, "why_en": said.en} if fault else {},
            at=now,
            tenant=device.tenant,
        )
        if fault:
            log.warning("nothing goes out to %s: %s", device.id, said.en)
        else:
            log.info("set-points go out to %s again", device.id)

    def _sweep(self, now: datetime) -> None:
        """Forget set-points of long ago, once a day."""
        if self._swept is not None and now - self._swept < timedelta(days=1):
            return
        self._swept = now
        with self._store.registry.write() as conn:
            records.forget_sent(conn, now - KEPT)


def _due(look: Look, order: Order, now: datetime) -> bool:
    """Whether a heartbeat is due, or the order has changed so much that it should not wait for one."""
    if now >= look.due or look.last is None or milliseconds(now) >= look.last.valid_until:
        return now >= look.due
    rated = max(look.device.limits.charge, look.device.limits.discharge)
    return order.origin is not look.last.origin or abs(order.power - look.last.power) > STEP * rated


def _new(look: Look) -> bool:
    """Whether a silence is not yet told of."""
    assert isinstance(look.decision, Silence)
    return look.standing.stop is not look.decision.stop


@asynccontextmanager
async def open_dispatch(house: House) -> AsyncIterator[None]:
    """Dispatch where jobs run; what was told last ends by itself when the house closes."""
    if "jobs" not in house.roles:
        yield
        return
    dispatcher = Dispatcher(house.store, house.clock)
    house.keep(dispatcher)
    async with beside(dispatcher.run()):
        yield
