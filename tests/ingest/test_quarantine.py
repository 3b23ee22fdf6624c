"""What people do with readings that were held back."""

from datetime import timedelta

import pytest
from tests.ingest.conftest import every, table

from sandan.access import SYSTEM, Actor, Role
from sandan.clock import SystemClock
from sandan.errors import Conflict, NotAllowed, NotFound
from sandan.ingest.model import Binding, Delivery, Reason, Unreadable
from sandan.ingest.records import State
from sandan.ingest.service import Pipeline
from sandan.ingest.service.quarantine import (
    Mend,
    count_quarantine,
    discard,
    discard_all,
    list_quarantine,
    release,
    release_all,
)
from sandan.ingest.service.wiring import bind, list_devices, register_device, revoke, unbind
from sandan.twin.model import Quality

FIRM_A = Actor("kim", "김", frozenset({Role.FIRM}), tenant="firm-a")
VIEWER = Actor("lee", "이", frozenset({Role.VIEWER}))


async def held(store, now, *rows, unreadable=()):
    """Send readings and leave the pipeline."""
    async with Pipeline(store, SystemClock()) as pipeline:
        await pipeline.submit("gw", Delivery(table(*rows), now, unreadable=unreadable))


async def test_a_mended_reading_goes_through_the_checks_and_is_marked(store, now):
    """Its value was sent in watt-hours; a person says so."""
    await held(store, now, ("m1.energy", now, 120_000.0))
    (one,) = list_quarantine(store, SYSTEM)
    async with Pipeline(store, SystemClock()) as pipeline:
        decision = await release(store, pipeline, FIRM_A, [one.id], mend=Mend(unit="Wh"))
        with pytest.raises(Conflict):
            await release(store, pipeline, FIRM_A, [one.id])
    assert decision.done == 1
    (row,) = every(store, "m1.energy").to_pylist()
    assert (row["value"], row["quality"]) == (120.0, Quality.RELEASED)
    assert list_quarantine(store, SYSTEM) == []
    (closed,) = list_quarantine(store, SYSTEM, state=State.RELEASED)
    with store.registry.read() as conn:
        (event,) = store.events.find(conn, kind="ReadingsReleased")
    assert (closed.decided_by, closed.event) == ("kim", event.seq)
    assert event.payload["mended"] == {"unit": "Wh"}
    assert event.tenant == "firm-a"


async def test_what_still_fails_stays_with_a_reason(store, now):
    """Nobody releases the physically impossible, nor a time to come."""
    await held(store, now, ("m1.energy", now, -1.0), ("m1.energy", now + timedelta(days=1), 1.0))
    async with Pipeline(store, SystemClock()) as pipeline:
        ids = [h.id for h in list_quarantine(store, SYSTEM)]
        decision = await release(store, pipeline, SYSTEM, ids)
    assert (decision.done, len(decision.findings)) == (0, 2)
    assert len(list_quarantine(store, SYSTEM)) == 2
    assert every(store).num_rows == 0


async def test_a_firm_decides_on_its_own_only_and_a_viewer_on_nothing(store, now):
    """Another firm's held readings are not there for them, even by number."""
    await held(store, now, ("m2.energy", now, -1.0), ("nowhere", now, 1.0))
    assert list_quarantine(store, FIRM_A) == []
    assert count_quarantine(store, FIRM_A) == {}
    ids = [h.id for h in list_quarantine(store, SYSTEM)]
    async with Pipeline(store, SystemClock()) as pipeline:
        with pytest.raises(NotFound):
            await release(store, pipeline, FIRM_A, ids)
        with pytest.raises(NotAllowed):
            await release(store, pipeline, VIEWER, ids)
    with pytest.raises(NotFound):
        discard(store, FIRM_A, ids, now)


async def test_a_firm_cannot_release_into_another_firms_point(store, now):
    """Mending the address does not open that door."""
    await held(store, now, ("m1.energy", now, -1.0))
    (one,) = list_quarantine(store, FIRM_A)
    async with Pipeline(store, SystemClock()) as pipeline:
        decision = await release(store, pipeline, FIRM_A, [one.id], mend=Mend(address="m2.energy", value=1.0))
    assert decision.done == 0
    assert every(store).num_rows == 0


async def test_everything_held_for_one_reason_is_released_once_its_cause_is_mended(store, now):
    """An address is bound, and the readings that waited for it flow in."""
    rows = [("40001", now - i * timedelta(minutes=15), float(i)) for i in range(20)]
    await held(store, now, *rows, ("other", now, 1.0), ("m1.energy", now, -1.0))
    bind(store, SYSTEM, [Binding("gw", "40001", "m1.energy")], now)
    async with Pipeline(store, SystemClock()) as pipeline:
        decision = await release_all(store, pipeline, SYSTEM, Reason.UNKNOWN_POINT)
    assert (decision.done, len(decision.findings)) == (20, 1)
    assert every(store, "m1.energy").num_rows == 20
    assert count_quarantine(store, SYSTEM) == {("gw", Reason.UNKNOWN_POINT): 1, ("gw", Reason.RANGE): 1}
    unbind(store, SYSTEM, "gw", "40001", now)


async def test_an_unread_message_is_let_in_only_with_everything_it_lacks(store, now):
    """Its point, its time and its value."""
    await held(store, now, unreadable=(Unreadable("topic", "m1=5kWh", "not JSON"),))
    (one,) = list_quarantine(store, SYSTEM)
    async with Pipeline(store, SystemClock()) as pipeline:
        assert (await release(store, pipeline, SYSTEM, [one.id])).done == 0
        mend = Mend("m1.energy", now, 5.0)
        assert (await release(store, pipeline, SYSTEM, [one.id], mend=mend)).done == 1
    assert every(store)["value"].to_pylist() == [5.0]


async def test_what_is_discarded_is_gone_but_on_record(store, now):
    """In bulk, by reason."""
    await held(store, now, ("m1.energy", now, -1.0), ("m2.energy", now, -1.0), ("nowhere", now, 1.0))
    assert discard_all(store, SYSTEM, Reason.RANGE, now).done == 2
    assert {h.state for h in list_quarantine(store, SYSTEM, state=None, reason=Reason.RANGE)} == {
        State.DISCARDED
    }
    with store.registry.read() as conn:
        assert {e.tenant for e in store.events.find(conn, kind="ReadingsDiscarded")} == {"firm-a", "firm-b"}


def test_devices_are_registered_and_revoked_on_record(store, now):
    """And only by those who may."""
    with pytest.raises(NotAllowed):
        register_device(store, FIRM_A, "d", "d", now)
    register_device(store, SYSTEM, "d1", "계량기 게이트웨이", now, tenant="firm-a")
    assert [d.source for d in list_devices(store, FIRM_A)] == ["d1"]
    revoke(store, SYSTEM, "d1", now)
    with pytest.raises(NotFound):
        revoke(store, SYSTEM, "d2", now)
    with store.registry.read() as conn:
        assert [e.kind for e in store.events.find(conn, subject="d1")] == [
            "DeviceRevoked",
            "DeviceRegistered",
        ]
