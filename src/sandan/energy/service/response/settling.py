"""Settlements of events: a preview from what is known now, final papers, and what changed between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from sqlalchemy.engine import Connection

from sandan.access import SYSTEM, Actor
from sandan.clock import milliseconds
from sandan.energy.engine.demand_response import baseline_rule, settle_event
from sandan.energy.model.demand_response import Award, Bid, EventSettlement, Grouping, PaymentTerms
from sandan.energy.model.papers import Paper, PaperKind
from sandan.energy.model.rates import Floats
from sandan.energy.model.response import Call, Settled, SettledCustomer, SettledHour
from sandan.energy.model.rights import SEE, TRADE
from sandan.energy.service.papers import Papers
from sandan.energy.service.response.book import find_call
from sandan.energy.service.response.measuring import Measured, Part, measure
from sandan.energy.service.response.register import SUBJECT, payment_terms, unknown
from sandan.errors import Conflict, Finding, InvalidInput, NotFound
from sandan.store import Store
from sandan.words import Text

BY_EVENT = ("day_hours", "paid_up_to", "fails_below", "rounding", "operator_share")
"""What the settlement of an event needs of the register."""
PAPERS = Papers(PaperKind.REDUCTION, Settled, "ResponseSettled")


def settle(measured: Measured) -> Settled | None:
    """The settlement of an event from what is known; won are None while terms or prices are missing.

    None where no baseline can be made at all.
    """
    call, resource = measured.call, measured.resource.body
    if measured.reductions is None or resource.day_hours is None:
        return None
    terms = payment_terms(resource)
    made = None
    if terms is not None and call.prices:
        made = settle_event(
            _award(call),
            [one.meter.id for one in measured.parts],
            measured.reductions,
            np.array(call.prices),
            terms,
        )
    return _settled(measured, made, terms, resource.day_hours)


def missing_for(measured: Measured) -> list[tuple[Text, Text]]:
    """What keeps an event from being settled, and who gives it."""
    found = unknown(measured.resource.body, BY_EVENT)
    if not measured.call.prices:
        found.append(
            (Text("시간별 가격", "price of each hour"), Text("전력거래소 공시", "published by the market"))
        )
    return found


@dataclass(frozen=True, slots=True)
class Change:
    """One line that differs between two versions."""

    name: Text
    before: float | None
    after: float | None
    unit: str


def changes(old: Settled, new: Settled) -> list[Change]:
    """What differs between two versions, line by line: customers, hours, terms, and the sum."""
    found: list[Change] = []
    was = {one.meter: one for one in old.customers}
    for one in new.customers:
        before = was.get(one.meter)
        left = None if before is None else before.left
        won = None if before is None else before.won
        found += _differs(Text(f"{one.name} 감축량", f"{one.name}, left"), left, one.left, "kWh")
        found += _differs(Text(f"{one.name} 정산금", f"{one.name}, paid"), won, one.won, "won")
    for hour_before, hour in zip(old.hours, new.hours, strict=True):
        name = Text(f"{hour.hour}시 가격", f"price at {hour.hour}:00")
        found += _differs(name, hour_before.price, hour.price, "won/kWh")
    for field, ko, en in (
        ("paid_up_to", "낙찰 초과 정산 한도", "paid up to"),
        ("fails_below", "미이행 기준", "fails below"),
        ("operator_share", "사업자 몫", "operator's share"),
    ):
        found += _differs(Text(ko, en), getattr(old, field), getattr(new, field), "1")
    return found + _differs(Text("합계", "Total"), old.won, new.won, "won")


@dataclass(frozen=True, slots=True)
class Restated:
    """A final paper with what differs from the version before."""

    paper: Paper[Settled]
    changes: Sequence[Change]


def papers_of(conn: Connection, id: str) -> list[Restated]:
    """Every version of an event's settlement, oldest first."""
    found = PAPERS.versions(conn, SUBJECT, id)
    return [
        Restated(one, changes(found[at - 1].body, one.body) if at else ()) for at, one in enumerate(found)
    ]


def newest_papers(conn: Connection) -> dict[str, Paper[Settled]]:
    """The newest settlement of each event."""
    return {one.period: one for one in PAPERS.newest(conn, subject=SUBJECT)}


def banned_until(conn: Connection) -> date | None:
    """The day on which the resource may bid again, where a final settlement says that it failed."""
    days = [
        one.body.banned_until for one in newest_papers(conn).values() if one.body.banned_until is not None
    ]
    return max(days, default=None)


def make_final(store: Store, actor: Actor, id: str, seen: int, reason: str, now: datetime) -> Paper[Settled]:
    """Keep the settlement of an event that is over; needs all terms and prices."""
    actor.require(TRADE)
    with store.registry.write() as conn:
        call = find_call(conn, actor, id)
        if call.end > now or call.cancelled:
            raise Conflict(Text("끝난 지시만 확정할 수 있습니다.", "Only what is over can become final."))
        measured = measure(store, conn, actor, call, now)
        missing = missing_for(measured)
        body = settle(measured)
        if missing or body is None:
            raise InvalidInput(
                [
                    Finding(
                        "terms",
                        Text(f"'{name.ko}'을(를) 모릅니다.", f"'{name.en}' is not known."),
                        Text(f"{who.ko}에서 옮겨 적으십시오.", f"Take it from {who.en}."),
                    )
                    for name, who in missing
                ]
            )
        return PAPERS.finish(
            store,
            conn,
            actor,
            SUBJECT,
            id,
            body,
            now,
            seen=seen,
            reason=reason,
            simulated=measured.simulated,
            payload={"won": body.won, "kw": call.kw},
        )


@dataclass(frozen=True, slots=True)
class Mine:
    """A customer's part of an event: as final if it is, else as it stands."""

    call: Call
    part: Part
    settled: SettledCustomer | None
    final: Paper[Settled] | None
    missing: Sequence[tuple[Text, Text]]
    grouping: Grouping
    simulated: bool


def my_part(store: Store, actor: Actor, id: str, meter: str, now: datetime) -> Mine:
    """One customer's part, for itself or for staff; a firm is told of another's that there is none.

    The whole event is measured, since what one gets depends on all; only the own part is handed out.
    """
    actor.require(SEE)
    with store.registry.read() as conn:
        call = find_call(conn, actor, id)
        asked = [one for one in call.asked if one.meter == meter]
        if not asked or (actor.tenant is not None and asked[0].tenant != actor.tenant):
            raise NotFound(Text("감축 요청", "request"), f"{id} {meter}")
        measured = measure(store, conn, SYSTEM, call, now)
        papers = PAPERS.versions(conn, SUBJECT, id)
    final = papers[-1] if papers else None
    whole = final.body if final else settle(measured)
    lines = whole.customers if whole is not None else ()
    return Mine(
        call,
        next(one for one in measured.parts if one.meter.id == meter),
        next((one for one in lines if one.meter == meter), None),
        final,
        missing_for(measured),
        measured.grouping,
        measured.simulated,
    )


def _award(call: Call) -> Award:
    bid = Bid(SUBJECT, call.day, call.hour, call.hours, call.kw / 1000, milliseconds(call.called_at))
    return Award(bid, call.kw)


def _settled(
    measured: Measured, made: EventSettlement | None, terms: PaymentTerms | None, day_hours: tuple[int, int]
) -> Settled:
    call, reductions = measured.call, measured.reductions
    assert reductions is not None
    span = slice(call.hour, call.hour + call.hours)
    customers, base, load = [], [], []
    for one in measured.parts:
        assert one.expected is not None
        base.append(one.expected.adjusted[span])
        load.append(one.expected.load[span])
        customers.append(
            SettledCustomer(
                one.meter.id,
                one.name,
                one.asked.tenant,
                one.asked.kw,
                one.enrolment.baseline,
                one.expected.made.standing,
                one.expected.made.days,
                _plain(base[-1]),
                _plain(load[-1]),
                None if made is None else made.customers[one.meter.id],
            )
        )
    counted = reductions.grouped
    bases, loads = np.stack(base)[counted].sum(axis=0), np.stack(load)[counted].sum(axis=0)
    hours = tuple(
        SettledHour(
            call.hour + at,
            _number(bases[at]),
            _number(loads[at]),
            _number(reductions.resource[at]),
            None if made is None else _number(made.paid[at]),
            call.prices[at] if call.prices else None,
            None if made is None else int(made.won[at]),
        )
        for at in range(call.hours)
    )
    rules = {f"{one.enrolment.baseline} {_version(one, call)}" for one in measured.parts}
    return Settled(
        call.programme,
        call.day,
        call.hour,
        call.kw,
        hours,
        tuple(customers),
        None if made is None else int(made.won.sum()),
        None if made is None else made.operator,
        None if made is None else _number(made.fulfilment),
        made is not None and made.failed,
        None if made is None else made.banned_until,
        bool(np.isfinite(reductions.resource).all()),
        measured.resource.version,
        (*sorted(rules), f"grouping {measured.grouping.version}"),
        call.price_source,
        None if terms is None else terms.paid_up_to,
        None if terms is None else terms.fails_below,
        None if terms is None else terms.operator_share,
        None if terms is None else terms.rounding,
        day_hours,
    )


def _version(part: Part, call: Call) -> str:
    return baseline_rule(part.enrolment.baseline, call.day).version


def _differs(name: Text, before: object, after: object, unit: str) -> list[Change]:
    old = None if before is None else float(str(before))
    new = None if after is None else float(str(after))
    return [] if old == new else [Change(name, old, new, unit)]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 6)


def _plain(values: Floats) -> tuple[float | None, ...]:
    return tuple(_number(one) for one in values.tolist())
