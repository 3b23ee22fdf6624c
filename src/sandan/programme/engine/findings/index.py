"""A plan prepared for the rules: its rows by subject, read once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandan.programme.model.plan import Book, Complex, Fact, Measure, Milestone, Project
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import Kind


@dataclass(frozen=True, slots=True)
class BookIndex:
    """Rows by what they are of; `budgets`, `targets`… hold statements by subject."""

    book: Book
    projects: Mapping[str, Project]
    complexes: Mapping[str, Complex]
    children: Mapping[str, Sequence[Project]]
    budgets: Mapping[str, Sequence[Statement]]
    targets: Mapping[str, Sequence[Statement]]
    progress: Mapping[str, Sequence[Statement]]
    measures: Mapping[str, Sequence[Measure]]
    milestones: Mapping[str, Sequence[Milestone]]
    facts: Mapping[str, Sequence[Fact]]

    def title(self, subject: str) -> str:
        """What a subject is called."""
        if subject in self.projects:
            return self.projects[subject].title
        if subject in self.complexes:
            return self.complexes[subject].name
        return self.book.plan.title

    def owner(self, subject: str) -> str:
        """The department of a project or the nearest one above it that names one; "" when none does."""
        seen: set[str] = set()
        project = self.projects.get(subject)
        while project is not None and project.id not in seen:
            if project.owner:
                return project.owner
            seen.add(project.id)
            project = self.projects.get(project.parent or "")
        return ""


def index_book(book: Book) -> BookIndex:
    """The rows of a plan by subject, in their order."""
    by_kind: dict[Kind, dict[str, list[Statement]]] = {kind: defaultdict(list) for kind in Kind}
    for one in book.statements:
        by_kind[one.kind][one.subject].append(one)
    children: dict[str, list[Project]] = defaultdict(list)
    for project in book.projects:
        if project.parent:
            children[project.parent].append(project)
    measures: dict[str, list[Measure]] = defaultdict(list)
    for measure in book.measures:
        measures[measure.subject].append(measure)
    milestones: dict[str, list[Milestone]] = defaultdict(list)
    for milestone in book.milestones:
        milestones[milestone.project].append(milestone)
    facts: dict[str, list[Fact]] = defaultdict(list)
    for fact in book.facts:
        facts[fact.subject].append(fact)
    return BookIndex(
        book,
        {one.id: one for one in book.projects},
        {one.id: one for one in book.complexes},
        children,
        by_kind[Kind.BUDGET],
        by_kind[Kind.TARGET],
        by_kind[Kind.PROGRESS],
        measures,
        milestones,
        facts,
    )
