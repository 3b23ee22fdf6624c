"""The site on the plan: zones by industry, blocks, parcels and what each is used for."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from sandan.twin.demo.lots import CHAMFER, Lot, outline, survey
from sandan.twin.demo.plane import Plane, plane_for
from sandan.twin.demo.streets import Cell, Grid, Line, Rectangle, divide, lay_grid
from sandan.twin.demo.tables import Industry, industries

BELT = 26.0
"""Width [m] of the green belt around the outermost streets."""


@dataclass(frozen=True, slots=True)
class Zone:
    """Neighbouring cells whose firms are mostly of one industry."""

    industry: Industry
    cells: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of land between streets; `park` when it is left green."""

    zone: int
    outline: Rectangle
    park: bool


@dataclass(frozen=True, slots=True)
class Site:
    """Everything drawn on the plan, before anything is built; `uses[i]` is what `lots[i]` is for."""

    plane: Plane
    grid: Grid
    zones: tuple[Zone, ...]
    blocks: tuple[Block, ...]
    lots: tuple[Lot, ...]
    uses: tuple[str, ...]
    ground: BaseGeometry
    belt: BaseGeometry
    water: tuple[BaseGeometry, ...]
    banks: tuple[BaseGeometry, ...]
    sea: BaseGeometry

    @property
    def lines(self) -> list[Line]:
        return self.grid.lines


def lay_site(firms: int, origin: tuple[float, float], rng: np.random.Generator) -> Site:
    """Draw the whole site for this many firms."""
    grid = lay_grid(firms, rng)
    plane = plane_for(grid.width, grid.height, origin, rng)
    zones = _zones(grid.cells, grid.width, rng)
    zone_of = {cell: i for i, zone in enumerate(zones) for cell in zone.cells}
    pieces: list[tuple[int, Rectangle]] = []
    for i, cell in enumerate(grid.cells):
        industry = zones[zone_of[i]].industry
        roomy = float(np.clip((industry.lot / 2400) ** 0.35, 0.88, 1.35))
        longest, shortest = rng.uniform(150, 250) * roomy, rng.uniform(88, 132) * roomy
        pieces += [(zone_of[i], block) for block in divide(cell, longest, shortest, grid.lines, rng)]
    parks = _parks(pieces, grid, rng)
    blocks = tuple(Block(zone, piece, i in parks) for i, (zone, piece) in enumerate(pieces))
    lots: list[Lot] = []
    for i, block in enumerate(blocks):
        if not block.park:
            usual = zones[block.zone].industry.lot * float(rng.uniform(0.75, 1.3))
            lots += survey(i, block.outline, usual, rng)
    uses = _uses(lots, blocks, zones, grid, firms, rng)
    ground, belt, sea = _surroundings(grid)
    water, banks = _stream(grid, rng)
    return Site(plane, grid, zones, blocks, tuple(lots), uses, ground, belt, water, banks, sea)


def _zones(cells: list[Cell], width: float, rng: np.random.Generator) -> tuple[Zone, ...]:
    """Grow zones from spread-out cells, then give each the industry that its place suits."""
    places = np.array([cell.middle for cell in cells])
    n = int(np.clip(round(1.75 * np.sqrt(len(cells))), 2, 20))
    seeds = places[rng.choice(len(cells), n, replace=False)]
    owner = np.zeros(len(cells), dtype=np.int64)
    for _ in range(6):
        owner = np.hypot(*(places[:, None] - seeds[None]).transpose(2, 0, 1)).argmin(1)
        seeds = np.array([places[owner == z].mean(0) if (owner == z).any() else seeds[z] for z in range(n)])
    groups = [tuple(np.flatnonzero(owner == z).tolist()) for z in range(n) if (owner == z).any()]
    branches = _spread(len(groups))
    wish = sorted(branches, key=lambda branch: branch.place)
    groups.sort(key=lambda g: float(places[list(g), 0].mean()) / width + rng.uniform(-0.08, 0.08))
    return tuple(Zone(branch, group) for branch, group in zip(wish, groups, strict=True))


def _spread(n: int) -> list[Industry]:
    """`n` industries in proportion to their shares, the large ones first when there are few."""
    rows = sorted(industries(), key=lambda row: -row.share)
    must = {"plating", "chemicals", "machinery", "electronics", "metal", "logistics"}
    if n <= len(must):
        order = ["machinery", "chemicals", "electronics", "plating", "metal", "logistics"]
        by_id = {row.id: row for row in rows}
        return [by_id[id] for id in order[:n]]
    chosen = [row for row in rows if row.id in must]
    chosen += [row for row in rows if row.id not in must and row.id != "services"][: n - len(chosen)]
    while len(chosen) < n:
        chosen.append(max(rows, key=lambda row: row.share / (1 + sum(c.id == row.id for c in chosen))))
    return chosen


def _parks(pieces: list[tuple[int, Rectangle]], grid: Grid, rng: np.random.Generator) -> set[int]:
    """A central park by the stream, and a small one for about every thirty blocks."""
    middle = np.array([[(p.left + p.right) / 2, (p.bottom + p.top) / 2] for _, p in pieces])
    areas = np.array([(p.net[2] - p.net[0]) * (p.net[3] - p.net[1]) for _, p in pieces])
    band = grid.bands[0]
    beside = np.array([p.top == band.bottom or p.bottom == band.top for _, p in pieces])
    score = np.abs(middle[:, 0] - grid.width * 0.52) + np.where(beside, 0, 1e6)
    parks = {int(score.argmin())}
    others = [int(i) for i in np.argsort(areas)[: len(pieces) // 2] if int(i) not in parks]
    parks |= {int(i) for i in rng.choice(others, min(len(others), len(pieces) // 30), replace=False)}
    return parks


def _uses(
    lots: list[Lot],
    blocks: tuple[Block, ...],
    zones: tuple[Zone, ...],
    grid: Grid,
    firms: int,
    rng: np.random.Generator,
) -> tuple[str, ...]:
    """The industry of each parcel, or its public purpose; a few stand empty."""
    uses = [_use(zones[blocks[lot.block].zone].industry, lot, rng) for lot in lots]
    area = np.array([lot.area for lot in lots])
    place = np.array([lot.middle for lot in lots])
    slim = np.array([min(lot.width, lot.depth) for lot in lots])
    free = np.ones(len(lots), dtype=bool)

    def take(use: str, score: np.ndarray, n: int = 1) -> None:
        """Give the free parcel with the least score to `use`, `n` times, apart from one another."""
        for _ in range(n):
            best = int(np.where(free, score, np.inf).argmin())
            free[best] = False
            uses[best] = use
            apart = np.hypot(*(place - place[best]).T)
            score = score + 3.0 * np.exp(-apart / 250)

    across, up = place[:, 0] / grid.width, place[:, 1] / grid.height
    small = np.where((slim < 33) | (area < 1500), 5.0, 0.0)
    far = np.hypot(across - 0.6, up - 0.45)
    take("hub", -np.minimum(area, 14000) / 5000 + 0.8 * (1 - across) + small)
    take("treatment", -np.minimum(area, 9000) / 9000 + 2.0 * across + np.abs(up - 0.5) + small)
    take("support", np.abs(area - 4500) / 4500 + far + small)
    take(
        "substation",
        np.abs(area - 3600) / 3600 + 0.8 * np.abs(across - 0.5) + small,
        max(1, round(firms / 1500)),
    )
    # Shared workshops stand where the town and the main roads are, in the large complexes everywhere.
    centres = max(1, round(firms * 0.27 / 42))
    take(
        "centre", np.abs(area - 5000) / 3500 + (1 - across) * (1.2 if firms < 2000 else 0.4) + small, centres
    )
    for i in np.flatnonzero(free & (rng.random(len(lots)) < 0.035)):
        uses[int(i)] = "vacant"
    return tuple(uses)


def _use(industry: Industry, lot: Lot, rng: np.random.Generator) -> str:
    """Mostly the zone's own industry; the rest as they come, tanks and fumes staying in their zones."""
    if rng.random() < (0.4 if industry.id == "logistics" else 0.62):
        return industry.id
    odds = np.array(
        [
            row.share * (0.15 if row.id in ("chemicals", "logistics", "services") else 1)
            for row in industries()
        ]
    )
    return industries()[int(rng.choice(len(odds), p=odds / odds.sum()))].id


def _surroundings(grid: Grid) -> tuple[BaseGeometry, BaseGeometry, BaseGeometry]:
    """The complex's ground, the green belt inside its border, and the sea before its western dyke."""
    cells = shapely.box(*np.array([[c.outline.left, c.outline.bottom, c.outline.right, c.outline.top]
                                   for c in grid.cells]).T)  # fmt: skip
    bands = [shapely.box(b.left, b.bottom, b.right, b.top) for b in grid.bands]
    streets = shapely.union_all([*cells, *bands])
    paved = streets.buffer(16, join_style="mitre")
    ground = streets.buffer(BELT + 16).simplify(2.0).buffer(-30).buffer(30)
    west = -0.26 * grid.width
    shore = -(BELT + 16) - 14
    sea = shapely.box(west, -0.06 * grid.height, shore + 0.25 * grid.width, 1.06 * grid.height)
    land = ground.buffer(14).union(
        shapely.box(0.12 * grid.width, -grid.height, 2 * grid.width, 2 * grid.height)
    )
    open_water = sea.difference(land).buffer(-18).buffer(18)
    largest = max(getattr(open_water, "geoms", [open_water]), key=lambda piece: float(piece.area))
    roads = shapely.union_all([_strip(line) for line in grid.lines if line.rank.id == "main"])
    return ground, ground.difference(paved.union(roads)), largest


def _strip(line: Line) -> BaseGeometry:
    return shapely.LineString([line.place(line.start), line.place(line.end)]).buffer(
        line.rank.width / 2 + 1, cap_style="flat"
    )


def _stream(
    grid: Grid, rng: np.random.Generator
) -> tuple[tuple[BaseGeometry, ...], tuple[BaseGeometry, ...]]:
    """A winding stream in each bed, widening towards its mouth, and its green banks between bridges."""
    water, banks = [], []
    for band in grid.bands:
        room = band.top - band.bottom - 18.0
        u = np.linspace(band.left - BELT - 40, band.right + 30, max(24, int((band.right - band.left) / 18)))
        length = band.right - band.left
        mouth = np.exp(-np.clip(u - band.left + 30, 0, None) / (0.09 * length + 70))
        width = (
            0.25
            * room
            * (1 + 0.18 * np.sin(u / 97 + rng.uniform(0, 6)))
            * (1 - 0.35 * (u - band.left) / length)
        )
        width = np.minimum(width + 0.62 * room * mouth, room * 0.92)
        free = (room - width) / 2 - 4
        middle = (band.bottom + band.top) / 2 + np.clip(free, 0, None) * 0.85 * np.sin(
            u / rng.uniform(88, 120) + 0.7 * np.sin(u / 260 + rng.uniform(0, 6)) + rng.uniform(0, 6)
        )
        edge = np.column_stack([u, middle + width / 2]), np.column_stack([u, middle - width / 2])
        bed = shapely.Polygon(np.vstack([edge[0], edge[1][::-1]])).buffer(0)
        water.append(bed)
        piers = [line for line in grid.lines if line.rank.id == "bridge" and line.start == band.bottom]
        marks = [band.left - 10, *sorted(line.at for line in piers), band.right + 10]
        for a, b in pairwise(marks):
            strip = shapely.box(a + 12.5, band.bottom + 9, b - 12.5, band.top - 9)
            for piece in getattr(strip.difference(bed), "geoms", [strip.difference(bed)]):
                if piece.area > 60:
                    banks.append(piece)
    return tuple(water), tuple(banks)


def connected(lines: list[Line]) -> bool:
    """Whether one can drive from any street to any other."""
    meets: dict[tuple[float, float], list[int]] = {}
    for i, line in enumerate(lines):
        for along in line.along:
            meets.setdefault(line.place(along), []).append(i)
    seen, todo = {0}, deque([0])
    while todo:
        line = lines[todo.popleft()]
        for along in line.along:
            for other in meets[line.place(along)]:
                if other not in seen:
                    seen.add(other)
                    todo.append(other)
    return len(seen) == len(lines)


__all__ = ["BELT", "CHAMFER", "Block", "Site", "Zone", "connected", "lay_site", "outline"]
