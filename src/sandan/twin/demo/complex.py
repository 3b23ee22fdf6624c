"""The demo complex, put together: things, points, roads, and which gateway serves what."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files

import numpy as np
import shapely

from sandan.twin.demo.buildings import Footprint, build
from sandan.twin.demo.draft import Draft
from sandan.twin.demo.equipment import Built, add_pv, equip_firm, place_stops, protocol, watch
from sandan.twin.demo.grid import FEEDER_VOLTAGE, PowerGrid, wire
from sandan.twin.demo.lots import outline
from sandan.twin.demo.params import DemoParams
from sandan.twin.demo.roads import Network, RoadGraph, build_network
from sandan.twin.demo.site import Site, lay_site
from sandan.twin.demo.tables import substances
from sandan.twin.demo.tenants import PUBLIC, Tenant, settle
from sandan.twin.model import Point, Thing
from sandan.words import Text

USES: Mapping[str, str] = {
    "hub": "새빛 스마트물류센터",
    "treatment": "공동폐수처리장",
    "support": "새빛 기업지원센터",
    "substation": "변전소",
    "centre": "새빛 지식산업센터",
}
ROLES: Mapping[str, str] = {
    "hall": "공장동", "office": "사무동", "warehouse": "창고동", "plant": "공정동", "vessel": "저장탱크",
    "tower": "타워동", "podium": "근린동", "basin": "처리조", "annexe": "부속동",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoComplex:
    """A whole invented complex. All of it is marked simulated.

    `ground` tells where things that are places stand, in metres east and north of the origin;
    `gateways` which gateway carries a thing's points (when that one is dead, they are silent).
    """

    params: DemoParams
    things: tuple[Thing, ...]
    points: tuple[Point, ...]
    roads: RoadGraph
    ground: Mapping[str, tuple[float, float]]
    gateways: Mapping[str, str]


def generate(params: DemoParams) -> DemoComplex:
    """Build the complex that these parameters describe; the same one every time.

    >>> complex = generate(DemoParams(firms=50))
    >>> sum(thing.kind == "firm" for thing in complex.things)
    50
    """
    rng = np.random.default_rng([params.seed, params.firms])
    site = lay_site(params.firms, params.origin, rng)
    tenants = settle(site, params.firms, rng)
    network = build_network(site.lines, site.plane)
    power = wire(site, network, tenants)
    draft = Draft(site.plane)

    root = draft.add(
        "complex",
        params.name.ko,
        None,
        site.ground,
        designated_on="2024-03-04",
        area=round(float(site.ground.area), 0),
    )
    zones = _zones(draft, site, root)
    blocks = _blocks(draft, site, zones)
    _land(draft, site, root)
    node_ids, road_ids = _roads(draft, network, root)
    parcels, stands = _parcels(draft, site, blocks, tenants, params, rng)
    served: dict[str, str] = {}
    trunk = [
        draft.add("gateway", f"{i + 1}구역 공공 게이트웨이", zone, site.grid.cells[site.zones[i].cells[0]].middle,
                  protocol="MQTT")
        for i, zone in enumerate(zones)
    ]  # fmt: skip
    transformers = _power(draft, site, power, parcels, blocks, trunk, served)
    _firms(draft, site, params, power, tenants, parcels, stands, transformers, blocks, served, rng)
    _public(draft, site, params, root, zones, parcels, stands, network, road_ids, trunk, served, rng)

    things, ground = draft.finish()
    points = _points(things, served)
    lonlat = site.plane.degrees(network.places)
    arcs = [(r.tail, r.head) for r in network.roads] + [(r.head, r.tail) for r in network.roads]
    graph = RoadGraph(
        tuple(node_ids),
        lonlat,
        tuple(road_ids * 2),
        np.array([a for a, _ in arcs]),
        np.array([b for _, b in arcs]),
        np.array([r.length for r in network.roads] * 2),
        np.array([r.rank.speed for r in network.roads] * 2),
    )
    return DemoComplex(params, things, points, graph, ground, served)


def _zones(draft: Draft, site: Site, root: str) -> list[str]:
    ids = []
    for i, zone in enumerate(site.zones):
        cells = [site.grid.cells[c].outline for c in zone.cells]
        shape = shapely.union_all(
            shapely.box(*np.array([[c.left, c.bottom, c.right, c.top] for c in cells]).T)
        )
        ids.append(
            draft.add(
                "zone", f"{i + 1}구역 {zone.industry.name.ko}", root, shape, industry=zone.industry.name.ko
            )
        )
    return ids


def _blocks(draft: Draft, site: Site, zones: list[str]) -> list[str]:
    ids = []
    number: dict[int, int] = {}
    for block in site.blocks:
        number[block.zone] = number.get(block.zone, 0) + 1
        name = f"{block.zone + 1}-{number[block.zone]:02d} 블록"
        shape = shapely.Polygon(outline(block.outline))
        ids.append(draft.add("block", name, zones[block.zone], shape))
        if block.park:
            draft.add(
                "green", "새빛중앙공원" if not draft.count["green"] else f"{name} 근린공원", ids[-1], shape
            )
    return ids


def _land(draft: Draft, site: Site, root: str) -> None:
    draft.add("stream", "새빛만", root, site.sea)
    for i, bed in enumerate(site.water):
        draft.add("stream", "새빛천" if i == 0 else f"새빛{i + 1}천", root, bed)
    for bank in site.banks:
        draft.add("green", "새빛천 수변녹지", root, bank)
    draft.add("green", "완충녹지", root, site.belt)


def _roads(draft: Draft, network: Network, root: str) -> tuple[list[str], list[str]]:
    nodes = [
        draft.add("road_node", f"교차점 {i + 1}", root, (x, y))
        for i, (x, y) in enumerate(network.places.tolist())
    ]
    named: dict[tuple[str, bool, float], str] = {}
    serial: dict[str, int] = {}
    roads = []
    for road in network.roads:
        level = road.path[0][1] == road.path[-1][1]
        key = (road.rank.id, level, road.path[0][1] if level else road.path[0][0])
        if key not in named:
            serial[road.rank.id] = serial.get(road.rank.id, 0) + 1
            named[key] = _street(road.rank.name, serial[road.rank.id], level)
        roads.append(
            draft.add(
                "road", named[key], root, shapely.LineString(road.path),
                **{"class": road.rank.name.ko, "from": nodes[road.tail], "to": nodes[road.head]},
                width=road.rank.width, lanes=road.rank.lanes, speed_limit=road.rank.speed, length=road.length,
            )
        )  # fmt: skip
    return nodes, roads


def _street(rank: Text, n: int, level: bool) -> str:
    """Odd numbers run east and west, as Korean road numbers do."""
    number = 2 * n - (1 if level else 0)
    return {
        "대로": f"새빛대로{number}", "중로": f"산단로{number}", "천변로": f"새빛천로{number}",
        "소로": f"공단{number}길", "교량": f"새빛{n}교",
    }.get(rank.ko, f"이면{number}길")  # fmt: skip


def _parcels(
    draft: Draft,
    site: Site,
    blocks: list[str],
    tenants: tuple[Tenant, ...],
    params: DemoParams,
    rng: np.random.Generator,
) -> tuple[list[str], list[list[Built]]]:
    """Parcels and the buildings on them."""
    renter: dict[int, Tenant] = {}
    for tenant in tenants:
        renter.setdefault(tenant.lot, tenant)
    parcels: list[str] = []
    stands: list[list[Built]] = []
    serial: dict[str, int] = {}
    for i, (lot, use) in enumerate(zip(site.lots, site.uses, strict=True)):
        number = f"{10 + lot.block}-{i % 97 + 1}"
        parcel = draft.add(
            "parcel", f"새빛동 {number}", blocks[lot.block], shapely.Polygon(lot.corners),
            lot_number=number, area=round(lot.area, 1),
        )  # fmt: skip
        parcels.append(parcel)
        empty = use == "vacant" or (use not in PUBLIC and i not in renter)
        drawn: list[Footprint] = [] if empty else build(lot, use, rng)
        if use in USES:
            serial[use] = serial.get(use, 0) + 1
            owner = USES[use] + (f" {serial[use]}" if use == "centre" else "")
            owner = f"새빛{serial[use]} {owner}" if use == "substation" else owner
        else:
            owner = renter[i].name.ko if i in renter else ""
            if i in renter and not renter[i].alone:
                owner = f"새빛동 {number} 임대공장"
        built = int(rng.integers(1998, 2025))
        count: dict[str, int] = {}
        row = []
        for footprint in drawn:
            count[footprint.role] = count.get(footprint.role, 0) + 1
            more = sum(f.role == footprint.role for f in drawn) > 1
            name = f"{owner} {ROLES[footprint.role]}" + (f" {count[footprint.role]}" if more else "")
            id = draft.add(
                "building", name, parcel, shapely.Polygon(footprint.ring),
                height=footprint.height, floors=footprint.floors, built=built,
                roof_area=round(footprint.area, 1),
            )  # fmt: skip
            row.append(Built(id, footprint))
        stands.append(row)
    return parcels, stands


def _power(
    draft: Draft,
    site: Site,
    power: PowerGrid,
    parcels: list[str],
    blocks: list[str],
    trunk: list[str],
    served: dict[str, str],
) -> list[str]:
    """Substations, feeders, transformers; returns the transformers' ids."""
    stations: dict[int, str] = {}
    for i, lot in enumerate(power.substations):
        stations[lot] = draft.add(
            "substation", f"새빛{i + 1} 변전소", parcels[lot], site.lots[lot].middle, capacity=120_000.0
        )
        served[stations[lot]] = trunk[site.blocks[site.lots[lot].block].zone]
    ids = [""] * len(power.transformers)
    for i, feeder in enumerate(power.feeders):
        line = draft.add(
            "feeder", f"새빛 {i + 1}호 배전선로", stations[feeder.lot], shapely.LineString(feeder.path),
            capacity=feeder.capacity, voltage=FEEDER_VOLTAGE,
        )  # fmt: skip
        served[line] = served[stations[feeder.lot]]
        for t in feeder.transformers:
            transformer = power.transformers[t]
            name = "수전 변압기" if transformer.dedicated else "공용 변압기"
            ids[t] = draft.add(
                "transformer", f"{name} {t + 1}", blocks[transformer.block], transformer.place,
                capacity=transformer.capacity, feeder=line,
            )  # fmt: skip
            served[ids[t]] = trunk[site.blocks[transformer.block].zone]
    return ids


def _firms(
    draft: Draft,
    site: Site,
    params: DemoParams,
    power: PowerGrid,
    tenants: tuple[Tenant, ...],
    parcels: list[str],
    stands: list[list[Built]],
    transformers: list[str],
    blocks: list[str],
    served: dict[str, str],
    rng: np.random.Generator,
) -> None:
    """Firms, their meters and equipment, and the gateways that carry their data."""
    fed = {t: i for i, transformer in enumerate(power.transformers) for t in transformer.tenants}
    collectors: dict[int, str] = {}
    seat: dict[int, int] = {}
    for i, tenant in enumerate(tenants):
        lot = site.lots[tenant.lot]
        rooms = [b for b in stands[tenant.lot] if b.footprint.role not in ("vessel", "basin")]
        order = seat[tenant.lot] = seat.get(tenant.lot, -1) + 1
        home = rooms[0] if tenant.alone else rooms[order % len(rooms)]
        floor = float(sum(b.footprint.area * b.footprint.floors for b in rooms))
        floor = floor if tenant.alone else tenant.site_area
        spot = (
            home.middle
            if tenant.alone
            else home.within(0.12 + 0.17 * (order % 5), 0.62 + 0.08 * (order // 5 % 4))
        )
        firm = draft.add(
            "firm", tenant.name.ko, home.id, spot,
            ksic=tenant.business.ksic, industry=tenant.business.name.ko, employees=tenant.employees,
            address=f"경기도 새빛시 새빛동 {10 + lot.block}-{tenant.lot % 97 + 1}", complex_name=params.name.ko,
            products=tenant.business.product, materials=tenant.business.material,
            registered_on=tenant.registered, site_area=tenant.site_area, building_area=round(floor, 1),
            building=home.id, shifts=tenant.shifts,
        )  # fmt: skip
        meter = draft.add(
            "meter", f"{tenant.name.ko} 전력량계", home.id, (spot[0] + 1.5, spot[1] - 1.5), tenant=firm,
            contract_power=tenant.contract, transformer=transformers[fed[i]],
        )  # fmt: skip
        yard = stands[tenant.lot] if tenant.alone else [home]
        stacked = site.uses[tenant.lot] == "centre"
        owned = [] if stacked else equip_firm(draft, firm, tenant, yard, rng)
        transformer = power.transformers[fed[i]]
        if owned or transformer.dedicated:
            gateway = draft.add(
                "gateway", f"{tenant.name.ko} 게이트웨이", home.id, (spot[0] - 1.5, spot[1] + 1.5), tenant=firm,
                protocol=protocol(rng),
            )  # fmt: skip
        else:
            if fed[i] not in collectors:
                collectors[fed[i]] = draft.add(
                    "gateway", f"공용 변압기 {fed[i] + 1} 데이터집중장치", blocks[transformer.block],
                    transformer.place, protocol="MQTT",
                )  # fmt: skip
            gateway = collectors[fed[i]]
        served[meter] = gateway
        served.update(dict.fromkeys(owned, gateway))


def _public(
    draft: Draft,
    site: Site,
    params: DemoParams,
    root: str,
    zones: list[str],
    parcels: list[str],
    stands: list[list[Built]],
    network: Network,
    road_ids: list[str],
    trunk: list[str],
    served: dict[str, str],
    rng: np.random.Generator,
) -> None:
    """What the complex itself runs: stations, the logistics hub, bus stops, traffic counters."""
    shared: list[str] = watch(draft, site, root, zones, params.firms, rng)
    for i, use in enumerate(site.uses):
        if use == "hub":
            main = stands[i][0]
            shared.append(
                draft.add(
                    "logistics_hub", USES["hub"], main.id, main.middle, area=round(main.footprint.area, 1)
                )
            )
            shared += [
                draft.add("dock", f"{USES['hub']} 하역장 {n + 1}", main.id, main.within((n + 0.5) / 10, 0.02))
                for n in range(10)
            ]
        if use in ("hub", "support", "centre", "treatment") and rng.random() < 0.7:
            shared.append(add_pv(draft, USES[use], stands[i][0], None, rng))
    shared += place_stops(draft, site, root, network)
    wide = [
        i for i, road in enumerate(network.roads) if road.rank.id in ("main", "bridge") and road.length > 50
    ]
    counted = rng.permutation(wide)[: max(4, len(wide) // 4)]
    shared += [road_ids[i] for i in np.sort(counted).tolist()]
    for i, id in enumerate(shared):
        served[id] = trunk[i % len(trunk)]


@cache
def _measured() -> Mapping[str, tuple[dict[str, str], ...]]:
    found: dict[str, list[dict[str, str]]] = {}
    with files("sandan.twin.demo").joinpath("measured.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["kind"], []).append(row)
    return {kind: tuple(rows) for kind, rows in found.items()}


def _points(things: Iterable[Thing], served: Mapping[str, str]) -> tuple[Point, ...]:
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
