"""Which money of a plan counts, so that a sum counts no won twice: the one rule, in three steps.

Of one table its finest cells (`tables`). Of several tables of one subject (총사업비 and 재정투자 are two
totals, both right) one. Of a project's own money and that of its parts one, and so up to the plan. One of
several is always the widest; where they make the same, the one that says more about source, year and
complex. What does not count stands beside.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sandan.programme.engine.conflicts import contradiction_id
from sandan.programme.engine.ledger.tables import Cell, Table, read_table
from sandan.programme.engine.names import title_name
from sandan.programme.model.plan import Book
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import Kind, Stage
from sandan.words import Text

_OF_ALL = re.compile("예산|사업비|투자|재정|재원|집행|확보|정산|반납|금액|비용|소요|총액|budget|cost|fund")
"""A measure that names money is of all its subject; any other (통합관제센터) names an item of it."""

_LIMIT = re.compile("상한|하한|한도|단가|(업체|기업|개사|개소|가구|인|건)당")
"""A limit or a price is no money that anybody has planned."""


class Basis(StrEnum):
    """Which of two right totals is meant: all a project costs, or what is planned by year."""

    WHOLE = "whole"
    YEARS = "years"


BASIS_NAMES = {
    Basis.WHOLE: Text("총사업비", "Whole cost"),
    Basis.YEARS: Text("연차별 투자계획", "Investment plan by year"),
}
BASIS_DEFINITIONS = {
    Basis.WHOLE: Text(
        "사업마다 가장 넓은 표를 셉니다. 연도를 나누지 않은 총사업비도 들어갑니다.",
        "Of each project its widest table counts, also one that is not split by year.",
    ),
    Basis.YEARS: Text(
        "연도로 나눈 표가 있으면 그 표를 셉니다. "
        "임기 안의 계획만 적은 표가 많아 총사업비보다 작을 수 있습니다.",
        "Of each project a table split by year counts where there is one. Many are of the term only, "
        "so they may be less than the whole cost.",
    ),
}


@dataclass(frozen=True, slots=True)
class Outline:
    """How a plan is made up: each project's parent and complex, the years of the term, what was settled."""

    plan: str
    parents: Mapping[str, str | None]
    complexes: Mapping[str, str | None] = field(default_factory=dict)
    term: tuple[int, int] | None = None
    settled: Mapping[str, str] = field(default_factory=dict)


def outline_of(book: Book) -> Outline:
    """The outline of a whole plan; a complex that is no part of a project is a subject of its own."""
    plan = book.plan
    term = (plan.term_start.year, plan.term_end.year) if plan.term_start and plan.term_end else None
    parents = {one.id: one.parent for one in book.projects}
    complexes: dict[str, str | None] = {one.id: one.id for one in book.complexes}
    complexes |= {one.id: one.complex for one in book.projects}
    _inherit(parents, complexes)
    return Outline(plan.id, parents, complexes, term, book.settled)


def _inherit(parents: Mapping[str, str | None], complexes: dict[str, str | None]) -> None:
    """A project without a complex belongs to that of the project above it."""
    for project in parents:
        at, seen = project, [project]
        while complexes.get(at) is None and (above := parents.get(at)) and above not in seen:
            at = above
            seen.append(at)
        for one in seen:
            complexes[one] = complexes.get(at)


@dataclass(frozen=True, slots=True)
class Choice:
    """The money of one subject in one stage: its own, that of its parts, and which of the two counts."""

    subject: str
    stage: Stage
    own: int | None
    """What its own statements make [won]; None when it states nothing."""
    parts: int | None
    counted: Sequence[Cell]
    by_parts: bool
    tables: Sequence[Table] = ()
    """All its tables; the first counts."""

    @property
    def won(self) -> int:
        return sum(cell.won for cell in self.counted)


Choices = Mapping[tuple[str, Stage], Choice]
_Read = Mapping[tuple[str, Stage], Sequence[Table]]


def count_money(outline: Outline, statements: Iterable[Statement], basis: Basis = Basis.WHOLE) -> Choices:
    """The money of every subject of a plan [won] by (subject, stage); the plan's own id holds it all.

    A statement without a stage is planned money. Statements of a subject the plan does not have are left
    out. Takes time in proportion to the statements.
    """
    return _Counting(outline, basis).choices(_read_all(outline, statements))


def count_both(outline: Outline, statements: Iterable[Statement]) -> Mapping[Basis, Choices]:
    """What `count_money` finds by either basis, for hardly more than one of them."""
    read = _read_all(outline, statements)
    whole = _Counting(outline, Basis.WHOLE).choices(read)
    same = all(len(one.tables) < 2 and None in (one.own, one.parts) for one in whole.values())
    return {
        Basis.WHOLE: whole,
        Basis.YEARS: whole if same else _Counting(outline, Basis.YEARS).choices(read),
    }


def _read_all(outline: Outline, statements: Iterable[Statement]) -> _Read:
    """Every table of a plan: what one subject says under one measure in one stage."""
    grouped: dict[tuple[str, Stage], dict[str, list[Statement]]] = {}
    for one in statements:
        if one.kind is Kind.BUDGET and one.value is not None:
            key = one.subject, one.stage or Stage.PLANNED
            tables = grouped.get(key)
            if tables is None:
                tables = grouped[key] = {}
            rows = tables.get(one.measure)
            if rows is None:
                tables[one.measure] = [one]
            else:
                rows.append(one)

    def settled(several: Sequence[Statement]) -> Statement | None:
        if not outline.settled:
            return None
        chosen = {outline.settled.get(contradiction_id(outline.plan, one.key)) for one in several}
        return next((one for one in several if one.id in chosen), None)

    return {
        key: [read_table(measure, rows, outline.term, settled) for measure, rows in tables.items()]
        for key, tables in grouped.items()
    }


class _Counting:
    """One pass over the tree of a plan, from its leaves up."""

    def __init__(self, outline: Outline, basis: Basis) -> None:
        self.outline, self.basis = outline, basis
        self.children: dict[str, list[str]] = defaultdict(list)
        for project, parent in outline.parents.items():
            above = parent if parent is not None and parent in outline.parents else outline.plan
            self.children[above].append(project)
        self.areas = [one for one in outline.complexes if one not in outline.parents]

    def choices(self, read: _Read) -> Choices:
        found: dict[tuple[str, Stage], Choice] = {}
        order = self._upwards()
        for stage in sorted({stage for _, stage in read}, key=list(Stage).index):
            for subject in (*self.areas, *order):
                own = self._own(read.get((subject, stage), ()))
                parts = [
                    choice
                    for child in self.children.get(subject, ())
                    if (choice := found.get((child, stage))) is not None
                ]
                if subject == self.outline.plan:
                    parts = self._cut(parts, stage, found)
                if own or parts:
                    found[subject, stage] = self._choose(subject, stage, own, parts)
        return found

    def _upwards(self) -> list[str]:
        """Every project after its parts, the plan last; projects in a circle are left out."""
        order, stack = [], [self.outline.plan]
        while stack:
            at = stack.pop()
            order.append(at)
            stack += self.children.get(at, ())
        return order[::-1]

    def _own(self, read: Sequence[Table]) -> Sequence[Table]:
        """The tables of one subject and stage, the one that counts first; limits never do."""
        limits = [one for one in read if _LIMIT.search(one.measure)]
        if limits:
            rest = [one for one in read if one not in limits]
            return [*self._own(rest), *limits] if rest else []
        if len(read) < 2:
            return read
        whole = [one for one in read if _OF_ALL.search(one.measure)]
        if not whole:
            return [_together(read), *read]
        return sorted(whole, key=self._rank, reverse=True) + [one for one in read if one not in whole]

    def _rank(self, table: Table) -> tuple[int, int, int]:
        if self.basis is Basis.YEARS:
            return table.dated, table.won, table.sourced
        return table.won, table.dated, table.sourced

    def _cut(
        self, projects: list[Choice], stage: Stage, found: Mapping[tuple[str, Stage], Choice]
    ) -> list[Choice]:
        """A plan by its projects, or by what it says of its complexes: the wider cut."""
        areas = [found[one, stage] for one in self.areas if (one, stage) in found]
        return areas if sum(one.won for one in areas) > sum(one.won for one in projects) else projects

    def _choose(self, subject: str, stage: Stage, tables: Sequence[Table], parts: Sequence[Choice]) -> Choice:
        own = tables[0].won if tables else None
        if not parts:
            return Choice(subject, stage, own, None, tables[0].cells, by_parts=False, tables=tables)
        below = [cell for one in parts for cell in one.counted]
        sum_ = sum(cell.won for cell in below)
        if not tables:
            return Choice(subject, stage, None, sum_, below, by_parts=True)
        by_parts = self._parts_count(subject, tables[0], below, sum_)
        counted = below if by_parts else tables[0].cells
        return Choice(subject, stage, own, sum_, counted, by_parts, tables)

    def _parts_count(self, subject: str, table: Table, below: Sequence[Cell], sum_: int) -> bool:
        """Whether the parts make more (by year: more that has one), or the same and say as much of it."""
        bound = table.bound + sum(_rounding(cell.won) for cell in below)
        dated = sum(cell.won for cell in below if cell.period is not None)
        if self.basis is Basis.YEARS and abs(table.dated - dated) > bound:
            return dated > table.dated
        if abs(table.won - sum_) > bound:
            return sum_ > table.won
        complexes = self.outline.complexes
        here = table.won if complexes.get(subject) is not None else 0
        there = sum(cell.won for cell in below if complexes.get(cell.statement.subject) is not None)
        sourced = sum(cell.won for cell in below if cell.source is not None)
        return dated + sourced + there >= table.dated + table.sourced + here


def _rounding(won: int) -> float:
    """Half the thousand won that small amounts are printed in, nothing for odd won."""
    return 500.0 if won and won % 1_000 == 0 else 0.0


def _together(items: Sequence[Table]) -> Table:
    """Items of one subject added up; of items with one name the widest."""
    widest: dict[str, Table] = {}
    for one in items:
        name = title_name(one.measure)
        if name not in widest or widest[name].won < one.won:
            widest[name] = one
    chosen = list(widest.values())
    return Table(
        " + ".join(one.measure for one in chosen),
        [cell for one in chosen for cell in one.cells],
        sum(one.won for one in chosen),
        sum(one.dated for one in chosen),
        sum(one.sourced for one in chosen),
        sum(one.bound for one in chosen),
    )
