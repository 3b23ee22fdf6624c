"""The evaluation of plans: scores of several evaluators to a ranking, and how far it can be trusted.

No source gives the points of the four headings (REFERENCE.md C3), so that they are always told. What the
ranking rests on is shown with it: other weights (a seeded Dirichlet perturbation) and leaving out one
evaluator at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from sandan.errors import Finding, InvalidInput
from sandan.programme.engine.scoring import TIE, mean_there, normalise, rank, total, try_weights
from sandan.programme.model.evaluation import Heading, Normalise, Place
from sandan.words import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationProblem:
    """Plans scored by evaluators under headings; `select` of them are to be chosen.

    `scores` gives the points of an evaluator for a plan under a heading, 0 to the heading's points.
    `conflicts` are pairs (evaluator, plan) that do not count.
    """

    headings: Sequence[Heading]
    plans: Sequence[str]
    evaluators: Sequence[str]
    scores: Mapping[Place, float]
    select: int
    conflicts: frozenset[tuple[str, str]] = frozenset()

    def __post_init__(self) -> None:
        faults = [
            *_listed("headings", [one.id for one in self.headings]),
            *_listed("plans", self.plans),
            *_listed("evaluators", self.evaluators),
            *_bad_points(self.headings),
            *_bad_scores(self),
            *_bad_conflicts(self),
        ]
        if not 1 <= self.select <= max(len(self.plans), 1):
            faults.append(
                Finding(
                    "select",
                    Text(
                        f"선정 수 {self.select}이(가) 1–{len(self.plans)}이(가) 아닙니다.",
                        f"{self.select} plans to select is not 1–{len(self.plans)}.",
                    ),
                    Text("계획 수 이하로 정하십시오.", "choose no more than there are plans."),
                )
            )
        if faults:
            raise InvalidInput(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationParams:
    """`draws` [10, 100000] of other weights, as close to the given ones as `concentration` [1, 10000] says:
    the weights are Dirichlet(concentration * points / total)."""

    normalise: Normalise = Normalise.NONE
    draws: int = 1_000
    concentration: float = 50.0
    seed: int = 20_210_324

    def __post_init__(self) -> None:
        faults = [
            Finding(
                name,
                Text(
                    f"{name}={value}은(는) {low}–{high} 범위를 벗어납니다.",
                    f"{name}={value} is outside {low}–{high}.",
                ),
                Text(f"{low}에서 {high} 사이로 정하십시오.", f"give a number from {low} to {high}."),
            )
            for name, value, low, high in (
                ("draws", self.draws, 10, 100_000),
                ("concentration", self.concentration, 1, 10_000),
            )
            if not low <= value <= high
        ]
        if faults:
            raise InvalidInput(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanScore:
    """What came out for one plan; everything but `plan` is None or empty when nobody scored it.

    `raw` is the mean of its complete sheets [points], `value` the normalised score it is ranked by. `rank`
    is shared by equals (1, 2, 2, 4). `chosen_share` is the share [0, 1] of other weights under which it is
    selected, `rank_range` its best and worst rank under them. `without` is its rank when an evaluator is
    left out.
    """

    plan: str
    raw: float | None = None
    value: float | None = None
    rank: int | None = None
    selected: bool = False
    tied: bool = False
    sheets: int = 0
    by_heading: Mapping[str, float]
    chosen_share: float | None = None
    rank_range: tuple[int, int] | None = None
    without: Mapping[str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationResult:
    """Plans by rank, and what the reader must know of them.

    `missing` are boxes without a score where one was expected; their whole sheet does not count.
    `excluded` are sheets (evaluator, plan) left out for a conflict of interest though they were scored.
    `untrimmed` are plans with fewer than three sheets, of which none was dropped. `flat` are evaluators who
    gave every plan the same, so that their standard scores are 0. `tied_at_cut` share the last rank
    selected: choosing among them is for people. `decisive` are evaluators without whom the selection
    would be another.
    """

    plans: Sequence[PlanScore]
    missing: Sequence[Place]
    excluded: Sequence[tuple[str, str]]
    untrimmed: Sequence[str]
    flat: Sequence[str]
    tied_at_cut: Sequence[str]
    decisive: Sequence[str]


_DEFAULT = EvaluationParams()


def evaluate_plans(problem: EvaluationProblem, params: EvaluationParams = _DEFAULT) -> EvaluationResult:
    """Score, rank and select plans, and say how firm the ranking is.

    A sheet is one evaluator's scores of one plan; it counts when it is complete and the evaluator has no
    interest in the plan. Its total is Σ_h w_h s_h / p_h with w_h = p_h, the points of the heading.
    Normalised by

    * none: the mean of the totals;
    * z-score: the mean of (total - mean of the evaluator) / deviation of the evaluator, so that neither a
      strict nor a bold evaluator weighs more than another; 0 where the deviation is 0;
    * trim: the mean without the highest and the lowest total, from three sheets on.

    The order of evaluators changes nothing; equal scores share a rank.

    >>> headings = [Heading("a", Text("가", "A"), 60), Heading("b", Text("나", "B"), 40)]
    >>> scores = {("x", "p", "a"): 50, ("x", "p", "b"): 30, ("x", "q", "a"): 55, ("x", "q", "b"): 35}
    >>> result = evaluate_plans(EvaluationProblem(
    ...     headings=headings, plans=["p", "q"], evaluators=["x"], scores=scores, select=1))
    >>> [(one.plan, one.value, one.rank) for one in result.plans]
    [('q', 90.0, 1), ('p', 80.0, 2)]
    """
    sheets, missing, excluded = _sheets(problem)
    points = np.array([one.points for one in problem.headings])
    totals = total(sheets, points, points[np.newaxis])
    values = normalise(totals, params.normalise)[0]
    ranks = rank(values[np.newaxis])[0]
    random = np.random.default_rng(params.seed)
    weights = random.dirichlet(params.concentration * points / points.sum(), params.draws) * points.sum()
    chance, best, worst = try_weights(sheets, points, problem.select, params.normalise, weights)
    without = _without_each(problem, totals, params)
    raw, headings = mean_there(totals, axis=1)[0], mean_there(sheets, axis=0)
    counts = np.isfinite(totals[0]).sum(axis=0)
    shared = Counter(int(one) for one in ranks)
    lines = [
        PlanScore(
            plan=plan,
            raw=float(raw[i]),
            value=float(values[i]),
            rank=int(ranks[i]),
            selected=bool(ranks[i] <= problem.select),
            tied=shared[int(ranks[i])] > 1,
            sheets=int(counts[i]),
            by_heading={one.id: float(headings[i, h]) for h, one in enumerate(problem.headings)},
            chosen_share=float(chance[i]),
            rank_range=(int(best[i]), int(worst[i])),
            without={name: int(row[i]) or None for name, row in without.items()},
        )
        if ranks[i]
        else PlanScore(plan=plan, by_heading={}, without={})
        for i, plan in enumerate(problem.plans)
    ]
    lines.sort(key=lambda one: (one.rank is None, one.rank, one.plan))
    return EvaluationResult(
        plans=lines,
        missing=missing,
        excluded=excluded,
        untrimmed=[
            plan
            for i, plan in enumerate(problem.plans)
            if params.normalise is Normalise.TRIM and 0 < counts[i] < 3
        ],
        flat=_flat(problem, totals[0]) if params.normalise is Normalise.Z_SCORE else [],
        tied_at_cut=_tied_at_cut(lines, problem.select),
        decisive=_decisive(problem, ranks, without),
    )


def _sheets(problem: EvaluationProblem) -> tuple[np.ndarray, list[Place], list[tuple[str, str]]]:
    """Points [evaluator, plan, heading], nan all through a sheet that does not count; evaluators sorted."""
    evaluators = sorted(problem.evaluators)
    found = np.full((len(evaluators), len(problem.plans), len(problem.headings)), np.nan)
    missing: list[Place] = []
    excluded = []
    for e, evaluator in enumerate(evaluators):
        for p, plan in enumerate(problem.plans):
            row = [problem.scores.get((evaluator, plan, one.id)) for one in problem.headings]
            if (evaluator, plan) in problem.conflicts:
                if any(one is not None for one in row):
                    excluded.append((evaluator, plan))
                continue
            lacking = [
                (evaluator, plan, one.id)
                for one, given in zip(problem.headings, row, strict=True)
                if given is None
            ]
            missing += lacking
            if not lacking:
                found[e, p] = row
    return found, missing, excluded


def _without_each(
    problem: EvaluationProblem, totals: np.ndarray, params: EvaluationParams
) -> dict[str, np.ndarray]:
    """The ranks [plan] with one evaluator left out, by evaluator; empty when there is only one."""
    evaluators = sorted(problem.evaluators)
    if len(evaluators) < 2:
        return {}
    return {
        name: rank(normalise(np.delete(totals, e, axis=1), params.normalise))[0]
        for e, name in enumerate(evaluators)
    }


def _decisive(problem: EvaluationProblem, ranks: np.ndarray, without: Mapping[str, np.ndarray]) -> list[str]:
    def chosen(row: np.ndarray) -> frozenset[int]:
        return frozenset(np.flatnonzero((row > 0) & (row <= problem.select)).tolist())

    return [name for name, row in without.items() if chosen(row) != chosen(ranks)]


def _flat(problem: EvaluationProblem, totals: np.ndarray) -> list[str]:
    """Evaluators with two or more sheets whose totals are all the same."""
    found = []
    for name, row in zip(sorted(problem.evaluators), totals, strict=True):
        given = row[np.isfinite(row)]
        if len(given) > 1 and given.max() - given.min() <= TIE * max(1.0, abs(given.max())):
            found.append(name)
    return found


def _tied_at_cut(lines: Sequence[PlanScore], select: int) -> list[str]:
    """Plans that share the last selected rank, when more are selected than there are places."""
    chosen = [one for one in lines if one.selected]
    if len(chosen) <= select:
        return []
    last = max(one.rank or 0 for one in chosen)
    return [one.plan for one in chosen if one.rank == last]


def _listed(where: str, ids: Sequence[str]) -> list[Finding]:
    """None at all, or one twice."""
    if not ids:
        return [
            Finding(
                where,
                Text("하나도 없습니다.", "there is none."),
                Text("하나 이상 넣으십시오.", "give at least one."),
            )
        ]
    return [
        Finding(
            where,
            Text(f"'{id}'이(가) 두 번 있습니다.", f"'{id}' is there twice."),
            Text("한 번만 넣으십시오.", "give it once."),
        )
        for id, number in Counter(ids).items()
        if number > 1
    ]


def _bad_points(headings: Sequence[Heading]) -> list[Finding]:
    return [
        Finding(
            one.id,
            Text(f"배점 {one.points:g}은(는) 쓸 수 없습니다.", f"{one.points:g} points cannot be used."),
            Text("0보다 큰 배점을 적으십시오.", "give more than 0 points."),
        )
        for one in headings
        if not (isfinite(one.points) and one.points > 0)
    ]


def _bad_scores(problem: EvaluationProblem) -> list[Finding]:
    """Scores of somebody or something not listed, or beyond the points of their heading."""
    points = {one.id: one.points for one in problem.headings}
    plans, evaluators = set(problem.plans), set(problem.evaluators)
    found = []
    for (evaluator, plan, heading), given in problem.scores.items():
        where = f"{evaluator} · {plan} · {heading}"
        if evaluator not in evaluators or plan not in plans or heading not in points:
            found.append(
                Finding(
                    where,
                    Text("평가에 없는 칸입니다.", "it is no box of this evaluation."),
                    Text("목록에서 고르십시오.", "choose from the lists."),
                )
            )
        elif not 0 <= given <= points[heading]:
            most = points[heading]
            found.append(
                Finding(
                    where,
                    Text(f"점수 {given:g}이(가) 0–{most:g}점이 아닙니다.", f"{given:g} is not 0–{most:g}."),
                    Text("배점 안에서 적으십시오.", "stay within the heading's points."),
                )
            )
    return found


def _bad_conflicts(problem: EvaluationProblem) -> list[Finding]:
    plans, evaluators = set(problem.plans), set(problem.evaluators)
    return [
        Finding(
            f"{evaluator} · {plan}",
            Text("이해관계의 위원이나 계획이 평가에 없습니다.", "the evaluator or the plan is not listed."),
            Text("목록에서 고르십시오.", "choose from the lists."),
        )
        for evaluator, plan in sorted(problem.conflicts)
        if evaluator not in evaluators or plan not in plans
    ]
