"""What kind of incident an alarm speaks of."""

from __future__ import annotations

from datetime import datetime

from sandan.control.model.incidents.procedures import kinds
from sandan.control.records.alarms import read_alarms
from sandan.control.service.alarms.rules import rules_in_force
from sandan.store import Store


def kind_of_alarm(store: Store, alarm: str, now: datetime) -> str:
    """The id of the kind of incident, by the cause of the alarm's rule; empty when no kind names it."""
    with store.registry.read() as conn:
        found = read_alarms(conn, [alarm]).get(alarm)
        rules = rules_in_force(store, conn, now).rules
    rule = next((one for one in rules if found is not None and one.id == found.rule), None)
    if rule is None:
        return ""
    return next((kind.id for kind in kinds().values() if rule.cause in kind.causes), "")
