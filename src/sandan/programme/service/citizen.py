"""Plans for citizens: what was published, as it was known on the day of its publication.

A publication never changes, so that what was worked out for one is kept; only whether a newer one exists
is asked anew each time.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from threading import Lock

from sqlalchemy.engine import Connection

from sandan.domain import Indicator
from sandan.errors import NotFound
from sandan.programme.engine.card import Card, latest_progress, make_card
from sandan.programme.engine.conflicts import Contradiction, find_contradictions
from sandan.programme.engine.disclosure import (
    disclose_any,
    disclose_book,
    disclose_settlement,
    disclose_state,
    disclose_version,
)
from sandan.programme.engine.edits import rows_of
from sandan.programme.engine.ledger import Grouping, Leaf, Stages, build_ledger, stages_by, totals
from sandan.programme.model.audit import Settlement
from sandan.programme.model.evidence import How
from sandan.programme.model.plan import Book, Complex, Fact, Measure, Plan, Project, StateSet, Version
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import Kind, PledgeState, Stage, period_order, sources
from sandan.programme.records import books, published
from sandan.programme.records.drafts import document_names
from sandan.programme.records.published import ChangedRow
from sandan.programme.service.plans import PLAN
from sandan.programme.service.shown import Shown, shown_for
from sandan.store import Store
from sandan.words import Text

KEPT = 32
"""So many publications are kept worked out."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCard:
    """The card of a project in a publication, with what was said of it before."""

    card: Card
    history: Sequence[StateSet]
    changes: Sequence[tuple[Version, Sequence[ChangedRow]]]
    names: Mapping[str, str]
    contradictions: Sequence[Contradiction]
    settlements: Mapping[str, Settlement]


class Shelf:
    """The publications worked out last."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.kept: OrderedDict[tuple[str, int], Publication] = OrderedDict()


def published_heads(store: Store) -> dict[str, int]:
    """The version of every published plan that citizens see."""
    with store.registry.read() as conn:
        return published.published_heads(conn)


def open_versions(store: Store, plan: str) -> list[Version]:
    """The published versions of a plan, newest first; `NotFound` where there is none."""
    with store.registry.read() as conn:
        return _versions(conn, plan)


def read_publication(
    shelf: Shelf, store: Store, contributed: Sequence[Indicator], plan: str, number: int | None = None
) -> Publication:
    """A published version, the newest where no number is given; `NotFound` for any other."""
    with store.registry.read() as conn:
        version, before = _chosen(conn, plan, number)
    key = plan, version.number
    with shelf.lock:  # so that many who come at once wait for one reading
        found = shelf.kept.get(key)
        if found is None:
            found = shelf.kept[key] = _read(store, contributed, plan, version, before)
            if len(shelf.kept) > KEPT:
                shelf.kept.popitem(last=False)
        shelf.kept.move_to_end(key)
    return found


def read_publications(shelf: Shelf, store: Store, contributed: Sequence[Indicator]) -> list[Publication]:
    """Every plan as citizens see it, the one published last first."""
    found = [read_publication(shelf, store, contributed, plan) for plan in published_heads(store)]
    return sorted(found, key=lambda one: (one.published_at, one.plan.id), reverse=True)


def read_open_card(store: Store, plan: str, project: str, number: int | None = None) -> OpenCard:
    """The card of a project as a published version has it; `NotFound` when it has none."""
    with store.registry.read() as conn:
        version, _ = _chosen(conn, plan, number)
        rows = published.project_rows(conn, plan, version.number, project)
        if rows is None:
            raise NotFound(Text("사업", "project"), project)
        until = _day_of(version)
        history = published.state_history_until(conn, plan, until, project)
        settlements = published.settlements_until(conn, plan, until)
        book = Book(
            plan=books.read_plan_row(conn, plan, version.number),
            version=version,
            projects=rows.projects,
            measures=rows.measures,
            statements=rows.statements,
            milestones=rows.milestones,
            facts=rows.facts,
        )
        changes = _changes_of(conn, plan, version, project)
        names = _names(conn, book)
    book = disclose_book(book, history, settlements)
    card = make_card(book, project)
    assert card is not None
    contradictions = find_contradictions(book)
    return OpenCard(
        card=card,
        history=[disclose_state(one) for one in reversed(history)],
        changes=changes,
        names=names,
        contradictions=contradictions,
        settlements=_settled(contradictions, settlements),
    )


def open_book(store: Store, plan: str, number: int | None = None) -> Book:
    """A whole published version to be handed out as open data."""
    with store.registry.read() as conn:
        version, _ = _chosen(conn, plan, number)
        return _disclosed(conn, plan, version)


def open_books(store: Store) -> list[Book]:
    """Every published plan in the version citizens see."""
    return [open_book(store, plan) for plan in published_heads(store)]


def _versions(conn: Connection, plan: str) -> list[Version]:
    found = [disclose_version(one) for one in books.versions(conn, plan) if one.published_at is not None]
    if not found:
        raise NotFound(PLAN, plan)
    return found


def _chosen(conn: Connection, plan: str, number: int | None) -> tuple[Version, Version | None]:
    """The version asked for and the one published before it."""
    found = _versions(conn, plan)
    for i, version in enumerate(found):
        if number is None or version.number == number:
            return version, found[i + 1] if i + 1 < len(found) else None
    raise NotFound(Text("공개된 판", "published version"), f"{plan} · {number}")


def _day_of(version: Version) -> datetime:
    assert version.published_at is not None
    return version.published_at


def _disclosed(conn: Connection, plan: str, version: Version) -> Book:
    until = _day_of(version)
    book = replace(books.read_book(conn, plan, version.number), version=version)
    return disclose_book(
        book,
        published.state_history_until(conn, plan, until),
        published.settlements_until(conn, plan, until),
    )


def _read(
    store: Store, contributed: Sequence[Indicator], plan: str, version: Version, before: Version | None
) -> Publication:
    with store.registry.read() as conn:
        book = _disclosed(conn, plan, version)
        changed = published.changed_rows(conn, plan, before.number, version.number) if before else []
        history = published.state_history_until(conn, plan, _day_of(version))
        settlements = published.settlements_until(conn, plan, _day_of(version))
        names = _names(conn, book)
    by_subject: dict[str, list[Statement]] = defaultdict(list)
    for one in book.statements:
        by_subject[one.subject].append(one)
    of_plan = {book.plan.id, *(one.id for one in book.complexes)}
    said = {id: latest_progress(rows) for id, rows in by_subject.items()}
    contradictions = find_contradictions(book)
    leaves = build_ledger([book]).leaves
    shown = shown_for(store, contributed, book.measures, _day_of(version))
    return Publication(
        plan=book.plan,
        version=version,
        complexes=book.complexes,
        projects=book.projects,
        measures=book.measures,
        statements=[one for id in of_plan for one in by_subject[id]],
        facts=[one for one in book.facts if one.subject == book.plan.id],
        states=book.states,
        progress={id: one for id, one in said.items() if one is not None},
        money=_by_stage(leaves),
        by_source=_grouped(leaves, Grouping.SOURCE, _source_order),
        by_year=_grouped(leaves, Grouping.PERIOD, period_order),
        known={one.id: _how(one, shown, by_subject[one.subject]) for one in book.measures},
        shown=shown,
        contradictions=contradictions,
        settlements=_settled(contradictions, settlements),
        names=names,
        before=before,
        changed=_disclosed_changes(changed),
        set_since=_set_since(history, before),
    )


def _names(conn: Connection, book: Book) -> dict[str, str]:
    """The names of the documents that something published was read from; no others."""
    read = {row.origin.document for row in rows_of(book).values() if not isinstance(row, Plan)}
    return {id: name for id, name in document_names(conn).items() if id in read}


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


def _settled(
    contradictions: Sequence[Contradiction], settlements: Mapping[str, Settlement]
) -> dict[str, Settlement]:
    wanted = {one.id for one in contradictions}
    return {id: disclose_settlement(one) for id, one in settlements.items() if id in wanted}


def _disclosed_changes(changed: Sequence[ChangedRow]) -> list[ChangedRow]:
    return [ChangedRow(one.table, disclose_any(one.was), disclose_any(one.now)) for one in changed]


def _set_since(history: Sequence[StateSet], before: Version | None) -> list[StateChange]:
    """The newest state of each project that differs from the one it had at the publication before."""
    if before is None:
        return []
    was: dict[str, StateSet] = {}
    now: dict[str, StateSet] = {}
    for one in history:
        (was if one.at <= _day_of(before) else now)[one.project] = one
    return [
        StateChange(id, was[id].state if id in was else None, disclose_state(one))
        for id, one in now.items()
        if id not in was or was[id].state is not one.state
    ]


def _changes_of(
    conn: Connection, plan: str, version: Version, project: str
) -> list[tuple[Version, Sequence[ChangedRow]]]:
    """What each publication up to this one changed of a project, newest first."""
    found = [one for one in _versions(conn, plan) if one.number <= version.number]
    changes: list[tuple[Version, Sequence[ChangedRow]]] = []
    for after, before in pairwise(found):
        rows = published.changed_rows(conn, plan, before.number, after.number, project)
        if rows:
            changes.append((after, _disclosed_changes(rows)))
    return changes


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
