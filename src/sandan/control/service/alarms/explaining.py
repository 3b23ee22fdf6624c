"""What a dead gateway or a lost feeder explains: hidden behind the one alarm that tells of it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.engine import Connection

from sandan.clock import milliseconds
from sandan.control.engine.alarms.flood import CONSEQUENCES, Standing, flood_params, plan_suppression
from sandan.control.model.alarms import Act, Alarm, Event, rule_of
from sandan.control.records.alarms import active_alarms, suppressed_alarms
from sandan.control.service.alarms.layout import Layout
from sandan.control.service.alarms.steps import Asked

CAUSES = frozenset(cause for pair in CONSEQUENCES for cause in pair)
"""Causes that can explain one another: no other alarm need be looked at."""


def explain(conn: Connection, layout: Layout, changed: Iterable[str]) -> list[Asked]:
    """What to hide now and what to show again, after these alarms have changed in this transaction."""
    rules = {rule.id for rule in layout.rules.rules if rule.cause in CAUSES}
    if not any(rule_of(id) in rules for id in changed):
        return []
    suppressed = {alarm.id: alarm.suppressed_by or "" for alarm in suppressed_alarms(conn)}
    active = active_alarms(conn, rules)
    standing = [one for alarm in active if (one := _standing(alarm, layout)) is not None]
    plan = plan_suppression(standing, layout.parents, suppressed, flood_params())
    return [
        *((id, Event(Act.SUPPRESS, reason=by)) for id, by in plan.suppress.items()),
        *((id, Event(Act.RELEASE)) for id in plan.release),
    ]


def _standing(alarm: Alarm, layout: Layout) -> Standing | None:
    point, rule = layout.points.get(alarm.point), layout.rule_named.get(alarm.rule)
    if point is None or rule is None or alarm.raised is None:
        return None
    return Standing(alarm.id, point.thing, rule.cause, milliseconds(alarm.raised))
