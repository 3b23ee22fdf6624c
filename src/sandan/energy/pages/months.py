"""A year's emissions drawn month by month."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandan.clock import SEOUL, milliseconds
from sandan.energy.engine.carbon import carriers
from sandan.energy.engine.carbon.inventory import exact
from sandan.energy.model.carbon import GRAMS, Inventory
from sandan.energy.service.carbon.years import FirmYear
from sandan.words import Language, Text

SCOPES = {
    1: Text("직접 배출 (범위 1)", "direct (scope 1)"),
    2: Text("간접 배출 (범위 2, 지역 기반)", "indirect (scope 2, by location)"),
}


def emissions_by_month(found: FirmYear, inventory: Inventory, language: Language) -> dict[str, Any] | None:
    """Tonnes of each month by scope for the chart; a month nothing is known of is empty.

    A document of several months is spread over them by their days. None where there is nothing to draw.
    """
    year = found.year.number
    edges = [milliseconds(datetime(year + n // 12, n % 12 + 1, 1, tzinfo=SEOUL)) for n in range(13)]
    lines = {(line.place, line.carrier): line for line in inventory.lines}
    sums: dict[int, list[float | None]] = {1: [None] * 12, 2: [None] * 12}
    for one in found.reckoned.activities:
        line = lines.get((one.place, one.carrier))
        if line is None or not line.quantity:
            continue
        amount = float(exact(one, carriers()[one.carrier])) / line.quantity * line.grams / GRAMS
        begin, end = one.evidence.begin, one.evidence.end
        for month in range(12):
            inside = min(end, edges[month + 1]) - max(begin, edges[month])
            if inside > 0:
                sums[line.scope][month] = (sums[line.scope][month] or 0.0) + amount * inside / (end - begin)
    series = [
        {"name": name.in_(language), "unit": "tCO2", "kind": "bar", "digits": 2, "data": sums[scope]}
        for scope, name in SCOPES.items()
        if any(value is not None for value in sums[scope])
    ]
    names = [Text(f"{n}월", f"{datetime(2000, n, 1, tzinfo=SEOUL):%b}").in_(language) for n in range(1, 13)]
    return {"categories": names, "series": series} if series else None
