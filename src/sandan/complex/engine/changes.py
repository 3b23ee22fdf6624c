"""What an import would change in a thing, field by field."""

from __future__ import annotations

from sandan.complex.model import Difference
from sandan.twin.model import Thing
from sandan.twin.tables import kinds
from sandan.words import Text

_FIELDS = {
    "kind": Text("종류", "Kind"),
    "name": Text("이름", "Name"),
    "parent": Text("상위", "Parent"),
    "tenant": Text("입주기업", "Firm"),
    "simulated": Text("모의", "Simulated"),
}


def differences(before: Thing, after: Thing) -> list[Difference]:
    """Every field in which the two differ; a geometry only says that it does."""
    found = [
        Difference(name, getattr(before, field), getattr(after, field))
        for field, name in _FIELDS.items()
        if getattr(before, field) != getattr(after, field)
    ]
    if before.geometry != after.geometry:
        shape = ["–" if one.geometry is None else one.geometry.geom_type for one in (before, after)]
        found.append(Difference(Text("도형", "Geometry"), *shape))
    attributes = kinds()[after.kind].attributes if after.kind in kinds() else {}
    for id in dict.fromkeys([*before.attributes, *after.attributes]):
        old, new = before.attributes.get(id), after.attributes.get(id)
        if old != new:
            name = attributes[id].name if id in attributes else Text(id, id)
            found.append(Difference(name, old, new))
    return found
