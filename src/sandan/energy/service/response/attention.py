"""What the control room is told of demand response: an event near or under way, a gate about to close."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL
from sandan.domain import Attention
from sandan.energy.model.demand_response import Programme
from sandan.energy.model.response import Call
from sandan.energy.model.rights import SEE, TRADE
from sandan.energy.service.response.book import active_calls, calls_of, offers_of
from sandan.energy.service.response.offers import gate_of, next_market_day
from sandan.energy.service.response.register import resource_of
from sandan.store import Store
from sandan.words import Text

NEAR, GATE = timedelta(hours=24), timedelta(hours=1)
"""How long before an event, and before a gate without a bid, it is told."""


def response_attention(store: Store, actor: Actor, now: datetime) -> Sequence[Attention]:
    """Staff of energy hear of events and gates, a firm of what it is asked."""
    if not actor.may(SEE):
        return ()
    today = now.astimezone(SEOUL).date()
    with store.registry.read() as conn:
        calls = [one for one in active_calls(calls_of(conn, today), now) if one.start - now <= NEAR]
        if actor.tenant is not None:
            return [told for one in calls for told in _asked(one, actor.tenant, now)]
        found = [_event(one, now) for one in calls]
        if actor.may(TRADE):
            found += _gate(store, conn, now)
    return found


def _event(one: Call, now: datetime) -> Attention:
    running = one.start <= now
    ko = "감축 중" if running else "감축 예정"
    en = "reduction under way" if running else "reduction to come"
    hours = f"{one.hour:02}:00–{one.hour + one.hours:02}:00"
    return Attention(
        2 if running else 3,
        Text(f"수요반응: {ko}", f"Demand response: {en}"),
        Text(f"{one.day:%m-%d} {hours}, {one.kw:,} kW", f"{one.day:%m-%d} {hours}, {one.kw:,} kW"),
        one.called_at,
        f"/energy/dr/events/{one.id}",
        id=f"response-{one.id}",
    )


def _asked(one: Call, tenant: str, now: datetime) -> list[Attention]:
    running = one.start <= now
    now_, later = Text("감축 요청: 지금", "Reduce now"), Text("감축 요청", "You are asked to reduce")
    when = f"{one.day:%m-%d} {one.hour:02}:00–{one.hour + one.hours:02}:00"
    return [
        Attention(
            2 if running else 3,
            now_ if running else later,
            Text(f"{when} {each.kw:,} kW 줄이기", f"{when}: {each.kw:,} kW less"),
            one.called_at,
            f"/energy/dr/events/{one.id}",
            tenant,
            each.meter,
            f"response-{one.id}-{each.meter}",
        )
        for each in one.asked
        if each.tenant == tenant
    ]


def _gate(store: Store, conn: Connection, now: datetime) -> list[Attention]:
    """The next gate, in its last hour and while nothing is handed in for it."""
    resource, day = resource_of(store, conn).body, next_market_day(now)
    closes = gate_of(day)
    quiet = Programme.ECONOMIC not in resource.programmes or not resource.customers
    if quiet or closes - now > GATE or any(one.day == day for one in offers_of(conn, day)):
        return []
    return [
        Attention(
            4,
            Text("수요반응 입찰 마감이 다가옵니다", "A gate for demand response is about to close"),
            Text(f"{day:%m-%d} 거래분, {closes:%H:%M} 마감", f"for {day:%m-%d}, closes at {closes:%H:%M}"),
            closes - GATE,
            f"/energy/dr/bid?day={day}",
            id=f"response-gate-{day}",
        )
    ]
