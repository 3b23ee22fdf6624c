"""What the firms run and what watches over the complex, put where it belongs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sandan.twin.demo.buildings import Footprint
from sandan.twin.demo.draft import Draft
from sandan.twin.demo.lots import Corner
from sandan.twin.demo.roads import Network
from sandan.twin.demo.site import Site
from sandan.twin.demo.tables import substances
from sandan.twin.demo.tenants import Tenant

PROTOCOLS = ("MQTT", "Sparkplug B", "OPC UA", "Modbus TCP")
ROOF_PER_KILOWATT = 6.4
"""Flat roof [㎡] that one kilowatt of modules takes with its aisles."""


@dataclass(frozen=True, slots=True)
class Built:
    """A building that stands: its thing and its footprint."""

    id: str
    footprint: Footprint

    @property
    def middle(self) -> Corner:
        x, y = zip(*self.footprint.ring, strict=True)
        return (min(x) + max(x)) / 2, (min(y) + max(y)) / 2

    def within(self, across: float, up: float) -> Corner:
        """A spot at these shares of its bounding box."""
        x, y = zip(*self.footprint.ring, strict=True)
        return min(x) + across * (max(x) - min(x)), min(y) + up * (max(y) - min(y))


def equip_firm(
    draft: Draft, firm: str, tenant: Tenant, stands: list[Built], rng: np.random.Generator
) -> list[str]:
    """PV, battery, stack, tanks with their leak sensors, thermal sensors and docks of one firm."""
    found: list[str] = []
    short = tenant.name.ko
    main = max(stands, key=lambda built: built.footprint.area if built.footprint.role != "vessel" else 0)
    branch = tenant.industry
    if tenant.alone and main.footprint.area > 380 and rng.random() < 0.42:
        found.append(add_pv(draft, short, main, firm, rng))
    if tenant.contract >= 300 and rng.random() < 0.3:
        power = max(50.0, round(tenant.contract * 0.16 / 50) * 50.0)
        found.append(
            draft.add(
                "battery", f"{short} ESS", main.id, main.within(0.06, 0.5), tenant=firm,
                capacity=power * float(rng.choice([3.0, 4.0])), power=power,
            )
        )  # fmt: skip
    if rng.random() < branch.stack:
        for i in range(1 + int(tenant.contract > 600 and rng.random() < 0.4)):
            found.append(
                draft.add(
                    "stack", f"{short} 굴뚝 {i + 1}", main.id, main.within(0.2 + 0.3 * i, 0.78), tenant=firm,
                    height=float(round(rng.uniform(12, 45 if branch.id == "chemicals" else 28), 1)),
                    diameter=float(round(rng.uniform(0.5, 1.8), 1)),
                )
            )  # fmt: skip
    if rng.random() < branch.tank:
        found += _tanks(draft, firm, tenant, stands, main, rng)
    if branch.sensor == "thermal" and rng.random() < 0.15:
        found.append(
            draft.add("thermal_sensor", f"{short} 열화상", main.id, main.within(0.55, 0.4), tenant=firm)
        )
    if branch.docks and (branch.docks > 2 or rng.random() < 0.6):
        n = branch.docks + int(rng.integers(0, 1 + branch.docks // 2))
        for i in range(n):
            spot = main.within((i + 0.5) / n, 0.02)
            found.append(draft.add("dock", f"{short} 하역장 {i + 1}", main.id, spot, tenant=firm))
    return found


def add_pv(draft: Draft, owner: str, roof: Built, firm: str | None, rng: np.random.Generator) -> str:
    """Modules on as much of the roof as its owner cared for."""
    capacity = roof.footprint.area * float(rng.uniform(0.4, 0.75)) / ROOF_PER_KILOWATT
    return draft.add(
        "pv", f"{owner} 태양광", roof.id, roof.within(0.5, 0.6), tenant=firm,
        capacity=float(max(10.0, round(capacity, 1))), tilt=float(rng.choice([10, 15, 20])),
        azimuth=float(rng.choice([150, 165, 180, 195, 210])),
    )  # fmt: skip


def _tanks(
    draft: Draft, firm: str, tenant: Tenant, stands: list[Built], main: Built, rng: np.random.Generator
) -> list[str]:
    stored = substances().get(tenant.industry.id, ())
    if not stored:
        return []
    vessels = [built for built in stands if built.footprint.role == "vessel"]
    homes = vessels or [main]
    found = []
    for i in range(len(vessels) if vessels else 1 + int(rng.random() < 0.35)):
        substance = stored[int(rng.integers(len(stored)))]
        home = homes[i % len(homes)]
        spot = home.middle if vessels else home.within(0.9, 0.82 - 0.2 * i)
        volume = home.footprint.area * home.footprint.height * 0.8 if vessels else float(rng.uniform(4, 30))
        tank = draft.add(
            "tank", f"{tenant.name.ko} {substance.name.ko} 탱크 {i + 1}", home.id, spot, tenant=firm,
            substance=substance.name.ko, cas=substance.cas, capacity=float(round(volume, 1)),
        )  # fmt: skip
        found.append(tank)
        if i % 2 == 0:
            near = (spot[0] + float(rng.uniform(-4, 4)), spot[1] + float(rng.uniform(4, 8)))
            name = f"{tenant.name.ko} {substance.name.ko} 누출감지 {i // 2 + 1}"
            found.append(
                draft.add("leak_sensor", name, home.id, near, tenant=firm, substance=substance.name.ko)
            )
    return found


def watch(draft: Draft, site: Site, complex: str, firms: int, rng: np.random.Generator) -> list[str]:
    """Stations for air, odour, weather and water."""
    grid = site.grid
    middles = np.array([lot.middle for lot in site.lots])
    strong = np.array([use in ("chemicals", "plating", "treatment", "textile", "food") for use in site.uses])
    corners = np.array([[0.03, 0.5], [0.97, 0.55], [0.5, 0.97], [0.5, 0.03]]) * [grid.width, grid.height]

    def spread(n: int, among: np.ndarray, first: np.ndarray) -> np.ndarray:
        """`n` places far from one another: each next one is the farthest from those there are."""
        chosen = [first]
        while len(chosen) < n:
            reach = np.hypot(*(among[:, None] - np.array(chosen)[None]).transpose(2, 0, 1)).min(1)
            chosen.append(among[int(reach.argmax())])
        return np.array(chosen)

    size = firms / 300
    found: list[str] = []
    for i, (x, y) in enumerate(spread(max(3, round(5 * size**0.6)), middles, middles[0])):
        found.append(draft.add("air_station", f"대기측정소 {i + 1}", complex, (float(x), float(y))))
    among = np.vstack([middles[strong], corners]) if strong.any() else corners
    for i, (x, y) in enumerate(spread(max(8, round(20 * size**0.6)), among, corners[1])):
        found.append(draft.add("odour_station", f"악취측정소 {i + 1}", complex, (float(x), float(y))))
    for i, (x, y) in enumerate(spread(max(1, round(2 * size**0.4)), middles, middles[len(middles) // 2])):
        found.append(
            draft.add("weather_station", f"기상측정소 {i + 1}", complex, (float(x) + 6, float(y) + 6))
        )
    for band, name in zip(grid.bands, ("하구", "상류"), strict=False):
        level = (band.bottom + band.top) / 2
        for at, where in ((0.06, name), (0.7, "상류")):
            spot = (band.left + at * (band.right - band.left), level)
            found.append(draft.add("water_station", f"새빛천 {where} 수위", complex, spot))
    return found


def place_stops(draft: Draft, site: Site, complex: str, network: Network) -> list[str]:
    """Stops of the shared commuter bus: along the wide roads, about 330 m from one another."""
    chosen: list[tuple[float, float]] = []
    for road in sorted(network.roads, key=lambda road: -road.rank.width):
        if road.rank.id not in ("main", "trunk", "riverside") or road.length < 60:
            continue
        middle = road.path[len(road.path) // 2]
        if not (0 <= middle[0] <= site.grid.width and 0 <= middle[1] <= site.grid.height):
            continue
        # On the kerb, not in the carriageway.
        level = abs(road.path[0][1] - road.path[-1][1]) < 1e-6
        off = road.rank.width / 2 - 2
        spot = (middle[0], middle[1] - off) if level else (middle[0] + off, middle[1])
        if all((spot[0] - x) ** 2 + (spot[1] - y) ** 2 > 330.0**2 for x, y in chosen):
            chosen.append(spot)
    middle_x, middle_y = site.grid.width / 2, site.grid.height / 2
    found = []
    for i, spot in enumerate(
        sorted(chosen, key=lambda s: float(np.arctan2(s[1] - middle_y, s[0] - middle_x)))
    ):
        routes = "셔틀 1" if abs(spot[1] - middle_y) > 0.22 * site.grid.height else "셔틀 1, 셔틀 2"
        found.append(draft.add("bus_stop", f"통근버스 정류장 {i + 1}", complex, spot, routes=routes))
    return found


def protocol(rng: np.random.Generator) -> str:
    return PROTOCOLS[int(rng.choice(4, p=[0.5, 0.2, 0.12, 0.18]))]
