"""Who may be told of an incident, and who is told at a level.

Nobody else decides this: what is previewed, sent and escalated all comes through `concerns`. A firm's
contact passes only for its own incident, or as one of the public inside the area of a warning; then it
reads the words for the public.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sandan.control.model.contacts import Circle, Contact
from sandan.control.model.incidents.procedures import Step
from sandan.control.model.notices import WARNINGS, Phase, Request, Subject

FIRM, NEIGHBOURS, RESIDENTS = "firm", "neighbours", "residents"
OUTER = frozenset({NEIGHBOURS, RESIDENTS})
"""Groups that are warned, as what happened is not theirs."""


def group_of(contact: Contact, subject: Subject) -> str:
    """What the procedure of this incident calls a contact: a firm is the one concerned, or a neighbour."""
    if contact.circle is Circle.FIRM:
        return FIRM if contact.tenant in subject.tenants else NEIGHBOURS
    return contact.group or (RESIDENTS if contact.circle is Circle.PUBLIC else "")


@dataclass(frozen=True, slots=True)
class Reach:
    """How far out an incident is told: the step that tells each group first, and who was told before."""

    first: Mapping[str, Step] = field(default_factory=dict)
    before: frozenset[str] = frozenset()

    def step(self, contact: Contact) -> Step | None:
        """The step of the procedure that has this contact told first."""
        return self.first.get(contact.group or RESIDENTS)


def voice(contact: Contact, subject: Subject, phase: Phase) -> Circle | None:
    """In which circle's words a contact may be told; None when it may not be told at all."""
    if not contact.active:
        return None
    taking_part = subject.participants if subject.drill else None
    if taking_part is not None and group_of(contact, subject) not in taking_part:
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
        return Circle.PUBLIC if phase in WARNINGS or phase is Phase.TEST else None
    return Circle.AUTHORITY


def concerns(contact: Contact, subject: Subject, phase: Phase) -> bool:
    """Whether this contact may be told of this at all."""
    return voice(contact, subject, phase) is not None


def select(contacts: Iterable[Contact], subject: Subject, request: Request, reach: Reach) -> list[Contact]:
    """Whom a decision tells: the chosen, or of each organisation the first of its tree.

    The chosen are told whatever their level or kinds, a group that is named whatever its level, but nobody
    past `concerns`.

    A warning in an area goes to the first of a firm whatever level the firm asked for: nobody is left
    in a cloud by a setting. Those outside the complex are warned from the level on at which the
    procedure tells them, when they are named, and whenever they were told before.
    """
    return [one for one, told in _called(contacts, subject, request, reach) if told]


def beyond(contacts: Iterable[Contact], subject: Subject, request: Request, reach: Reach) -> list[Contact]:
    """Whom the same decision would tell at a higher level, or if the procedure told them at all."""
    return [one for one, told in _called(contacts, subject, request, reach) if not told]


def _called(
    contacts: Iterable[Contact], subject: Subject, request: Request, reach: Reach
) -> list[tuple[Contact, bool]]:
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
        if request.groups and group_of(contact, subject) not in request.groups:
            continue
        if contact.kinds and subject.kind not in contact.kinds:
            continue
        if request.level < contact.level and phase not in WARNINGS and not request.groups:
            continue
        first.setdefault((contact.organisation, contact.tenant), contact)
    found = sorted(
        [*chosen, *first.values()], key=lambda one: (list(Circle).index(one.circle), one.organisation, one.id)
    )
    return [(one, one in chosen or _reached(one, subject, request, reach)) for one in found]


def _reached(contact: Contact, subject: Subject, request: Request, reach: Reach) -> bool:
    """Whether a decision reaches as far out as this contact."""
    if contact.circle is not Circle.PUBLIC or contact.id in reach.before:
        return True
    if group_of(contact, subject) in request.groups:
        return True
    step = reach.step(contact)
    return step is not None and request.level >= step.level
