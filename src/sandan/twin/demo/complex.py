"""The demo complex, put together: things, points, roads, and which gateway serves what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sandan.twin.demo.draft import Draft
from sandan.twin.demo.grid import wire
from sandan.twin.demo.ground import add_blocks, add_land, add_parcels, add_pipes, add_roads, add_zones
from sandan.twin.demo.params import DemoParams
from sandan.twin.demo.points import measure
from sandan.twin.demo.roads import Network, RoadGraph, build_network
from sandan.twin.demo.site import Site, lay_site
from sandan.twin.demo.tenants import settle
from sandan.twin.demo.works import Works, add_firms, add_power, add_public
from sandan.twin.model import Point, Thing


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
    area = round(float(site.ground.area), 0)
    root = draft.add("complex", params.name.ko, None, site.ground, designated_on="2024-03-04", area=area)
    zones = add_zones(draft, site, root)
    blocks = add_blocks(draft, site, zones)
    add_land(draft, site, root)
    nodes, roads = add_roads(draft, network, root)
    add_pipes(draft, network, root)
    parcels, stands = add_parcels(draft, site, blocks, tenants, rng)
    middles = [site.grid.cells[zone.cells[0]].middle for zone in site.zones]
    trunk = [
        draft.add("gateway", f"{i + 1}구역 공공 게이트웨이", zone, middle, protocol="MQTT")
        for i, (zone, middle) in enumerate(zip(zones, middles, strict=True))
    ]
    works = Works(params, rng, site, tenants, network, power, draft, root, blocks, parcels, stands, trunk)
    transformers = add_power(works)
    add_firms(works, transformers)
    add_public(works, roads)
    draft.note("gateway", works.served)
    things, ground = draft.finish()
    points = measure(things, works.served)
    return DemoComplex(params, things, points, _graph(network, site, nodes, roads), ground, works.served)


def _graph(network: Network, site: Site, nodes: list[str], roads: list[str]) -> RoadGraph:
    tail = np.array([road.tail for road in network.roads])
    head = np.array([road.head for road in network.roads])
    return RoadGraph(
        tuple(nodes),
        site.plane.degrees(network.places),
        tuple(roads * 2),
        np.concatenate([tail, head]),
        np.concatenate([head, tail]),
        np.array([road.length for road in network.roads] * 2),
        np.array([road.rank.speed for road in network.roads] * 2),
    )
