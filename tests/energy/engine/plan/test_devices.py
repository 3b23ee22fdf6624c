"""Every kind of device at once under shared limits: what is conserved, what is kept, what is proven."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.energy.engine.plan.test_sites import make_rates

from sandan.energy.engine.plan import plan_complex, plan_of_site, plan_site
from sandan.energy.engine.plan.costs import idle_course
from sandan.energy.engine.plan.program import Rows, add_limits, add_site
from sandan.energy.model.plan import (
    Battery,
    ComplexProblem,
    Limit,
    Method,
    PlanParams,
    Request,
    Shiftable,
    Site,
    SitePlan,
    Source,
    Status,
)
from sandan.energy.model.rates import SLOT_HOURS

DAY = 16
"""Quarter-hours in a day of these tests: a real day's would only take longer."""


def make_day_site(r: np.random.Generator, name: str, days: int) -> Site:
    """A site with any of the devices, over `days`; in some hours energy is worth less than nothing."""
    n = DAY * days
    hour = np.arange(n) % DAY
    energy = np.where(hour < 5, 116.0, np.where(hour >= 10, 229.0, 163.8))
    if r.random() < 0.5:
        energy = np.where((hour >= 6) & (hour < 8), -float(r.uniform(5, 60)), energy)
    rates = make_rates(
        n,
        energy,
        export=np.minimum(energy, 90.0) - 1.0,
        counts=hour >= 5,
        demand=float(r.choice([0.0, 8320.0])),
        standing_demand=float(r.uniform(100, 400)),
    )
    sun = np.maximum(0, np.sin((hour - 4) / 8 * np.pi))
    power = float(r.uniform(20, 90))
    units = [
        Battery("battery", power, power * float(r.uniform(1, 3)), 0.95, 0.94, wear=float(r.choice([0, 15])))
    ]
    if r.random() < 0.4:
        there = (hour < 5) | (hour >= 12)
        trip = np.where(hour == 6, 6.0, 0.0)
        units.append(Battery("cars", 20.0, 60.0, 0.92, 0.92, plugged=there, taken=trip, end=0.3))
    sources = [Source("roof", float(r.uniform(0, 250)) * sun)]
    if r.random() < 0.5:
        cell = Source("fuel cell", np.full(n, 60.0), cost=140.0, carbon=0.35)
        sources.append(replace(cell, ramp=15.0, hours=n / 8) if r.random() < 0.5 else cell)
    if r.random() < 0.5:
        sources.append(Source("cut", np.full(n, 25.0), cost=600.0, hours=1.5))
    works = []
    if r.random() < 0.5:
        works = [
            Shiftable(f"furnace {day}", 15.0, 30.0, day * DAY + 2, day * DAY + 14) for day in range(days)
        ]
    return Site(name, rates, r.uniform(80, 300, n), tuple(units), tuple(sources), tuple(works))


def make_mixed(count: int, seed: int, days: int) -> ComplexProblem:
    """Such sites on two feeders that carry a little less than would flow, and an event on the last day."""
    r = np.random.default_rng(seed)
    sites = tuple(make_day_site(r, f"firm {i}", days) for i in range(count))
    flows = np.array([idle_course(site)[0] for site in sites])
    limits = []
    for f, part in enumerate(np.array_split(np.arange(count), 2 if count > 1 else 1)):
        flow, n = flows[part].sum(axis=0), DAY * days
        most, out = max(flow.max(), 1.0) * 0.97, max(float((-flow).max()), 10.0)
        limits.append(Limit(f"feeder {f}", part, np.full(n, most), np.full(n, out)))
    slots = DAY * (days - 1) + np.arange(10, 12)
    event = Request("event", np.arange(count), slots, flows.sum(axis=0)[slots] - 20.0, 500.0)
    return ComplexProblem(sites, tuple(limits), (event,))


def check_devices(site: Site, plan: SitePlan, off: float) -> None:
    """Energy balances in every quarter-hour and over time; no device does what it cannot."""
    n = len(site.load)
    given_ = plan.grid + plan.sources.sum(axis=0) - plan.battery.sum(axis=0) - plan.shiftables.sum(axis=0)
    np.testing.assert_allclose(given_, site.load, atol=off)
    for unit, power, stored in zip(site.batteries, plan.battery, plan.stored, strict=True):
        into, out = np.maximum(power, 0) * SLOT_HOURS, np.maximum(-power, 0) * SLOT_HOURS
        trips = np.zeros(n) if unit.taken is None else unit.taken
        moved = into * unit.charge_efficiency - out / unit.discharge_efficiency - trips
        np.testing.assert_allclose(np.diff(stored), moved, atol=off)
        assert stored.min() >= unit.lowest * unit.energy - off
        assert stored.max() <= unit.highest * unit.energy + off
        assert stored[-1] >= (unit.start if unit.end is None else unit.end) * unit.energy - off
        there = np.ones(n, bool) if unit.plugged is None else unit.plugged
        assert (np.abs(power) <= unit.power * there + off).all()
    for source, power in zip(site.sources, plan.sources, strict=True):
        assert (power >= -off).all()
        assert (power <= source.power + off).all()
        if source.hours is not None:
            assert power.sum() * SLOT_HOURS <= source.hours * source.power.max() + off
        if source.ramp is not None:
            assert np.abs(np.diff(power)).max() <= source.ramp + off
    for work, power in zip(site.shiftables, plan.shiftables, strict=True):
        assert power.sum() * SLOT_HOURS == pytest.approx(work.energy, abs=off)
        assert (power <= work.power + off).all()
        assert np.abs(np.delete(power, np.arange(work.first, work.last))).max(initial=0.0) <= off


def relaxed_optimum(problem: ComplexProblem) -> tuple[bool, float]:
    """The program of everything, in which a store may charge and give at once."""
    lp = Rows()
    columns = [add_site(lp, site, PlanParams()) for site in problem.sites]
    add_limits(lp, problem, columns)
    return lp.solve()[:2]


@settings(max_examples=20, deadline=None)
@given(
    count=st.integers(1, 6),
    seed=st.integers(0, 10**6),
    days=st.integers(1, 3),
    method=st.sampled_from([Method.LINEAR, Method.COORDINATION]),
)
def test_all_kinds_of_devices_keep_the_laws_under_shared_limits(
    count: int, seed: int, days: int, method: Method
) -> None:
    """One to three days, batteries to furnaces, by either method: balanced, within limits, honestly bound."""
    problem = make_mixed(count, seed, days)
    plan = plan_complex(problem, PlanParams(rounds=40), method=method)
    good, optimum = relaxed_optimum(problem)
    if plan.status is Status.INFEASIBLE:
        assert plan.unmet
        return
    assert good
    assert plan.bound <= plan.cost + 1e-6 * abs(plan.cost) or plan.violation > 1e-3
    if method is Method.COORDINATION:
        assert plan.bound <= optimum + 1e-6 * abs(optimum)
    if plan.violation <= 1e-3:
        assert plan.cost >= optimum - 1e-5 * abs(optimum)
    total = 0.0
    for number, site in enumerate(problem.sites):
        part = plan_of_site(problem, plan, number)
        check_devices(site, part, 1e-6 if method is Method.LINEAR else 2e-3)
        total += part.cost.total
    fines = problem.requests[0].penalty * SLOT_HOURS * plan.shortfall.sum()
    assert total + fines == pytest.approx(plan.cost, rel=1e-6, abs=1.0)
    if plan.status is not Status.UNFINISHED:
        for limit in problem.limits:
            net = plan.grid[limit.members].sum(axis=0)
            assert (net <= limit.import_limit + 1e-3).all()
            assert (net >= -limit.export_limit - 1e-3).all()


@pytest.mark.parametrize("seed", range(12))
def test_energy_is_not_burnt_where_it_is_worth_less_than_nothing(seed: int) -> None:
    """Two batteries and negative prices: no charging and giving at once, and the optimum all the same."""
    r = np.random.default_rng(seed)
    n = 16
    energy = np.where(np.arange(n) < 5, -float(r.uniform(20, 200)), 150.0)
    rates = make_rates(n, energy, export=energy - 20.0)
    units = tuple(
        Battery(f"{k}", float(r.uniform(20, 60)), float(r.uniform(20, 60)), 0.9, 0.9) for k in range(2)
    )
    roof = Source("roof", r.uniform(0, 50, n))
    site = Site("a", rates, r.uniform(20, 60, n), units, (roof,), export_limit=30.0)
    plan = plan_site(site)
    check_devices(site, plan, 1e-6)
    assert plan.status is Status.OPTIMAL
    assert plan.saving >= 0


def test_export_dearer_than_import_is_not_sold_and_bought_at_once() -> None:
    """Where the market pays more than the tariff asks, a site sells what it has and not what it buys."""
    n = 8
    rates = make_rates(n, np.full(n, 100.0), export=np.full(n, 160.0))
    work = Shiftable("furnace", 10.0, 40.0, 0, n)
    unit, roof = Battery("b", 30, 60), Source("roof", np.full(n, 35.0))
    site = Site("a", rates, np.full(n, 20.0), (unit,), (roof,), (work,))
    plan = plan_site(site)
    check_devices(site, plan, 1e-6)
    assert plan.method is Method.LINEAR
    assert plan.status is Status.OPTIMAL
