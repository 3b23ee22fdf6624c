"""What is known of devices at a moment: their plan, what they were last measured to do, and their feeder."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from sandan.clock import milliseconds
from sandan.energy.engine.dispatch import Feeder
from sandan.energy.model.dispatch import Device, Measured, Planned
from sandan.energy.model.operation import KeptPlan
from sandan.energy.model.outlook import Of
from sandan.energy.model.rates import SLOT_HOURS, SLOT_MS
from sandan.energy.records.plans import newest_plans
from sandan.energy.service.feeders import grid_of
from sandan.energy.service.outlook import BATTERY, series_of
from sandan.energy.service.planning import CHARGE
from sandan.energy.service.readings import ENERGY, MOST, POWER
from sandan.store import Store
from sandan.twin.model import Point, Quality, Thing

QUARTER_OLD = 35 * 60_000
"""A meter that speaks by quarter-hours may be so old: the quarter-hour, and until the next is told [ms]."""
FEEDER_FRESH, FEEDER_OLD = 5 * 60_000, 60 * 60_000
"""How old a feeder's own measurement may be, and a quarter-hour in the sum of its meters [ms]."""
ANEW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Seen:
    """A device at a moment."""

    thing: Thing
    measured: Measured
    planned: Planned | None
    meter: str | None
    """Of its site, where it is planned."""
    simulated: bool = False


def look_at(store: Store, conn: Connection, devices: Sequence[Device], now: datetime) -> dict[str, Seen]:
    """What is known of each device; of a battery that is gone, or another firm's now, nothing is."""
    if not devices:
        return {}
    things = {one.id: one for one in store.things.all(conn, {"battery"})}
    plans, sites = _plans(conn, devices)
    points = {
        one.id: {point.quantity: point for point in store.points.find(conn, thing=one.id)} for one in devices
    }
    meters = {
        meter: {point.quantity: point for point in store.points.find(conn, thing=meter)}
        for meter in set(sites.values())
    }
    asked = [of[quantity] for of in points.values() for quantity in (CHARGE, BATTERY) if quantity in of]
    asked += [of[quantity] for of in meters.values() for quantity in (POWER, ENERGY) if quantity in of]
    newest = newest_of(store, asked, now)
    at = milliseconds(now)
    found = {}
    for one in devices:
        thing = things.get(one.id)
        if thing is None or thing.tenant != one.tenant:
            gone = Thing(one.id, "battery", one.id, tenant=one.tenant)
            found[one.id] = Seen(gone, Measured(0, math.nan, math.nan), None, None)
            continue
        meter = sites.get(one.tenant or "")
        mine = points[one.id]
        grid = _grid(one, meters.get(meter or "", {}), newest, at)
        measured = _measured(mine.get(CHARGE), mine.get(BATTERY), newest, grid)
        planned = _planned(thing, plans.get(one.tenant or ""), at)
        simulated = thing.simulated or any(point.simulated for point in mine.values())
        found[one.id] = Seen(thing, measured, planned, meter, simulated)
    return found


def newest_of(store: Store, points: Iterable[Point], now: datetime) -> dict[int, tuple[int, float]]:
    """When each point last spoke [ms] and what, by number; what the device itself calls bad is left out."""
    single = list({point.number: point for point in points}.values())
    rows = store.historian.latest(single, as_of=now) if single else None
    if rows is None:
        return {}
    columns = (rows["point"], rows["start"].cast("int64"), rows["value"], rows["quality"])
    told = zip(*(column.to_pylist() for column in columns), strict=True)
    return {number: (at, value) for number, at, value, quality in told if quality != Quality.BAD}


def _plans(conn: Connection, devices: Sequence[Device]) -> tuple[dict[str, KeptPlan], dict[str, str]]:
    """The newest plan of each firm, and the meter of its site."""
    plans: dict[str, KeptPlan] = {}
    sites: dict[str, str] = {}
    for tenant in {one.tenant for one in devices if one.tenant is not None}:
        made, without = newest_plans(conn, tenant)
        for one in made:
            plans[tenant], sites[tenant] = one, one.meter
        for other in without:
            sites.setdefault(tenant, other.meter)
    return plans, sites


def _planned(thing: Thing, plan: KeptPlan | None, now: int) -> Planned | None:
    """A battery's part of its site's plan: by its power, as the plan took them together."""
    power = thing.attributes.get("power")
    if plan is None or not isinstance(power, (int, float)) or plan.power <= 0:
        return None
    slot = (now - plan.course.start) // SLOT_MS
    end = plan.course.start + len(plan.course.battery) * SLOT_MS
    if not 0 <= slot < len(plan.course.battery):
        return None
    return Planned(float(plan.course.battery[slot]) * power / plan.power, end, milliseconds(plan.made_at))


def _measured(
    charge: Point | None, power: Point | None, newest: Mapping[int, tuple[int, float]], grid: float
) -> Measured:
    held = newest.get(charge.number) if charge is not None else None
    done = newest.get(power.number) if power is not None else None
    return Measured(
        min(held[0], done[0]) if held is not None and done is not None else 0,
        math.nan if held is None else held[1] / 100,
        math.nan if done is None else 0.0 - done[1],
        grid,
    )


def _grid(
    device: Device, points: Mapping[str, Point], newest: Mapping[int, tuple[int, float]], now: int
) -> float:
    """What the site takes [kW]: its power where that is fresh, else the last whole quarter-hour's mean."""
    power, energy = points.get(POWER), points.get(ENERGY)
    said = newest.get(power.number) if power is not None else None
    if said is not None and now - said[0] <= device.fresh * 1000:
        return said[1]
    quarter = newest.get(energy.number) if energy is not None else None
    if quarter is not None and now - quarter[0] <= QUARTER_OLD:
        return quarter[1] / SLOT_HOURS
    return math.nan


@dataclass(slots=True)
class FeederWatch:
    """The load of feeders: measured on themselves where that is fresh, else their meters' last quarter-hours.

    Roofs sell beside the meters and are taken off. What is on which feeder is looked up anew now and then.
    """

    store: Store
    _known: datetime | None = None
    _capacity: dict[str, float] = field(default_factory=dict)
    _of_meter: dict[str, str] = field(default_factory=dict)
    _points: dict[str, list[tuple[Point, int]]] = field(default_factory=dict)
    """By feeder, each point with +1 for what it takes and -1 for what it gives."""
    _own: dict[str, Point] = field(default_factory=dict)

    def of(self, conn: Connection, meter: str | None, now: datetime) -> str | None:
        """The feeder of a meter, where it has one with a known capacity."""
        if self._known is None or now - self._known > ANEW:
            self._learn(conn)
            self._known = now
        return self._of_meter.get(meter or "")

    def load(self, feeder: str, now: datetime) -> Feeder:
        """Its load now."""
        at = milliseconds(now)
        own = self._own.get(feeder)
        said = None if own is None else newest_of(self.store, [own], now).get(own.number)
        if said is not None and at - said[0] <= FEEDER_FRESH:
            return Feeder(feeder, said[1], self._capacity[feeder])
        points = self._points.get(feeder, [])
        newest = newest_of(self.store, [point for point, _ in points], now)
        load = sum(
            sign * newest[point.number][1] / SLOT_HOURS
            for point, sign in points
            if point.number in newest and at - newest[point.number][0] <= FEEDER_OLD
        )
        return Feeder(feeder, load, self._capacity[feeder])

    def _learn(self, conn: Connection) -> None:
        series = series_of(self.store, conn)
        grid = grid_of(self.store, conn, series, {}, 0)
        names = [one.id for one in grid.feeders]
        capacities = {id: grid.capacity(at) for at, id in enumerate(names)}
        self._capacity = {id: value for id, value in capacities.items() if value is not None}
        powers = {point.thing: point for point in self.store.points.find(conn, quantity=POWER, limit=MOST)}
        self._own = {id: powers[id] for id in self._capacity if id in powers}
        self._of_meter = {
            meter: names[at] for meter, at in grid.of_meter.items() if names[at] in self._capacity
        }
        self._points = {id: [] for id in self._capacity}
        of_firm: dict[str, str] = {}
        for one in series:
            at = self._of_meter.get(one.thing.id)
            if one.of is Of.METER and at is not None:
                self._points[at].append((one.point, 1))
                of_firm.setdefault(one.thing.tenant or "", at)
        for one in series:
            at = of_firm.get(one.thing.tenant or "")
            if one.of is Of.ROOF and at is not None:
                self._points[at].append((one.point, -1))
