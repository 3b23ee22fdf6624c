"""The contact book: changing it, bringing it in and out, and its texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.control.engine.contacts import read_contact, read_contacts, write_contacts
from sandan.control.engine.notices.library import OTHER_KINDS, shipped_templates
from sandan.control.engine.notices.texts import LINK, Length, Places, check_template, choose, fill, length
from sandan.control.model.contacts import Circle, Contact, Trouble
from sandan.control.model.incidents.procedures import kinds
from sandan.control.model.notices import Notice, Phase, Request, Subject, Template, Words
from sandan.control.model.rights import DESIGN, OPERATE
from sandan.control.records.incidents import cases
from sandan.control.records.notices import contact_book
from sandan.control.records.notices.troubles import find_troubles
from sandan.control.service.incidents.reading import subject_of
from sandan.control.service.notices.choosing import places_in, templates_in
from sandan.control.service.notices.desk import Desk
from sandan.control.service.notices.telling import SAMPLE, link, tell_in
from sandan.errors import InvalidInput, NotFound
from sandan.sheets import decode
from sandan.store import Store
from sandan.words import LANGUAGES, Language, Text

TEST = "contact-test"
"""The incident that test messages belong to."""
MOST_BYTES = 4_000_000


def list_contacts(store: Store, actor: Actor) -> list[Contact]:
    """The whole book; addresses are for those who tell people only."""
    actor.require(OPERATE)
    with store.registry.read() as conn:
        return contact_book.read_contacts(conn)


def find_contact(store: Store, actor: Actor, id: str) -> Contact:
    """One contact."""
    found = next((one for one in list_contacts(store, actor) if one.id == id), None)
    if found is None:
        raise NotFound(Text("연락처", "contact"), id)
    return found


def list_troubles(store: Store, actor: Actor) -> dict[str, Trouble]:
    """Contacts that could not be reached as the book says, by id, until somebody changes them."""
    actor.require(OPERATE)
    with store.registry.read() as conn:
        found = find_troubles(conn, contact_book.read_contacts(conn))
        changed = {id: store.events.find(conn, subject=id, kind="ContactChanged", limit=1) for id in found}
    return {id: one for id, one in found.items() if not changed[id] or changed[id][0].at < one.at}


def firm_names(store: Store) -> Mapping[str, str]:
    """Every firm a contact may belong to, by id."""
    with store.registry.read() as conn:
        return _firms(store, conn)


def save_contact(store: Store, actor: Actor, row: Mapping[str, str], now: datetime) -> Contact:
    """Add or change a contact from the text of its fields; `InvalidInput` with every fault."""
    actor.require(DESIGN)
    with store.registry.write() as conn:
        contact, findings = read_contact(row, _firms(store, conn))
        if contact is None:
            raise InvalidInput(findings)
        before = next((one for one in contact_book.read_contacts(conn) if one.id == contact.id), None)
        if before == contact:
            return contact
        contact_book.put_contacts(conn, [contact])
        store.events.append(
            conn,
            "ContactAdded" if before is None else "ContactChanged",
            actor=actor,
            subject=contact.id,
            payload={
                "organisation": contact.organisation,
                "post": contact.post,
                "changed": [] if before is None else _changed(before, contact),
            },
            at=now,
            tenant=contact.tenant,
        )
    return contact


def remove_contact(store: Store, actor: Actor, id: str, now: datetime) -> None:
    """Take a contact from the book; what it was told stays on record."""
    actor.require(DESIGN)
    with store.registry.write() as conn:
        found = next((one for one in contact_book.read_contacts(conn) if one.id == id), None)
        if found is None or not contact_book.remove_contact(conn, id):
            raise NotFound(Text("연락처", "contact"), id)
        store.events.append(
            conn,
            "ContactRemoved",
            actor=actor,
            subject=id,
            payload={"organisation": found.organisation, "post": found.post},
            at=now,
            tenant=found.tenant,
        )


def import_contacts(store: Store, actor: Actor, data: bytes, now: datetime) -> tuple[int, int, int]:
    """Bring a CSV file in whole or not at all: how many were added, changed, and the same."""
    actor.require(DESIGN)
    text = decode(data, MOST_BYTES)
    with store.registry.write() as conn:
        given = read_contacts(text, _firms(store, conn))
        before = {one.id: one for one in contact_book.read_contacts(conn)}
        added = [one for one in given if one.id not in before]
        changed = [one for one in given if one.id in before and before[one.id] != one]
        same = len(given) - len(added) - len(changed)
        if added or changed:
            contact_book.put_contacts(conn, [*added, *changed])
            store.events.append(
                conn,
                "ContactsImported",
                actor=actor,
                subject="contacts",
                payload={"added": len(added), "changed": len(changed), "same": same},
                at=now,
            )
    return len(added), len(changed), same


def export_contacts(store: Store, actor: Actor) -> str:
    """The book as CSV, which `import_contacts` reads again."""
    return write_contacts(list_contacts(store, actor))


def test_contact(store: Store, actor: Actor, id: str, desk: Desk, now: datetime) -> list[Notice]:
    """Send a test message over every channel of a contact, as the mode allows."""
    actor.require(DESIGN)
    with store.registry.write() as conn:
        found = next((one for one in contact_book.read_contacts(conn) if one.id == id), None)
        if found is None:
            raise NotFound(Text("연락처", "contact"), id)
        subject = Subject(
            id=TEST,
            kind="test",
            kind_name=Text("시험", "Test"),
            level=1,
            title="",
            place="",
            detected=now,
            tenants=frozenset({found.tenant} if found.tenant else ()),
        )
        request = Request(Phase.TEST, 1, frozenset({id}))
        return tell_in(conn, store, actor, subject, request, desk, now)


def list_texts(store: Store, actor: Actor) -> list[Template]:
    """The text in force for every kind, phase and circle there is one for."""
    actor.require(OPERATE)
    with store.registry.read() as conn:
        known = templates_in(conn)
    keys = dict.fromkeys((one.kind, one.phase, one.circle) for one in [*shipped_templates(), *known])
    found = [choose(known, *key) for key in keys]
    order = ["*", *kinds()]
    return sorted(
        (one for one in found if one is not None),
        key=lambda one: (
            list(Phase).index(one.phase),
            list(Circle).index(one.circle),
            order.index(one.kind) if one.kind in order else len(order),
        ),
    )


@dataclass(frozen=True, slots=True)
class Example:
    """A text as it would read today, with its length for a gateway; `of` is the incident it speaks of."""

    words: Words
    length: Length
    of: str


def show_texts(
    store: Store, actor: Actor, texts: Sequence[Template], desk: Desk, now: datetime
) -> list[Mapping[Language, Example]]:
    """Every text in both languages, filled in from the newest incident of a firm, or from a made-up one.

    A text with a placeholder that is none has no example.
    """
    actor.require(OPERATE)
    with store.registry.read() as conn:
        places = places_in(conn, store)
        newest = next((one for one in cases.find_incidents(conn, drill=False, limit=50) if one.tenants), None)
    subject = subject_of(newest) if newest else _made_up(places, now)
    return [
        {language: made for language in LANGUAGES if (made := _example(one, language, subject, places, desk))}
        for one in texts
    ]


def _example(
    template: Template, language: Language, subject: Subject, places: Places, desk: Desk
) -> Example | None:
    if template.kind in kinds():
        subject = replace(subject, kind=template.kind, kind_name=kinds()[template.kind].name)
    firm = min(subject.tenants, default=None) if template.circle is Circle.FIRM else None
    reader = Contact(
        "", places.firms.get(firm or "", ""), "", template.circle, language=language, tenant=firm
    )
    try:
        words = fill(template, reader, subject, Request(template.phase, subject.level), places)
    except InvalidInput:
        return None
    text = words.text.replace(LINK, link(desk, SAMPLE))
    return Example(Words(words.title, text), length(text, desk.limits), subject.id)


def _made_up(places: Places, now: datetime) -> Subject:
    firm = min(places.firms, default="")
    kind = kinds()["leak"]
    place = places.firms.get(firm, places.complex)
    tenants = frozenset({firm} if firm else ())
    return Subject("INC-00000000-000", kind.id, kind.name, 2, kind.name.ko, place, now, tenants)


def save_text(
    store: Store,
    actor: Actor,
    kind: str,
    phase: Phase,
    circle: Circle,
    ko: Words,
    en: Words,
    now: datetime,
) -> Template:
    """Write a new version of a text; `InvalidInput` with every fault of it."""
    actor.require(DESIGN)
    made = Template(kind, phase, circle, ko, en)
    findings = check_template(made)
    if findings:
        raise InvalidInput(findings)
    if kind not in OTHER_KINDS and kind not in kinds():
        raise InvalidInput.because(
            "kind",
            Text(f"'{kind}'은(는) 사고 종류가 아닙니다.", f"'{kind}' is no kind of incident."),
            Text("목록에서 고르십시오.", "choose one of the list."),
        )
    with store.registry.write() as conn:
        before = choose(templates_in(conn), kind, phase, circle)
        if before is not None and before.kind == kind and (before.ko, before.en) == (ko, en):
            return before
        version = contact_book.add_text(conn, made, actor.id, now)
        store.events.append(
            conn,
            "NoticeTextChanged",
            actor=actor,
            subject=made.key,
            payload={"version": version, "phase": phase.value, "circle": circle.value, "kind": kind},
            at=now,
        )
    return Template(kind, phase, circle, ko, en, version)


def _firms(store: Store, conn: Connection) -> dict[str, str]:
    return {thing.id: thing.name for thing in store.things.all(conn, kinds=["firm"])}


def _changed(before: Contact, after: Contact) -> Sequence[str]:
    """Which fields changed; their values stay out of the log, which many may read."""
    return [name for name in Contact.__dataclass_fields__ if getattr(before, name) != getattr(after, name)]
