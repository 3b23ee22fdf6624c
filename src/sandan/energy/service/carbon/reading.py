"""What meters told of a year, month by month, as activities of an inventory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.clock import SEOUL, Period, instant, milliseconds
from sandan.energy.model.carbon import Activity, Evidence, Place
from sandan.energy.service.readings import ENERGY, MOST
from sandan.store import Store
from sandan.twin.model import Point, Thing
from sandan.twin.tables import quantity

CARRIERS: Mapping[str, str] = {ENERGY: "electricity", "gas_consumption": "natural_gas"}
"""What a point tells of which carrier."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """What was measured in a year."""

    by_firm: Mapping[str, Sequence[Activity]]
    """One activity for each point and month in which it told anything."""
    metered: Mapping[str, Mapping[Place, str]]
    """Where a firm's electricity is metered, by which point."""
    read: int
    """When [ms]."""
    simulated: bool


def read_samples(
    store: Store, conn: Connection, firms: Mapping[str, Thing], begin: int, until: int, now: datetime
) -> Sampled:
    """The months of these firms' points between `begin` and `until` [ms], as known now.

    A meter behind another one of the same firm is in the reading of the first. The coverage of a month is
    that of the whole month, also while it runs.
    """
    read = milliseconds(now)
    only = next(iter(firms)) if len(firms) == 1 else None
    places = _places(store, conn, firms, only)
    where: dict[int, tuple[Point, Place]] = {}
    for measured in CARRIERS:
        for point in store.points.find(conn, quantity=measured, tenant=only, limit=MOST):
            if point.thing in places:
                where[point.number] = point, places[point.thing]
    metered: dict[str, dict[Place, str]] = defaultdict(dict)
    for point, place in where.values():
        if point.quantity == ENERGY:
            metered[place.corporation][place] = point.id
    simulated = any(point.simulated for point, _ in where.values())
    made: dict[str, list[Activity]] = defaultdict(list)
    if where and until > begin:
        points = [point for point, _ in where.values()]
        period = Period(instant(begin), instant(until))
        table = store.historian.roll(points, period, "1mo", as_of=instant(read))
        for row in table.select(["point", "start", "value", "coverage"]).to_pylist():
            if row["value"] is not None:
                point, place = where[row["point"]]
                covered = 1.0 if row["coverage"] is None else min(1.0, row["coverage"])
                made[place.corporation].append(
                    _month(point, place, row["start"], row["value"], covered, read)
                )
    return Sampled(made, metered, read, simulated)


def _month(point: Point, place: Place, begin: datetime, amount: float, covered: float, read: int) -> Activity:
    local = begin.astimezone(SEOUL)
    year, month = divmod(local.year * 12 + local.month, 12)
    end = milliseconds(datetime(year, month + 1, 1, tzinfo=SEOUL))
    evidence = Evidence(point.id, milliseconds(begin), end, read)
    of = quantity(point.quantity)
    return Activity(place, CARRIERS[point.quantity], max(0.0, amount), of.unit, evidence, covered)


def _places(store: Store, conn: Connection, firms: Mapping[str, Thing], only: str | None) -> dict[str, Place]:
    """The place of every thing of these firms that may have a point of ours: its building, and itself."""
    if only is None:
        gas = store.points.find(conn, quantity="gas_consumption", limit=1)
        found = store.things.all(conn, None if gas else {"meter"})
        things = [one for one in found if one.tenant in firms]
        sites = {one.id: one.name for one in store.things.all(conn, {"building"})}
    else:
        things = [one for one in store.things.find(conn, tenant=only, limit=MOST) if one.tenant == only]
        parents = {one.parent for one in things if one.parent is not None}
        homes = [store.things.get(conn, id) for id in sorted(parents)]
        sites = {one.id: one.name for one in homes if one.kind == "building"}
    meters = {one.id: one.tenant for one in things if one.kind == "meter"}
    return {
        one.id: Place(str(one.tenant), sites.get(one.parent or "") or firms[str(one.tenant)].name, one.name)
        for one in things
        if not (one.kind == "meter" and meters.get(one.parent or "") == one.tenant)
    }
