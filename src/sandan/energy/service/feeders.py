"""What a plan does to the feeders: their load as it would be and as planned, and their limits kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy.engine import Connection

from sandan.clock import milliseconds
from sandan.energy.engine.plan import plan_complex
from sandan.energy.engine.plan.costs import cost_of
from sandan.energy.model.operation import FeederLoad, KeptPlan
from sandan.energy.model.outlook import Of, Series, Told
from sandan.energy.model.plan import ComplexProblem, Limit, PlanParams, Site, SitePlan, Status, Why
from sandan.energy.model.rates import SLOT_HOURS, SLOT_MS, Floats
from sandan.store import Store
from sandan.twin.model import Thing

HALF = 0.5
SMALL = 1e-3
BRIDGED = 4
"""Quarter-hours of a gap that are drawn straight."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Feeders with the load expected on them; roofs count as sold by themselves, beside the meters."""

    start: int
    feeders: tuple[Thing, ...]
    of_meter: Mapping[str, int]
    """The feeder of each meter that has one, as an index."""
    metered: Mapping[str, Floats]
    """Expected at each meter [kW]; empty where nothing is told."""
    roofs: Sequence[Floats]
    """Generation on each feeder [kW]."""

    def capacity(self, feeder: int) -> float | None:
        given = self.feeders[feeder].attributes.get("capacity")
        return float(given) if isinstance(given, (int, float)) and given > 0 else None

    def others(self, feeder: int, without: frozenset[str], n: int) -> Floats:
        """Load of a feeder's meters but these, less its roofs [kW, n]."""
        load = -self.roofs[feeder][:n] if len(self.roofs[feeder]) >= n else np.zeros(n)
        for meter, at in self.of_meter.items():
            if at == feeder and meter not in without and len(self.metered[meter]) >= n:
                load = load + self.metered[meter][:n]
        return load


def grid_of(
    store: Store, conn: Connection, series: Sequence[Series], told: Mapping[str, Told], start: int
) -> Grid:
    """The feeders of the twin: a meter names its transformer, that its feeder; a roof is on its firm's."""
    feeders = tuple(store.things.all(conn, {"feeder"}))
    place = {one.id: at for at, one in enumerate(feeders)}
    through = {
        one.id: str(one.attributes.get("feeder") or "") for one in store.things.all(conn, {"transformer"})
    }
    of_meter: dict[str, int] = {}
    of_firm: dict[str, int] = {}
    metered: dict[str, Floats] = {}
    roofs: list[Floats] = [np.empty(0) for _ in feeders]
    for one in series:
        at = place.get(through.get(str(one.thing.attributes.get("transformer") or ""), ""))
        if one.of is Of.METER and at is not None:
            of_meter[one.thing.id] = at
            metered[one.thing.id] = _median(told.get(one.id), start)
            if one.thing.tenant is not None:
                of_firm.setdefault(one.thing.tenant, at)
    for one in series:
        at = of_firm.get(one.thing.tenant or "")
        if one.of is Of.ROOF and at is not None:
            given = _median(told.get(one.id), start)
            both = min(len(given), len(roofs[at])) if len(roofs[at]) else len(given)
            roofs[at] = given[:both] + (roofs[at][:both] if len(roofs[at]) else 0.0)
    return Grid(start, feeders, of_meter, metered, roofs)


def keep_feeders(grid: Grid, sites: Sequence[Site], plans: Sequence[SitePlan]) -> tuple[list[SitePlan], bool]:
    """The plans, made together where made alone they would overload a feeder; and whether they were.

    A feeder that is too heavy even with batteries idle is kept from getting heavier. Where the sites find no
    common plan that keeps a feeder, its batteries rest.
    """
    found = list(plans)
    n = min((len(site.load) for site in sites), default=0)
    alike = [
        k for k, site in enumerate(sites) if len(site.load) == n and plans[k].status is not Status.INFEASIBLE
    ]
    limits = _limits(grid, [sites[k] for k in alike], frozenset(site.id for site in sites), n)
    if not any(_broken(limit, [plans[k].grid for k in alike]) for limit in limits):
        return found, False
    chosen = PlanParams()
    whole = plan_complex(ComplexProblem(tuple(sites[k] for k in alike), limits), chosen)
    rest = np.zeros(n)
    for m, k in enumerate(alike):
        mine = [limit for limit in limits if m in limit.members]
        if not len(whole.grid) or any(_broken(limit, whole.grid) for limit in mine):
            found[k] = _together(sites[k], plans[k], sites[k].load, rest, chosen, Status.UNFINISHED)
        else:
            found[k] = _together(sites[k], plans[k], whole.grid[m], whole.battery[m], chosen, whole.status)
    return found, True


def _limits(grid: Grid, sites: Sequence[Site], planned: frozenset[str], n: int) -> tuple[Limit, ...]:
    """What each feeder leaves to the sites on it that are planned."""
    limits = []
    for feeder, thing in enumerate(grid.feeders):
        members = [m for m, site in enumerate(sites) if grid.of_meter.get(site.id) == feeder]
        capacity = grid.capacity(feeder)
        if members and capacity is not None:
            base = grid.others(feeder, planned, n)
            most = np.maximum(capacity, np.abs(base + sum(sites[m].load for m in members)))
            limits.append(Limit(thing.id, np.array(members), most - base, most + base))
    return tuple(limits)


def _broken(limit: Limit, grids: Sequence[Floats] | Floats) -> bool:
    together = sum((grids[int(m)] for m in limit.members), np.zeros(len(limit.import_limit)))
    return bool(
        (together > limit.import_limit + SMALL).any() or (-together > limit.export_limit + SMALL).any()
    )


def _together(
    site: Site, alone: SitePlan, grid: Floats, battery: Floats, params: PlanParams, status: Status
) -> SitePlan:
    """A site's plan as it is when made with its neighbours."""
    n, unit = len(site.load), site.batteries[0]
    cost, demand, carbon = cost_of(site, params, grid, np.maximum(-battery, 0)[None], np.empty((0, n)))
    flow = np.where(battery > 0, battery * unit.charge_efficiency, battery / unit.discharge_efficiency)
    stored = unit.start * unit.energy + np.concatenate(([0.0], np.cumsum(flow * SLOT_HOURS)))
    moved = np.abs(battery - alone.battery[0]) > SMALL
    return replace(
        alone,
        status=status,
        cost=cost,
        grid=grid,
        battery=battery[None],
        stored=stored[None],
        demand=demand,
        carbon=carbon,
        why=np.where(moved, np.int8(Why.LIMIT), alone.why),
    )


def feeder_loads(grid: Grid, plans: Sequence[KeptPlan]) -> tuple[FeederLoad, ...]:
    """Each feeder's heaviest quarter-hour, batteries idle and as planned."""
    n = min((len(one.course.grid) for one in plans), default=0)
    if not n:
        return ()
    planned = frozenset(one.meter for one in plans)
    found = []
    for feeder, thing in enumerate(grid.feeders):
        mine = [one for one in plans if grid.of_meter.get(one.meter) == feeder]
        meters = [meter for meter, at in grid.of_meter.items() if at == feeder]
        capacity = grid.capacity(feeder)
        if not meters or capacity is None:
            continue
        base = grid.others(feeder, planned, n)
        before = np.abs(base + sum((one.course.load[:n] for one in mine), np.zeros(n)))
        after = np.abs(base + sum((one.course.grid[:n] for one in mine), np.zeros(n)))
        found.append(
            FeederLoad(
                thing.id,
                thing.name,
                capacity,
                float(before.max()),
                float(after.max()),
                grid.start + int(after.argmax()) * SLOT_MS,
                len(meters),
                sum(len(grid.metered[meter]) < n for meter in meters if meter not in planned),
            )
        )
    return tuple(sorted(found, key=lambda one: -one.after / one.capacity))


def _median(told: Told | None, start: int) -> Floats:
    """A forecast [kW] from `start` on, as far as it goes without a gap."""
    at = -1 if told is None else (start - milliseconds(told.until)) // SLOT_MS
    if told is None or at < 0:
        return np.empty(0)
    return without_gaps(told.values[at:, told.quantiles.index(HALF)].astype(np.float64) / SLOT_HOURS)


def without_gaps(values: Floats) -> Floats:
    """A course up to its first long gap; up to an hour is drawn straight, from one value to the next.

    Last week's hours have such gaps where readings were lost, and a forecast is an estimate anyway.
    """
    known = np.flatnonzero(np.isfinite(values))
    if not len(known) or known[0] > 0:
        return np.empty(0)
    wide = np.flatnonzero(np.diff(known) > BRIDGED + 1)
    end = int(known[wide[0]] if len(wide) else known[-1]) + 1
    return np.interp(np.arange(end), known, values[known])
