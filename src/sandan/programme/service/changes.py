"""Changing a plan: request → review → decision → publication, never by one pair of eyes.

`write_version` is where every new version comes from; the ways there differ only in who has to agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import SYSTEM, Actor
from sandan.errors import Conflict, InvalidInput, NotAllowed, NotFound
from sandan.programme.engine.amounts import read_amount
from sandan.programme.engine.edits import apply_edits, edits_between
from sandan.programme.model.change import OPEN, Change, ChangeState
from sandan.programme.model.plan import Book, ChangeKind, Edit, Table, Version
from sandan.programme.model.rights import PROGRAMME_APPROVE, PROGRAMME_EDIT, PROGRAMME_READ
from sandan.programme.model.statements import CORRECTED
from sandan.programme.records import books
from sandan.programme.records import changes as records
from sandan.programme.service.plans import book_in, head_of
from sandan.store import Store
from sandan.words import Text

LONGEST_REASON = 2_000


def write_version(
    store: Store,
    conn: Connection,
    plan: str,
    edits: Sequence[Edit],
    *,
    kind: ChangeKind,
    reason: str,
    actor: Actor,
    at: datetime,
    review: str = "",
) -> Version:
    """Check the edits against the plan as it stands and write them as its next version."""
    found = books.current(conn, plan)
    number = 1 if found is None else found[0] + 1
    edits = books.unique(edits)
    new = Version(number=number, kind=kind, reason=reason, by=actor.id, at=at, review=review)
    if found is not None:
        apply_edits(books.read_book(conn, plan, found[0]), edits)
    books.add_version(conn, plan, new, edits)
    if found is None:
        apply_edits(books.read_book(conn, plan, number), ())
    store.events.append(
        conn,
        "PlanChanged",
        actor=actor,
        subject=plan,
        payload={"version": number, "kind": kind.value, "reason": reason, "rows": len(edits)},
        at=at,
    )
    return new


def request_change(
    store: Store,
    actor: Actor,
    plan: str,
    edits: Sequence[Edit],
    reason: str,
    now: datetime,
    kind: ChangeKind = ChangeKind.CHANGE,
) -> int:
    """Ask for a change of a promise; it takes effect only when somebody else accepts it."""
    actor.require(PROGRAMME_EDIT)
    _checked_reason(reason)
    if not edits:
        raise InvalidInput.because(
            "edits",
            Text("바뀌는 내용이 없습니다.", "nothing would change."),
            Text("바꿀 값을 고친 뒤 요청하십시오.", "change something first."),
        )
    with store.registry.write() as conn:
        book = book_in(conn, plan)
        apply_edits(book, edits)
        id = records.add_change(conn, plan, book.version.number, kind, reason.strip(), edits, actor.id, now)
        store.events.append(
            conn,
            "ChangeRequested",
            actor=actor,
            subject=plan,
            payload={"change": id, "reason": reason.strip(), "rows": len(edits)},
            at=now,
        )
    return id


def review_change(store: Store, actor: Actor, id: int, review: str, now: datetime) -> None:
    """Write the review a decision is to rest on."""
    actor.require(PROGRAMME_APPROVE)
    _checked_reason(review)
    with store.registry.write() as conn:
        change = _open_change(conn, id)
        _other_eyes(actor, change.requested_by)
        records.move_change(
            conn, id, ChangeState.REVIEWED, review=review.strip(), reviewed_by=actor.id, reviewed_at=now
        )
        store.events.append(
            conn,
            "ChangeReviewed",
            actor=actor,
            subject=change.plan,
            payload={"change": id, "review": review.strip()},
            at=now,
        )


def decide_change(
    store: Store, actor: Actor, id: int, accept: bool, decision: str, now: datetime
) -> Version | None:
    """Accept a reviewed change, which makes a version, or reject it."""
    actor.require(PROGRAMME_APPROVE)
    _checked_reason(decision)
    with store.registry.write() as conn:
        change = _open_change(conn, id)
        _other_eyes(actor, change.requested_by)
        if accept and change.state is not ChangeState.REVIEWED:
            raise Conflict(Text("먼저 검토 의견이 있어야 합니다.", "It has to be reviewed first."))
        version = None
        if accept:
            _still_fits(conn, change)
            version = write_version(
                store,
                conn,
                change.plan,
                change.edits,
                kind=change.kind,
                reason=change.reason,
                actor=actor,
                at=now,
                review=change.review or "",
            )
        records.move_change(
            conn,
            id,
            ChangeState.ACCEPTED if accept else ChangeState.REJECTED,
            decision=decision.strip(),
            decided_by=actor.id,
            decided_at=now,
            version=version.number if version else None,
        )
        store.events.append(
            conn,
            "ChangeDecided",
            actor=actor,
            subject=change.plan,
            payload={"change": id, "accepted": accept, "decision": decision.strip()},
            at=now,
        )
    return version


def withdraw_change(store: Store, actor: Actor, id: int, now: datetime) -> None:
    """Take back one's own request."""
    actor.require(PROGRAMME_EDIT)
    with store.registry.write() as conn:
        change = _open_change(conn, id)
        if change.requested_by != actor.id:
            raise NotAllowed(Text("요청한 사람만 철회할 수 있습니다.", "Only who asked may withdraw it."))
        records.move_change(conn, id, ChangeState.WITHDRAWN, decided_by=actor.id, decided_at=now)
        store.events.append(
            conn, "ChangeWithdrawn", actor=actor, subject=change.plan, payload={"change": id}, at=now
        )


def restore_version(store: Store, actor: Actor, plan: str, version: int, reason: str, now: datetime) -> int:
    """Ask for a correction that brings the plan back to what an earlier version said."""
    with store.registry.read() as conn:
        edits = edits_between(book_in(conn, plan), book_in(conn, plan, version))
    return request_change(store, actor, plan, edits, reason, now, ChangeKind.CORRECTION)


def correct_value(
    store: Store, actor: Actor, plan: str, statement: str, value: str, reason: str, now: datetime
) -> int:
    """Ask for another value in place of a statement's; what was read before stays in its version."""
    with store.registry.read() as conn:
        book = book_in(conn, plan)
    found = next((one for one in book.statements if one.id == statement), None)
    if found is None:
        raise NotFound(Text("값", "value"), statement)
    read = read_amount(value, found.unit)
    _checked_reason(reason)
    origin = replace(
        found.origin, text=f"{CORRECTED}{reason.strip()}", sure=True, confirmed_by=actor.id, confirmed_at=now
    )
    edit = Edit(Table.STATEMENT, statement, replace(found, value=read, origin=origin))
    return request_change(store, actor, plan, [edit], reason, now, ChangeKind.CORRECTION)


def publish(store: Store, actor: Actor, plan: str, version: int, now: datetime) -> None:
    """Let citizens see a version; what was published before stays readable."""
    actor.require(PROGRAMME_APPROVE)
    with store.registry.write() as conn:
        newest, published = head_of(conn, plan)
        if not 1 <= version <= newest:
            raise NotFound(Text("판", "version"), version)
        if published is not None and version <= published:
            raise Conflict(
                Text(
                    f"이미 {published}판이 공개되어 있습니다. 되돌리려면 정정을 요청하십시오.",
                    f"Version {published} is already public. Ask for a correction to go back.",
                )
            )
        books.mark_published(conn, plan, version, now)
        store.events.append(
            conn, "PlanPublished", actor=actor, subject=plan, payload={"version": version}, at=now
        )


def list_changes(
    store: Store, actor: Actor, plan: str | None = None, open_only: bool = False
) -> list[Change]:
    """Requests, newest first."""
    actor.require(PROGRAMME_READ)
    with store.registry.read() as conn:
        return records.find_changes(conn, plan, OPEN if open_only else ())


def read_change(store: Store, actor: Actor, id: int) -> tuple[Change, Book]:
    """A request, and the plan it was asked for on."""
    actor.require(PROGRAMME_READ)
    with store.registry.read() as conn:
        change = _change(conn, id)
        return change, books.read_book(conn, change.plan, change.base)


def _change(conn: Connection, id: int) -> Change:
    change = records.read_change(conn, id)
    if change is None:
        raise NotFound(Text("변경 요청", "change request"), id)
    return change


def _open_change(conn: Connection, id: int) -> Change:
    change = _change(conn, id)
    if change.state not in OPEN:
        raise Conflict(Text("이미 처리된 요청입니다.", "This request has been dealt with already."))
    return change


def _still_fits(conn: Connection, change: Change) -> None:
    """Refuse a request whose rows have changed since it was made: accepting it would undo that silently."""
    newest, _ = head_of(conn, change.plan)
    if newest == change.base:
        return
    since = edits_between(
        books.read_book(conn, change.plan, change.base), books.read_book(conn, change.plan, newest)
    )
    touched = {(edit.table, edit.id) for edit in since}
    stale = [edit.id for edit in change.edits if (edit.table, edit.id) in touched]
    if stale:
        raise Conflict(
            Text(
                f"요청한 뒤 같은 내용이 바뀌었습니다({len(stale)}건). 지금 판을 보고 다시 요청하십시오.",
                f"{len(stale)} of its rows changed after it was asked for. Look at the present version "
                "and ask again.",
            )
        )


def _other_eyes(actor: Actor, requester: str) -> None:
    """Four eyes: whoever asked neither reviews nor decides; Sandan itself may (a demo, a migration)."""
    if actor.id == requester and actor.id != SYSTEM.id:
        raise NotAllowed(
            Text(
                "요청한 사람은 검토·결정할 수 없습니다. 다른 담당자에게 맡기십시오.",
                "Whoever asked for a change may not review or decide it. Leave it to a colleague.",
            )
        )


def _checked_reason(text: str) -> None:
    if not text.strip() or len(text) > LONGEST_REASON:
        raise InvalidInput.because(
            "reason",
            Text(
                f"사유가 비었거나 {LONGEST_REASON}자를 넘습니다.",
                f"the reason is empty or longer than {LONGEST_REASON} characters.",
            ),
            Text(
                "누구나 이해할 한두 문장으로 적으십시오.", "write a sentence or two that anybody understands."
            ),
        )
