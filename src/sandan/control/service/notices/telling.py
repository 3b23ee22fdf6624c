"""Deciding to tell: who, in which words; the decision, its notices and the outbox in one transaction."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from sandan.access import SYSTEM, Actor
from sandan.control.engine.notices.escalation import due_escalations
from sandan.control.engine.notices.pacing import send_at
from sandan.control.engine.notices.selection import Reach, beyond, select
from sandan.control.engine.notices.texts import LINK, LONGEST_NOTE, Length, length
from sandan.control.model.contacts import Contact
from sandan.control.model.incidents.procedures import Step, levels
from sandan.control.model.notices import (
    UNANSWERED,
    DeliveryState,
    Draft,
    Escalation,
    Mode,
    Notice,
    Phase,
    Request,
    Subject,
    Telling,
)
from sandan.control.model.rights import OPERATE
from sandan.control.records.notices import calls, contact_book, messages, outbox, unanswered
from sandan.control.service.notices.choosing import (
    choose_contacts,
    drafts_of,
    nobody,
    reach_of,
    with_participants,
)
from sandan.control.service.notices.desk import Desk
from sandan.errors import Conflict, Finding, InvalidInput
from sandan.store import Store
from sandan.words import Text

SAMPLE = "0" * 22
"""As long as a token, so that a preview counts what will be sent."""
NAMED = 20
_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class Preview:
    """What one contact would read, over which channels, and how long it is for a gateway.

    `beyond`: the decision does not reach so far out; `step` is the one with which the procedure does.
    """

    draft: Draft
    contact: Contact
    text: str
    length: Length
    due: datetime
    beyond: bool = False
    step: Step | None = None


def mode_of(desk: Desk, subject: Subject) -> Mode:
    """A drill never leaves the house, whatever the setting; otherwise as set."""
    return Mode.TEST if subject.drill else desk.mode


def preview(
    store: Store, actor: Actor, subject: Subject, request: Request, desk: Desk, now: datetime
) -> list[Preview]:
    """Exactly what `tell` would send now, and after it what those further out could be sent."""
    actor.require(OPERATE)
    with store.registry.read() as conn:
        book = contact_book.read_contacts(conn)
        subject = with_participants(conn, store, subject)
        reach = reach_of(conn, subject)
        further = beyond(book, subject, request, reach)
        chosen = select(book, subject, request, reach)
        if not chosen and not further:
            raise InvalidInput([nobody()])
        made = drafts_of(conn, store, [*chosen, *further], subject, request)
    contacts = {one.id: one for one in book}
    found = []
    for one in made:
        text = one.text.replace(LINK, link(desk, SAMPLE))
        contact = contacts[one.contact]
        due = _due(contact, subject, request, desk, now)
        out = contact in further
        found.append(
            Preview(
                one, contact, text, length(text, desk.limits), due, out, reach.step(contact) if out else None
            )
        )
    return found


def tell(
    store: Store, actor: Actor, subject: Subject, request: Request, desk: Desk, now: datetime
) -> list[Notice]:
    """Tell those whom the request names; returns their notices, which the outbox then sends.

    Raises `InvalidInput` when nobody is to be told, or when a chosen contact is not concerned. The same
    `request.key` again gives what was decided the first time.
    """
    actor.require(OPERATE)
    with store.registry.write() as conn:
        return tell_in(conn, store, actor, subject, request, desk, now)


def tell_in(
    conn: Connection,
    store: Store,
    actor: Actor,
    subject: Subject,
    request: Request,
    desk: Desk,
    now: datetime,
    escalates: int | None = None,
) -> list[Notice]:
    """`tell` in a transaction that is already open; the caller has checked the right."""
    id = request.key or secrets.token_hex(8)
    _checked(request, id)
    before = messages.read_telling(conn, id)
    if before is not None:
        if before.subject.id != subject.id or before.phase is not request.phase:
            raise Conflict(
                Text("이미 쓰인 번호입니다. 화면을 새로 고치십시오.", "This form was used. Reload the page.")
            )
        return messages.notices_of(conn, [id])
    book = contact_book.read_contacts(conn)
    subject = with_participants(conn, store, subject)
    drafts = drafts_of(conn, store, choose_contacts(conn, book, subject, request), subject, request)
    mode = mode_of(desk, subject)
    messages.add_telling(
        conn,
        Telling(
            id, subject, request.phase, request.level, mode, request.note.strip(), actor.id, now, escalates
        ),
    )
    contacts = {one.id: one for one in book}
    due = {one.contact: _due(contacts[one.contact], subject, request, desk, now) for one in drafts}
    reach = reach_of(conn, subject)
    rows = [
        _row(id, contacts[one.contact], one, subject, request, _time(contacts[one.contact], reach, desk), now,
             due[one.contact], desk)
        for one in drafts
    ]  # fmt: skip
    numbers = messages.add_notices(conn, rows)
    ways = [
        (number, channel, due[one.contact])
        for number, one in zip(numbers, drafts, strict=True)
        for channel in contacts[one.contact].channels
    ]
    state = DeliveryState.OFF if mode is Mode.OFF else DeliveryState.WAITING
    outbox.add_deliveries(conn, ways, outside=mode is Mode.LIVE, state=state)
    told = [one.organisation for one in drafts]
    store.events.append(
        conn,
        "PeopleTold",
        actor=actor,
        subject=subject.id,
        payload={
            "telling": id,
            "phase": request.phase.value,
            "level": request.level,
            "contacts": len(drafts),
            "organisations": told[:NAMED],
            "steps": sorted(request.steps),
            "mode": mode.value,
            "drill": subject.drill,
            "at_once": request.at_once,
        },
        at=now,
    )
    return messages.notices_of(conn, [id])


def _row(
    telling: str,
    contact: Contact,
    made: Draft,
    subject: Subject,
    request: Request,
    minutes: int | None,
    now: datetime,
    due: datetime,
    desk: Desk,
) -> dict[str, Any]:
    token = secrets.token_urlsafe(16)
    if request.phase in UNANSWERED:
        minutes = None
    return {
        "telling": telling,
        "incident": subject.id,
        "contact": contact.id,
        "organisation": contact.organisation,
        "post": contact.post,
        "tenant": contact.tenant,
        "language": contact.language,
        "title": made.title,
        "text": made.text.replace(LINK, link(desk, token)),
        "template": made.template,
        "token": token,
        "told": now,
        "phase": request.phase.value,
        "level": request.level,
        "drill": subject.drill,
        "answer_by": None if minutes is None else due + timedelta(minutes=minutes),
    }


def _time(contact: Contact, reach: Reach, desk: Desk) -> int | None:
    """Minutes to answer: as the book says, else the procedure, else the settings; None: nobody waits."""
    step = reach.step(contact)
    return contact.answer_minutes or (step.answer_minutes if step else None) or desk.answer_minutes


def link(desk: Desk, token: str) -> str:
    """The address at which a notice is read and answered."""
    return f"{desk.address}/n/{token}"


def _due(contact: Contact, subject: Subject, request: Request, desk: Desk, now: datetime) -> datetime:
    urgent = (
        subject.drill
        or request.at_once
        or request.level >= desk.through_level
        or request.phase in (Phase.SHELTER, Phase.EVACUATE, Phase.TEST)
    )
    return send_at(now, contact.quiet, urgent)


def due_now(store: Store, incident: str, now: datetime) -> list[Escalation]:
    """What of an incident waits for the next in a tree."""
    with store.registry.read() as conn:
        return _due_in(conn, incident, now)


def _due_in(conn: Connection, incident: str, now: datetime) -> list[Escalation]:
    return due_escalations(
        messages.find_notices(conn, incident),
        contact_book.read_contacts(conn),
        calls.find_calls(conn, incident),
        now,
    )


def escalate_due(store: Store, desk: Desk, now: datetime, actor: Actor = SYSTEM) -> int:
    """Tell the next of every tree whose time to answer is over; how many were passed on.

    Where a tree is at its end the notice is marked, and a person is asked to telephone.
    """
    with store.registry.read() as conn:
        waiting = unanswered.overdue_incidents(conn, now)
    passed = 0
    for incident in waiting:
        with store.registry.write() as conn:
            for one in _due_in(conn, incident, now):
                _pass_on(conn, store, actor, one, desk, now)
                passed += 1
    return passed


def escalate(store: Store, actor: Actor, notice: int, desk: Desk, now: datetime) -> None:
    """Pass a notice on by hand, before its time is over."""
    actor.require(OPERATE)
    with store.registry.write() as conn:
        found = messages.read_notice(conn, id=notice)
        if found is None or found.answered is not None or found.escalated is not None:
            raise Conflict(Text("이미 답했거나 넘긴 전파입니다.", "It was answered or passed on already."))
        everyone = messages.find_notices(conn, found.incident)
        book, rung = contact_book.read_contacts(conn), calls.find_calls(conn, found.incident)
        early = [one if one.id != notice else _late(one, now) for one in everyone]
        due = [one for one in due_escalations(early, book, rung, now) if one.notice.id == notice]
        for one in due:
            _pass_on(conn, store, actor, one, desk, now)
    if not due:
        raise Conflict(Text("같은 기관에서 이미 확인했습니다.", "The same organisation has answered."))


def _late(notice: Notice, now: datetime) -> Notice:
    facts = {name: getattr(notice, name) for name in Notice.__dataclass_fields__}
    return Notice(**facts | {"answer_by": now})


def _pass_on(
    conn: Connection, store: Store, actor: Actor, one: Escalation, desk: Desk, now: datetime
) -> None:
    messages.mark_notice(conn, one.notice.id, escalated=now)
    before = messages.read_telling(conn, one.notice.telling)
    assert before is not None
    passed = one.next is not None
    if one.next is not None:
        request = Request(before.phase, before.level, frozenset({one.next}), note=before.note)
        try:
            tell_in(conn, store, actor, before.subject, request, desk, now, escalates=one.notice.id)
        except InvalidInput:  # the book or a text changed since; nothing was written, a person has to ring
            passed = False
    store.events.append(
        conn,
        "NoticeEscalated" if passed else "TreeExhausted",
        actor=actor,
        subject=one.notice.incident,
        payload={
            "notice": one.notice.id,
            "organisation": one.notice.organisation,
            "post": one.notice.post,
            "minutes": round(one.late.total_seconds() / 60),
            "next": one.next or "",
        },
        at=now,
        tenant=one.notice.tenant,
    )


def _checked(request: Request, id: str) -> None:
    findings = []
    if request.level not in levels():
        findings.append(
            Finding(
                "level",
                Text(f"{request.level}은(는) 단계가 아닙니다.", f"{request.level} is no level."),
                Text(
                    f"{min(levels())}부터 {max(levels())}까지입니다.", f"{min(levels())} to {max(levels())}."
                ),
            )
        )
    if len(request.note) > LONGEST_NOTE:
        findings.append(
            Finding(
                "note",
                Text(f"{LONGEST_NOTE}자를 넘습니다.", f"is longer than {LONGEST_NOTE} characters."),
                Text("짧게 적으십시오.", "shorten it."),
            )
        )
    if not _KEY.fullmatch(id):
        findings.append(
            Finding(
                "key",
                Text("양식이 올바르지 않습니다.", "the form is not ours."),
                Text("화면을 새로 고치십시오.", "reload the page."),
            )
        )
    if findings:
        raise InvalidInput(findings)
