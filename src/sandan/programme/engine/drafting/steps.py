"""Steps of a schedule: what a table says is to be done in each year."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sandan.programme.engine.drafting.lines import Passage
from sandan.programme.engine.drafting.rows import PlanDraft, origin_of
from sandan.programme.engine.drafting.sentences import dated
from sandan.programme.engine.figures.grids import Row, split_parts
from sandan.programme.engine.figures.headers import Role, is_nothing, numeric_parts
from sandan.programme.engine.figures.sentences import is_hidden
from sandan.programme.engine.names import title_name
from sandan.programme.model.documents import Document
from sandan.programme.model.plan import Fact, Milestone, Project
from sandan.programme.model.vocabulary import AFTER, FactKind, Quarter


def read_steps(
    plan: PlanDraft, document: Document, passages: Sequence[Passage], holder: Callable[[Passage], str]
) -> set[int]:
    """Add the steps of yearly schedules to their plan; the lines they were read from."""
    used: set[int] = set()
    block: list[Passage] = []
    for passage in [*passages, None]:
        if passage is not None and passage.table and not passage.blank:
            block.append(passage)
            continue
        if passage is not None and passage.section == "schedule" and not passage.blank:
            when, text = dated(passage.rest)
            if when and _add_dated(plan, document, passage, holder(passage), when, text):
                used.add(passage.line.number)
        if block and block[0].section == "schedule":
            used |= _read_block(plan, document, block, holder)
        block = []
    return used


def _read_block(
    plan: PlanDraft, document: Document, block: Sequence[Passage], holder: Callable[[Passage], str]
) -> set[int]:
    by_line = {one.line.number: one for one in block}
    used: set[int] = set()
    for part in split_parts([Row(one.line.number, one.cells) for one in block]):
        for row in part.rows:
            label = next((cell.strip() for cell in row.cells[: part.label_width] if cell.strip()), "")
            for at, cell in enumerate(row.cells):
                column = part.columns[at] if at < len(part.columns) else None
                period = column.first(Role.PERIOD) if column else None
                text = cell.strip()
                if period is None or is_nothing(text) or numeric_parts(text) or is_hidden(text):
                    continue
                _add(plan, document, by_line[row.number], holder, label, text, period.value or "")
                used.add(row.number)
    return used


def _add_dated(
    plan: PlanDraft, document: Document, passage: Passage, project: str, when: str, text: str
) -> bool:
    """A dated line of a schedule: `2022. 3. : 추진협의회 개최`."""
    first, last = (_quarter(part) for part in (*when.split("~"), when.split("~")[0])[:2])
    if first is None or last is None or plan.project_with(project) is None:
        return False
    plan.milestones.append(
        Milestone(
            id=plan.id("m", project, text, when),
            project=project,
            title=text[:300],
            start=first,
            end=last,
            origin=origin_of(document, passage),
        )
    )
    return True


def _quarter(period: str) -> Quarter | None:
    found = re.fullmatch(r"(\d{4})-(?:Q([1-4])|(\d{2}))", period)
    if not found:
        return None
    return Quarter(int(found[1]), int(found[2]) if found[2] else (int(found[3]) + 2) // 3)


def _add(
    plan: PlanDraft,
    document: Document,
    passage: Passage,
    holder: Callable[[Passage], str],
    label: str,
    text: str,
    period: str,
) -> None:
    named = plan.project_named(label) if label else None
    project = named.id if named else holder(passage)
    title = text if named or not label or _same(plan.project_with(project), label) else f"{label}: {text}"
    origin = origin_of(document, passage, text=text)
    if period == AFTER:
        plan.facts.append(
            Fact(
                id=plan.id("f", "after", text),
                subject=project,
                kind=FactKind.NEXT,
                text=title,
                when=AFTER,
                origin=origin,
            )
        )
        return
    found = re.fullmatch(r"(\d{4})(?:-Q([1-4]))?", period)
    if not found or plan.project_with(project) is None:
        return
    year, quarter = int(found[1]), int(found[2]) if found[2] else None
    plan.milestones.append(
        Milestone(
            id=plan.id("m", project, title, period),
            project=project,
            title=title[:300],
            start=Quarter(year, quarter or 1),
            end=Quarter(year, quarter or 4),
            origin=origin,
        )
    )


def _same(project: Project | None, label: str) -> bool:
    return project is not None and title_name(label) in title_name(project.title)
