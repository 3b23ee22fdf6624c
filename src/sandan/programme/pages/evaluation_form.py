"""The forms of an evaluation as they come in: headings with points, a score sheet."""

from __future__ import annotations

from starlette.datastructures import FormData

from sandan.errors import Finding, InvalidInput
from sandan.programme.engine.amounts import read_amount
from sandan.programme.model.evaluation import HEADINGS, Evaluation, Heading, Normalise
from sandan.words import Text

ROWS = len(HEADINGS) + 4
"""Rows for headings in the form: the known ones, and some of the office's own."""


def read_headings(form: FormData) -> list[Heading]:
    """The rows of the form that have a name; a row without points is a finding."""
    found: list[Heading] = []
    faults: list[Finding] = []
    for row in range(ROWS):
        name = str(form.get(f"heading:{row}", "")).strip()[:200]
        if not name:
            continue
        points = _number(form, f"points:{row}", faults)
        if points is None:
            faults.append(
                Finding(
                    name,
                    Text("배점이 비었습니다.", "its points are missing."),
                    Text("배점을 적거나 항목을 지우십시오.", "give points, or clear the heading."),
                )
            )
            continue
        known = HEADINGS[row] if row < len(HEADINGS) else None
        same = known is not None and name in (known[1].ko, known[1].en)
        found.append(
            Heading(
                known[0] if known and same else f"own-{row + 1}",
                known[1] if known and same else Text(name, name),
                float(points),
            )
        )
    if faults:
        raise InvalidInput(faults)
    return found


def read_scores(form: FormData, made: Evaluation) -> dict[tuple[str, str], float]:
    """Points by (plan, heading) of the boxes that are filled."""
    found: dict[tuple[str, str], float] = {}
    faults: list[Finding] = []
    for p, plan in enumerate(made.plans):
        for h, one in enumerate(made.headings):
            points = _number(form, f"s:{p}:{h}", faults)
            if points is not None:
                found[plan, one.id] = float(points)
    if faults:
        raise InvalidInput(faults)
    return found


def _number(form: FormData, name: str, faults: list[Finding]) -> int | float | None:
    try:
        return read_amount(str(form.get(name, ""))[:50], "점")
    except InvalidInput as error:
        faults += [Finding(name, one.problem, one.remedy) for one in error.findings]
        return None


def read_whole(form: FormData, name: str) -> int:
    """A whole number."""
    text = str(form.get(name, "")).strip()
    if not text.isdecimal() or len(text) > 6:
        raise InvalidInput.because(
            name,
            Text(f"'{text[:50]}'은(는) 선정 수가 아닙니다.", f"'{text[:50]}' is no number of plans."),
            Text("1 이상의 정수로 적으십시오.", "give a whole number from 1."),
        )
    return int(text)


def read_normalise(form: FormData) -> Normalise:
    """How scores are to be made comparable."""
    try:
        return Normalise(str(form.get("normalise", "")))
    except ValueError:
        raise InvalidInput.because(
            "normalise",
            Text("보정 방법을 고르지 않았습니다.", "no way of normalising was chosen."),
            Text("목록에서 고르십시오.", "choose from the list."),
        ) from None
