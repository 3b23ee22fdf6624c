"""Finding things and points, each only for those who may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.complex import records
from sandan.complex.model import COMPLEX_READ, Listed, Listing, Place
from sandan.errors import NotFound
from sandan.store import Box, Event, Store
from sandan.store.points import POINT
from sandan.store.things import THING
from sandan.twin.model import Point, Thing
from sandan.twin.tables import quantities

PAGE = 50
MOST_CHILDREN = 100
MOST_POINTS = 200
FEW_EVENTS = 10


@dataclass(frozen=True, slots=True)
class ThingView:
    """A thing with what surrounds it."""

    thing: Thing
    firm: Thing | None
    ancestors: Sequence[Thing]
    children: Sequence[Thing | Listed]
    more_children: bool
    places: Sequence[Place]
    more_places: bool
    events: Sequence[Event]
    linked: Mapping[str, Thing]
    """Things that attributes name by id (its building, its transformer) and the reader may see."""


def owner(thing: Thing) -> str | None:
    """Whose data a thing is: a firm is its own, even where the row does not say so."""
    return thing.id if thing.kind == "firm" else thing.tenant


def seen_thing(store: Store, conn: Connection, actor: Actor, id: str) -> Thing:
    """The thing, or `NotFound` also when it is another firm's."""
    thing = store.things.get(conn, id)
    if not actor.sees(owner(thing)):
        raise NotFound(THING, id)
    return thing


def seen_point(store: Store, conn: Connection, actor: Actor, id: str) -> Point:
    """The point, or `NotFound` also when it is another firm's."""
    point = store.points.get(conn, id)
    if not actor.sees(point.tenant):
        raise NotFound(POINT, id)
    return point


def list_things(
    store: Store,
    actor: Actor,
    *,
    kind: str | None = None,
    under: str | None = None,
    text: str = "",
    after: str | None = None,
    limit: int = PAGE,
) -> Listing:
    """A page of the list, with how many of each kind the other filters leave."""
    actor.require(COMPLEX_READ)
    with store.registry.read() as conn:
        if under is not None:
            seen_thing(store, conn, actor, under)
        by_kind = records.count_kinds(conn, tenant=actor.tenant, root=under, text=text)
        rows = records.list_things(
            conn,
            tenant=actor.tenant,
            kind=kind,
            root=under,
            text=text,
            after=after,
            limit=limit + 1,
        )
    total = sum(by_kind.values()) if kind is None else by_kind.get(kind, 0)
    more = rows[limit - 1].id if len(rows) > limit else None
    return Listing(rows[:limit], more, total, by_kind)


def find_things(
    store: Store,
    actor: Actor,
    *,
    kind: str | None = None,
    parent: str | None = None,
    text: str = "",
    within: Box | None = None,
    after: str | None = None,
    limit: int = 100,
) -> tuple[list[Thing], str | None]:
    """Whole things with geometry and attributes, ordered by id, and after which id the next page begins."""
    actor.require(COMPLEX_READ)
    with store.registry.read() as conn:
        found = store.things.find(
            conn,
            kind=kind,
            tenant=actor.tenant,
            parent=parent,
            text=text,
            within=within,
            after=after,
            limit=limit,
        )
    more = found[-1].id if len(found) == limit else None
    return [thing for thing in found if actor.sees(owner(thing))], more


def get_thing(store: Store, actor: Actor, id: str) -> Thing:
    """One thing."""
    actor.require(COMPLEX_READ)
    with store.registry.read() as conn:
        return seen_thing(store, conn, actor, id)


def view_thing(store: Store, actor: Actor, id: str) -> ThingView:
    """A thing, its place in the tree, its points and its latest events; a firm shows all it owns."""
    actor.require(COMPLEX_READ)
    with store.registry.read() as conn:
        thing = seen_thing(store, conn, actor, id)
        firm_id = owner(thing)
        firm = store.things.get(conn, firm_id) if firm_id not in (None, thing.id) else None
        ancestors = [one for one in store.things.ancestors(conn, id) if actor.sees(owner(one))]
        ancestors.reverse()
        children: Sequence[Thing | Listed]
        if thing.kind == "firm":
            children = records.list_things(conn, tenant=actor.tenant, firm=id, limit=MOST_CHILDREN + 1)
            points = store.points.by_numbers(conn, records.own_points(conn, id, MOST_POINTS + 1))
        else:
            found = store.things.find(conn, parent=id, tenant=actor.tenant, limit=MOST_CHILDREN + 1)
            children = [one for one in found if actor.sees(owner(one))]
            points = store.points.find(conn, thing=id, tenant=actor.tenant, limit=MOST_POINTS + 1)
        places = _places(store, conn, points[:MOST_POINTS])
        events = store.events.find(conn, subject=id, tenant=actor.tenant, limit=FEW_EVENTS)
        linked = _linked(store, conn, actor, thing)
    return ThingView(
        thing,
        firm,
        ancestors,
        children[:MOST_CHILDREN],
        len(children) > MOST_CHILDREN,
        places,
        len(points) > MOST_POINTS,
        events,
        linked,
    )


def find_points(
    store: Store,
    actor: Actor,
    *,
    thing: str | None = None,
    quantity: str | None = None,
    text: str = "",
    after: str | None = None,
    limit: int = 100,
) -> list[Point]:
    """Points ordered by id."""
    actor.require(COMPLEX_READ)
    with store.registry.read() as conn:
        if thing is not None:
            seen_thing(store, conn, actor, thing)
        return store.points.find(
            conn,
            thing=thing,
            tenant=actor.tenant,
            quantity=quantity,
            text=text,
            after=after,
            limit=limit,
        )


def get_point(store: Store, actor: Actor, id: str) -> Point:
    """One point."""
    actor.require(COMPLEX_READ)
    with store.registry.read() as conn:
        return seen_point(store, conn, actor, id)


def get_places(store: Store, actor: Actor, ids: Sequence[str]) -> list[Place]:
    """Points with the things they are on, in the order asked for and each once."""
    actor.require(COMPLEX_READ)
    with store.registry.read() as conn:
        return _places(store, conn, [seen_point(store, conn, actor, id) for id in dict.fromkeys(ids)])


def search_places(store: Store, actor: Actor, text: str, limit: int = 30) -> list[Place]:
    """Points found by any words: id, name of the thing or firm, or the quantity in either language."""
    actor.require(COMPLEX_READ)
    words = text.split()[:8]
    if not words:
        return []
    means = {word: _quantities_named(word) for word in words}
    with store.registry.read() as conn:
        ids = records.search_points(conn, tenant=actor.tenant, words=words, quantities=means, limit=limit)
        return _places(store, conn, [store.points.get(conn, id) for id in ids])


def zones(store: Store, actor: Actor) -> list[Thing]:
    """The zones of the complex, by name: the first way to narrow a list."""
    with store.registry.read() as conn:
        found = store.things.all(conn, {"zone"})
    return sorted((zone for zone in found if actor.sees(owner(zone))), key=lambda zone: zone.name)


def _quantities_named(word: str) -> list[str]:
    wanted = word.casefold()
    return [
        quantity.id
        for quantity in quantities().values()
        if wanted in quantity.name.ko.casefold() or wanted in quantity.name.en.casefold()
    ]


def _linked(store: Store, conn: Connection, actor: Actor, thing: Thing) -> dict[str, Thing]:
    named = {value for value in thing.attributes.values() if isinstance(value, str)}
    there = records.names_of(conn, sorted(named))
    found = {id: store.things.get(conn, id) for id in there if id != thing.id}
    return {id: one for id, one in found.items() if actor.sees(owner(one))}


def _places(store: Store, conn: Connection, points: Sequence[Point]) -> list[Place]:
    names = records.names_of(conn, [point.thing for point in points])
    return [Place(point, names[point.thing][1], names[point.thing][0]) for point in points]
