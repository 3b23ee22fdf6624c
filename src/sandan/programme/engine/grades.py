"""Grades of the evaluation of pledges: cut-offs by year, as far as they are known (`grades.csv`).

Whoever evaluates gives the score; Sandan only says which grade a score was in a year. A grade whose
cut-off no source tells stays unknown and is never taken from another year.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from sandan.errors import InvalidInput
from sandan.tables import read_table
from sandan.words import Text

GRADES = ("SA", "A", "B", "C", "D")
SUBJECT_NAMES = {
    "plan": Text("실천계획 평가", "Evaluation of the plan"),
    "fulfilment": Text("이행 평가", "Evaluation of the fulfilment"),
}


@dataclass(frozen=True, slots=True)
class CutOff:
    """From which score [points of 100] a grade was given in a year; above it where not `inclusive`.

    `effective` is the day the cut-off was reported, or the first of the year where that is not known.
    """

    year: int
    subject: str
    grade: str
    above: float
    inclusive: bool
    scale: str
    effective: date
    source: str
    note: str

    def reached(self, score: float) -> bool:
        """Whether a score is in this grade or a better one."""
        return score >= self.above if self.inclusive else score > self.above


@dataclass(frozen=True, slots=True)
class Graded:
    """The grade of a score; None with the reason where no source tells."""

    grade: str | None
    reason: Text
    cut_off: CutOff | None = None


@cache
def cut_offs() -> Sequence[CutOff]:
    """Every known cut-off, the newest year first, the best grade first."""
    found = [
        CutOff(
            int(row["year"]),
            row["subject"],
            row["grade"],
            float(row["above"]),
            row["inclusive"] == "yes",
            row["scale"],
            date.fromisoformat(row["effective"]),
            row["source"],
            row["note"],
        )
        for row in read_table(__name__, "grades.csv")
    ]
    return sorted(found, key=lambda one: (-one.year, GRADES.index(one.grade)))


def grade(score: float, year: int) -> Graded:
    """The grade a score [points, 0 to 100] had in the evaluation of `year`; `InvalidInput` outside that.

    Source: REFERENCE.md B11, cut-offs with their addresses in `grades.csv`.

    >>> grade(82, 2019).grade, grade(66, 2020).grade, grade(66, 2021).grade
    ('SA', 'SA', None)
    """
    if not math.isfinite(score) or not 0 <= score <= 100:
        raise InvalidInput.because(
            "score",
            Text(f"점수 {score:g}이(가) 0–100점이 아닙니다.", f"{score:g} is not 0–100 points."),
            Text("총점을 100점 만점으로 적으십시오.", "write the score in points of 100."),
        )
    known = [one for one in cut_offs() if one.year == year]
    if not known:
        return Graded(
            None, Text(f"{year}년 등급 기준은 알려진 것이 없습니다.", f"No cut-off of {year} is known.")
        )
    # A score between two known cut-offs may belong to a grade between them that no source tells.
    for better, one in zip((None, *known), known, strict=False):
        if one.reached(score) and _next(better) == one.grade:
            said = _said(one)
            return Graded(one.grade, Text(f"{year}년 {said.ko}", f"{year}: {said.en}"), one)
    last = known[-1]
    said = _said(last)
    return Graded(
        None,
        Text(
            f"{year}년에는 {said.ko}까지만 알려져 있어 그 아래 등급은 알 수 없습니다.",
            f"Of {year} only {said.en} is known; the grades below it are not.",
        ),
    )


def _next(better: CutOff | None) -> str:
    return GRADES[0] if better is None else GRADES[GRADES.index(better.grade) + 1]


def _said(one: CutOff) -> Text:
    how = Text("이상", "or more") if one.inclusive else Text("초과", "exceeded")
    return Text(f"{one.grade} {one.above:g}점 {how.ko}", f"{one.grade} {one.above:g} points {how.en}")
