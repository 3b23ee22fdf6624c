"""Plans as people look at them: what, why, and what it is worth; a firm its own, staff the whole complex."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from sandan.access import Actor
from sandan.clock import milliseconds
from sandan.energy.model.operation import FeederLoad, KeptPlan, PlanRun, Unplanned
from sandan.energy.model.plan import Why
from sandan.energy.model.rates import SLOT_HOURS, SLOT_MS
from sandan.energy.model.rights import PLAN, SEE
from sandan.energy.records.forecasts import newest_told
from sandan.energy.records.plans import newest_plans
from sandan.energy.service.feeders import feeder_loads, grid_of
from sandan.energy.service.outlook import series_of
from sandan.energy.service.planning import Planner
from sandan.errors import NotFound
from sandan.store import Store
from sandan.twin.model import Thing
from sandan.words import Text

STILL = 0.5
"""Power below which a battery is said to rest [kW]."""


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of quarter-hours with one thing to do."""

    start: int
    end: int
    """[ms UTC]."""
    power: float
    """Mean, charging positive [kW]."""
    energy: float
    """[kWh]."""
    price: float
    """Mean of what the grid's energy costs then [won/kWh]."""
    why: Why


@dataclass(frozen=True, slots=True)
class SiteLine:
    """A site and its plan."""

    plan: KeptPlan
    meter: Thing
    firm: Thing | None
    now: float
    """Set-point of this quarter-hour, charging positive [kW]; NaN when the plan is older."""


@dataclass(frozen=True, slots=True)
class Operation:
    """Every plan this actor may see, and for staff the feeders."""

    sites: Sequence[SiteLine]
    unplanned: Sequence[tuple[Unplanned, Thing, Thing | None]]
    feeders: Sequence[FeederLoad]
    made_at: datetime | None


def operation(store: Store, actor: Actor, now: datetime) -> Operation:
    """The newest plans, those worth most first."""
    actor.require(SEE)
    with store.registry.read() as conn:
        plans, without = newest_plans(conn, actor.tenant)
        things = {one.id: one for one in store.things.all(conn, {"meter", "firm"})}
        feeders: Sequence[FeederLoad] = ()
        if actor.tenant is None and plans:
            series = series_of(store, conn)
            told = newest_told(conn, [one.id for one in series])
            feeders = feeder_loads(grid_of(store, conn, series, told, plans[0].course.start), plans)
    sites = [
        SiteLine(one, things[one.meter], things.get(one.tenant or ""), _now(one, now))
        for one in plans
        if one.meter in things
    ]
    return Operation(
        sorted(sites, key=lambda one: -one.plan.saving),
        [(one, things[one.meter], things.get(one.tenant or "")) for one in without if one.meter in things],
        feeders,
        max([*(one.made_at for one in plans), *(one.made_at for one in without)], default=None),
    )


def site_plan(store: Store, actor: Actor, meter: str, now: datetime) -> SiteLine:
    """One site's newest plan; a firm is told of another's that there is none."""
    actor.require(SEE)
    with store.registry.read() as conn:
        plans, _ = newest_plans(conn, actor.tenant, meter)
        if not plans:
            raise NotFound(Text("운전계획", "operating plan"), meter)
        thing = store.things.get(conn, meter)
        firm = store.things.get(conn, thing.tenant) if thing.tenant else None
    return SiteLine(plans[0], thing, firm, _now(plans[0], now))


def plan_now(store: Store, actor: Actor, now: datetime) -> PlanRun:
    """Plan all sites at somebody's wish; an event says whose."""
    actor.require(PLAN)
    return Planner(store).plan(now, actor)


def steps_of(plan: KeptPlan) -> list[Step]:
    """The plan as a list of things to do, rests left out."""
    course = plan.course
    sign = np.where(np.abs(course.battery) < STILL, 0, np.sign(course.battery))
    why = np.where(sign == 0, 0, course.why)
    edges = np.flatnonzero((np.diff(sign) != 0) | (np.diff(why) != 0)) + 1
    found = []
    for part in np.split(np.arange(len(sign)), edges):
        if sign[part[0]] == 0:
            continue
        power = course.battery[part]
        found.append(
            Step(
                course.start + int(part[0]) * SLOT_MS,
                course.start + (int(part[-1]) + 1) * SLOT_MS,
                float(power.mean()),
                float(power.sum() * SLOT_HOURS),
                float(course.price[part].mean()),
                Why(int(why[part[0]])),
            )
        )
    return found


def _now(plan: KeptPlan, now: datetime) -> float:
    at = (milliseconds(now) - plan.course.start) // SLOT_MS
    return float(plan.course.battery[at]) if 0 <= at < len(plan.course.battery) else float("nan")
