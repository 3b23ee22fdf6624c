"""Figures as stated values: whose each is, at which stage, under which name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from sandan.programme.engine.drafting.cards import is_name
from sandan.programme.engine.drafting.lines import Passage
from sandan.programme.engine.drafting.rows import PlanDraft, origin_of
from sandan.programme.engine.drafting.words import field_of, goal_name, has
from sandan.programme.engine.figures.periods import find_moments
from sandan.programme.engine.figures.vocabulary import holds, plain, tight
from sandan.programme.engine.names import title_name
from sandan.programme.model.documents import Document, FoundFigure
from sandan.programme.model.plan import Measure, Project
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import TOTAL, WON, Direction, Kind, Nature, Stage


def own_name(passage: Passage, figure: FoundFigure) -> str:
    """What a line of its own calls the project its money is for: `실증화 센터 21,600백만원`."""
    if passage.table or figure.kind is not Kind.BUDGET:
        return ""
    text = plain(passage.rest)
    at = text.find(plain(figure.printed)) if figure.printed else -1
    head = text[:at] if at > 0 else ""
    name = re.split(r"\s*:\s*", head)[0].strip(" -·")
    moments = find_moments(name)
    if moments and moments[-1].end >= len(name) - 1:
        name = name[: moments[-1].start].strip(" (")
    whole = name.count("(") == name.count(")") and not re.search(r"[.,]\s|다\s", name)
    return name if whole and is_name(name) else ""


def _part_name(passage: Passage, figure: FoundFigure) -> str:
    """What a line calls the part of a project its money is for: `기반구축 : 165억원`."""
    label, colon, behind = plain(passage.rest).partition(":")
    if passage.table or not colon or plain(figure.printed) not in behind or len(tight(label)) > 20:
        return ""
    known = field_of(label) or holds(label, "money", "budget") or find_moments(label)
    return "" if known else label.strip()


def row_name(figure: FoundFigure) -> str:
    """What the row of a table calls the project its money is for."""
    if figure.kind is not Kind.BUDGET or not figure.names:
        return ""
    name = figure.names[-1]
    return name if len(tight(name)) >= 4 and not holds(name, "money", "budget") else ""


def subject_of(
    plan: PlanDraft, passage: Passage, figure: FoundFigure, main: str | None, current: str | None
) -> str:
    """The project, complex or plan that a figure is of: the nearest that its row or path names.

    `current` is the project whose list item is open at the line, `main` the one the card is of.
    """
    for name in reversed(figure.names):
        if found := plan.project_named(name):
            return found.id
    if (own := own_name(passage, figure)) and (found := plan.project_named(own)):
        return found.id
    parts = [part.strip() for part in figure.path.split(" > ")]
    for part in reversed(parts):
        if (complex := plan.complex_named(part)) is not None:
            return complex.id
        found = plan.project_named(part)
        if found is not None and found.id != main:
            return found.id
    return current or main or plan.plan.id


def make_statement(
    plan: PlanDraft,
    document: Document,
    passage: Passage,
    figure: FoundFigure,
    subject: str,
    project: Project | None,
) -> Statement:
    """A figure as a stated value of its subject."""
    measure = _measure(passage, figure, project)
    stage = _stage(figure) if figure.kind is Kind.BUDGET else None
    return Statement(
        id=plan.id("s", subject, figure.kind, measure, figure.source, figure.period, stage, figure.path),
        subject=subject,
        kind=figure.kind,
        measure=measure,
        value=figure.value,
        unit=figure.unit,
        source=figure.source,
        period=figure.period,
        stage=stage,
        nature=_nature(figure),
        place=figure.path,
        origin=origin_of(document, passage, sure=figure.sure, text=figure.text),
    )


def _measure(passage: Passage, figure: FoundFigure, project: Project | None) -> str:
    if figure.kind is Kind.TARGET:
        if passage.section == "schedule" and figure.unit == "%" and not figure.names:
            # A yearly schedule headed by shares says how far the work shall be.
            return "추진율"
        return goal_name(figure.measure)
    if figure.kind is Kind.COUNT and passage.section == "communication":
        return f"소통: {tight(figure.measure)}"
    if figure.kind is Kind.BUDGET:
        own = own_name(passage, figure) or _part_name(passage, figure)
        if own and (project is None or title_name(project.title) != title_name(own)):
            return own
    return figure.measure


def _stage(figure: FoundFigure) -> Stage:
    for stage in (Stage.EXECUTED, Stage.SECURED, Stage.SETTLED, Stage.RETURNED):
        if has(figure.measure, "stages", stage.value):
            return stage
    return Stage.PLANNED


def _nature(figure: FoundFigure) -> Nature | None:
    if figure.unit != WON:
        return None
    for nature in (Nature.CAPITAL, Nature.CURRENT):
        if has(figure.measure, "natures", nature.value):
            return nature
    return None


def name_bounds(figures: Sequence[FoundFigure]) -> list[FoundFigure]:
    """The figures of a line; the two ends of a range are told apart: 하한 and 상한."""
    named = list(figures)
    for at in range(len(named) - 1):
        low, high = named[at], named[at + 1]
        same = (low.kind, low.measure, low.source, low.period, low.unit) == (
            high.kind,
            high.measure,
            high.source,
            high.period,
            high.unit,
        )
        ends = low.value is not None and high.value is not None and low.value < high.value
        if same and ends and not (low.sure or high.sure):
            named[at] = replace(low, measure=f"{low.measure} 하한")
            named[at + 1] = replace(high, measure=f"{high.measure} 상한")
    return named


def make_measures(plan: PlanDraft) -> None:
    """One 확인지표 for each name and unit that a subject has targets of."""
    stated: dict[tuple[str, str], list[Statement]] = defaultdict(list)
    first: dict[tuple[str, str], Statement] = {}
    for one in plan.statements:
        key = one.subject, one.measure
        stated[key].append(one)
        if one.kind is Kind.TARGET:
            first.setdefault(key, one)
    for key, one in first.items():
        same = stated[key]
        unit = next((s.unit for s in same if s.unit), "")
        base = next((s.value for s in same if s.kind is Kind.BASE and s.value is not None), None)
        plan.measures.append(
            Measure(
                id=plan.id("i", one.subject, one.measure),
                subject=one.subject,
                name=one.measure,
                unit=unit,
                direction=_direction(one.measure),
                baseline=base,
                origin=one.origin,
            )
        )


def _direction(measure: str) -> Direction:
    return Direction.DOWN if has(measure, "directions", "down") else Direction.UP


def total_of(figures: Sequence[FoundFigure]) -> int | None:
    """The total money a line states; None without one."""
    found = [
        one for one in figures if one.kind is Kind.BUDGET and one.source == TOTAL and one.value is not None
    ]
    return int(found[0].value) if found and found[0].value is not None else None
