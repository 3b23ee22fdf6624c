"""What a plan says of each of its projects, found once for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandan.programme.engine.ledger import Cell, count_money, outline_of
from sandan.programme.model.plan import Book, Fact, Measure, Milestone, Project, StateSet
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import FactKind, Stage

_DESCRIBES = (FactKind.GOAL, FactKind.OVERVIEW)


@dataclass(frozen=True, slots=True)
class Subject:
    """A project, or a whole plan that has none, with its rows.

    `money` are the cells of its own planned money that count, none twice.
    """

    project: Project
    statements: Sequence[Statement]
    measures: Sequence[Measure]
    milestones: Sequence[Milestone]
    facts: Sequence[Fact]
    state: StateSet | None
    money: Sequence[Cell]

    @property
    def description(self) -> str:
        """Its goals and overview, a line each."""
        return "\n".join(one.text for one in self.facts if one.kind in _DESCRIBES)


def subjects_of(book: Book) -> list[Subject]:
    """Every project of a plan in its order; the plan itself where there is none."""
    counted = count_money(outline_of(book), book.statements)
    statements: Mapping[str, list[Statement]] = defaultdict(list)
    measures: Mapping[str, list[Measure]] = defaultdict(list)
    milestones: Mapping[str, list[Milestone]] = defaultdict(list)
    facts: Mapping[str, list[Fact]] = defaultdict(list)
    for said in book.statements:
        statements[said.subject].append(said)
    for measure in book.measures:
        measures[measure.subject].append(measure)
    for step in book.milestones:
        milestones[step.project].append(step)
    for fact in book.facts:
        facts[fact.subject].append(fact)
    found = []
    for project in book.projects or [_whole(book)]:
        id = project.id
        choice = counted.get((id, Stage.PLANNED))
        money = choice.tables[0].cells if choice and choice.tables else ()
        found.append(
            Subject(
                project, statements[id], measures[id], milestones[id], facts[id], book.states.get(id), money
            )
        )
    return found


def _whole(book: Book) -> Project:
    plan = book.plan
    return Project(id=plan.id, title=plan.title, owner=plan.owner, start=plan.term_start, end=plan.term_end)
