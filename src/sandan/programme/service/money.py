"""The money of one plan: by source, year and stage, with where every won was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandan.access import Actor
from sandan.errors import NotFound
from sandan.programme.engine.ledger import (
    Basis,
    Cell,
    Choice,
    Grouping,
    Leaf,
    Ledger,
    Outline,
    RoleMoney,
    Stages,
    compare_roles,
    count_both,
    leaves_of,
    money_of,
    outline_of,
    stages_by,
    subjects_within,
)
from sandan.programme.engine.ledger.flows import Flow, make_flow
from sandan.programme.engine.ledger.grids import MoneyGrid, money_grids
from sandan.programme.model.plan import Book
from sandan.programme.model.vocabulary import Nature, Stage
from sandan.programme.service.plans import read_plan
from sandan.store import Store
from sandan.words import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants to see; None is everything. `basis` None is by year where anything is."""

    basis: Basis | None = None
    project: str | None = None
    complex: str | None = None
    nature: Nature | None = None
    middle: Grouping = Grouping.PERIOD


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyView:
    """The money that was asked for, and what belongs to reading it rightly."""

    book: Book
    basis: Basis
    ledger: Ledger
    leaves: Sequence[Leaf]
    grids: Sequence[MoneyGrid]
    stages: Stages
    natures: Sequence[tuple[Nature | None, Stages]]
    roles: Sequence[RoleMoney]
    flow: Flow
    whole: Stages
    """The plan's money by the whole cost."""
    years: Stages
    """The plan's money by the investment plan by year."""
    double: Sequence[Choice]
    """Subjects that state several totals, each right: one counts."""


def read_money(store: Store, actor: Actor, plan: str, asked: Asked, version: int | None = None) -> MoneyView:
    """The money of a plan as it stands or stood in `version`; `NotFound` for what it does not have."""
    book = read_plan(store, actor, plan, version)
    outline = outline_of(book)
    both = count_both(outline, book.statements)
    whole, years = (money_of(both[basis], plan) for basis in Basis)
    dated = any(cell.period for stage in Stage for cell in _cells(both[Basis.YEARS].get((plan, stage))))
    basis = asked.basis or (Basis.YEARS if dated else Basis.WHOLE)
    choices = both[basis]
    all_leaves = leaves_of(outline, choices, [plan])
    ledger = Ledger(basis, all_leaves, {plan: choices})
    subjects = _subjects(book, outline, asked)
    leaves = all_leaves if subjects == [plan] else leaves_of(outline, choices, subjects)
    if asked.nature is not None:
        leaves = [leaf for leaf in leaves if leaf.nature is asked.nature]
    natures = stages_by(leaves, Grouping.NATURE)
    return MoneyView(
        book=book,
        basis=basis,
        ledger=ledger,
        leaves=leaves,
        grids=money_grids(leaves),
        stages=stages_by(leaves).get((), Stages()),
        natures=[(nature, natures[(nature,)]) for nature in (*Nature, None) if (nature,) in natures],
        roles=compare_roles(book, choices),
        flow=make_flow(leaves, asked.middle),
        whole=whole,
        years=years,
        double=[one for one in choices.values() if _differ(one)],
    )


def _cells(choice: Choice | None) -> Sequence[Cell]:
    return choice.counted if choice else ()


def _subjects(book: Book, outline: Outline, asked: Asked) -> list[str]:
    """Whose money was asked for; none of them is part of another."""
    if asked.project is not None:
        if asked.project not in outline.parents:
            raise NotFound(Text("사업", "project"), asked.project)
        return [asked.project]
    if asked.complex is not None:
        if asked.complex not in {one.id for one in book.complexes}:
            raise NotFound(Text("산단", "complex"), asked.complex)
        return subjects_within(book, outline, asked.complex)
    return [book.plan.id]


def _differ(choice: Choice) -> bool:
    """Whether a subject states several planned totals, or one that is not what its parts make."""
    if choice.stage is not Stage.PLANNED:
        return False
    said = {table.won for table in choice.tables}
    return len(said) > 1 or (choice.own is not None and choice.parts not in (None, choice.own))
