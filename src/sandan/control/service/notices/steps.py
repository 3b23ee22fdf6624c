"""Ticking off the steps that tell somebody, when everybody they name has been told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import SYSTEM, Actor
from sandan.control.engine.notices.steps import Reach, first_steps, reach_of_step, words_of
from sandan.control.model.incidents import Case, Incident, Task
from sandan.control.model.rights import CASES
from sandan.control.records.incidents import cases
from sandan.control.records.notices import calls, contact_book, messages, outbox
from sandan.control.service.incidents.handling import awaiting_report, finish_task
from sandan.control.service.incidents.reading import subject_of
from sandan.store import Store


def read_reach(store: Store, actor: Actor, case: Case) -> Mapping[int, Reach]:
    """How far the telling of each open step of a case has come, by the number of its task."""
    actor.require(CASES)
    with store.registry.read() as conn:
        return _reach(store, conn, case.incident, case.tasks)


def _reach(store: Store, conn: Connection, incident: Incident, tasks: Sequence[Task]) -> Mapping[int, Reach]:
    if not any(one.open and one.tell for one in tasks):
        return {}
    notices = messages.find_notices(conn, incident.id)
    words = words_of(
        subject_of(incident),
        contact_book.read_contacts(conn),
        messages.find_tellings(conn, incident.id),
        notices,
        outbox.deliveries_of(conn, [one.id for one in notices]),
        calls.find_calls(conn, incident.id),
        _said_for(store, conn, incident.id),
    )
    first = first_steps(tasks)
    return {one.number: reach_of_step(incident, one, first, words) for one in tasks if one.open and one.tell}


def _said_for(store: Store, conn: Connection, id: str) -> dict[str | int, frozenset[int]]:
    """The tasks each telling and call of an incident was for; what was merged into it was for none of its."""
    found: dict[str | int, frozenset[int]] = {}
    for kind, name in (("PeopleTold", "telling"), ("CallReached", "call")):
        for event in store.events.find(conn, subject=id, kind=kind, limit=1_000):
            said = event.payload
            steps = said.get("steps")
            if isinstance(steps, list):
                key = str(said[name]) if kind == "PeopleTold" else int(str(said[name]))
                found[key] = frozenset(int(str(one)) for one in steps)
    return found


def tick_told(store: Store, conn: Connection, id: str, now: datetime) -> int:
    """Tick off what has been told of an incident under way, in a transaction that is open; how many steps.

    Each is done by whoever decided to tell, or rang, and when the last of its words arrived.
    """
    incident = cases.read_incident(conn, id)
    if incident is None or not incident.active:
        return 0
    by_law = awaiting_report(conn, id)
    every = cases.read_tasks(conn, id)
    tasks = {one.number: one for one in every if one.step not in by_law}
    reached = _reach(store, conn, incident, every)
    done = {number: reach for number, reach in reached.items() if reach.done and number in tasks}
    for number, reach in done.items():
        at = min(reach.last.at or now, now)
        said = {"ko": reach.evidence.ko, "en": reach.evidence.en}
        finish_task(
            store, conn, SYSTEM, incident, tasks[number], at, "", now, tasks[number].tell,
            happened=at.isoformat(), teller=reach.last.by, evidence=said,
        )  # fmt: skip
    return len(done)
