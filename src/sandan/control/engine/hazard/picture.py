"""The plan of a hazard area for paper: the ground, the firms, the areas, and what was sketched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import shapely
from shapely import Point
from shapely.geometry.base import BaseGeometry

from sandan.printing import Layer, Name, Style, draw_plan
from sandan.words import Language, Text

GROUND: Mapping[str, Style] = {
    "zone": Style(fill="#e9edf0", edge="#b9c2c9", width=0.3),
    "building": Style(fill="#d8dee3", edge="#aab4bc", width=0.1),
    "road": Style(edge="#ffffff", width=0.9),
}
"""From the lowest up."""
FIRM = Style(fill="#ffffff", edge="#8a949e", width=0.15, opacity=0.6, dot=0.5)
REACHED = Style(fill="#ffffff", edge="#1d242b", width=0.35, opacity=0.75, dot=0.8)
RANKS = (("#d1121f", "#8f0b14"), ("#f0821d", "#8a4100"), ("#f5cb2e", "#846300"))
"""Fill and edge of areas, those of the highest threshold first, as on the map of the page."""
SKETCH = Style(edge="#1f5fbf", width=0.5, dash="1.6 0.9", dot=0.9)
PLACE = Style(fill="#d1121f", edge="#ffffff", width=0.3, dot=1.5)
LEAST = 250.0
"""Metres around the place that are shown at least."""
MARGIN = 0.06
NAMED = 14


@dataclass(frozen=True, slots=True)
class Drawn:
    """A shape in metres around the place of the incident, with what it is called."""

    shape: BaseGeometry
    name: str = ""


@dataclass(frozen=True, slots=True)
class DrawnZone:
    """The area of a threshold, and where it may be passed in another wind."""

    name: str
    area: BaseGeometry
    possible: BaseGeometry | None


def draw_area(
    ground: Mapping[str, Sequence[BaseGeometry]],
    firms: Sequence[Drawn],
    reached: Sequence[Drawn],
    zones: Sequence[DrawnZone],
    sketch: Sequence[Drawn],
    language: Language,
) -> str:
    """The plan as SVG; all in metres, the incident at the origin, zones from the highest threshold down."""
    layers = [Layer(ground.get(kind, ()), style) for kind, style in GROUND.items()]
    layers.append(Layer([one.shape for one in firms], FIRM))
    for rank in range(len(zones) - 1, -1, -1):
        zone, (fill, edge) = zones[rank], RANKS[min(rank, len(RANKS) - 1)]
        if not zone.area.is_empty:
            layers.append(Layer([zone.area], Style(fill, edge, 0.4, 0.35), zone.name))
    possible = [zone.possible for zone in zones if zone.possible is not None and not zone.possible.is_empty]
    if possible:
        layers.append(Layer(possible, Style("none", "#5d4a00", 0.3, dash="1.2 0.8"), _POSSIBLE.in_(language)))
    if reached:
        layers.append(Layer([one.shape for one in reached], REACHED, _REACHED.in_(language)))
    if sketch:
        layers.append(Layer([one.shape for one in sketch], SKETCH, _SKETCH.in_(language)))
    layers.append(Layer([Point(0, 0)], PLACE, _PLACE.in_(language)))
    names = [_name(one) for one in [*sketch, *reached[:NAMED]] if one.name]
    shown = [zone.area for zone in zones] + possible + [one.shape for one in sketch]
    return draw_plan(layers, names, _box(shown), language)


def _name(one: Drawn) -> Name:
    spot = one.shape.representative_point()
    return Name(spot.x, spot.y, one.name)


def _box(shown: Sequence[BaseGeometry]) -> tuple[float, float, float, float]:
    least = shapely.box(-LEAST, -LEAST, LEAST, LEAST)
    west, south, east, north = shapely.total_bounds([least, *(one for one in shown if not one.is_empty)])
    room = MARGIN * max(east - west, north - south)
    return float(west - room), float(south - room), float(east + room), float(north + room)


_POSSIBLE = Text("다른 바람이면 닿을 수 있는 곳", "may be reached in another wind")
_REACHED = Text("구역 안의 기업", "firms in the area")
_SKETCH = Text("상황판에 그린 것", "sketched on the board")
_PLACE = Text("사건 지점", "place of the incident")
