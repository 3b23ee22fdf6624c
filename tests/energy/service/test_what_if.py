"""A firm's year and the complex's out of a real store: what it stands on, who sees it, what is kept."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa
from tests.energy.service.works import ENGINEER, FIRM, HERE, OTHER, THINGS, fill

from sandan.clock import QUARTER_HOUR, milliseconds
from sandan.energy.model.agreements import Agreement
from sandan.energy.model.rates import SLOT_MS
from sandan.energy.model.tariff import Contract, Kind, Option, Voltage
from sandan.energy.model.whatif import Addition, RoofSource, State, Wish
from sandan.energy.records.contracts import put_contracts
from sandan.energy.records.scenarios import (
    OF_OLD,
    find_scenario,
    finish_scenario,
    mark_progress,
    next_scenario,
    scenario,
    wait_again,
)
from sandan.energy.service.scenarios import complex_of, run_scenario
from sandan.energy.service.whatif import Ask, Bases, read_ask, run_year
from sandan.energy.service.wishes import ask_scenario, scenario_of, scenarios_asked
from sandan.errors import InvalidInput, NotAllowed, NotFound
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES
from sandan.words import Text

CONTRACT = Contract(Kind.INDUSTRIAL_B, Voltage.HIGH_A, Option.II, 500.0)
WISH = Wish(50.0, 0.2, 4.0)


def prepare(store, now, *, roofs=True):
    """Two firms with contracts; one has a roof of 100 kW, the other a bare one of half the area."""
    fill(store, now)
    with store.registry.write() as conn:
        things = {one.id: one for one in THINGS}
        changed = [
            Thing("b-1", "building", "가나 공장", geometry=HERE, attributes={"roof_area": 1000.0}),
            Thing("b-2", "building", "다라 공장", geometry=HERE, attributes={"roof_area": 500.0}),
            replace(things["firm-1"], attributes={"building": "b-1"}),
            replace(things["firm-2"], attributes={"building": "b-2"}),
        ]
        if roofs:
            changed.append(replace(things["pv-1"], parent="b-1", attributes={"capacity": 100.0}))
        store.things.put(conn, changed)
        put_contracts(
            conn,
            [Agreement(meter, date(2024, 1, 1), CONTRACT) for meter in ("m-1", "m-2")],
        )


def ask(power=0.0, energy=0.0, roof=0.0, **given):
    return Ask(Addition(power, energy, roof), **given)


def test_a_firms_year_and_what_it_stands_on(store_of_works, clock):
    """Nothing added changes nothing; a battery and a roof save, and the answer says how much is known."""
    base = Bases().of(store_of_works, FIRM, "m-1", clock.now())
    same = run_year(base, ask())
    assert (same.saving, same.tonnes, same.payback) == (0, 0.0, None)
    assert same.after == base.before
    assert base.course.origin.days == 365
    assert 20 < base.course.origin.measured < base.course.origin.known < 47
    assert base.roof is not None
    assert base.roof.source is RoofSource.OWN
    better = run_year(base, ask(50, 200, 100.0, investment=1e7))
    assert better.saving > 0
    assert better.payback == pytest.approx(1e7 / better.saving)
    assert better.tonnes == pytest.approx(
        (better.imported[0] - better.imported[1]) / 1000 * base.setting.factor.value
    )
    assert sum(one.before - one.after for one in better.lines) == better.saving
    assert better.demand[1] < better.demand[0]
    used = better.imported[0] - better.imported[1]
    assert better.roof - better.exported - better.lost == pytest.approx(used)


def test_a_battery_that_would_cost_more_rests(store_of_works, clock):
    """One that is too small to shave a kilowatt only loses energy: then the bills stay as they were."""
    base = Bases().of(store_of_works, OTHER, "m-2", clock.now())
    tiny = run_year(base, ask(0.01, 0.04))
    assert tiny.saving >= 0
    for power in (5.0, 20.0, 60.0):
        assert run_year(base, ask(power, 3 * power)).saving >= 0


def test_surplus_earns_only_what_was_typed(store_of_works, clock):
    """A roof too large for the site earns nothing by itself; with a price, kilowatt-hour by kilowatt-hour."""
    base = Bases().of(store_of_works, FIRM, "m-1", clock.now())
    large = run_year(base, ask(roof=3000.0))
    assert large.exported > 0
    assert large.earned == 0
    sold = run_year(base, ask(roof=3000.0, export=100.0))
    assert sold.earned == round(100 * large.exported)
    assert sold.saving == large.saving + sold.earned


def test_a_firm_without_a_roof_is_lent_the_complexs(store_of_works, clock):
    """Another firm's course is not its own, and a firm sees nobody else's year."""
    bases = Bases()
    lent = bases.of(store_of_works, OTHER, "m-2", clock.now()).roof
    assert lent.source is RoofSource.COMPLEX
    with pytest.raises(NotFound):
        bases.of(store_of_works, OTHER, "m-1", clock.now())
    kept = bases.of(store_of_works, ENGINEER, "m-2", clock.now())
    assert bases.of(store_of_works, OTHER, "m-2", clock.now()) is kept


def test_what_is_missing_is_said(sqlite_store, clock):
    """No contract and no metered day are findings; nothing is made up for them."""
    with sqlite_store.registry.write() as conn:
        sqlite_store.things.put(conn, THINGS)
    with pytest.raises(InvalidInput) as error:
        Bases().of(sqlite_store, FIRM, "m-1", clock.now())
    assert error.value.findings[0].where == "contract"
    with sqlite_store.registry.write() as conn:
        put_contracts(conn, [Agreement("m-1", date(2024, 1, 1), CONTRACT)])
    with pytest.raises(InvalidInput) as error:
        Bases().of(sqlite_store, FIRM, "m-1", clock.now())
    assert error.value.findings[0].where == "meter"
    with pytest.raises(InvalidInput) as error:
        run_scenario(sqlite_store, Wish(0.0, 1.0, 4.0), clock.now(), lambda done, whole: None)
    assert error.value.findings[0].where == "meters"


def test_what_is_typed_is_read_or_refused_whole():
    """Commas and blanks are fine; every fault is told at once, and half a battery is none yet."""
    assert read_ask({"power": "1,000", "energy": " 4000 ", "hold": "1"}) == Ask(
        Addition(1000.0, 4000.0, 0.0), hold=True
    )
    assert read_ask({}) == ask()
    with pytest.raises(InvalidInput) as error:
        read_ask({"power": "x", "roof": "-3", "export": "nan"})
    assert len(error.value.findings) == 3
    assert not read_ask({"power": "100"}).added.stores


def test_the_complex_follows_stated_rules(store_of_works, clock):
    """Roofs go to the bare building, no denser than those there are; all kilowatts and bills add up."""
    store, now = store_of_works, clock.now()
    with store.registry.read() as conn:
        works = complex_of(store, conn, now)
    assert works.bare.tolist() == [0.0, 500.0]
    assert works.density == pytest.approx(0.1)
    seen = []
    found = run_scenario(store, WISH, now, lambda done, whole: seen.append((done, whole)))
    assert seen
    assert all(whole == 4 and done < whole for done, whole in seen)
    assert found.put_up.roof == pytest.approx(50.0)
    assert found.put_up.unplaced == 0
    assert found.put_up.energy == pytest.approx(200.0)
    assert found.put_up.power == pytest.approx(50.0)
    assert found.put_up.battery_sites == 2
    assert (found.grounds.billed, found.grounds.unbilled, found.grounds.silent) == (2, 0, 0)
    assert found.after.won < found.before.won
    assert found.dearer == 0
    assert sum(one.before for one in found.months) == found.before.won
    assert sum(after for _, _, after in found.lines) == found.after.won
    assert found.after.sufficiency > found.before.sufficiency > 0
    assert found.after.peak < found.before.peak
    assert found.carbon.after < found.carbon.before
    assert [(one.feeder, one.meters) for one in found.feeders] == [("line", 2)]
    assert found.feeders[0].after < found.feeders[0].before
    mine = sum(Bases().of(store, ENGINEER, meter, now).before.total for meter in ("m-1", "m-2"))
    assert found.before.won == mine


def test_a_meter_that_cannot_be_billed_counts_by_its_load(store_of_works, clock):
    """Of a contract no tariff is known for: it is told, gets no battery, but loads its feeder."""
    store, now = store_of_works, clock.now()
    whole = run_scenario(store, Wish(0.0, 0.1, 4.0), now, lambda done, whole: None)
    odd = Contract(Kind.INDUSTRIAL_A1, Voltage.HIGH_C, Option.III, 100.0)
    with store.registry.write() as conn:
        put_contracts(conn, [Agreement("m-2", date(2024, 1, 1), odd)])
    found = run_scenario(store, Wish(0.0, 0.1, 4.0), now, lambda done, whole: None)
    assert (found.grounds.billed, found.grounds.unbilled) == (1, 1)
    assert found.put_up.battery_sites == 1
    assert found.feeders[0].before == pytest.approx(whole.feeders[0].before)
    assert found.before.won < whole.before.won


def test_roofs_that_find_no_room_are_told(store_of_works, clock):
    """Ten times the power there is does not fit on a building of half the size."""
    found = run_scenario(store_of_works, Wish(1000.0, 0.0, 4.0), clock.now(), lambda done, whole: None)
    assert found.put_up.roof == pytest.approx(50.0)
    assert found.put_up.unplaced == pytest.approx(950.0)
    assert found.put_up.battery_sites == 0


def test_without_a_metered_roof_there_are_no_more_roofs(sqlite_store, clock):
    """A share of nothing is nothing: it is refused in words, batteries alone are not."""
    prepare(sqlite_store, clock.now(), roofs=False)
    with pytest.raises(InvalidInput) as error:
        run_scenario(sqlite_store, WISH, clock.now(), lambda done, whole: None)
    assert error.value.findings[0].where == "roofs"
    found = run_scenario(sqlite_store, Wish(0.0, 0.1, 2.0), clock.now(), lambda done, whole: None)
    assert found.after.generated == 0
    assert np.isfinite(found.after.sufficiency)


def test_a_plant_that_is_not_metered_follows_the_weather(sqlite_store, clock):
    """With irradiance alone a roof is modelled under it, and says so."""
    now = clock.now()
    prepare(sqlite_store, now, roofs=False)
    with sqlite_store.registry.write() as conn:
        sqlite_store.things.put(
            conn,
            [
                Thing("ws", "weather_station", "기상측정소", geometry=HERE),
                Thing("pv-9", "pv", "새 설비", parent="b-1", geometry=HERE, attributes={"capacity": 40.0}),
            ],
        )
        sqlite_store.points.put(conn, [Point("ws.irradiance", "ws", "irradiance", QUARTER_HOUR)])
        number = sqlite_store.points.get(conn, "ws.irradiance").number
        source = sqlite_store.sources.number(conn, "test")
    n = 20 * 96
    start = milliseconds(now) // SLOT_MS * SLOT_MS - n * SLOT_MS + SLOT_MS * np.arange(n)
    hour = (start + 9 * 3_600_000) % 86_400_000 / 3_600_000
    shine = 500.0 * np.clip(np.cos((hour - 12.5) / 12 * np.pi), 0, None)
    columns = (np.full(n, number), start, start + SLOT_MS, np.full(n, source), shine, np.zeros(n))
    arrays = [
        pa.array(column.astype(np.float64 if field.name == "value" else np.int64)).cast(field.type)
        for column, field in zip(columns, SAMPLES, strict=True)
    ]
    sqlite_store.historian.append(pa.table(arrays, schema=SAMPLES))
    base = Bases().of(sqlite_store, OTHER, "m-2", now)
    assert (base.roof.source, base.roof.count) == (RoofSource.WEATHER, 1)
    assert base.roof.origin.known == 19
    assert 300 < base.roof.energy.sum() < 1600
    found = run_scenario(sqlite_store, WISH, now, lambda done, whole: None)
    assert found.grounds.source is RoofSource.WEATHER
    assert found.put_up.roof == pytest.approx(20.0)


def test_a_wish_asked_twice_is_one_scenario(store_of_works, clock):
    """The same day the same answer; another day, or after a failure, it is reckoned anew."""
    store, now = store_of_works, clock.now()
    first = ask_scenario(store, ENGINEER, WISH, now)
    assert first.state is State.WAITING
    assert ask_scenario(store, ENGINEER, WISH, now + timedelta(minutes=5)).id == first.id
    later = ask_scenario(store, ENGINEER, WISH, now + timedelta(days=1))
    assert later.id != first.id
    with store.registry.write() as conn:
        assert next_scenario(conn).id == first.id
        mark_progress(conn, first.id, 3, 4)
        running = find_scenario(conn, first.id)
        assert (running.state, running.done, running.whole) == (State.RUNNING, 3, 4)
        assert next_scenario(conn).id == later.id
        wait_again(conn)
        assert next_scenario(conn).id == first.id
    outcome = run_scenario(store, WISH, now, lambda done, whole: None)
    with store.registry.write() as conn:
        finish_scenario(conn, first.id, outcome, now)
        finish_scenario(conn, later.id, Text("안 됨", "no"), now)
    assert scenario_of(store, ENGINEER, first.id).outcome == outcome
    assert scenario_of(store, ENGINEER, later.id).failure == Text("안 됨", "no")
    again = ask_scenario(store, ENGINEER, WISH, now + timedelta(days=1))
    assert (again.id, again.state) == (later.id, State.WAITING)
    assert [one.id for one in scenarios_asked(store, ENGINEER)] == [later.id, first.id]
    with store.registry.read() as conn:
        assert len(store.events.find(conn, kind="ScenarioAsked")) == 3


def test_an_outcome_of_an_older_shape_is_told_not_tripped_over(sqlite_store, clock):
    """What an earlier version reckoned counts as failed, and is reckoned anew when asked again."""
    made = ask_scenario(sqlite_store, ENGINEER, WISH, clock.now())
    with sqlite_store.registry.write() as conn:
        conn.execute(
            sa.update(scenario).where(scenario.c.id == made.id).values(state=State.DONE, body={"won": 1})
        )
    assert scenarios_asked(sqlite_store, ENGINEER)[0].failure == OF_OLD
    assert ask_scenario(sqlite_store, ENGINEER, WISH, clock.now()).state is State.WAITING


def test_the_complex_is_the_staffs_to_ask_of(sqlite_store, clock):
    """A firm may not, for the sums would tell of its neighbours; every fault of a wish is told."""
    with pytest.raises(NotAllowed):
        ask_scenario(sqlite_store, FIRM, WISH, clock.now())
    with pytest.raises(NotAllowed):
        scenarios_asked(sqlite_store, FIRM)
    with pytest.raises(NotFound):
        scenario_of(sqlite_store, ENGINEER, "none")
    with pytest.raises(InvalidInput) as error:
        ask_scenario(sqlite_store, ENGINEER, Wish(-1.0, float("nan"), 99.0), clock.now())
    assert [one.where for one in error.value.findings] == ["roofs", "batteries", "hours"]
    with pytest.raises(InvalidInput):
        ask_scenario(sqlite_store, ENGINEER, Wish(0.0, 0.0, 4.0), clock.now())


@pytest.fixture
def store_of_works(sqlite_store, clock):
    """The two firms, metered for some weeks."""
    prepare(sqlite_store, clock.now())
    return sqlite_store
