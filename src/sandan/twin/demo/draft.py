"""Things while they are being drawn: on the plan, then all laid on the ground at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from sandan.twin.demo.plane import STEP, WALL, Plane
from sandan.twin.model import Thing, Value

Shape = BaseGeometry | tuple[float, float]


@dataclass(slots=True)
class Draft:
    """Gathers things; `add` gives each the next id of its kind."""

    plane: Plane
    rows: list[tuple[str, str, str, str | None, str | None, dict[str, Value]]] = field(default_factory=list)
    shapes: list[BaseGeometry | None] = field(default_factory=list)
    spots: list[tuple[float, float] | None] = field(default_factory=list)
    count: Counter[str] = field(default_factory=Counter)

    def add(
        self,
        kind: str,
        name: str,
        parent: str | None,
        shape: Shape | None,
        *,
        tenant: str | None = None,
        **attributes: Value,
    ) -> str:
        """Note a thing; a `shape` of two numbers is a place. A firm is its own tenant."""
        self.count[kind] += 1
        id = f"{kind}-{self.count[kind]:04d}"
        plain = {  # a NumPy number is no number to a database or to JSON
            key: value.item() if isinstance(value, np.generic) else value for key, value in attributes.items()
        }
        self.rows.append((id, kind, name, parent, id if kind == "firm" else tenant, plain))
        place = shape if isinstance(shape, tuple) else None
        self.spots.append(place)
        self.shapes.append(None if isinstance(shape, tuple) else shape)
        return id

    def note(self, attribute: str, values: Mapping[str, Value]) -> None:
        """Give things that are there already one more attribute, by id."""
        for row in self.rows:
            if row[0] in values:
                row[5][attribute] = values[row[0]]

    def finish(self) -> tuple[tuple[Thing, ...], dict[str, tuple[float, float]]]:
        """The things in WGS 84, and where those that are places stand, in metres from the origin."""
        drawn = [i for i, shape in enumerate(self.shapes) if shape is not None]
        placed = [i for i, spot in enumerate(self.spots) if spot is not None]
        steps = [WALL if self.rows[i][1] == "building" else STEP for i in drawn]
        shapes = [shape for shape in self.shapes if shape is not None]
        laid = self.plane.lay(shapes, steps)
        geometry: list[BaseGeometry | None] = [None] * len(self.rows)
        for i, shape in zip(drawn, laid, strict=True):
            geometry[i] = shape
        ground: dict[str, tuple[float, float]] = {}
        if placed:
            plan = np.array([self.spots[i] for i in placed], dtype=np.float64)
            metres = self.plane.metres(plan).tolist()
            points = np.asarray(shapely.points(self.plane.degrees(plan)))
            for i, point, (x, y) in zip(placed, points, metres, strict=True):
                geometry[i] = point
                ground[self.rows[i][0]] = (x, y)
        things = tuple(
            Thing(id, kind, name, parent, tenant, shape, MappingProxyType(attributes), simulated=True)
            for (id, kind, name, parent, tenant, attributes), shape in zip(self.rows, geometry, strict=True)
        )
        return things, ground
