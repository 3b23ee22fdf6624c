"""What is done while an incident is under way: notes, tasks, level, kind, place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.control.engine.incidents.procedures import clocks_of, tasks_of
from sandan.control.model.incidents import Incident, IncidentState, Place, Task
from sandan.control.model.incidents.procedures import groups, kinds, legal_clocks, levels
from sandan.control.model.rights import OPERATE
from sandan.control.records.incidents import cases, procedures
from sandan.control.service.incidents.changing import (
    checked_moment,
    checked_text,
    need,
    need_active,
    put,
    tell,
)
from sandan.control.service.incidents.people import name_in
from sandan.control.service.incidents.places import found_place, tenants_at
from sandan.errors import Conflict, InvalidInput, NotFound
from sandan.store import Store
from sandan.words import Text


def note(
    store: Store, actor: Actor, id: str, text: str, now: datetime, happened: datetime | None = None
) -> None:
    """Write a line of the timeline; also after closing, as memories come late."""
    actor.require(OPERATE)
    text = checked_text("text", text)
    with store.registry.write() as conn:
        incident = need(conn, id)
        payload: dict[str, Any] = {"text": text}
        if happened is not None:
            payload["happened"] = checked_moment("happened", happened, now).isoformat()
        tell(store, conn, actor, incident, "IncidentNoted", payload, now)


def set_place(
    store: Store, actor: Actor, id: str, place: Place, now: datetime, seen: int | None = None
) -> Incident:
    """Say where it is; the firms of the place come to those it concerns, and none goes."""
    actor.require(OPERATE)
    with store.registry.write() as conn:
        incident = need_active(conn, id, seen)
        found = found_place(store, conn, place)
        tenants = {*incident.tenants, *tenants_at(store, conn, found)}
        changed = put(conn, incident, place=found, tenants=tuple(sorted(tenants)))
        payload = {"thing": found.thing, "words": found.words, "lon": found.lon, "lat": found.lat}
        tell(store, conn, actor, changed, "IncidentPlaced", payload, now)
        return changed


def set_level(
    store: Store,
    actor: Actor,
    id: str,
    level: int,
    now: datetime,
    reason: str = "",
    seen: int | None = None,
) -> tuple[str, ...]:
    """Raise or lower the level; gives the groups that are to be told because of it.

    Raising it brings the steps of the levels in between, their limits counted from now; lowering it
    takes none away.
    """
    actor.require(OPERATE)
    reason = checked_text("reason", reason, needed=False)
    if level not in levels():
        known = f"{min(levels())}–{max(levels())}"
        raise InvalidInput.because("level", Text("없는 단계입니다.", "no such level."), Text(known, known))
    with store.registry.write() as conn:
        incident = need_active(conn, id, seen)
        if level == incident.level:
            return ()
        changed = put(conn, incident, level=level)
        new = _add_steps(conn, changed, now)
        payload = {"level": level, "before": incident.level, "reason": reason, "tasks": len(new)}
        tell(store, conn, actor, changed, "IncidentLevelSet", payload, now)
    return tuple(group for group in groups() if any(group in task.tell for task in new))


def _add_steps(conn: Connection, incident: Incident, now: datetime) -> list[Task]:
    """Add what the procedure asks for up to the incident's level and is not there yet."""
    book = procedures.read_book(conn, incident.procedure)
    assert book is not None, "an incident's procedures are kept when it is opened"
    there = cases.read_tasks(conn, incident.id)
    steps = {task.step for task in there if task.step}
    new = [task for task in tasks_of(book, incident.kind, 0, incident.level, now) if task.step not in steps]
    tasks = [replace(task, number=len(there) + i) for i, task in enumerate(new, 1)]
    cases.add_tasks(conn, incident.id, tasks)
    return tasks


def reclassify(
    store: Store, actor: Actor, id: str, kind: str, now: datetime, reason: str = "", seen: int | None = None
) -> Incident:
    """It is of another kind than thought: its steps come, and its legal clocks run from first detection."""
    actor.require(OPERATE)
    reason = checked_text("reason", reason, needed=False)
    if kind not in kinds():
        raise NotFound(Text("사건 종류", "kind of incident"), kind)
    with store.registry.write() as conn:
        incident = need_active(conn, id, seen)
        if kind == incident.kind:
            return incident
        changed = put(conn, incident, kind=kind)
        _add_steps(conn, changed, now)
        running = {clock.clock for clock in cases.read_clocks(conn, [id]).get(id, ())}
        new = [one for one in clocks_of(kind, incident.detected_at) if one.clock not in running]
        cases.add_clocks(conn, id, new)
        payload = {"kind": kind, "before": incident.kind, "reason": reason}
        tell(store, conn, actor, changed, "IncidentReclassified", payload, now)
        return changed


def add_task(
    store: Store, actor: Actor, id: str, text: str, now: datetime, who: str = "", minutes: float | None = None
) -> None:
    """Add something to be done that no procedure has."""
    actor.require(OPERATE)
    text, who = checked_text("task", text), checked_text("who", who, needed=False)
    if minutes is not None and not 0 < minutes <= 7 * 24 * 60:
        raise InvalidInput.because(
            "minutes",
            Text("0보다 큰 분이 아닙니다.", "is no number of minutes."),
            Text("최대 7일", "at most 7 days"),
        )
    with store.registry.write() as conn:
        incident = need_active(conn, id)
        number = len(cases.read_tasks(conn, id)) + 1
        within = None if minutes is None else timedelta(minutes=minutes)
        new = Task(number, "", incident.level, Text(text, text), Text(who, who), now, within)
        cases.add_tasks(conn, id, [new])
        payload = {"number": number, "ko": text, "en": text, "who": who, "within_minutes": minutes}
        tell(store, conn, actor, incident, "TaskAdded", payload, now)


def do_task(store: Store, actor: Actor, id: str, number: int, now: datetime, text: str = "") -> None:
    """Tick a task off; `Conflict` when somebody did before.

    One that tells somebody is done by telling them; ticked by hand, `text` has to say how they were told.
    One that waits for the report of a legal clock is done by that alone.
    """
    actor.require(OPERATE)
    text = checked_text("note", text, needed=False)
    with store.registry.write() as conn:
        incident, task = _open_task(conn, id, number)
        _may_be_ticked(conn, id, task, text)
        finish_task(store, conn, actor, incident, task, now, text, now)


def _may_be_ticked(conn: Connection, id: str, task: Task, text: str) -> None:
    if task.step and task.step in awaiting_report(conn, id):
        raise InvalidInput.because(
            f"{task.number}",
            Text("법정 신고로 끝나는 일입니다.", "is done by the report the law asks for."),
            Text("법정 시계에 신고나 예외를 적으십시오.", "record the report, or why none is due."),
        )
    if task.tell and not text:
        raise InvalidInput.because(
            f"{task.number}",
            Text("알리면 끝나는 일입니다.", "is done by telling them."),
            Text(
                "알리거나 통화를 기록하십시오. 달리 알렸으면 어떻게 알렸는지 적으십시오.",
                "tell them, or record a call; if they were told otherwise, say how.",
            ),
        )


def awaiting_report(conn: Connection, id: str) -> frozenset[str]:
    """The steps that wait for the report a legal clock asks for; telling alone never does them."""
    running = cases.read_clocks(conn, [id]).get(id, ())
    return frozenset(legal_clocks()[one.clock].step for one in running if one.answered_at is None)


def finish_task(
    store: Store,
    conn: Connection,
    actor: Actor,
    incident: Incident,
    task: Task,
    at: datetime,
    text: str,
    now: datetime,
    told: Sequence[str] = (),
    **said: Any,
) -> None:
    """Tick a task off as done `at`, in a transaction that is open.

    `told` are those of its groups of whom it is known that they were; `said` is what the line says besides.
    Where `teller` is among it, that is who did it, by a telling that the actor only completes.
    """
    cases.put_task(
        conn, incident.id, replace(task, done_at=at, done_by=said.get("teller", actor.id), skipped=None)
    )
    payload = _said(task) | {"note": text, "tell": list(task.tell), "told": list(told)} | said
    if task.due_at is not None and at > task.due_at:
        payload["late_seconds"] = round((at - task.due_at).total_seconds())
    tell(store, conn, actor, incident, "TaskDone", payload, now)


def skip_task(store: Store, actor: Actor, id: str, number: int, reason: str, now: datetime) -> None:
    """Leave a task out, and say why."""
    actor.require(OPERATE)
    reason = checked_text("reason", reason)
    with store.registry.write() as conn:
        incident, task = _open_task(conn, id, number)
        leave_out(store, conn, actor, incident, task, reason, now)


def leave_out(
    store: Store, conn: Connection, actor: Actor, incident: Incident, task: Task, reason: str, now: datetime
) -> None:
    """The same, in a transaction that is open."""
    cases.put_task(conn, incident.id, replace(task, done_at=now, done_by=actor.id, skipped=reason))
    tell(store, conn, actor, incident, "TaskSkipped", _said(task) | {"reason": reason}, now)


def _open_task(conn: Connection, id: str, number: int) -> tuple[Incident, Task]:
    incident = need_active(conn, id)
    task = next((one for one in cases.read_tasks(conn, id) if one.number == number), None)
    if task is None:
        raise NotFound(Text("할 일", "task"), number)
    if not task.open:
        first = name_in(conn, task.done_by)
        raise Conflict(
            Text(
                f"{first} 님이 먼저 처리했습니다: {task.text.ko}",
                f"{first} was there first: {task.text.en}",
            )
        )
    return incident, task


def _said(task: Task) -> dict[str, Any]:
    return {"number": task.number, "step": task.step, "ko": task.text.ko, "en": task.text.en}


def contain(store: Store, actor: Actor, id: str, now: datetime, at: datetime | None = None) -> Incident:
    """Say that it is under control, since when; what is left is to put things right."""
    actor.require(OPERATE)
    with store.registry.write() as conn:
        incident = need_active(conn, id)
        when = checked_moment("at", at, now, incident.detected_at)
        changed = put(conn, incident, state=IncidentState.CONTAINED, contained_at=when)
        tell(store, conn, actor, changed, "IncidentContained", {"happened": when.isoformat()}, now)
        return changed
