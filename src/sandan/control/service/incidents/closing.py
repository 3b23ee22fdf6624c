"""Closing an incident with its cause and measures, and opening it again."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sandan.access import Actor
from sandan.control.engine.incidents.rules import is_major, why_not_close
from sandan.control.model.incidents import Closing, Incident, IncidentState
from sandan.control.model.rights import OPERATE
from sandan.control.service.incidents.changing import checked_text, need, need_active, put, tell
from sandan.control.service.incidents.reading import case_in
from sandan.errors import Conflict, InvalidInput
from sandan.store import Store
from sandan.words import Text


def close_incident(
    store: Store, actor: Actor, id: str, closing: Closing, now: datetime, seen: int | None = None
) -> Incident:
    """Close it; refused with everything that is missing (cause, measures, unanswered legal clocks)."""
    actor.require(OPERATE)
    checked_text("cause", closing.cause, needed=False)
    checked_text("measures", closing.measures, needed=False)
    with store.registry.write() as conn:
        incident = need_active(conn, id, seen)
        faults = why_not_close(case_in(store, conn, id), closing)
        if faults:
            raise InvalidInput(faults)
        changed = put(
            conn, incident, state=IncidentState.CLOSED, closed_at=now, closed_by=actor.id, closing=closing
        )
        payload = asdict(closing) | {"major": is_major(closing)}
        tell(store, conn, actor, changed, "IncidentClosed", payload, now)
        return changed


def reopen_incident(store: Store, actor: Actor, id: str, reason: str, now: datetime) -> Incident:
    """Open a closed incident again; whoever does owns it. How it was closed stays on its timeline."""
    actor.require(OPERATE)
    reason = checked_text("reason", reason)
    with store.registry.write() as conn:
        incident = need(conn, id)
        if incident.state is not IncidentState.CLOSED:
            raise Conflict(Text("종결된 사건만 다시 엽니다.", "Only a closed incident can be reopened."))
        changed = put(
            conn, incident, state=IncidentState.OPEN, closed_at=None, closed_by=None, owner=actor.id
        )
        tell(store, conn, actor, changed, "IncidentReopened", {"reason": reason}, now)
        return changed
