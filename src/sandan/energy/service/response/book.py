"""The book of bids and instructions: each is kept in versions, the newest holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import TypeAdapter
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.energy.model.response import Call, Offer
from sandan.energy.records.responses import ResponseKind, add_response, newest_responses, response_versions
from sandan.errors import Conflict, NotFound
from sandan.words import Text

_CALL: TypeAdapter[Call] = TypeAdapter(Call)
_OFFER: TypeAdapter[Offer] = TypeAdapter(Offer)


def calls_of(conn: Connection, since: date | None = None) -> list[Call]:
    """Every instruction from a day on in its newest version, oldest first, cancelled ones too."""
    found = newest_responses(conn, ResponseKind.CALL, since.isoformat() if since else "")
    return [_CALL.validate_python(one) for one in found]


def find_call(conn: Connection, actor: Actor, id: str) -> Call:
    """One instruction; a firm that was not asked is told that there is none."""
    found = response_versions(conn, ResponseKind.CALL, id)
    call = _CALL.validate_python(found[-1]) if found else None
    if call is None or (actor.tenant is not None and all(one.tenant != actor.tenant for one in call.asked)):
        raise NotFound(Text("감축 지시", "instruction"), id)
    return call


def call_versions(conn: Connection, id: str) -> list[Call]:
    """Every version of an instruction, oldest first."""
    return [_CALL.validate_python(one) for one in response_versions(conn, ResponseKind.CALL, id)]


def put_call(conn: Connection, actor: Actor, call: Call, now: datetime) -> None:
    """Keep the next version; `Conflict` when somebody else has made it meanwhile."""
    _confirm(len(response_versions(conn, ResponseKind.CALL, call.id)), call.version)
    body = _CALL.dump_python(call, mode="json")
    add_response(conn, ResponseKind.CALL, call.id, call.version, now, actor.id, body)


def offers_of(conn: Connection, since: date | None = None) -> list[Offer]:
    """Every bid for days from one on in its newest version, oldest first."""
    found = newest_responses(conn, ResponseKind.OFFER, since.isoformat() if since else "")
    return [_OFFER.validate_python(one) for one in found]


def find_offer(conn: Connection, id: str) -> Offer:
    """One bid."""
    found = response_versions(conn, ResponseKind.OFFER, id)
    if not found:
        raise NotFound(Text("입찰", "bid"), id)
    return _OFFER.validate_python(found[-1])


def put_offer(conn: Connection, actor: Actor, offer: Offer, now: datetime) -> None:
    """Keep the next version; `Conflict` when somebody else has made it meanwhile."""
    _confirm(len(response_versions(conn, ResponseKind.OFFER, offer.id)), offer.version)
    body = _OFFER.dump_python(offer, mode="json")
    add_response(conn, ResponseKind.OFFER, offer.id, offer.version, now, actor.id, body)


def active_calls(calls: Sequence[Call], now: datetime) -> list[Call]:
    """Instructions that are neither over nor taken back, soonest first."""
    return sorted((one for one in calls if not one.cancelled and one.end > now), key=lambda one: one.start)


def event_days(calls: Sequence[Call], meter: str) -> frozenset[date]:
    """The days on which this customer was asked: they enter no baseline."""
    return frozenset(
        call.day for call in calls if not call.cancelled and any(one.meter == meter for one in call.asked)
    )


def _confirm(kept: int, version: int) -> None:
    if kept != version - 1:
        raise Conflict(
            Text(
                "그사이 다른 사람이 바꾸었습니다. 새로 고친 뒤 다시 하십시오.",
                "Somebody has changed it meanwhile. Reload and try again.",
            )
        )
