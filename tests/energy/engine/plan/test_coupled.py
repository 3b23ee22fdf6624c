"""Sites that share limits: against one linear program of them all, and what must hold of any answer."""

from __future__ import annotations

from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pytest

from sandan.energy.engine.plan import plan_complex
from sandan.energy.engine.plan.program import Rows, add_limits, add_site
from sandan.energy.model.plan import (
    Battery,
    ComplexPlan,
    ComplexProblem,
    Limit,
    Method,
    PlanParams,
    Request,
    Shiftable,
    Site,
    Source,
    Status,
)
from sandan.energy.model.rates import Rates
from sandan.errors import InvalidInput

N = 24


def make_complex(count: int, seed: int = 0, tight: float = 0.93) -> ComplexProblem:
    """Sites with PV and batteries on feeders of five, limits just below what they would take."""
    r = np.random.default_rng(seed)
    hours = np.arange(N)
    energy = np.where(hours < 8, 116.0, np.where(hours >= 15, 229.0, 163.8))
    sites, nets = [], []
    for i in range(count):
        load = r.uniform(0.5, 1, N) * r.uniform(100, 900)
        pv = np.maximum(0, np.sin((hours - 6) / 12 * np.pi)) * load.max() * r.uniform(0, 0.8)
        nets.append(load - pv)
        rates = Rates(
            hours.astype(np.int64) * 900_000,
            np.zeros(N, np.int8),
            energy,
            hours >= 8,
            8320.0,
            float((load - pv)[8:].max()) * 0.98,
            np.full(N, 90.0),
        )
        power = load.max() * r.uniform(0.1, 0.3)
        unit = Battery("b", power, power * r.uniform(1, 3), 0.95, 0.94)
        sites.append(Site(f"firm {i}", rates, load, (unit,), (Source("pv", pv),)))
    net = np.array(nets)
    limits = []
    for f, first in enumerate(range(0, count, 5)):
        members = np.arange(first, min(first + 5, count))
        most = net[members].sum(axis=0).max()
        limits.append(Limit(f"feeder {f}", members, np.full(N, most * tight), np.full(N, most)))
    total = net.sum(axis=0)
    everybody = np.arange(count)
    limits.append(
        Limit("complex", everybody, np.full(N, total.max() * 0.95), np.full(N, total.max()), local=False)
    )
    slots = np.arange(18, 21)
    power = sum(site.batteries[0].power for site in sites)
    event = Request("event", everybody, slots, total[slots] - 0.5 * power, 600.0)
    return ComplexProblem(tuple(sites), tuple(limits), (event,))


def bargain(problem: ComplexProblem, params: PlanParams, pool: Executor | None = None) -> ComplexPlan:
    """By prices, few as the sites are."""
    return plan_complex(problem, params, pool, Method.COORDINATION)


def judge(problem: ComplexProblem) -> tuple[bool, float]:
    """The same as one linear program."""
    lp = Rows()
    columns = [add_site(lp, site, PlanParams()) for site in problem.sites]
    add_limits(lp, problem, columns)
    good, optimum, _, _ = lp.solve()
    return good, optimum


def check_limits(problem: ComplexProblem, plan: ComplexPlan) -> None:
    """No limit is broken by more than a watt."""
    for limit in problem.limits:
        net = plan.grid[limit.members].sum(axis=0)
        assert (net <= limit.import_limit + 1e-3).all(), limit.id
        assert (net >= -limit.export_limit - 1e-3).all(), limit.id
    assert plan.violation <= 1e-3


@pytest.mark.parametrize("seed", range(6))
def test_coordination_is_within_a_ten_thousandth_of_one_linear_program(seed: int) -> None:
    """Twenty-five sites: limits kept, bound below and cost above the optimum, both close."""
    problem = make_complex(25, seed)
    plan = bargain(problem, PlanParams(gap=2e-4, rounds=300))
    good, optimum = judge(problem)
    assert good
    check_limits(problem, plan)
    assert plan.status is Status.WITHIN_GAP
    assert plan.bound <= optimum * (1 + 1e-9)
    assert plan.cost >= optimum * (1 - 1e-6)
    assert plan.cost == pytest.approx(optimum, rel=2e-4)
    assert plan.gap <= 2e-4
    assert plan.saving > 0


def test_a_hundred_sites_cost_what_one_linear_program_says() -> None:
    """By prices to a ten-thousandth, proven, where one program of them all gives the truth."""
    problem = make_complex(100, 11)
    plan = bargain(problem, PlanParams(gap=1e-4, rounds=300))
    good, optimum = judge(problem)
    assert good
    check_limits(problem, plan)
    assert plan.status is Status.WITHIN_GAP
    assert plan.cost == pytest.approx(optimum, rel=1e-4)
    assert plan.bound <= optimum * (1 + 1e-9)


def test_sites_with_programs_of_their_own_bargain_with_the_others() -> None:
    """Work that can be moved and a second battery take part under the same feeders."""
    problem = make_complex(10, 3)
    first, second, *others = problem.sites
    moved = replace(first, shiftables=(Shiftable("oven", 60.0, 80.0, 4, 20),))
    doubled = replace(second, batteries=(*second.batteries, Battery("second", 30, 60)))
    problem = replace(problem, sites=(moved, doubled, *others))
    plan = bargain(problem, PlanParams(gap=2e-4, rounds=300))
    good, optimum = judge(problem)
    assert good
    check_limits(problem, plan)
    assert plan.cost == pytest.approx(optimum, rel=2e-4)
    assert plan.bound <= optimum


def test_a_dask_cluster_gives_the_very_same_plan() -> None:
    """Through the executor of a client of a local cluster of two workers, the plan is identical."""
    distributed = pytest.importorskip("distributed", reason="Dask's distributed is not installed")
    problem = make_complex(12, 1)
    here = bargain(problem, PlanParams(rounds=6))
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        there = bargain(problem, PlanParams(rounds=6, workers=2), client.get_executor())
    np.testing.assert_array_equal(here.grid, there.grid)
    np.testing.assert_array_equal(here.battery, there.battery)
    assert (here.cost, here.bound) == (there.cost, there.bound)


def test_a_pool_of_processes_gives_the_very_same_plan() -> None:
    """Wherever the sites are computed, and in however many shares, the plan is identical."""
    problem = make_complex(12, 1)
    here = bargain(problem, PlanParams(rounds=6))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there = bargain(problem, PlanParams(rounds=6, workers=3), pool)
    np.testing.assert_array_equal(here.grid, there.grid)
    assert here.bound == there.bound


@pytest.mark.parametrize("method", [Method.LINEAR, Method.COORDINATION])
def test_a_limit_that_cannot_be_kept_is_named_with_what_is_wanting(method: Method) -> None:
    """A feeder far too small for its firms: infeasible, by name, with the least it would have to give way."""
    problem = make_complex(10, 2)
    tight = replace(problem.limits[1], import_limit=problem.limits[1].import_limit * 0.5)
    problem = replace(problem, limits=(problem.limits[0], tight, *problem.limits[2:]))
    assert not judge(problem)[0]
    plan = plan_complex(problem, method=method)
    assert plan.status is Status.INFEASIBLE
    assert [unmet.constraint for unmet in plan.unmet] == ["feeder 1"]
    more = replace(tight, import_limit=tight.import_limit + plan.unmet[0].relaxation * 1.001)
    assert judge(replace(problem, limits=(problem.limits[0], more, *problem.limits[2:])))[0]


@pytest.mark.parametrize("method", [Method.LINEAR, Method.COORDINATION])
def test_a_site_that_cannot_be_planned_even_alone_is_named(method: Method) -> None:
    """A connection below the load is the site's own trouble, and is said to be."""
    problem = make_complex(6, 2)
    small = replace(problem.sites[4], import_limit=1.0)
    small_one = replace(problem, sites=(*problem.sites[:4], small, problem.sites[5]))
    plan = plan_complex(small_one, method=method)
    assert plan.status is Status.INFEASIBLE
    assert plan.unmet[0].constraint == "firm 4: import"


def test_a_site_on_two_feeders_is_refused() -> None:
    """Feeders are apart; the fault is named."""
    problem = make_complex(10)
    both = replace(problem.limits[0], members=np.arange(6))
    with pytest.raises(InvalidInput) as caught:
        plan_complex(replace(problem, limits=(both, *problem.limits[1:])))
    assert caught.value.findings[0].where == "feeder 1"


def test_a_price_is_put_only_on_limits_that_bind() -> None:
    """A complex with room everywhere pays nothing for its limits, and gets the plans of each alone."""
    problem = make_complex(10)
    wide = tuple(
        replace(limit, import_limit=limit.import_limit * 9, export_limit=limit.export_limit * 9)
        for limit in problem.limits
    )
    plan = bargain(replace(problem, limits=wide, requests=()), PlanParams())
    assert plan.status is Status.WITHIN_GAP
    assert np.abs(plan.prices).max() == 0
    assert plan.rounds == 1


def test_a_bargain_cut_short_says_that_it_is_not_finished() -> None:
    """After two rounds limits may still be broken: that is not called infeasible, and by how much is said."""
    plan = bargain(make_complex(25), PlanParams(rounds=2))
    assert plan.status is Status.UNFINISHED
    assert plan.rounds == 2
    assert plan.violation > 0
    assert plan.unmet
