"""Things as an Asset Administration Shell (IEC 63278) in JSON, for Industry 4.0 tools.

One shell stands for the complex; each thing is a submodel of it, whose elements are the attributes, the place
(WKT), references to parent and tenant, and the points with their newest values. The elements are
built and serialised by the Eclipse BaSyx SDK, a submodel at a time, so that 200,000 of them do not have to
stand in memory together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any
from urllib.parse import quote

import shapely
from basyx.aas import model
from basyx.aas.adapter.json import AASToJsonEncoder
from basyx.aas.model import datatypes

from sandan.twin.formats.latest import Latest, Observed
from sandan.twin.model import Point, Thing, Value
from sandan.twin.tables import Attribute, kinds, quantities

_ROOT = "urn:sandan:"
_NOT_ID_SHORT = re.compile(r"[^A-Za-z0-9_]")
_LONGEST_ID_SHORT = 128


def write_aas(
    things: Sequence[Thing],
    points: Iterable[Point] = (),
    latest: Latest | None = None,
    *,
    asset: str = "complex",
) -> Iterator[bytes]:
    """An AAS environment in pieces: one shell for `asset`, a submodel for each thing.

    A point whose newest value is not given is there without a value.
    """
    of_thing: dict[str, list[Point]] = {}
    for point in points:
        of_thing.setdefault(point.thing, []).append(point)
    shell = json.loads(_dump(_shell(asset)))
    if things:
        shell["submodels"] = [
            {"type": "ModelReference", "keys": [{"type": "Submodel", "value": submodel_id(thing.id)}]}
            for thing in things
        ]
    yield b'{"assetAdministrationShells":[\n' + json.dumps(shell, ensure_ascii=False).encode() + b"\n]"
    separator = b',"submodels":[\n'
    for thing in things:
        submodel = _submodel(thing, of_thing.get(thing.id, ()), latest or {})
        yield separator + _dump(submodel).encode()
        separator = b",\n"
    yield b"\n]}\n" if things else b"}\n"


def submodel_id(thing: str) -> str:
    """The identifier of the submodel of a thing."""
    return f"{_ROOT}thing:{quote(thing, safe='.:@_-')}"


def _dump(element: Any) -> str:  # basyx has no types
    return json.dumps(element, cls=AASToJsonEncoder, ensure_ascii=False)


def _shell(asset: str) -> Any:
    id = quote(asset, safe=".:@_-")
    return model.AssetAdministrationShell(
        model.AssetInformation(model.AssetKind.INSTANCE, global_asset_id=f"{_ROOT}asset:{id}"),
        f"{_ROOT}shell:{id}",
        id_short=_id_short(f"shell_{asset}"),
    )


def _submodel(thing: Thing, points: Iterable[Point], latest: Latest) -> Any:
    kind = kinds()[thing.kind]
    elements = [
        _property("id", thing.id),
        _property("kind", thing.kind, semantic=f"kind:{thing.kind}"),
        _property("name", thing.name),
    ]
    for name, other in (("parent", thing.parent), ("tenant", thing.tenant)):
        if other is not None:
            elements.append(model.ReferenceElement(name, _submodel_reference(other)))
    if thing.simulated:
        elements.append(model.Property("simulated", bool, True))
    if thing.geometry is not None:
        elements.append(_property("geometry", shapely.to_wkt(thing.geometry, rounding_precision=-1)))
    attributes = [
        _attribute(id, value, kind.attributes.get(id))
        for id, value in thing.attributes.items()
        if value is not None
    ]
    if attributes:
        elements.append(model.SubmodelElementCollection("attributes", attributes))
    measured = list(_points(points, latest))
    if measured:
        elements.append(model.SubmodelElementCollection("points", measured))
    return model.Submodel(
        submodel_id(thing.id),
        elements,
        id_short=_id_short(f"{kind.entity}_{thing.id}"),
        semantic_id=_meaning(f"kind:{thing.kind}"),
    )


def _attribute(id: str, value: Value, attribute: Attribute | None) -> Any:
    semantic = f"attribute:{id}"
    unit = _qualifiers({"unit": attribute.unit}) if attribute is not None and attribute.unit else ()
    if attribute is not None and attribute.type == "date" and isinstance(value, str):
        return model.Property(
            id, datatypes.Date, datatypes.Date.fromisoformat(value), semantic_id=_meaning(semantic)
        )
    # A whole number among measured values stays a double, so that one attribute has one type.
    number = attribute is not None and attribute.type == "number" and isinstance(value, int)
    shown = float(value) if number and value is not None else value
    return model.Property(id, type(shown), shown, semantic_id=_meaning(semantic), qualifier=unit)


def _points(points: Iterable[Point], latest: Latest) -> Iterator[Any]:
    taken: set[str] = set()
    for point in points:
        quantity = quantities()[point.quantity]
        observed = latest.get(point.id)
        seconds = None if point.interval is None else f"{point.interval.total_seconds():g}"
        yield model.Property(
            _free(point.quantity, taken),
            float,
            None if observed is None else observed.value,
            semantic_id=_meaning(f"quantity:{point.quantity}"),
            qualifier=_qualifiers(
                {
                    "point": point.id,
                    "unit": quantity.unit,
                    "intervalSeconds": seconds,
                    "low": None if point.low is None else repr(point.low),
                    "high": None if point.high is None else repr(point.high),
                    "observedAt": _instant(observed),
                    "simulated": "true" if point.simulated else None,
                }
            ),
        )


def _free(quantity: str, taken: set[str]) -> str:
    """The quantity, numbered when a thing has several points of it."""
    name, n = quantity, 1
    while name in taken:
        n += 1
        name = f"{quantity}_{n}"
    taken.add(name)
    return name


def _instant(observed: Observed | None) -> str | None:
    return None if observed is None else observed.at.astimezone(UTC).isoformat(timespec="milliseconds")


def _property(id_short: str, value: str, semantic: str | None = None) -> Any:
    return model.Property(id_short, str, value, semantic_id=None if semantic is None else _meaning(semantic))


def _qualifiers(values: Mapping[str, str | None]) -> list[Any]:
    return [model.Qualifier(type_, str, value) for type_, value in values.items() if value is not None]


def _meaning(term: str) -> Any:
    return model.ExternalReference((model.Key(model.KeyTypes.GLOBAL_REFERENCE, f"{_ROOT}{term}"),))


def _submodel_reference(thing: str) -> Any:
    return model.ModelReference((model.Key(model.KeyTypes.SUBMODEL, submodel_id(thing)),), model.Submodel)


def _id_short(text: str) -> str:
    return _NOT_ID_SHORT.sub("_", text)[:_LONGEST_ID_SHORT]
