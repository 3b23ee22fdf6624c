"""Choosing whom a decision tells, and drafting what each of them reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.engine import Connection

from sandan.control.engine.incidents.procedures import first_told
from sandan.control.engine.notices.library import shipped_templates
from sandan.control.engine.notices.selection import Reach, select
from sandan.control.engine.notices.texts import Places, draft
from sandan.control.model.contacts import Contact
from sandan.control.model.notices import Draft, Request, Subject, Template
from sandan.control.records.incidents import cases, procedures
from sandan.control.records.notices import contact_book, messages
from sandan.errors import Finding, InvalidInput
from sandan.store import Store
from sandan.words import Text


def reach_of(conn: Connection, subject: Subject) -> Reach:
    """How far out the incident's own version of the procedures tells, and who was told of it before."""
    incident = cases.read_incident(conn, subject.id)
    used = None if incident is None else procedures.read_book(conn, incident.procedure)
    steps = first_told(used or procedures.current_book(conn), subject.kind)
    return Reach(steps, frozenset(one.contact for one in messages.find_notices(conn, subject.id)))


def with_participants(conn: Connection, store: Store, subject: Subject) -> Subject:
    """The subject of a drill with the groups that take part in it, as said when it was started."""
    if not subject.drill or subject.participants is not None:
        return subject
    for event in store.events.find(conn, subject=subject.id, kind="DrillStarted", limit=1):
        said = event.payload.get("participants")
        if isinstance(said, list):
            return replace(subject, participants=frozenset(map(str, said)))
    return subject


def choose_contacts(
    conn: Connection, book: Sequence[Contact], subject: Subject, request: Request
) -> list[Contact]:
    """Whom the decision tells; `InvalidInput` when that is nobody, or a chosen one may not be told."""
    chosen = select(book, subject, request, reach_of(conn, subject))
    refused = sorted((request.contacts or frozenset()) - {one.id for one in chosen})
    if refused:
        raise InvalidInput([_refused(id) for id in refused])
    if not chosen:
        raise InvalidInput([nobody()])
    return chosen


def drafts_of(
    conn: Connection, store: Store, chosen: Sequence[Contact], subject: Subject, request: Request
) -> list[Draft]:
    """What each of these would read; `InvalidInput` with every text that is missing."""
    known = templates_in(conn)
    places = places_in(conn, store)
    findings: list[Finding] = []
    made = []
    for contact in chosen:
        try:
            made.append(draft(contact, subject, request, known, places))
        except InvalidInput as error:
            findings += [one for one in error.findings if one not in findings]
    if findings:
        raise InvalidInput(findings)
    return made


def places_in(conn: Connection, store: Store) -> Places:
    """The names that texts need."""
    firms = {thing.id: thing.name for thing in store.things.all(conn, kinds=["firm"])}
    found = store.things.find(conn, kind="complex", limit=1)
    return Places(found[0].name if found else "", firms)


def templates_in(conn: Connection) -> list[Template]:
    """The operator's own texts and those shipped."""
    return [*contact_book.read_texts(conn), *shipped_templates()]


def nobody() -> Finding:
    """That there is nobody to be told."""
    return Finding(
        "contacts",
        Text("알릴 연락처가 없습니다.", "there is nobody to tell."),
        Text(
            "사건의 관련 기업과 단계를 확인하거나 연락망을 채우십시오.",
            "check the firms concerned and the level, or fill the contact book.",
        ),
    )


def _refused(id: str) -> Finding:
    return Finding(
        f"contacts.{id}",
        Text("이 사건을 알릴 수 없는 연락처입니다.", "may not be told of this incident."),
        Text("관련 기업이나 경보 구역을 확인하십시오.", "check the firms concerned and the area."),
    )
