"""The desk: what matters now, forecasts that go by themselves, deviation, settlement and its restatement."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from tests.energy.service.vpp.roofs import (
    BOOKED,
    FIRM,
    OFFICER,
    OTHER,
    POINTS,
    THINGS,
    TRADER,
    meter,
    open_pool,
    price,
    put_things,
    shine,
)

from sandan.domain import House
from sandan.energy.model.pool import PoolBook, Strategy
from sandan.energy.model.vpp import Outcome
from sandan.energy.records import vpp as records
from sandan.energy.service.outlook import Outlook
from sandan.energy.service.running import Worker
from sandan.energy.service.vpp import curtailing, gates, register, settling
from sandan.energy.service.vpp.attention import gate_attention
from sandan.energy.service.vpp.curtailing import Order
from sandan.energy.service.vpp.demo import load_demo_forecasts, load_demo_pool
from sandan.energy.service.vpp.desk import desk
from sandan.energy.service.vpp.deviation import deviation
from sandan.energy.service.vpp.roofs import my_roofs
from sandan.errors import InvalidInput, NotAllowed, NotFound
from sandan.settings import Settings
from sandan.testing import FixedClock
from sandan.web import Live

TOMORROW = date(2026, 3, 5)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def store(sqlite_store):
    """What is asked here does not depend on the database."""
    return sqlite_store


def test_the_next_gate_is_ten_then_five_then_ten_of_the_next_day(clock):
    """For the day after; a gate closes at its very moment."""
    now = clock.now()  # 09:00
    found = gates.next_gate(now)
    assert (found.gate.name, found.day, found.closes) == ("morning", TOMORROW, now + HOUR)
    assert found.opened == now - 16 * HOUR
    assert gates.next_gate(now + HOUR).gate.name == "evening"
    late = gates.next_gate(now + 8 * HOUR)
    assert (late.gate.name, late.day) == ("morning", TOMORROW + DAY)


def test_the_desk_shows_what_matters_now(store, clock):
    """Output, the gate with a forecast ready, and why the market would not let so small a pool in."""
    now = clock.now()
    open_pool(store, now)
    found = desk(store, TRADER, None, now)
    assert (found.capacity, found.output.heard, found.gate.day) == (150.0, 2, TOMORROW)
    assert 0 < found.output.kw < 150
    assert found.output.silent == ()
    assert desk(store, TRADER, None, now + 2 * HOUR).output.silent == ("가나 태양광", "다라 태양광")
    assert found.offer.energy.shape == (2, 24)
    # The sky of the fortnight was clear: tomorrow's noon is as much.
    assert found.offer.energy.sum(axis=0)[12] == pytest.approx(0.8 * 150, rel=0.1)
    assert "20,000 kW" in found.unfit[0].problem.ko
    assert np.isfinite(found.today.made[:36]).all()
    assert np.isnan(found.today.made[36:]).all()
    assert np.isnan(found.today.outlook[:36]).all()
    assert found.today.outlook[48] == pytest.approx(120, rel=0.1)
    assert desk(store, OFFICER, Strategy.BEST, now).offer.strategy is Strategy.BEST
    with pytest.raises(NotAllowed):
        desk(store, FIRM, None, now)


def test_what_nobody_handed_in_goes_by_itself_ten_minutes_before(store, clock):
    """Only where the register says so, once, and marked as automatic."""
    now = clock.now()
    open_pool(store, now)
    before = now + timedelta(minutes=50)
    assert gates.hand_in_due(store, before) == []
    book = PoolBook(BOOKED.members, rounding="truncate", cuts=BOOKED.cuts, automatic=True)
    register.BOOK.put(store, TRADER, 1, book, "자동", now)
    assert gates.hand_in_due(store, before - timedelta(minutes=1)) == []
    made = gates.hand_in_due(store, before)
    assert [(one.gate, one.day, one.automatic) for one in made] == [("morning", TOMORROW, True)]
    assert gates.hand_in_due(store, before + timedelta(minutes=3)) == []


def test_a_day_keeps_the_roofs_of_its_first_forecast(store, clock):
    """A roof that joins between two gates is in from the day after."""
    now = clock.now()
    open_pool(store, now)
    gates.hand_in(store, TRADER, TOMORROW, "morning", Strategy.MEDIAN, "", now)
    wider = [{"plant": f"pv-{n}", "capacity": "40", "place": "roof", "weight": ""} for n in (1, 2, 3)]
    register.save_members(store, TRADER, 1, wider, "지붕 추가", now)
    later = gates.hand_in(store, TRADER, TOMORROW, "evening", Strategy.MEDIAN, "", now + HOUR)
    assert later.pool == BOOKED.members


@pytest.fixture
def settled_day(store, clock):
    """Tomorrow told at both gates, and then metered but for a quarter-hour of pv-2 at noon."""
    now = clock.now()
    silent = now.replace(hour=12) + DAY
    open_pool(store, now)
    gates.hand_in(store, TRADER, TOMORROW, "morning", Strategy.MEDIAN, "", now)
    gates.hand_in(store, TRADER, TOMORROW, "evening", Strategy.MEDIAN, "", now + 2 * HOUR)
    shine(store, now, now + 2 * DAY, [("pv-2.generation_energy", silent)])
    price(store, now)
    return store, now + 2 * DAY, silent


def test_errors_of_a_day_and_its_months(settled_day):
    """An hour with a plant missing says so; the others were right, and paid."""
    store, now, _ = settled_day
    view, record = deviation(store, TRADER, TOMORROW, now)
    assert view.hours[12].outcome == Outcome.NOT_METERED
    assert view.hours[12].made is None
    assert view.hours[11].outcome == Outcome.PAID
    assert (view.hours[11].price in (3, 4), view.error < 8, view.payable) == (True, True, True)
    assert (record.days, record.untold, len(record.months)) == (1, 0, 1)
    assert record.standings[-1].registered
    untold, _ = deviation(store, TRADER, TOMORROW - DAY, now)
    assert {one.outcome for one in untold.hours if (one.made or 0) > 20} == {Outcome.NOT_TOLD}


def test_a_settlement_is_made_final_and_restated_when_a_late_value_comes(settled_day):
    """Nothing changes what is final; the difference is told line by line; no day is settled twice."""
    store, now, silent = settled_day
    found = settling.preview(store, TRADER, TOMORROW, TOMORROW, now)
    assert found.ready
    assert [one.where for one in found.findings] == ["meters"]
    with pytest.raises(NotAllowed):
        settling.finish(store, OFFICER, TOMORROW, TOMORROW, 0, "", now)
    first = settling.finish(store, TRADER, TOMORROW, TOMORROW, 0, "", now)
    assert (first.period, first.version, first.body) == ("2026-03-05", 1, found.statement)
    kwh = sum(one.kwh for one in first.body.plants)
    assert first.body.lines[0].won == sum(int(one.kwh * 100 + 1e-6) for one in first.body.plants)
    assert kwh < 0.8 * 150 * 24 / np.pi
    meter(store, "pv-2.generation_energy", silent, np.array([10.0]), known=now)
    late = now + HOUR
    again = settling.preview(store, TRADER, TOMORROW, TOMORROW, late)
    assert [one.plant for one in again.changes][:2] == ["", ""]
    assert again.findings == []
    with pytest.raises(InvalidInput):
        settling.finish(store, TRADER, TOMORROW, TOMORROW, 1, " ", late)
    second = settling.finish(store, TRADER, TOMORROW, TOMORROW, 1, "늦은 검침", late)
    shown = settling.settled(store, TRADER, "2026-03-05")
    assert (shown.paper, shown.whole, len(shown.versions)) == (second, True, 2)
    assert settling.settled(store, TRADER, "2026-03-05", 1).paper.body == first.body
    assert shown.changes
    overlapping = settling.preview(store, TRADER, TOMORROW - DAY, TOMORROW, late)
    assert not overlapping.ready
    assert "first" in [one.where for one in overlapping.findings]
    with pytest.raises(NotFound):
        settling.settled(store, TRADER, "2026-03-06")
    assert "pv-1" in settling.statement_sheet(second.body)


def test_certificates_are_carried_into_the_next_settlement(settled_day):
    """What was left of one is where the next begins."""
    store, now, _ = settled_day
    first = settling.finish(store, TRADER, TOMORROW, TOMORROW, 0, "", now)
    shine(store, now, now + DAY)
    later = settling.preview(store, TRADER, TOMORROW + DAY, TOMORROW + DAY, now + DAY).statement
    for before, after in zip(first.body.plants, later.plants, strict=True):
        assert float(before.carried) > 0
        assert float(after.issued + after.carried) == pytest.approx(
            float(before.carried) + after.kwh / 1000 * 1.5, abs=1e-6
        )


def test_what_is_not_known_keeps_a_settlement_from_being_final(store, clock):
    """Rounding and shares are the operator's to say; days to come are not over."""
    now = clock.now()
    open_pool(store, now, book=PoolBook(BOOKED.members))
    found = settling.preview(store, TRADER, TOMORROW - 2 * DAY, TOMORROW - DAY, now)
    assert found.statement is None
    assert [one.where for one in found.findings] == ["last", "rounding", "cuts"]
    with pytest.raises(InvalidInput):
        settling.finish(store, TRADER, TOMORROW - 2 * DAY, TOMORROW - DAY, 0, "", now)
    with pytest.raises(InvalidInput):
        settling.preview(store, TRADER, TOMORROW, TOMORROW - DAY, now)


def test_a_firm_sees_its_own_roofs_and_nothing_of_others(settled_day):
    """Its lines of what is final and of what is to come, its share; the desk is closed to it."""
    store, now, _ = settled_day
    settling.finish(store, TRADER, TOMORROW, TOMORROW, 0, "", now)
    shine(store, now, now + DAY)
    mine = my_roofs(store, FIRM, now + DAY)
    assert [one.thing.id for one in mine.roofs] == ["pv-1"]
    assert [[line.plant for line in one.lines] for one in (*mine.settled, mine.coming)] == [["pv-1"]] * 2
    assert mine.settled[0].mine * 2 == pytest.approx(mine.settled[0].earned, abs=2)
    assert mine.roofs[0].month > 1000
    assert [one.lines[0].plant for one in my_roofs(store, OTHER, now).settled] == ["pv-2"]
    for ask in (
        lambda: settling.settlements(store, FIRM),
        lambda: register.pool_register(store, FIRM),
        lambda: curtailing.curtailment_desk(store, FIRM),
        lambda: gates.find_handed(store, FIRM, TOMORROW, "morning", 1),
        lambda: deviation(store, FIRM, TOMORROW, now),
    ):
        with pytest.raises(NotAllowed):
            ask()


def test_an_order_is_checked_whole(store, clock):
    """Everything that is wrong with it at once."""
    now = clock.now()
    open_pool(store, now)
    with pytest.raises(InvalidInput) as error:
        curtailing.plan_curtailment(store, TRADER, Order(now - HOUR, now - HOUR, 0.0), now)
    assert [one.where for one in error.value.findings] == ["end", "start", "kw", "reason"]
    with pytest.raises(InvalidInput):
        curtailing.plan_curtailment(store, TRADER, Order(now, now + HOUR, 5.0, "west", "왜"), now)


def test_an_empty_complex_has_no_desk(store, clock):
    """Nothing fails where there is nothing."""
    now = clock.now()
    put_things(store)
    assert desk(store, TRADER, None, now) is None
    assert gates.hand_in_due(store, now) == []
    found = my_roofs(store, FIRM, now)
    assert (found.settled, found.coming, len(found.roofs)) == ([], None, 1)
    view, record = deviation(store, TRADER, TOMORROW, now)
    assert (view, record.days) == (None, 0)
    with pytest.raises(InvalidInput):
        gates.hand_in(store, TRADER, TOMORROW, "morning", Strategy.MEDIAN, "", now)


def test_a_gate_that_closes_without_a_forecast_is_told_in_its_last_hour(store, clock):
    """To those who trade; where it goes by itself, only once that has not happened."""
    now = clock.now()
    open_pool(store, now)
    assert not gate_attention(store, TRADER, now - timedelta(minutes=1))
    told = gate_attention(store, TRADER, now + timedelta(minutes=50))
    assert [(one.priority, one.id) for one in told] == [(2, f"gate-{TOMORROW}-morning")]
    assert not gate_attention(store, OFFICER, now)
    assert not gate_attention(store, FIRM, now)
    book = PoolBook(BOOKED.members, rounding="truncate", cuts=BOOKED.cuts, automatic=True)
    register.BOOK.put(store, TRADER, 1, book, "자동", now)
    assert not gate_attention(store, TRADER, now + timedelta(minutes=50))
    assert len(gate_attention(store, TRADER, now + timedelta(minutes=56))) == 1
    gates.hand_in(store, TRADER, TOMORROW, "morning", Strategy.MEDIAN, "", now + timedelta(minutes=57))
    assert not gate_attention(store, TRADER, now + timedelta(minutes=58))


def test_the_demo_begins_with_days_that_can_be_looked_at(store, clock):
    """Its pool, prices and past forecasts are invented once, marked as such; yesterday is left to settle."""
    now = clock.now()
    with store.registry.write() as conn:
        store.things.put(conn, [replace(one, simulated=True) for one in THINGS])
        store.points.put(conn, POINTS)
    load_demo_pool(store, now)
    shine(store, now - 8 * DAY, now)
    for _ in range(2):
        load_demo_pool(store, now)
        load_demo_forecasts(store, now)
    with store.registry.read() as conn:
        assert register.book_in_force(store, conn).version == 1
        handed = records.handed_between(conn, date(2026, 1, 1), TOMORROW)
        assert settling.unsettled(store, conn, now) == (now.date() - DAY, now.date() - DAY)
    assert {one.gate for one in handed} == {"morning", "evening"}
    assert all(one.simulated for one in handed)
    assert max(one.day for one in handed) == now.date()
    paper = settling.settlements(store, TRADER)[0]
    assert (paper.simulated, paper.version, paper.body.total > 0) == (True, 1, True)
    found = desk(store, TRADER, None, now)
    assert found.simulated
    assert found.yesterday.error == found.yesterday.error


def test_the_house_hands_in_while_it_is_open(store, clock, caplog):
    """What keeps a forecast from going is logged once, and keeps nothing else from being done."""
    now = clock.now()
    put_things(store)
    book = PoolBook(BOOKED.members, rounding="truncate", cuts=BOOKED.cuts, automatic=True)
    register.BOOK.put(store, TRADER, 0, book, "자동", now)
    before = FixedClock(now + timedelta(minutes=52))
    worker = Worker(House(Settings(), before, store, Live()))
    worker.work()
    worker.work()
    assert [one.message.count("could not be handed in") for one in caplog.records].count(1) == 1
    shine(store, now - 14 * DAY, now)
    Outlook(store).tell(now)
    worker.work()
    worker.work()
    with store.registry.read() as conn:
        handed = records.handed_between(conn, TOMORROW, TOMORROW)
    assert [(one.gate, one.automatic, one.by) for one in handed] == [("morning", True, "system")]
