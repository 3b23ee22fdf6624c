"""Plans at a glance: money by stage, rates, states, progress, hub and linked complexes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sandan.programme.engine.card import tree
from sandan.programme.engine.indicators import newest_progress
from sandan.programme.engine.ledger import (
    Basis,
    Choices,
    RoleMoney,
    Stages,
    compare_roles,
    count_both,
    money_of,
    outline_of,
)
from sandan.programme.engine.rates import Rate, add_rates, compute_rates
from sandan.programme.model.plan import Book, Complex, Plan, Project
from sandan.programme.model.vocabulary import Kind, PledgeState


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """A project in a list: how deep it is nested, its state, its newest progress [%], its money."""

    plan: str
    project: Project
    depth: int
    complex: str | None
    state: PledgeState | None
    progress: float | None
    money: Stages


@dataclass(frozen=True, slots=True)
class ComplexLine:
    """A complex of a plan with the projects it has and their money."""

    complex: Complex
    projects: int
    money: Stages


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummary:
    """What the portfolio says of one plan in one version."""

    plan: Plan
    version: int
    money: Stages
    rates: Sequence[Rate]
    states: Mapping[PledgeState | None, int]
    """How many pledges (projects under no other) are in each state; None: not set."""
    roles: Sequence[RoleMoney]
    complexes: Sequence[ComplexLine]
    projects: Sequence[ProjectLine]


def summarise_plan(book: Book, today: date) -> PlanSummary:
    """A plan at a glance as of a day; money [won] of the whole cost."""
    outline = outline_of(book)
    both = count_both(outline, book.statements)
    whole = both[Basis.WHOLE]
    progress = _progress(book, today)
    lines = [
        ProjectLine(
            book.plan.id,
            one,
            depth,
            outline.complexes.get(one.id),
            book.states[one.id].state if one.id in book.states else None,
            progress.get(one.id),
            money_of(whole, one.id),
        )
        for depth, one in tree(book)
    ]
    return PlanSummary(
        plan=book.plan,
        version=book.version.number,
        money=money_of(whole, book.plan.id),
        rates=compute_rates(book, today, both),
        states=Counter(line.state for line in lines if line.project.parent is None),
        roles=compare_roles(book, whole),
        complexes=_complexes(book, lines, whole),
        projects=lines,
    )


def _progress(book: Book, today: date) -> dict[str, float]:
    until = f"{today.year}-Q{(today.month - 1) // 3 + 1}"
    said = [one for one in book.statements if one.kind is Kind.PROGRESS]
    found = newest_progress(said, until, {(one.subject, one.name) for one in book.measures})
    return {subject: float(one.value or 0) for subject, one in found.items()}


def _complexes(book: Book, lines: Sequence[ProjectLine], choices: Choices) -> list[ComplexLine]:
    """Each complex with its projects; the money of a part is in that of the project above it."""
    within = {line.project.id: line.complex for line in lines}
    count: Counter[str] = Counter()
    money: dict[str, Stages] = {}
    for line in lines:
        if line.complex is None or within.get(line.project.parent or "") == line.complex:
            continue
        count[line.complex] += 1
        money[line.complex] = money.get(line.complex, Stages()) + line.money
    return [
        ComplexLine(one, count[one.id], money.get(one.id) or money_of(choices, one.id))
        for one in book.complexes
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """All plans together. Money of a project that stands in two plans is in here twice: that is a finding."""

    plans: Sequence[PlanSummary]
    money: Stages
    rates: Sequence[Rate]
    states: Mapping[PledgeState | None, int]
    projects: Sequence[ProjectLine]
    owners: Sequence[str]
    complexes: Sequence[tuple[str, str]]
    """Every complex as (id, name), in order of the name."""


def add_up(plans: Sequence[PlanSummary]) -> Portfolio:
    """Plans together: money and counts are added, rates computed anew from what they count."""
    projects = [line for plan in plans for line in plan.projects]
    together = zip(*(plan.rates for plan in plans), strict=True)
    states: Counter[PledgeState | None] = Counter()
    for plan in plans:
        states.update(plan.states)
    names = {one.complex.id: one.complex.name for plan in plans for one in plan.complexes}
    return Portfolio(
        plans=plans,
        money=sum((plan.money for plan in plans), Stages()),
        rates=[add_rates(same) for same in together],
        states=states,
        projects=projects,
        owners=sorted({line.project.owner for line in projects if line.project.owner}),
        complexes=sorted(names.items(), key=lambda pair: pair[1]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosing:
    """Which projects somebody wants to see; an empty field chooses nothing away.

    `state` is a pledge's state or `UNSET`; `search` is looked for in title and number.
    """

    search: str = ""
    plan: str = ""
    state: str = ""
    owner: str = ""
    complex: str = ""


UNSET = "unset"


def choose_projects(lines: Sequence[ProjectLine], choosing: Choosing) -> list[ProjectLine]:
    """The projects that somebody wants to see, in their order."""
    words = choosing.search.casefold().split()

    def wanted(line: ProjectLine) -> bool:
        project = line.project
        if choosing.plan and line.plan != choosing.plan:
            return False
        if choosing.state and (line.state or UNSET) != choosing.state:
            return False
        if choosing.owner and project.owner != choosing.owner:
            return False
        if choosing.complex and line.complex != choosing.complex:
            return False
        text = f"{project.code} {project.title}".casefold()
        return all(word in text for word in words)

    return [line for line in lines if wanted(line)]
