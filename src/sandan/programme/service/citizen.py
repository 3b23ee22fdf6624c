"""Plans for citizens: what was published, as it was known on the day of its publication.

A publication never changes, so that what was worked out for one is kept; only whether a newer one exists
is asked anew each time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock

from sqlalchemy.engine import Connection

from sandan.domain import Indicator
from sandan.errors import NotFound
from sandan.programme.engine.card import Card, make_card
from sandan.programme.engine.conflicts import Contradiction, find_contradictions
from sandan.programme.engine.disclosure import (
    disclose_book,
    disclose_state,
    disclose_version,
)
from sandan.programme.model.audit import Settlement
from sandan.programme.model.plan import Book, StateSet, Version
from sandan.programme.records import books, published
from sandan.programme.records.published import ChangedRow
from sandan.programme.service.plans import PLAN
from sandan.programme.service.publication import (
    Publication,
    as_published,
    day_of,
    disclosed,
    disclosed_changes,
    document_names_of,
    settled_of,
    work_out,
)
from sandan.store import Store
from sandan.words import Text

KEPT = 32
"""So many publications are kept worked out."""


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
            found = shelf.kept[key] = work_out(store, contributed, plan, version, before)
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
        until = day_of(version)
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
        names = document_names_of(conn, book)
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
        settlements=settled_of(contradictions, settlements),
    )


def open_book(store: Store, plan: str, number: int | None = None) -> Book:
    """A whole published version to be handed out as open data."""
    with store.registry.read() as conn:
        version, _ = _chosen(conn, plan, number)
        return disclosed(conn, as_published(conn, plan, version))


def open_document_names(store: Store, book: Book) -> dict[str, str]:
    """What the documents are called that something of a plan was read from; no others."""
    with store.registry.read() as conn:
        return document_names_of(conn, book)


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


def _changes_of(
    conn: Connection, plan: str, version: Version, project: str
) -> list[tuple[Version, Sequence[ChangedRow]]]:
    """What each publication up to this one changed of a project, newest first."""
    found = [one for one in _versions(conn, plan) if one.number <= version.number]
    changes: list[tuple[Version, Sequence[ChangedRow]]] = []
    for after, before in pairwise(found):
        rows = published.changed_rows(conn, plan, before.number, after.number, project)
        if rows:
            changes.append((after, disclosed_changes(rows)))
    return changes
