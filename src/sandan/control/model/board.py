"""What the control room shows: features of the map, figures, and the arrays behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sandan.tables import read_table
from sandan.twin.model import Point, Thing
from sandan.words import Text

DRAWN = frozenset(
    {
        "complex", "zone", "block", "parcel", "green", "stream", "road", "building", "substation", "stack",
        "tank",
        "air_station", "odour_station", "weather_station", "water_station", "leak_sensor", "thermal_sensor",
        "bus_stop", "logistics_hub",
    }
)  # fmt: skip
"""Kinds that have a place of their own on the map; what is not drawn shows on its building."""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A key figure of the control room: how to make one number of many points."""

    id: str
    name: Text
    quantity: str
    how: Literal["sum", "mean", "max"]
    unit: str
    digits: int
    trend: bool
    kind: str
    """The kind of thing it is measured on: where the figure leads."""


@cache
def figure_rows() -> Sequence[FigureRow]:
    """The table of key figures, in order of display."""
    return tuple(
        FigureRow(
            row["id"],
            Text(row["ko"], row["en"]),
            row["quantity"],
            row["how"],  # type: ignore[arg-type]  # a test holds the table to the three ways
            row["unit"],
            int(row["digits"]),
            row["trend"] == "yes",
            row["kind"],
        )
        for row in read_table(__name__, "figures.csv")
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """The fixed side of the board: things and points as arrays, laid out once per registry change.

    `place[i]` is the feature that shows point i (its own thing if drawn, else the building it is
    in), `extra[i]` the building around a drawn thing, so that a leak colours both; -1 for none.
    `number` gives the map number of a thing that is drawn: its index plus one.
    """

    features: Sequence[Thing]
    number: Mapping[str, int]
    things: Mapping[str, Thing]
    points: Sequence[Point]
    index: NDArray[np.int64]
    place: NDArray[np.int64]
    extra: NDArray[np.int64]
    interval: NDArray[np.int64]
    tenant: NDArray[np.object_]
    quantity: NDArray[np.object_]


def place_points(points: Sequence[Point]) -> NDArray[np.int64]:
    """Where a point stands among `points`, by its number: shape (largest number + 1,), -1 for the others."""
    place = np.full(max((point.number for point in points), default=0) + 1, -1, np.int64)
    place[[point.number for point in points]] = np.arange(len(points))
    return place


def lay_out(things: Sequence[Thing], points: Sequence[Point]) -> Plan:
    """Arrange the registry's things and points for the board; pure."""
    by_id = {thing.id: thing for thing in things}
    features = [thing for thing in things if thing.kind in DRAWN and thing.geometry is not None]
    number = {thing.id: i for i, thing in enumerate(features)}
    building: dict[str, int] = {}

    def building_of(id: str) -> int:
        found = building.get(id)
        if found is None:
            thing = by_id[id]
            if thing.kind == "building":
                found = number.get(id, -1)
            else:
                found = building_of(thing.parent) if thing.parent in by_id else -1
            building[id] = found
        return found

    n = len(points)
    place, extra = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    for i, point in enumerate(points):
        if point.thing in by_id:
            around = building_of(point.thing)
            own = number.get(point.thing, -1)
            place[i] = own if own >= 0 else around
            extra[i] = around if own >= 0 and around != own else -1
    return Plan(
        features,
        {id: i + 1 for id, i in number.items()},
        by_id,
        points,
        place_points(points),
        place,
        extra,
        np.array([0 if p.interval is None else p.interval.total_seconds() * 1000 for p in points], np.int64),
        np.array([p.tenant for p in points], object),
        np.array([p.quantity for p in points], object),
    )
