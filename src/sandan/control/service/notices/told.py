"""Who was told of an incident, when, and what became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sandan.access import Actor
from sandan.control.engine.notices.escalation import is_settled, next_calls
from sandan.control.engine.notices.selection import concerns
from sandan.control.model.contacts import Circle, Contact
from sandan.control.model.notices import Answer, Attempt, Call, Delivery, Notice, Phase, Standing, Telling
from sandan.control.model.rights import CASES, WATCH
from sandan.control.records.notices import calls, contact_book, messages, outbox
from sandan.control.service.incidents.changing import need
from sandan.control.service.incidents.reading import subject_of
from sandan.control.service.notices.choosing import with_participants
from sandan.control.service.notices.subjects import firms_near
from sandan.store import Store


@dataclass(frozen=True, slots=True)
class Line:
    """A notice with its ways out; `settled` when its organisation knows."""

    notice: Notice
    deliveries: Sequence[Delivery]
    attempts: Sequence[Attempt]
    settled: bool
    late: bool

    @property
    def standing(self) -> Standing:
        """How far the notice has come."""
        notice = self.notice
        if notice.answer is Answer.HELP:
            return Standing.HELP
        if notice.answer is Answer.WRONG:
            return Standing.WRONG
        if notice.answered is not None:
            return Standing.CONFIRMED
        if self.settled:
            return Standing.KNOWN
        if self.late:
            return Standing.LATE
        return Standing.READ if notice.read is not None else Standing.WAITING

    @property
    def need(self) -> tuple[int, int]:
        """Sorts by how much a line needs somebody, then as they were told."""
        return list(Standing).index(self.standing), self.notice.id


@dataclass(frozen=True, slots=True)
class Told:
    """Everything told of an incident, newest decision first, with whom to ring next."""

    tellings: Sequence[tuple[Telling, Sequence[Line]]]
    calls: Sequence[Call]
    ring: Sequence[Contact]
    first_answered: datetime | None

    @property
    def rung(self) -> Mapping[str, Call]:
        """The last call to each contact."""
        return {one.contact: one for one in sorted(self.calls, key=lambda one: (one.at, one.id))}

    @property
    def lines(self) -> list[Line]:
        return [line for _, lines in self.tellings for line in lines]


def read_recent(store: Store, actor: Actor, limit: int, page: int = 1, telling: str = "") -> list[Line]:
    """The newest notices, of one decision or of all, a page of so many at a time.

    The staff see all, a firm's people those sent to their firm.
    """
    actor.require(CASES if actor.tenant is None else WATCH)
    with store.registry.read() as conn:
        notices = messages.recent_notices(conn, actor.tenant, limit, limit * (page - 1), telling)
        deliveries = outbox.deliveries_of(conn, [one.id for one in notices])
    out: dict[int, list[Delivery]] = defaultdict(list)
    for one in deliveries:
        out[one.notice].append(one)
    return [Line(one, out[one.id], (), one.answered is not None, late=False) for one in notices]


def read_told(store: Store, actor: Actor, incident: str, now: datetime) -> Told:
    """Who was told of this incident."""
    actor.require(CASES)
    with store.registry.read() as conn:
        tellings = messages.find_tellings(conn, incident)
        notices = messages.find_notices(conn, incident)
        deliveries = outbox.deliveries_of(conn, [one.id for one in notices])
        attempts = outbox.attempts_of(conn, [one.id for one in deliveries])
        rung = calls.find_calls(conn, incident)
        book = contact_book.read_contacts(conn)
    out: dict[int, list[Delivery]] = defaultdict(list)
    for one in deliveries:
        out[one.notice].append(one)
    tried: dict[int, list[Attempt]] = defaultdict(list)
    for one_try in attempts:
        tried[one_try.delivery].append(one_try)
    trees: dict[tuple[str, str | None], list[Contact]] = defaultdict(list)
    for contact in book:
        trees[contact.organisation, contact.tenant].append(contact)
    around: dict[tuple[str, str | None], list[Notice]] = defaultdict(list)
    for notice in notices:
        around[notice.organisation, notice.tenant].append(notice)
    lines: dict[str, list[Line]] = {one.id: [] for one in tellings}
    ring: dict[str, Contact] = {}
    for notice in notices:
        mine = out[notice.id]
        key = (notice.organisation, notice.tenant)
        settled = is_settled(notice, around[key], rung)
        late = notice.answer_by is not None and notice.answer_by <= now and not settled
        lines[notice.telling].append(
            Line(notice, mine, [attempt for one in mine for attempt in tried[one.id]], settled, late)
        )
        if not settled:
            known = {one.id: one for one in trees[key]}
            ring |= {id: known[id] for id in next_calls(notice, trees[key], rung)}
    answered = [one.answered for one in notices if one.answered is not None]
    return Told(
        tellings=[(one, lines[one.id]) for one in tellings],
        calls=rung,
        ring=list(ring.values()),
        first_answered=min(answered, default=None),
    )


def may_ring(store: Store, actor: Actor, incident: str) -> list[Contact]:
    """Everybody with a telephone who may be told of an incident, in the order of the trees."""
    actor.require(CASES)
    with store.registry.read() as conn:
        found = need(conn, incident)
        subject = with_participants(conn, store, subject_of(found))
        subject = replace(subject, area=firms_near(store, conn, found.place.thing))
        book = contact_book.read_contacts(conn)
    told = [one for one in book if one.phone and concerns(one, subject, Phase.ADVISE)]
    return sorted(told, key=lambda one: (list(Circle).index(one.circle), one.organisation, one.order, one.id))
