"""One published version worked out: what the pages of its plan show, as known on the day it was published."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.domain import Indicator
from sandan.programme.engine.card import in_document, latest_progress
from sandan.programme.engine.conflicts import Contradiction, find_contradictions
from sandan.programme.engine.disclosure import (
    disclose_any,
    disclose_book,
    disclose_settlement,
    disclose_state,
)
from sandan.programme.engine.ledger import Grouping, Leaf, Stages, build_ledger, stages_by, totals
from sandan.programme.model.audit import Settlement
from sandan.programme.model.evidence import How
from sandan.programme.model.plan import Book, Complex, Fact, Measure, Plan, Project, StateSet, Version
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import (
    ComplexRole,
    FactKind,
    Kind,
    PledgeState,
    Stage,
    period_order,
    sources,
)
from sandan.programme.records import books, published
from sandan.programme.records.drafts import document_names
from sandan.programme.records.published import ChangedRow
from sandan.programme.service.shown import Shown, shown_for
from sandan.store import Store


@dataclass(frozen=True, slots=True)
class StateChange:
    """A state set since the publication before; `was` is what it was then."""

    project: str
    was: PledgeState | None
    now: StateSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One published version without the rows of its projects, which their own pages read."""

    plan: Plan
    version: Version
    complexes: Sequence[Complex]
    projects: Sequence[Project]
    measures: Sequence[Measure]
    statements: Sequence[Statement]
    """Of the plan itself and of its complexes."""
    facts: Sequence[Fact]
    """What the plan says of itself."""
    states: Mapping[str, StateSet]
    progress: Mapping[str, Statement]
    money: Mapping[Stage, int]
    """By stage [won]; a stage of which nothing is said is left out."""
    by_source: Sequence[tuple[str | None, Stages]]
    by_year: Sequence[tuple[str | None, Stages]]
    known: Mapping[str, How]
    """How the progress of each measure is known, by the measure's id."""
    shown: Mapping[str, Shown]
    """What was computed for a measure, by the measure's id."""
    contradictions: Sequence[Contradiction]
    settlements: Mapping[str, Settlement]
    names: Mapping[str, str]
    before: Version | None
    changed: Sequence[ChangedRow]
    set_since: Sequence[StateChange]

    @property
    def published_at(self) -> datetime:
        """When citizens could first see it."""
        assert self.version.published_at is not None
        return self.version.published_at


def day_of(version: Version) -> datetime:
    """When a published version was published."""
    assert version.published_at is not None
    return version.published_at


def as_published(conn: Connection, plan: str, version: Version) -> Book:
    """A version with the settlements of its day, which say what money counts; not to be handed out."""
    settled = published.settlements_until(conn, plan, day_of(version))
    book = books.read_book(conn, plan, version.number)
    return replace(book, version=version, settled={id: one.statement for id, one in settled.items()})


def disclosed(conn: Connection, book: Book) -> Book:
    """A plan as it may be handed out, with the states and settlements of its day."""
    until = day_of(book.version)
    return disclose_book(
        book,
        published.state_history_until(conn, book.plan.id, until),
        published.settlements_until(conn, book.plan.id, until),
    )


def work_out(
    store: Store, contributed: Sequence[Indicator], plan: str, version: Version, before: Version | None
) -> Publication:
    """Everything the pages of a published version show; takes seconds for a plan of ten thousand projects."""
    with store.registry.read() as conn:
        whole = as_published(conn, plan, version)
        book = disclosed(conn, _without_rows_of_projects(whole))
        changed = published.changed_rows(conn, plan, before.number, version.number) if before else []
        history = published.state_history_until(conn, plan, day_of(version))
        settlements = published.settlements_until(conn, plan, day_of(version))
        names = document_names_of(conn, whole)
    leaves = build_ledger([whole]).leaves
    shown = shown_for(store, contributed, book.measures, day_of(version))
    by_subject = _by_subject(whole.statements)
    of_plan = {book.plan.id, *(one.id for one in book.complexes)}
    progress = {id: latest_progress(rows) for id, rows in _by_subject(book.statements).items()}
    contradictions = find_contradictions(book)
    return Publication(
        plan=book.plan,
        version=version,
        complexes=sorted(book.complexes, key=_hub_first),
        projects=book.projects,
        measures=book.measures,
        statements=sorted((one for one in book.statements if one.subject in of_plan), key=in_document),
        facts=sorted((one for one in book.facts if one.subject == book.plan.id), key=_goals_first),
        states=book.states,
        progress={id: one for id, one in progress.items() if one is not None},
        money=_by_stage(leaves),
        by_source=_grouped(leaves, Grouping.SOURCE, _source_order),
        by_year=_grouped(leaves, Grouping.PERIOD, period_order),
        known={one.id: _how(one, shown, by_subject.get(one.subject, ())) for one in book.measures},
        shown=shown,
        contradictions=contradictions,
        settlements=settled_of(contradictions, settlements),
        names=names,
        before=before,
        changed=disclosed_changes(changed),
        set_since=_set_since(history, before),
    )


def _without_rows_of_projects(book: Book) -> Book:
    """A plan with its own and its complexes' values; of projects only the newest progress and what is
    contradicted, which the plan's page shows. The rest may be hundreds of thousands of rows."""
    of_plan = {book.plan.id, *(one.id for one in book.complexes)}
    kept = {one.id for found in find_contradictions(book) for one in found.statements}
    newest = (latest_progress(rows) for rows in _by_subject(book.statements).values())
    kept |= {one.id for one in newest if one is not None}
    return replace(
        book,
        statements=[one for one in book.statements if one.id in kept or one.subject in of_plan],
        milestones=(),
        facts=[one for one in book.facts if one.subject in of_plan],
    )


def _by_subject(statements: Sequence[Statement]) -> Mapping[str, Sequence[Statement]]:
    found: dict[str, list[Statement]] = defaultdict(list)
    for one in statements:
        found[one.subject].append(one)
    return found


def document_names_of(conn: Connection, book: Book) -> dict[str, str]:
    """The names of the documents that something published was read from; no others."""
    read = {one.origin.document for one in book.statements}
    rows = (book.complexes, book.projects, book.measures, book.milestones, book.facts)
    for table in rows:
        read |= {one.origin.document for one in table}
    return {id: name for id, name in document_names(conn).items() if id in read}


def _hub_first(complex: Complex) -> tuple[int, int]:
    return list(ComplexRole).index(complex.role), complex.origin.line or 0


def _goals_first(fact: Fact) -> tuple[int, tuple[bool, str, int]]:
    return list(FactKind).index(fact.kind), in_document(fact)


def _by_stage(leaves: Sequence[Leaf]) -> dict[Stage, int]:
    found = totals(leaves, Grouping.STAGE)
    return {stage: found[stage,] for stage in Stage if (stage,) in found}


def _grouped(
    leaves: Sequence[Leaf], by: Grouping, order: Callable[[str | None], tuple[int, str]]
) -> list[tuple[str | None, Stages]]:
    found = {group: money for (group,), money in stages_by(leaves, by).items()}
    return [(group, found[group]) for group in sorted(found, key=order)]


def _source_order(source: str | None) -> tuple[int, str]:
    """As documents print them; what is not split by source comes last."""
    known = list(sources())
    return known.index(source) if source in known else len(known) + (source is None), source or ""


def _how(measure: Measure, shown: Mapping[str, Shown], said: Sequence[Statement]) -> How:
    """A computed indicator's own way of knowing; else declared where somebody reported it at all."""
    found = shown.get(measure.id)
    if found is not None and found.proof.how is not How.NONE:
        return found.proof.how
    told = any(
        one.kind is Kind.PROGRESS and one.measure == measure.name and one.value is not None for one in said
    )
    return How.DECLARED if told else How.NONE


def settled_of(
    contradictions: Sequence[Contradiction], settlements: Mapping[str, Settlement]
) -> dict[str, Settlement]:
    """The settlements of these contradictions."""
    wanted = {one.id for one in contradictions}
    return {id: disclose_settlement(one) for id, one in settlements.items() if id in wanted}


def disclosed_changes(changed: Sequence[ChangedRow]) -> list[ChangedRow]:
    """Changes as they may be handed out."""
    return [ChangedRow(one.table, disclose_any(one.was), disclose_any(one.now)) for one in changed]


def _set_since(history: Sequence[StateSet], before: Version | None) -> list[StateChange]:
    """The newest state of each project that differs from the one it had at the publication before."""
    if before is None:
        return []
    was: dict[str, StateSet] = {}
    now: dict[str, StateSet] = {}
    for one in history:
        (was if one.at <= day_of(before) else now)[one.project] = one
    return [
        StateChange(id, was[id].state if id in was else None, disclose_state(one))
        for id, one in now.items()
        if id not in was or was[id].state is not one.state
    ]


def count_states(publication: Publication) -> Counter[PledgeState]:
    """How many projects are in each state."""
    return Counter(one.state for id, one in publication.states.items() if id in _ids(publication))


def _ids(publication: Publication) -> set[str]:
    return {one.id for one in publication.projects}


def named(publication: Publication) -> dict[str, str]:
    """What each subject of a publication is called."""
    return {
        publication.plan.id: publication.plan.title,
        **{one.id: one.name for one in publication.complexes},
        **{one.id: one.title for one in publication.projects},
    }
