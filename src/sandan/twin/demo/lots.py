"""Blocks into parcels: rows back to back along the streets, uneven as surveyors left them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sandan.twin.demo.streets import Rectangle

Front = Literal["south", "north", "west", "east"]
Corner = tuple[float, float]
CHAMFER = 5.0
"""Blocks give up this much [m] of each corner so that drivers see round it."""


@dataclass(frozen=True, slots=True)
class Lot:
    """A parcel on the plan: its corners anticlockwise, and the square-cornered room inside it."""

    block: int
    corners: tuple[Corner, ...]
    room: tuple[float, float, float, float]
    front: Front

    @property
    def area(self) -> float:
        return ring_area(self.corners)

    @property
    def middle(self) -> Corner:
        west, south, east, north = self.room
        return (west + east) / 2, (south + north) / 2

    @property
    def width(self) -> float:
        """Frontage [m]."""
        west, south, east, north = self.room
        return east - west if self.front in ("south", "north") else north - south

    @property
    def depth(self) -> float:
        west, south, east, north = self.room
        return north - south if self.front in ("south", "north") else east - west

    def to_plan(self, x: float, y: float) -> Corner:
        """From (along the frontage, back from it) to the plan, keeping the sense of rotation."""
        west, south, east, north = self.room
        match self.front:
            case "south":
                return west + x, south + y
            case "north":
                return east - x, north - y
            case "west":
                return west + y, north - x
            case "east":
                return east - y, south + x


def ring_area(ring: Sequence[Corner]) -> float:
    """The area [㎡] within a ring of corners, by the shoelace formula."""
    twice = sum(a[0] * b[1] - a[1] * b[0] for a, b in zip(ring, (*ring[1:], ring[0]), strict=True))
    return float(abs(twice)) / 2  # corners may come from NumPy, and areas are written as JSON


def outline(block: Rectangle) -> tuple[Corner, ...]:
    """A block with its corners cut."""
    w, s, e, n = block.net
    c = CHAMFER
    return ((w + c, s), (e - c, s), (e, s + c), (e, n - c), (e - c, n), (w + c, n), (w, n - c), (w, s + c))


def survey(index: int, block: Rectangle, usual: float, rng: np.random.Generator) -> list[Lot]:
    """Parcels of about `usual` [㎡] in this block."""
    west, south, east, north = block.net
    lying = east - west >= north - south
    length, depth = (east - west, north - south) if lying else (north - south, east - west)
    if depth > 60 and not (usual > 4000 and rng.random() < 0.45):
        crown = depth * rng.uniform(0.44, 0.56)
        rows = [(0.0, crown, True), (crown, depth, False)]
    else:
        rows = [(0.0, depth, bool(rng.random() < 0.5))]
    lots: list[Lot] = []
    for low, high, near in rows:
        marks = _marks(length, high - low, usual, rng)
        tilt = rng.normal(0, 0.9, len(marks)).clip(-2.2, 2.2)
        tilt[[0, -1]] = 0
        for i in range(len(marks) - 1):
            quad = [
                (marks[i] - tilt[i], low), (marks[i + 1] - tilt[i + 1], low),
                (marks[i + 1] + tilt[i + 1], high), (marks[i] + tilt[i], high),
            ]  # fmt: skip
            lots.append(_lot(index, quad, near, lying, (west, south), (length, depth)))
    return lots


def _marks(length: float, depth: float, usual: float, rng: np.random.Generator) -> list[float]:
    """Where the dividing lines stand: widths are log-normal, none too narrow to build on."""
    wanted = usual / depth
    n = max(1, round(length / (wanted * 1.08)))
    # Neither a strip along the street nor one too narrow to build on.
    n = max(n, int(np.ceil(length / (3.4 * depth))))
    n = min(n, max(1, int(length // 24)))
    widths = rng.lognormal(0, 0.38, n)
    widths = widths / widths.sum() * length
    while n > 1 and widths.min() < 21:
        thin = int(widths.argmin())
        other = thin - 1 if thin and (thin == n - 1 or widths[thin - 1] < widths[thin + 1]) else thin + 1
        widths[other] += widths[thin]
        widths = np.delete(widths, thin)
        n -= 1
    return [0.0, *np.cumsum(widths).tolist()]


def _lot(
    index: int,
    quad: list[Corner],
    near: bool,
    lying: bool,
    corner: Corner,
    size: tuple[float, float],
) -> Lot:
    length, depth = size
    cut = [c for point, before, after in zip(quad, quad[-1:] + quad[:-1], quad[1:] + quad[:1], strict=True)
           for c in _chamfered(point, before, after, length, depth)]  # fmt: skip
    xs, ys = [p[0] for p in quad], [p[1] for p in quad]
    room = (max(xs[0], xs[3]), min(ys), min(xs[1], xs[2]), max(ys))
    if lying:
        corners = tuple((corner[0] + x, corner[1] + y) for x, y in cut)
        box = (corner[0] + room[0], corner[1] + room[1], corner[0] + room[2], corner[1] + room[3])
        return Lot(index, corners, box, "south" if near else "north")
    # Turned over the diagonal: what ran east runs north, and the order of corners reverses.
    corners = tuple((corner[0] + y, corner[1] + x) for x, y in reversed(cut))
    box = (corner[0] + room[1], corner[1] + room[0], corner[0] + room[3], corner[1] + room[2])
    return Lot(index, corners, box, "west" if near else "east")


def _chamfered(point: Corner, before: Corner, after: Corner, length: float, depth: float) -> list[Corner]:
    """The corner itself, or two points when it is also a corner of the block."""
    if point[0] not in (0.0, length) and not np.isclose(point[0], length):
        return [point]
    if not (np.isclose(point[1], 0) or np.isclose(point[1], depth)):
        return [point]
    return [_towards(point, before), _towards(point, after)]


def _towards(point: Corner, other: Corner) -> Corner:
    dx, dy = other[0] - point[0], other[1] - point[1]
    reach = CHAMFER / float(np.hypot(dx, dy))
    return point[0] + dx * reach, point[1] + dy * reach
