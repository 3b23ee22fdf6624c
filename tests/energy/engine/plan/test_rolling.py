"""Plans made again as the day comes, and years run again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from tests.energy.engine.tariff.steel import STEEL, months, steel_year

from sandan.clock import korean_holidays
from sandan.energy.engine.plan import plan_site, regret, repeat_week, replan, slice_site, what_if
from sandan.energy.engine.tariff import Calendar, levies, rates, standing_demand, tariff
from sandan.energy.model.plan import Battery, Site, Status
from sandan.energy.model.rates import Rates
from sandan.energy.model.replan import Measured
from sandan.energy.model.tariff import Contract, Kind, Option, Voltage


def day(n: int = 96, standing: float = 150.0) -> Site:
    """A working day with a peak at noon."""
    hours = np.arange(n) // 4 % 24
    energy = np.where(
        (hours < 8) | (hours >= 22), 116.0, np.where((hours >= 15) & (hours < 21), 229.0, 163.8)
    )
    load = 100 + 80 * np.exp(-(((hours - 13) / 3.0) ** 2))
    start = np.arange(n, dtype=np.int64) * 900_000
    made = Rates(
        start, np.zeros(n, np.int8), energy, (hours >= 8) & (hours < 22), 8320.0, standing, np.zeros(n)
    )
    return Site("a", made, load, (Battery("b", 40.0, 120.0),))


def test_a_plan_made_again_with_nothing_new_is_the_rest_of_the_old_one() -> None:
    """When all came as foreseen, what is left costs what the old plan said."""
    site = day()
    old = plan_site(site)
    for at in (1, 40, 70):
        made = replan(Measured(at, (float(old.stored[0, at]),)), slice_site(site, at, 96), old)
        rest = slice_site(replace(site, batteries=()), at, 96)
        expected = float(rest.rates.energy @ old.grid[at:]) * 0.25
        assert made.plan.cost.energy == pytest.approx(expected, rel=1e-6)
        assert made.given_way == ()


def test_a_peak_that_has_been_is_not_fought_again() -> None:
    """After an hour above the peak planned for, the battery no longer shaves below it."""
    site = day(standing=140.0)
    made = replan(Measured(50, (60.0,), demand=175.0), slice_site(site, 50, 96))
    assert made.plan.cost.demand == 0
    assert made.plan.demand > 145


def test_a_charge_out_of_reach_gives_way_and_says_so() -> None:
    """With an hour left and an empty battery the aim is lowered to what can be charged."""
    site = day()
    made = replan(Measured(92, (12.0,)), slice_site(site, 92, 96))
    assert made.plan.status is Status.OPTIMAL
    assert made.given_way[0].relaxation == pytest.approx(60 - 12 - 40 * 0.95, rel=1e-6)


def test_perfect_forecasts_leave_no_regret() -> None:
    """Planning again every quarter-hour with the truth costs what hindsight costs."""
    site = day()
    found = regret(site, lambda t: slice_site(site, t, 96))
    assert found.regret == pytest.approx(0, abs=1.0)
    assert found.kept == pytest.approx(1, abs=1e-4)
    assert found.replans == 96


def test_a_wrong_forecast_costs_something_and_the_battery_stays_within_its_limits() -> None:
    """With noise of 10 % on the load the plan costs at least what hindsight would, and mostly saves."""
    site, r = day(192), np.random.default_rng(1)
    noise = r.normal(1, 0.1, 192)
    foreseen = replace(site, load=site.load * noise)
    found = regret(site, lambda t: slice_site(foreseen, t, 192), every=4)
    assert found.rolled.total >= found.perfect.total - 1
    assert 0 < found.kept <= 1
    change = np.where(found.battery > 0, found.battery * 0.95, found.battery / 0.95) * 0.25
    stored = 60 + np.cumsum(change)
    assert stored.min() >= 12 - 1e-6
    assert stored.max() <= 108 + 1e-6


def test_the_naive_week_is_the_last_one() -> None:
    """The forecast for any time ahead is the same time of the last week known."""
    past = np.arange(1000.0)
    assert repeat_week(past, 700)[0] == 328
    assert repeat_week(past, 700)[672] == 328


def steel_months() -> tuple[list[Site], Contract]:
    """The steel plant's year at the tariff of 2026-04-16, option II."""
    contract = Contract(Kind.INDUSTRIAL_B, Voltage.HIGH_A, Option.II, 700.0)
    book = tariff(contract.kind, contract.voltage, contract.option, "2026-04-16")
    calendar = Calendar.of(korean_holidays(2018))
    sites = []
    for meter in months(steel_year()):
        made = rates(contract, book, levies(date(2026, 3, 1)), meter.start, calendar)
        sites.append(Site("steel", made, meter.energy * 4))
    return sites, contract


@pytest.mark.skipif(not STEEL.exists(), reason="the steel plant's readings are beside the project, not in it")
def test_the_steel_plant_s_year_with_a_battery() -> None:
    """A battery of 100 kW and 400 kWh lowers the year's bill; the ratchet follows the peaks it leaves."""
    sites, contract = steel_months()
    rule = tariff(contract.kind, contract.voltage, contract.option, "2026-04-16").demand
    labels = [(2018, month) for month in range(1, 13)]
    unit = Battery("battery", 100.0, 400.0, wear=20.0)

    def standing(number: int, peaks: list[float]) -> float:
        return standing_demand(contract, rule, labels[number], dict(zip(labels, peaks, strict=False)))

    year = what_if(sites, lambda site: replace(site, batteries=(unit,)), standing)
    assert all(plan.status is Status.OPTIMAL for plan in year.plans)
    assert year.saving > 0
    assert max(year.demand_after) < max(year.demand_before)
    assert year.before == pytest.approx(
        sum(
            float(site.rates.energy @ site.load) / 4 + site.rates.demand * kw
            for site, kw in zip(sites, year.demand_before, strict=True)
        )
    )
