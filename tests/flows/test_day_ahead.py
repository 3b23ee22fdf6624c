"""The story from forecasts to a plan that the network carries, on real stores."""

from datetime import date

import pytest
import shapely
from tests.energy.service.works import ENGINEER, FIRM, fill

from sandan.energy import hand_in_pool
from sandan.energy.engine.network import line_types
from sandan.energy.model.agreements import Agreement
from sandan.energy.model.pool import Member, PoolBook
from sandan.energy.model.tariff import Contract, Kind, Option, Voltage
from sandan.energy.records.contracts import put_contracts
from sandan.energy.service.network import tell_network
from sandan.energy.service.vpp.register import BOOK
from sandan.errors import Conflict, InvalidInput, NotAllowed
from sandan.flows.day_ahead import plan_day_ahead
from sandan.twin.model import Thing

NETWORK = [
    Thing("station", "substation", "동부 변전소", geometry=shapely.Point(126.69, 37.40)),
    Thing("line", "feeder", "동부 선로", "station",
          geometry=shapely.LineString([(126.69, 37.40), (126.70, 37.40)]),
          attributes={"capacity": 1000.0, "voltage": 22.9}),
    Thing("tr", "transformer", "동부 변압기", geometry=shapely.Point(126.70, 37.40),
          attributes={"feeder": "line", "capacity": 500.0}),
]  # fmt: skip
GIVEN = {
    "trunk": next(iter(line_types())),
    "lateral": next(iter(line_types())),
    "power_factor": "0.95",
    "source_voltage": "1.0",
}


def prepare(store, now):
    """The small works on a network, its first firm with a contract."""
    fill(store, now)
    with store.registry.write() as conn:
        store.things.put(conn, NETWORK)
        contract = Contract(Kind.INDUSTRIAL_B, Voltage.HIGH_A, Option.II, 500.0)
        put_contracts(conn, [Agreement("m-1", date(2025, 1, 1), contract)])


def test_the_day_ahead_from_forecasts_to_the_network(store, clock):
    """Everything is forecast, the battery planned, and the flow of the plan computed beside that without."""
    prepare(store, clock.now())
    tell_network(store, ENGINEER, 0, GIVEN, "단선도", clock.now())
    found = plan_day_ahead(store, ENGINEER, clock.now())
    assert found.forecasts.told == 4
    assert [one.meter for one in found.plan.plans] == ["m-1"]
    assert found.check is not None
    head = found.check.after.head[0] - found.check.before.head[0]
    battery = found.plan.plans[0].course.battery
    assert abs(head - battery).max() < 0.05 * abs(battery).max()
    assert not found.check.caused


def test_a_network_nobody_told_of_is_not_checked(store, clock):
    """No cable is made up: nothing told, no check; half of it, a finding for each that lacks."""
    prepare(store, clock.now())
    found = plan_day_ahead(store, ENGINEER, clock.now())
    assert found.plan.plans
    assert found.check is None
    with pytest.raises(InvalidInput) as caught:
        tell_network(store, ENGINEER, 0, {"trunk": "x", "loading": "red"}, "", clock.now())
    assert len(caught.value.findings) == 5


def test_the_roofs_forecast_is_handed_in_once_for_the_next_gate(store, clock):
    """Only when it is asked for, and in the register's way; a bid is sized for the hours that were named."""
    prepare(store, clock.now())
    BOOK.put(store, ENGINEER, 0, PoolBook((Member("pv-1", 40.0),)), "협약", clock.now())
    found = plan_day_ahead(store, ENGINEER, clock.now())
    assert found.pool is not None
    assert found.pool.offer is not None
    assert found.handed is None
    found = plan_day_ahead(store, ENGINEER, clock.now(), hand_in=True, bid=(17, 2))
    assert found.handed is not None
    assert found.handed.day == found.pool.gate.day
    assert (found.bid.hour, found.bid.mw) == (17, 0)  # nobody is enrolled
    assert found.devices.armed == 0
    said = " ".join(one.en for one in found.told())
    assert "handed in" in said
    assert "advice" in said
    with pytest.raises(Conflict):
        hand_in_pool(
            store, ENGINEER, found.handed.day, found.handed.gate, found.handed.strategy, "", clock.now()
        )


def test_only_those_who_plan_start_the_day(store, clock):
    """A firm may look at its plan, not make the complex's."""
    with pytest.raises(NotAllowed):
        plan_day_ahead(store, FIRM, clock.now())
