"""Thousands of sites under limits that they share, by prices instead of by one huge program.

Each round every site plans for itself at its rates plus the prices of its feeder, transformer, complex and
events; the masters mix the courses so that limits hold, and their duals, smoothed, are the next prices.
Two facts come with every plan: the least that any plan could cost (Lagrange: what the sites paid at some
prices, less what those prices earn on the limits), and the most by which a limit is broken.
"""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sandan.energy.engine.plan.fleet import (
    Fleet,
    Proposal,
    gather,
    is_exact,
    propose,
    reckon,
    shares_of,
)
from sandan.energy.engine.plan.masters import ComplexMaster, FeederMaster
from sandan.energy.engine.plan.program import Repriced
from sandan.energy.engine.plan.sites import cost_of, idle_course, infeasible_plan
from sandan.energy.model.plan import (
    ComplexPlan,
    ComplexProblem,
    Limit,
    Method,
    PlanParams,
    Request,
    Site,
    Status,
    Unmet,
    find_faults,
)
from sandan.energy.model.rates import SLOT_HOURS, Floats
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

Ints = NDArray[np.int64]
NOISE = 0.02
"""Of the prices, so that sites with a choice choose differently [won/kWh]; the bound allows for it."""
SMOOTH = 0.9
"""Weight of the best prices so far in the next ones."""
FINE, DEARER, DEAREST = 0.5, 3.0, 1e5
"""What a kWh beyond a limit costs at first, as a share of the spread of prices: low, since no price can be
above it, and wild prices teach nothing. It rises by `DEARER` while a bargain ends with limits broken, up to
`DEAREST` won."""
WATT = 1e-3
EARLY, SLACK, PATIENCE = 1.25, 1e-7, 6


@dataclass(frozen=True, slots=True)
class Structure:
    """Who shares what. Sites are ordered by block: one feeder, and the same shared limits."""

    order: Ints
    """Site of each place [sites]."""
    block: Ints
    """Block of each place [sites]."""
    begins: Ints
    """First place of each block [blocks]."""
    feeder: Ints
    """Feeder of each block, ascending [blocks]."""
    feeder_begins: Ints
    """First block of each feeder."""
    shared: tuple[Limit | Request, ...]
    within: NDArray[np.bool_]
    """Whether a block is within a shared limit or event [shared, blocks]."""
    slots: tuple[Ints, ...]
    """The quarter-hours of each."""
    rows: tuple[slice, ...]
    """Where its rows are among all shared rows."""
    least: Floats
    most: Floats
    penalty: Floats
    feeder_limits: tuple[Limit | None, ...]


def find_structure(problem: ComplexProblem) -> Structure:
    """Blocks of sites that meet the same prices, and the rows of all that is shared."""
    count, n = len(problem.sites), len(problem.sites[0].load)
    local = [limit for limit in problem.limits if limit.local]
    shared: tuple[Limit | Request, ...] = (
        *(limit for limit in problem.limits if not limit.local),
        *problem.requests,
    )
    feeder = np.full(count, len(local))
    for f, limit in enumerate(local):
        feeder[limit.members] = f
    inside = np.zeros((len(shared), count), bool)
    for g, one in enumerate(shared):
        inside[g, one.members] = True
    keys = np.vstack([inside[::-1].astype(np.int64), feeder[None]])
    order = np.lexsort(keys)
    ranked = keys[:, order]
    begins = np.flatnonzero(np.r_[True, (np.diff(ranked, axis=1) != 0).any(axis=0)])
    block = np.searchsorted(begins, np.arange(count), side="right") - 1
    of_block = feeder[order][begins]
    feeders, feeder_begins = np.unique(of_block, return_index=True)
    slots = tuple(np.arange(n) if isinstance(one, Limit) else np.asarray(one.slots) for one in shared)
    ends = np.cumsum([0, *(len(at) for at in slots)])
    rows = tuple(slice(int(a), int(b)) for a, b in pairwise(ends))
    least, most, penalty = np.empty(ends[-1]), np.empty(ends[-1]), np.empty(ends[-1])
    for one, at in zip(shared, rows, strict=True):
        if isinstance(one, Limit):
            least[at], most[at], penalty[at] = -one.export_limit, one.import_limit, np.inf
        else:
            least[at], most[at], penalty[at] = -np.inf, one.ceiling, one.penalty
    return Structure(
        order,
        block,
        begins,
        np.searchsorted(feeders, of_block),
        feeder_begins,
        shared,
        inside[:, order][:, begins],
        slots,
        rows,
        least,
        most,
        penalty,
        tuple(local[f] if f < len(local) else None for f in feeders),
    )


@dataclass(frozen=True, slots=True)
class Prices:
    """Of each feeder [won/kWh, feeders × n] and each shared row [won/kWh]."""

    feeder: Floats
    shared: Floats

    def towards(self, new: Prices, weight: float) -> Prices:
        return Prices(
            weight * self.feeder + (1 - weight) * new.feeder,
            weight * self.shared + (1 - weight) * new.shared,
        )

    def of_blocks(self, structure: Structure) -> Floats:
        """What a kWh costs each block besides its rates [blocks, n]."""
        price = self.feeder[structure.feeder].copy()
        for g, (at, slots) in enumerate(zip(structure.rows, structure.slots, strict=True)):
            price[np.ix_(structure.within[g], slots)] += self.shared[at]
        return price

    def earn(self, structure: Structure) -> float:
        """What these prices earn on the limits [won]: all that is to be taken off for the bound."""
        earned = _earned(self.shared, structure.least, structure.most)
        for f, limit in enumerate(structure.feeder_limits):
            if limit is not None:
                earned += _earned(self.feeder[f], -limit.export_limit, limit.import_limit)
        return earned * SLOT_HOURS


def _earned(price: Floats, least: Floats, most: Floats) -> float:
    up, down = price > 0, price < 0
    return float(price[up] @ most[up] + price[down] @ least[down])


@dataclass(frozen=True, slots=True)
class Course:
    """One round's proposal of all sites."""

    change: NDArray[np.float32]
    grid: NDArray[np.float32]
    nets: Floats
    """Net import of each block [kW, blocks × n]."""


class _AloneInfeasible(Exception):
    """Sites that cannot keep their own limits, whatever the others do."""

    def __init__(self, places: Ints) -> None:
        super().__init__(len(places))
        self.places = places


class Bargain:
    """The state of the rounds: courses proposed, masters, the best bound."""

    def __init__(
        self, problem: ComplexProblem, params: PlanParams, pool: Executor, threads: ThreadPoolExecutor
    ) -> None:
        self.structure = find_structure(problem)
        self.sites = [problem.sites[int(i)] for i in self.structure.order]
        self.n, self.params, self._pool, self._threads = len(self.sites[0].load), params, pool, threads
        # What the dynamic program cannot say stands in the fleet as a site that needs nothing.
        self.others = {i: Repriced(site, params) for i, site in enumerate(self.sites) if not is_exact(site)}
        self.fleet = gather(
            [self._nothing(site) if i in self.others else site for i, site in enumerate(self.sites)], params
        )
        self.paid: list[Floats] = []
        self.charges: list[Floats] = []
        shares = shares_of(len(self.sites), params.workers)
        self._parts = [(a, self.fleet.part(a, b)) for a, b in shares]
        self.courses: list[Course] = []
        self._mixes: list[Floats] = []
        self._costs: Floats = np.zeros((0, 0))
        self._lowest: Floats = np.full(len(self.sites), -1.0)
        self._allowed = NOISE * float(self.fleet.battery[:, 0].sum()) * self.n
        spread = float(self.fleet.buy.max() - self.fleet.buy.min())
        self.fine = FINE * max(spread, 20.0)
        endless = np.full(self.n, 1e15)
        self._feeders = [
            FeederMaster(limit.import_limit, limit.export_limit) if limit else FeederMaster(endless, endless)
            for limit in self.structure.feeder_limits
        ]
        count = len(self._feeders)
        self._groups = np.arange(count) * min(count, GROUPS) // count
        self._group_begins = np.searchsorted(self._groups, np.arange(self._groups[-1] + 1))
        s = self.structure
        self._complex = ComplexMaster(len(self._group_begins), s.least, s.most, s.penalty, self.fine)
        self.bound = -np.inf
        zero = Prices(np.zeros((count, self.n)), np.zeros(len(s.least)))
        self.best = self.current = self._asked = zero
        self.weights: Floats = np.zeros((0, count))
        self.upper, self.slack = np.inf, 0.0

    def _nothing(self, site: Site) -> Site:
        rates = replace(site.rates, demand=0.0)
        return Site(site.id, rates, np.zeros(self.n))

    def _ask_others(self, extra: Floats, made: Proposal) -> None:
        """Fill in what the sites with programs of their own propose."""
        paid, charges = np.zeros(len(self.others)), np.zeros((len(self.others), self.n))
        for k, (i, program) in enumerate(self.others.items()):
            made.value[i], paid[k], grid, charges[k] = program.ask(extra[self.structure.block[i]])
            made.cost[i], made.grid[i] = paid[k], grid
        self.paid.append(paid)
        self.charges.append(charges)

    def propose(self) -> Floats:
        """All sites plan at the current prices; gives what each feeder's course costs its sites [won]."""
        s = self.structure
        extra = self.current.of_blocks(s)
        made = propose(
            self._parts,
            self._pool,
            extra,
            s.block,
            NOISE,
            self.params.seed + len(self.courses),
            self._lowest,
        )
        self._lowest = made.lowest
        self._ask_others(extra, made)
        if not np.isfinite(made.value).all():
            raise _AloneInfeasible(np.flatnonzero(~np.isfinite(made.value)))
        bound = float(made.value.sum()) - self._allowed - self.current.earn(s)
        if bound > self.bound:
            self.bound, self.best = bound, self.current
        nets = np.add.reduceat(made.grid, s.begins, axis=0, dtype=np.float64) / SLOT_HOURS
        self.courses.append(Course(made.change, made.grid, nets))
        by_block = np.add.reduceat(made.cost, s.begins)
        return np.add.reduceat(by_block, s.feeder_begins)

    def uses(self, nets: Floats) -> Floats:
        """What each feeder uses of each shared row [kW, feeders × rows]."""
        s = self.structure
        used = np.empty((len(self._feeders), len(s.least)))
        for g, (at, slots) in enumerate(zip(s.rows, s.slots, strict=True)):
            inside = nets[:, slots] * s.within[g][:, None]
            used[:, at] = np.add.reduceat(inside, s.feeder_begins, axis=0)
        return used

    def mix(self, costs: Floats) -> None:
        """The masters mix all courses so far; sets the next prices."""
        s, k, count = self.structure, len(self.courses), len(self._feeders)
        # What the complex asked for last makes a course dear to its feeder.
        asked_price = Prices(np.zeros_like(self._asked.feeder), self._asked.shared).of_blocks(s)
        asked = np.empty((k, count))
        for j, course in enumerate(self.courses):
            asked[j] = np.add.reduceat((course.nets * asked_price).sum(axis=1), s.feeder_begins) * SLOT_HOURS
        newest = self.courses[-1].nets
        totals = np.add.reduceat(newest, s.feeder_begins, axis=0)
        mixes, feeder_prices = np.zeros((k, count)), np.zeros((count, self.n))
        blended_cost = np.empty(count)
        self._costs = np.vstack([self._costs, costs]) if k > 1 else costs[None]

        broken = np.empty(count)

        def settle(feeders: range) -> None:
            for f in feeders:
                master = self._feeders[f]
                master.add(totals[f], float(costs[f]), self.fine)
                mixes[:, f], feeder_prices[f], broken[f] = master.settle(asked[:, f])
                blended_cost[f] = mixes[:, f] @ self._costs[:, f]

        shares = [range(a, b) for a, b in shares_of(count, self.params.workers)]
        list(self._threads.map(settle, shares))
        self._mixes.append(mixes)
        nets = np.zeros_like(newest)
        for j, course in enumerate(self.courses):
            nets += mixes[j][s.feeder][:, None] * course.nets
        uses = np.add.reduceat(self.uses(nets), self._group_begins, axis=0)
        self._complex.add(
            uses,
            np.add.reduceat(blended_cost, self._group_begins),
            np.add.reduceat(broken, self._group_begins),
        )
        weights, shared, self.upper = self._complex.settle()
        self.weights = np.zeros((k, count))
        for mixed, weight in zip(self._mixes, weights, strict=True):
            self.weights[: len(mixed)] += weight[self._groups] * mixed
        ceiling = np.where(np.isinf(s.penalty), np.inf, s.penalty)
        shared = np.where(np.isinf(s.least), np.clip(shared, 0, ceiling), shared)
        self._asked = Prices(feeder_prices, shared)
        self.slack = self._complex.slack
        self.current = self.best.towards(self._asked, 0.0 if k < 3 else SMOOTH)

    def raise_fine(self) -> bool:
        """Limits are still broken: make that dearer. False when it was as dear as it gets."""
        if self.fine >= DEAREST:
            return False
        self.fine *= DEARER
        for master in self._feeders:
            master.charge(self.fine)
        self._complex.charge(self.fine)
        return True

    @property
    def gap(self) -> float:
        return (self.upper - self.bound) / max(1.0, abs(self.upper))


GROUPS = 64
"""Feeders are grouped in the complex's program, which has a course of each group in every round."""


def plan_complex(
    problem: ComplexProblem, params: PlanParams | None = None, pool: Executor | None = None
) -> ComplexPlan:
    """Set-points for all sites that keep every shared limit, within a proven gap of the cheapest.

    `pool` computes the sites' own plans (threads by default; processes or a cluster give the same plan).
    Raises InvalidInput with all faults. When limits cannot be kept the status is INFEASIBLE and `unmet`
    names each with the power that is wanting.
    """
    chosen = params or PlanParams()
    check(problem)
    with ThreadPoolExecutor(chosen.workers) as threads:
        bargain = Bargain(problem, chosen, pool or threads, threads)
        try:
            return _bargain(problem, chosen, bargain)
        except _AloneInfeasible as alone:
            return _refuse(problem, chosen, [bargain.sites[int(i)] for i in alone.places])


def check(problem: ComplexProblem) -> None:
    """Raise InvalidInput with everything that is wrong."""
    faults = [fault for site in problem.sites for fault in find_faults(site)]
    n = {len(site.load) for site in problem.sites}
    if len(n) != 1:
        faults.append(
            Finding(
                "sites",
                Text(
                    "모든 수용가가 같은 15분 구간이어야 합니다.",
                    "All sites must cover the same quarter-hours.",
                ),
                Text("구간을 맞추십시오.", "Align them."),
            )
        )
    seen: set[int] = set()
    for limit in problem.limits:
        members = {int(i) for i in limit.members}
        if limit.local and members & seen:
            faults.append(
                Finding(
                    limit.id,
                    Text("다른 배전선로와 수용가가 겹칩니다.", "shares a site with another feeder."),
                    Text("한 수용가는 한 선로에만 두십시오.", "Put each site on one feeder."),
                )
            )
        if limit.local:
            seen |= members
    if faults:
        raise InvalidInput(faults)


def _bargain(problem: ComplexProblem, params: PlanParams, bargain: Bargain) -> ComplexPlan:
    stuck, least = 0, np.inf
    while True:
        bargain.mix(bargain.propose())
        last = len(bargain.courses) >= params.rounds
        if bargain.slack <= SLACK and (bargain.gap <= EARLY * params.gap or last):
            # What is carried out is a little cheaper than the mix: ask it before another round.
            plan = conclude(problem, params, bargain)
            if plan.status is not Status.UNFINISHED or last:
                return plan
        elif bargain.gap <= params.gap and not bargain.raise_fine():
            # As dear as it gets, and still broken by as much: it cannot be kept.
            stuck = stuck + 1 if bargain.slack > 0.99 * least else 0
            least = min(least, bargain.slack)
            last |= stuck > PATIENCE
        if last:
            return conclude(problem, params, bargain)


def _refuse(problem: ComplexProblem, params: PlanParams, sites: list[Site]) -> ComplexPlan:
    """No plan: some sites cannot keep their own limits."""
    unmet = [
        replace(one, constraint=f"{site.id}: {one.constraint}")
        for site in sites
        for one in infeasible_plan(site, params, Method.COORDINATION).unmet
    ]
    empty = np.empty((0, len(problem.sites[0].load)))
    return ComplexPlan(
        Status.INFEASIBLE,
        Method.COORDINATION,
        np.inf,
        np.inf,
        np.inf,
        0,
        empty,
        empty,
        np.empty(0),
        empty,
        0.0,
        tuple(unmet),
    )


def conclude(problem: ComplexProblem, params: PlanParams, bargain: Bargain) -> ComplexPlan:
    """One course for every site out of the mix, put right, and what it comes to."""
    s, fleet, n = bargain.structure, bargain.fleet, bargain.n
    weights = bargain.weights[:, s.feeder[s.block]]
    change, grid = np.zeros((len(bargain.sites), n)), np.zeros((len(bargain.sites), n))
    for weight, course in zip(weights, bargain.courses, strict=True):
        if weight.max() > 1e-12:
            change += weight[:, None] * course.change
            grid += weight[:, None] * course.grid
    up, down = fleet.battery[:, 2:3], fleet.battery[:, 3:4]
    exchange = np.where(change >= 0, change / up, change * down)
    whole, free = fleet.need + exchange, fleet.amounts.sum(axis=1)
    # A mix of charging and giving needs less than the mix of what each needed: less is imported then.
    own = grid
    grid = np.clip(grid, whole - free, whole)
    for k, i in enumerate(bargain.others):
        grid[i], share = own[i], weights[:, i]
        exchange[i] = sum(w * charges[k] for w, charges in zip(share, bargain.charges, strict=True))
    used = _share_sources(fleet, whole - grid)
    peak = _peak(fleet, grid)
    cost = reckon(fleet, peak, change, grid, used)
    for k, i in enumerate(bargain.others):
        cost[i] = float(weights[:, i] @ np.array([paid[k] for paid in bargain.paid]))
    nets = np.add.reduceat(grid, s.begins, axis=0) / SLOT_HOURS
    total = bargain.uses(nets).sum(axis=0)
    over = np.maximum(total - s.most, s.least - total)
    event = np.isfinite(s.penalty)
    shortfall = np.maximum(over[event], 0)
    violation, unmet = _broken(bargain, nets, np.where(event, 0.0, over))
    back = np.argsort(s.order)
    whole_cost = float(cost.sum() + (shortfall * s.penalty[event]).sum() * SLOT_HOURS)
    gap = (whole_cost - bargain.bound) / max(1.0, abs(whole_cost))
    status = Status.UNFINISHED
    if violation > WATT:
        status = Status.INFEASIBLE
    elif gap <= params.gap:
        status = Status.WITHIN_GAP
    prices = np.zeros((len(problem.limits), n))
    local = {id(limit): f for f, limit in enumerate(s.feeder_limits)}
    shared = {id(one): at for one, at in zip(s.shared, s.rows, strict=True)}
    for k, limit in enumerate(problem.limits):
        prices[k] = (
            bargain.best.feeder[local[id(limit)]] if limit.local else bargain.best.shared[shared[id(limit)]]
        )
    return ComplexPlan(
        status,
        Method.COORDINATION,
        whole_cost,
        idle_cost(bargain),
        bargain.bound,
        len(bargain.courses),
        grid[back] / SLOT_HOURS,
        exchange[back] / SLOT_HOURS,
        shortfall,
        prices,
        violation,
        unmet,
    )


def _share_sources(fleet: Fleet, wanted: Floats) -> Floats:
    """`wanted` [kWh, sites × n] from each site's sources, the cheapest first."""
    used, left = np.zeros_like(fleet.amounts), np.maximum(wanted, 0.0)
    order = np.argsort(fleet.prices, axis=1)
    places = np.arange(len(left))
    for rank in range(fleet.prices.shape[1]):
        m = order[:, rank]
        part = np.minimum(left, fleet.amounts[places, m])
        used[places, m] = part
        left = left - part
    return used


def _broken(bargain: Bargain, nets: Floats, over: Floats) -> tuple[float, tuple[Unmet, ...]]:
    """The most by which a limit is broken [kW], and each that is by more than a watt."""
    s = bargain.structure
    totals = np.add.reduceat(nets, s.feeder_begins, axis=0)
    found = [
        (limit.id, np.maximum(totals[f] - limit.import_limit, -limit.export_limit - totals[f]))
        for f, limit in enumerate(s.feeder_limits)
        if limit is not None
    ]
    found += [(one.id, over[at]) for one, at in zip(s.shared, s.rows, strict=True)]
    worst = max((float(excess.max(initial=0.0)) for _, excess in found), default=0.0)
    unmet = []
    for name, excess in found:
        power = float(excess.max(initial=0.0))
        if power > WATT:
            slots = tuple(int(t) for t in np.flatnonzero(excess > WATT))
            said = Text(
                f"'{name}' 한도를 지킬 수 없습니다: {power:,.1f} kW가 모자랍니다 (15분 구간 {len(slots)}개).",
                f"The limit of '{name}' is {power:,.1f} kW too low in {len(slots)} quarter-hour(s).",
            )
            unmet.append(Unmet(name, power, "kW", slots, said))
    return max(0.0, worst), tuple(unmet)


def _peak(fleet: Fleet, grid: Floats) -> Floats:
    """Counted import with its margin [kWh a quarter-hour, sites]."""
    with_margin = np.maximum(grid, 0) + fleet.spare[fleet.spare_row]
    return np.asarray(np.where(fleet.counts[fleet.rate_row], with_margin, 0.0).max(axis=1))


def idle_cost(bargain: Bargain) -> float:
    """What the sites would pay with nothing planned; events unanswered, limits not looked at."""
    fleet, s = bargain.fleet, bargain.structure
    used = np.where(fleet.prices[:, :, None] <= 0, fleet.amounts, 0.0)
    grid = fleet.need - used.sum(axis=1)
    cost = reckon(fleet, _peak(fleet, grid), np.zeros_like(grid), grid, used)
    for i in bargain.others:
        site = bargain.sites[i]
        course, sources = idle_course(site)
        batteries = np.zeros((len(site.batteries), len(course)))
        cost[i] = cost_of(site, bargain.params, course, batteries, sources)[0].total
        grid[i] = course * SLOT_HOURS
    nets = np.add.reduceat(grid, s.begins, axis=0) / SLOT_HOURS
    event = np.isfinite(s.penalty)
    short = np.maximum(bargain.uses(nets).sum(axis=0) - s.most, 0)[event]
    return float(cost.sum() + (short * s.penalty[event]).sum() * SLOT_HOURS)
