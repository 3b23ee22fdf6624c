"""The bargaining tables: courses of power proposed by sites are mixed so that limits hold at least cost.

One small linear program per feeder mixes what its sites proposed, round by round, under the feeder's own
limits; one for the complex mixes what the feeders settled on, under everything they share. What a limit is
worth (its dual) becomes the price of the next round. Rows are added only where a limit was ever passed.
"""

from __future__ import annotations

import highspy
import numpy as np
from numpy.typing import NDArray

from sandan.energy.model.rates import SLOT_HOURS, Floats

Ints = NDArray[np.int32]
INF = highspy.kHighsInf
OPTIONS = (
    ("output_flag", False),
    ("solver", "simplex"),
    ("threads", 1),
    ("presolve", "off"),
    ("simplex_strategy", 4),
)
"""The primal simplex: new courses leave the last mix feasible, so it goes on from there."""
NEAR = 1e-9
"""A course this close to a limit, as a share of it, has passed it."""


def _solver() -> highspy.Highs:
    highs = highspy.Highs()  # type: ignore[no-untyped-call]  # it ships no types for it
    for option, value in OPTIONS:
        highs.setOptionValue(option, value)
    return highs


class FeederMaster:
    """Mixes the courses of a feeder's blocks of sites, each block for itself, under the feeder's limits."""

    def __init__(self, import_limit: Floats, export_limit: Floats, blocks: int) -> None:
        self._highs, self._rows = _solver(), dict[int, int]()
        for _ in range(blocks):
            self._highs.addRow(1.0, 1.0, 0, [], [])
        self._into, self._out = import_limit, export_limit
        self._blocks = blocks
        self._nets: list[Floats] = []
        self._costs: list[Floats] = []
        self._at: list[Ints] = []
        self._slacks: list[int] = []
        self._fine = 0.0

    def add(self, nets: Floats, costs: Floats, fine: float) -> None:
        """Propose a course of each block [kW, blocks × n] that costs its sites `costs` [blocks].

        Breaking a limit costs `fine` [won/kWh].
        """
        self._fine = fine
        slots = list(self._rows)
        width = 1 + len(slots)
        index, values = np.empty((self._blocks, width), np.int32), np.empty((self._blocks, width))
        index[:, 0], values[:, 0] = np.arange(self._blocks), 1.0
        index[:, 1:], values[:, 1:] = list(self._rows.values()), nets[:, slots]
        self._at.append(self._highs.getNumCol() + np.arange(self._blocks, dtype=np.int32))
        self._highs.addCols(
            self._blocks,
            costs,
            np.zeros(self._blocks),
            np.full(self._blocks, INF),
            index.size,
            (np.arange(self._blocks) * width).astype(np.int32),
            index.ravel(),
            values.ravel(),
        )
        self._nets.append(nets)
        self._costs.append(costs)

    def _demand(self, t: int) -> None:
        """Put the limit in a quarter-hour into the program, with what breaking it costs."""
        row = self._highs.getNumRow()
        self._rows[t] = row
        at, values = np.concatenate(self._at), np.concatenate([nets[:, t] for nets in self._nets])
        self._highs.addRow(-self._out[t], self._into[t], len(at), at, values)
        for sign in (-1.0, 1.0):
            self._slacks.append(self._highs.getNumCol())
            self._highs.addCol(
                self._fine * SLOT_HOURS, 0.0, INF, 1, np.array([row], np.int32), np.array([sign])
            )

    def settle(self, asked: Floats) -> tuple[Floats, Floats, float]:
        """Weights of the courses [rounds × blocks], prices of the limits [won/kWh, n], kWh of slack left.

        `asked` is what the complex asks for each course, besides its cost [won, rounds × blocks].
        """
        cost = np.array(self._costs) + asked
        at = np.concatenate(self._at)
        self._highs.changeColsCost(len(at), at, cost.ravel())
        nets = np.array(self._nets)
        while True:
            if self._rows:
                self._highs.run()
                found = self._highs.getSolution()
                values = np.asarray(found.col_value)
                weights = np.maximum(values[at], 0).reshape(cost.shape)
                weights /= weights.sum(axis=0)
            else:
                # No limit was ever passed: the cheapest course is the mix.
                weights = (np.arange(len(cost))[:, None] == cost.argmin(axis=0)).astype(float)
            total = np.einsum("kb,kbt->t", weights, nets)
            over = (total > self._into * (1 + NEAR)) | (total < -self._out * (1 + NEAR))
            new = [int(t) for t in np.flatnonzero(over) if int(t) not in self._rows]
            if not new:
                break
            for t in new:
                self._demand(t)
        prices = np.zeros(len(self._into))
        if not self._rows:
            return weights, prices, 0.0
        duals = found.row_dual
        for t, row in self._rows.items():
            prices[t] = -duals[row] / SLOT_HOURS
        return weights, prices, float(np.maximum(values[self._slacks], 0).sum()) * SLOT_HOURS

    def charge(self, fine: float) -> None:
        """Make breaking a limit dearer."""
        self._fine = fine
        at = np.array(self._slacks, np.int32)
        self._highs.changeColsCost(len(at), at, np.full(len(at), fine * SLOT_HOURS))


class ComplexMaster:
    """Mixes what groups of feeders settled on under the limits and events that they share.

    `least`, `most` [kW] are of each shared row: a limit in a quarter-hour, or an event's ceiling in one;
    `penalty` is what a kWh beyond it costs (infinite: it must be kept, and is fined until it is).
    """

    def __init__(self, groups: int, least: Floats, most: Floats, penalty: Floats, fine: float) -> None:
        self._highs, self._groups = _solver(), groups
        self._least, self._most, self._penalty = least, most, penalty
        for _ in range(groups):
            self._highs.addRow(1.0, 1.0, 0, [], [])
        self._row = np.full(len(least), -1)
        self._slack: dict[int, tuple[int, int]] = {}
        self._at: list[NDArray[np.int64]] = []
        self._uses: list[Floats] = []
        self._costs: list[Floats] = []
        self._broken: list[Floats] = []
        self._fine = fine

    def add(self, uses: Floats, costs: Floats, broken: Floats) -> None:
        """One more course of each group: what it uses of each row [kW, groups × rows], and its cost.

        `broken` is by how much it breaks limits within the group, which is fined like its own [kWh, groups].
        """
        self._uses.append(uses)
        self._costs.append(costs)
        self._broken.append(broken)
        known = np.flatnonzero(self._row >= 0)
        rows = self._row[known]
        width = 1 + len(known)
        index, values = np.empty((self._groups, width), np.int32), np.empty((self._groups, width))
        index[:, 0], values[:, 0] = np.arange(self._groups), 1.0
        index[:, 1:], values[:, 1:] = rows, uses[:, known]
        self._at.append(self._highs.getNumCol() + np.arange(self._groups))
        self._highs.addCols(
            self._groups,
            costs + self._fine * broken,
            np.zeros(self._groups),
            np.full(self._groups, INF),
            index.size,
            (np.arange(self._groups) * width).astype(np.int32),
            index.ravel(),
            values.ravel(),
        )

    def _demand(self, row: int) -> None:
        """Put a shared row into the program, with what breaking it costs."""
        number = self._highs.getNumRow()
        self._row[row] = number
        at = np.concatenate(self._at).astype(np.int32)
        values = np.concatenate([use[:, row] for use in self._uses])
        self._highs.addRow(self._least[row], self._most[row], len(at), at, values)
        first = self._highs.getNumCol()
        price = min(self._penalty[row], self._fine) if np.isinf(self._penalty[row]) else self._penalty[row]
        self._slack[row] = (first, first + 1)
        for sign in (-1.0, 1.0):
            self._highs.addCol(
                price * SLOT_HOURS, 0.0, INF, 1, np.array([number], np.int32), np.array([sign])
            )

    def settle(self) -> tuple[list[Floats], Floats, float]:
        """Weights of each round's courses [groups each], prices of the rows [won/kWh] and the cost."""
        while True:
            self._highs.run()
            found = self._highs.getSolution()
            values = np.asarray(found.col_value)
            weights = [np.maximum(values[at], 0) for at in self._at]
            total = sum(
                (w @ use for w, use in zip(weights, self._uses, strict=True)), np.zeros(len(self._row))
            )
            over = (total > self._most + NEAR * np.abs(self._most)) | (
                total < self._least - NEAR * np.abs(self._least)
            )
            new = np.flatnonzero(over & (self._row < 0))
            if not len(new):
                break
            for row in new:
                self._demand(int(row))
        prices = np.zeros(len(self._row))
        known = self._row >= 0
        prices[known] = -np.asarray(found.row_dual)[self._row[known]] / SLOT_HOURS
        return weights, prices, float(self._highs.getInfo().objective_function_value)

    def charge(self, fine: float) -> None:
        """Make breaking a limit dearer; events keep their penalty."""
        self._fine = fine
        for at, costs, broken in zip(self._at, self._costs, self._broken, strict=True):
            self._highs.changeColsCost(len(at), at.astype(np.int32), costs + fine * broken)
        for row, columns in self._slack.items():
            if np.isinf(self._penalty[row]):
                at = np.array(columns, np.int32)
                self._highs.changeColsCost(2, at, np.full(2, fine * SLOT_HOURS))

    @property
    def slack(self) -> float:
        """By how much limits are broken in the mix, within groups and between them [kWh]; events aside."""
        values = np.asarray(self._highs.getSolution().col_value)
        within = sum(
            float(np.maximum(values[at], 0) @ broken)
            for at, broken in zip(self._at, self._broken, strict=True)
        )
        between = sum(
            float(values[list(columns)].sum())
            for row, columns in self._slack.items()
            if np.isinf(self._penalty[row])
        )
        return within + between * SLOT_HOURS
