"""The desk at a glance: what is due now, who can reduce, and how past events went; a firm's own as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from sqlalchemy.engine import Connection

from sandan.access import SYSTEM, Actor
from sandan.clock import SEOUL
from sandan.energy.engine.apportion import divide
from sandan.energy.engine.demand_response import base_pay, limits
from sandan.energy.model.demand_response import Programme
from sandan.energy.model.papers import Paper
from sandan.energy.model.response import Answer, Call, Customer, Offer, Resource, Settled, SettledCustomer
from sandan.energy.model.rights import SEE, TRADE
from sandan.energy.service.registers import Edition
from sandan.energy.service.response.book import active_calls, calls_of, offers_of
from sandan.energy.service.response.measuring import measure
from sandan.energy.service.response.offers import gate_of, next_market_day
from sandan.energy.service.response.register import faults_of, resource_of, unknown
from sandan.energy.service.response.running import powers_now
from sandan.energy.service.response.settling import banned_until, newest_papers, settle
from sandan.errors import Finding
from sandan.store import Store
from sandan.twin.model import Thing
from sandan.words import Text

LOOK_BACK = timedelta(days=120)
"""How far back events are listed."""
MEASURED = 6
"""Events without a final settlement that are measured for the list."""
SOON = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Ability:
    """A customer and what it could leave this minute."""

    customer: Customer
    meter: Thing
    firm: Thing | None
    power: float | None
    """Newest active power [kW]; None when nothing fresh was heard."""

    @property
    def can(self) -> float | None:
        """The pledge, or the power if that is less [kW]."""
        return None if self.power is None else max(0.0, min(self.customer.enrolment.pledged, self.power))


@dataclass(frozen=True, slots=True)
class Outcome:
    """An event of the list: as final if it is, else as measured by now; None is not known."""

    call: Call
    left: float | None
    """[kWh]."""
    fulfilment: float | None
    won: int | None
    paper: Paper[Settled] | None


@dataclass(frozen=True, slots=True)
class GateState:
    """The next gate of the market, and what was handed in for it."""

    day: date
    closes: datetime
    offers: Sequence[Offer]


@dataclass(frozen=True, slots=True)
class Desk:
    """What staff see first."""

    resource: Edition[Resource]
    unknown: Sequence[tuple[Text, Text]]
    faults: Sequence[Finding]
    abilities: Sequence[Ability]
    due: Sequence[Call]
    gate: GateState | None
    waiting: Sequence[Offer]
    """Bids whose result nobody has written down."""
    outcomes: Sequence[Outcome]
    hours_used: int
    hours_a_year: int
    banned_until: date | None
    base_pay: int | None
    """Of this month for all customers [won]; None while its price is not known."""
    simulated: bool

    @property
    def pledged(self) -> float:
        """[kW]."""
        return sum(one.customer.enrolment.pledged for one in self.abilities)

    @property
    def can(self) -> float:
        """What is heard of now could leave [kW]."""
        return sum(one.can or 0.0 for one in self.abilities)


def response_outcomes(store: Store, actor: Actor, now: datetime) -> list[Outcome]:
    """Every event of late, as final if it is, else as measured by now."""
    actor.require(TRADE if actor.tenant is not None else SEE)
    with store.registry.read() as conn:
        calls = calls_of(conn, now.astimezone(SEOUL).date() - LOOK_BACK)
        return _outcomes(store, conn, calls, newest_papers(conn), now)


def look_at_desk(store: Store, actor: Actor, now: datetime) -> Desk:
    """Everything on the first page of the desk."""
    actor.require(TRADE if actor.tenant is not None else SEE)
    today = now.astimezone(SEOUL).date()
    with store.registry.read() as conn:
        resource = resource_of(store, conn)
        calls = calls_of(conn, today - LOOK_BACK)
        offers = offers_of(conn, today - LOOK_BACK)
        papers = newest_papers(conn)
        ban = banned_until(conn)
        abilities = _abilities(store, conn, resource.body, now)
        outcomes = _outcomes(store, conn, calls, papers, now)
    year = [one for one in calls if one.day.year == today.year and not one.cancelled]
    gate = None
    if Programme.ECONOMIC in resource.body.programmes:
        day = next_market_day(now)
        gate = GateState(day, gate_of(day), [one for one in offers if one.day == day])
    pays = [pay_of_month(resource.body, one, today.month)[0] for one in resource.body.customers]
    return Desk(
        resource,
        unknown(resource.body),
        faults_of(resource.body, now) if resource.body.customers else (),
        abilities,
        active_calls(calls, now),
        gate,
        [one for one in offers if one.awarded is None and one.day >= today],
        outcomes,
        sum(one.hours for one in year if one.programme is Programme.RELIABILITY),
        limits(today).hours_a_year,
        ban if ban is not None and ban > today else None,
        None if resource.body.base_pay is None else sum(pays),
        resource.body.simulated or any(one.meter.simulated for one in abilities),
    )


def customers_now(store: Store, actor: Actor, now: datetime) -> list[Ability]:
    """The customers and what each could leave this minute, the largest pledge first."""
    actor.require(TRADE)
    with store.registry.read() as conn:
        return _abilities(store, conn, resource_of(store, conn).body, now)


def _abilities(store: Store, conn: Connection, resource: Resource, now: datetime) -> list[Ability]:
    things = {one.id: one for one in store.things.all(conn, {"meter", "firm"})}
    powers = powers_now(store, conn, [one.enrolment.customer for one in resource.customers], now)
    found = [
        Ability(one, meter, things.get(meter.tenant or ""), powers.get(meter.id))
        for one in resource.customers
        if (meter := things.get(one.enrolment.customer)) is not None
    ]
    return sorted(found, key=lambda one: -one.customer.enrolment.pledged)


def pay_of_month(resource: Resource, one: Customer, month: int) -> tuple[int, int | None]:
    """A customer's base pay of a month [won], and what is left of it after the operator's share."""
    if resource.base_pay is None:
        return 0, None
    whole = base_pay(one.enrolment.pledged, resource.base_pay, month)
    if resource.operator_share is None:
        return whole, None
    kept = Fraction(resource.operator_share)
    return whole, divide(whole, {"operator": kept, "customer": 1 - kept})["customer"]


def _outcomes(
    store: Store, conn: Connection, calls: Sequence[Call], papers: Mapping[str, Paper[Settled]], now: datetime
) -> list[Outcome]:
    """Events that have begun, newest first; of those not final only the newest few are measured."""
    found, measured = [], 0
    for call in reversed(calls):
        if call.cancelled or call.start > now:
            continue
        paper, body = papers.get(call.id), None
        if paper is not None:
            body = paper.body
        elif measured < MEASURED:
            body = settle(measure(store, conn, SYSTEM, call, now))
            measured += 1
        lefts = [] if body is None else [one.left for one in body.hours if one.left is not None]
        left = sum(lefts) if lefts else None
        share = None if left is None or not call.kw else left / (call.kw * len(lefts))
        found.append(Outcome(call, left, share, None if body is None else body.won, paper))
    return found


@dataclass(frozen=True, slots=True)
class MyOutcome:
    """A firm's part of an event."""

    call: Call
    meter: str
    asked: int
    answer: Answer | None
    left: float | None
    won: int | None
    final: bool


@dataclass(frozen=True, slots=True)
class MyDesk:
    """What a firm sees of demand response."""

    enrolled: Sequence[tuple[Customer, Thing]]
    due: Sequence[MyOutcome]
    outcomes: Sequence[MyOutcome]
    pay: int | None
    """Its base pay of this month [won]; None while it is not known."""
    simulated: bool

    @property
    def won(self) -> int | None:
        """What the listed events bring [won]; None when nothing is known."""
        known = [one.won for one in self.outcomes if one.won is not None]
        return sum(known) if known else None


def my_desk(store: Store, actor: Actor, now: datetime) -> MyDesk:
    """The own enrolments, what is asked of the firm now, and its past events."""
    actor.require(SEE)
    today = now.astimezone(SEOUL).date()
    with store.registry.read() as conn:
        resource = resource_of(store, conn).body
        mine = {one.id: one for one in store.things.all(conn, {"meter"}) if one.tenant == actor.tenant}
        calls = [one for one in calls_of(conn, today - LOOK_BACK) if not one.cancelled]
        calls = [one for one in calls if any(each.meter in mine for each in one.asked)]
        papers = newest_papers(conn)
        due = [one for call in active_calls(calls, now) for one in _mine(call, mine, None, False)]
        past, measured = [], 0
        for call in reversed(calls):
            if call.end > now:
                continue
            paper, body = papers.get(call.id), None
            if paper is not None:
                body = paper.body
            elif measured < MEASURED:
                body = settle(measure(store, conn, SYSTEM, call, now))
                measured += 1
            past += _mine(call, mine, body, paper is not None)
    enrolled = [
        (one, mine[one.enrolment.customer]) for one in resource.customers if one.enrolment.customer in mine
    ]
    pays = [pay_of_month(resource, one, today.month)[1] for one, _ in enrolled]
    pay = sum(one for one in pays if one is not None) if pays and None not in pays else None
    return MyDesk(enrolled, due, past, pay, resource.simulated or any(one.simulated for one in mine.values()))


def _mine(call: Call, mine: Mapping[str, Thing], body: Settled | None, final: bool) -> list[MyOutcome]:
    lines: dict[str, SettledCustomer] = {} if body is None else {one.meter: one for one in body.customers}
    return [
        MyOutcome(
            call,
            one.meter,
            one.kw,
            one.answer,
            lines[one.meter].left if one.meter in lines else None,
            lines[one.meter].won if one.meter in lines else None,
            final,
        )
        for one in call.asked
        if one.meter in mine
    ]
