"""The operating plan: what to do, why, and what it is worth against doing nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

import numpy as np
from fastapi import Query
from starlette.responses import RedirectResponse, Response

from sandan.clock import instant
from sandan.domain import Here
from sandan.energy.model.operation import KeptPlan
from sandan.energy.model.plan import Status, Why
from sandan.energy.model.rates import SLOT_MS
from sandan.energy.model.rights import PLAN, SEE
from sandan.energy.pages.curves import line
from sandan.energy.service.dispatch import firms_told
from sandan.energy.service.hindsight import judged_days
from sandan.energy.service.plans import operation, plan_now, site_plan, steps_of
from sandan.web import Routes
from sandan.words import Language, Text

routes = Routes("energy", prefix="/energy/plan")
REASONS: Mapping[Why, Text] = {
    Why.NOTHING: Text("충전상태를 맞춤", "to keep its charge"),
    Why.PRICE: Text("시간대별 단가 차이", "price of the hour"),
    Why.PEAK: Text("요금적용전력을 넘지 않게", "to keep the billing demand down"),
    Why.LIMIT: Text("배전선로·수전 한도", "limit of feeder or connection"),
}
STATUSES: Mapping[Status, Text] = {
    Status.OPTIMAL: Text("최적", "best possible"),
    Status.WITHIN_GAP: Text("최적에 근접 (격차 0.2 % 이내 증명)", "within 0.2 % of the best, proven"),
    Status.UNFINISHED: Text("한도는 지키나 격차가 남음", "limits kept, gap not closed"),
    Status.INFEASIBLE: Text("불가능", "impossible"),
}


@routes.page("", permission=SEE)
def plans_page(here: Here, made: Annotated[str, Query(max_length=10)] = "") -> Response:
    """All sites' plans, or the one plan of a firm with one site."""
    found = operation(here.store, here.actor, here.now)
    if here.actor.tenant is not None and len(found.sites) == 1 and not found.unplanned:
        return plan_page(found.sites[0].plan.meter, here)
    plans = [one.plan for one in found.sites]
    habits = [(one.habit, one.cost.total) for one in plans if one.habit is not None]
    return here.render(
        "energy/plans.html",
        found=found,
        total=sum(one.saving for one in plans),
        habit=sum(habit - cost for habit, cost in habits) if habits else None,
        peaks=sum(max(one.idle_demand, one.standing) - max(one.demand, one.standing) for one in plans),
        power=float(np.nansum([one.now for one in found.sites])),
        until=instant(max(_end(one) for one in plans)) if plans else None,
        staff=here.actor.tenant is None,
        may_plan=here.actor.may(PLAN),
        made=made,
        plan_url=plan_url,
        instant=instant,
        told=firms_told(here.store, here.actor, here.now),
    )


@routes.page("/{meter}", permission=SEE)
def plan_page(meter: str, here: Here) -> Response:
    """One site's plan."""
    one = site_plan(here.store, here.actor, meter, here.now)
    return here.render(
        "energy/plan.html",
        one=one,
        plan=one.plan,
        steps=steps_of(one.plan),
        until=instant(_end(one.plan)),
        chart=_chart(one.plan, here.language),
        prices=_prices(one.plan, here.language),
        reasons=REASONS,
        judged=judged_days(here.store, here.actor, meter),
        proven=STATUSES[one.plan.status],
        staff=here.actor.tenant is None,
        instant=instant,
        told=firms_told(here.store, here.actor, here.now).get(one.plan.tenant or ""),
    )


@routes.action("", permission=PLAN)
def plan_again(here: Here) -> Response:
    """Plan now instead of at the next quarter-hour."""
    plan_now(here.store, here.actor, here.now)
    return RedirectResponse("/energy/plan?made=now", 303)


def plan_url(meter: str) -> str:
    """The address of a site's plan."""
    return f"/energy/plan/{quote(meter, safe='')}"


def _end(plan: KeptPlan) -> int:
    return plan.course.start + len(plan.course.grid) * SLOT_MS


def _chart(plan: KeptPlan, language: Language) -> dict[str, Any]:
    """Import as it would be and as planned, and the battery."""
    course, start = plan.course, plan.course.start
    series = [
        line(Text("배터리 없이", "battery idle"), language, start, course.load, "kW"),
        line(Text("계획대로 수전", "import as planned"), language, start, course.grid, "kW"),
        line(Text("배터리 (충전 +)", "battery (charging +)"), language, start, course.battery, "kW", "step"),
    ]
    return {"series": series, "from": start, "to": _end(plan)}


def _prices(plan: KeptPlan, language: Language) -> dict[str, Any]:
    """The price of each quarter-hour, and what the battery holds."""
    course, start = plan.course, plan.course.start
    series = [
        line(Text("단가", "price"), language, start, course.price, "won/kWh", "step"),
        line(Text("저장량", "stored"), language, start, course.stored, "kWh"),
    ]
    return {"series": series, "from": start, "to": _end(plan)}
