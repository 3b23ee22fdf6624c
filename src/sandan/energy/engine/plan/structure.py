"""Who shares which limit, and what the limits cost: blocks of sites that meet the same prices."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sandan.energy.model.plan import ComplexProblem, Limit, Request
from sandan.energy.model.rates import SLOT_HOURS, Floats

Ints = NDArray[np.int64]


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


def find_structure(problem: ComplexProblem, parts: int = 1) -> Structure:
    """Blocks of sites that meet the same prices, and the rows of all that is shared.

    A feeder's sites are cut into about `parts` blocks, which are mixed each for itself.
    """
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
    part = np.zeros(count, np.int64)
    for f in range(len(local) + 1):
        members = np.flatnonzero(feeder == f)
        part[members] = np.arange(len(members)) * parts // max(1, len(members))
    keys = np.vstack([part[None], inside[::-1].astype(np.int64), feeder[None]])
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
