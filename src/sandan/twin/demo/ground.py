"""The ground plan as things: zones, blocks, land, roads, parcels and the buildings on them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely

from sandan.twin.demo.buildings import Footprint, build
from sandan.twin.demo.draft import Draft
from sandan.twin.demo.equipment import Built
from sandan.twin.demo.lots import outline
from sandan.twin.demo.roads import Network
from sandan.twin.demo.site import Site
from sandan.twin.demo.streets import MAIN, TRUNK
from sandan.twin.demo.tenants import PUBLIC, Tenant
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


def add_zones(draft: Draft, site: Site, root: str) -> list[str]:
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


def add_blocks(draft: Draft, site: Site, zones: list[str]) -> list[str]:
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


def add_land(draft: Draft, site: Site, root: str) -> None:
    draft.add("stream", "새빛만", root, site.sea)
    for i, bed in enumerate(site.water):
        draft.add("stream", "새빛천" if i == 0 else f"새빛{i + 1}천", root, bed)
    for bank in site.banks:
        draft.add("green", "새빛천 수변녹지", root, bank)
    draft.add("green", "완충녹지", root, site.belt)


def add_roads(draft: Draft, network: Network, root: str) -> tuple[list[str], list[str]]:
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


def add_pipes(draft: Draft, network: Network, root: str) -> None:
    """Gas below the main roads and industrial water below the trunk roads, a little off their middle."""
    for rank, kind, name, aside, attributes in (
        (MAIN, "gas_pipe", "도시가스 본관", 4.0, {"diameter": 300.0, "depth": 1.2}),
        (TRUNK, "pipe", "공업용수관", -3.0, {"diameter": 450.0, "depth": 1.5, "content": "공업용수"}),
    ):
        streets: dict[tuple[bool, float], list[shapely.LineString]] = {}
        for road in network.roads:
            if road.rank is rank:
                level = road.path[0][1] == road.path[-1][1]
                street = (level, road.path[0][1] if level else road.path[0][0])
                streets.setdefault(street, []).append(shapely.LineString(road.path))
        for n, parts in enumerate(streets.values(), 1):
            whole = shapely.line_merge(shapely.MultiLineString(parts))
            longest = max(shapely.get_parts(whole), key=shapely.length)
            draft.add(kind, f"{name} {n}", root, shapely.offset_curve(longest, aside), **attributes)


def _street(rank: Text, n: int, level: bool) -> str:
    """Odd numbers run east and west, as Korean road numbers do."""
    number = 2 * n - (1 if level else 0)
    return {
        "대로": f"새빛대로{number}", "중로": f"산단로{number}", "천변로": f"새빛천로{number}",
        "소로": f"공단{number}길", "교량": f"새빛{n}교",
    }.get(rank.ko, f"이면{number}길")  # fmt: skip


def add_parcels(
    draft: Draft, site: Site, blocks: list[str], tenants: tuple[Tenant, ...], rng: np.random.Generator
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
