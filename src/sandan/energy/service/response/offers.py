"""Bids: what could be offered from forecasts and costs, handing one in, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import numpy as np

from sandan.access import Actor
from sandan.clock import HOUR_MS, SEOUL, Period, milliseconds
from sandan.energy.engine.demand_response import check_award, check_bid, limits, working_day
from sandan.energy.model.demand_response import HOURS, Bid, Programme
from sandan.energy.model.outlook import Told
from sandan.energy.model.rates import SLOT_MS, Floats
from sandan.energy.model.response import Customer, Offer, moment_id
from sandan.energy.model.rights import TRADE
from sandan.energy.records.forecasts import newest_told
from sandan.energy.service.readings import ENERGY, points_on
from sandan.energy.service.response.baselines import BACK, expect_day, holidays_around, hourly_loads
from sandan.energy.service.response.book import calls_of, event_days, find_offer, offers_of, put_offer
from sandan.energy.service.response.calls import enter_call
from sandan.energy.service.response.register import SUBJECT, faults_of, resource_of
from sandan.energy.service.response.settling import banned_until
from sandan.energy.service.response.wishes import Wish
from sandan.errors import Finding, InvalidInput
from sandan.store import Json, Store
from sandan.twin.model import Thing
from sandan.words import Text

LOW = 0.1
"""The quantile of the load that a customer is trusted to have: it cannot leave what it does not use."""


@dataclass(frozen=True, slots=True)
class Possible:
    """What one customer could leave in the hours of a bid."""

    customer: Customer
    meter: Thing
    firm: Thing | None
    baseline: float
    forecast: float
    """Means over the hours [kW]; NaN is not known."""
    can: float
    """The pledge, or the load it will surely have if that is less [kW]."""
    counts: float
    """What would be measured of it: baseline − (forecast − can), in the worst hour [kW]."""
    why_not: Text | None
    """Why it is left out of the bid."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What could be bid."""

    day: date
    hour: int
    hours: int
    rows: Sequence[Possible]
    kw: float
    mw: int
    """Whole MW within what counts, as a bid takes them."""
    closes: datetime
    price: float | None
    findings: Sequence[Finding]
    forecast_at: datetime | None


def gate_of(day: date) -> datetime:
    """When bids for a day close."""
    rule = limits(day)
    return datetime.combine(day - timedelta(days=rule.bid_days_before), time(rule.bid_hour), SEOUL)


def next_market_day(now: datetime) -> date:
    """The first working day for which a bid can still be handed in."""
    day = now.astimezone(SEOUL).date()
    while not working_day(day, holidays_around(day)) or gate_of(day) <= now:
        day += timedelta(days=1)
    return day


def suggest_bid(
    store: Store, actor: Actor, day: date, hour: int, hours: int, price: float | None, now: datetime
) -> Suggestion:
    """What each customer could leave by the newest forecasts; `price` [won/kWh] leaves dear ones out."""
    actor.require(TRADE)
    today = now.astimezone(SEOUL).date()
    last = min(day, today) - timedelta(days=1)
    with store.registry.read() as conn:
        resource = resource_of(store, conn).body
        enrolled = [one for one in resource.customers if one.enrolment.year == day.year]
        meters = [one.enrolment.customer for one in enrolled]
        things = {one.id: one for one in store.things.all(conn, {"meter", "firm"})}
        points = points_on(store, conn, set(meters), ENERGY) if meters else {}
        told = newest_told(conn, [one.id for one in points.values()])
        calls = calls_of(conn, day - timedelta(days=BACK))
        loads = hourly_loads(store, conn, meters, day - timedelta(days=BACK), last, now) if meters else None
    span = slice(hour, hour + hours)
    rows = []
    for one in enrolled:
        meter = one.enrolment.customer
        base = np.full(HOURS, np.nan)
        if loads is not None and resource.day_hours is not None:
            days = event_days(calls, meter)
            base = expect_day(one.enrolment, loads, day, hour, resource.day_hours, days).made.energy
        of = told.get(points[meter].id) if meter in points else None
        rows.append(
            _possible(
                one, things, base[span], _by_hour(of, day, LOW)[span], _by_hour(of, day, 0.5)[span], price
            )
        )
    rows.sort(key=lambda one: (one.why_not is not None, -np.nan_to_num(one.counts)))
    total = float(sum(one.counts for one in rows if one.why_not is None))
    findings: Sequence[Finding] = ()
    try:
        _check(store, Bid(SUBJECT, day, hour, hours, max(1, int(total // 1000)), milliseconds(now)), now)
    except InvalidInput as error:
        findings = error.findings
    newest = max((one.told_at for one in told.values()), default=None)
    return Suggestion(
        day, hour, hours, rows, total, int(total // 1000), gate_of(day), price, findings, newest
    )


def hand_in(
    store: Store,
    actor: Actor,
    day: date,
    hour: int,
    hours: int,
    mw: str,
    now: datetime,
    *,
    simulated: bool = False,
) -> Offer:
    """Keep a bid as handed in at `now`; `InvalidInput` with all that keeps the market from taking it."""
    actor.require(TRADE)
    try:
        size = float(mw.strip())
    except ValueError:
        size = 0.0
    _check(store, Bid(SUBJECT, day, hour, hours, size, milliseconds(now)), now)
    with store.registry.write() as conn:
        id = moment_id(day, hour)
        old = [one for one in offers_of(conn, day) if one.id == id]
        if old and old[-1].awarded is not None:
            raise InvalidInput.because(
                "bid.hour",
                Text("이 시간의 입찰은 이미 결과가 나왔습니다.", "This bid has its result already."),
                Text("다른 시간을 고르십시오.", "Choose other hours."),
            )
        version = old[-1].version + 1 if old else 1
        made = Offer(id, version, day, hour, hours, int(size), now, simulated=simulated)
        put_offer(conn, actor, made, now)
        said: dict[str, Json] = {
            "bid": id,
            "day": day.isoformat(),
            "hour": hour,
            "hours": hours,
            "mw": made.mw,
        }
        store.events.append(conn, "ResponseBidHandedIn", actor=actor, subject=SUBJECT, payload=said, at=now)
    return made


def record_award(store: Store, actor: Actor, id: str, seen: int, kw: str, now: datetime) -> Offer:
    """Write down what the market took; from what it took an instruction is made at once, 0 ends it."""
    actor.require(TRADE)
    text = kw.strip().replace(",", "")
    if not text.isdecimal():
        raise InvalidInput.because(
            "kw",
            Text(f"'{text}'은(는) 쓸 수 없습니다.", f"'{text}' cannot be used."),
            Text("낙찰량을 kW로, 낙찰되지 않았으면 0을 적으십시오.", "Give kW, or 0 when none was taken."),
        )
    with store.registry.read() as conn:
        offer = find_offer(conn, id)
    taken = int(text)
    if taken:
        check_award(
            Bid(SUBJECT, offer.day, offer.hour, offer.hours, offer.mw, milliseconds(offer.sent_at)), taken
        )
        wish = Wish(Programme.ECONOMIC, offer.day, offer.hour, offer.hours, taken)
        row = {
            "programme": str(wish.programme),
            "day": wish.day.isoformat(),
            "hour": str(wish.hour),
            "hours": str(wish.hours),
            "kw": str(wish.kw),
        }
        enter_call(store, actor, row, (), now, offer=id, simulated=offer.simulated)
    with store.registry.write() as conn:
        made = replace(offer, version=seen + 1, awarded=taken)
        put_offer(conn, actor, made, now)
        said: dict[str, Json] = {"bid": id, "kw": taken, "mw": offer.mw}
        store.events.append(conn, "ResponseAwarded", actor=actor, subject=SUBJECT, payload=said, at=now)
    return made


def _check(store: Store, bid: Bid, now: datetime) -> None:
    """Raise with everything that keeps a bid from being taken, of the bid and of the resource."""
    with store.registry.read() as conn:
        resource = resource_of(store, conn).body
        ban = banned_until(conn)
    found: list[Finding] = []
    if Programme.ECONOMIC not in resource.programmes:
        found.append(
            Finding(
                "resource",
                Text("경제성 DR에 등록되지 않았습니다.", "The resource is not in the economic programme."),
                Text("자원 등록에서 고르십시오.", "Choose it in the register."),
            )
        )
    found += faults_of(resource, now)
    try:
        check_bid(bid, holidays_around(bid.day), ban)
    except InvalidInput as error:
        found += error.findings
    if found:
        raise InvalidInput(found)


def _possible(
    one: Customer,
    things: Mapping[str, Thing],
    base: Floats,
    least: Floats,
    middle: Floats,
    price: float | None,
) -> Possible:
    meter = things[one.enrolment.customer]
    firm = things.get(meter.tenant or "")
    can = np.minimum(one.enrolment.pledged, np.maximum(least, 0))
    counts = base - (middle - can)
    why = None
    if np.isnan(middle).any():
        why = Text("예측 없음", "not forecast")
    elif np.isnan(base).any():
        why = Text("CBL 없음", "no baseline")
    elif price is not None and one.cost is not None and one.cost > price:
        why = Text("감축 비용이 가격보다 높음", "costs more than the price")
    elif counts.min() <= 0:
        why = Text("CBL보다 많이 쓸 것으로 예측", "will use more than its baseline")
    return Possible(
        one,
        meter,
        firm,
        float(base.mean()),
        float(middle.mean()),
        float(can.min()),
        float(counts.min()),
        why,
    )


def _by_hour(told: Told | None, day: date, quantile: float) -> Floats:
    """A quantile of a forecast by hours of a day [kWh, 24]; NaN where it does not reach or tells none."""
    found = np.full(HOURS, np.nan)
    if told is None:
        return found
    column = int(np.argmin([abs(one - quantile) for one in told.quantiles]))
    values = told.values[:, column].astype(np.float64)
    if np.isnan(values).all():
        values = told.values[:, int(np.argmin([abs(one - 0.5) for one in told.quantiles]))].astype(np.float64)
    at = (milliseconds(Period.day(day).start) - milliseconds(told.until)) // SLOT_MS
    per = HOUR_MS // SLOT_MS
    for hour in range(HOURS):
        first = at + hour * per
        if first >= 0 and first + per <= len(values):
            found[hour] = values[first : first + per].sum()
    return found
