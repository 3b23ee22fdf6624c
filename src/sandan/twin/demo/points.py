"""What is measured on the demo complex's things, how often, and within which bounds.

The bounds are settings of this invented complex, not limits of any law.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cache

from sandan.tables import read_table
from sandan.twin.demo.tables import substances
from sandan.twin.model import Point, Thing


@cache
def _measured() -> Mapping[str, tuple[dict[str, str], ...]]:
    found: dict[str, list[dict[str, str]]] = {}
    for row in read_table(__name__, "measured.csv"):
        found.setdefault(row["kind"], []).append(row)
    return {kind: tuple(rows) for kind, rows in found.items()}


def measure(things: Iterable[Thing], served: Mapping[str, str]) -> tuple[Point, ...]:
    """The points of every thing that a gateway serves, with the bounds of normal operation."""
    by_substance = {row.name.ko: row for rows in substances().values() for row in rows}
    found: list[Point] = []
    for thing in things:
        if thing.id not in served:
            continue
        if thing.kind == "leak_sensor":
            substance = by_substance[str(thing.attributes["substance"])]
            found.append(
                Point(f"{thing.id}.{substance.quantity}", thing.id, substance.quantity, timedelta(seconds=10),
                      thing.tenant, None, substance.alarm, simulated=True)
            )  # fmt: skip
            continue
        for row in _measured().get(thing.kind, ()):
            found.append(
                Point(
                    f"{thing.id}.{row['quantity']}", thing.id, row["quantity"],
                    timedelta(seconds=int(row["seconds"])), thing.tenant,
                    _bound(row["low"], thing), _bound(row["high"], thing), simulated=True,
                )
            )  # fmt: skip
    return tuple(found)


def _bound(text: str, thing: Thing) -> float | None:
    """A number, or the attribute of the thing that says it."""
    if not text:
        return None
    if text[0].isalpha():
        value = thing.attributes[text]
        return float(value) if isinstance(value, (int, float)) else None
    return float(text)
