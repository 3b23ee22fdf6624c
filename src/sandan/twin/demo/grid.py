"""The distribution network: substations, 22.9 kV feeders along the roads, transformers, customers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from sandan.twin.demo.roads import Network
from sandan.twin.demo.site import Site
from sandan.twin.demo.tenants import LOW_VOLTAGE, Tenant

RATINGS = (50, 75, 100, 150, 200, 300, 400, 500, 750, 1000, 1250, 1500, 2000, 2500, 3000, 4000, 5000,
           6000, 8000, 10_000, 15_000, 20_000, 30_000)  # fmt: skip
"""Transformer sizes [kVA] that can be bought."""

FEEDER_VOLTAGE = 22.9
FEEDER_CAPACITY = 10_000.0
DIVERSITY = 0.68
"""What a feeder's customers draw together at worst, as a share of their contracts."""


@dataclass(frozen=True, slots=True)
class Transformer:
    """`block` it stands in, kVA, and the tenants it feeds; `dedicated` to one when it is a customer's own."""

    block: int
    capacity: float
    tenants: tuple[int, ...]
    dedicated: bool
    place: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Feeder:
    """A cable from substation `lot` along the roads; `path` on the plan."""

    lot: int
    capacity: float
    path: tuple[tuple[float, float], ...]
    transformers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PowerGrid:
    """All of it; a feeder's transformers and a transformer's tenants are indices."""

    substations: tuple[int, ...]
    feeders: tuple[Feeder, ...]
    transformers: tuple[Transformer, ...]


def wire(site: Site, network: Network, tenants: tuple[Tenant, ...]) -> PowerGrid:
    """Connect every tenant."""
    transformers = _transformers(site, tenants)
    stations = tuple(i for i, use in enumerate(site.uses) if use == "substation")
    load = np.array([sum(tenants[t].contract for t in tr.tenants) for tr in transformers])
    spots = network.nearest(np.array([tr.place for tr in transformers]))
    roots = network.nearest(np.array([site.lots[lot].middle for lot in stations])).tolist()
    root, before, order = network.tree(roots)
    by_station = defaultdict(list)
    for i, spot in enumerate(spots.tolist()):
        by_station[root[spot]].append((order[spot], i))
    feeders: list[Feeder] = []
    for lot, start in zip(stations, roots, strict=True):
        # Two substations may share a junction; the first then feeds everything hung on it.
        waiting = sorted(by_station.pop(start, []))
        group: list[int] = []
        carried = 0.0
        for _, i in waiting:
            if group and carried + load[i] > FEEDER_CAPACITY / DIVERSITY:
                feeders.append(_feeder(lot, site, group, spots.tolist(), before, network))
                group, carried = [], 0.0
            group.append(i)
            carried += load[i]
        if group:
            feeders.append(_feeder(lot, site, group, spots.tolist(), before, network))
    return PowerGrid(stations, tuple(feeders), tuple(transformers))


def rating(kilovoltamperes: float) -> float:
    """The smallest transformer sold that carries this."""
    return float(next((size for size in RATINGS if size >= kilovoltamperes), RATINGS[-1]))


def _transformers(site: Site, tenants: tuple[Tenant, ...]) -> list[Transformer]:
    found: list[Transformer] = []
    shared: dict[tuple[int, int], list[int]] = defaultdict(list)
    for i, tenant in enumerate(tenants):
        lot = site.lots[tenant.lot]
        if tenant.contract >= LOW_VOLTAGE:
            west, south, east, north = lot.room
            place = (west + 3 + (east - west) * 0.05, south + 3 + (north - south) * 0.05)
            found.append(Transformer(lot.block, rating(tenant.contract * 1.12 / 0.9), (i,), True, place))
        else:
            tower = tenant.lot if site.uses[tenant.lot] == "centre" else -1
            shared[lot.block, tower].append(i)
    for (block, tower), members in shared.items():
        limit = 1400.0 if tower >= 0 else 420.0
        group: list[int] = []
        carried = 0.0
        for i in members:
            if group and carried + tenants[i].contract > limit:
                found.append(_shared(block, group, carried, site, tenants))
                group, carried = [], 0.0
            group.append(i)
            carried += tenants[i].contract
        found.append(_shared(block, group, carried, site, tenants))
    return found


def _shared(
    block: int, group: list[int], carried: float, site: Site, tenants: tuple[Tenant, ...]
) -> Transformer:
    """Stands at the corner of its first customer's parcel, on the street side."""
    first = site.lots[tenants[group[0]].lot]
    return Transformer(block, rating(carried * 0.95 / 0.9), tuple(group), False, first.to_plan(1.6, 1.6))


def _feeder(
    lot: int, site: Site, group: list[int], spots: list[int], before: list[int], network: Network
) -> Feeder:
    """The cable runs to the last customer by the shortest way; the laterals are not drawn."""
    at = spots[group[-1]]
    path = [at]
    while before[at] >= 0:
        at = before[at]
        path.append(at)
    start = site.lots[lot].middle
    places = [start, *(tuple(network.places[node].tolist()) for node in reversed(path))]
    return Feeder(lot, FEEDER_CAPACITY, tuple((float(x), float(y)) for x, y in places), tuple(group))
