"""Where an incident is, and whose: looked up in the twin."""

from __future__ import annotations

from dataclasses import replace

import shapely
from sqlalchemy.engine import Connection

from sandan.control.model.incidents import Place
from sandan.errors import Finding, InvalidInput
from sandan.store import Store
from sandan.twin.model import Thing
from sandan.words import Text

LONGEST_PLACE = 200


def found_place(store: Store, conn: Connection, place: Place) -> Place:
    """The place with its thing looked up by id or exact name, and a point when the thing has one.

    Words that name no thing stay words: at 3 a.m. nobody is sent back for a spelling.
    """
    words = place.words.strip()
    _check(words, place)
    id = place.thing
    if id is None and words:
        near = [one for one in store.things.find(conn, text=words, limit=20) if words in (one.id, one.name)]
        id = near[0].id if len(near) == 1 else None
    if id is None:
        return replace(place, words=words)
    thing = store.things.get(conn, id)
    lon, lat = place.lon, place.lat
    if lon is None or lat is None:
        geometry = next(
            (one.geometry for one in (thing, *store.things.ancestors(conn, id)) if one.geometry is not None),
            None,
        )
        if geometry is not None:
            middle = shapely.point_on_surface(geometry)
            lon, lat = round(middle.x, 6), round(middle.y, 6)
    return Place(thing.id, words or thing.name, lon, lat)


def _check(words: str, place: Place) -> None:
    found = []
    if len(words) > LONGEST_PLACE:
        found.append(
            Finding(
                "place",
                Text(f"{LONGEST_PLACE}자를 넘습니다.", f"is longer than {LONGEST_PLACE} characters."),
                Text("짧게 적으십시오.", "shorten it."),
            )
        )
    given = (place.lon, place.lat)
    if given != (None, None) and not (
        place.lon is not None
        and place.lat is not None
        and -180 <= place.lon <= 180
        and -90 <= place.lat <= 90
    ):
        found.append(
            Finding(
                "lon · lat",
                Text("경도·위도가 아닙니다.", "are no longitude and latitude."),
                Text("예: 126.70, 37.40", "for example 126.70, 37.40"),
            )
        )
    if found:
        raise InvalidInput(found)


def tenants_at(store: Store, conn: Connection, place: Place) -> set[str]:
    """The firms a place concerns: its own, or those directly in it; what is a whole zone names none."""
    if place.thing is None:
        return set()
    thing = store.things.get(conn, place.thing)
    if thing.tenant is not None:
        return {thing.tenant}
    return {one.tenant for one in _inside(store, conn, thing) if one.tenant is not None}


def _inside(store: Store, conn: Connection, thing: Thing) -> list[Thing]:
    if thing.kind != "building":
        return []
    return [one for one in store.things.children(conn, thing.id) if one.kind == "firm"]
