"""What was left at an event: baselines, load and the difference, for staff whole, for a firm its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.energy.engine.demand_response import grouping, measure_reductions
from sandan.energy.model.demand_response import Enrolment, Grouping, Reductions
from sandan.energy.model.rates import Floats
from sandan.energy.model.response import Asked, Call, Resource
from sandan.energy.model.rights import SEE
from sandan.energy.service.registers import Edition
from sandan.energy.service.response.baselines import BACK, Expected, expect_day, hourly_loads
from sandan.energy.service.response.book import calls_of, event_days, find_call
from sandan.energy.service.response.register import resource_of
from sandan.store import Store
from sandan.twin.model import Thing


@dataclass(frozen=True, slots=True)
class Part:
    """One customer of an event."""

    asked: Asked
    meter: Thing
    firm: Thing | None
    enrolment: Enrolment
    expected: Expected | None
    """None while the hours that make a day's use are not known."""
    left: Floats
    """Baseline − load in the hours of the event [kWh, hours]; NaN is missing."""

    @property
    def name(self) -> str:
        """The firm's name, or the meter's."""
        return self.firm.name if self.firm else self.meter.name

    @property
    def total(self) -> float:
        """Left over the hours that are known [kWh]; NaN where none is."""
        known = self.left[np.isfinite(self.left)]
        return float(known.sum()) if len(known) else float("nan")

    @property
    def fulfilment(self) -> float:
        """What was left over what was asked, in the hours that are known [1]."""
        known = np.isfinite(self.left).sum()
        return self.total / (self.asked.kw * known) if known and self.asked.kw else float("nan")


@dataclass(frozen=True, slots=True)
class Measured:
    """An event as it is known now."""

    call: Call
    resource: Edition[Resource]
    parts: Sequence[Part]
    reductions: Reductions | None
    grouping: Grouping
    freed: float
    """What the rule before 2015 would have counted, with all customers of the resource [kWh]; NaN unknown."""
    all_asked: bool
    simulated: bool

    @property
    def left(self) -> float:
        """Left by the resource in the hours that are known [kWh]."""
        if self.reductions is None:
            return float("nan")
        known = self.reductions.resource[np.isfinite(self.reductions.resource)]
        return float(known.sum()) if len(known) else float("nan")


def measure_call(store: Store, actor: Actor, id: str, now: datetime) -> Measured:
    """An event measured from what is known at `now`; a firm's holds only its own part."""
    actor.require(SEE)
    with store.registry.read() as conn:
        return measure(store, conn, actor, find_call(conn, actor, id), now)


def measure(store: Store, conn: Connection, actor: Actor, call: Call, as_of: datetime) -> Measured:
    """The same within a transaction."""
    newest = resource_of(store, conn)
    then = resource_of(store, conn, call.edition).body
    enrolled = {one.enrolment.customer: one.enrolment for one in then.customers}
    mine = [one for one in call.asked if actor.tenant is None or one.tenant == actor.tenant]
    others = [one for one in enrolled if actor.tenant is None and all(one != each.meter for each in mine)]
    calls = calls_of(conn, call.day - timedelta(days=BACK))
    things = {one.id: one for one in store.things.all(conn, {"meter", "firm"})}
    meters = [*(one.meter for one in mine), *others]
    loads = hourly_loads(store, conn, meters, call.day - timedelta(days=BACK), call.day, as_of)
    hours = slice(call.hour, call.hour + call.hours)
    expected: dict[str, Expected] = {}
    if newest.body.day_hours is not None:
        for meter in meters:
            days = event_days(calls, meter)
            expected[meter] = expect_day(
                enrolled[meter], loads, call.day, call.hour, newest.body.day_hours, days
            )
    parts = [_part(one, things, enrolled[one.meter], expected.get(one.meter), hours) for one in mine]
    rule = grouping(call.day)
    reductions, freed = None, float("nan")
    if expected and mine:
        took_part = np.arange(len(meters)) < len(mine)
        base = np.stack([expected[one].adjusted[hours] for one in meters])
        load = np.stack([expected[one].load[hours] for one in meters])
        whole = measure_reductions(base, load, took_part, rule)
        reductions = Reductions(whole.each[: len(mine)], whole.grouped[: len(mine)], whole.resource)
        freed = float(whole.each.sum())
    simulated = call.simulated or any(one.meter.simulated for one in parts)
    return Measured(call, newest, parts, reductions, rule, freed, not others, simulated)


def _part(
    asked: Asked, things: dict[str, Thing], enrolment: Enrolment, expected: Expected | None, hours: slice
) -> Part:
    meter = things[asked.meter]
    left = np.full(hours.stop - hours.start, np.nan)
    if expected is not None:
        left = expected.adjusted[hours] - expected.load[hours]
    return Part(asked, meter, things.get(asked.tenant or ""), enrolment, expected, left)
