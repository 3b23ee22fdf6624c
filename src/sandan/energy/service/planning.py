"""Tomorrow's plan: sites from the twin, their forecasts and their contract's prices, feeders kept.

Only the battery is moved. It is advice: nothing is sent to any device, and the schedule is kept as samples so
that what was done can be laid beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
from sqlalchemy.engine import Connection

from sandan.access import SYSTEM, Actor
from sandan.clock import DAY_MS, QUARTER_HOUR, SEOUL, Period, instant, midnight, milliseconds
from sandan.energy.engine.months import month_of, period_of
from sandan.energy.engine.plan import plan_sites
from sandan.energy.engine.plan.costs import cost_of
from sandan.energy.engine.tariff import classify, rates
from sandan.energy.model.operation import Course, KeptPlan, PlanRun, Unplanned
from sandan.energy.model.outlook import Gate, Of, Series, Told
from sandan.energy.model.plan import Battery, PlanParams, Site, SitePlan, Status
from sandan.energy.model.rates import SLOT_HOURS, SLOT_MS, Floats
from sandan.energy.model.tariff import Month
from sandan.energy.records.forecasts import newest_told
from sandan.energy.records.plans import last_made, put_plans
from sandan.energy.service.bills import Terms, terms_of
from sandan.energy.service.feeders import feeder_loads, grid_of, keep_feeders, without_gaps
from sandan.energy.service.outlook import samples, series_of
from sandan.energy.service.readings import MOST, read_fleet
from sandan.errors import InvalidInput
from sandan.store import Store
from sandan.twin.model import Point, Thing
from sandan.twin.samples import Stream
from sandan.words import Text

SOURCE = "energy.plan"
KEPT = timedelta(days=42)
CHARGE = "state_of_charge"
FRESH = timedelta(hours=1)
"""How old a battery's charge may be."""
AIM = 0.5
"""Share that a battery holds at the end of tomorrow, or what it holds now if that is less."""
UPPER = 0.9
"""Quantile of the load for which the peak is kept."""
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Ready:
    """A site that can be planned, with what its plan is kept beside."""

    series: Series
    site: Site
    batteries: tuple[Thing, ...]
    habit: Floats


class Planner:
    """Plans every site; keeps the terms of contracts for the day, as they look twelve months back."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._terms: dict[tuple[str, Month, date], Terms] = {}
        self._tried = 0

    def due(self, now: datetime) -> bool:
        """Whether a quarter-hour has begun for which nothing has been planned, nor could be."""
        slot = milliseconds(now) // SLOT_MS
        if self._tried >= slot:
            return False
        with self._store.registry.read() as conn:
            last = last_made(conn)
        return last is None or milliseconds(last) // SLOT_MS < slot

    def plan(self, now: datetime, actor: Actor = SYSTEM) -> PlanRun:
        """Plan all sites until the end of tomorrow from what is known now, and keep it."""
        start = milliseconds(now) // SLOT_MS * SLOT_MS
        self._tried = start // SLOT_MS
        local = instant(start).astimezone(SEOUL)
        gate = Gate.SEVENTEEN if (local.hour, local.minute) == (17, 0) else Gate.HOURLY
        with self._store.registry.read() as conn:
            series = series_of(self._store, conn)
            told = newest_told(conn, [one.id for one in series])
            ready, unplanned = self._sites(conn, series, told, start, now)
            grid = grid_of(self._store, conn, series, told, start)
        plans = plan_sites([one.site for one in ready])
        plans, coupled = keep_feeders(grid, [one.site for one in ready], plans)
        kept = [
            _kept(one, made, now, gate)
            for one, made in zip(ready, plans, strict=True)
            if made.status is not Status.INFEASIBLE
        ]
        none = Text("지킬 수 있는 계획이 없습니다.", "No plan keeps its limits.")
        unplanned += [
            Unplanned(one.site.id, one.series.thing.tenant, now, made.unmet[0].said if made.unmet else none)
            for one, made in zip(ready, plans, strict=True)
            if made.status is Status.INFEASIBLE
        ]
        self._keep(kept, unplanned, {one.site.id: one for one in ready}, actor, now)
        return PlanRun(tuple(kept), tuple(unplanned), feeder_loads(grid, kept), coupled)

    def _sites(
        self,
        conn: Connection,
        series: Sequence[Series],
        told: Mapping[str, Told],
        start: int,
        now: datetime,
    ) -> tuple[list[Ready], list[Unplanned]]:
        sites = [one for one in series if one.of is Of.SITE]
        batteries: dict[str, list[Thing]] = {}
        for thing in self._store.things.all(conn, {"battery"}):
            if thing.tenant is not None:
                batteries.setdefault(thing.tenant, []).append(thing)
        charge = self._charges(conn, [one for group in batteries.values() for one in group], now)
        ready: list[Ready] = []
        without: list[Unplanned] = []
        for one in sites:
            mine = [
                thing for thing in batteries.get(one.thing.tenant or "", []) if size_of(thing) is not None
            ]
            try:
                ready.append(self._ready(conn, one, mine, told, charge, start, now))
            except InvalidInput as error:
                first = error.findings[0]
                said = Text(f"{first.problem.ko} {first.remedy.ko}", f"{first.problem.en} {first.remedy.en}")
                without.append(Unplanned(one.thing.id, one.thing.tenant, now, said))
        return ready, without

    def _ready(
        self,
        conn: Connection,
        one: Series,
        batteries: Sequence[Thing],
        told: Mapping[str, Told],
        charge: Mapping[str, float],
        start: int,
        now: datetime,
    ) -> Ready:
        n = slots_until_tomorrow(start)
        load = course_of(told.get(one.id), start, n, HALF)
        n = len(load)
        high = course_of(told.get(one.id), start, n, UPPER)
        habit = course_of(told.get(one.point.id), start, n, HALF)
        if not n:
            raise InvalidInput.because(
                one.thing.id,
                Text("이 시간의 부하 예측이 없습니다.", "The load of these hours is not forecast."),
                Text("한 주 넘게 계량되면 예측합니다.", "It is once more than a week was metered."),
            )
        unknown = [thing.name for thing in batteries if thing.id not in charge]
        if unknown or not batteries:
            name = ", ".join(unknown) or one.thing.name
            raise InvalidInput.because(
                one.thing.id,
                Text(f"{name}의 충전상태나 용량을 모릅니다.", f"Charge or size of {name} is not known."),
                Text(
                    "충전상태 계측과 용량·출력을 확인하십시오.",
                    "See that its charge is measured and its size is set.",
                ),
            )
        terms = self._terms_of(conn, one.thing.id, now)
        starts = start + SLOT_MS * np.arange(n, dtype=np.int64)
        prices = rates(
            terms.agreement.contract, terms.schedule, terms.levies, starts, terms.calendar, terms.history,
            month=month_of(now),
        )  # fmt: skip
        peak = self._peak(conn, one.thing.id, terms, now)
        prices = replace(prices, standing_demand=max(prices.standing_demand, peak))
        units = (_together(batteries, charge, n),)
        site = Site(one.thing.id, prices, load, units, high_load=high if len(high) == n else None)
        blank = np.full(n, np.nan)
        blank[: len(habit)] = habit
        return Ready(one, site, tuple(batteries), blank)

    def _terms_of(self, conn: Connection, meter: str, now: datetime) -> Terms:
        key = (meter, month_of(now), now.astimezone(SEOUL).date())
        if key not in self._terms:
            self._terms = {held: terms for held, terms in self._terms.items() if held[2] == key[2]}
            self._terms[key] = terms_of(self._store, conn, meter, key[1], now)
        return self._terms[key]

    def _peak(self, conn: Connection, meter: str, terms: Terms, now: datetime) -> float:
        """This month's largest demand so far that may be billed [kW]."""
        month = period_of(month_of(now))
        if now - month.start < QUARTER_HOUR:
            return 0.0
        fleet = read_fleet(self._store, conn, [meter], Period(month.start, now), now, reactive=False)
        counted = classify(terms.schedule, fleet.start, terms.calendar).counts
        seen = fleet.energy[0][counted & ~np.isnan(fleet.energy[0])]
        return float(seen.max() / SLOT_HOURS) if len(seen) else 0.0

    def _charges(self, conn: Connection, batteries: Sequence[Thing], now: datetime) -> dict[str, float]:
        """What share each battery holds, where it has said so lately [1]."""
        wanted = {one.id for one in batteries}
        found = self._store.points.find(conn, quantity=CHARGE, limit=MOST)
        points = {one.number: one for one in found if one.thing in wanted}
        rows = self._store.historian.latest(list(points.values()), as_of=now) if points else None
        if rows is None:
            return {}
        oldest = milliseconds(now - FRESH)
        columns = (rows["point"], rows["start"].cast("int64"), rows["value"])
        told = zip(*(column.to_pylist() for column in columns), strict=True)
        return {points[number].thing: value / 100 for number, at, value in told if at >= oldest}

    def _keep(
        self,
        kept: Sequence[KeptPlan],
        unplanned: Sequence[Unplanned],
        ready: Mapping[str, Ready],
        actor: Actor,
        now: datetime,
    ) -> None:
        if not kept and not unplanned:
            return
        with self._store.registry.write() as conn:
            source = self._store.sources.number(conn, SOURCE, Stream.SCHEDULE)
            put_plans(conn, kept, unplanned, now, now - KEPT)
            if kept and (kept[0].gate is Gate.SEVENTEEN or actor is not SYSTEM):
                self._store.events.append(
                    conn,
                    "SchedulesMade",
                    actor=actor,
                    subject="energy.plan",
                    payload={"sites": len(kept), "saving": round(sum(one.saving for one in kept))},
                    at=now,
                )
        batch: list[pa.Table] = []
        for plan in kept:
            one, begin = ready[plan.meter], instant(plan.course.start)
            energy = (plan.course.grid * SLOT_HOURS).astype(np.float32)
            batch.append(samples(one.series.point.number, begin, energy, source, now))
            for point, share in _shares(one):
                given = (-plan.course.battery * share).astype(np.float32)
                batch.append(samples(point.number, begin, given, source, now))
        if batch:
            self._store.historian.append(pa.concat_tables(batch))


def slots_until_tomorrow(start: int) -> int:
    """Quarter-hours from `start` [ms] to the end of the next day in Seoul."""
    return (midnight(start) + 2 * DAY_MS - start) // SLOT_MS


def course_of(told: Told | None, start: int, n: int, quantile: float) -> Floats:
    """A forecast [kW] from `start` on, at most `n` quarter-hours, as far as it was told."""
    if told is None or quantile not in told.quantiles:
        return np.empty(0)
    at = (start - milliseconds(told.until)) // SLOT_MS
    if at < 0:
        return np.empty(0)
    values = told.values[at : at + n, told.quantiles.index(quantile)].astype(np.float64) / SLOT_HOURS
    return without_gaps(values)


def size_of(thing: Thing) -> tuple[float, float] | None:
    """Power [kW] and capacity [kWh] of a battery, where the twin has both."""
    power, energy = thing.attributes.get("power"), thing.attributes.get("capacity")
    if isinstance(power, (int, float)) and isinstance(energy, (int, float)) and power > 0 and energy > 0:
        return float(power), float(energy)
    return None


def _together(batteries: Sequence[Thing], charge: Mapping[str, float], n: int) -> Battery:
    """All batteries of a firm as one, its limits such that what it holds now is no fault."""
    sizes = [size for one in batteries if (size := size_of(one)) is not None]
    power, energy = sum(size[0] for size in sizes), sum(size[1] for size in sizes)
    held = sum(charge[one.id] * size[1] for one, size in zip(batteries, sizes, strict=True)) / energy
    held = min(1.0, max(0.0, held))
    unit = Battery(", ".join(one.name for one in batteries), power, energy, start=held)
    reach = held + power * SLOT_HOURS * unit.charge_efficiency * n / energy
    end = min(max(unit.lowest, min(AIM, held)), reach)
    return replace(
        unit,
        lowest=min(unit.lowest, held),
        highest=max(unit.highest, held),
        end=max(0.0, end - 1e-9),
    )


def _shares(one: Ready) -> list[tuple[Point, float]]:
    """How much of the set-point each battery takes: by its power."""
    powers = {thing.id: size[0] for thing in one.batteries if (size := size_of(thing)) is not None}
    whole = sum(powers.values())
    return [(point, powers[point.thing] / whole) for point in one.series.batteries if point.thing in powers]


def _kept(one: Ready, made: SitePlan, now: datetime, gate: Gate) -> KeptPlan:
    site, unit = one.site, one.site.batteries[0]
    n = len(site.load)
    habit = None
    if np.isfinite(one.habit).all():
        habit = cost_of(site, PlanParams(), one.habit, np.zeros((1, n)), np.empty((0, n)))[0].total
    course = Course(
        int(site.rates.start[0]),
        site.load,
        site.load if site.high_load is None else site.high_load,
        one.habit,
        made.grid,
        made.battery.sum(axis=0),
        made.stored.sum(axis=0),
        site.rates.energy,
        site.rates.band.astype(np.float64),
        site.rates.counts.astype(np.float64),
        made.why.astype(np.float64),
    )
    return KeptPlan(
        site.id,
        one.series.thing.tenant,
        now,
        gate,
        made.status,
        made.method,
        made.cost,
        made.idle,
        habit,
        made.demand,
        made.idle_demand,
        site.rates.standing_demand,
        site.rates.demand,
        unit.power,
        unit.energy,
        course,
        one.series.point.simulated,
    )
