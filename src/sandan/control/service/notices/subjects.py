"""What of an incident is told, with the firms inside the area of a warning."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.control.model.notices import Subject
from sandan.control.model.rights import CASES
from sandan.control.service.incidents.reading import read_case, subject_of
from sandan.store import Store
from sandan.twin.model import Thing

HAZARD = "hazard"
"""Stands among the zones for the firms that the incident's hazard area reaches."""


def subject_for(
    store: Store,
    actor: Actor,
    incident: str,
    zones: Collection[str] = (),
    reached: Collection[str] = (),
) -> Subject:
    """The subject of an incident; `zones` are the parts of the complex that a warning covers.

    `reached` are the firms in the hazard area, warned when `HAZARD` is among the zones.
    """
    actor.require(CASES)
    subject = subject_of(read_case(store, actor, incident).incident)
    if not zones:
        return subject
    area = subject.area | firms_within(store, [zone for zone in zones if zone != HAZARD])
    return replace(
        subject, area=subject.area | area | (frozenset(reached) if HAZARD in zones else frozenset())
    )


def firms_within(store: Store, zones: Collection[str]) -> frozenset[str]:
    """The firms of everything that stands in some zones."""
    with store.registry.read() as conn:
        return _within(store.things.all(conn), zones)


def _within(things: Iterable[Thing], zones: Collection[str]) -> frozenset[str]:
    below: dict[str | None, list[Thing]] = {}
    for thing in things:
        below.setdefault(thing.parent, []).append(thing)
    found, frontier = set(), list(zones)
    while frontier:
        inside = below.pop(frontier.pop(), [])
        found |= {thing.tenant for thing in inside if thing.tenant is not None}
        frontier += [thing.id for thing in inside]
    return frozenset(found)


def firms_near(store: Store, conn: Connection, thing: str | None) -> frozenset[str]:
    """The firms of the zone in which a thing stands: its neighbours while nobody knows how far it reaches."""
    zone = zone_around(store, conn, thing)
    return frozenset() if zone is None else _within(store.things.all(conn), [zone])


def zone_around(store: Store, conn: Connection, thing: str | None) -> str | None:
    """The zone in which a thing stands, or which it is."""
    if thing is None:
        return None
    around = (store.things.get(conn, thing), *store.things.ancestors(conn, thing))
    return next((one.id for one in around if one.kind == "zone"), None)


def zones_of(store: Store) -> Sequence[Thing]:
    """The parts of the complex a warning may cover."""
    with store.registry.read() as conn:
        return sorted(store.things.all(conn, kinds=["zone"]), key=lambda one: one.name)
