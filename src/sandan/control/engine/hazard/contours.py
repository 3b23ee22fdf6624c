"""Where a field exceeds a level, as polygons: marching squares over the centres of the cells.

Between two cells the edge lies where the logarithm of the value, which for a Gaussian is nearly a
straight line, passes the level. Every ring runs with the higher ground on its left, so rings join by
following and a hole turns the other way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from shapely import MultiPolygon, Polygon

from sandan.control.model.hazard import Floats, Grid
from sandan.errors import InvalidInput
from sandan.words import Text

_LEFT, _TOP, _RIGHT, _BOTTOM = range(4)
# Corners: 1 south-west, 2 south-east, 4 north-east, 8 north-west; each pair runs from edge to edge.
_SEGMENTS: Mapping[int, tuple[tuple[int, int], ...]] = {
    1: ((_BOTTOM, _LEFT),),
    2: ((_RIGHT, _BOTTOM),),
    3: ((_RIGHT, _LEFT),),
    4: ((_TOP, _RIGHT),),
    6: ((_TOP, _BOTTOM),),
    7: ((_TOP, _LEFT),),
    8: ((_LEFT, _TOP),),
    9: ((_BOTTOM, _TOP),),
    11: ((_RIGHT, _TOP),),
    12: ((_LEFT, _RIGHT),),
    13: ((_BOTTOM, _RIGHT),),
    14: ((_LEFT, _BOTTOM),),
}
_Segments = tuple[tuple[int, int], ...]
_APART: Mapping[int, _Segments] = {
    5: ((_BOTTOM, _LEFT), (_TOP, _RIGHT)),
    10: ((_RIGHT, _BOTTOM), (_LEFT, _TOP)),
}
_JOINED: Mapping[int, _Segments] = {
    5: ((_TOP, _LEFT), (_BOTTOM, _RIGHT)),
    10: ((_LEFT, _BOTTOM), (_RIGHT, _TOP)),
}

Edge = tuple[int, int, bool]
"""Row and column of its south-western corner, and whether it runs east."""


def contour(field: Floats, grid: Grid, level: float) -> MultiPolygon:
    """Where `field` (rows, columns) ≥ `level` > 0, in metres around the origin; empty if nowhere.

    An area that reaches the rim of the grid ends there: look for that with `touches_rim`.
    Source: Lorensen & Cline (1987) in the plane, ambiguous squares by the mean of their corners.
    `InvalidInput` for a level that is not above 0.
    """
    if not level > 0:
        raise InvalidInput.because(
            "level",
            Text("기준 농도는 0보다 커야 합니다.", "the level must be above 0."),
            Text("0보다 큰 값을 주십시오.", "give more than 0."),
        )
    if not field.size or float(field.max()) < level:
        return MultiPolygon()
    padded = np.zeros((field.shape[0] + 2, field.shape[1] + 2))
    padded[1:-1, 1:-1] = field
    return _assemble(_rings(padded, level, grid))


def touches_rim(field: Floats, level: float) -> bool:
    """Whether the area goes on beyond the grid, so that a larger one must be computed."""
    rim = (field[0].max(), field[-1].max(), field[:, 0].max(), field[:, -1].max())
    return bool(max(rim) >= level)


def _rings(padded: Floats, level: float, grid: Grid) -> list[list[tuple[float, float]]]:
    following = _edges(padded, level)
    rings = []
    while following:
        start, edge = following.popitem()
        passed = [start]
        while edge != start:
            passed.append(edge)
            edge = following.pop(edge)
        rings.append([_cross(padded, level, grid, one) for one in passed])
    return rings


def _edges(padded: Floats, level: float) -> dict[Edge, Edge]:
    """From each edge that the outline enters by, the edge it leaves by."""
    inside = padded >= level
    case = (inside[:-1, :-1] * 1 + inside[:-1, 1:] * 2 + inside[1:, 1:] * 4 + inside[1:, :-1] * 8).astype(
        np.int64
    )
    following: dict[Edge, Edge] = {}
    for row, column in np.argwhere((case > 0) & (case < 15)).tolist():
        kind = int(case[row, column])
        if kind in _APART:
            middle = float(padded[row : row + 2, column : column + 2].mean())
            segments: _Segments = (_JOINED if middle >= level else _APART)[kind]
        else:
            segments = _SEGMENTS[kind]
        sides: tuple[Edge, ...] = (
            (row, column, False),
            (row + 1, column, True),
            (row, column + 1, False),
            (row, column, True),
        )
        for begin, end in segments:
            following[sides[begin]] = sides[end]
    return following


def _cross(padded: Floats, level: float, grid: Grid, edge: Edge) -> tuple[float, float]:
    """Where the outline crosses an edge, in metres."""
    row, column, east = edge
    first = float(padded[row, column])
    second = float(padded[row, column + 1] if east else padded[row + 1, column])
    if min(first, second) > 0:
        share = math.log(level / first) / math.log(second / first) if first != second else 0.5
    else:
        # A cell of nothing beside one above the level: the area ends half way, at the cell's rim.
        share = 0.5
    x, y = column + (share if east else 0.0), row + (0.0 if east else share)
    return grid.west + grid.spacing * (x - 0.5), grid.south + grid.spacing * (y - 0.5)


def _assemble(rings: list[list[tuple[float, float]]]) -> MultiPolygon:
    """Outer rings with the holes that lie in them."""
    outers: list[Polygon] = []
    holes: list[Polygon] = []
    for ring in rings:
        shape = Polygon(ring)
        turns = np.array(ring)
        area = float(np.sum(turns[:, 0] * np.roll(turns[:, 1], -1) - turns[:, 1] * np.roll(turns[:, 0], -1)))
        if shape.area > 0:
            (outers if area > 0 else holes).append(shape)
    outers.sort(key=lambda one: one.area)
    inner: list[list[Polygon]] = [[] for _ in outers]
    for hole in holes:
        for at, outer in enumerate(outers):
            if outer.area > hole.area and outer.contains(hole.representative_point()):
                inner[at].append(hole)
                break
    return MultiPolygon(
        [
            Polygon(outer.exterior, [hole.exterior for hole in within])
            for outer, within in zip(outers, inner, strict=True)
        ]
    )
