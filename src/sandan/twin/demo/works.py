"""What stands on the ground plan as things: the power network, the firms, what the complex runs itself."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely

from sandan.twin.demo.draft import Draft
from sandan.twin.demo.equipment import Built, add_pv, equip_firm, place_stops, protocol, watch
from sandan.twin.demo.grid import FEEDER_VOLTAGE, PowerGrid
from sandan.twin.demo.ground import USES
from sandan.twin.demo.params import DemoParams
from sandan.twin.demo.roads import Network
from sandan.twin.demo.site import Site
from sandan.twin.demo.tenants import Tenant


@dataclass(frozen=True, slots=True)
class Works:
    """A complex under construction: the plans it is built from, and the ids given so far.

    `trunk` has a public gateway for each zone; `served` gathers which gateway carries each thing.
    """

    params: DemoParams
    rng: np.random.Generator
    site: Site
    tenants: tuple[Tenant, ...]
    network: Network
    power: PowerGrid
    draft: Draft
    root: str
    blocks: list[str]
    parcels: list[str]
    stands: list[list[Built]]
    trunk: list[str]
    served: dict[str, str] = field(default_factory=dict)


def add_power(works: Works) -> list[str]:
    """Substations, feeders, transformers; returns the transformers' ids."""
    draft, site, power, trunk, served = works.draft, works.site, works.power, works.trunk, works.served
    stations: dict[int, str] = {}
    for i, lot in enumerate(power.substations):
        stations[lot] = draft.add(
            "substation", f"새빛{i + 1} 변전소", works.parcels[lot], site.lots[lot].middle, capacity=120_000.0
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
                "transformer", f"{name} {t + 1}", works.blocks[transformer.block], transformer.place,
                capacity=transformer.capacity, feeder=line,
            )  # fmt: skip
            served[ids[t]] = trunk[site.blocks[transformer.block].zone]
    return ids


def add_firms(works: Works, transformers: list[str]) -> None:
    """Firms, their meters and equipment, and the gateways that carry their data."""
    draft, site, power, served = works.draft, works.site, works.power, works.served
    fed = {t: i for i, transformer in enumerate(power.transformers) for t in transformer.tenants}
    collectors: dict[int, str] = {}
    seat: dict[int, int] = {}
    for i, tenant in enumerate(works.tenants):
        lot = site.lots[tenant.lot]
        rooms = [b for b in works.stands[tenant.lot] if b.footprint.role not in ("vessel", "basin")]
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
            address=f"경기도 새빛시 새빛동 {10 + lot.block}-{tenant.lot % 97 + 1}",
            complex_name=works.params.name.ko,
            products=tenant.business.product, materials=tenant.business.material,
            registered_on=tenant.registered, site_area=tenant.site_area, building_area=round(floor, 1),
            building=home.id, shifts=tenant.shifts,
        )  # fmt: skip
        meter = draft.add(
            "meter", f"{tenant.name.ko} 전력량계", home.id, (spot[0] + 1.5, spot[1] - 1.5), tenant=firm,
            contract_power=tenant.contract, transformer=transformers[fed[i]],
        )  # fmt: skip
        yard = works.stands[tenant.lot] if tenant.alone else [home]
        stacked = site.uses[tenant.lot] == "centre"
        owned = [] if stacked else equip_firm(draft, firm, tenant, yard, works.rng)
        transformer = power.transformers[fed[i]]
        if owned or transformer.dedicated:
            gateway = draft.add(
                "gateway", f"{tenant.name.ko} 게이트웨이", home.id, (spot[0] - 1.5, spot[1] + 1.5),
                tenant=firm, protocol=protocol(works.rng),
            )  # fmt: skip
        else:
            if fed[i] not in collectors:
                collectors[fed[i]] = draft.add(
                    "gateway", f"공용 변압기 {fed[i] + 1} 데이터집중장치", works.blocks[transformer.block],
                    transformer.place, protocol="MQTT",
                )  # fmt: skip
            gateway = collectors[fed[i]]
        served[meter] = gateway
        served.update(dict.fromkeys(owned, gateway))


def add_public(works: Works, roads: list[str]) -> None:
    """What the complex itself runs: stations, the logistics hub, bus stops, traffic counters."""
    draft, site, root, stands, rng = works.draft, works.site, works.root, works.stands, works.rng
    shared: list[str] = watch(draft, site, root, works.params.firms, rng)
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
    shared += place_stops(draft, site, root, works.network)
    wide = [
        i
        for i, road in enumerate(works.network.roads)
        if road.rank.id in ("main", "bridge") and road.length > 50
    ]
    counted = rng.permutation(wide)[: max(4, len(wide) // 4)]
    shared += [roads[i] for i in np.sort(counted).tolist()]
    for i, id in enumerate(shared):
        works.served[id] = works.trunk[i % len(works.trunk)]
