"""Planning again as the day comes: with what was measured, and what that knowledge was worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sandan.energy.engine.plan.costs import cost_of, idle_course
from sandan.energy.engine.plan.sites import plan_site
from sandan.energy.model.plan import Battery, PlanParams, Site, SitePlan, Status, Unmet
from sandan.energy.model.rates import SLOT_HOURS, Floats, Rates
from sandan.energy.model.replan import Measured, Regret, Replan
from sandan.errors import InvalidInput
from sandan.words import Text


def replan(
    measured: Measured, forecast: Site, previous: SitePlan | None = None, params: PlanParams | None = None
) -> Replan:
    """The plan for the quarter-hours of `forecast`, which begins now, from what was measured.

    A month's peak that has already been is owed whatever comes, so it becomes the standing demand. A charge
    that can no longer be reached is relaxed to what can, and told in `given_way`.
    Raises InvalidInput as `plan_site` does, or when a battery was not measured.
    """
    if len(measured.stored) != len(forecast.batteries):
        raise InvalidInput.because(
            f"{forecast.id}.stored",
            Text("모든 배터리의 저장량이 필요합니다.", "What each battery holds is needed."),
            Text("배터리 순서대로 저장량(kWh)을 주십시오.", "Give kWh for each battery in order."),
        )
    units, given = [], []
    for unit, stored in zip(forecast.batteries, measured.stored, strict=True):
        fitted, missing = _from_now(unit, stored, len(forecast.load))
        units.append(fitted)
        if missing > 1e-6:
            said = Text(
                f"'{unit.name}'의 목표 저장량을 {missing:,.1f} kWh 낮추었습니다.",
                f"The charge asked of '{unit.name}' was lowered by {missing:,.1f} kWh.",
            )
            given.append(Unmet(f"battery {unit.name}", missing, "kWh", (), said))
    rates = forecast.rates
    standing = max(rates.standing_demand, measured.demand)
    site = replace(forecast, batteries=tuple(units), rates=replace(rates, standing_demand=standing))
    plan = plan_site(site, params)
    moved = np.zeros(len(units))
    if previous is not None and plan.status is not Status.INFEASIBLE and measured.at < len(previous.grid):
        moved = plan.battery[:, 0] - previous.battery[:, measured.at]
    return Replan(plan, moved, tuple(given))


def _from_now(unit: Battery, stored: float, n: int) -> tuple[Battery, float]:
    """The battery as it is now; its aim no higher than can be reached [kWh missing]."""
    if unit.energy <= 0:
        return unit, 0.0
    aim = (unit.start if unit.end is None else unit.end) * unit.energy
    there = n if unit.plugged is None else int(unit.plugged.sum())
    trips = 0.0 if unit.taken is None else float(unit.taken.sum())
    reach = stored + unit.power * SLOT_HOURS * unit.charge_efficiency * there - trips
    low = min(unit.lowest, stored / unit.energy)
    end = min(aim, reach, unit.highest * unit.energy)
    fitted = replace(unit, lowest=low, start=stored / unit.energy, end=max(end / unit.energy - 1e-9, 0.0))
    return fitted, max(0.0, aim - end)


def slice_rates(rates: Rates, first: int, last: int) -> Rates:
    """Some of the quarter-hours."""
    return replace(
        rates,
        start=rates.start[first:last],
        band=rates.band[first:last],
        energy=rates.energy[first:last],
        counts=rates.counts[first:last],
        export=rates.export[first:last],
    )


def slice_site(site: Site, first: int, last: int) -> Site:
    """A site over some of its quarter-hours; for sites without work that may be moved."""
    units = tuple(
        replace(
            unit,
            plugged=None if unit.plugged is None else unit.plugged[first:last],
            taken=None if unit.taken is None else unit.taken[first:last],
            needed=None if unit.needed is None else unit.needed[first:last],
        )
        for unit in site.batteries
    )
    return replace(
        site,
        rates=slice_rates(site.rates, first, last),
        load=site.load[first:last],
        batteries=units,
        sources=tuple(replace(source, power=source.power[first:last]) for source in site.sources),
        high_load=None if site.high_load is None else site.high_load[first:last],
    )


def regret(
    actual: Site,
    forecast: Callable[[int], Site],
    params: PlanParams | None = None,
    every: int = 1,
) -> Regret:
    """Live through `actual` knowing only `forecast(t)`, planning again every `every` quarter-hours.

    `forecast(t)` is the site from `t` on as it was foreseen at `t`, as far ahead as it was. `actual` has one
    battery. Between plans the battery follows its set-point, but gives more (or takes less) where the import
    that counts would pass the peak planned for, and does not export what was not planned to be.
    """
    chosen = params or PlanParams()
    if len(actual.batteries) != 1 or actual.shiftables:
        raise InvalidInput.because(
            actual.id,
            Text(
                "배터리가 하나인 수용가만 되짚어 볼 수 있습니다.",
                "Only a site with one battery can be lived through.",
            ),
            Text("배터리를 하나만 두십시오.", "Give it one battery."),
        )
    n, unit = len(actual.load), actual.batteries[0]
    stored, peak, replans, since = unit.start * unit.energy, 0.0, 0, 0
    grid, battery, sources = np.empty(n), np.zeros(n), np.zeros((len(actual.sources), n))
    plan: SitePlan | None = None
    for t in range(n):
        if plan is None or t % every == 0 or t - since >= len(plan.grid):
            made = replan(Measured(t - since, (stored,), peak), forecast(t), None, chosen).plan
            replans += 1
            plan, since = made, t
        power = 0.0
        k = t - since
        if plan.status is not Status.INFEASIBLE:
            for m, source in enumerate(actual.sources):
                free = source.cost <= 0
                sources[m, t] = source.power[t] if free else min(source.power[t], plan.sources[m, k])
            need = float(actual.load[t] - sources[:, t].sum())
            aim = max(plan.demand, peak, actual.rates.standing_demand)
            power = _follow(unit, plan, k, need, aim if actual.rates.counts[t] else np.inf, stored)
        else:
            sources[:, t] = [s.power[t] if s.cost <= 0 else 0.0 for s in actual.sources]
            need = float(actual.load[t] - sources[:, t].sum())
        battery[t], grid[t] = power, need + power
        stored += SLOT_HOURS * (
            power * unit.charge_efficiency if power > 0 else power / unit.discharge_efficiency
        )
        if actual.rates.counts[t]:
            peak = max(peak, grid[t])
    rolled, demand, _ = cost_of(actual, chosen, grid, np.maximum(-battery, 0)[None], sources)
    course, free_sources = idle_course(actual)
    idle, _, _ = cost_of(actual, chosen, course, np.zeros((1, n)), free_sources)
    perfect = plan_site(actual, chosen).cost
    return Regret(idle, rolled, perfect, grid, battery, demand, replans)


def _follow(unit: Battery, plan: SitePlan, k: int, need: float, aim: float, stored: float) -> float:
    """The battery's power in this quarter-hour [kW]."""
    power = float(plan.battery[0, k])
    if power < 0 and plan.grid[k] >= -1e-6:
        power = max(power, min(0.0, -need))
    power = min(power, aim - need)
    room = max(0.0, unit.highest * unit.energy - stored) / unit.charge_efficiency / SLOT_HOURS
    have = max(0.0, stored - unit.lowest * unit.energy) * unit.discharge_efficiency / SLOT_HOURS
    return float(np.clip(power, -min(unit.power, have), min(unit.power, room)))


def repeat_week(past: Floats, n: int) -> Floats:
    """The last week of `past` [kW], again and again for `n` quarter-hours: the naive forecast."""
    week = past[-672:] if len(past) >= 672 else past
    return np.resize(week, n)
