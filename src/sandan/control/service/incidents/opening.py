"""An alarm, a call, a complaint or a report becomes an incident; one may turn out to be two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL
from sandan.control.engine.incidents.procedures import clocks_of, tasks_of
from sandan.control.engine.incidents.rules import incident_id
from sandan.control.model.alarms import Act, Event
from sandan.control.model.incidents import (
    ACTIVE,
    ClockKind,
    Incident,
    IncidentState,
    Place,
    Source,
)
from sandan.control.model.incidents.procedures import kinds, levels
from sandan.control.model.rights import OPERATE
from sandan.control.records import alarms as alarm_records
from sandan.control.records.incidents import cases, procedures
from sandan.control.service.alarms.steps import take_steps
from sandan.control.service.incidents.changing import (
    AHEAD,
    checked_text,
    need_active,
    put,
    tell,
    wrong_moment,
)
from sandan.control.service.incidents.people import name_in
from sandan.control.service.incidents.places import found_place, tenants_at
from sandan.errors import Conflict, Finding, InvalidInput
from sandan.store import Store
from sandan.words import Text


def open_incident(
    store: Store,
    actor: Actor,
    kind: str,
    now: datetime,
    *,
    source: Source = Source.CALL,
    title: str = "",
    level: int = 1,
    place: Place | None = None,
    alarms: Sequence[str] = (),
    detected: datetime | None = None,
    drill: bool = False,
) -> Incident:
    """Open an incident; whoever opens it owns it. Legal clocks run from first detection.

    An alarm's own times count: first detection is when its condition came. An alarm that an incident
    under way has already is a `Conflict` naming it.
    """
    actor.require(OPERATE)
    _check(kind, level, detected, now)
    title = checked_text("title", title, needed=False)
    with store.registry.write() as conn:
        return open_in(
            store,
            conn,
            actor,
            kind,
            now,
            source=source,
            title=title,
            level=level,
            place=place or Place(),
            alarms=alarms,
            detected=detected,
            drill=drill,
        )


def _check(kind: str, level: int, detected: datetime | None, now: datetime) -> None:
    found = []
    if kind not in kinds():
        found.append(
            Finding(
                "kind",
                Text(f"'{kind[:40]}'은(는) 없는 종류입니다.", f"there is no kind '{kind[:40]}'."),
                Text(f"가능한 값: {', '.join(kinds())}", f"one of: {', '.join(kinds())}"),
            )
        )
    if level not in levels():
        found.append(Finding("level", Text("없는 단계입니다.", "no such level."), Text("1에서 4", "1 to 4")))
    if detected is not None and detected > now + AHEAD:
        found.append(wrong_moment("detected"))
    if found:
        raise InvalidInput(found)


def open_in(
    store: Store,
    conn: Connection,
    actor: Actor,
    kind: str,
    now: datetime,
    *,
    source: Source,
    title: str,
    level: int,
    place: Place,
    alarms: Sequence[str],
    detected: datetime | None,
    drill: bool,
    split_from: str | None = None,
) -> Incident:
    """The same, in a transaction that is open."""
    _not_taken(conn, alarms)
    known = alarm_records.read_alarms(conn, alarms)
    last = alarm_records.last_occurrences(conn, alarms)
    came = min((one.raised for one in last.values()), default=None)
    told = min((one.told for one in last.values()), default=None)
    if not place.thing and not place.words and known:
        point = store.points.get(conn, next(iter(known.values())).point)
        place = replace(place, thing=point.thing)
    place = found_place(store, conn, place)
    tenants = tenants_at(store, conn, place) | {one.tenant for one in known.values() if one.tenant}
    book = procedures.current_book(conn)
    procedures.keep_book(conn, book, actor.id, now)
    day = now.astimezone(SEOUL).date()
    number = cases.next_number(conn, day, drill=drill)
    by = ClockKind.SENSOR if came and not detected else ClockKind.PERSON if detected else ClockKind.SANDAN
    incident = Incident(
        id=incident_id(day, number, drill=drill),
        kind=kind,
        state=IncidentState.OPEN,
        drill=drill,
        title=title,
        level=level,
        place=place,
        tenants=tuple(sorted(tenants)),
        owner=actor.id,
        source=Source.ALARM if alarms else source,
        alarms=tuple(alarms),
        detected_at=min(detected or came or now, now),
        detected_by=by,
        opened_at=now,
        opened_by=actor.id,
        procedure=book.version,
        raised_at=told,
        split_from=split_from,
    )
    cases.add_incident(conn, incident, day, number)
    cases.add_tasks(conn, incident.id, tasks_of(book, kind, 0, level, now))
    cases.add_clocks(conn, incident.id, clocks_of(kind, incident.detected_at))
    payload = {
        "kind": kind,
        "level": level,
        "source": incident.source.value,
        "title": title,
        "detected": incident.detected_at.isoformat(),
        "alarms": list(alarms),
        "procedure": book.version,
    }
    tell(store, conn, actor, incident, "IncidentOpened", payload, now)
    _acknowledge(store, conn, actor, alarms, now)
    return incident


def _acknowledge(store: Store, conn: Connection, actor: Actor, alarms: Sequence[str], now: datetime) -> None:
    """Whoever takes an alarm into an incident has seen it; one acknowledged before stays as it is."""
    known = alarm_records.read_alarms(conn, alarms)
    asked = [(id, Event(Act.ACKNOWLEDGE, alarm.occurrence)) for id, alarm in known.items()]
    take_steps(store, conn, asked, actor, now)


def _not_taken(conn: Connection, alarms: Sequence[str]) -> None:
    for alarm in alarms:
        taken = cases.find_incidents(conn, states=ACTIVE, alarm=alarm, limit=1_000)
        if taken:
            owner = name_in(conn, taken[0].owner)
            raise Conflict(
                Text(
                    f"이 경보는 이미 사건 {taken[0].id}에 있습니다(담당 {owner}).",
                    f"This alarm is in incident {taken[0].id} already (owner {owner}).",
                )
            )


def add_alarms(store: Store, actor: Actor, id: str, alarms: Sequence[str], now: datetime) -> Incident:
    """Put further alarms into an incident that is under way."""
    actor.require(OPERATE)
    with store.registry.write() as conn:
        incident = need_active(conn, id)
        new = [alarm for alarm in alarms if alarm not in incident.alarms]
        _not_taken(conn, new)
        if not new:
            return incident
        known = alarm_records.read_alarms(conn, new)
        tenants = {*incident.tenants, *(one.tenant for one in known.values() if one.tenant)}
        changed = put(conn, incident, alarms=(*incident.alarms, *new), tenants=tuple(sorted(tenants)))
        tell(store, conn, actor, changed, "AlarmsAdded", {"alarms": new}, now)
        _acknowledge(store, conn, actor, new, now)
        return changed


def split_incident(
    store: Store,
    actor: Actor,
    id: str,
    kind: str,
    now: datetime,
    *,
    alarms: Sequence[str] = (),
    title: str = "",
    place: Place | None = None,
    seen: int | None = None,
) -> Incident:
    """Split off what turned out to be another incident, with those of the alarms that belong to it."""
    actor.require(OPERATE)
    _check(kind, 1, None, now)
    title = checked_text("title", title, needed=False)
    with store.registry.write() as conn:
        old = need_active(conn, id, seen)
        strangers = [alarm for alarm in alarms if alarm not in old.alarms]
        if strangers:
            raise Conflict(
                Text(
                    f"경보 {strangers[0]}은(는) 사건 {id}에 없습니다.",
                    f"Alarm {strangers[0]} is not in incident {id}.",
                )
            )
        left = put(conn, old, alarms=tuple(alarm for alarm in old.alarms if alarm not in alarms))
        new = open_in(
            store,
            conn,
            actor,
            kind,
            now,
            source=old.source,
            title=title,
            level=1,
            place=place or (Place() if alarms else old.place),
            alarms=alarms,
            detected=None if alarms else old.detected_at,
            drill=old.drill,
            split_from=id,
        )
        tell(store, conn, actor, left, "IncidentSplit", {"other": new.id, "alarms": list(alarms)}, now)
        return new
