"""What kind of incident an alarm speaks of, and what to call it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.control.model.incidents.procedures import kinds
from sandan.control.records.alarms import read_alarms
from sandan.control.service.alarms.rules import rules_in_force
from sandan.errors import NotFound
from sandan.store import Store
from sandan.words import Text


def kind_of_alarm(store: Store, alarm: str, now: datetime) -> str:
    """The id of the kind of incident, by the cause of the alarm's rule; empty when no kind names it."""
    with store.registry.read() as conn:
        found = read_alarms(conn, [alarm]).get(alarm)
        rules = rules_in_force(store, conn, now).rules
    rule = next((one for one in rules if found is not None and one.id == found.rule), None)
    if rule is None:
        return ""
    return next((kind.id for kind in kinds().values() if rule.cause in kind.causes), "")


def alarm_names(store: Store, conn: Connection, ids: Sequence[str], now: datetime) -> dict[str, Text]:
    """What each alarm is called and where it is; its id for one whose rule or point is no more."""
    if not ids:
        return {}
    known = read_alarms(conn, ids)
    rules = {rule.id: rule.name for rule in rules_in_force(store, conn, now).rules}
    return {
        id: _name(store, conn, rules[known[id].rule], known[id].point) or Text(id, id)
        if id in known and known[id].rule in rules
        else Text(id, id)
        for id in ids
    }


def _name(store: Store, conn: Connection, rule: Text, point: str) -> Text | None:
    try:
        place = store.things.get(conn, store.points.get(conn, point).thing).name
    except NotFound:
        return None
    return Text(f"{rule.ko} · {place}", f"{rule.en} · {place}")
