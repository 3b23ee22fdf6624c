"""Incidents as people see them: lists, and a case with all that belongs to it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import Actor, Role
from sandan.control.engine.incidents.wording import people_of, tell_event
from sandan.control.model.incidents import (
    ACTIVE,
    Attachment,
    Case,
    Entry,
    Incident,
    IncidentState,
    RunningClock,
    Task,
)
from sandan.control.model.incidents.procedures import kinds
from sandan.control.model.notices import Subject
from sandan.control.model.rights import CASES
from sandan.control.records import alarms
from sandan.control.records.incidents import cases
from sandan.control.records.notices import messages
from sandan.control.service.alarms.kinds import alarm_names
from sandan.control.service.incidents.changing import need
from sandan.control.service.incidents.people import names_in
from sandan.errors import NotFound
from sandan.store import Event, Store
from sandan.words import Text

MOST_LINES = 2_000
HANDLERS = frozenset({Role.OPERATOR, Role.ADMIN})


def list_incidents(
    store: Store,
    actor: Actor,
    *,
    active: bool | None = None,
    kind: str = "",
    level: int | None = None,
    drill: bool | None = None,
    text: str = "",
    limit: int = 200,
) -> list[Incident]:
    """Incidents, newest first; `active` keeps those under way or those that are not."""
    actor.require(CASES)
    states: Collection[IncidentState] = ()
    if active is not None:
        states = ACTIVE if active else frozenset(IncidentState) - ACTIVE
    with store.registry.read() as conn:
        return cases.find_incidents(
            conn, states=states, kind=kind, level=level, drill=drill, text=text, limit=limit
        )


def owned(store: Store, actor: Actor) -> list[Incident]:
    """What an actor has in hand, oldest first."""
    return [one for one in reversed(list_incidents(store, actor, active=True)) if one.owner == actor.id]


def waiting(
    store: Store, actor: Actor, incidents: Sequence[Incident]
) -> tuple[dict[str, list[Task]], dict[str, list[RunningClock]]]:
    """What is still to be done in each of these, and their legal clocks."""
    actor.require(CASES)
    ids = [one.id for one in incidents]
    with store.registry.read() as conn:
        return cases.open_tasks(conn, ids), cases.read_clocks(conn, ids)


def incidents_of_alarm(store: Store, actor: Actor, alarm: str) -> list[Incident]:
    """The incidents this alarm belongs to, newest first."""
    actor.require(CASES)
    with store.registry.read() as conn:
        return cases.find_incidents(conn, alarm=alarm, limit=1_000)


def read_case(store: Store, actor: Actor, id: str) -> Case:
    """An incident with all that belongs to it."""
    actor.require(CASES)
    with store.registry.read() as conn:
        case = case_in(store, conn, id, actor.tenant)
        known = alarm_names(store, conn, case.incident.alarms, case.incident.detected_at)
        return replace(case, alarm_names=known)


def case_in(store: Store, conn: Connection, id: str, tenant: str | None = None) -> Case:
    """The same, in a transaction that is open; for a firm's people with their own firm's names alone."""
    incident = need(conn, id)
    merged = cases.merged_into(conn, id)
    family = [incident, *merged]
    events = [event for one in family for event in store.events.find(conn, subject=one.id, limit=MOST_LINES)]
    case = Case(
        incident=incident,
        tasks=cases.read_tasks(conn, id),
        clocks=cases.read_clocks(conn, [id]).get(id, []),
        attachments=[file for one in family for file in cases.read_attachments(conn, one.id)],
        handovers=cases.read_handovers(conn, id),
        timeline=(),
        acknowledged_at=_acknowledged(conn, incident),
    )
    names = names_in(conn, _people(case) | _mentioned(events), tenant)
    lines = [_entry(event, names) for event in events]
    told = sorted({int(str(event.payload["notice"])) for event in events if "notice" in event.payload})
    return replace(
        case,
        timeline=sorted(lines, key=lambda line: line.seq),
        names=names,
        tellings=messages.tellings_of(conn, told),
        last_hash=max(events, key=lambda event: event.seq).hash if events else "",
    )


def _people(case: Case) -> set[str]:
    """The logins that a case is kept with."""
    incident = case.incident
    found = [incident.owner, incident.opened_by, incident.closed_by]
    found += [task.done_by for task in case.tasks]
    found += [clock.answered_by for clock in case.clocks]
    found += [file.by for file in case.attachments]
    found += [login for one in case.handovers for login in (one.giver, one.taker)]
    return {login for login in found if login}


def _mentioned(events: Iterable[Event]) -> set[str]:
    """The logins of those who wrote the lines of a timeline, or of whom they speak."""
    return {login for event in events for login in (event.actor, *people_of(event.payload))}


def _acknowledged(conn: Connection, incident: Incident) -> datetime | None:
    found = alarms.occurrences(conn, alarms=incident.alarms, limit=1_000) if incident.alarms else []
    return min(
        (one.acknowledged for one in found if one.acknowledged and one.raised >= incident.detected_at),
        default=None,
    )


def _entry(event: Event, names: Mapping[str, str]) -> Entry:
    happened = event.payload.get("happened")
    at = datetime.fromisoformat(happened) if isinstance(happened, str) else event.at
    text = tell_event(event.kind, event.payload, names)
    if text is None:  # a kind that is not ours: told by its name
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", event.kind).lower()
        text = Text(words, words)
    return Entry(event.seq, at, event.at, event.actor, event.kind, text, event.payload, event.subject)


def newest_line(store: Store, actor: Actor, id: str) -> int:
    """The number of the newest line of an incident's own timeline: while it stands, nothing has changed."""
    actor.require(CASES)
    with store.registry.read() as conn:
        newest = store.events.find(conn, subject=id, limit=1)
    return newest[0].seq if newest else 0


def handlers(store: Store, actor: Actor) -> dict[str, str]:
    """Who can be given an incident: login and name."""
    actor.require(CASES)
    with store.registry.read() as conn:
        return cases.staff(conn, HANDLERS)


def read_attachment(store: Store, actor: Actor, id: str, number: int) -> tuple[Attachment, bytes]:
    """A file of an incident with its content."""
    actor.require(CASES)
    with store.registry.read() as conn:
        found = cases.attachment_content(conn, id, number)
    if found is None:
        raise NotFound(Text("첨부", "attachment"), number)
    return found


def subject_of(incident: Incident) -> Subject:
    """What of an incident people are told: its firms decide which firms' contacts may be."""
    return Subject(
        id=incident.id,
        kind=incident.kind,
        kind_name=kinds()[incident.kind].name,
        level=incident.level,
        title=incident.title,
        place=incident.place.words,
        detected=incident.detected_at,
        tenants=frozenset(incident.tenants),
        drill=incident.drill,
    )
