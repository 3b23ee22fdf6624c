"""Things as GeoJSON (RFC 7946): what map programs read and write.

A feature's `properties` hold `id`, `kind`, `name`, `parent`, `tenant` and the attributes, inline or in an
object `attributes`. Files made before the RFC may name a projected system in `crs`; it is believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from sandan.errors import Finding, InvalidInput
from sandan.sheets import decode
from sandan.twin.formats.preview import Preview, keep_sound
from sandan.twin.formats.thing_rows import ThingReader
from sandan.twin.geometry import DIGITS, check_system, write_geometry
from sandan.twin.model import Thing
from sandan.words import Text

_EPSG = re.compile(r"EPSG:{1,2}(?:[\d.]*:)?(\d+)$", re.IGNORECASE)
_FLUSH = 1 << 16


def read_geojson(
    data: bytes,
    *,
    known: Mapping[str, Thing] | None = None,
    kind: str | None = None,
    parent: str | None = None,
    crs: str | None = None,
) -> Preview:
    """The things in a FeatureCollection, a Feature or a sequence of Features (one a line), previewed.

    `kind` and `parent` are for features that name none: a layer of buildings needs only `kind="building"`.
    Raises `InvalidInput` when the input is not GeoJSON at all.
    """
    document = _parse(decode(data))
    features, declared = _features(document)
    check_system(crs or declared)
    reader = ThingReader(kind, parent, crs or declared)
    things: list[Thing] = []
    places: list[str] = []
    for i, feature in enumerate(features):
        place = f"features[{i}]"
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if (
            not isinstance(feature, dict)
            or feature.get("type") != "Feature"
            or not isinstance(properties, dict | None)
        ):
            reader.findings.append(
                Finding(
                    place,
                    Text("GeoJSON Feature가 아닙니다.", "this is not a GeoJSON Feature."),
                    Text(
                        '"type": "Feature"와 객체인 "properties"를 쓰십시오.',
                        'write "type": "Feature" and an object as "properties".',
                    ),
                )
            )
            continue
        identity = feature.get("id")
        thing = reader.read(
            place,
            properties or {},
            feature.get("geometry"),
            identity if isinstance(identity, (str, int, float)) else None,
        )
        if thing is not None:
            things.append(thing)
            places.append(place)
    kept, findings = keep_sound(things, places, known or {})
    return Preview(
        things=tuple(kept),
        findings=(*reader.notes(), *reader.findings, *findings),
        rows=len(features),
        columns={name: (c.field or "-").lstrip("@") for name, c in reader.columns.items()},
    )


def write_geojson(things: Iterable[Thing], digits: int | None = DIGITS) -> Iterator[bytes]:
    """A FeatureCollection in pieces, so that 200,000 things need not stand in memory twice.

    `digits` decimals of a degree (7: a centimetre); `None` writes every digit there is.
    """
    buffer = bytearray(b'{"type":"FeatureCollection","features":[')
    separator = b"\n"
    for thing in things:
        buffer += separator
        buffer += orjson.dumps(feature(thing, digits))
        separator = b",\n"
        if len(buffer) > _FLUSH:
            yield bytes(buffer)
            buffer.clear()
    yield bytes(buffer) + b"\n]}\n"


def feature(thing: Thing, digits: int | None = DIGITS) -> dict[str, Any]:
    """One thing as a GeoJSON Feature; fields that say nothing are left out."""
    properties: dict[str, Any] = {"id": thing.id, "kind": thing.kind, "name": thing.name}
    if thing.parent is not None:
        properties["parent"] = thing.parent
    if thing.tenant is not None:
        properties["tenant"] = thing.tenant
    if thing.simulated:
        properties["simulated"] = True
    if thing.attributes:
        properties["attributes"] = {k: v for k, v in thing.attributes.items() if v is not None}
    return {
        "type": "Feature",
        "id": thing.id,
        "geometry": None if thing.geometry is None else write_geometry(thing.geometry, digits),
        "properties": properties,
    }


def _parse(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        whole = error
    lines = [line.strip("\x1e \t") for line in text.splitlines()]
    try:
        found = [orjson.loads(line) for line in lines if line]
    except orjson.JSONDecodeError:
        found = []
    if found:
        return {"type": "FeatureCollection", "features": found}
    raise InvalidInput.because(
        f"{whole.lineno}행/line {whole.lineno}",
        Text(f"JSON이 아닙니다 ({whole.msg}).", f"this is not JSON ({whole.msg})."),
        Text("GeoJSON으로 다시 내보내십시오.", "export the file again as GeoJSON."),
    )


def _features(document: object) -> tuple[list[Any], str | None]:
    """The features, and the coordinate system the file declares when that is not degrees."""
    if isinstance(document, dict) and document.get("type") == "Feature":
        return [document], _declared(document)
    if isinstance(document, dict) and isinstance(document.get("features"), list):
        return document["features"], _declared(document)
    raise InvalidInput.because(
        "file",
        Text("GeoJSON FeatureCollection이 아닙니다.", "this is not a GeoJSON FeatureCollection."),
        Text('"features" 목록이 있어야 합니다.', 'it needs a list named "features".'),
    )


def _declared(document: dict[str, Any]) -> str | None:
    crs = document.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    match = _EPSG.search(name) if isinstance(name, str) else None
    return None if match is None or match[1] == "4326" else f"EPSG:{match[1]}"
