"""The portfolio: every plan at a glance.

A plan is added up once for each of its versions and kept in this process; a request asks the database only
whether something has changed. What SQL alone could add up would count totals and parts twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy.engine import Connection, Engine

from sandan.access import Actor
from sandan.clock import SEOUL
from sandan.programme.engine.portfolio import PlanSummary, Portfolio, add_up, summarise_plan
from sandan.programme.model.audit import Severity
from sandan.programme.model.rights import PROGRAMME_READ
from sandan.programme.records import books, waiting
from sandan.programme.records import findings as found
from sandan.programme.records.waiting import Due
from sandan.programme.service.plans import head_of
from sandan.store import Store

Mark = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """All plans, what waits for somebody, and the findings of the last check."""

    portfolio: Portfolio
    findings: Mapping[str, Mapping[Severity, int]]
    """How many findings of each plan nobody has dealt with, by severity."""
    checked_at: datetime | None
    """When findings were last looked for; None: never."""
    due: Sequence[Due]
    waiting: Mapping[str, int]
    """How many requests to change each plan are open."""

    @property
    def plans(self) -> Sequence[PlanSummary]:
        """Plans in order of their title."""
        return self.portfolio.plans


@dataclass(slots=True)
class _Shelf:
    """What one process has added up of one database."""

    lock: Lock = field(default_factory=Lock)
    plans: dict[str, tuple[Mark, PlanSummary]] = field(default_factory=dict)
    whole: tuple[Mapping[str, Mark], Portfolio] | None = None


_SHELVES: WeakKeyDictionary[Engine, _Shelf] = WeakKeyDictionary()
_MAKING = Lock()


def summarise(store: Store, actor: Actor, now: datetime) -> Summary:
    """Every plan in its newest version as of `now`."""
    actor.require(PROGRAMME_READ)
    today = now.astimezone(SEOUL).date()
    with store.registry.read() as conn:
        run = found.last_run(conn)
        return Summary(
            portfolio=_portfolio(store, conn, today),
            findings=found.count_open(conn, books.plan_ids(conn)),
            checked_at=run.checked_at if run else None,
            due=waiting.unfilled_checks(conn),
            waiting=waiting.open_changes(conn),
        )


def summarise_one(store: Store, actor: Actor, plan: str, now: datetime) -> PlanSummary:
    """One plan in its newest version as of `now`; `NotFound` when there is none."""
    actor.require(PROGRAMME_READ)
    today = now.astimezone(SEOUL).date()
    with store.registry.read() as conn:
        head_of(conn, plan)
        shelf = _shelf(store)
        with shelf.lock:
            return _plan(conn, shelf, plan, _dated(waiting.marks(conn)[plan], today), today)


def _portfolio(store: Store, conn: Connection, today: date) -> Portfolio:
    shelf = _shelf(store)
    marks = {plan: _dated(mark, today) for plan, mark in waiting.marks(conn).items()}
    with shelf.lock:  # whoever comes while a plan is added up waits for it
        if shelf.whole is None or shelf.whole[0] != marks:
            made = [_plan(conn, shelf, plan, mark, today) for plan, mark in marks.items()]
            shelf.plans = {plan: one for plan, one in shelf.plans.items() if plan in marks}
            shelf.whole = marks, add_up(sorted(made, key=lambda one: (one.plan.title, one.plan.id)))
        return shelf.whole[1]


def _plan(conn: Connection, shelf: _Shelf, plan: str, mark: Mark, today: date) -> PlanSummary:
    kept = shelf.plans.get(plan)
    if kept is None or kept[0] != mark:
        version = mark[0]
        kept = shelf.plans[plan] = mark, summarise_plan(books.read_book(conn, plan, version), today)
    return kept[1]


def _dated(mark: Mark, today: date) -> Mark:
    """Progress is read up to the quarter of today, so that a new quarter is a new mark."""
    return (*mark, today.year, (today.month - 1) // 3)


def _shelf(store: Store) -> _Shelf:
    with _MAKING:
        return _SHELVES.setdefault(store.registry.engine, _Shelf())
