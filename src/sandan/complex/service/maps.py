"""The small map of a thing's page: the thing, and what a reader needs around it to know the place."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from shapely.geometry import mapping

from sandan.access import Actor
from sandan.complex.model import COMPLEX_READ
from sandan.complex.service.things import owner, seen_thing
from sandan.store import Box, Store
from sandan.twin.model import Thing

AROUND = 0.003
"""Degrees of margin around the thing: some 300 m."""
MOST = 1_500
FOCUS = 1_000_000_001
"""The number of the thing itself. Numbers start far above those of the control room's map, so that
the live states every page hears never colour a feature of this one."""
BACKGROUND = ("complex", "zone", "block", "parcel", "building", "road", "stream", "green")


def surroundings(store: Store, actor: Actor, id: str) -> tuple[dict[str, Any], str]:
    """A FeatureCollection with the thing as number `FOCUS`, and a tag of its content.

    A thing without a geometry stands where the nearest thing above it does.
    """
    actor.require(COMPLEX_READ)
    with store.registry.read() as conn:
        thing = seen_thing(store, conn, actor, id)
        place = next(
            (
                one
                for one in (thing, *store.things.ancestors(conn, id))
                if one.geometry is not None and actor.sees(owner(one))
            ),
            None,
        )
        around: list[Thing] = []
        if place is not None and place.geometry is not None:
            west, south, east, north = place.geometry.bounds
            box: Box = (west - AROUND, south - AROUND, east + AROUND, north + AROUND)
            for kind in BACKGROUND:
                around += store.things.find(conn, kind=kind, tenant=actor.tenant, within=box, limit=MOST)
    drawn = [place, *(one for one in around if one.id != place.id)] if place is not None else []
    features = [_feature(one, n) for n, one in enumerate(drawn, FOCUS)]
    collection = {"type": "FeatureCollection", "features": features}
    return collection, hashlib.sha256(orjson.dumps(collection)).hexdigest()[:24]


def _feature(thing: Thing, n: int) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "n": n,
        "id": thing.id,
        "kind": thing.kind,
        "name": thing.name,
        "simulated": thing.simulated,
    }
    if thing.kind == "building":
        properties["height"] = thing.attributes.get("height")
    if thing.kind == "road":
        properties["class"] = thing.attributes.get("class")
    assert thing.geometry is not None, "only what has a place is drawn"
    return {"type": "Feature", "geometry": mapping(thing.geometry), "properties": properties}
