"""Things as NGSI-LD entities (ETSI GS CIM 009), for context brokers and city data hubs.

A thing is an entity whose type is its kind's; attributes are Properties with UN/CEFACT unit codes, the
place a GeoProperty, parent and tenant Relationships. A point is an entity of its own, and its newest
value stands on its thing under the name of the quantity, told apart by `datasetId`. The context is made
from the same tables as the entities, so that it cannot drift from them, and no term needs the network.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import quote, unquote

import orjson

from sandan.twin.formats.latest import Latest, Observed
from sandan.twin.geometry import write_geometry
from sandan.twin.model import Point, Thing, Value
from sandan.twin.tables import Attribute, kinds, quantities
from sandan.units import unit

VOCABULARY = "urn:sandan:vocabulary:"
"""Where the kinds, attributes and quantities of the tables are named."""

POINT_TYPE = "MeasuringPoint"
_CORE = "https://uri.etsi.org/ngsi-ld/"
_GEO = "https://purl.org/geojson/vocab#"
_SHAPES = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")
_ALWAYS = ("id", "type", "name", "Property", "value")
_FLUSH = 1 << 16


@cache
def context() -> dict[str, Any]:
    """The whole JSON-LD context, as a document to serve or to keep beside an export."""
    terms: dict[str, Any] = {
        "id": "@id",
        "type": "@type",
        "Property": f"{_CORE}Property",
        "Relationship": f"{_CORE}Relationship",
        "GeoProperty": f"{_CORE}GeoProperty",
        "value": f"{_CORE}hasValue",
        "object": {"@id": f"{_CORE}hasObject", "@type": "@id"},
        "datasetId": {"@id": f"{_CORE}datasetId", "@type": "@id"},
        "observedAt": {"@id": f"{_CORE}observedAt", "@type": f"{_CORE}DateTime"},
        "unitCode": f"{_CORE}unitCode",
        "location": f"{_CORE}location",
        "DateTime": f"{_CORE}DateTime",
        "Date": f"{_CORE}Date",
        "coordinates": {"@id": f"{_GEO}coordinates", "@container": "@list"},
        # The geometry type "Point" is GeoJSON's; our points are of type MeasuringPoint.
        **{shape: f"{_GEO}{shape}" for shape in _SHAPES},
        "name": "https://schema.org/name",
        "unitText": "https://schema.org/unitText",
    }
    own = [
        POINT_TYPE,
        "isPartOf",
        "tenant",
        "simulated",
        "isMeasuredOn",
        "quantity",
        "interval",
        "low",
        "high",
    ]
    own += [kind.entity for kind in kinds().values()]
    own += [id for kind in kinds().values() for id in kind.attributes]
    own += quantities()
    for term in own:
        terms.setdefault(term, VOCABULARY + term)
    return {"@context": terms}


def write_ngsi_ld(
    things: Iterable[Thing],
    points: Iterable[Point] = (),
    latest: Latest | None = None,
    *,
    context_url: str | None = None,
) -> Iterator[bytes]:
    """A JSON array of entities in pieces, as a broker's batch operation takes it.

    With a `context_url` each entity refers to it; otherwise it carries the few terms it uses, and can be read
    without a network.
    """
    buffer = bytearray(b"[")
    separator = b"\n"
    for entity in entities(things, points, latest or {}):
        entity["@context"] = context_url or _terms_of(entity)
        buffer += separator
        buffer += orjson.dumps(entity)
        separator = b",\n"
        if len(buffer) > _FLUSH:
            yield bytes(buffer)
            buffer.clear()
    yield bytes(buffer) + b"\n]\n"


def entities(
    things: Iterable[Thing], points: Iterable[Point] = (), latest: Latest | None = None
) -> Iterator[dict[str, Any]]:
    """One entity for each thing, then one for each point, without their contexts."""
    values = latest or {}
    of_thing: dict[str, list[Point]] = {}
    all_points = list(points)
    for point in all_points:
        of_thing.setdefault(point.thing, []).append(point)
    for thing in things:
        yield _thing_entity(thing, of_thing.get(thing.id, ()), values)
    for point in all_points:
        yield _point_entity(point)


def thing_urn(id: str) -> str:
    """The URI of a thing; it does not say the kind, so that a reference needs no look-up."""
    return f"urn:ngsi-ld:Thing:{quote(id, safe='.:@_-')}"


def point_urn(id: str) -> str:
    """The URI of a point."""
    return f"urn:ngsi-ld:{POINT_TYPE}:{quote(id, safe='.:@_-')}"


def id_of(urn: str) -> str:
    """The id that `thing_urn` or `point_urn` was made from."""
    return unquote(urn.split(":", 3)[3])


def _thing_entity(thing: Thing, points: Iterable[Point], latest: Latest) -> dict[str, Any]:
    kind = kinds()[thing.kind]
    entity: dict[str, Any] = {
        "id": thing_urn(thing.id),
        "type": kind.entity,
        "name": {"type": "Property", "value": thing.name},
    }
    if thing.parent is not None:
        entity["isPartOf"] = _relationship(thing.parent)
    if thing.tenant is not None:
        entity["tenant"] = _relationship(thing.tenant)
    if thing.simulated:
        entity["simulated"] = {"type": "Property", "value": True}
    if thing.geometry is not None:
        entity["location"] = {"type": "GeoProperty", "value": write_geometry(thing.geometry)}
    for id, value in thing.attributes.items():
        # A broker takes no null: what is unknown is absent.
        if value is not None:
            entity[id] = _attribute(value, kind.attributes.get(id))
    observations: dict[str, list[dict[str, Any]]] = {}
    for point in points:
        if (observed := latest.get(point.id)) is not None:
            observations.setdefault(point.quantity, []).append(_observation(point, observed))
    for quantity, many in observations.items():
        # The voltage a feeder is built for stays beside the one measured, as the instance without a dataset.
        instances = [entity[quantity], *many] if quantity in entity else many
        entity[quantity] = instances if len(instances) > 1 else instances[0]
    return entity


def _relationship(id: str) -> dict[str, str]:
    return {"type": "Relationship", "object": thing_urn(id)}


def _attribute(value: Value, attribute: Attribute | None) -> dict[str, Any]:
    if attribute is not None and attribute.type == "date":
        return {"type": "Property", "value": {"@type": "Date", "@value": value}}
    return {"type": "Property", "value": value, **_unit(attribute.unit if attribute else None)}


def _observation(point: Point, observed: Observed) -> dict[str, Any]:
    return {
        "type": "Property",
        "value": observed.value,
        "observedAt": _instant(observed.at),
        "datasetId": point_urn(point.id),
        **_unit(quantities()[point.quantity].unit),
    }


def _point_entity(point: Point) -> dict[str, Any]:
    entity: dict[str, Any] = {
        "id": point_urn(point.id),
        "type": POINT_TYPE,
        "name": {"type": "Property", "value": point.id},
        "isMeasuredOn": _relationship(point.thing),
        "quantity": {"type": "Property", "value": point.quantity, **_unit(quantities()[point.quantity].unit)},
    }
    if point.tenant is not None:
        entity["tenant"] = _relationship(point.tenant)
    if point.interval is not None:
        entity["interval"] = {"type": "Property", "value": point.interval.total_seconds(), **_unit("s")}
    for name, limit in (("low", point.low), ("high", point.high)):
        if limit is not None:
            entity[name] = {"type": "Property", "value": limit, **_unit(quantities()[point.quantity].unit)}
    if point.simulated:
        entity["simulated"] = {"type": "Property", "value": True}
    return entity


@cache
def _unit(symbol: str | None) -> Mapping[str, Any]:
    if symbol is None:
        return {}
    if code := unit(symbol).unece:
        return {"unitCode": code}
    return {"unitText": {"type": "Property", "value": symbol}}


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _terms_of(entity: Mapping[str, Any]) -> dict[str, Any]:
    """The part of the context that one entity uses."""
    terms = context()["@context"]
    used = dict.fromkeys(_ALWAYS)
    _collect(entity, used)
    return {term: terms[term] for term in used if term in terms}


def _collect(value: object, used: dict[str, None]) -> None:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            used[name] = None
            if name in ("type", "@type"):
                used[inner] = None
            elif name != "coordinates":
                _collect(inner, used)
    elif isinstance(value, list):
        for inner in value:
            _collect(inner, used)
