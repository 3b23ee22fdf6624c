"""What yesterday's plan would have been worth: lived through with its forecast, beside perfect foresight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from sandan.access import SYSTEM, Actor
from sandan.clock import SEOUL, Period, instant, milliseconds
from sandan.energy.engine.months import month_of
from sandan.energy.engine.plan import regret, slice_site
from sandan.energy.engine.tariff import rates
from sandan.energy.model.operation import KeptPlan
from sandan.energy.model.outlook import Of, Series
from sandan.energy.model.plan import Battery, Site
from sandan.energy.model.rates import SLOT_HOURS, SLOT_MS
from sandan.energy.model.rights import SEE
from sandan.energy.records.plans import plans_at_gate
from sandan.energy.service.bills import terms_of
from sandan.energy.service.outlook import read_site, series_of
from sandan.errors import InvalidInput
from sandan.store import Fact, Json, Store

JUDGED = "ScheduleJudged"
EVERY = 4
"""Quarter-hours between plans when a day is lived through again."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Judged:
    """A past day of a site [won]: nothing done, as planned from the forecast, with perfect foresight."""

    day: date
    idle: int
    planned: int
    perfect: int

    @property
    def regret(self) -> int:
        return self.planned - self.perfect


def judge_due(store: Store, now: datetime) -> bool:
    """Whether yesterday has plans of 17:00 the day before that nobody has judged."""
    yesterday = now.astimezone(SEOUL).date() - DAY
    with store.registry.read() as conn:
        plans = _plans_for(plans_at_gate(conn, Period.day(yesterday).start - DAY), yesterday)
        last = store.events.find(conn, kind=JUDGED, limit=1)
    return bool(plans) and not (last and str(last[0].payload["day"]) >= yesterday.isoformat())


def judge_yesterday(store: Store, now: datetime) -> list[tuple[str, Judged]]:
    """Live through yesterday at each site knowing only the forecast of 17:00 before; each is an event.

    A site is left out whose day was not metered whole, or whose plan does not reach its end.
    """
    yesterday = now.astimezone(SEOUL).date() - DAY
    period = Period.day(yesterday)
    with store.registry.read() as conn:
        plans = _plans_for(plans_at_gate(conn, period.start - DAY), yesterday)
        sites = {one.thing.id: one for one in series_of(store, conn) if one.of is Of.SITE}
    found: list[tuple[str, Judged]] = []
    facts: list[Fact] = []
    for plan in plans:
        one = _judge(store, sites.get(plan.meter), plan, period, now)
        if one is not None:
            found.append((plan.meter, one))
            payload: dict[str, Json] = {
                "day": yesterday.isoformat(),
                "idle": one.idle,
                "planned": one.planned,
                "perfect": one.perfect,
            }
            facts.append(Fact(JUDGED, plan.meter, payload, plan.tenant))
    if facts:
        with store.registry.write() as conn:
            store.events.extend(conn, facts, actor=SYSTEM, at=now)
    return found


def judged_days(store: Store, actor: Actor, meter: str, limit: int = 14) -> list[Judged]:
    """How the last days' plans turned out, newest first."""
    actor.require(SEE)
    with store.registry.read() as conn:
        events = store.events.find(conn, kind=JUDGED, subject=meter, limit=limit)
    return [
        Judged(
            date.fromisoformat(str(one.payload["day"])),
            *(int(str(one.payload[name])) for name in ("idle", "planned", "perfect")),
        )
        for one in events
        if actor.sees(one.tenant)
    ]


def _plans_for(plans: Sequence[KeptPlan], day: date) -> list[KeptPlan]:
    """The plans that were made on the day before."""
    return [one for one in plans if one.made_at.astimezone(SEOUL).date() == day - DAY]


def _judge(
    store: Store, series: Series | None, plan: KeptPlan, period: Period, now: datetime
) -> Judged | None:
    start, end = milliseconds(period.start), milliseconds(period.end)
    first, n = (start - plan.course.start) // SLOT_MS, (end - start) // SLOT_MS
    if series is None or first < 0 or first + n > len(plan.course.load):
        return None
    load = read_site(store, series, start, end, now).astype(np.float64) / SLOT_HOURS
    if not np.isfinite(load).all():
        return None
    with store.registry.read() as conn:
        try:
            terms = terms_of(store, conn, plan.meter, month_of(instant(start)), plan.made_at)
        except InvalidInput:
            return None
    starts = start + SLOT_MS * np.arange(n, dtype=np.int64)
    prices = rates(
        terms.agreement.contract, terms.schedule, terms.levies, starts, terms.calendar, terms.history,
        month=month_of(instant(start)),
    )  # fmt: skip
    prices = replace(prices, standing_demand=max(prices.standing_demand, plan.standing))
    held = float(plan.course.stored[first]) / plan.energy
    unit = Battery(
        "",
        plan.power,
        plan.energy,
        start=held,
        lowest=min(0.1, held),
        highest=max(0.9, held),
        end=held - 1e-9,
    )
    actual = Site(plan.meter, prices, load, (unit,))
    known = replace(
        actual, load=plan.course.load[first : first + n], high_load=plan.course.high[first : first + n]
    )
    lived = regret(actual, lambda at: slice_site(known, at, n), every=EVERY)
    return Judged(
        period.start.astimezone(SEOUL).date(),
        round(lived.idle.total),
        round(lived.rolled.total),
        round(lived.perfect.total),
    )
