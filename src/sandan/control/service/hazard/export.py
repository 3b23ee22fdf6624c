"""A hazard area as others' maps read it: GeoJSON, and KML for the fire service."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from shapely import Point, Polygon
from shapely.geometry.base import BaseGeometry

from sandan.clock import SEOUL
from sandan.control.model.substances import substances
from sandan.control.service.hazard.area import HazardArea
from sandan.twin.geometry import write_geometry
from sandan.words import Language, Text

COLOURS = ("d1121f", "f0821d", "f5cb2e")
"""Of the highest threshold first, as on the map of the page: red, green, blue."""


def area_features(area: HazardArea | None, language: Language) -> dict[str, Any]:
    """A GeoJSON collection, zones from the lowest threshold up; empty for no area."""
    if area is None:
        return {"type": "FeatureCollection", "features": []}
    features = []
    for number in range(len(area.zones) - 1, -1, -1):
        zone = area.zones[number]
        told = {
            "rank": number,
            "label": zone.threshold.label,
            "value": zone.threshold.value,
            "unit": zone.threshold.unit,
        }
        for part, shape in (("possible", zone.possible), ("area", zone.area)):
            if shape is not None and not shape.is_empty:
                features.append(_feature(shape, {"zone": part, **told}))
    firms = [
        _feature(one.firm.geometry, {"firm": one.firm.name, "people": one.people, "arrival": one.arrival})
        for one in area.reached
        if one.firm.geometry is not None
    ]
    place = _feature(Point(area.request.lon, area.request.lat), {"release": _title(area, language)})
    return {
        "type": "FeatureCollection",
        "name": _title(area, language),
        "as_of": area.at,
        "note": _ESTIMATE.in_(language),
        "features": [*features, *firms, place],
    }


def area_kml(area: HazardArea | None, name: str, language: Language) -> str:
    """A KML document with the zones, the firms and the place of the release."""
    marks: list[str] = []
    if area is not None:
        for number in range(len(area.zones) - 1, -1, -1):
            zone, threshold = area.zones[number], area.zones[number].threshold
            title = f"{threshold.label} {threshold.value:g} {threshold.unit}"
            style = f"z{min(number, len(COLOURS) - 1)}"
            marks += _mark(title, zone.area, style)
            if zone.possible is not None:
                marks += _mark(f"{title} – {_POSSIBLE.in_(language)}", zone.possible, "possible")
        for one in area.reached:
            at = one.arrival.astimezone(SEOUL)
            if one.firm.geometry is not None:
                marks += _mark(f"{one.firm.name} {at:%H:%M}", one.firm.geometry.centroid, "")
        marks += _mark(_title(area, language), Point(area.request.lon, area.request.lat), "")
        name = f"{name} {_title(area, language)}"
    styles = [
        _style(f"z{number}", "ff" + colour[4:] + colour[2:4] + colour[:2], "59")
        for number, colour in enumerate(COLOURS)
    ]
    styles.append(_style("possible", "ff004a5d", "00"))
    head = f"<name>{escape(name)}</name><description>{escape(_ESTIMATE.in_(language))}</description>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        + head
        + "".join([*styles, *marks])
        + "</Document></kml>\n"
    )


def _title(area: HazardArea, language: Language) -> str:
    at, wind = area.at.astimezone(SEOUL), area.measured.weather
    name = substances()[area.request.substance].name
    speed, direction = float(wind.speed[-1]), float(wind.direction[-1])
    return Text(
        f"{name.ko} {area.request.amount:,.0f} kg · {at:%Y-%m-%d %H:%M} 기준 · 바람 {direction:.0f}° "
        f"{speed:.1f} m/s",
        f"{name.en} {area.request.amount:,.0f} kg · as of {at:%Y-%m-%d %H:%M} · wind {direction:.0f}° "
        f"{speed:.1f} m/s",
    ).in_(language)


def _feature(shape: BaseGeometry, told: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": write_geometry(shape), "properties": told}


def _style(id: str, colour: str, opacity: str) -> str:
    """A KML colour is opacity, blue, green, red."""
    return (
        f'<Style id="{id}"><LineStyle><color>{colour}</color><width>2</width></LineStyle>'
        f"<PolyStyle><color>{opacity}{colour[2:]}</color></PolyStyle></Style>"
    )


def _mark(name: str, shape: BaseGeometry, style: str) -> list[str]:
    if shape.is_empty:
        return []
    url = f"<styleUrl>#{style}</styleUrl>" if style else ""
    return [f"<Placemark><name>{escape(name)}</name>{url}{_shape(shape)}</Placemark>"]


def _shape(shape: BaseGeometry) -> str:
    if hasattr(shape, "geoms"):
        return f"<MultiGeometry>{''.join(_shape(one) for one in shape.geoms)}</MultiGeometry>"
    if isinstance(shape, Point):
        return f"<Point><coordinates>{shape.x:.6f},{shape.y:.6f}</coordinates></Point>"
    assert isinstance(shape, Polygon)
    rings = [("outerBoundaryIs", shape.exterior), *(("innerBoundaryIs", one) for one in shape.interiors)]
    return f"<Polygon>{''.join(_ring(tag, ring.coords) for tag, ring in rings)}</Polygon>"


def _ring(tag: str, places: Any) -> str:
    points = " ".join(f"{x:.6f},{y:.6f}" for x, y in places)
    return f"<{tag}><LinearRing><coordinates>{points}</coordinates></LinearRing></{tag}>"


_POSSIBLE = Text("다른 바람이면 닿을 수 있는 곳", "may be reached in another wind")
_ESTIMATE = Text(
    "바람으로 계산한 추정이며 측정이 아닙니다.", "An estimate reckoned from the wind, no measurement."
)
