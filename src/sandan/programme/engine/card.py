"""The pledge card: everything a plan says of one project, arranged as these offices print it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandan.programme.model.plan import Book, Fact, Measure, Milestone, Project, StateSet
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import (
    TOTAL,
    FactKind,
    Kind,
    Stage,
    period_order,
    sources,
)


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of money as a document printed it: sources down, periods across; a total is a row of its own.

    `cells` may hold several statements in one place where a document contradicts itself.
    """

    measure: str
    stage: Stage | None
    document: str | None
    sources: Sequence[str | None]
    periods: Sequence[str | None]
    cells: Mapping[tuple[str | None, str | None], Sequence[Statement]]


@dataclass(frozen=True, slots=True)
class YearRow:
    """Values of one measure by period: targets, or what was reported."""

    measure: str
    unit: str
    kind: Kind
    periods: Sequence[str | None]
    cells: Mapping[str | None, Sequence[Statement]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the card of a project shows."""

    project: Project
    parent: Project | None
    parts: Sequence[Project]
    state: StateSet | None
    progress: Statement | None
    grids: Sequence[Grid]
    years: Sequence[YearRow]
    bases: Sequence[Statement]
    counts: Sequence[Statement]
    measures: Sequence[Measure]
    milestones: Sequence[Milestone]
    facts: Mapping[FactKind, Sequence[Fact]]


def make_card(book: Book, project: str) -> Card | None:
    """The card of one project; None when the plan has no such project."""
    found = next((one for one in book.projects if one.id == project), None)
    if found is None:
        return None
    mine = sorted((one for one in book.statements if one.subject == project), key=in_document)
    facts: dict[FactKind, list[Fact]] = defaultdict(list)
    for fact in sorted(book.facts, key=in_document):
        if fact.subject == project:
            facts[fact.kind].append(fact)
    return Card(
        project=found,
        parent=next((one for one in book.projects if one.id == found.parent), None),
        parts=[one for one in book.projects if one.parent == project],
        state=book.states.get(project),
        progress=latest_progress(mine),
        grids=budget_grids(mine),
        years=year_rows(mine),
        bases=[one for one in mine if one.kind is Kind.BASE],
        counts=[one for one in mine if one.kind is Kind.COUNT],
        measures=sorted((one for one in book.measures if one.subject == project), key=in_document),
        milestones=sorted(
            (one for one in book.milestones if one.project == project),
            key=lambda one: (one.start, one.end, in_document(one)),
        ),
        facts=facts,
    )


def in_document(row: Statement | Fact | Measure | Milestone) -> tuple[bool, str, int]:
    """A key that sorts rows as their document has them; what was typed in comes last."""
    return row.origin.document is None, row.origin.document or "", row.origin.line or 0


def latest_progress(statements: Sequence[Statement]) -> Statement | None:
    """The progress in per cent that was reported last: by confirmation where periods do not tell."""
    found = [
        one for one in statements if one.kind is Kind.PROGRESS and one.unit == "%" and one.value is not None
    ]
    return max(found, key=lambda one: (one.period or "", str(one.origin.confirmed_at or "")), default=None)


def budget_grids(statements: Sequence[Statement]) -> list[Grid]:
    """Money of one subject as tables: one for each measure, stage and document."""
    grouped: dict[tuple[str, Stage | None, str | None], list[Statement]] = defaultdict(list)
    for one in statements:
        if one.kind is Kind.BUDGET:
            grouped[one.measure, one.stage, one.origin.document].append(one)
    return [_grid(*key, found) for key, found in grouped.items()]


def _grid(measure: str, stage: Stage | None, document: str | None, found: Sequence[Statement]) -> Grid:
    order = {id: i for i, id in enumerate(sources())}
    cells: dict[tuple[str | None, str | None], list[Statement]] = defaultdict(list)
    for one in found:
        cells[one.source, one.period].append(one)
    rows = sorted(
        {one.source for one in found}, key=lambda s: -1 if s in (TOTAL, None) else order.get(s or "", 99)
    )
    columns = sorted(
        {one.period for one in found}, key=lambda p: (-1, "") if p in (TOTAL, None) else period_order(p)
    )
    return Grid(measure, stage, document, rows, columns, cells)


def year_rows(statements: Sequence[Statement]) -> list[YearRow]:
    """Targets and progress by measure, periods in order."""
    grouped: dict[tuple[str, str, Kind], dict[str | None, list[Statement]]] = {}
    for one in statements:
        if one.kind in (Kind.TARGET, Kind.PROGRESS):
            row = grouped.setdefault((one.measure, one.unit, one.kind), defaultdict(list))
            row[one.period].append(one)
    return [
        YearRow(measure, unit, kind, sorted(cells, key=period_order), cells)
        for (measure, unit, kind), cells in grouped.items()
    ]


def tree(book: Book) -> list[tuple[int, Project]]:
    """Projects with how deep each is nested, parents before their parts."""
    children: dict[str | None, list[Project]] = defaultdict(list)
    for project in book.projects:
        children[project.parent].append(project)
    ordered: list[tuple[int, Project]] = []

    def walk(parent: str | None, depth: int) -> None:
        for project in sorted(children[parent], key=_place):
            ordered.append((depth, project))
            walk(project.id, depth + 1)

    walk(None, 0)
    return ordered


def _place(project: Project) -> tuple[Sequence[tuple[int, str]], int, str]:
    """Where a project stands among its like: 1-2 before 1-10, as its number is read and not spelt."""
    parts = re.findall(r"\d+|\D+", project.code)
    number = [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
    return number, project.origin.line or 0, project.title
