"""Where the circles of a schematic stand: hubs in the middle, what is linked to them on both sides.

Three columns as wide as a label, one row for each circle of a column, so that no label meets another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandan.programme.engine.portfolio import ComplexLine
from sandan.programme.model.vocabulary import ComplexRole

WIDTH = 560
COLUMNS = (95, 280, 465)
ROW = 92
TOP = 34
LONGEST = 13
"""So many syllables fit into a column; the whole name is in the table beside."""


@dataclass(frozen=True, slots=True)
class Circle:
    """A complex in the picture [units of the viewBox]; `label` is its name, cut to the column."""

    line: ComplexLine
    x: int
    y: int
    label: str


@dataclass(frozen=True, slots=True)
class Schematic:
    """Circles, and lines between hubs and what is linked, as (x1, y1, x2, y2)."""

    circles: Sequence[Circle]
    lines: Sequence[tuple[int, int, int, int]]
    width: int
    height: int


def draw_schematic(complexes: Sequence[ComplexLine]) -> Schematic:
    """The picture of a plan's complexes; without a hub the linked ones stand on their own."""
    hubs = [one for one in complexes if one.complex.role is ComplexRole.HUB]
    linked = [one for one in complexes if one.complex.role is ComplexRole.LINKED]
    around = linked + [one for one in complexes if one.complex.role is ComplexRole.AREA]
    columns = (around[0::2], hubs, around[1::2])
    rows = max((len(column) for column in columns), default=0)
    circles: list[Circle] = []
    for x, column in zip(COLUMNS, columns, strict=True):
        space = rows * ROW / max(len(column), 1)
        for at, one in enumerate(column):
            y = TOP + round((at + 0.5) * space - ROW / 2)
            circles.append(Circle(one, x, y, _cut(one.complex.name)))
    middle = [one for one in circles if one.line.complex.role is ComplexRole.HUB]
    lines = [
        (hub.x, hub.y, one.x, one.y)
        for hub in middle
        for one in circles
        if one.line.complex.role is not ComplexRole.HUB
    ]
    return Schematic(circles, lines, WIDTH, TOP + rows * ROW - 20 if rows else 0)


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
