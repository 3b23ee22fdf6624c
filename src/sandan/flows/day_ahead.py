"""The story of the energy centre in one function: what will be used becomes a plan the network carries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sandan.access import Actor
from sandan.energy import (
    ForecastRun,
    GridCheck,
    PlanRun,
    check_schedules,
    forecast_now,
    plan_now,
)
from sandan.store import Store


@dataclass(frozen=True, slots=True)
class DayAhead:
    """What came of the day ahead."""

    forecasts: ForecastRun
    plan: PlanRun
    check: GridCheck | None
    """None where there was no plan, or nobody said what the network is made of."""


def plan_day_ahead(store: Store, actor: Actor, now: datetime) -> DayAhead:
    """Forecast every meter and roof, plan every battery, and try the plan on the network.

    It ends with the plan, which is advice: no bid is submitted, nothing is dispatched.
    """
    forecasts = forecast_now(store, actor, now)
    plan = plan_now(store, actor, now)
    check = check_schedules(store, actor, plan.plans, now) if plan.plans else None
    return DayAhead(forecasts, plan, check)
