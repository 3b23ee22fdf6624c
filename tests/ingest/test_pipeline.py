"""From a source's hands to the historian, and only then the acknowledgement."""

import asyncio
import logging
from datetime import timedelta

import pytest
from tests.ingest.conftest import every, table

from sandan.access import SYSTEM
from sandan.clock import SystemClock
from sandan.errors import InvalidInput, Unavailable
from sandan.ingest.model import Binding, Delivery, Reason, Terms, Unreadable
from sandan.ingest.records import find_held, put_bindings
from sandan.ingest.service import Health, Pipeline, PipelineParams
from sandan.ingest.service.steady import SteadyClock
from sandan.testing import FixedClock
from sandan.words import Text


class Script:
    """A source that delivers what it is given; an exception in the list is raised."""

    def __init__(self, id, *steps):
        self.id, self.steps = id, list(steps)

    async def deliveries(self):
        while self.steps:
            step = self.steps.pop(0)
            if isinstance(step, Exception):
                raise step
            yield step

    async def close(self):
        self.steps.clear()


class Flaky:
    """A historian whose disk is full for the first few appends, and writes half of the first."""

    def __init__(self, real, failures):
        self.real, self.failures, self.half = real, failures, True

    def append(self, batch):
        if self.failures:
            self.failures -= 1
            if self.half:
                self.half = False
                self.real.append(batch.slice(0, batch.num_rows // 2))
            raise Unavailable(Text("디스크가 가득 찼습니다.", "the disk is full."))
        self.real.append(batch)

    def __getattr__(self, name):
        return getattr(self.real, name)


def seconds(now, n, value=1.0, points=50):
    """Readings of the fifty points at n seconds before now."""
    return table(*((f"s{i:02d}", now - timedelta(seconds=n), value) for i in range(points)))


async def test_a_delivery_is_acknowledged_after_it_is_kept(store, now):
    """At the moment of the acknowledgement the historian has it."""
    seen = []

    async def acknowledge():
        seen.append(every(store).num_rows)

    async with Pipeline(store, SystemClock()) as pipeline:
        pipeline.add(Script("gw", Delivery(seconds(now, 1), now, acknowledge=acknowledge)))
        await pipeline.finished("gw")
    assert seen == [50]


async def test_what_cannot_be_kept_is_in_quarantine_before_the_acknowledgement(store, now):
    """With its reason, its point, the firm it concerns, and unread messages raw."""
    delivery = Delivery(
        table(("m1.energy", now, -5.0), ("nowhere", now, 1.0), ("m2.energy", now, 1.0)),
        now,
        unreadable=(Unreadable("topic", "{", "not JSON"),),
    )
    async with Pipeline(store, SystemClock()) as pipeline:
        outcome = await pipeline.submit("gw", delivery, terms=Terms(tenant="firm-a"))
    assert outcome.receipt.received == 4
    assert outcome.receipt.reasons == {
        Reason.RANGE: 1, Reason.UNKNOWN_POINT: 1, Reason.FOREIGN_POINT: 1, Reason.UNREADABLE: 1,
    }  # fmt: skip
    with store.registry.read() as conn:
        held = {h.reason: h for h in find_held(conn, SYSTEM)}
    assert (held[Reason.RANGE].point, held[Reason.RANGE].value) == ("m1.energy", -5.0)
    assert {h.tenant for h in held.values()} == {"firm-a"}
    assert held[Reason.UNREADABLE].raw == "not JSON\n{"


async def test_sent_again_after_a_restart_is_kept_once(store, now):
    """Also when the newest-times table lost what a killed run had just written."""
    batches = [seconds(now, n) for n in (3, 2, 1)]
    async with Pipeline(store, SystemClock()) as pipeline:
        for batch in batches:
            await pipeline.submit("gw", Delivery(batch, now))
    store.historian._nodes.command("TRUNCATE TABLE latest")
    async with Pipeline(store, SystemClock()) as pipeline:
        receipts = [(await pipeline.submit("gw", Delivery(batch, now))).receipt for batch in batches]
    assert [r.duplicates for r in receipts] == [50, 50, 50]
    assert every(store).num_rows == 150


async def test_a_full_disk_delays_and_neither_loses_nor_doubles(store, now, caplog):
    """The same rows are written again with the same times, so the half that landed folds."""
    object.__setattr__(store, "historian", Flaky(store.historian, 3))
    caplog.set_level(logging.INFO, "sandan.ingest")
    acknowledged = asyncio.Event()

    async def acknowledge():
        acknowledged.set()

    async with Pipeline(store, SystemClock()) as pipeline:
        pipeline.add(Script("gw", Delivery(seconds(now, 1), now, acknowledge=acknowledge)))
        async with asyncio.timeout(10):
            while pipeline.blocked is None:
                await asyncio.sleep(0.01)
            assert not acknowledged.is_set()
            await acknowledged.wait()
        assert pipeline.blocked is None
    assert every(store).num_rows == 50
    assert [r.getMessage() for r in caplog.records if "kept" in r.getMessage()] == [
        "nothing can be kept at the moment: the disk is full.",
        "readings are kept again",
    ]


async def test_a_batch_the_historian_refuses_goes_to_quarantine(store, now):
    """What will never be accepted must not hold up what comes behind it."""

    class Refusing:
        def __init__(self, real):
            self.real = real

        def append(self, batch):
            raise InvalidInput.because("value", Text("안 됨", "no"), Text("-", "-"))

        def __getattr__(self, name):
            return getattr(self.real, name)

    object.__setattr__(store, "historian", Refusing(store.historian))
    async with Pipeline(store, SystemClock()) as pipeline:
        await pipeline.submit("gw", Delivery(table(("m1.energy", now, 1.0)), now))
    with store.registry.read() as conn:
        assert [h.reason for h in find_held(conn, SYSTEM)] == [Reason.REFUSED]


async def test_a_source_that_fails_is_logged_once_when_it_goes_and_once_when_it_returns(store, now, caplog):
    """However often it is tried in between."""
    caplog.set_level(logging.INFO, "sandan.ingest")
    away = [ConnectionError("no route")] * 2
    source = Script("gw", Delivery(seconds(now, 2), now), *away, Delivery(seconds(now, 1), now))
    async with Pipeline(store, SystemClock()) as pipeline:
        pipeline.add(source, kind="test")
        await pipeline.finished("gw")
        (status,) = pipeline.statistics()
    assert [r.getMessage().split(":")[0] for r in caplog.records if "source" in r.getMessage()] == [
        "source gw is there",
        "source gw is away",
        "source gw is there",
    ]
    assert (status.health, status.total.kept, status.in_flight) == (Health.ENDED, 100, 0)
    assert status.rate > 0


async def test_a_flood_slows_the_sender_and_fills_no_memory(store, now):
    """With room for 100 rows, never more than that waits, and everything arrives."""
    most = 0

    class Flood(Script):
        async def deliveries(self):
            nonlocal most
            for n in range(60):
                yield Delivery(seconds(now, n), now)
                most = max(most, pipeline._intake.waiting("flood"))

    params = PipelineParams(rows=200, room=100)
    async with Pipeline(store, SystemClock(), params) as pipeline:
        pipeline.add(Flood("flood"))
        await pipeline.finished("flood")
    assert most <= 100
    assert every(store).num_rows == 60 * 50


async def test_two_issue_times_of_one_source_are_both_kept(store, now):
    """A replayed forecast keeps when each value was known; sending it again adds nothing."""
    issues = [now - timedelta(hours=h) for h in (6, 3)]
    deliveries = [
        Delivery(table(("m1.energy", now, float(i))), now, known_at=at) for i, at in enumerate(issues)
    ]
    for _ in range(2):
        async with Pipeline(store, SystemClock()) as pipeline:
            pipeline.add(Script("forecaster", *deliveries))
            await pipeline.finished("forecaster")
    rows = every(store, "m1.energy").to_pylist()
    assert [row["value"] for row in rows] == [0.0, 1.0]
    assert [row["known_at"] for row in rows] == [
        t.replace(microsecond=t.microsecond // 1000 * 1000) for t in issues
    ]


async def test_listeners_hear_committed_batches_and_cannot_harm_them(store, now):
    """The control room lives on this."""
    heard = []

    def broken(_):
        raise RuntimeError("a listener's own trouble")

    async with Pipeline(store, SystemClock()) as pipeline:
        pipeline.on_commit(broken)
        stop = pipeline.on_commit(lambda batch: heard.append(batch.num_rows))
        await pipeline.submit("gw", Delivery(seconds(now, 2), now))
        stop()
        await pipeline.submit("gw", Delivery(seconds(now, 1), now))
    assert heard == [50]


async def test_new_points_and_bindings_are_found_while_running(store, now):
    """Nobody restarts a complex to add a meter."""
    async with Pipeline(store, SystemClock()) as pipeline:
        first = await pipeline.submit("gw", Delivery(table(("40001", now, 10.0)), now))
        with store.registry.write() as conn:
            put_bindings(conn, [Binding("gw", "40001", "m1.energy", "Wh", 100.0)])
            store.events.append(conn, "AddressBound", actor=SYSTEM, subject="gw", payload={}, at=now)
        await pipeline.reload()
        second = await pipeline.submit("gw", Delivery(table(("40001", now, 20.0)), now))
    assert (first.receipt.quarantined, second.receipt.kept) == (1, 1)
    assert every(store, "m1.energy")["value"].to_pylist() == [2.0]


async def test_points_that_fell_silent_are_stale(store, now):
    """By the rule of `twin.silence`, or at once when the device was declared dead; never unheard."""
    async with Pipeline(store, SystemClock()) as pipeline:
        await pipeline.submit("gw", Delivery(table(("s00", now, 1.0), ("m1.energy", now, 1.0)), now))
        assert pipeline.stale(now + timedelta(seconds=30)) == []
        assert [p.point for p in pipeline.stale(now + timedelta(seconds=90))] == ["s00"]
        await pipeline.submit("gw", Delivery(table(), now, silent=("m1.energy",)))
        assert [p.point for p in pipeline.stale(now)] == ["m1.energy"]
        await pipeline.submit("gw", Delivery(table(("m1.energy", now + timedelta(seconds=1), 1.0)), now))
        assert pipeline.stale(now) == []


def test_time_never_goes_back(caplog):
    """It goes on at its own pace until the machine's clock has caught up, and says so once."""
    wall, counted = FixedClock(SystemClock().now()), [100.0]
    clock = SteadyClock(wall, lambda: counted[0])
    start = clock.now()
    wall.advance(-timedelta(hours=1))
    for passed in (1.0, 2.0, 3.0):
        counted[0] = 100.0 + passed
        assert clock.now() == start + timedelta(seconds=passed)
    assert [r.levelname for r in caplog.records] == ["WARNING"]
    wall.advance(timedelta(hours=2))
    assert clock.now() == start + timedelta(hours=1)
    clock.not_before(start + timedelta(hours=3))
    assert clock.now() == start + timedelta(hours=3)
    clock.not_before(start + timedelta(days=400))
    assert clock.now() < start + timedelta(days=1)


async def test_one_id_is_one_source(store, now):
    """Two sources of one name would be each other's duplicates."""
    async with Pipeline(store, SystemClock()) as pipeline:
        pipeline.add(Script("gw", *[Delivery(seconds(now, n), now) for n in range(50)]))
        with pytest.raises(InvalidInput):
            pipeline.add(Script("gw"))
        await pipeline.finished("gw")
