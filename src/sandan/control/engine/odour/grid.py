"""Grids of places, one within the other, and which parts of one are worth a closer look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandan.control.model.odour import Area

Array = NDArray[np.float64]

NARROWING = 3
_FIRST_CELLS = 2000
"""The coarse grid has at most this many cells."""
_LEAST_REFINED, _MOST_REFINED = 60, 250
"""How many cells of a grid are looked into more closely."""
_TEMPER = 0.2
"""Power of the likelihood by which cells are chosen for a closer look: generous on purpose."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Nested grids over the area: sizes of cells [m] from coarse to fine, and how many coarse ones."""

    area: Area
    sizes: tuple[float, ...]
    columns: int
    rows: int

    def all_cells(self) -> NDArray[np.int64]:
        """Column and row of every coarse cell, shape (cells, 2)."""
        column, row = np.meshgrid(np.arange(self.columns), np.arange(self.rows))
        return np.stack([column.ravel(), row.ravel()], axis=1).astype(np.int64)

    def middles(self, level: int, cells: NDArray[np.int64]) -> tuple[Array, Array]:
        """x and y [m] of the middles of cells (column, row of their level), each of shape (cells,)."""
        size = self.sizes[level]
        x: Array = self.area.west + (cells[:, 0].astype(np.float64) + 0.5) * size
        y: Array = self.area.south + (cells[:, 1].astype(np.float64) + 0.5) * size
        return x, y


def lay_grid(area: Area, cell: float) -> Grid:
    """Grids down to `cell` [m], the first with no more cells than can be looked at one by one."""
    width, height = area.east - area.west, area.north - area.south
    sizes = [cell]
    while np.ceil(width / sizes[0]) * np.ceil(height / sizes[0]) > _FIRST_CELLS:
        sizes.insert(0, sizes[0] * NARROWING)
    return Grid(area, tuple(sizes), int(np.ceil(width / sizes[0])), int(np.ceil(height / sizes[0])))


def choose(likely: Array) -> NDArray[np.int64]:
    """Positions of the cells worth a closer look by their ln L, the likeliest first."""
    order = np.argsort(-likely)
    weight = np.exp(_TEMPER * (likely[order] - likely[order[0]]))
    enough = int(np.searchsorted(np.cumsum(weight), 0.995 * weight.sum())) + 1
    return order[: min(max(enough, _LEAST_REFINED), _MOST_REFINED)]


def split(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """The cells of the next finer grid within cells, shape (cells · NARROWING², 2)."""
    part = np.arange(NARROWING)
    inner = np.stack(np.meshgrid(part, part), axis=-1).reshape(-1, 2)
    return (cells[:, None, :] * NARROWING + inner[None]).reshape(-1, 2).astype(np.int64)


def mean_likelihood(likely: Array) -> float:
    """ln of the mean of exp."""
    top = likely.max()
    return float(top + np.log(np.exp(likely - top).mean()))
