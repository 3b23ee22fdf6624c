"""The list of things, and the page of one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from starlette.responses import Response

from sandan.complex.engine.wording import coverage_in_words, sentence
from sandan.complex.model import AUDIT, COMPLEX_READ, IMPORT, Latest, Listed, Place
from sandan.complex.service import maps, samples, things
from sandan.domain import Here
from sandan.twin.model import Thing
from sandan.twin.tables import kinds
from sandan.web import Routes

pages = Routes("complex", prefix="/things")
SERIES_IN_CHART = 6
CHARTS = 4


def thing_url(id: str) -> str:
    """The address of a thing's page."""
    return f"/things/{quote(id, safe='')}"


def explore_url(points: Sequence[str], **more: str) -> str:
    """The address of the explore page with these points."""
    return "/explore?" + urlencode([("point", point) for point in points] + list(more.items()))


@pages.page("", permission=COMPLEX_READ)
def thing_list(
    here: Here,
    kind: str = "",
    under: str = "",
    q: str = "",
    after: str = "",
) -> Response:
    """Search and browse, a page at a time."""
    listing = things.list_things(
        here.store,
        here.actor,
        kind=kind or None,
        under=under or None,
        text=q,
        after=after or None,
    )
    kept = {name: value for name, value in (("kind", kind), ("under", under), ("q", q)) if value}
    return here.render(
        "complex/things.html",
        listing=listing,
        kinds=kinds(),
        kind=kind,
        under=under,
        root=things.get_thing(here.store, here.actor, under) if under else None,
        zones=things.zones(here.store, here.actor),
        q=q,
        after=after,
        may_import=here.actor.may(IMPORT),
        first_url="/things" + ("?" + urlencode(kept) if kept else ""),
        next_url="/things?" + urlencode({**kept, "after": listing.next}) if listing.next else None,
        without_kind="/things?" + urlencode({k: v for k, v in kept.items() if k != "kind"}),
        thing_url=thing_url,
    )


@pages.page("/{id}", permission=COMPLEX_READ)
def thing_page(id: str, here: Here) -> Response:
    """One thing: what it is, where, whose, what is measured on it, what happened to it."""
    view = things.view_thing(here.store, here.actor, id)
    latest = samples.latest(here.store, here.actor, view.places, here.now)
    yesterday, month = (
        samples.yesterday_and_month(here.store, here.actor, view.places, here.now)
        if view.thing.kind == "firm"
        else (None, None)
    )
    return here.render(
        "complex/thing.html",
        view=view,
        thing=view.thing,
        kind=kinds()[view.thing.kind],
        kinds=kinds(),
        attributes=attributes(view.thing),
        groups=grouped(latest),
        latest=latest,
        charts=charts_of(view.places),
        focus=maps.FOCUS,
        has_place=any(one.geometry is not None for one in (view.thing, *view.ancestors)),
        children_by_kind=by_kind(view.children),
        yesterday=yesterday,
        month=month,
        coverage_in_words=coverage_in_words,
        sentences=[
            (event, sentence(event.kind, event.actor, event.subject, event.payload)) for event in view.events
        ],
        may_audit=here.actor.may(AUDIT),
        thing_url=thing_url,
        explore_url=explore_url,
    )


@pages.page("/{id}/map.geojson", permission=COMPLEX_READ)
def thing_map(id: str, here: Here) -> Response:
    """The thing and what stands around it, for the small map on its page."""
    features, tag = maps.surroundings(here.store, here.actor, id)
    unchanged = here.unchanged(tag)
    if unchanged is not None:
        return unchanged
    return Response(
        orjson.dumps(features),
        media_type="application/geo+json",
        headers={"etag": f'"{tag}"', "cache-control": "private, max-age=60"},
    )


@pages.page("/{id}/latest", permission=COMPLEX_READ)
def thing_latest(id: str, here: Here) -> Response:
    """The table of latest values alone, for the page to refresh itself."""
    view = things.view_thing(here.store, here.actor, id)
    latest = samples.latest(here.store, here.actor, view.places, here.now)
    return here.render(
        "complex/latest.html",
        thing=view.thing,
        kinds=kinds(),
        groups=grouped(latest),
        thing_url=thing_url,
        explore_url=explore_url,
    )


def attributes(thing: Thing) -> list[tuple[Any, Any]]:
    """Attribute and value, in the order of the table of attributes; those without a value left out."""
    known = kinds()[thing.kind].attributes
    return [
        (attribute, thing.attributes[id])
        for id, attribute in known.items()
        if thing.attributes.get(id) not in (None, "")
    ]


def by_kind(found: Sequence[Thing | Listed]) -> list[tuple[Any, list[Thing | Listed]]]:
    """Things grouped by kind, in table order."""
    order = list(kinds())
    ordered = sorted(found, key=lambda thing: (order.index(thing.kind), thing.name))
    return [(kinds()[kind], list(group)) for kind, group in groupby(ordered, key=lambda thing: thing.kind)]


def grouped(latest: Sequence[Latest]) -> list[tuple[Any, list[Latest]]]:
    """Latest values grouped by the kind of thing they are measured on: meters, PV, sensors…"""
    order = list(kinds())
    ordered = sorted(
        latest, key=lambda one: (order.index(one.place.thing_kind), one.place.thing_name, one.place.point.id)
    )
    return [
        (kinds()[kind], list(group)) for kind, group in groupby(ordered, key=lambda one: one.place.thing_kind)
    ]


def charts_of(places: Sequence[Place]) -> list[tuple[str, list[Place]]]:
    """The last day's charts: points of one unit together, a few to a chart, coded ones left out."""
    units: dict[str, list[Place]] = {}
    for place in places:
        if not place.quantity.codes:
            units.setdefault(place.quantity.unit, []).append(place)
    return [(unit, found[:SERIES_IN_CHART]) for unit, found in list(units.items())[:CHARTS]]


__all__ = ["explore_url", "pages", "thing_url"]
