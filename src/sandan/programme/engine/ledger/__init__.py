"""The ledger of plans: every won once, by project, complex, source, year, stage and nature.

What counts is one rule (`counting`), used by everything that adds up money. What does not count (a second
right total, a printed sum, the same money in another document) is kept beside, to be shown and checked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sandan.programme.engine.ledger.counting import (
    BASIS_DEFINITIONS,
    BASIS_NAMES,
    Basis,
    Choice,
    Choices,
    Outline,
    count_both,
    count_money,
    outline_of,
)
from sandan.programme.engine.ledger.tables import Cell, Doubt, Printed, Table
from sandan.programme.model.plan import Book
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import ComplexRole, Nature, Stage
from sandan.words import Text

__all__ = [
    "BASIS_DEFINITIONS",
    "BASIS_NAMES",
    "GROUPING_NAMES",
    "Basis",
    "Cell",
    "Choice",
    "Choices",
    "Doubt",
    "Grouping",
    "Leaf",
    "Ledger",
    "Outline",
    "Printed",
    "RoleMoney",
    "Stages",
    "Table",
    "build_ledger",
    "compare_roles",
    "count_both",
    "count_money",
    "leaves_of",
    "money_of",
    "outline_of",
    "stages_by",
    "subjects_within",
    "totals",
]


class Leaf(NamedTuple):
    """One amount that counts [won] and everything it can be grouped by.

    `project` is None for money of the whole plan or of a complex. A tuple and no dataclass, because a
    ledger holds hundreds of thousands.
    """

    plan: str
    project: str | None
    complex: str | None
    source: str | None
    period: str | None
    nature: Nature | None
    stage: Stage
    won: int
    statement: Statement


class Grouping(StrEnum):
    """What leaves can be grouped by: the names of their fields."""

    PLAN = "plan"
    PROJECT = "project"
    COMPLEX = "complex"
    SOURCE = "source"
    PERIOD = "period"
    NATURE = "nature"
    STAGE = "stage"


GROUPING_NAMES = {
    Grouping.PLAN: Text("계획", "Plan"),
    Grouping.PROJECT: Text("사업", "Project"),
    Grouping.COMPLEX: Text("산단", "Complex"),
    Grouping.SOURCE: Text("재원", "Source"),
    Grouping.PERIOD: Text("연도", "Year"),
    Grouping.NATURE: Text("성격", "Nature"),
    Grouping.STAGE: Text("단계", "Stage"),
}


@dataclass(frozen=True, slots=True)
class Ledger:
    """What counts (`leaves`) and how each subject's money came about (`choices`, by plan)."""

    basis: Basis
    leaves: Sequence[Leaf]
    choices: Mapping[str, Choices]

    def tables(self, plan: str) -> list[tuple[Choice, Table]]:
        """Every table of a plan with the subject it is of; the first of each choice is its own money."""
        return [(choice, table) for choice in self.choices[plan].values() for table in choice.tables]

    def repeated(self, plan: str) -> list[Doubt]:
        """The same money stated in two documents: counted once."""
        return [
            doubt
            for _, table in self.tables(plan)
            for doubt in table.doubts
            if doubt.same and len({one.origin.document for one in doubt.statements}) > 1
        ]

    def disputed(self, plan: str) -> list[Doubt]:
        """Places where statements contradict each other, with the one that counts."""
        return [doubt for _, table in self.tables(plan) for doubt in table.doubts if not doubt.same]

    def misprinted(self, plan: str) -> list[Printed]:
        """Printed totals that their parts do not make up."""
        return [one for _, table in self.tables(plan) for one in table.printed if not one.holds]


def build_ledger(books: Sequence[Book], basis: Basis = Basis.WHOLE) -> Ledger:
    """The ledger of some plans [won]. Every leaf counts once, so that sums over any grouping are equal.

    See `counting` for what counts. Two plans that hold one project both count it: that is a finding.
    """
    leaves: list[Leaf] = []
    choices: dict[str, Choices] = {}
    for book in books:
        outline = outline_of(book)
        found = choices[book.plan.id] = count_money(outline, book.statements, basis)
        leaves += leaves_of(outline, found, [book.plan.id])
    return Ledger(basis, leaves, choices)


def leaves_of(outline: Outline, choices: Choices, subjects: Sequence[str]) -> list[Leaf]:
    """What counts of some subjects, none of them part of another: a project, a complex, the plan itself."""
    leaves = []
    complexes, projects = outline.complexes, outline.parents
    for subject in subjects:
        for stage in Stage:
            choice = choices.get((subject, stage))
            for source, period, nature, won, statement in choice.counted if choice else ():
                of = statement.subject
                leaves.append(
                    Leaf(
                        outline.plan,
                        of if of in projects else None,
                        complexes.get(of),
                        source,
                        period,
                        nature,
                        stage,
                        won,
                        statement,
                    )
                )
    return leaves


def subjects_within(book: Book, outline: Outline, complex: str) -> list[str]:
    """The projects of a complex that are under no other of it; the complex itself where it has none."""
    within = outline.complexes
    found = [
        one.id
        for one in book.projects
        if within.get(one.id) == complex and within.get(one.parent or "") != complex
    ]
    return found or [complex]


Group = tuple[str | None, ...]


def totals(leaves: Sequence[Leaf], *by: Grouping) -> dict[Group, int]:
    """Sums [won] by some fields, in the order given; with none the one sum under `()`."""
    places = [Leaf._fields.index(one.value) for one in by]
    found: dict[Group, int] = defaultdict(int)
    if len(places) == 1:
        at = places[0]
        for leaf in leaves:
            found[(leaf[at],)] += leaf.won  # type: ignore[index]
    else:
        for leaf in leaves:
            found[tuple(leaf[at] for at in places)] += leaf.won  # type: ignore[misc]
    return dict(found)


@dataclass(frozen=True, slots=True)
class Stages:
    """Money [won] at each stage of one group."""

    planned: int = 0
    secured: int = 0
    executed: int = 0
    settled: int = 0
    returned: int = 0

    @property
    def unsecured(self) -> int:
        """Planned less secured; negative where more was secured than planned."""
        return self.planned - self.secured

    @property
    def any(self) -> bool:
        """Whether there is money at any stage."""
        return bool(self.planned or self.secured or self.executed or self.settled or self.returned)

    def __add__(self, other: Stages) -> Stages:
        return Stages(
            self.planned + other.planned,
            self.secured + other.secured,
            self.executed + other.executed,
            self.settled + other.settled,
            self.returned + other.returned,
        )


def stages_by(leaves: Sequence[Leaf], *by: Grouping) -> dict[Group, Stages]:
    """Money of every stage side by side, by some fields; planned = secured + unsecured in each group."""
    found: dict[Group, dict[str, int]] = defaultdict(dict)
    for (*group, stage), won in totals(leaves, *by, Grouping.STAGE).items():
        assert stage is not None  # every leaf has one
        found[tuple(group)][stage] = won
    return {group: Stages(**amounts) for group, amounts in found.items()}


@dataclass(frozen=True, slots=True)
class RoleMoney:
    """What the complexes of one role have: how many, their projects, and their money."""

    role: ComplexRole
    complexes: int
    projects: int
    money: Stages


def compare_roles(book: Book, choices: Choices) -> list[RoleMoney]:
    """Hub against linked complexes of a plan, side by side; projects without a complex are in neither.

    Each project that has a complex brings its own rolled-up money, so that the comparison holds also
    where the plan's sum counts a total above them. `choices` is what `count_money` found.
    """
    outline = outline_of(book)
    roles = {one.id: one.role for one in book.complexes}
    within: dict[str, list[str]] = {id: [] for id in roles}
    for one in book.projects:
        complex = outline.complexes.get(one.id)
        if complex in within and complex != outline.complexes.get(one.parent or ""):
            within[complex].append(one.id)  # a part's money is in its parent's already
    count: dict[ComplexRole, int] = defaultdict(int)
    money: dict[ComplexRole, Stages] = defaultdict(Stages)
    for id, role in roles.items():
        count[role] += len(within[id])
        for subject in within[id] or [id]:
            money[role] += money_of(choices, subject)
    return [
        RoleMoney(role, sum(one is role for one in roles.values()), count[role], money[role])
        for role in ComplexRole
        if role in roles.values()
    ]


def money_of(choices: Choices, subject: str) -> Stages:
    """What counts of one subject at each stage [won]."""
    return Stages(
        **{stage.value: choices[subject, stage].won for stage in Stage if (subject, stage) in choices}
    )
