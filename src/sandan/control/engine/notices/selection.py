"""Who may be told of an incident, and who is told at a level.

Nobody else decides this: what is previewed, sent and escalated all comes through `concerns`. A firm's
contact passes only for its own incident, or as one of the public inside the area of a warning; then it
reads the words for the public.
"""

from __future__ import annotations

from collections.abc import Iterable

from sandan.control.model.contacts import Circle, Contact
from sandan.control.model.notices import WARNINGS, Phase, Request, Subject


def voice(contact: Contact, subject: Subject, phase: Phase) -> Circle | None:
    """In which circle's words a contact may be told; None when it may not be told at all."""
    if not contact.active:
        return None
    if contact.circle is Circle.FIRM:
        if contact.tenant is None:
            return None
        if contact.tenant in subject.tenants:
            return Circle.FIRM
        return Circle.PUBLIC if phase in WARNINGS and contact.tenant in subject.area else None
    if contact.tenant is not None:
        return None
    if contact.circle is Circle.PUBLIC:
        return Circle.PUBLIC if phase in WARNINGS else None
    return Circle.AUTHORITY


def concerns(contact: Contact, subject: Subject, phase: Phase) -> bool:
    """Whether this contact may be told of this at all."""
    return voice(contact, subject, phase) is not None


def select(contacts: Iterable[Contact], subject: Subject, request: Request) -> list[Contact]:
    """Whom a decision tells: the chosen, or of each organisation the first of its tree.

    The chosen are told whatever their level or kinds, but never past `concerns`.

    A warning in an area goes to the first of a firm whatever level the firm asked for: nobody is left
    in a cloud by a setting.
    """
    phase = request.phase
    chosen: list[Contact] = []
    first: dict[tuple[str, str | None], Contact] = {}
    for contact in sorted(contacts, key=lambda one: (one.order, one.id)):
        if not concerns(contact, subject, phase):
            continue
        if request.contacts is not None:
            if contact.id in request.contacts:
                chosen.append(contact)
            continue
        if request.groups and contact.group not in request.groups:
            continue
        if contact.kinds and subject.kind not in contact.kinds:
            continue
        if request.level < contact.level and phase not in WARNINGS:
            continue
        first.setdefault((contact.organisation, contact.tenant), contact)
    return sorted(
        [*chosen, *first.values()], key=lambda one: (list(Circle).index(one.circle), one.organisation, one.id)
    )
