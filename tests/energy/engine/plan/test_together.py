"""A few sites that share limits, as one program: against the bargain, at the edge, and beyond it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.energy.engine.plan.test_coupled import N, check_limits, judge, make_complex
from tests.energy.engine.plan.test_sites import check_physics

from sandan.energy.engine.plan import plan_complex, plan_of_site, plan_site
from sandan.energy.engine.plan.costs import idle_course
from sandan.energy.model.plan import ComplexProblem, Limit, Method, PlanParams, Status


@settings(max_examples=25, deadline=None)
@given(count=st.integers(1, 8), seed=st.integers(0, 10**6), tight=st.floats(0.5, 1.05))
def test_a_few_sites_get_the_optimum_or_the_reason_why_there_is_none(
    count: int, seed: int, tight: float
) -> None:
    """One to eight sites under limits from wide to impossible: optimal as judged, or refused by name."""
    problem = make_complex(count, seed, tight)
    plan = plan_complex(problem)
    good, optimum = judge(problem)
    assert plan.method is Method.LINEAR
    if not good:
        assert plan.status is Status.INFEASIBLE
        assert plan.unmet
        return
    assert plan.status in (Status.OPTIMAL, Status.WITHIN_GAP)
    assert plan.cost == pytest.approx(optimum, rel=1e-4)
    assert plan.bound <= optimum * (1 + 1e-9)
    check_limits(problem, plan)
    for number, site in enumerate(problem.sites):
        check_physics(site, plan_of_site(problem, plan, number))


@pytest.mark.parametrize("count", [1, 2, 5])
def test_sites_at_the_limit_of_doing_nothing_are_planned(count: int) -> None:
    """A feeder that just carries its load without a battery, and not a watt more, is no reason to give up."""
    problem = make_complex(count, 4)
    idle = np.array([idle_course(site)[0] for site in problem.sites]).sum(axis=0)
    limit = Limit("feeder", np.arange(count), np.maximum(idle, 0), np.maximum(-idle, 0))
    edge = ComplexProblem(problem.sites, (limit,))
    plan = plan_complex(edge)
    assert plan.status in (Status.OPTIMAL, Status.WITHIN_GAP)
    assert plan.cost == pytest.approx(judge(edge)[1], rel=0.002)
    check_limits(edge, plan)


@pytest.mark.parametrize("seed", range(3))
def test_a_bargain_keeps_feeders_that_carry_their_load_and_not_a_watt_more(seed: int) -> None:
    """Three firms each alone on such a feeder, among thirty: limits kept, and as cheap as can be.

    What is proven of it may lag behind: the prices that would prove it are a hundred times those of energy.
    """
    problem = make_complex(30, seed, 0.97)
    own = []
    for i in range(3):
        idle = idle_course(problem.sites[i])[0]
        own.append(Limit(f"own {i}", np.array([i]), np.maximum(idle, 0), np.maximum(-idle, 0)))
    first, *others = problem.limits
    rest = replace(first, members=first.members[3:])
    problem = replace(problem, limits=(*own, rest, *others))
    plan = plan_complex(problem, PlanParams(rounds=120), method=Method.COORDINATION)
    check_limits(problem, plan)
    assert plan.cost == pytest.approx(judge(problem)[1], rel=1e-3)
    assert plan.bound <= judge(problem)[1]


def test_what_is_asked_to_give_way_is_as_little_as_is_enough() -> None:
    """The feeder raised by what was named can be kept; raised by a little less it cannot."""
    problem = make_complex(4, 2)
    tight = replace(problem.limits[0], import_limit=problem.limits[0].import_limit * 0.5)
    problem = replace(problem, limits=(tight,))
    plan = plan_complex(problem)
    assert plan.status is Status.INFEASIBLE
    wanting = plan.unmet[0].relaxation
    assert plan.violation == pytest.approx(wanting)
    for share, kept in ((1.001, True), (0.999, False)):
        raised = replace(tight, import_limit=tight.import_limit + wanting * share)
        assert judge(replace(problem, limits=(raised,)))[0] is kept


def test_a_site_s_part_of_a_plan_says_what_it_costs_and_why() -> None:
    """With limits that bind nowhere a site's part is what it would be alone."""
    problem = replace(make_complex(3, 7), limits=(), requests=())
    plan = plan_complex(problem)
    parts = [plan_of_site(problem, plan, number) for number in range(3)]
    for part, site in zip(parts, problem.sites, strict=True):
        alone = plan_site(site)
        assert part.cost.total == pytest.approx(alone.cost.total)
        assert part.saving == pytest.approx(alone.saving, abs=1e-3 * alone.cost.total)
        assert len(part.why) == N
    assert sum(part.cost.total for part in parts) == pytest.approx(plan.cost)
