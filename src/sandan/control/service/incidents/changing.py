"""What every change of an incident has in common: it is read in the transaction that changes it.

Two people may act on one incident at once. Lines of the timeline never collide; whoever would change
what somebody else has just changed says which revision they saw, and is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.control.model.incidents import Incident
from sandan.control.records.incidents import cases
from sandan.control.service.incidents.presses import carry_press
from sandan.errors import Conflict, Finding, InvalidInput, NotFound
from sandan.store import Store
from sandan.words import Text

INCIDENT = Text("사건", "incident")
LONGEST = 4_000
AHEAD = timedelta(minutes=1)
"""Clocks of people and machines differ by less than this."""


def need(conn: Connection, id: str) -> Incident:
    """The incident, or `NotFound`."""
    found = cases.read_incident(conn, id)
    if found is None:
        raise NotFound(INCIDENT, id)
    return found


def need_active(conn: Connection, id: str, seen: int | None = None) -> Incident:
    """The incident while it is under way; `Conflict` when it is not, or is no longer as `seen`."""
    found = need(conn, id)
    if not found.active:
        raise Conflict(
            Text(
                f"사건 {id}은(는) 이미 종결되었거나 병합되었습니다. 더 적으려면 다시 여십시오.",
                f"Incident {id} is closed or merged. Reopen it to go on.",
            )
        )
    if seen is not None and seen != found.revision:
        raise Conflict(
            Text(
                "그 사이에 다른 사람이 이 사건을 바꿨습니다. 적은 내용은 그대로 있으니 바뀐 화면을 보고 "
                "다시 누르십시오.",
                "Somebody else changed this incident meanwhile. What you wrote is still there: look at the "
                "page as it is now and press again.",
            )
        )
    return found


def put(conn: Connection, incident: Incident, **changes: Any) -> Incident:
    """Write the incident with these changes, as its next revision."""
    changed = replace(incident, revision=incident.revision + 1, **changes)
    cases.put_incident(conn, changed)
    return changed


def tell(
    store: Store,
    conn: Connection,
    actor: Actor,
    incident: Incident,
    kind: str,
    payload: Mapping[str, Any],
    now: datetime,
) -> None:
    """Put a line on the incident's timeline: an event, in the transaction of what it tells of."""
    store.events.append(
        conn,
        kind,
        actor=actor,
        subject=incident.id,
        payload={**payload, **carry_press(store, conn, actor), **({"drill": True} if incident.drill else {})},
        at=now,
        tenant=incident.tenants[0] if len(incident.tenants) == 1 else None,
    )


def checked_text(where: str, text: str, *, needed: bool = True) -> str:
    """The text without outer spaces; refused when it is too long, or missing where it is needed."""
    text = text.strip()
    if (needed and not text) or len(text) > LONGEST:
        raise InvalidInput.because(
            where,
            Text(f"비었거나 {LONGEST}자를 넘습니다.", f"is empty or longer than {LONGEST} characters."),
            Text("한두 문장으로 적으십시오.", "write a sentence or two."),
        )
    return text


def checked_moment(
    where: str, at: datetime | None, now: datetime, earliest: datetime | None = None
) -> datetime:
    """The moment somebody stated, or `now`; refused when it lies ahead, or before `earliest`."""
    if at is None:
        return now
    if at > now + AHEAD or (earliest is not None and at < earliest):
        raise InvalidInput([wrong_moment(where)])
    return min(at, now)


def wrong_moment(where: str) -> Finding:
    """A moment that cannot be."""
    return Finding(
        where,
        Text("앞으로의 시각이거나 감지보다 이른 시각입니다.", "lies ahead, or before the first detection."),
        Text("시각과 날짜를 확인하십시오.", "check the time and the day."),
    )
