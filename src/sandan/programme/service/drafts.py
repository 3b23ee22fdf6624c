"""From a document to a plan: read it, let the officer decide row by row, then make the version.

Names and telephone numbers of people are left out before anything is kept.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.errors import Conflict, InvalidInput, NotFound
from sandan.programme.engine.drafting import draft_plan
from sandan.programme.engine.edits import rows_of
from sandan.programme.engine.figures import find_figures
from sandan.programme.engine.reading import read_document as read_bytes
from sandan.programme.engine.reading.people import strip_people
from sandan.programme.model.documents import Document, Draft
from sandan.programme.model.draft import Decision, DraftRow, DraftState
from sandan.programme.model.plan import (
    ChangeKind,
    Complex,
    Edit,
    Measure,
    Milestone,
    Plan,
    Row,
    Table,
    Version,
)
from sandan.programme.model.rights import PROGRAMME_EDIT
from sandan.programme.model.statements import CORRECTED, Statement
from sandan.programme.records import books
from sandan.programme.records import drafts as records
from sandan.programme.service.changes import write_version
from sandan.store import Store
from sandan.words import Text

Decided = Mapping[tuple[Table, str], "tuple[Decision, Row | None] | None"]


def read_draft_of(
    name: str, data: bytes, progress: Callable[[int, int], None] | None = None
) -> tuple[Document, Draft]:
    """Read a document and draft its plan; needs no store and no account."""
    document = read_bytes(name, data, progress=progress)
    return document, draft_plan(document, find_figures(document).figures)


def upload_document(
    store: Store,
    actor: Actor,
    name: str,
    data: bytes,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
) -> str:
    """Read a document and keep its draft; the draft's id. The same bytes give the draft that is open."""
    actor.require(PROGRAMME_EDIT)
    return keep_draft(store, actor, *read_draft_of(name, data, progress), now)


def keep_draft(store: Store, actor: Actor, document: Document, draft: Draft, now: datetime) -> str:
    """Keep a document and its draft; a document known already keeps its open draft."""
    actor.require(PROGRAMME_EDIT)
    id = secrets.token_urlsafe(9)
    with store.registry.write() as conn:
        if not records.put_document(conn, _without_people(document), actor.id, now):
            for known in records.find_documents(conn, limit=10_000):
                if known.id == document.digest and known.draft and known.committed_at is None:
                    return known.draft
        records.put_draft(conn, id, document.digest, draft.rows, draft.unplaced, draft.dropped, now)
        store.events.append(
            conn,
            "DocumentUploaded",
            actor=actor,
            subject=document.digest,
            payload={"name": document.name, "rows": len(draft.rows), "unplaced": len(draft.unplaced)},
            at=now,
        )
    return id


def _without_people(document: Document) -> Document:
    """The document, every line read whole: a name in a cell of its own is known by its neighbours."""
    lines = [replace(line, cells=tuple(strip_people(line.text)[0].split("\t"))) for line in document.lines]
    return replace(document, lines=lines)


def read_draft(store: Store, actor: Actor, id: str) -> DraftState:
    """A draft with its decisions."""
    actor.require(PROGRAMME_EDIT)
    with store.registry.read() as conn:
        return _draft(conn, id)


def decide_rows(store: Store, actor: Actor, id: str, decided: Decided, now: datetime) -> None:
    """Confirm, correct or discard rows of a draft; None takes a decision back."""
    actor.require(PROGRAMME_EDIT)
    with store.registry.write() as conn:
        draft = _open_draft(conn, id)
        known = {(row.table, row.read.id) for row in draft.rows}
        strange = [key for key in decided if key not in known]
        if strange:
            raise NotFound(Text("초안의 행", "row of the draft"), strange[0][1])
        records.decide(conn, id, decided)
        counts: dict[str, int] = defaultdict(int)
        for made in decided.values():
            counts["reopened" if made is None else made[0].value] += 1
        store.events.append(
            conn,
            "DraftDecided",
            actor=actor,
            subject=draft.document,
            payload={
                "confirmed": counts["confirmed"],
                "corrected": counts["corrected"],
                "discarded": counts["discarded"],
                "reopened": counts["reopened"],
            },
            at=now,
        )


def confirm_sure(store: Store, actor: Actor, id: str, now: datetime, *, unsure: bool = False) -> int:
    """Confirm every open row the reader was sure of (with `unsure`, the others too); how many."""
    draft = read_draft(store, actor, id)
    chosen = [row for row in draft.rows if row.decision is None and (unsure or _sure(row))]
    if chosen:
        decided: Decided = {(row.table, row.read.id): (Decision.CONFIRMED, None) for row in chosen}
        decide_rows(store, actor, id, decided, now)
    return len(chosen)


def _sure(row: DraftRow) -> bool:
    return isinstance(row.row, Plan) or row.row.origin.sure


def preview_commit(store: Store, actor: Actor, id: str) -> dict[str, list[Edit]]:
    """What committing the draft would change, plan by plan."""
    actor.require(PROGRAMME_EDIT)
    with store.registry.read() as conn:
        return _edits(conn, _draft(conn, id), actor, None)


def commit_draft(store: Store, actor: Actor, id: str, reason: str, now: datetime) -> dict[str, Version]:
    """Bring the confirmed rows into their plans, each as a new version; rows still open stay out."""
    actor.require(PROGRAMME_EDIT)
    made: dict[str, Version] = {}
    with store.registry.write() as conn:
        draft = _open_draft(conn, id)
        for plan, edits in _edits(conn, draft, actor, now).items():
            if edits:
                made[plan] = write_version(
                    store, conn, plan, edits, kind=ChangeKind.IMPORT, reason=reason, actor=actor, at=now
                )
        if not made:
            raise InvalidInput.because(
                draft.name,
                Text(
                    "확인한 행이 없거나 이미 반영되어 있습니다.",
                    "no row is confirmed, or all are in already.",
                ),
                Text("행을 확인한 뒤 반영하십시오.", "confirm rows first."),
            )
        records.mark_committed(conn, id, {plan: one.number for plan, one in made.items()}, now)
    return made


def _edits(conn: Connection, draft: DraftState, actor: Actor, now: datetime | None) -> dict[str, list[Edit]]:
    """The confirmed rows that differ from what their plan holds, by plan."""
    kept = [row for row in draft.rows if row.decision in (Decision.CONFIRMED, Decision.CORRECTED)]
    plans = {row.row.id for row in draft.rows if isinstance(row.row, Plan)}
    by_plan: dict[str, list[Edit]] = {plan: [] for plan in sorted(plans)}
    for plan, rows in _by_plan(kept, plans).items():
        held = _held(conn, plan)
        for row in rows:
            before = held.get((row.table, row.row.id))
            if row.decision is Decision.CONFIRMED and _is_correction(before):
                # Whoever corrected a value knew better than the paper; correcting it here changes it.
                continue
            confirmed = _keep_work(before, _confirmed(row.row, actor, now))
            if not _same(held.get((row.table, row.row.id)), confirmed):
                by_plan[plan].append(Edit(row.table, row.row.id, confirmed))
    return by_plan


def _is_correction(held: Row | None) -> bool:
    return isinstance(held, Statement) and held.origin.text.startswith(CORRECTED)


def _keep_work(held: Row | None, read: Row) -> Row:
    """The row as read with what people have added to it since: no document knows of that."""
    if isinstance(held, Milestone) and isinstance(read, Milestone):
        return replace(read, done=read.done or held.done)
    if isinstance(held, Measure) and isinstance(read, Measure):
        return replace(
            read,
            indicator=read.indicator or held.indicator,
            numerator=read.numerator or held.numerator,
            denominator=read.denominator or held.denominator,
        )
    if isinstance(held, Complex) and isinstance(read, Complex):
        return replace(read, thing=read.thing or held.thing)
    return read


def _held(conn: Connection, plan: str) -> Mapping[tuple[Table, str], Row]:
    found = books.current(conn, plan)
    return {} if found is None else rows_of(books.read_book(conn, plan, found[0]))


def _by_plan(rows: Sequence[DraftRow], plans: set[str]) -> dict[str, list[DraftRow]]:
    """Rows by the plan whose id theirs begins with; the longest such id wins."""
    ordered = sorted(plans, key=len, reverse=True)
    found: dict[str, list[DraftRow]] = defaultdict(list)
    for row in rows:
        owner = next((plan for plan in ordered if row.row.id == plan or row.row.id.startswith(plan)), None)
        if owner is None:
            raise Conflict(Text(f"'{row.row.id}'의 계획이 없습니다.", f"'{row.row.id}' has no plan."))
        found[owner].append(row)
    return found


def _confirmed(row: Row, actor: Actor, now: datetime | None) -> Row:
    if isinstance(row, Plan):
        return row
    return replace(row, origin=replace(row.origin, confirmed_by=actor.id, confirmed_at=now))


def _same(held: Row | None, new: Row) -> bool:
    """Whether the plan says this already, whoever confirmed it."""
    if held is None or isinstance(held, Plan) or isinstance(new, Plan):
        return held == new
    return replace(held, origin=replace(held.origin, confirmed_by=None, confirmed_at=None)) == replace(
        new, origin=replace(new.origin, confirmed_by=None, confirmed_at=None)
    )


def _draft(conn: Connection, id: str) -> DraftState:
    found = records.read_draft(conn, id)
    if found is None:
        raise NotFound(Text("초안", "draft"), id)
    return found


def _open_draft(conn: Connection, id: str) -> DraftState:
    draft = _draft(conn, id)
    if draft.committed_at is not None:
        raise Conflict(Text("이미 계획에 반영된 초안입니다.", "This draft is in the plan already."))
    return draft
