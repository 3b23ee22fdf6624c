"""Time limits: what remains of a clock, which task comes next, what is late and who is turned to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sandan.control.model.incidents import RunningClock, Task
from sandan.words import Text

SOON = 1 / 3
"""A limit is soon over when less than this share of it remains."""


class Standing(StrEnum):
    """How something stands against its limit."""

    RUNNING = "running"
    SOON = "soon"
    LATE = "late"
    MET = "met"
    MISSED = "missed"
    EXEMPT = "exempt"


STANDING_NAMES = {
    Standing.RUNNING: Text("남음", "left"),
    Standing.SOON: Text("곧 만료", "running out"),
    Standing.LATE: Text("초과", "late"),
    Standing.MET: Text("기한 내", "in time"),
    Standing.MISSED: Text("기한 넘겨 처리", "done late"),
    Standing.EXEMPT: Text("예외", "exempt"),
}


@dataclass(frozen=True, slots=True)
class Face:
    """What a clock shows: `left` is negative by how much it is, or was, late."""

    standing: Standing
    left: timedelta
    due: datetime


def read_limit(
    since: datetime, due: datetime, done: datetime | None, now: datetime, *, exempt: bool = False
) -> Face:
    """What a limit from `since` to `due` shows; a thing done exactly at `due` is in time."""
    if exempt:
        return Face(Standing.EXEMPT, due - (done or now), due)
    if done is not None:
        return Face(Standing.MET if done <= due else Standing.MISSED, due - done, due)
    left = due - now
    if left < timedelta(0):
        return Face(Standing.LATE, left, due)
    return Face(Standing.SOON if left < SOON * (due - since) else Standing.RUNNING, left, due)


def read_clock(clock: RunningClock, now: datetime) -> Face:
    """What a legal clock shows."""
    return read_limit(clock.started_at, clock.due_at, clock.answered_at, now, exempt=clock.exempt)


def running_clock(clocks: Sequence[RunningClock]) -> RunningClock | None:
    """The legal clock that waits for its answer."""
    return next((one for one in clocks if one.answered_at is None), None)


def read_task(task: Task, now: datetime) -> Face | None:
    """What a task's limit shows; None for one without a limit. A skipped task is neither met nor missed."""
    if task.due_at is None:
        return None
    return read_limit(task.since, task.due_at, task.done_at, now, exempt=task.skipped is not None)


def in_order(tasks: Sequence[Task]) -> list[Task]:
    """What is still to be done, soonest due first; what has no limit last."""
    return sorted(
        (task for task in tasks if task.open),
        key=lambda task: (task.due_at is None, task.due_at or task.since, task.number),
    )


def next_task(tasks: Sequence[Task]) -> Task | None:
    """The one thing to do now."""
    return next(iter(in_order(tasks)), None)


@dataclass(frozen=True, slots=True)
class Escalation:
    """A task that is late, by how much, and who is turned to; nobody where the procedure names none."""

    task: Task
    late: timedelta
    next: Text | None


def escalations(tasks: Sequence[Task], now: datetime) -> list[Escalation]:
    """Every task past its limit, the latest first."""
    return sorted(
        (
            Escalation(task, now - task.due_at, task.next if task.next.ko else None)
            for task in tasks
            if task.open and task.due_at is not None and task.due_at < now
        ),
        key=lambda one: -one.late,
    )
