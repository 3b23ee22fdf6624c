"""Plans out of a real store: forecasts, the contract's prices and the battery become a schedule."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from tests.energy.service.works import ENGINEER, FIRM, OTHER, fill

from sandan.clock import SEOUL, Period, milliseconds
from sandan.energy.model.agreements import Agreement
from sandan.energy.model.outlook import Gate
from sandan.energy.model.plan import Status, Why
from sandan.energy.model.rates import SLOT_MS
from sandan.energy.model.tariff import Contract, Kind, Option, Voltage
from sandan.energy.records.contracts import put_contracts
from sandan.energy.records.plans import newest_plans, plans_at_gate
from sandan.energy.service.hindsight import judge_due, judge_yesterday, judged_days
from sandan.energy.service.outlook import Outlook
from sandan.energy.service.planning import Planner
from sandan.energy.service.plans import operation, plan_now, site_plan, steps_of
from sandan.errors import NotAllowed, NotFound
from sandan.twin.samples import Stream

CONTRACT = Contract(Kind.INDUSTRIAL_B, Voltage.HIGH_A, Option.II, 500.0)


def prepare(store, now):
    """A firm with a battery and a contract, and forecasts of everything."""
    fill(store, now)
    with store.registry.write() as conn:
        put_contracts(conn, [Agreement("m-1", date(2025, 1, 1), CONTRACT)])
    Outlook(store).tell(now)


def test_a_plan_lowers_the_bill_within_the_battery(store, clock):
    """Until tomorrow ends: never dearer than doing nothing, within power and energy, charge conserved."""
    now = clock.now() + timedelta(minutes=7)
    prepare(store, now)
    planner = Planner(store)
    assert planner.due(now)
    run = planner.plan(now)
    assert not planner.due(now)
    assert planner.due(now + timedelta(minutes=15))
    assert [one.meter for one in run.plans] == ["m-1"]
    assert (run.unplanned, run.coupled) == ((), False)
    with store.registry.read() as conn:
        kept = newest_plans(conn)[0][0]
    course = kept.course
    end = (now + timedelta(days=2)).astimezone(SEOUL).replace(hour=0, minute=0, second=0, microsecond=0)
    assert course.start == milliseconds(clock.now())
    assert course.start + len(course.grid) * SLOT_MS == milliseconds(end)
    assert kept.status is Status.OPTIMAL
    assert kept.saving > 0
    assert kept.habit is not None
    assert (np.abs(course.battery) <= 50.001).all()
    assert (course.stored >= 0.1 * 200 - 0.01).all()
    assert (course.stored <= 0.9 * 200 + 0.01).all()
    assert np.isclose(course.stored[0], 80)
    assert course.stored[-1] >= 80 - 0.01
    assert np.allclose(course.grid, course.load + course.battery, atol=0.01)
    steps = steps_of(kept)
    assert {np.sign(one.power) for one in steps} == {1, -1}
    assert {one.why for one in steps} <= {Why.PRICE, Why.PEAK}
    bought = np.mean([one.price for one in steps if one.power > 0])
    given = np.mean([one.price for one in steps if one.power < 0])
    assert bought < given


def test_a_schedule_is_kept_as_samples_and_nothing_is_sent(store, clock):
    """The battery's set-points lie in the schedule stream, discharge positive; readings are as they were."""
    now = clock.now()
    prepare(store, now)
    plan = Planner(store).plan(now).plans[0]
    with store.registry.read() as conn:
        battery = store.points.get(conn, "ess-1.battery_power")
        meter = store.points.get(conn, "m-1.active_energy")
        events = store.events.find(conn, kind="SchedulesMade", limit=5)
    period = Period(now, now + timedelta(days=3))
    rows = store.historian.scan([battery], period, stream=Stream.SCHEDULE)
    assert np.allclose(rows["value"].to_numpy(), -plan.course.battery, atol=1e-2)
    assert set(rows["known_at"].to_pylist()) == {now}
    rows = store.historian.scan([meter], period, stream=Stream.SCHEDULE)
    assert np.allclose(rows["value"].to_numpy(), plan.course.grid / 4, atol=1e-2)
    assert store.historian.scan([battery, meter], period).num_rows == 0
    assert not events


def test_the_plan_of_five_o_clock_stays_and_is_an_event(store, clock):
    """Between gates a new plan takes the old one's place; that of 17:00 is kept."""
    clock.set(clock.now().replace(hour=17, minute=0))
    now = clock.now()
    prepare(store, now)
    planner = Planner(store)
    assert planner.plan(now).plans[0].gate is Gate.SEVENTEEN
    for minutes in (15, 30):
        planner.plan(now + timedelta(minutes=minutes))
    with store.registry.read() as conn:
        assert [one.made_at for one in plans_at_gate(conn, now)] == [now]
        assert newest_plans(conn)[0][0].made_at == now + timedelta(minutes=30)
        assert len(store.events.find(conn, kind="SchedulesMade", limit=5)) == 1


def test_a_site_without_contract_or_charge_is_told_why(store, clock):
    """No prices or no charge known: no plan, but a reason in words."""
    now = clock.now()
    fill(store, now)
    Outlook(store).tell(now)
    run = Planner(store).plan(now)
    assert not run.plans
    assert "contract" in run.unplanned[0].why.en
    found = operation(store, ENGINEER, now)
    assert [meter.id for _, meter, _ in found.unplanned] == ["m-1"]
    later = now + timedelta(hours=2)
    with store.registry.write() as conn:
        put_contracts(conn, [Agreement("m-1", date(2025, 1, 1), CONTRACT)])
    assert "Charge" in Planner(store).plan(later).unplanned[0].why.en


def test_feeders_are_shown_before_and_after(store, clock):
    """A feeder's load is its meters less its roofs; the plan moves only the battery's part of it."""
    now = clock.now()
    prepare(store, now)
    run = Planner(store).plan(now)
    (feeder,) = run.feeders
    assert (feeder.feeder, feeder.meters, feeder.unknown) == ("line", 2, 0)
    assert 0 < feeder.after < feeder.capacity
    assert abs(feeder.after - feeder.before) <= 50.1


def resize(store, capacity):
    """The feeder as if it carried so much."""
    with store.registry.write() as conn:
        line = store.things.get(conn, "line")
        store.things.put(conn, [replace(line, attributes={"capacity": capacity})])


def test_a_feeder_is_kept_by_planning_its_sites_together(store, clock):
    """With room for 30 kW at night the battery charges slower and longer, and what moved says why."""
    now = clock.now()
    prepare(store, now)
    resize(store, 190.0)
    run = Planner(store).plan(now)
    course = run.plans[0].course
    assert run.coupled
    assert run.plans[0].saving > 0
    assert run.feeders[0].after <= run.feeders[0].before + 0.01
    assert 10 < course.battery.max() < 45
    assert Why.LIMIT in {one.why for one in steps_of(run.plans[0])}


def test_a_feeder_that_is_too_small_already_is_not_made_heavier(store, clock):
    """Where hardly an hour is left to charge, the battery rests rather than overload the feeder."""
    now = clock.now()
    prepare(store, now)
    resize(store, 120.0)
    run = Planner(store).plan(now)
    assert run.coupled
    assert run.feeders[0].after <= run.feeders[0].before + 0.01
    assert np.abs(run.plans[0].course.battery).max() < 50


def test_a_firm_sees_its_own_plan_and_makes_none(store, clock):
    """Another firm is told there is none; feeders are the staff's."""
    now = clock.now()
    prepare(store, now)
    assert plan_now(store, ENGINEER, now).plans
    with store.registry.read() as conn:
        assert store.events.find(conn, kind="SchedulesMade", limit=1)[0].actor == ENGINEER.id
    own = operation(store, FIRM, now)
    assert [one.meter.id for one in own.sites] == ["m-1"]
    assert not own.feeders
    assert operation(store, ENGINEER, now).feeders
    assert not operation(store, OTHER, now).sites
    assert site_plan(store, FIRM, "m-1", now).now == pytest.approx(own.sites[0].now)
    with pytest.raises(NotFound):
        site_plan(store, OTHER, "m-1", now)
    with pytest.raises(NotAllowed):
        plan_now(store, FIRM, now)


def test_yesterday_is_lived_through_with_what_was_known(store, clock):
    """The plan of 17:00 is judged once its day is over: never better than with foresight, and an event."""
    five = clock.now().replace(hour=17, minute=0) - timedelta(days=2)
    fill(store, clock.now())
    with store.registry.write() as conn:
        put_contracts(conn, [Agreement("m-1", date(2025, 1, 1), CONTRACT)])
    Outlook(store).tell(five)
    Planner(store).plan(five)
    assert not judge_due(store, five + timedelta(hours=20))
    assert judge_due(store, clock.now())
    ((meter, judged),) = judge_yesterday(store, clock.now())
    assert meter == "m-1"
    assert judged.day == date(2026, 3, 3)
    assert judged.perfect <= judged.planned
    assert judged.perfect < judged.idle
    assert not judge_due(store, clock.now())
    assert judged_days(store, FIRM, "m-1") == [judged]
    assert judged_days(store, OTHER, "m-1") == []
