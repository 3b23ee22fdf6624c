"""Who has an incident in hand: given, asked of the next shift, taken over. One owner at every moment."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.control.model.incidents import ACTIVE, Handover, Incident
from sandan.control.model.rights import CASES, OPERATE
from sandan.control.records.incidents import cases
from sandan.control.service.incidents.changing import checked_text, need, need_active, put, tell
from sandan.control.service.incidents.reading import HANDLERS
from sandan.errors import Conflict, InvalidInput
from sandan.store import Store
from sandan.words import Text


def assign(
    store: Store, actor: Actor, id: str, owner: str, now: datetime, seen: int | None = None
) -> Incident:
    """Give the incident to somebody who may handle it; to oneself is taking it over."""
    actor.require(OPERATE)
    with store.registry.write() as conn:
        incident = need_active(conn, id, seen)
        _may_handle(conn, actor, owner)
        cases.settle_handovers(conn, id, now)
        changed = put(conn, incident, owner=owner)
        tell(store, conn, actor, changed, "IncidentAssigned", {"owner": owner}, now)
        return changed


def _may_handle(conn: Connection, actor: Actor, owner: str) -> None:
    if owner != actor.id and owner not in cases.staff(conn, HANDLERS):
        raise InvalidInput.because(
            "owner",
            Text(f"'{owner[:60]}'은(는) 관제사가 아닙니다.", f"'{owner[:60]}' is no operator."),
            Text("목록에서 고르십시오.", "choose one of the list."),
        )


def hand_over(store: Store, actor: Actor, id: str, taker: str, text: str, now: datetime) -> None:
    """Ask the next shift to take the incident; it stays with its owner until then."""
    actor.require(OPERATE)
    text = checked_text("note", text)
    with store.registry.write() as conn:
        incident = need_active(conn, id)
        _may_handle(conn, actor, taker)
        ask_over(store, conn, actor, incident, taker, text, now)


def ask_over(
    store: Store, conn: Connection, actor: Actor, incident: Incident, taker: str, text: str, now: datetime
) -> None:
    """The same, in a transaction that is open."""
    cases.settle_handovers(conn, incident.id, now)
    cases.add_handover(conn, incident.id, incident.owner, taker, text, now)
    tell(store, conn, actor, incident, "IncidentHandedOver", {"taker": taker, "note": text}, now)


def accept_handover(store: Store, actor: Actor, id: str, now: datetime) -> Incident:
    """Take what was handed over to this actor; from now on it is theirs."""
    actor.require(OPERATE)
    with store.registry.write() as conn:
        incident = need_active(conn, id)
        mine = [one for at, one in cases.waiting_handovers(conn) if (at, one.taker) == (id, actor.id)]
        if not mine:
            raise Conflict(
                Text(
                    "인계 요청이 없거나 다른 사람이 먼저 받았습니다.",
                    "There is no handover to you, or somebody else took it first.",
                )
            )
        return take_over(store, conn, actor, incident, mine[-1].giver, now)


def take_over(
    store: Store, conn: Connection, actor: Actor, incident: Incident, giver: str, now: datetime
) -> Incident:
    """The same, in a transaction that is open."""
    cases.settle_handovers(conn, incident.id, now)
    changed = put(conn, incident, owner=actor.id)
    tell(store, conn, actor, changed, "HandoverAccepted", {"giver": giver}, now)
    return changed


def hand_over_shift(store: Store, actor: Actor, taker: str, text: str, now: datetime) -> int:
    """Ask the next shift to take all that this actor has in hand; how many incidents that were."""
    actor.require(OPERATE)
    text = checked_text("note", text)
    with store.registry.write() as conn:
        _may_handle(conn, actor, taker)
        mine = [one for one in cases.find_incidents(conn, states=ACTIVE) if one.owner == actor.id][::-1]
        if not mine or taker == actor.id:
            raise InvalidInput.because(
                "taker",
                Text(
                    "넘길 사건이 없거나 자신에게 넘깁니다.",
                    "there is nothing to hand over, or it is to yourself.",
                ),
                Text("다음 근무자를 고르십시오.", "choose who is next on duty."),
            )
        for incident in mine:
            ask_over(store, conn, actor, incident, taker, text, now)
    return len(mine)


def accept_shift(store: Store, actor: Actor, now: datetime) -> int:
    """Take all that was handed over to this actor and is still under way; how many incidents that were."""
    actor.require(OPERATE)
    with store.registry.write() as conn:
        given = {id: one.giver for id, one in cases.waiting_handovers(conn) if one.taker == actor.id}
        for id, giver in given.items():
            incident = need(conn, id)
            if incident.active:
                take_over(store, conn, actor, incident, giver, now)
    return len(given)


def read_waiting(store: Store, actor: Actor) -> list[tuple[str, Handover]]:
    """Every handover of an incident under way that nobody has accepted yet, with the incident's id."""
    actor.require(CASES)
    with store.registry.read() as conn:
        return cases.waiting_handovers(conn)
