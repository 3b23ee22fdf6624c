"""Dispatching out of a real store to a real broker: what goes out, what does not, and who is told."""

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import click
import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from tests.energy.service.test_outlets import Inverter
from tests.energy.service.works import ENGINEER, FIRM, OTHER, THINGS, fill
from tests.ingest.brokers import Broker

from sandan.access import Actor, Role
from sandan.clock import instant, milliseconds
from sandan.energy.commands import energy
from sandan.energy.model.dispatch import Cut, Mode, Origin, Stop
from sandan.energy.model.operation import Course, KeptPlan
from sandan.energy.model.outlook import Gate
from sandan.energy.model.plan import Cost, Method, Status
from sandan.energy.model.rates import SLOT_MS
from sandan.energy.records import dispatch as records
from sandan.energy.records.plans import put_plans
from sandan.energy.service.devices import (
    arm,
    disarm,
    disarm_all,
    find_device,
    give_back,
    probe,
    remove_device,
    save_device,
    take_over,
)
from sandan.energy.service.dispatching import Dispatcher
from sandan.errors import Conflict, InvalidInput, NotAllowed, NotFound
from sandan.twin.samples import SAMPLES

OFFICER = Actor("officer", "담당관", frozenset({Role.OFFICER}))
TOPIC = "plant/ess-1/setpoint"
REASON = "가나화학 합의서 2026-7"


@pytest.fixture
def broker(tmp_path):
    """A broker of this test's own."""
    started = Broker(tmp_path / "mosquitto").start()
    yield started
    started.stop()


def cells(port=1883, **more):
    """The entry of the battery as it is typed."""
    settings = f'host = "127.0.0.1"\nport = {port}\ntopic = "{TOPIC}"'
    return {
        "via": "mqtt", "settings": settings, "charge": "50", "discharge": "50", "energy": "200",
        "lowest": "10", "highest": "90", "fallback": "0", "lease": "90", "fresh": "300", **more,
    }  # fmt: skip


def course(start, power, n=96):
    """A course in which the battery does one thing all the time."""
    flat, none = np.full(n, 100.0), np.zeros(n)
    return Course(start, flat, flat, flat, flat + power, np.full(n, power), np.full(n + 1, 80.0), flat, none,
                  none, none)  # fmt: skip


def plan(store, now, power):
    """A plan of the site in force, made now."""
    cost = Cost(0.0, 0.0, 0.0, 0.0)
    start = milliseconds(now) // SLOT_MS * SLOT_MS
    kept = KeptPlan("m-1", "firm-1", now, Gate.HOURLY, Status.OPTIMAL, next(iter(Method)), cost, cost, None,
                    100.0, 100.0, 0.0, 8000.0, 50.0, 200.0, course(start, power))  # fmt: skip
    with store.registry.write() as conn:
        put_plans(conn, [kept], [], now, now - timedelta(days=42))


def measure(store, now, **values):
    """Readings of the battery [%, kW charging] and of the meter [kW in the last quarter-hour]."""
    with store.registry.write() as conn:
        numbers = {one.id: one.number for one in store.points.all(conn)}
        source = store.sources.number(conn, "test")
    given = {"state_of_charge": values.get("charge", 50.0), "battery_power": -values.get("power", 0.0)}
    rows = [(numbers[f"ess-1.{name}"], now, value) for name, value in given.items()]
    if "load" in values:
        at = instant(milliseconds(now) // SLOT_MS * SLOT_MS - SLOT_MS)
        rows.append((numbers["m-1.active_energy"], at, values["load"] / 4))
    columns = [
        [row[0] for row in rows], [milliseconds(row[1]) for row in rows], [milliseconds(now)] * len(rows),
        [source] * len(rows), [row[2] for row in rows], [0] * len(rows),
    ]  # fmt: skip
    arrays = [pa.array(column).cast(field.type) for column, field in zip(columns, SAMPLES, strict=True)]
    store.historian.append(pa.table(arrays, schema=SAMPLES))


@pytest.fixture
def site(sqlite_store, clock, broker):
    """The small works with a fresh plan to charge 20 kW, and a battery set up but not armed.

    The clock stands at this moment, so that brokers and messages agree on what is over.
    """
    clock.set(datetime.now(UTC))
    fill(sqlite_store, clock.now(), days=1)
    measure(sqlite_store, clock.now())
    plan(sqlite_store, clock.now(), 20.0)
    save_device(sqlite_store, ENGINEER, "ess-1", cells(broker.port), 0, clock.now())
    return sqlite_store


def armed(store, now):
    """Arm the battery as it stands."""
    device = find_device(store, ENGINEER, "ess-1")
    return arm(store, ENGINEER, "ess-1", device.version, REASON, True, now)


def kinds(store):
    """The kinds of events of the battery, oldest first."""
    with store.registry.read() as conn:
        return [one.kind for one in store.events.find(conn, subject="ess-1")][::-1]


def standing(store):
    """What the dispatcher made of the battery."""
    with store.registry.read() as conn:
        return records.standings(conn)["ess-1"]


def log_of(store):
    """What went out to the battery, newest first."""
    with store.registry.read() as conn:
        return records.sent_to(conn, "ess-1", 50)


async def test_advice_sends_nothing(site, clock, broker):
    """A battery that was set up and never armed hears not a word, whatever is planned."""
    async with Inverter(broker.port) as inverter:
        assert await Dispatcher(site, clock).beat() == 0
        clock.advance(timedelta(minutes=5))
        assert await Dispatcher(site, clock).beat() == 0
        await asyncio.sleep(0.2)
        assert (inverter.orders, inverter.terms) == ([], None)
    assert log_of(site) == []


async def test_an_armed_battery_is_told_the_plan_by_heartbeats(site, clock, broker):
    """Once now, nothing before the next beat is due, again then: two messages, one line of the log."""
    armed(site, clock.now())
    dispatcher = Dispatcher(site, clock)
    async with Inverter(broker.port) as inverter:
        assert await dispatcher.beat() == 1
        clock.advance(timedelta(seconds=10))
        assert await dispatcher.beat() == 0
        clock.advance(timedelta(seconds=20))
        assert await dispatcher.beat() == 1
        await inverter.heard(2)
        assert [said["power"] for said, _ in inverter.orders] == [20.0, 20.0]
        assert inverter.terms["fallback"] == 0.0
    (line,) = log_of(site)
    assert (line.order.power, line.beats, line.answer.ok, line.tenant) == (20.0, 2, True, "firm-1")
    assert kinds(site) == ["DeviceSet", "DeviceArmed"]


async def test_what_goes_out_is_clipped_to_the_measured_state(site, clock, broker):
    """A battery at 89.9 % may take 0.2 kWh more: 8 kW for ninety seconds; the log says what was cut."""
    armed(site, clock.now())
    measure(site, clock.advance(timedelta(seconds=1)), charge=89.9)
    async with Inverter(broker.port) as inverter:
        await Dispatcher(site, clock).beat()
        await inverter.heard(1)
        assert inverter.orders[0][0]["power"] == pytest.approx(8.0, abs=0.01)
    assert log_of(site)[0].order.cuts == (Cut.CHARGE,)


async def test_a_site_keeps_its_cap_and_a_feeder_its_capacity(site, clock, broker):
    """110 kW may be imported and 100 are: 10 remain to charge; on a feeder with room for 5 only those."""
    with site.registry.write() as conn:
        device = records.find_device(conn, "ess-1")
        limits = replace(device.limits, import_cap=110.0)
        records.put_device(conn, replace(device, limits=limits))
    armed(site, clock.now())
    measure(site, clock.advance(timedelta(seconds=1)), load=100.0)
    async with Inverter(broker.port) as inverter:
        await Dispatcher(site, clock).beat()
        await inverter.heard(1)
        assert inverter.orders[0][0]["power"] == pytest.approx(10.0)
        with site.registry.read() as conn:
            point = site.points.get(conn, "m-2.active_energy")
            roof = site.points.get(conn, "pv-1.generation_energy")
        newest = dict(
            zip(
                *(site.historian.latest([point, roof])[name].to_pylist() for name in ("point", "value")),
                strict=True,
            )
        )
        load = 100.0 + 4 * newest[point.number] - 4 * newest[roof.number]
        line = next(one for one in THINGS if one.id == "line")
        with site.registry.write() as conn:
            site.things.put(conn, [replace(line, attributes={"capacity": load + 5.0})])
        clock.advance(timedelta(seconds=31))
        await Dispatcher(site, clock).beat()
        await inverter.heard(2)
        assert inverter.orders[1][0]["power"] == pytest.approx(5.0, abs=0.01)
    assert log_of(site)[0].order.cuts == (Cut.GRID, Cut.FEEDER)


async def test_a_person_beats_the_plan_and_it_ends_by_itself(site, clock, broker):
    """The firm's own set-point goes out at once; when its time is over the plan goes on."""
    armed(site, clock.now())
    dispatcher = Dispatcher(site, clock)
    async with Inverter(broker.port) as inverter:
        await dispatcher.beat()
        clock.advance(timedelta(seconds=5))
        until = clock.now() + timedelta(seconds=60)
        take_over(site, FIRM, "ess-1", -30.0, until, "용접 시험", clock.now())
        await dispatcher.beat()
        await inverter.heard(2)
        said = inverter.orders[1][0]
        assert (said["power"], said["origin"]) == (-30.0, "person")
        assert datetime.fromisoformat(said["valid_until"]) <= until
        clock.set(until)
        await dispatcher.beat()
        await inverter.heard(3)
        assert (inverter.orders[2][0]["power"], inverter.orders[2][0]["origin"]) == (20.0, "plan")
    assert [one.order.origin for one in log_of(site)] == [Origin.PLAN, Origin.PERSON, Origin.PLAN]
    assert kinds(site)[-1] == "SetPointOverridden"


async def test_hands_off_sends_nothing_until_it_is_given_back(site, clock, broker):
    """No order, no fault; giving back lets the plan go on at once."""
    armed(site, clock.now())
    dispatcher = Dispatcher(site, clock)
    take_over(site, FIRM, "ess-1", None, clock.now() + timedelta(hours=1), "점검", clock.now())
    async with Inverter(broker.port) as inverter:
        assert await dispatcher.beat() == 0
        assert standing(site).stop is Stop.HANDS_OFF
        clock.advance(timedelta(minutes=1))
        measure(site, clock.now())
        assert await dispatcher.beat() == 0
        give_back(site, FIRM, "ess-1", clock.now())
        assert await dispatcher.beat() == 1
        await inverter.heard(1)
    assert standing(site).stop is None
    assert kinds(site)[-2:] == ["DeviceLeftAlone", "OverrideEnded"]


async def test_a_stale_reading_stops_what_goes_out_and_is_told_once(site, clock, broker):
    """Five minutes without a word from the battery: silence and an event; a reading lets it go on."""
    armed(site, clock.now())
    dispatcher = Dispatcher(site, clock)
    async with Inverter(broker.port) as inverter:
        await dispatcher.beat()
        clock.advance(timedelta(seconds=301))
        assert await dispatcher.beat() == 0
        clock.advance(timedelta(seconds=30))
        assert await dispatcher.beat() == 0
        assert standing(site).stop is Stop.STALE
        measure(site, clock.now())
        assert await dispatcher.beat() == 1
        await inverter.heard(2)
    assert kinds(site)[-2:] == ["DispatchStopped", "DispatchResumed"]
    assert standing(site).stop is None


async def test_an_old_plan_is_not_sent(site, clock, broker):
    """The next quarter-hours of a plan count while it is fresh, and no longer."""
    clock.advance(timedelta(minutes=29))
    measure(site, clock.now())
    armed(site, clock.now())
    dispatcher = Dispatcher(site, clock)
    async with Inverter(broker.port):
        assert await dispatcher.beat() == 1
        clock.advance(timedelta(minutes=2))
        assert await dispatcher.beat() == 0
    assert standing(site).stop is Stop.OLD_PLAN


async def test_a_device_that_takes_nothing_is_tried_again_and_told_of(site, clock, broker):
    """One lost beat is only logged; when the last order has run out it is a fault, until it answers."""
    armed(site, clock.now())
    dispatcher = Dispatcher(site, clock)
    async with Inverter(broker.port):
        await dispatcher.beat()
        await asyncio.sleep(0)
    broker.stop()
    for seconds, stop in ((30, None), (30, None), (31, Stop.UNREACHABLE), (30, Stop.UNREACHABLE)):
        measure(site, clock.advance(timedelta(seconds=seconds)))
        assert await dispatcher.beat() == 1
        assert standing(site).stop is stop
    broker.start()
    async with Inverter(broker.port):
        measure(site, clock.advance(timedelta(seconds=30)))
        await dispatcher.beat()
    assert standing(site).stop is None
    assert kinds(site)[-2:] == ["DispatchStopped", "DispatchResumed"]
    assert [line.answer.ok for line in log_of(site)] == [True, False, True]


async def test_two_processes_speak_with_one_voice(site, clock, broker):
    """A beat is claimed before it is sent, so only one of them sends it."""
    armed(site, clock.now())
    async with Inverter(broker.port):
        told = await asyncio.gather(Dispatcher(site, clock).beat(), Dispatcher(site, clock).beat())
    assert sorted(told) == [0, 1]


async def test_disarming_sends_nothing_more(site, clock, broker):
    """One click for one or for all, by the firm itself; a running override ends with it."""
    armed(site, clock.now())
    dispatcher = Dispatcher(site, clock)
    async with Inverter(broker.port) as inverter:
        await dispatcher.beat()
        take_over(site, FIRM, "ess-1", 5.0, clock.now() + timedelta(hours=1), "시험", clock.now())
        disarm(site, FIRM, "ess-1", clock.now())
        clock.advance(timedelta(seconds=60))
        assert await dispatcher.beat() == 0
        assert len(inverter.orders) == 1
        armed(site, clock.now())
        assert disarm_all(site, OTHER, clock.now()) == 0
        assert disarm_all(site, ENGINEER, clock.now()) == 1
        assert await dispatcher.beat() == 0
    with site.registry.read() as conn:
        assert records.overrides_in_force(conn, clock.now()) == {}
    assert kinds(site)[-1] == "DeviceDisarmed"


def test_arming_needs_a_reason_a_confirmation_and_the_right(site, clock):
    """All findings at once; a firm may hold its battery, but not let set-points out to it."""
    now = clock.now()
    with pytest.raises(InvalidInput) as caught:
        arm(site, ENGINEER, "ess-1", 1, " ", False, now)
    assert [one.where for one in caught.value.findings] == ["reason", "agreed"]
    for actor in (FIRM, OFFICER):
        with pytest.raises(NotAllowed):
            arm(site, actor, "ess-1", 1, REASON, True, now)
    with pytest.raises(Conflict):
        arm(site, ENGINEER, "ess-1", 7, REASON, True, now)
    with pytest.raises(NotFound):
        disarm(site, OTHER, "ess-1", now)
    with pytest.raises(NotFound):
        take_over(site, OTHER, "ess-1", 0.0, now + timedelta(hours=1), "x", now)
    with pytest.raises(NotAllowed):
        disarm_all(site, OFFICER, now)
    with pytest.raises(Conflict):
        take_over(site, FIRM, "ess-1", 0.0, now + timedelta(hours=1), "x", now)


def test_an_armed_device_is_not_changed_under_way(site, clock):
    """It must be disarmed first; and a version that somebody else changed is refused."""
    now = clock.now()
    device = armed(site, now)
    assert device.mode is Mode.ARMED
    for change in (
        lambda: save_device(site, ENGINEER, "ess-1", cells(), device.version, now),
        lambda: remove_device(site, ENGINEER, "ess-1", device.version, now),
        lambda: save_device(site, ENGINEER, "ess-1", cells(), 1, now),
    ):
        with pytest.raises(Conflict):
            change()
    disarm(site, ENGINEER, "ess-1", now)
    remove_device(site, ENGINEER, "ess-1", device.version + 1, now)
    assert find_device(site, ENGINEER, "ess-1") is None


def test_an_override_has_limits_an_end_and_a_reason(site, clock):
    """All findings at once."""
    armed(site, clock.now())
    with pytest.raises(InvalidInput) as caught:
        take_over(site, FIRM, "ess-1", 80.0, clock.now() + timedelta(days=8), "", clock.now())
    assert [one.where for one in caught.value.findings] == ["power", "until", "reason"]


def test_an_entry_is_refused_with_every_finding(site, clock):
    """More than it is rated for, no number, no such way, a secret in the settings."""
    row = cells(charge="60", highest="5", lease="x", via="fax", settings="a = [1]")
    with pytest.raises(InvalidInput) as caught:
        save_device(site, ENGINEER, "ess-1", row, 1, clock.now())
    assert {one.where for one in caught.value.findings} >= {"charge", "lease", "via", "settings"}
    row = cells(settings='host = "h"\ntopic = "t"\npassword = "open"')
    with pytest.raises(InvalidInput, match="문제"):
        save_device(site, ENGINEER, "ess-1", row, 1, clock.now())
    with pytest.raises(NotFound):
        save_device(site, ENGINEER, "m-1", cells(), 0, clock.now())


def test_a_device_can_be_tried_without_being_told_anything(site, clock):
    """The broker answers, and nothing is in the log."""
    assert probe(site, ENGINEER, "ess-1").ok
    assert log_of(site) == []


@dataclass
class Terminal:
    """What `sandan` hands to a command, on the store of the test."""

    kept: object
    clock: object
    actor: object = ENGINEER
    language: str = "en"

    @contextmanager
    def store(self, *, create=False):
        yield self.kept

    def say(self, text, *, err=False):
        click.echo(text.in_(self.language), err=err)


def test_devices_are_listed_and_stopped_by_command(site, clock):
    """One by its name, or all; the same rights hold."""
    armed(site, clock.now())

    def run(*words, actor=ENGINEER):
        return CliRunner().invoke(energy, list(words), obj=Terminal(site, clock, actor))

    assert run("devices").output.startswith("ess-1\tarmed\t- kW\t0.0 kW\n1 devices, 1 of them armed")
    assert isinstance(run("stop", "ess-1", actor=OTHER).exception, NotFound)
    assert "Still armed: 0" in run("stop", "ess-1", actor=FIRM).output
    armed(site, clock.now())
    assert "Still armed: 0" in run("stop").output
    assert kinds(site)[-1] == "DeviceDisarmed"
