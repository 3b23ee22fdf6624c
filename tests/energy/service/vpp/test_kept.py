"""What the desk keeps in either database: forecasts, prices and advice, added to and never changed."""

from datetime import date, timedelta

import numpy as np
import pytest
import sqlalchemy as sa
from tests.energy.service.vpp.roofs import BOOKED, FIRM, OFFICER, OTHER, TRADER, open_pool, price

from sandan.energy.model.pool import Strategy
from sandan.energy.records import vpp as records
from sandan.energy.service.vpp import curtailing, gates, register
from sandan.energy.service.vpp.curtailing import Order
from sandan.energy.service.vpp.roofs import my_roofs
from sandan.errors import Conflict, InvalidInput, NotAllowed, NotFound

TOMORROW = date(2026, 3, 5)
HOUR = timedelta(hours=1)


def test_a_forecast_is_frozen_at_its_gate_and_a_newer_one_counts_instead(store, clock):
    """The old one stays as it was; whoever had not seen it is refused; after the gate nothing goes in."""
    now = clock.now()
    open_pool(store, now)
    with pytest.raises(NotAllowed):
        gates.hand_in(store, OFFICER, TOMORROW, "morning", Strategy.MEDIAN, "", now)
    first = gates.hand_in(store, TRADER, TOMORROW, "morning", Strategy.MEDIAN, "", now)
    with pytest.raises(Conflict):
        gates.hand_in(store, TRADER, TOMORROW, "morning", Strategy.MEDIAN, "", now)
    with pytest.raises(InvalidInput) as error:
        gates.hand_in(store, TRADER, TOMORROW, "morning", Strategy.BEST, "", now, seen=1)
    assert error.value.findings[0].where == "reason"
    second = gates.hand_in(store, TRADER, TOMORROW, "morning", Strategy.BEST, "흐림", now, seen=1)
    assert (second.number, second.reason, len(second.hash)) == (2, "흐림", 64)
    assert first.hash != second.hash
    kept = gates.find_handed(store, TRADER, TOMORROW, "morning", 1)
    assert kept.pool == BOOKED.members
    np.testing.assert_array_equal(kept.energy, first.energy)
    with pytest.raises(InvalidInput) as error:
        gates.hand_in(store, TRADER, TOMORROW, "morning", Strategy.MEDIAN, "", now + 2 * HOUR, seen=2)
    assert error.value.findings[0].where == "gate"
    with pytest.raises(NotFound):
        gates.hand_in(store, TRADER, TOMORROW, "noon", Strategy.MEDIAN, "", now)
    rows = gates.handed_sheet(kept).splitlines()
    assert len(rows) == 25
    assert rows[0].endswith("day,hour,pool_kwh,pv-1,pv-2")
    for change in (sa.update(records.handed).values(reason="달리"), sa.delete(records.handed)):
        with pytest.raises(Conflict), store.registry.write() as conn:
            conn.execute(change)
    with store.registry.read() as conn:
        said = store.events.find(conn, kind="PoolForecastHandedIn")
    assert [(one.payload["number"], one.actor) for one in said] == [(2, "energy"), (1, "energy")]


def test_who_gave_up_more_gives_up_less_the_next_time(store, clock):
    """First those behind a feeder, then all: in the end each gave up the same part."""
    now = clock.now()
    open_pool(store, now)
    noon = now.replace(hour=12)
    behind = Order(noon, noon + HOUR, 20.0, "line", "선로 점검")
    planned = curtailing.plan_curtailment(store, TRADER, behind, now)
    assert [(one.plant, round(one.cut, 6)) for one in planned.roofs] == [("pv-1", 20.0), ("pv-2", 0.0)]
    given = curtailing.advise_curtailment(store, TRADER, behind, 0, now)
    with pytest.raises(Conflict):
        curtailing.advise_curtailment(store, TRADER, behind, 0, now)
    both = Order(noon + HOUR, noon + 2 * HOUR, 40.0, "", "계통 제약")
    view = curtailing.plan_curtailment(store, TRADER, both, now)
    cuts = {one.plant: one for one in view.roofs}
    assert sum(one.cut for one in view.roofs) == pytest.approx(40)
    assert cuts["pv-1"].after == pytest.approx(cuts["pv-2"].after)
    assert cuts["pv-1"].cut < 2 * cuts["pv-2"].cut
    mine = my_roofs(store, FIRM, now).curtailed
    assert [(one.number, round(one.kwh, 3)) for one in mine] == [(given.number, 20.0)]
    assert my_roofs(store, OTHER, now).curtailed == []
    with store.registry.read() as conn:
        told = store.events.find(conn, kind="RoofCurtailmentAdvised")
    assert [(one.subject, one.tenant) for one in told] == [("pv-1", "firm-1")]
    seen = curtailing.curtailment_view(store, OFFICER, given.number)
    np.testing.assert_allclose(seen.advice.cut, given.cut)


def test_prices_of_an_hour_go_before_those_of_its_month_and_the_newer_counts(store, clock):
    """Nothing is overwritten; what has no price has none."""
    now = clock.now()
    price(store, now)
    row = {"line": "smp", "from": "2026-03-05 12:00", "price": "80", "source": "거래소"}
    register.save_prices(store, TRADER, [row], now + HOUR)
    register.save_prices(store, TRADER, [row | {"price": "85"}], now + 2 * HOUR)
    with store.registry.read() as conn:
        found = register.prices_of(conn, TOMORROW, TOMORROW)
        none = register.prices_of(conn, date(2026, 5, 1), date(2026, 5, 1))
        assert records.count_prices(conn) == 4
    values = list(found.smp.values())
    assert (len(values), values[12], values[13], found.certificate) == (24, 85, 100, 70_000)
    assert (none.smp, none.certificate) == ({}, None)
    assert len(register.export_prices(store, TRADER).splitlines()) == 4
    with pytest.raises(NotAllowed):
        register.save_prices(store, OFFICER, [row], now)
