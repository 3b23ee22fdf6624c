"""What a course of power costs, and what doing nothing would."""

from __future__ import annotations

import numpy as np

from sandan.energy.model.plan import Cost, PlanParams, Site
from sandan.energy.model.rates import SLOT_HOURS, Floats


def cost_of(
    site: Site, params: PlanParams, grid: Floats, give: Floats, sources: Floats
) -> tuple[Cost, float, float]:
    """What a course of power costs, the demand that counts [kW] and the carbon [kgCO2].

    `grid` [kW, n], `give` what the batteries give out [kW, batteries × n], `sources` [kW, sources × n].
    """
    into, out = np.maximum(grid, 0) * SLOT_HOURS, np.maximum(-grid, 0) * SLOT_HOURS
    counted = site.rates.counts
    demand = float(np.max(np.maximum(grid, 0)[counted], initial=0.0))
    spare = 0.0 if site.high_load is None else np.maximum(site.high_load - site.load, 0)
    kept = float(np.max((np.maximum(grid, 0) + spare)[counted], initial=0.0))
    burnt = sum(float(sources[m].sum()) * SLOT_HOURS * source.carbon for m, source in enumerate(site.sources))
    carbon = params.intensity * float(into.sum()) + burnt
    cost = Cost(
        energy=float(site.rates.energy @ into),
        export=float(site.rates.export @ out),
        demand=site.rates.demand * max(0.0, kept - max(site.rates.standing_demand, 0.0)),
        wear=sum(float(give[b].sum()) * SLOT_HOURS * unit.wear for b, unit in enumerate(site.batteries)),
        sources=sum(float(sources[m].sum()) * SLOT_HOURS * s.cost for m, s in enumerate(site.sources)),
        carbon=params.carbon_price * carbon,
    )
    return cost, demand, carbon


def idle_course(site: Site) -> tuple[Floats, Floats]:
    """Grid and sources [kW] with nothing planned: free sources run, costly ones do not, work is spread."""
    n = len(site.load)
    sources = np.array([s.power if s.cost <= 0 else np.zeros(n) for s in site.sources]).reshape(-1, n)
    work = np.zeros(n)
    for task in site.shiftables:
        work[task.first : task.last] += task.energy / SLOT_HOURS / (task.last - task.first)
    return site.load + work - sources.sum(axis=0), sources
