"""One site's plan against an independent solver, and what must hold of any plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandan.energy.engine.plan import plan_site, plan_sites
from sandan.energy.model.plan import (
    Battery,
    Method,
    PlanParams,
    Shiftable,
    Site,
    SitePlan,
    Source,
    Status,
    Why,
)
from sandan.energy.model.rates import Rates
from sandan.errors import InvalidInput

HOUR = 0.25


def make_rates(n: int, energy: np.ndarray, **more: object) -> Rates:
    """Prices without a demand charge, unless `more` says otherwise."""
    given = {
        "start": np.arange(n, dtype=np.int64) * 900_000,
        "band": np.zeros(n, np.int8),
        "energy": energy,
        "counts": np.ones(n, bool),
        "demand": 0.0,
        "standing_demand": 0.0,
        "export": np.zeros(n),
    }
    return Rates(**(given | more))


def make_site(seed: int, n: int = 24) -> Site:
    """A site made up at random: any of the kinds of device and price that the dynamic program knows."""
    r = np.random.default_rng(seed)
    energy = r.choice([116.0, 163.8, 229.0], n) + (r.normal(0, 20, n) if r.random() < 0.5 else 0)
    rates = make_rates(
        n,
        energy,
        export=np.minimum(energy, r.choice([0.0, 80.0, 150.0])),
        counts=r.random(n) < 0.6,
        demand=float(r.choice([0, 100, 1000, 8320])),
        standing_demand=float(r.uniform(0, 600)),
    )
    load = r.uniform(50, 500, n)
    sources = [Source("pv", r.uniform(0, 800, n) * (r.random(n) < 0.5))]
    if r.random() < 0.4:
        sources.append(Source("fuel cell", np.full(n, 80.0), cost=float(r.uniform(90, 230)), carbon=0.3))
    if r.random() < 0.4:
        sources.append(Source("cut", r.uniform(0, 50, n), cost=float(r.uniform(300, 900))))
    unit = Battery(
        "battery",
        float(r.uniform(20, 150)),
        float(r.uniform(50, 600)),
        float(r.uniform(0.85, 1)),
        float(r.uniform(0.85, 1)),
        wear=float(r.choice([0, 10, 40])),
    )
    if r.random() < 0.3:
        plugged = r.random(n) < 0.7
        needed = np.where(r.random(n) < 0.1, 0.4, 0.0)
        unit = replace(unit, plugged=plugged, taken=np.where(plugged, 0, r.uniform(0, 2, n)), needed=needed)
    return Site(
        str(seed),
        rates,
        load,
        (unit,),
        tuple(sources),
        import_limit=float(r.choice([np.inf, 700, 460])),
        export_limit=float(r.choice([np.inf, 0, 100])),
        high_load=load * 1.1 if r.random() < 0.3 else None,
    )


def check_physics(site: Site, plan: SitePlan) -> None:
    """Energy is conserved, and every limit of every device is kept."""
    n = len(site.load)
    given = plan.grid + plan.sources.sum(axis=0) - plan.battery.sum(axis=0) - plan.shiftables.sum(axis=0)
    np.testing.assert_allclose(given, site.load, atol=1e-6)
    assert plan.grid.max() <= site.import_limit + 1e-6
    assert plan.grid.min() >= -site.export_limit - 1e-6
    for unit, power, stored in zip(site.batteries, plan.battery, plan.stored, strict=True):
        into, out = np.maximum(power, 0) * HOUR, np.maximum(-power, 0) * HOUR
        taken = np.zeros(n) if unit.taken is None else unit.taken
        change = into * unit.charge_efficiency - out / unit.discharge_efficiency - taken
        np.testing.assert_allclose(np.diff(stored), change, atol=1e-6)
        assert stored[1:].min() >= unit.lowest * unit.energy - 1e-6
        if unit.needed is not None:
            assert (stored[1:] >= unit.needed * unit.energy - 1e-6).all()
        assert stored.max() <= unit.highest * unit.energy + 1e-6
        assert stored[-1] >= (unit.start if unit.end is None else unit.end) * unit.energy - 1e-6
        assert np.abs(power).max() <= unit.power + 1e-6
        if unit.plugged is not None:
            assert np.abs(power[~unit.plugged]).max(initial=0) <= 1e-9
    for source, power in zip(site.sources, plan.sources, strict=True):
        assert (power >= -1e-9).all()
        assert (power <= source.power + 1e-6).all()


@pytest.mark.parametrize("block", range(10))
def test_the_dynamic_program_is_as_cheap_as_the_linear_program(block: int) -> None:
    """Three hundred random sites cost the same to a millionth by either method, or are infeasible by both."""
    for seed in range(block * 30, block * 30 + 30):
        site = make_site(seed, (4, 24, 96)[seed % 3])
        params = PlanParams(carbon_price=(0, 30)[seed % 2], intensity=0.4173)
        plan, judge = plan_site(site, params), plan_site(site, params, Method.LINEAR)
        assert (plan.method, judge.method) == (Method.DYNAMIC, Method.LINEAR)
        assert plan.status is judge.status, seed
        if plan.status is not Status.INFEASIBLE:
            assert plan.cost.total == pytest.approx(judge.cost.total, rel=1e-6), seed
            check_physics(site, plan)
            check_physics(site, judge)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(1000, 10**6), n=st.integers(1, 30))
def test_any_plan_keeps_the_laws_and_never_costs_more_than_doing_nothing(seed: int, n: int) -> None:
    """What is stored, given and taken adds up, and a plan is worth something or nothing, not less."""
    site = make_site(seed, n)
    plan = plan_site(site)
    if plan.status is Status.INFEASIBLE:
        assert plan.unmet
        return
    check_physics(site, plan)
    idle_is_allowed = (
        plan.idle_demand <= site.import_limit
        and site.batteries[0].taken is None
        and (site.load - site.sources[0].power).min() >= -site.export_limit
        and site.load.max() <= site.import_limit
    )
    if idle_is_allowed:
        assert plan.saving >= -1e-6 * abs(plan.idle.total)


def test_many_sites_at_once_are_planned_as_each_alone() -> None:
    """Two hundred sites in one call, over threads, get the plans they get one by one."""
    sites = [make_site(seed) for seed in range(200)]
    for plan, site in zip(plan_sites(sites), sites, strict=True):
        alone = plan_site(site)
        assert plan.status is alone.status
        np.testing.assert_array_equal(plan.grid, alone.grid)


def test_wear_above_the_spread_leaves_the_battery_alone() -> None:
    """A battery that wears out for more than the prices differ is not moved at all."""
    rates = make_rates(96, np.repeat([100.0, 150.0], 48))
    site = Site("a", rates, np.full(96, 100.0), (Battery("b", 50, 200, wear=60.0),))
    plan = plan_site(site)
    assert np.abs(plan.battery).max() < 1e-9
    assert plan.saving == 0
    assert (plan.why == Why.NOTHING).all()


def test_what_a_day_s_arbitrage_is_worth_is_what_is_reckoned_by_hand() -> None:
    """10 kWh stored at 100 won and 90 % come back as 8.1 kWh at 200 won: 1,620 − 1,000 = 620 won."""
    rates = make_rates(8, np.repeat([100.0, 200.0], 4))
    unit = Battery("b", 10.0, 9.0, 0.9, 0.9, lowest=0.0, highest=1.0, start=0.0)
    plan = plan_site(Site("a", rates, np.full(8, 50.0), (unit,)))
    assert plan.saving == pytest.approx(620.0)
    assert plan.status is Status.OPTIMAL


def test_a_peak_is_shaved_only_in_the_hours_that_count() -> None:
    """A peak in an hour that does not count costs nothing and stays; the other is cut and says why."""
    load = np.full(96, 100.0)
    load[8], load[60] = 300.0, 300.0
    counts = np.ones(96, bool)
    counts[:32] = False
    rates = make_rates(96, np.full(96, 150.0), counts=counts, demand=8320.0, standing_demand=150.0)
    plan = plan_site(Site("a", rates, load, (Battery("b", 150, 300),)))
    assert plan.grid[8] == pytest.approx(300)
    assert plan.grid[60] == pytest.approx(150)
    assert plan.why[60] == Why.PEAK
    assert plan.idle_demand == 300
    assert plan.demand == pytest.approx(150)


def test_energy_worth_less_than_nothing_still_gives_a_plan_with_an_honest_bound() -> None:
    """At negative prices a battery cannot burn energy by charging and giving at once; the gap is stated."""
    rates = make_rates(8, np.array([-50.0, -50, 20, 20, 300, 300, 20, 20]), export=np.full(8, -60.0))
    site = Site("a", rates, np.full(8, 20.0), (Battery("b", 40, 60),), (Source("pv", np.full(8, 30.0)),))
    plan = plan_site(site)
    check_physics(site, plan)
    assert plan.bound <= plan.cost.total
    assert plan.bound == pytest.approx(plan_site(site, None, Method.LINEAR).bound)


def test_work_is_moved_to_where_it_is_cheap() -> None:
    """What may be done at any time between two hours is done in the cheapest of them, all of it."""
    rates = make_rates(8, np.array([9.0, 5, 5, 9, 9, 1, 9, 9]))
    site = Site("a", rates, np.zeros(8), shiftables=(Shiftable("furnace", 20.0, 40.0, 0, 5),))
    plan = plan_site(site)
    assert plan.method is Method.LINEAR
    assert plan.shiftables[0] == pytest.approx([0, 40, 40, 0, 0, 0, 0, 0])
    assert plan.cost.total == pytest.approx(100.0)


def test_two_batteries_limited_hours_and_ramps_go_to_the_linear_program() -> None:
    """What the dynamic program cannot say is still planned, within its own limits."""
    site = replace(make_site(3), import_limit=np.inf, export_limit=np.inf)
    engine = Source("engine", np.full(24, 100.0), cost=50.0, hours=2.0, ramp=30.0)
    site = replace(
        site, batteries=(*site.batteries, Battery("second", 30, 60)), sources=(*site.sources, engine)
    )
    plan = plan_site(site)
    assert plan.method is Method.LINEAR
    assert plan.sources[-1].sum() * HOUR <= 200 + 1e-6
    assert np.abs(np.diff(plan.sources[-1])).max() <= 30 + 1e-6
    check_physics(site, plan)


def test_the_peak_is_kept_for_the_high_load_when_one_is_given() -> None:
    """With an upper quantile of the load the battery keeps more in hand: the expected peak is lower."""
    load = np.full(96, 100.0)
    load[60:64] = 200.0
    rates = make_rates(96, np.full(96, 150.0), demand=8320.0, standing_demand=180.0)
    site = Site("a", rates, load, (Battery("b", 100, 100),))
    sure = plan_site(replace(site, high_load=load * 1.15))
    assert plan_site(site).demand == pytest.approx(180)
    assert sure.demand < 175
    assert (sure.grid + load * 0.15).max() == pytest.approx(180, abs=1e-5)


@pytest.mark.parametrize(
    ("change", "constraint", "amount"),
    [
        ({"import_limit": 80.0, "batteries": ()}, "import", 20.0),
        ({"batteries": (Battery("b", 10, 100, 1.0, 1.0, start=0.2, end=0.9),)}, "battery b", 70 - 20),
        ({"shiftables": (Shiftable("oven", 100.0, 40.0, 0, 8),)}, "work oven", 20.0),
    ],
)
def test_an_infeasible_wish_names_the_constraint_and_the_smallest_relaxation(
    change: dict[str, object], constraint: str, amount: float
) -> None:
    """Too small a connection, too much charge wanted, too little time: said by name, with the amount."""
    site = Site("a", make_rates(8, np.full(8, 100.0)), np.full(8, 100.0))
    plan = plan_site(replace(site, **change))
    assert plan.status is Status.INFEASIBLE
    assert [unmet.constraint for unmet in plan.unmet] == [constraint]
    assert plan.unmet[0].relaxation == pytest.approx(amount, rel=1e-6)
    assert plan.unmet[0].said.ko
    assert len(plan.grid) == 0


def test_everything_wrong_with_a_site_is_said_at_once() -> None:
    """Missing values, a wrong length and an impossible efficiency come back together."""
    site = Site(
        "a",
        make_rates(8, np.full(8, 100.0)),
        np.array([np.nan] * 8),
        (Battery("b", 10, 10, charge_efficiency=95.0),),
        (Source("pv", np.zeros(7)),),
    )
    with pytest.raises(InvalidInput) as caught:
        plan_site(site)
    assert {finding.where for finding in caught.value.findings} == {"a.load", "a.pv.power", "a.b.efficiency"}
