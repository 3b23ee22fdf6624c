"""Legal clocks: started, answered by a report, or by the reason why none is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from sandan.access import SYSTEM, Actor
from sandan.control.engine.incidents.limits import read_limit
from sandan.control.engine.incidents.procedures import clocks_by_hand
from sandan.control.model.incidents import Incident, RunningClock, Task
from sandan.control.model.incidents.procedures import groups, legal_clocks
from sandan.control.model.rights import OPERATE
from sandan.control.records.incidents import cases
from sandan.control.service.incidents.changing import checked_moment, checked_text, need_active, tell
from sandan.control.service.incidents.handling import finish_task, leave_out
from sandan.control.service.incidents.people import name_in
from sandan.errors import Conflict, NotFound
from sandan.store import Store
from sandan.words import Text


def start_clock(store: Store, actor: Actor, id: str, clock: str, now: datetime) -> None:
    """Let a legal clock run that does not start by itself; it counts from first detection all the same."""
    actor.require(OPERATE)
    with store.registry.write() as conn:
        incident = need_active(conn, id)
        offered = clocks_by_hand(incident, cases.read_clocks(conn, [id]).get(id, ()))
        found = next((one for one in offered if one.id == clock), None)
        if found is None:
            raise NotFound(Text("법정 시계", "legal clock"), clock)
        start = incident.detected_at
        cases.add_clocks(conn, id, [RunningClock(clock, start, start + found.within)])
        tell(store, conn, actor, incident, "LegalClockStarted", {"clock": clock}, now)


def answer_clock(
    store: Store,
    actor: Actor,
    id: str,
    clock: str,
    now: datetime,
    *,
    at: datetime | None = None,
    to: Sequence[str] = (),
    text: str = "",
) -> None:
    """Record that the report the law asks for was made, `at` what time and to whom."""
    actor.require(OPERATE)
    text = checked_text("note", text, needed=False)
    with store.registry.write() as conn:
        incident, running = _running(conn, id, clock)
        made = checked_moment("at", at, now, incident.detected_at)
        known = [group for group in groups() if group in to]
        answered = replace(
            running, answered_at=made, written_at=now, answered_by=actor.id, note=text, exempt=False
        )
        cases.put_clock(conn, id, answered)
        payload: dict[str, Any] = {
            "clock": clock, "happened": made.isoformat(), "to": known, "note": text,
            "seconds": round((made - incident.detected_at).total_seconds()),
        }  # fmt: skip
        face = read_limit(running.started_at, running.due_at, made, now)
        if face.left < timedelta(0):
            payload["late_seconds"] = round(-face.left.total_seconds())
        tell(store, conn, actor, incident, "LegalClockAnswered", payload, now)
        for task in _steps(conn, id, clock):
            if task.open or task.skipped is not None:
                finish_task(store, conn, actor, incident, task, made, text, now, known)


def exempt_clock(store: Store, actor: Actor, id: str, clock: str, reason: str, now: datetime) -> None:
    """Say why no report is due, or why it may wait."""
    actor.require(OPERATE)
    reason = checked_text("reason", reason)
    with store.registry.write() as conn:
        incident, running = _running(conn, id, clock)
        exempted = replace(
            running, answered_at=now, written_at=now, answered_by=actor.id, note=reason, exempt=True
        )
        cases.put_clock(conn, id, exempted)
        tell(store, conn, actor, incident, "LegalClockExempted", {"clock": clock, "reason": reason}, now)
        for task in _steps(conn, id, clock):
            if task.open:
                leave_out(store, conn, actor, incident, task, reason, now)


def note_missed(store: Store, now: datetime) -> list[str]:
    """Write down, once, that the time of a legal clock ran out without an answer; the incidents it was.

    The clock goes on by itself, whether or not anybody has a page open; this is what the timeline says of it.
    """

    def unsaid(conn: Connection) -> list[tuple[str, RunningClock]]:
        late = cases.clocks_past_due(conn, now)
        said = {
            (id, event.payload.get("due"))
            for id in {id for id, _ in late}
            for event in store.events.find(conn, subject=id, kind="LegalClockMissed", limit=50)
        }
        return [(id, one) for id, one in late if (id, one.due_at.isoformat()) not in said]

    with store.registry.read() as conn:
        if not unsaid(conn):
            return []
    with store.registry.write() as conn:
        missed = unsaid(conn)
        for id, one in missed:
            payload = {"clock": one.clock, "due": one.due_at.isoformat()}
            tell(store, conn, SYSTEM, need_active(conn, id), "LegalClockMissed", payload, now)
    return [id for id, _ in missed]


def _steps(conn: Connection, id: str, clock: str) -> list[Task]:
    """The step of the procedure that answering the clock does."""
    step = legal_clocks()[clock].step
    return [task for task in cases.read_tasks(conn, id) if step and task.step == step]


def _running(conn: Connection, id: str, clock: str) -> tuple[Incident, RunningClock]:
    incident = need_active(conn, id)
    running = next((one for one in cases.read_clocks(conn, [id]).get(id, ()) if one.clock == clock), None)
    if running is None:
        raise NotFound(Text("법정 시계", "legal clock"), clock)
    if running.answered_at is not None and not running.exempt:
        first = name_in(conn, running.answered_by)
        raise Conflict(
            Text(
                f"{first} 님이 먼저 신고를 적었습니다.",
                f"{first} has recorded the report already.",
            )
        )
    return incident, running
