"""The rounds of a bargain: sites propose at prices, masters mix what was proposed, prices follow."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sandan.energy.engine.plan.fleet import (
    Proposal,
    exchange_of,
    gather,
    is_exact,
    peak_of,
    propose,
    reckon,
    rest,
    shares_of,
)
from sandan.energy.engine.plan.masters import ComplexMaster, FeederMaster
from sandan.energy.engine.plan.program import Repriced
from sandan.energy.engine.plan.structure import Ints, Prices, find_structure
from sandan.energy.model.plan import ComplexProblem, PlanParams, Site
from sandan.energy.model.rates import SLOT_HOURS, Floats

NOISE = 0.02
"""Of the prices, so that sites with a choice choose differently [won/kWh]; the bound allows for it."""
SMOOTH = 0.9
"""Weight of the best prices so far in the next ones."""
FINE, DEARER, DEAREST = 0.5, 3.0, 1e5
"""What a kWh beyond a limit costs at first, as a share of the spread of prices: low, since no price can be
above it, and wild prices teach nothing. It rises by `DEARER` while a bargain ends with limits broken, up to
`DEAREST` won."""
GROUPS = 200
"""Feeders are grouped in the complex's program, which has a course of each group in every round."""

PARTS = 2
"""Blocks a feeder's sites are cut into: a mix has more to choose from, so that fewer rounds are enough."""
SHARE = 1000
"""Sites planned in one go; more would need more memory."""


@dataclass(frozen=True, slots=True)
class Round:
    """One round's proposal of all sites."""

    change: NDArray[np.float32]
    """What the stores are filled by [kWh, sites × n]."""
    grid: NDArray[np.float32]
    """[kWh, sites × n]; no sites where no source leaves a choice."""
    nets: Floats
    """Net import of each block [kW, blocks × n]."""
    others: tuple[Floats, ...]
    """All variables of each site that has a program of its own [kWh]."""


class AloneInfeasible(Exception):
    """Sites that cannot keep their own limits, whatever the others do."""

    def __init__(self, places: Ints) -> None:
        super().__init__(len(places))
        self.places = places


class Bargain:
    """The state of the rounds: courses proposed, masters, the best bound."""

    def __init__(
        self, problem: ComplexProblem, params: PlanParams, pool: Executor, threads: ThreadPoolExecutor
    ) -> None:
        self.structure = find_structure(problem, PARTS)
        self.sites = [problem.sites[int(i)] for i in self.structure.order]
        self.n, self.params, self._pool, self._threads = len(self.sites[0].load), params, pool, threads
        # What the dynamic program cannot say stands in the fleet as a site that needs nothing.
        self.others = {i: Repriced(site, params) for i, site in enumerate(self.sites) if not is_exact(site)}
        self.fleet = gather(
            [self._nothing(site) if i in self.others else site for i, site in enumerate(self.sites)], params
        )
        shares = shares_of(len(self.sites), max(params.workers, len(self.sites) // SHARE))
        self.parts = [(a, self.fleet.part(a, b)) for a, b in shares]
        self.courses: list[Round] = []
        self._own: list[Floats] = []
        self._mixes: list[Floats] = []
        self._costs: Floats = np.zeros((0, 0))
        self._lowest: Floats = np.full(len(self.sites), -1.0)
        self._allowed = NOISE * float(self.fleet.battery[:, 0].sum()) * self.n
        spread = float(self.fleet.buy.max() - self.fleet.buy.min())
        self.fine = FINE * max(spread, 20.0)
        endless = np.full(self.n, 1e15)
        s = self.structure
        self._blocks = [slice(a, b) for a, b in pairwise([*s.feeder_begins.tolist(), len(s.begins)])]
        self._feeders = [
            FeederMaster(
                limit.import_limit if limit else endless,
                limit.export_limit if limit else endless,
                part.stop - part.start,
            )
            for limit, part in zip(s.feeder_limits, self._blocks, strict=True)
        ]
        count = len(self._feeders)
        self._groups = np.arange(count) * min(count, GROUPS) // count
        self._group_begins = np.searchsorted(self._groups, np.arange(self._groups[-1] + 1))
        self._complex = ComplexMaster(len(self._group_begins), s.least, s.most, s.penalty, self.fine)
        self.bound = -np.inf
        zero = Prices(np.zeros((count, self.n)), np.zeros(len(s.least)))
        self.best = self.current = self._asked = zero
        self.weights: Floats = np.zeros((0, len(s.begins)))
        self.upper, self.slack = np.inf, 0.0

    def _nothing(self, site: Site) -> Site:
        rates = replace(site.rates, demand=0.0)
        return Site(site.id, rates, np.zeros(self.n))

    def _ask_others(self, extra: Floats, made: Proposal) -> tuple[Floats, ...]:
        """Fill in what the sites with programs of their own propose; gives all their variables."""
        found = []
        for i, program in self.others.items():
            made.value[i], made.cost[i], grid, x = program.ask(extra[self.structure.block[i]])
            made.grid[i] = grid
            found.append(x)
        return tuple(found)

    def propose(self) -> Floats:
        """All sites plan at the current prices; gives what each block's course costs its sites [won]."""
        s = self.structure
        extra = self.current.of_blocks(s)
        made = propose(
            self.parts,
            self._pool,
            extra,
            s.block,
            NOISE,
            self.params.seed + len(self.courses),
            self._lowest,
        )
        self._lowest = made.lowest
        others = self._ask_others(extra, made)
        if not np.isfinite(made.value).all():
            raise AloneInfeasible(np.flatnonzero(~np.isfinite(made.value)))
        bound = float(made.value.sum()) - self._allowed - self.current.earn(s)
        if bound > self.bound:
            self.bound, self.best = bound, self.current
        return self._keep(made.change, made.grid, made.cost, others)

    def _keep(
        self,
        change: NDArray[np.float32],
        grid: NDArray[np.float32],
        cost: Floats,
        others: tuple[Floats, ...],
    ) -> Floats:
        s = self.structure
        nets = np.add.reduceat(grid, s.begins, axis=0, dtype=np.float64) / SLOT_HOURS
        kept = grid if self.fleet.prices.shape[1] else grid[:0].copy()
        self.courses.append(Round(change, kept, nets, others))
        self._own.append(cost)
        return np.asarray(np.add.reduceat(cost, s.begins))

    def rest(self) -> Floats:
        """One course more, with all batteries at rest; sites that cannot do that repeat their first."""
        fleet, first = self.fleet, self.courses[0]
        still, grid, used = rest(fleet)
        still[list(self.others)] = False
        idle = reckon(fleet, peak_of(fleet, grid), np.zeros_like(grid), grid, used)
        cost = np.where(still, idle, self._own[0])
        change = np.where(still[:, None], np.float32(0), first.change)
        again = np.array(first.grid, np.float64)
        if not len(again):
            again = np.asarray(fleet.need + exchange_of(fleet, np.array(first.change, np.float64)))
        for k, i in enumerate(self.others):
            at = self.others[i].columns
            again[i] = first.others[k][at.into] - first.others[k][at.out]
        whole = np.where(still[:, None], grid, again).astype(np.float32)
        return self._keep(change, whole, cost, first.others)

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
        asked = np.array([(course.nets * asked_price).sum(axis=1) for course in self.courses]) * SLOT_HOURS
        newest = self.courses[-1].nets
        mixes, feeder_prices = np.zeros((k, len(s.begins))), np.zeros((count, self.n))
        blended_cost = np.empty(count)
        self._costs = np.vstack([self._costs, costs]) if k > 1 else costs[None]

        broken = np.empty(count)

        def settle(feeders: range) -> None:
            for f in feeders:
                master, part = self._feeders[f], self._blocks[f]
                master.add(newest[part], costs[part], self.fine)
                mixes[:, part], feeder_prices[f], broken[f] = master.settle(asked[:, part])
                blended_cost[f] = float((mixes[:, part] * self._costs[:, part]).sum())

        shares = [range(a, b) for a, b in shares_of(count, self.params.workers)]
        list(self._threads.map(settle, shares))
        self._mixes.append(mixes)
        nets = np.zeros_like(newest)
        for j, course in enumerate(self.courses):
            nets += mixes[j][:, None] * course.nets
        uses = np.add.reduceat(self.uses(nets), self._group_begins, axis=0)
        self._complex.add(
            uses,
            np.add.reduceat(blended_cost, self._group_begins),
            np.add.reduceat(broken, self._group_begins),
        )
        weights, shared, self.upper = self._complex.settle()
        self.weights = np.zeros((k, len(s.begins)))
        for mixed, weight in zip(self._mixes, weights, strict=True):
            self.weights[: len(mixed)] += weight[self._groups[s.feeder]] * mixed
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
