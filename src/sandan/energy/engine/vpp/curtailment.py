"""Curtailment shared so that in the long run each gives up the same part of what it could have given."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sandan.energy.model.rates import SLOT_HOURS, Floats
from sandan.energy.model.vpp import Curtailment, CurtailmentMemory
from sandan.errors import InvalidInput
from sandan.words import Text


def no_memory(plants: int) -> CurtailmentMemory:
    """Nobody has been curtailed yet."""
    return CurtailmentMemory(np.zeros(plants), np.zeros(plants))


def share_curtailment(
    possible: Floats,
    ordered: Floats,
    memory: CurtailmentMemory,
    concerned: NDArray[np.bool_] | None = None,
    hours: float = SLOT_HOURS,
) -> Curtailment:
    """Who of the plants gives up how much of `ordered` [kW, slots]; `possible` [kW, plants × slots].

    In each slot the one rate λ is found at which Σ clip(λ·P − C, 0, possible) = ordered, where P is what a
    plant could have given in all curtailed slots so far, this one included, and C what it has given up: with
    equal pasts that is pro rata, and who gave up more before gives up less now. `concerned` [plants × slots]
    are those behind the line that is full; the memory knows of all. What exceeds all output is told as short.
    Raises `InvalidInput` where a value is missing or negative.
    """
    if (
        not (np.isfinite(possible).all() and np.isfinite(ordered).all())
        or min(possible.min(initial=0), ordered.min(initial=0)) < 0
    ):
        raise InvalidInput.because(
            "possible",
            Text("출력이나 지시량이 없거나 음수입니다.", "Output or order is missing or negative somewhere."),
            Text("모든 칸에 0 이상을 주십시오.", "Give 0 or more in every slot."),
        )
    cut, short = np.zeros_like(possible), np.zeros(len(ordered))
    could, gave = memory.possible.copy(), memory.cut.copy()
    for slot in np.flatnonzero(ordered):
        energy = possible[:, slot] * hours
        could += energy
        may = energy if concerned is None else np.where(concerned[:, slot], energy, 0.0)
        wanted = ordered[slot] * hours
        taken = _level(could, gave, may, wanted)
        gave += taken
        cut[:, slot] = taken / hours
        short[slot] = max(0.0, ordered[slot] - may.sum() / hours)
    return Curtailment(cut, short, CurtailmentMemory(could, gave))


def _level(could: Floats, gave: Floats, may: Floats, wanted: float) -> Floats:
    """clip(λ·could − gave, 0, may) of the sum `wanted`, exactly: the sum is piecewise linear in λ."""
    if wanted >= may.sum():
        return may.copy()
    there = np.flatnonzero(may > 0)
    p, c, top = could[there], gave[there], may[there]
    edges = np.concatenate([c / p, (c + top) / p])
    slopes = np.concatenate([p, -p])
    order = np.argsort(edges, kind="stable")
    edges, slope = edges[order], np.cumsum(slopes[order])
    sums = np.concatenate([[0.0], np.cumsum(slope[:-1] * np.diff(edges))])
    at = min(int(np.searchsorted(sums, wanted, side="right")) - 1, len(edges) - 2)
    rate = edges[at] + (wanted - sums[at]) / slope[at] if slope[at] > 0 else edges[at + 1]
    taken = np.zeros(len(may))
    taken[there] = np.clip(rate * p - c, 0, top)
    return _exact(taken, may, wanted)


def _exact(taken: Floats, may: Floats, wanted: float) -> Floats:
    """Rounding of floats put right where there is room."""
    off = wanted - float(taken.sum())
    room = (may - taken) if off > 0 else taken
    total = float(room.sum())
    return taken + off * room / total if total > 0 else taken
