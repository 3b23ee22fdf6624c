"""A plan and everything in it, as it stands in one version.

Every row has an id that is unique in its plan and never reused. `Edit` is the only way a plan
changes: an import, a change of a promise, a quarterly check and a correction are all lists of edits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from sandan.programme.model.statements import NOWHERE, Origin, Statement
from sandan.programme.model.vocabulary import (
    ComplexRole,
    Continuity,
    Direction,
    FactKind,
    PlanKind,
    PledgeState,
    Quarter,
    Standing,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An innovation plan or a pledge book. `term` is the term of office, or the years of the plan."""

    id: str
    kind: PlanKind
    title: str
    owner: str
    region: str = ""
    term_start: date | None = None
    term_end: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Complex:
    """An industrial complex or area with its part in the plan; `thing` binds it to the twin's complex."""

    id: str
    name: str
    role: ComplexRole
    industry: str = ""
    function: str = ""
    thing: str | None = None
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project or pledge, perhaps part of another; `None` is *not stated* everywhere here."""

    id: str
    title: str
    parent: str | None = None
    complex: str | None = None
    code: str = ""
    continuity: Continuity | None = None
    start: date | None = None
    end: date | None = None
    in_term: bool | None = None
    budgeted: bool | None = None
    basis: str = ""
    owner: str = ""
    cooperating: tuple[str, ...] = ()
    standing: Standing | None = None
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A 확인지표: what is counted, in which unit and direction; statements of kind target and progress
    name it. `indicator` binds it to an indicator that Sandan computes."""

    id: str
    subject: str
    name: str
    unit: str
    direction: Direction = Direction.UP
    baseline: float | int | None = None
    numerator: str = ""
    denominator: str = ""
    indicator: str | None = None
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """A step of a project on quarters, both ends included; `done` is the quarter it was finished in."""

    id: str
    project: str
    title: str
    start: Quarter
    end: Quarter
    done: Quarter | None = None
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A sentence of a plan: a goal, a dated achievement, a next step, an expected effect."""

    id: str
    subject: str
    kind: FactKind
    text: str
    when: str = ""
    origin: Origin = NOWHERE


Row: TypeAlias = Plan | Complex | Project | Measure | Statement | Milestone | Fact


class Table(StrEnum):
    """The lists of rows that make up a plan."""

    PLAN = "plan"
    COMPLEX = "complex"
    PROJECT = "project"
    MEASURE = "measure"
    STATEMENT = "statement"
    MILESTONE = "milestone"
    FACT = "fact"


ROW_TYPES: Mapping[Table, type[Row]] = {
    Table.PLAN: Plan,
    Table.COMPLEX: Complex,
    Table.PROJECT: Project,
    Table.MEASURE: Measure,
    Table.STATEMENT: Statement,
    Table.MILESTONE: Milestone,
    Table.FACT: Fact,
}


@dataclass(frozen=True, slots=True)
class Edit:
    """Put this row in place of the one with its id, or take the row away when `row` is None."""

    table: Table
    id: str
    row: Row | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSet:
    """Who set a pledge's state, when, and on what evidence."""

    project: str
    state: PledgeState
    by: str
    at: datetime
    evidence: str


class ChangeKind(StrEnum):
    """Why a plan gets a new version."""

    IMPORT = "import"
    CHANGE = "change"
    CHECK = "check"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One state of a plan, for ever readable; `published_at` is when citizens could see it."""

    number: int
    kind: ChangeKind
    reason: str
    by: str
    at: datetime
    review: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A whole plan in one version: what every engine of the programme works on."""

    plan: Plan
    version: Version
    complexes: Sequence[Complex] = ()
    projects: Sequence[Project] = ()
    measures: Sequence[Measure] = ()
    statements: Sequence[Statement] = ()
    milestones: Sequence[Milestone] = ()
    facts: Sequence[Fact] = ()
    states: Mapping[str, StateSet] = field(default_factory=dict)
    """The state of each project by its id, newest."""
    settled: Mapping[str, str] = field(default_factory=dict)
    """Which statement holds where several give a value for one thing: settled ids by conflict id."""
