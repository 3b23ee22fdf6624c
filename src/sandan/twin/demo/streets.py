"""The street plan: arterials around cells, a stream between them, and streets dividing the cells.

Everything is at right angles here; `plane` bends it. A street is kept as one straight line with
the places where others meet it, so that the road graph falls out without any geometry.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from sandan.words import Text


@dataclass(frozen=True, slots=True)
class Rank:
    """A class of road: its width [m] between property lines, lanes, and speed limit [km/h]."""

    id: str
    name: Text
    width: float
    lanes: int
    speed: float


MAIN = Rank("main", Text("대로", "Main road"), 35.0, 6, 60.0)
TRUNK = Rank("trunk", Text("중로", "Trunk road"), 25.0, 4, 50.0)
RIVERSIDE = Rank("riverside", Text("천변로", "Riverside road"), 18.0, 2, 50.0)
BRANCH = Rank("branch", Text("소로", "Branch road"), 14.0, 2, 40.0)
LANE = Rank("lane", Text("이면도로", "Back street"), 10.0, 2, 30.0)
BRIDGE = Rank("bridge", Text("교량", "Bridge"), 25.0, 4, 50.0)


APPROACH = 130.0
"""How far [m] the main roads are drawn beyond the outermost junction."""


@dataclass(slots=True)
class Line:
    """A straight street; `along` is where others meet it, between `start` and `end`."""

    level: bool
    at: float
    start: float
    end: float
    rank: Rank
    along: set[float] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.along |= {self.start, self.end}

    def place(self, along: float) -> tuple[float, float]:
        return (along, self.at) if self.level else (self.at, along)


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A piece of the plan between the middles of four streets (left, right, bottom, top)."""

    left: float
    bottom: float
    right: float
    top: float
    sides: tuple[Line, Line, Line, Line]

    @property
    def net(self) -> tuple[float, float, float, float]:
        """The same between the property lines."""
        west, east, south, north = (side.rank.width / 2 for side in self.sides)
        return self.left + west, self.bottom + south, self.right - east, self.top - north


@dataclass(frozen=True, slots=True)
class Cell:
    """A superblock between arterials; `shares` its zone with its neighbours."""

    column: int
    row: int
    outline: Rectangle

    @property
    def middle(self) -> tuple[float, float]:
        return (self.outline.left + self.outline.right) / 2, (self.outline.bottom + self.outline.top) / 2


@dataclass(frozen=True, slots=True)
class Band:
    """The stream's bed between its two riverside roads."""

    left: float
    right: float
    bottom: float
    top: float


@dataclass(frozen=True, slots=True)
class Grid:
    """The arterials, before the cells are divided."""

    lines: list[Line]
    cells: list[Cell]
    bands: list[Band]
    width: float
    height: float


def lay_grid(firms: int, rng: np.random.Generator) -> Grid:
    """Arterials, cells and stream beds for this many firms; the outline is ragged, as real ones are."""
    # A firm takes 2,650 ㎡ of complex on average, roads, greens and shared buildings included.
    area = 2650.0 * firms + 45_000
    scale = (firms / 300) ** 0.14
    wide = float(np.sqrt(area * 1.62))
    columns = max(2, round(wide / (262 * scale)))
    rows = max(2, round(wide / 1.62 / (190 * scale)))
    streams = 1 if firms < 6000 else 2
    after = [round(rows * (i + 1) / (streams + 1)) for i in range(streams)]
    beds = {row + i for i, row in enumerate(after)}

    xs = _marks(columns, wide / columns, rng)
    ys = [0.0]
    for row in range(rows + streams):
        step = 112.0 * scale**0.4 if row in beds else wide / 1.62 / rows * rng.uniform(0.82, 1.22)
        ys.append(ys[-1] + step)
    kept = _keep(columns, rows + streams, beds, rng)
    main_columns = {columns // 2} | {c for c in range(columns // 2 % 4, columns, 4) if c}
    bridged = {bed: _bridges(kept, bed, main_columns, rng) for bed in beds}

    lines: list[Line] = []
    level: dict[tuple[int, int], Line] = {}
    upright: dict[tuple[int, int], Line] = {}
    main_rows = {int(r) for r in rng.choice(np.arange(1, rows + streams), max(1, rows // 4), replace=False)}
    for row in range(rows + streams + 1):
        beside_bed = row in beds or row - 1 in beds
        rank = RIVERSIDE if beside_bed else MAIN if row in main_rows else TRUNK
        for column in range(columns):
            if (column, row) in kept or (column, row - 1) in kept:
                level[column, row] = Line(True, ys[row], xs[column], xs[column + 1], rank)
    for column in range(columns + 1):
        rank = MAIN if column in main_columns else TRUNK
        for row in range(rows + streams):
            if row in beds:
                if column in bridged[row]:
                    upright[column, row] = Line(False, xs[column], ys[row], ys[row + 1], BRIDGE)
            elif (column, row) in kept or (column - 1, row) in kept:
                upright[column, row] = Line(False, xs[column], ys[row], ys[row + 1], rank)
    lines += level.values()
    lines += upright.values()
    lines += _approaches(level, upright, main_rows, main_columns)
    cells = [
        Cell(c, r, Rectangle(xs[c], ys[r], xs[c + 1], ys[r + 1],
                             (upright[c, r], upright[c + 1, r], level[c, r], level[c, r + 1])))
        for c, r in sorted(kept)
    ]  # fmt: skip
    bands = []
    for bed in sorted(beds):
        near = [c for c, r in kept if r in (bed - 1, bed + 1)]
        bands.append(Band(xs[min(near)], xs[max(near) + 1], ys[bed], ys[bed + 1]))
    return Grid(lines, cells, bands, xs[-1], ys[-1])


def _approaches(
    level: dict[tuple[int, int], Line],
    upright: dict[tuple[int, int], Line],
    main_rows: set[int],
    main_columns: set[int],
) -> list[Line]:
    """Main roads go on beyond the last junction, to the town and the motorway; never into the sea."""
    found = []
    for row in sorted(main_rows):
        stretch = [line for (_, r), line in level.items() if r == row and line.rank is MAIN]
        if stretch:
            end = max(line.end for line in stretch)
            found.append(Line(True, stretch[0].at, end, end + APPROACH, MAIN))
    for column in sorted(main_columns):
        stretch = [line for (c, _), line in upright.items() if c == column]
        if stretch:
            low, high = min(line.start for line in stretch), max(line.end for line in stretch)
            found.append(Line(False, stretch[0].at, low - APPROACH, low, MAIN))
            found.append(Line(False, stretch[0].at, high, high + APPROACH, MAIN))
    return found


def _marks(n: int, step: float, rng: np.random.Generator) -> list[float]:
    steps = step * rng.uniform(0.78, 1.24, n)
    return [0.0, *np.cumsum(steps).tolist()]


def _keep(columns: int, rows: int, beds: set[int], rng: np.random.Generator) -> set[tuple[int, int]]:
    """Cells inside the outline: each row begins and ends where its neighbour does, or a cell away."""
    deepest = max(columns // 4, int(columns > 3))
    first = last = 0
    kept: set[tuple[int, int]] = set()
    for row in range(rows):
        if row in beds:
            continue
        first = int(np.clip(first + rng.integers(-1, 2), 0, deepest // 2 if rows > 4 else 0))
        last = int(np.clip(last + rng.integers(-1, 2), 0, deepest))
        kept |= {(column, row) for column in range(first, columns - last)}
    return kept


def _bridges(kept: set[tuple[int, int]], bed: int, main: set[int], rng: np.random.Generator) -> set[int]:
    """Columns whose street crosses the stream: main roads always, others mostly, one at least."""
    both = [c for c, r in kept if r == bed - 1 and (c, bed + 1) in kept]
    inner = sorted({c for c in both if c - 1 in both})
    chosen = {c for c in inner if c in main or rng.random() < 0.6}
    return chosen or set(inner[:1]) or {min(both)}


def divide(
    cell: Cell, longest: float, shortest: float, lines: list[Line], rng: np.random.Generator
) -> list[Rectangle]:
    """Split a cell by branch roads and back streets into blocks no larger than longest × shortest [m].

    New streets are added to `lines`; where one would miss a street on the other side by a few
    steps it is moved to meet it, so that crossings come out as crossings.
    """
    blocks: list[Rectangle] = []
    todo: list[tuple[Rectangle, int]] = [(cell.outline, 0)]
    while todo:
        piece, depth = todo.pop()
        west, south, east, north = piece.net
        across, up = east - west, north - south
        if max(across, up) <= longest and min(across, up) <= shortest:
            blocks.append(piece)
            continue
        # The block's long side lies along whichever way leaves the better proportions.
        upright = across > longest if across >= up else not up > longest
        if min(across, up) > shortest and max(across, up) <= longest:
            upright = across < up
        rank = BRANCH if depth == 0 and max(across, up) > 1.25 * longest else LANE
        left, right, bottom, top = piece.sides
        low, high = (piece.left, piece.right) if upright else (piece.bottom, piece.top)
        ends = (bottom, top) if upright else (left, right)
        limit = longest if upright == (across >= up) else shortest
        at = _meet(low + (high - low) * _ratio(high - low, limit, rng), low, high, ends)
        line = Line(
            not upright, at, *((piece.bottom, piece.top) if upright else (piece.left, piece.right)), rank
        )
        for end in ends:
            end.along.add(at)
        lines.append(line)
        if upright:
            halves = (
                Rectangle(piece.left, piece.bottom, at, piece.top, (left, line, bottom, top)),
                Rectangle(at, piece.bottom, piece.right, piece.top, (line, right, bottom, top)),
            )
        else:
            halves = (
                Rectangle(piece.left, piece.bottom, piece.right, at, (left, right, bottom, line)),
                Rectangle(piece.left, at, piece.right, piece.top, (left, right, line, top)),
            )
        todo += [(half, depth + 1) for half in halves]
    return blocks


def _ratio(length: float, limit: float, rng: np.random.Generator) -> float:
    """Where to cut: thirds when three pieces are needed, near the middle when two will do."""
    if length > 2.1 * limit:
        return float(rng.choice([1, 2]) / 3 + rng.uniform(-0.04, 0.04))
    return float(rng.uniform(0.41, 0.59))


def _meet(at: float, low: float, high: float, ends: tuple[Line, Line]) -> float:
    """The place of an existing junction within 24 m, if it is not at a corner; else `at`."""
    near = [a for end in ends for a in end.along if abs(a - at) < 24 and low + 45 < a < high - 45]
    return min(near, key=lambda a: (abs(a - at), a)) if near else at


def junctions(lines: list[Line]) -> Iterator[tuple[Line, float, float]]:
    """Every stretch of street between two neighbouring junctions."""
    for line in lines:
        along = sorted(a for a in line.along if line.start <= a <= line.end)
        for a, b in pairwise(along):
            yield line, a, b
