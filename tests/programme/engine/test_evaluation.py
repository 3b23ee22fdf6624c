"""Plans are ranked fairly, and what the ranking rests on is told."""

from dataclasses import replace
from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandan.errors import InvalidInput
from sandan.programme.engine.evaluation import EvaluationParams, EvaluationProblem, evaluate_plans
from sandan.programme.model.evaluation import HEADINGS, Heading, Normalise

FOUR = [Heading(id, name, points) for (id, name), points in zip(HEADINGS, (20, 20, 35, 25), strict=True)]
TWO = FOUR[:2]
FEW = 50


def params(how=Normalise.NONE):
    return EvaluationParams(normalise=how, draws=FEW)


def sheet(evaluator, plan, *points, headings=TWO):
    return {(evaluator, plan, one.id): given for one, given in zip(headings, points, strict=True)}


def problem(scores, plans=("a", "b"), evaluators=("x", "y"), select=1, conflicts=(), headings=TWO):
    return EvaluationProblem(
        headings=headings,
        plans=plans,
        evaluators=evaluators,
        scores=scores,
        select=select,
        conflicts=frozenset(conflicts),
    )


@st.composite
def problems(draw):
    """Two to five plans, one to five evaluators, some boxes empty."""
    plans = [f"p{i}" for i in range(draw(st.integers(2, 5)))]
    evaluators = [f"e{i}" for i in range(draw(st.integers(1, 5)))]
    scores = {}
    for evaluator in evaluators:
        for plan in plans:
            for one in FOUR:
                given_ = draw(st.none() | st.integers(0, int(one.points)))
                if given_ is not None:
                    scores[evaluator, plan, one.id] = given_
    return problem(scores, plans, evaluators, draw(st.integers(1, len(plans))), headings=FOUR)


def test_the_mean_of_the_sheets_ranks_the_plans():
    """Totals 30 and 20 make 25 against 36: the second plan is first."""
    scores = (
        sheet("x", "a", 15, 15) | sheet("y", "a", 10, 10) | sheet("x", "b", 18, 18) | sheet("y", "b", 18, 18)
    )
    first, second = evaluate_plans(problem(scores), params()).plans
    assert (first.plan, first.value, first.rank, first.selected) == ("b", 36, 1, True)
    assert (second.plan, second.raw, second.rank, second.selected) == ("a", 25, 2, False)
    assert second.by_heading == {TWO[0].id: 12.5, TWO[1].id: 12.5}


def test_an_incomplete_sheet_does_not_count_and_is_reported():
    """The box that is empty is named; the plan is scored by the other sheet alone."""
    scores = sheet("x", "a", 10, 10) | sheet("y", "a", 20, 20) | sheet("x", "b", 1, 1)
    del scores["y", "a", TWO[1].id]
    result = evaluate_plans(problem(scores), params())
    assert ("y", "a", TWO[1].id) in result.missing
    assert len(result.missing) == 3
    assert [(one.raw, one.sheets) for one in result.plans] == [(20, 1), (2, 1)]


def test_whoever_has_an_interest_does_not_score():
    """The sheet is left out, though it was filled; nothing is missing for it."""
    scores = sheet("x", "a", 20, 20) | sheet("y", "a", 1, 1) | sheet("x", "b", 5, 5) | sheet("y", "b", 5, 5)
    result = evaluate_plans(problem(scores, conflicts=[("x", "a")]), params())
    assert result.excluded == [("x", "a")]
    assert result.missing == []
    assert result.plans[-1].raw == 2


def test_a_plan_nobody_scored_is_not_ranked():
    """It comes last, without a rank, and is not selected."""
    result = evaluate_plans(problem(sheet("x", "a", 1, 1), select=2), params())
    assert (result.plans[-1].plan, result.plans[-1].rank, result.plans[-1].selected) == ("b", None, False)


def test_trimming_drops_the_highest_and_the_lowest():
    """Of 40, 20, 18 and 0 the middle two count; of two sheets none is dropped, and that is said."""
    scores = {}
    for name, value in zip("wxyz", (20, 10, 9, 0), strict=True):
        scores |= sheet(name, "a", value, value)
    scores |= sheet("w", "b", 10, 10) | sheet("x", "b", 2, 2)
    result = evaluate_plans(problem(scores, evaluators=tuple("wxyz")), params(Normalise.TRIM))
    assert {one.plan: one.value for one in result.plans} == {"a": 19, "b": 12}
    assert result.untrimmed == ["b"]


def test_a_bold_evaluator_does_not_dominate_the_standard_score():
    """One gives 0 and 40, two give 20 and 18 the other way: raw scores follow the one, z-scores the two."""
    scores = sheet("x", "a", 0, 0) | sheet("x", "b", 20, 20)
    for name in "yz":
        scores |= sheet(name, "a", 10, 10) | sheet(name, "b", 9, 9)
    asked = problem(scores, evaluators=tuple("xyz"))
    raw = evaluate_plans(asked, params())
    fair = evaluate_plans(asked, params(Normalise.Z_SCORE))
    assert (raw.plans[0].plan, fair.plans[0].plan) == ("b", "a")
    assert raw.decisive == ["x"]
    assert raw.plans[0].without == {"x": 2, "y": 1, "z": 1}


def test_an_evaluator_who_gives_all_the_same_weighs_nothing():
    """The standard score is 0 for each plan, and the evaluator is named."""
    scores = (
        sheet("x", "a", 10, 10) | sheet("x", "b", 10, 10) | sheet("y", "a", 9, 9) | sheet("y", "b", 10, 10)
    )
    result = evaluate_plans(problem(scores), params(Normalise.Z_SCORE))
    assert result.flat == ["x"]
    assert [(one.plan, one.value) for one in result.plans] == [("b", 0.5), ("a", -0.5)]


def test_equals_share_a_rank_and_a_tie_at_the_cut_is_left_to_people():
    """Three plans alike for two places: all are rank 1, and all are named."""
    scores = {}
    for plan in "abc":
        scores |= sheet("x", plan, 3, 3)
    result = evaluate_plans(problem(scores, plans=tuple("abc"), evaluators=("x",), select=2), params())
    assert [one.rank for one in result.plans] == [1, 1, 1]
    assert all(one.tied and one.selected for one in result.plans)
    assert result.tied_at_cut == ["a", "b", "c"]


def test_a_plan_best_under_every_heading_is_chosen_under_all_weights():
    """It is selected in each draw; a plan good in one heading only is so in some."""
    best = problem(sheet("x", "a", 20, 20) | sheet("x", "b", 1, 1), evaluators=("x",))
    assert [(one.chosen_share, one.rank_range) for one in evaluate_plans(best, params()).plans] == [
        (1.0, (1, 1)),
        (0.0, (2, 2)),
    ]
    split = problem(sheet("x", "a", 20, 1) | sheet("x", "b", 1, 19), evaluators=("x",))
    first = evaluate_plans(split, EvaluationParams(draws=500)).plans[0]
    assert 0.1 < first.chosen_share < 0.9
    assert first.rank_range == (1, 2)


@given(problems(), st.randoms(), st.sampled_from(Normalise))
def test_the_order_of_evaluators_changes_nothing(asked, random, how):
    """Nor does what they are called."""
    names = list(asked.evaluators)
    random.shuffle(names)
    renamed = dict(zip(asked.evaluators, names, strict=True))
    scores = {(renamed[e], plan, heading): given_ for (e, plan, heading), given_ in asked.scores.items()}
    before = evaluate_plans(asked, params(how))
    after = evaluate_plans(replace(asked, evaluators=names, scores=scores), params(how))
    assert [(one.plan, one.rank, one.selected) for one in before.plans] == [
        (one.plan, one.rank, one.selected) for one in after.plans
    ]
    for one, other in zip(before.plans, after.plans, strict=True):
        assert one.value is None or one.value == pytest.approx(other.value, abs=1e-9)


@given(problems(), st.sampled_from(Normalise))
def test_identical_sheets_tie(asked, how):
    """A plan with the very scores of another has its rank."""
    twin, copied = asked.plans[0], asked.plans[1]
    scores = {key: given_ for key, given_ in asked.scores.items() if key[1] != twin}
    scores |= {(e, twin, heading): given_ for (e, plan, heading), given_ in scores.items() if plan == copied}
    ranks = {one.plan: one.rank for one in evaluate_plans(replace(asked, scores=scores), params(how)).plans}
    assert ranks[twin] == ranks[copied]


@given(problems(), st.sampled_from(Normalise))
def test_scores_are_those_of_the_plain_definition(asked, how):
    """Computed again one sheet at a time, with Python's own statistics."""
    totals = {}
    for e in asked.evaluators:
        for p in asked.plans:
            given_ = [asked.scores.get((e, p, one.id)) for one in FOUR]
            if None not in given_:
                totals[e, p] = sum(given_)
    if how is Normalise.Z_SCORE:
        for e in asked.evaluators:
            own = [value for (name, _), value in totals.items() if name == e]
            mean, spread = fmean(own or [0]), pstdev(own or [0])
            totals |= {
                key: (value - mean) / spread if spread else 0 for key, value in totals.items() if key[0] == e
            }
    for line in evaluate_plans(asked, params(how)).plans:
        own = sorted(value for (_, plan), value in totals.items() if plan == line.plan)
        if how is Normalise.TRIM and len(own) >= 3:
            own = own[1:-1]
        assert line.value == (pytest.approx(fmean(own), abs=1e-9) if own else None)


@given(problems(), st.floats(0.1, 1))
def test_a_strict_evaluator_changes_no_standard_score(asked, factor):
    """All points of one evaluator scaled: values and ranks stay."""
    strict = asked.evaluators[0]
    scores = {key: given_ * factor if key[0] == strict else given_ for key, given_ in asked.scores.items()}
    before = evaluate_plans(asked, params(Normalise.Z_SCORE))
    after = evaluate_plans(replace(asked, scores=scores), params(Normalise.Z_SCORE))
    values = {one.plan: one.value for one in after.plans}
    for one in before.plans:
        assert one.value is None or one.value == pytest.approx(values[one.plan], abs=1e-6)


@given(problems(), st.sampled_from(Normalise))
def test_as_many_are_selected_as_there_are_places(asked, how):
    """No fewer while there are ranked plans, and more only where the last place is shared."""
    result = evaluate_plans(asked, params(how))
    ranked = [one for one in result.plans if one.rank]
    chosen = [one for one in result.plans if one.selected]
    assert len(chosen) >= min(asked.select, len(ranked))
    assert (len(chosen) > asked.select) == bool(result.tied_at_cut)
    for one in ranked:
        assert one.rank_range[0] <= one.rank_range[1] <= len(ranked)


def test_everything_wrong_is_found():
    """Points beyond the heading, a stranger's sheet, a plan twice, a heading without points."""
    with pytest.raises(InvalidInput) as raised:
        problem(
            sheet("x", "a", 21, 1) | sheet("stranger", "a", 1, 1),
            plans=("a", "a"),
            select=9,
            conflicts=[("x", "nowhere")],
            headings=[*TWO, Heading("new", TWO[0].name, 0)],
        )
    assert len(raised.value.findings) == 7
    with pytest.raises(InvalidInput):
        EvaluationParams(draws=1, concentration=0)
