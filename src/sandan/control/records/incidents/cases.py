"""Incidents as they stand, with what belongs to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from sandan.clock import Period
from sandan.control.model.incidents import (
    ACTIVE,
    Attachment,
    ClockKind,
    Closing,
    Handover,
    Incident,
    IncidentState,
    Place,
    RunningClock,
    Source,
    Task,
)
from sandan.control.records.incidents.tables import attachment, clock, handover, incident, task
from sandan.store import batches, contains
from sandan.words import Text

account = sa.table(
    "account",
    sa.column("login"),
    sa.column("name"),
    sa.column("roles", sa.JSON),
    sa.column("tenant"),
    sa.column("disabled", sa.Boolean),
)
"""The accounts belong to another domain; here only names and who can be given an incident are looked up."""


def next_number(conn: Connection, day: date, *, drill: bool) -> int:
    """The number of the next incident of a day."""
    same = (incident.c.day == day) & (incident.c.drill == drill)
    return int(conn.scalar(sa.select(sa.func.max(incident.c.number)).where(same)) or 0) + 1


def add_incident(conn: Connection, new: Incident, day: date, number: int) -> None:
    """Keep a new incident."""
    conn.execute(sa.insert(incident).values(id=new.id, day=day, number=number, **_columns(new)))


def put_incident(conn: Connection, changed: Incident) -> None:
    """Write an incident as it stands now."""
    conn.execute(sa.update(incident).where(incident.c.id == changed.id).values(**_columns(changed)))


def _columns(given: Incident) -> dict[str, Any]:
    same = (
        "kind", "drill", "title", "level", "owner", "detected_at", "opened_at", "opened_by", "procedure",
        "revision", "raised_at", "contained_at", "closed_at", "closed_by", "merged_into", "split_from",
    )  # fmt: skip
    return {name: getattr(given, name) for name in same} | {
        "state": given.state.value,
        "thing": given.place.thing,
        "place": given.place.words,
        "lon": given.place.lon,
        "lat": given.place.lat,
        "tenants": list(given.tenants),
        "source": given.source.value,
        "alarms": list(given.alarms),
        "detected_by": given.detected_by.value,
        "closing": sa.null() if given.closing is None else asdict(given.closing),
        "sketch": sa.null() if given.sketch is None else dict(given.sketch),
    }


def read_incident(conn: Connection, id: str) -> Incident | None:
    """One incident."""
    row = conn.execute(sa.select(incident).where(incident.c.id == id)).one_or_none()
    return None if row is None else _incident(row)


def find_incidents(
    conn: Connection,
    *,
    states: Collection[IncidentState] = (),
    kind: str = "",
    level: int | None = None,
    drill: bool | None = None,
    text: str = "",
    alarm: str = "",
    limit: int = 200,
) -> list[Incident]:
    """Incidents, newest first."""
    query = sa.select(incident).order_by(incident.c.opened_at.desc(), incident.c.id.desc()).limit(limit)
    if states:
        query = query.where(incident.c.state.in_([state.value for state in states]))
    if kind:
        query = query.where(incident.c.kind == kind)
    if level is not None:
        query = query.where(incident.c.level >= level)
    if drill is not None:
        query = query.where(incident.c.drill == drill)
    if text.strip():
        query = query.where(
            sa.or_(*(contains(c, text) for c in (incident.c.id, incident.c.title, incident.c.place)))
        )
    found = [_incident(row) for row in conn.execute(query)]
    return [one for one in found if alarm in one.alarms] if alarm else found


def merged_into(conn: Connection, id: str) -> list[Incident]:
    """The incidents that were merged into this one, and into those."""
    found: list[Incident] = []
    ids = [id]
    while ids:
        rows = conn.execute(sa.select(incident).where(incident.c.merged_into.in_(ids)))
        more = [_incident(row) for row in rows]
        found += more
        ids = [one.id for one in more]
    return found


def _incident(row: Row[Any]) -> Incident:
    return Incident(
        id=row.id,
        kind=row.kind,
        state=IncidentState(row.state),
        drill=row.drill,
        title=row.title,
        level=row.level,
        place=Place(row.thing, row.place, row.lon, row.lat),
        tenants=tuple(row.tenants),
        owner=row.owner,
        source=Source(row.source),
        alarms=tuple(row.alarms),
        detected_at=row.detected_at,
        detected_by=ClockKind(row.detected_by),
        opened_at=row.opened_at,
        opened_by=row.opened_by,
        procedure=row.procedure,
        revision=row.revision,
        raised_at=row.raised_at,
        contained_at=row.contained_at,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        closing=None if row.closing is None else Closing(**row.closing),
        merged_into=row.merged_into,
        split_from=row.split_from,
        sketch=row.sketch,
    )


def add_tasks(conn: Connection, id: str, tasks: Sequence[Task]) -> None:
    """Keep new tasks of an incident."""
    if tasks:
        conn.execute(sa.insert(task), [{"incident": id, **_task_columns(one)} for one in tasks])


def put_task(conn: Connection, id: str, changed: Task) -> None:
    """Write a task as it stands now."""
    same = (task.c.incident == id) & (task.c.number == changed.number)
    conn.execute(sa.update(task).where(same).values(**_task_columns(changed)))


def _task_columns(given: Task) -> dict[str, Any]:
    return {
        "number": given.number,
        "step": given.step,
        "level": given.level,
        "ko": given.text.ko,
        "en": given.text.en,
        "who_ko": given.who.ko,
        "who_en": given.who.en,
        "since": given.since,
        "within_s": None if given.within is None else round(given.within.total_seconds()),
        "next_ko": given.next.ko,
        "next_en": given.next.en,
        "tell": list(given.tell),
        "source": given.source,
        "done_at": given.done_at,
        "done_by": given.done_by,
        "skipped": given.skipped,
    }


def read_tasks(conn: Connection, id: str) -> list[Task]:
    """The tasks of an incident, by number."""
    query = sa.select(task).where(task.c.incident == id).order_by(task.c.number)
    return [_task(row) for row in conn.execute(query)]


def open_tasks(conn: Connection, ids: Iterable[str]) -> dict[str, list[Task]]:
    """What is still to be done in each of these incidents."""
    query = sa.select(task).where(task.c.incident.in_(list(ids)), task.c.done_at.is_(None))
    found: dict[str, list[Task]] = {}
    for row in conn.execute(query.order_by(task.c.number)):
        found.setdefault(row.incident, []).append(_task(row))
    return found


def _task(row: Row[Any]) -> Task:
    return Task(
        number=row.number,
        step=row.step,
        level=row.level,
        text=Text(row.ko, row.en),
        who=Text(row.who_ko, row.who_en),
        since=row.since,
        within=None if row.within_s is None else timedelta(seconds=row.within_s),
        next=Text(row.next_ko, row.next_en),
        tell=tuple(row.tell),
        source=row.source,
        done_at=row.done_at,
        done_by=row.done_by,
        skipped=row.skipped,
    )


def add_clocks(conn: Connection, id: str, clocks: Sequence[RunningClock]) -> None:
    """Let legal clocks run for an incident."""
    if clocks:
        conn.execute(sa.insert(clock), [{"incident": id, **_clock_columns(one)} for one in clocks])


def put_clock(conn: Connection, id: str, changed: RunningClock) -> None:
    """Write a clock as it stands now."""
    same = (clock.c.incident == id) & (clock.c.clock == changed.clock)
    conn.execute(sa.update(clock).where(same).values(**_clock_columns(changed)))


_CLOCK = ("clock", "started_at", "due_at", "answered_at", "written_at", "answered_by", "note", "exempt")


def _clock_columns(given: RunningClock) -> dict[str, Any]:
    return {name: getattr(given, name) for name in _CLOCK}


def read_clocks(conn: Connection, ids: Iterable[str]) -> dict[str, list[RunningClock]]:
    """The legal clocks of these incidents, soonest due first."""
    query = sa.select(clock).where(clock.c.incident.in_(list(ids))).order_by(clock.c.due_at, clock.c.clock)
    found: dict[str, list[RunningClock]] = {}
    for row in conn.execute(query):
        found.setdefault(row.incident, []).append(
            RunningClock(**{name: getattr(row, name) for name in _CLOCK})
        )
    return found


def clocks_past_due(conn: Connection, now: datetime) -> list[tuple[str, RunningClock]]:
    """The legal clocks of incidents under way that nobody answered in time, with the incidents' ids."""
    query = (
        sa.select(clock)
        .join(incident, incident.c.id == clock.c.incident)
        .where(incident.c.state.in_([state.value for state in ACTIVE]))
        .where(clock.c.answered_at.is_(None), clock.c.due_at < now)
        .order_by(clock.c.due_at, clock.c.incident)
    )
    return [
        (row.incident, RunningClock(**{name: getattr(row, name) for name in _CLOCK}))
        for row in conn.execute(query)
    ]


def clocks_of_period(conn: Connection, period: Period) -> list[tuple[str, RunningClock]]:
    """The legal clocks of real incidents that stand on their own, with their ids, by their start."""
    real = incident.c.drill.is_(False) & (incident.c.state != IncidentState.MERGED.value)
    query = (
        sa.select(clock)
        .join(incident, incident.c.id == clock.c.incident)
        .where(real, clock.c.started_at >= period.start, clock.c.started_at < period.end)
        .order_by(clock.c.started_at, clock.c.incident)
    )
    return [
        (row.incident, RunningClock(**{name: getattr(row, name) for name in _CLOCK}))
        for row in conn.execute(query)
    ]


_ATTACHMENT = ("id", "name", "media_type", "size", "digest", "by", "at")


def add_attachment(conn: Connection, id: str, facts: Mapping[str, Any], content: bytes) -> int | None:
    """Keep a file; its number, or None when the incident has this very file already."""
    same = (attachment.c.incident == id) & (attachment.c.digest == facts["digest"])
    if conn.scalar(sa.select(attachment.c.id).where(same)) is not None:
        return None
    made = conn.execute(
        sa.insert(attachment).values(incident=id, content=content, **facts).returning(attachment.c.id)
    )
    return int(made.scalar_one())


def read_attachments(conn: Connection, id: str) -> list[Attachment]:
    """The files of an incident, without their content, oldest first."""
    columns = [attachment.c[name] for name in _ATTACHMENT]
    query = sa.select(*columns).where(attachment.c.incident == id).order_by(attachment.c.id)
    return [Attachment(**row._mapping) for row in conn.execute(query)]


def attachment_content(conn: Connection, id: str, number: int) -> tuple[Attachment, bytes] | None:
    """One file of an incident."""
    same = (attachment.c.incident == id) & (attachment.c.id == number)
    row = conn.execute(sa.select(attachment).where(same)).one_or_none()
    if row is None:
        return None
    return Attachment(**{name: getattr(row, name) for name in _ATTACHMENT}), row.content


def add_handover(conn: Connection, id: str, giver: str, taker: str, note: str, at: datetime) -> int:
    """Keep a request to take over; its number."""
    values = {"incident": id, "giver": giver, "taker": taker, "note": note, "at": at}
    return int(conn.execute(sa.insert(handover).values(values).returning(handover.c.id)).scalar_one())


def settle_handovers(conn: Connection, id: str, at: datetime) -> None:
    """Mark what was waiting as answered: it was accepted, or somebody took the incident over."""
    same = (handover.c.incident == id) & handover.c.settled_at.is_(None)
    conn.execute(sa.update(handover).where(same).values(settled_at=at))


def read_handovers(conn: Connection, id: str) -> list[Handover]:
    """The handovers of an incident, oldest first."""
    names = ("id", "giver", "taker", "note", "at", "settled_at")
    query = sa.select(*(handover.c[name] for name in names)).where(handover.c.incident == id)
    return [Handover(**row._mapping) for row in conn.execute(query.order_by(handover.c.id))]


def waiting_handovers(conn: Connection) -> list[tuple[str, Handover]]:
    """Those nobody has accepted yet, of incidents under way, oldest first, each with its incident."""
    names = ("id", "giver", "taker", "note", "at", "settled_at")
    query = (
        sa.select(handover.c.incident, *(handover.c[name] for name in names))
        .join(incident, incident.c.id == handover.c.incident)
        .where(handover.c.settled_at.is_(None), incident.c.state.in_([state.value for state in ACTIVE]))
        .order_by(handover.c.id)
    )
    return [
        (row.incident, Handover(**{name: getattr(row, name) for name in names}))
        for row in conn.execute(query)
    ]


def staff(conn: Connection, roles: Collection[str]) -> dict[str, str]:
    """Who may be given an incident: login and name of the accounts with one of these roles."""
    rows = conn.execute(sa.select(account).where(account.c.disabled.is_(sa.false())).order_by("login"))
    return {row.login: row.name for row in rows if set(row.roles) & set(roles)}


def account_names(conn: Connection, logins: Collection[str], tenant: str | None) -> dict[str, str]:
    """The names of these accounts, also disabled ones; with a tenant only of that firm's own."""
    found: dict[str, str] = {}
    for part in batches(sorted(set(logins))):
        query = sa.select(account.c.login, account.c.name).where(account.c.login.in_(part))
        if tenant is not None:
            query = query.where(account.c.tenant == tenant)
        found |= {row.login: row.name for row in conn.execute(query)}
    return found
