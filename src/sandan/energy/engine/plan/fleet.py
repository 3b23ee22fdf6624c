"""Many sites as arrays, and all of them planned in one call.

Rows that sites have in common (prices, trips, margins) are kept once. Work is spread over threads, or over
any `Executor` (a pool of processes, a cluster): each share of the sites is computed alike wherever it runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, fields, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sandan.energy.engine.plan.caps import dispatch_many, own_cost, plan_many
from sandan.energy.model.plan import Battery, PlanParams, Site
from sandan.energy.model.rates import SLOT_HOURS, Floats

Rows = NDArray[np.int64]
NOTHING = Battery("", 0.0, 0.0, lowest=0.0, highest=0.0, start=0.0)
UNLIMITED = 1e12


@dataclass(frozen=True, slots=True)
class Fleet:
    """Sites with at most one store each; energies are kWh a quarter-hour. Shapes as in `plan_many`."""

    need: Floats
    spare: Floats
    spare_row: Rows
    counts: NDArray[np.bool_]
    buy: Floats
    sell: Floats
    rate_row: Rows
    limit_in: Floats
    limit_out: Floats
    prices: Floats
    amounts: Floats
    plugged: Floats
    needed: Floats
    taken: Floats
    profile_row: Rows
    battery: Floats
    demand_price: Floats
    standing: Floats

    def part(self, first: int, last: int) -> Fleet:
        """Some of the sites; shared rows stay whole."""
        shared = {"spare", "counts", "buy", "sell", "plugged", "needed", "taken"}
        cut = {f.name: getattr(self, f.name)[first:last] for f in fields(self) if f.name not in shared}
        return replace(self, **cut)


@dataclass(frozen=True, slots=True)
class Answer:
    """What `solve` found: least costs, caps [kWh], changes of the stores [sites, n], least caps possible."""

    value: Floats
    peak: Floats
    change: Floats
    lowest: Floats


def is_exact(site: Site) -> bool:
    """Whether the dynamic program can say everything about a site."""
    return (
        len(site.batteries) <= 1
        and not site.shiftables
        and all(source.hours is None and source.ramp is None for source in site.sources)
    )


def stored_limits(battery: Battery) -> tuple[float, float, float, float]:
    """Least, most, first and least last stored energy [kWh]."""
    start = battery.start * battery.energy
    end = start if battery.end is None else battery.end * battery.energy
    return battery.lowest * battery.energy, battery.highest * battery.energy, start, end


def price_rows(site: Site, params: PlanParams) -> tuple[Floats, Floats]:
    """What a kWh costs and earns, with the price put on its carbon [won/kWh, n]."""
    return site.rates.energy + params.carbon_price * params.intensity, site.rates.export


def source_price(cost: float, carbon: float, params: PlanParams) -> float:
    return cost + params.carbon_price * carbon


def gather(sites: Sequence[Site], params: PlanParams) -> Fleet:
    """The arrays of sites for which `is_exact` holds, all over the same quarter-hours."""
    n, count = len(sites[0].load), len(sites)
    most = max((len(site.sources) for site in sites), default=0)
    rates: dict[int, int] = {}
    rate_rows = np.empty(count, np.int64)
    counts: list[NDArray[np.bool_]] = []
    buy: list[Floats] = []
    sell: list[Floats] = []
    profiles: dict[tuple[int, int, int], int] = {(id(None), id(None), id(None)): 0}
    plugged, needed, taken = [np.ones(n)], [np.zeros(n)], [np.zeros(n)]
    spare, spare_row = [np.zeros(n)], np.zeros(count, np.int64)
    profile_row, battery = np.zeros(count, np.int64), np.empty((count, 10))
    prices, amounts = np.full((count, most), 1e9), np.zeros((count, most, n))
    for i, site in enumerate(sites):
        row = rates.setdefault(id(site.rates), len(rates))
        if row == len(buy):
            into, out = price_rows(site, params)
            buy.append(into)
            sell.append(out)
            counts.append(site.rates.counts)
        rate_rows[i] = row
        if site.high_load is not None:
            spare_row[i] = len(spare)
            spare.append(np.maximum(site.high_load - site.load, 0) * SLOT_HOURS)
        unit = site.batteries[0] if site.batteries else NOTHING
        low, high, start, end = stored_limits(unit)
        battery[i] = (
            unit.power * SLOT_HOURS,
            unit.energy,
            unit.charge_efficiency,
            unit.discharge_efficiency,
            low,
            high,
            start,
            end,
            unit.wear,
            0.0,
        )
        key = (id(unit.plugged), id(unit.needed), id(unit.taken))
        profile_row[i] = profiles.setdefault(key, len(profiles))
        if profile_row[i] == len(plugged):
            plugged.append(np.ones(n) if unit.plugged is None else unit.plugged.astype(float))
            needed.append(np.zeros(n) if unit.needed is None else unit.needed)
            taken.append(np.zeros(n) if unit.taken is None else unit.taken)
        for m, source in enumerate(site.sources):
            prices[i, m] = source_price(source.cost, source.carbon, params)
            amounts[i, m] = np.maximum(source.power, 0) * SLOT_HOURS
    return Fleet(
        need=np.array([site.load for site in sites]) * SLOT_HOURS,
        spare=np.array(spare),
        spare_row=spare_row,
        counts=np.array(counts),
        buy=np.array(buy),
        sell=np.array(sell),
        rate_row=rate_rows,
        limit_in=np.array([min(site.import_limit, UNLIMITED) for site in sites]) * SLOT_HOURS,
        limit_out=np.array([min(site.export_limit, UNLIMITED) for site in sites]) * SLOT_HOURS,
        prices=prices,
        amounts=amounts,
        plugged=np.array(plugged),
        needed=np.array(needed),
        taken=np.array(taken),
        profile_row=profile_row,
        battery=battery,
        demand_price=np.array([site.rates.demand for site in sites]),
        standing=np.array([site.rates.standing_demand for site in sites]) * SLOT_HOURS,
    )


def solve_part(
    fleet: Fleet,
    extra: Floats,
    extra_row: Rows,
    noise: float,
    seed: int,
    offset: int,
    hint: Floats,
    exact: bool,
    known: Floats,
) -> Answer:
    """Plan all sites of `fleet`, one after another."""
    count, n = fleet.need.shape
    value, peak, change, width = np.empty(count), np.empty(count), np.empty((count, n)), 256
    lowest = known.copy()
    while not plan_many(
        offset,
        fleet.need,
        fleet.spare,
        fleet.spare_row,
        fleet.counts,
        fleet.buy,
        fleet.sell,
        fleet.rate_row,
        extra,
        extra_row,
        fleet.limit_in,
        fleet.limit_out,
        fleet.prices,
        fleet.amounts,
        fleet.plugged,
        fleet.needed,
        fleet.taken,
        fleet.profile_row,
        fleet.battery,
        fleet.demand_price,
        fleet.standing,
        noise,
        seed,
        hint,
        exact,
        width,
        lowest,
        value,
        peak,
        change,
    ):
        width *= 2
    return Answer(value, peak, change, lowest)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One round's course of every site, in single precision to be kept: [sites, n], and per site."""

    value: Floats
    """Least cost at the prices asked [won]."""
    cost: Floats
    """What the course costs at the site's own rates [won]."""
    change: NDArray[np.float32]
    grid: NDArray[np.float32]
    lowest: Floats


def propose_part(
    fleet: Fleet, extra: Floats, extra_row: Rows, noise: float, seed: int, offset: int, known: Floats
) -> Proposal:
    """Plan all sites of `fleet` at prices raised by `extra`, and reckon what their courses cost."""
    answer = solve_part(fleet, extra, extra_row, noise, seed, offset, np.zeros(len(fleet.need)), True, known)
    grid, used = meet(fleet, answer, extra, extra_row)
    cost = reckon(fleet, answer.peak, answer.change, grid, used)
    return Proposal(
        answer.value, cost, answer.change.astype(np.float32), grid.astype(np.float32), answer.lowest
    )


def reckon(fleet: Fleet, peak: Floats, change: Floats, grid: Floats, used: Floats) -> Floats:
    """What each site pays by itself [won]; demand up to `peak` [kWh a quarter-hour]."""
    cost = np.empty(len(grid))
    own_cost(
        grid,
        used,
        change,
        peak,
        fleet.buy,
        fleet.sell,
        fleet.rate_row,
        fleet.prices,
        fleet.battery,
        fleet.demand_price,
        fleet.standing,
        cost,
    )
    return cost


def propose(
    parts: Sequence[tuple[int, Fleet]],
    pool: Executor,
    extra: Floats,
    extra_row: Rows,
    noise: float,
    seed: int,
    lowest: Floats,
) -> Proposal:
    """The same for all `parts` (first site, sites), each in `pool`; alike however they are cut."""
    jobs = [
        pool.submit(
            propose_part, part, extra, extra_row[a : a + len(part.need)], noise, seed, a,
            lowest[a : a + len(part.need)],
        )
        for a, part in parts
    ]  # fmt: skip
    count, n = sum(len(part.need) for _, part in parts), extra.shape[1]
    whole = Proposal(
        np.empty(count),
        np.empty(count),
        np.empty((count, n), np.float32),
        np.empty((count, n), np.float32),
        np.empty(count),
    )
    jobs.reverse()
    for a, part in parts:
        # Each share is let go as soon as it is copied.
        found, to = jobs.pop().result(), slice(a, a + len(part.need))
        for name in ("value", "cost", "change", "grid", "lowest"):
            getattr(whole, name)[to] = getattr(found, name)
    return whole


def solve(
    fleet: Fleet,
    pool: Executor | None,
    shares: Sequence[tuple[int, int]],
    extra: Floats,
    extra_row: Rows,
    noise: float = 0.0,
    seed: int = 1,
    hint: Floats | None = None,
    lowest: Floats | None = None,
) -> Answer:
    """Plan all sites at prices raised by `extra` [won/kWh, rows × n].

    `hint` are caps to be kept to [kWh]; `lowest` what an earlier answer found, which prices do not change.
    """
    exact = hint is None
    caps = np.zeros(len(fleet.need)) if hint is None else hint
    known = np.full(len(fleet.need), -1.0) if lowest is None else lowest
    asked = [
        (fleet.part(a, b), extra, extra_row[a:b], noise, seed, a, caps[a:b], exact, known[a:b])
        for a, b in shares
    ]
    if pool is None or len(asked) == 1:
        found = [solve_part(*one) for one in asked]
    else:
        found = [job.result() for job in [pool.submit(solve_part, *one) for one in asked]]
    return Answer(
        np.concatenate([one.value for one in found]),
        np.concatenate([one.peak for one in found]),
        np.concatenate([one.change for one in found]),
        np.concatenate([one.lowest for one in found]),
    )


def exchange_of(fleet: Fleet, change: Floats) -> Floats:
    """What stores draw that are filled by `change` [kWh, sites × n]."""
    up, down = fleet.battery[:, 2:3], fleet.battery[:, 3:4]
    return np.asarray(np.where(change >= 0, change / up, change * down))


def peak_of(fleet: Fleet, grid: Floats) -> Floats:
    """Counted import with its margin [kWh a quarter-hour, sites]."""
    with_margin = np.maximum(grid, 0) + fleet.spare[fleet.spare_row]
    return np.asarray(np.where(fleet.counts[fleet.rate_row], with_margin, 0.0).max(axis=1))


def rest(fleet: Fleet) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Which sites may leave their stores alone; grid and sources [kWh] when they do."""
    count, n = fleet.need.shape
    b, p = fleet.battery, fleet.profile_row
    still = (fleet.taken[p] == 0).all(axis=1)
    still &= b[:, 6] >= np.maximum(np.maximum(b[:, 4], b[:, 7]), b[:, 1] * fleet.needed[p].max(axis=1)) - 1e-9
    still &= b[:, 6] <= b[:, 5] + 1e-9
    nothing = Answer(np.zeros(count), np.full(count, 1e15), np.zeros((count, n)), np.zeros(count))
    grid, used = meet(fleet, nothing, np.zeros((1, n)), np.zeros(count, np.int64))
    still &= np.isfinite(grid).all(axis=1)
    still &= (grid <= fleet.limit_in[:, None] + 1e-9).all(axis=1)
    still &= (grid >= -fleet.limit_out[:, None] - 1e-9).all(axis=1)
    return still, np.where(still[:, None], grid, 0.0), used


def meet(fleet: Fleet, answer: Answer, extra: Floats, extra_row: Rows) -> tuple[Floats, Floats]:
    """Grid [kWh, sites × n] and sources [kWh, sites × sources × n] that go with `answer`."""
    grid, used = np.empty_like(fleet.need), np.zeros_like(fleet.amounts)
    dispatch_many(
        fleet.need,
        fleet.buy,
        fleet.sell,
        fleet.rate_row,
        extra,
        extra_row,
        fleet.counts,
        fleet.spare,
        fleet.spare_row,
        answer.peak,
        fleet.limit_in,
        fleet.limit_out,
        fleet.prices,
        fleet.amounts,
        fleet.battery,
        answer.change,
        grid,
        used,
    )
    return grid, used


def shares_of(count: int, parts: int) -> list[tuple[int, int]]:
    """`count` sites in at most `parts` even shares."""
    edges = np.linspace(0, count, max(1, min(parts, count)) + 1).astype(int)
    return [(int(a), int(b)) for a, b in pairwise(edges)]
