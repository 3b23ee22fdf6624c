"""Trying a gateway: one message to an address that somebody types, and what the gateway said to it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sandan.access import Actor
from sandan.control.engine.contacts import is_address
from sandan.control.engine.notices.texts import moment
from sandan.control.model.contacts import Channel
from sandan.control.model.notices import DeliveryState, Mode
from sandan.control.model.rights import DESIGN
from sandan.control.service.notices.desk import Desk
from sandan.control.service.notices.sending import NotSent, Parcel, Sender
from sandan.errors import InvalidInput, NotFound
from sandan.store import Store
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class Tried:
    """How a try of a gateway went."""

    gateway: str
    state: DeliveryState
    error: str = ""


async def try_gateway(
    store: Store, actor: Actor, desk: Desk, live: Sender | None, name: str, address: str, now: datetime
) -> Tried:
    """Send one message to `address`, as the mode allows, and keep that it was sent, but not the address."""
    actor.require(DESIGN)
    tried = await hand_over(desk, live, name, address, now)
    kind = desk.gateways[name].kind.value
    with store.registry.write() as conn:
        store.events.append(
            conn,
            "GatewayTried",
            actor=actor,
            subject=name,
            payload={"kind": kind, "state": tried.state.value, "error": tried.error},
            at=now,
        )
    return tried


async def hand_over(desk: Desk, live: Sender | None, name: str, address: str, now: datetime) -> Tried:
    """Give one message to a gateway; without `live`, or unless the mode is live, nothing leaves the house.

    Raises `InvalidInput` when the address is none of the gateway's kind.
    """
    gateway = desk.gateways.get(name)
    if gateway is None:
        raise NotFound(Text("게이트웨이", "gateway"), name)
    if not is_address(gateway.kind, address):
        raise InvalidInput.because(
            "to",
            Text(f"'{address}'은(는) 쓸 수 없는 주소입니다.", f"'{address}' cannot be used."),
            Text("번호나 주소를 적으십시오.", "give a number or an address."),
        )
    state, error = DeliveryState.RECORDED, ""
    if desk.mode is Mode.OFF:
        state = DeliveryState.OFF
    elif desk.mode is Mode.LIVE and live is not None:
        title = "연락망 시험 Test"
        text = f"산단 연락망 시험입니다({moment(now, 'ko')}). A test of the contact book."
        try:
            key = f"try-{secrets.token_hex(8)}"
            await live.send(Parcel(key, Channel(gateway.kind, address, name), title, text))
            state = DeliveryState.DELIVERED
        except NotSent as refusal:
            state, error = DeliveryState.FAILED, str(refusal)
    return Tried(name, state, error)
