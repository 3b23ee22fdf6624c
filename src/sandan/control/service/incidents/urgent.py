"""What of the incidents under way the control room has to see at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sandan.access import Actor
from sandan.control.engine.incidents.limits import escalations, next_task, running_clock
from sandan.control.engine.incidents.wording import clock_time
from sandan.control.model.incidents import Incident, RunningClock, Task
from sandan.control.model.incidents.procedures import kinds, legal_clocks, levels
from sandan.control.model.rights import CASES
from sandan.control.service.incidents.reading import list_incidents, waiting
from sandan.domain import Attention
from sandan.store import Store
from sandan.words import Text

MOST = 50


@dataclass(frozen=True, slots=True)
class Duty:
    """The next thing to do about the incidents under way, and the legal clock that runs for that incident."""

    incident: Incident
    task: Task
    clock: RunningClock | None


def next_duty(store: Store, actor: Actor, active: Sequence[Incident]) -> Duty | None:
    """The task due soonest of the gravest incident; one of a drill only where nothing real waits."""
    tasks, clocks = waiting(store, actor, active) if active else ({}, {})
    duties = [
        Duty(one, task, running_clock(clocks.get(one.id, ())))
        for one in active
        if (task := next_task(tasks.get(one.id, ()))) is not None
    ]
    return min(
        duties,
        key=lambda one: (
            one.incident.drill,
            -one.incident.level,
            one.task.due_at is None,
            one.task.due_at or one.task.since,
        ),
        default=None,
    )


def incident_attention(store: Store, actor: Actor, now: datetime) -> list[Attention]:
    """A line for each incident under way, for those who may see them: a legal clock that runs comes first."""
    if not actor.may(CASES):
        return []
    active = list_incidents(store, actor, active=True, limit=MOST)
    if not active:
        return []
    tasks, clocks = waiting(store, actor, active)
    return [_line(one, tasks.get(one.id, ()), clocks.get(one.id, ()), now) for one in active]


def _line(
    incident: Incident, tasks: Sequence[Task], clocks: Sequence[RunningClock], now: datetime
) -> Attention:
    name = kinds()[incident.kind].name
    drill = Text("[훈련] ", "[drill] ") if incident.drill else Text("", "")
    place = f" · {incident.place.words}" if incident.place.words else ""
    clock = running_clock(clocks)
    urgent = clock is not None or incident.level >= max(levels()) - 1
    return Attention(
        priority=1 if urgent and not incident.drill else 2,
        title=Text(f"{drill.ko}{name.ko}{place}", f"{drill.en}{name.en}{place}"),
        detail=_detail(clock, tasks, now),
        since=incident.opened_at,
        href=f"/control/incidents/{incident.id}",
        place=incident.place.thing,
        id=incident.id,
    )


def _detail(clock: RunningClock | None, tasks: Sequence[Task], now: datetime) -> Text:
    if clock is not None:
        law, due = legal_clocks()[clock.clock].name, clock_time(clock.due_at)
        return Text(f"{law.ko} 기한 {due}", f"{law.en} due {due}")
    late, task = escalations(tasks, now), next_task(tasks)
    if late:
        return Text(
            f"늦은 할 일 {len(late)}: {late[0].task.text.ko}", f"{len(late)} late: {late[0].task.text.en}"
        )
    if task is not None:
        return Text(f"다음 할 일: {task.text.ko}", f"next: {task.text.en}")
    return Text("할 일을 모두 마쳤습니다. 종결하십시오.", "Everything is done; close it.")
