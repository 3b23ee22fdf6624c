"""The streets as a graph that can be routed on."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandan.twin.demo.plane import Plane
from sandan.twin.demo.streets import Line, Rank, junctions

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Road:
    """One stretch between two junctions, open both ways; `path` is its middle line on the plan."""

    tail: int
    head: int
    rank: Rank
    length: float
    path: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Network:
    """Junctions (n, 2) on the plan and the roads between them."""

    places: Floats
    roads: tuple[Road, ...]

    def nearest(self, places: Floats) -> NDArray[np.int64]:
        """The junction nearest to each place (m, 2), as the crow flies."""
        found = np.empty(len(places), dtype=np.int64)
        for at in range(0, len(places), 500):
            part = places[at : at + 500]
            found[at : at + 500] = ((part[:, None] - self.places[None]) ** 2).sum(-1).argmin(1)
        return found

    def tree(self, roots: list[int]) -> tuple[list[int], list[int], list[int]]:
        """Shortest ways from the nearest root: for each junction its root, the one before it, and the
        order in which a walk of the tree, branch by branch, comes to it."""
        near: list[list[tuple[int, float]]] = [[] for _ in self.places]
        for road in self.roads:
            near[road.tail].append((road.head, road.length))
            near[road.head].append((road.tail, road.length))
        far = [np.inf] * len(self.places)
        before, root = [-1] * len(self.places), [-1] * len(self.places)
        heap = [(0.0, start, start, -1) for start in roots]
        while heap:
            reach, at, start, previous = heapq.heappop(heap)
            if reach >= far[at]:
                continue
            far[at], before[at], root[at] = reach, previous, start
            for other, length in near[at]:
                if reach + length < far[other]:
                    heapq.heappush(heap, (reach + length, other, start, at))
        below: list[list[int]] = [[] for _ in self.places]
        for at, previous in enumerate(before):
            if previous >= 0:
                below[previous].append(at)
        order, rank = [-1] * len(self.places), 0
        stack = sorted(set(roots), reverse=True)
        while stack:
            at = stack.pop()
            order[at], rank = rank, rank + 1
            stack += below[at]
        return root, before, order


@dataclass(frozen=True, slots=True)
class RoadGraph:
    """Every stretch twice, once for each direction: arrays of equal length for a router.

    `tail` and `head` index `nodes`; `road` is the id of the stretch; lengths in m, speeds in km/h.
    """

    nodes: tuple[str, ...]
    lonlat: Floats
    road: tuple[str, ...]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    length: Floats
    speed: Floats


def build_network(lines: list[Line], plane: Plane) -> Network:
    """Junctions and stretches of the streets; lengths are those on the curved ground."""
    index: dict[tuple[float, float], int] = {}
    ends: list[tuple[Line, float, float]] = list(junctions(lines))
    roads: list[Road] = []
    paths: list[list[tuple[float, float]]] = []
    for line, a, b in ends:
        steps = np.linspace(a, b, max(2, int((b - a) / 30) + 1)).tolist()
        paths.append([line.place(float(along)) for along in steps])
    if paths:
        ground = plane.metres(np.array([place for path in paths for place in path]))
    at = 0
    for (line, a, b), path in zip(ends, paths, strict=True):
        stretch = ground[at : at + len(path)]
        at += len(path)
        tail = index.setdefault(line.place(a), len(index))
        head = index.setdefault(line.place(b), len(index))
        length = float(np.hypot(*np.diff(stretch, axis=0).T).sum())
        roads.append(Road(tail, head, line.rank, round(length, 1), tuple(path)))
    return Network(np.array(list(index)), tuple(roads))
