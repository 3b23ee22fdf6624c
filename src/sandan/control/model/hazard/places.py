"""Where is looked: cells of a grid, and places where somebody is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sandan.control.model.hazard.quantities import Floats, Metre, check, positive
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class Grid:
    """Square cells; a value stands for the centre of its cell, row 0 is the southernmost."""

    west: Metre
    south: Metre
    spacing: Metre
    columns: int
    rows: int

    def __post_init__(self) -> None:
        size = Text("2~4,000칸으로 적으십시오.", "give 2 to 4,000 cells.")
        check(
            "grid",
            [
                ("spacing", self.spacing > 0, positive("m")),
                ("columns", 2 <= self.columns <= 4000, size),
                ("rows", 2 <= self.rows <= 4000, size),
            ],
        )

    @property
    def x(self) -> Floats:
        """Metres east of the origin, shape (columns,)."""
        return np.asarray(self.west + self.spacing * (np.arange(self.columns) + 0.5), np.float64)

    @property
    def y(self) -> Floats:
        """Metres north of the origin, shape (rows,)."""
        return np.asarray(self.south + self.spacing * (np.arange(self.rows) + 0.5), np.float64)


def square_grid(reach: Metre, cells: int) -> Grid:
    """A grid of cells × cells around the origin, out to `reach` each way."""
    return Grid(-reach, -reach, 2 * reach / cells, cells, cells)


@dataclass(frozen=True, slots=True)
class Receptors:
    """Places where somebody is: arrays of shape (receptors,)."""

    x: Floats
    y: Floats

    def __post_init__(self) -> None:
        pair = Text("동쪽·북쪽 거리를 같은 수로 적으십시오.", "give as many metres east as north.")
        good = len(self.x) == len(self.y) and bool(np.all(np.isfinite(self.x) & np.isfinite(self.y)))
        check("receptors", [("x", good, pair)])
