"""A plan's overview: what it is for, its rates and money, and a page of its projects.

Read without everything that is stated of every project: a plan may have ten thousand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sandan.access import Actor
from sandan.clock import SEOUL
from sandan.programme.engine.portfolio import PlanSummary, ProjectLine, summarise_plan
from sandan.programme.engine.progress import planned_by, yearly_targets
from sandan.programme.model.plan import Book
from sandan.programme.model.rights import PROGRAMME_READ
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import Kind
from sandan.programme.records import books
from sandan.programme.records.stated import stated_of
from sandan.programme.service.plans import head_of, read_plan
from sandan.programme.service.summary import summarise_one
from sandan.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A plan, what it says of itself and its complexes, and some of its projects."""

    book: Book
    """The plan and its complexes; projects are in `lines`."""
    summary: PlanSummary
    goals: Sequence[Statement]
    bases: Mapping[str, Sequence[Statement]]
    """The base figures of each complex."""
    lines: Sequence[ProjectLine]
    planned: Mapping[str, float]
    """How far the projects of `lines` should be today by their yearly targets [%]."""


def read_overview(
    store: Store,
    actor: Actor,
    plan: str,
    now: datetime,
    *,
    version: int | None = None,
    start: int = 0,
    most: int = 100,
) -> Overview:
    """A plan as it stands or stood in `version`, with `most` of its projects from the one at `start`."""
    actor.require(PROGRAMME_READ)
    today = now.astimezone(SEOUL).date()
    if version is None:
        summary = summarise_one(store, actor, plan, now)
    else:
        summary = summarise_plan(read_plan(store, actor, plan, version), today)
    lines = summary.projects[start : start + most]
    with store.registry.read() as conn:
        head_of(conn, plan)
        book = books.read_head(conn, plan, summary.version)
        subjects = [plan, *(one.id for one in book.complexes), *(line.project.id for line in lines)]
        stated: dict[str, list[Statement]] = defaultdict(list)
        for one in stated_of(conn, plan, summary.version, subjects):
            stated[one.subject].append(one)
    planned = {line.project.id: planned_by(yearly_targets(stated[line.project.id]), today) for line in lines}
    return Overview(
        book=book,
        summary=summary,
        goals=[one for one in stated[plan] if one.kind is Kind.TARGET],
        bases={one.id: [row for row in stated[one.id] if row.kind is Kind.BASE] for one in book.complexes},
        lines=lines,
        planned={id: share for id, share in planned.items() if share is not None},
    )
