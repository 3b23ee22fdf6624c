"""Whom the procedure asks to tell at the level an incident has reached, and who has not been told yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sandan.control.engine.incidents.limits import in_order
from sandan.control.engine.notices.selection import RESIDENTS
from sandan.control.engine.notices.steps import counts_from
from sandan.control.model.incidents import Incident, Task
from sandan.control.model.incidents.procedures import Step


def asked_groups(incident: Incident, tasks: Sequence[Task], told: Mapping[str, datetime]) -> tuple[str, ...]:
    """The groups that open steps up to the incident's level tell, soonest due first.

    `told` is when each group was last told of it: one told since its step counts is not asked for again.
    """
    wanted = [
        group
        for task in in_order(tasks)
        if task.level <= incident.level
        for group in task.tell
        if group not in told or told[group] < counts_from(incident, task)
    ]
    return tuple(dict.fromkeys(wanted))


def participants(first: Mapping[str, Step]) -> tuple[str, ...]:
    """Who takes part in a drill unless it is said otherwise: whom its procedure tells, but no residents."""
    return tuple(group for group in first if group != RESIDENTS)
