"""What each customer would have used: its baseline from the days before, and which baseline suits it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL, Period, korean_holidays
from sandan.energy.engine.demand_response import (
    adjust_baseline,
    baseline_rule,
    compare_baselines,
    customer_baseline,
    limits,
    working_day,
)
from sandan.energy.model.demand_response import (
    HOURS,
    Adjustment,
    Baseline,
    BaselineTrial,
    DayLoads,
    Enrolment,
)
from sandan.energy.model.rates import Floats
from sandan.energy.model.response import BASELINES
from sandan.energy.model.rights import TRADE
from sandan.energy.service.bills import find_meter
from sandan.energy.service.readings import read_fleet
from sandan.energy.service.response.book import calls_of, event_days
from sandan.energy.service.response.register import resource_of
from sandan.store import Store
from sandan.twin.model import Thing
from sandan.words import Text

BACK = 45
"""Days read before an event: twenty working days, and a long holiday among them."""
TRIED = 40
"""Days, before today, on which baselines are tried."""
ALIKE = 0.005
"""A difference of errors that speaks for neither [1]."""
USUAL_HOURS = (14, 18)
"""Hours a trial looks at unless somebody names others."""


def holidays_around(day: date) -> frozenset[date]:
    """Public holidays of the year and the one before."""
    return korean_holidays(day.year) | korean_holidays(day.year - 1)


def last_working_day(before: date) -> date:
    """The newest working day before a day."""
    day = before - timedelta(days=1)
    while not working_day(day, holidays_around(day)):
        day -= timedelta(days=1)
    return day


def hourly_loads(
    store: Store, conn: Connection, meters: Sequence[str], first: date, last: date, as_of: datetime
) -> DayLoads:
    """Metered energy by the hour of whole days, `last` included; without its four quarters it is missing."""
    period = Period(Period.day(first).start, Period.day(last).end)
    fleet = read_fleet(store, conn, meters, period, as_of, reactive=False)
    days = (last - first).days + 1
    hours = fleet.energy.reshape(len(meters), days, HOURS, 4).sum(axis=3)
    return DayLoads(tuple(meters), first, np.asarray(hours, np.float64))


@dataclass(frozen=True, slots=True)
class Expected:
    """A customer's day beside what it would have been."""

    made: Baseline
    adjusted: Floats
    """The baseline after the same-day adjustment; the same where none was agreed [kWh, 24]."""
    load: Floats
    """[kWh, 24]."""
    history: Floats
    """The days before, as they were metered [kWh, days × 24]."""


def expect_day(
    enrolment: Enrolment,
    loads: DayLoads,
    day: date,
    hour: int,
    day_hours: tuple[int, int],
    events: frozenset[date],
) -> Expected:
    """The baseline of a customer for an event that begins at `hour` of `day`."""
    row = loads.energy[loads.customers.index(enrolment.customer)]
    made = customer_baseline(
        row,
        loads.first,
        day,
        baseline_rule(enrolment.baseline, day),
        holidays_around(day),
        factory=enrolment.factory,
        day_hours=day_hours,
        events=events,
    )
    at = loads.day(day)
    load = row[at] if 0 <= at < len(row) else np.full(HOURS, np.nan)
    adjusted = made.energy
    if enrolment.adjustment is not None:
        adjusted = adjust_baseline(made.energy, load, hour, enrolment.adjustment)
    return Expected(made, adjusted, load, row[: max(0, at)])


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the baselines would have told a customer's last weeks."""

    meter: Thing
    firm: Thing | None
    enrolment: Enrolment | None
    trials: Sequence[BaselineTrial]
    hours: tuple[int, int]
    suggested: BaselineTrial | None
    why: Text | None
    admitted_up_to: float
    simulated: bool


def compare_for(
    store: Store,
    actor: Actor,
    meter: str,
    now: datetime,
    *,
    factory: bool,
    hours: tuple[int, int] = USUAL_HOURS,
    adjustment: Adjustment | None = None,
) -> Comparison:
    """All baselines of a meter tried on its last weeks; with an adjustment, each once with it too."""
    actor.require(TRADE)
    today = now.astimezone(SEOUL).date()
    with store.registry.read() as conn:
        thing = find_meter(store, conn, actor, meter)
        firm = store.things.get(conn, thing.tenant) if thing.tenant else None
        resource = resource_of(store, conn).body
        calls = calls_of(conn)
        loads = hourly_loads(
            store, conn, [meter], today - timedelta(days=TRIED + BACK), today - timedelta(days=1), now
        )
    enrolment = next((one.enrolment for one in resource.customers if one.enrolment.customer == meter), None)
    trials: Sequence[BaselineTrial] = ()
    if resource.day_hours is not None:
        days = [today - timedelta(days=back) for back in range(TRIED, 0, -1)]
        trials = compare_baselines(
            loads.energy[0],
            loads.first,
            [one for one in days if _can_be_tried(loads, one, hours)],
            holidays_around(today),
            hours,
            factory=factory,
            day_hours=resource.day_hours,
            adjustments=(None,) if adjustment is None else (None, adjustment),
            events=event_days(calls, meter),
        )
    judged = [one for one in trials if one.rrmse == one.rrmse]
    best = _suggested(judged, enrolment)
    up_to = limits(today).admitted_rrmse
    return Comparison(
        thing,
        firm,
        enrolment,
        trials,
        hours,
        best,
        None if best is None else _reason(best, judged, up_to),
        up_to,
        thing.simulated,
    )


def _can_be_tried(loads: DayLoads, day: date, hours: tuple[int, int]) -> bool:
    """Whether the day was metered in these hours, and any working day before it."""
    at = loads.day(day)
    before = loads.energy[0, :at]
    worked = [
        working_day(loads.first + timedelta(days=back), holidays_around(day))
        and np.isfinite(before[back]).all()
        for back in range(at)
    ]
    return bool(np.isfinite(loads.energy[0, at, slice(*hours)]).all()) and any(worked)


def _suggested(judged: Sequence[BaselineTrial], enrolment: Enrolment | None) -> BaselineTrial | None:
    """The most exact, or the one agreed to when it is as good."""
    if not judged:
        return None
    if enrolment is None:
        return judged[0]
    held = [
        one
        for one in judged
        if one.kind is enrolment.baseline and one.adjusted == (enrolment.adjustment is not None)
    ]
    return held[0] if held and held[0].rrmse <= judged[0].rrmse + ALIKE else judged[0]


def _named(one: BaselineTrial) -> Text:
    name = BASELINES[one.kind]
    return Text(f"{name.ko} (당일조정)", f"{name.en} with adjustment") if one.adjusted else name


def _reason(best: BaselineTrial, judged: Sequence[BaselineTrial], up_to: float) -> Text:
    name = _named(best)
    rest = [one for one in judged if one is not best]
    if rest and abs(rest[0].rrmse - best.rrmse) <= ALIKE:
        other = _named(rest[0])
        ko = f"{name.ko}의 오차는 {best.rrmse:.1%}로, {other.ko}와(과) 거의 같이 가장 작습니다."
        en = f"{name.en}, at {best.rrmse:.1%}, is the most exact, together with {other.en}."
    else:
        ko = f"{name.ko}의 오차가 {best.rrmse:.1%}로 가장 작습니다."
        en = f"{name.en}, at {best.rrmse:.1%}, is the most exact."
    others = [one for one in judged if one.kind is not best.kind]
    if others and others[0].bias > max(best.bias, 0) + 0.02:
        ko += f" {BASELINES[others[0].kind].ko}은(는) {others[0].bias:+.1%} 어긋나 감축량이 부풀려집니다."
        en += f" {BASELINES[others[0].kind].en} is off by {others[0].bias:+.1%}, which inflates reductions."
    if best.rrmse > up_to:
        ko += f" 다만 {up_to:.0%}를 넘어 등록이 거절될 수 있습니다."
        en += f" It is above {up_to:.0%}, though: the market may refuse this customer."
    if best.short:
        ko += f" 시험한 {best.days}일 가운데 {best.short}일은 견줄 날이 모자랐습니다."
        en += f" On {best.short} of the {best.days} days tried there were too few days to go by."
    return Text(ko, en)
