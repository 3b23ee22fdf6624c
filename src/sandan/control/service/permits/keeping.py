"""What every change of a permit has in common: it is read in the transaction that changes it, and told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.control.model.safety import PERMIT_STATES, PermitState, WorkPermit
from sandan.control.records import safety as records
from sandan.control.service.permits.checking import owns
from sandan.errors import Conflict, NotFound
from sandan.store import Json, Store
from sandan.words import Text

PERMIT = Text("작업허가", "work permit")


def need(conn: Connection, actor: Actor, id: str, *states: PermitState) -> WorkPermit:
    """The permit, while it is in one of these states; `NotFound` for another firm's."""
    found = records.read_permit(conn, id)
    if found is None or not owns(actor, found):
        raise NotFound(PERMIT, id)
    if states and found.state not in states:
        name = PERMIT_STATES[found.state]
        raise Conflict(
            Text(
                f"작업허가 {id}은(는) 지금 '{name.ko}' 상태입니다.",
                f"Permit {id} is now '{name.en.lower()}'.",
            )
        )
    return found


def tell(
    store: Store,
    conn: Connection,
    actor: Actor,
    permit: WorkPermit,
    kind: str,
    said: Mapping[str, Json],
    now: datetime,
) -> None:
    """Keep what happened to a permit, in the transaction of the change."""
    store.events.append(
        conn, kind, actor=actor, subject=permit.id, payload=said, at=now, tenant=permit.tenant
    )
