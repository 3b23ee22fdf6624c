"""The evaluation of plans: headings with points, evaluators, score sheets, and what keeps it fair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from sandan.words import Text

Place: TypeAlias = tuple[str, str, str]
"""One box of a score sheet: evaluator, plan, heading."""


class Normalise(StrEnum):
    """How strict and lenient evaluators are made comparable."""

    NONE = "none"
    Z_SCORE = "z_score"
    TRIM = "trim"


NORMALISE_NAMES = {
    Normalise.NONE: Text("원점수 평균", "Mean of the raw scores"),
    Normalise.Z_SCORE: Text("위원별 표준점수 (z)", "Standard score by evaluator (z)"),
    Normalise.TRIM: Text("최고·최저 제외 평균", "Mean without the highest and lowest"),
}


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of evaluation; `points` is the most it can give."""

    id: str
    name: Text
    points: float


HEADINGS = (
    ("region", Text("지역진단의 전략성", "Strategy of the regional diagnosis")),
    ("complexes", Text("거점·연계지역의 적절성", "Fitness of the hub and the linked areas")),
    ("plan", Text("혁신계획의 타당성", "Soundness of the innovation plan")),
    ("goals", Text("성과목표의 실현가능성", "Feasibility of the goals")),
)
"""The four headings of the 2021 evaluation of industrial-complex renewal; their points were not published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What is evaluated, by whom and how. Once `closed_at` is set nothing of it changes any more.

    `conflicts` are pairs (evaluator, plan): whoever has an interest in a plan does not score it.
    """

    id: str
    title: str
    headings: Sequence[Heading]
    plans: Sequence[str]
    evaluators: Sequence[str]
    conflicts: frozenset[tuple[str, str]]
    select: int
    normalise: Normalise
    minutes: str
    made_by: str
    made_at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sheets:
    """An evaluation with the points given so far."""

    evaluation: Evaluation
    scores: Mapping[Place, float]
