"""The projects a project is made of: list items with fields of their own, and names beside money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sandan.programme.engine.drafting.cards import FieldValue, is_name, make_project, read_fields
from sandan.programme.engine.drafting.dates import read_period
from sandan.programme.engine.drafting.lines import Passage
from sandan.programme.engine.drafting.rows import PlanDraft, origin_of
from sandan.programme.engine.drafting.values import own_name, row_name, total_of
from sandan.programme.engine.drafting.words import field_of
from sandan.programme.engine.figures.vocabulary import holds, is_total
from sandan.programme.model.documents import Document, FoundFigure
from sandan.programme.model.plan import Project

Figures = Mapping[int, Sequence[FoundFigure]]


def read_items(
    plan: PlanDraft, document: Document, passages: Sequence[Passage], main: str | None, title_at: int
) -> tuple[set[int], dict[str, list[FieldValue]]]:
    """Add the list items that have a period or money of their own; their lines, and their fields by title.

    `title_at` is the line of the card's own title, which is no item of it.
    """
    below: dict[str, list[Passage]] = defaultdict(list)
    for passage in passages:
        if passage.labels and not passage.blank and not passage.table:
            below[passage.labels[-1]].append(passage)
    used: set[int] = set()
    fields: dict[str, list[FieldValue]] = {}
    for at, passage in enumerate(passages):
        own = below.get(passage.label, ())
        if (
            passage.line.number == title_at
            or not passage.label
            or not is_name(passage.label)
            or not any(map(_is_own, own))
        ):
            continue
        behind = (passages[i] for i in range(at + 1, len(passages)))
        following = next((one for one in behind if not one.blank), None)
        if following is None or passage.label not in following.labels:
            continue
        if plan.project_named(passage.label):
            continue
        values = list(read_fields(own))
        plan.projects.append(make_project(plan, document, passage.label, passage, values, parent=main))
        fields[passage.label] = values
        used |= {passage.line.number, *(one.passage.line.number for one in values)}
    return used, fields


def open_items(plan: PlanDraft, passages: Sequence[Passage]) -> dict[int, str]:
    """The project whose list item is open at each line: until the next one, or another section.

    What OCR has moved to the level of the item itself still belongs to it.
    """
    found: dict[int, str] = {}
    current: str | None = None
    section: str | None = None
    titles = {title: one.id for one in plan.projects if (title := one.title)}
    for passage in passages:
        if passage.label in titles and not passage.opens:
            current, section = titles[passage.label], passage.section
        elif passage.opens or passage.section != section:
            current = None
        if current is not None:
            found[passage.line.number] = current
    return found


def _is_own(passage: Passage) -> bool:
    label = passage.label or passage.rest.partition(":")[0]
    return field_of(label) == "period" or (holds(label, "money", "budget") and ":" in passage.rest)


@dataclass(slots=True)
class _Listed:
    """A project named beside its money in a list."""

    project: Project
    amount: int | None
    line: int
    under: tuple[str, ...]


def read_named(
    plan: PlanDraft, document: Document, passages: Sequence[Passage], figures: Figures, main: str | None
) -> None:
    """Add the projects that rows and list items name beside their money."""
    listed: list[_Listed] = []
    for passage in passages:
        found = figures.get(passage.line.number, ())
        for figure in found:
            if name := row_name(figure):
                _add_row(plan, document, passage, figure, name, main)
            elif (name := own_name(passage, figure)) and not _within(plan, passage, main):
                project = plan.project_named(name)
                if project is None:
                    project = _project(plan, document, passage, name, main, figure)
                    plan.projects.append(project)
                if not listed or listed[-1].project.id != project.id:
                    listed.append(_Listed(project, total_of(found), passage.line.number, passage.labels))
    _nest(plan, listed, main)


def _within(plan: PlanDraft, passage: Passage, main: str | None) -> bool:
    """Whether a line stands under another project than the card's own: it names a part, not a project."""
    for label in passage.labels:
        found = plan.project_named(label)
        if found is not None and found.id != main:
            return True
    return False


def _project(
    plan: PlanDraft,
    document: Document,
    passage: Passage,
    title: str,
    parent: str | None,
    figure: FoundFigure,
) -> Project:
    start, end = read_period(figure.period) if figure.period and "~" in figure.period else (None, None)
    return Project(
        id=plan.id("p", title, parent),
        title=title,
        parent=parent,
        start=start,
        end=end,
        origin=origin_of(document, passage),
    )


def _add_row(
    plan: PlanDraft,
    document: Document,
    passage: Passage,
    figure: FoundFigure,
    name: str,
    main: str | None,
) -> None:
    if plan.project_named(name):
        return
    parent = main
    for above in figure.names[:-1]:
        if len(above) < 3 or is_total(above) or holds(above, "money", "budget"):
            continue
        held = plan.project_named(above)
        if held is None:
            held = _project(plan, document, passage, above, parent, replace(figure, period=None))
            plan.projects.append(held)
        parent = held.id
    plan.projects.append(_project(plan, document, passage, name, parent, replace(figure, period=None)))


def _nest(plan: PlanDraft, listed: Sequence[_Listed], main: str | None) -> None:
    """An item whose money is the sum of the two or more that follow it holds them."""
    at = 0
    while at < len(listed):
        last = _end_of_parts(listed, at)
        for one in listed[at + 1 : last]:
            held = plan.project_with(one.project.id)
            if held is not None and held.parent == main:
                plan.move(held.id, listed[at].project.id)
        at = max(last, at + 1)


def _end_of_parts(listed: Sequence[_Listed], at: int) -> int:
    whole = listed[at].amount
    total = 0
    for end in range(at + 1, len(listed)):
        if listed[end].under != listed[at].under or listed[end].amount is None or not whole:
            return at
        total += listed[end].amount or 0
        if total == whole:
            return end + 1 if end > at + 1 else at
        if total > whole:
            return at
    return at
