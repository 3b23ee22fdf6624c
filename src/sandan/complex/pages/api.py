"""The API of the complex: the same services, for programs.

Lists are paged by key: follow `next` until it is null. Instants are ISO 8601; one without a zone is
Seoul time. `answers` says what each answer looks like.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import orjson
from fastapi import Query
from shapely.geometry import mapping
from starlette.responses import Response, StreamingResponse

from sandan.complex.engine.ranges import instant
from sandan.complex.engine.wording import sentence
from sandan.complex.model import AUDIT, COMPLEX_READ, EXPORT, Latest
from sandan.complex.pages.answers import (
    ChartOut,
    EventsOut,
    LatestsOut,
    PointOut,
    PointsOut,
    SamplesOut,
    ThingOut,
    ThingsOut,
)
from sandan.complex.pages.charts import chart
from sandan.complex.pages.explore import NO_POINTS, Asked, From, Points
from sandan.complex.service import audit, download, samples, things
from sandan.domain import Here, Visit
from sandan.errors import InvalidInput
from sandan.twin.model import Point, Thing
from sandan.web import Routes
from sandan.words import Text

routes = Routes("complex")
MOST = 1_000
Limit = Annotated[int, Query(ge=1, le=MOST)]


@routes.api("/things", permission=COMPLEX_READ, response_model=ThingsOut)
def list_things(
    here: Here,
    kind: str = "",
    parent: str = "",
    q: str = "",
    bbox: Annotated[str, Query(description="west,south,east,north")] = "",
    after: str = "",
    limit: Limit = 100,
) -> Response:
    """Things ordered by id."""
    found, last = things.find_things(
        here.store,
        here.actor,
        kind=kind or None,
        parent=parent or None,
        text=q,
        within=_box(bbox),
        after=after or None,
        limit=limit,
    )
    following = {"kind": kind, "parent": parent, "q": q, "bbox": bbox, "limit": limit}
    return _json(here, {"items": [_thing(one) for one in found], "next": _next("things", following, last)})


@routes.api("/things/{id}", permission=COMPLEX_READ, response_model=ThingOut)
def get_thing(id: str, here: Here) -> Response:
    """One thing."""
    return _json(here, _thing(things.get_thing(here.store, here.actor, id)))


@routes.api("/points", permission=COMPLEX_READ, response_model=PointsOut)
def list_points(
    here: Here, thing: str = "", quantity: str = "", q: str = "", after: str = "", limit: Limit = 100
) -> Response:
    """Points ordered by id; `q` is looked for in the id."""
    found = things.find_points(
        here.store,
        here.actor,
        thing=thing or None,
        quantity=quantity or None,
        text=q,
        after=after or None,
        limit=limit,
    )
    following = {"thing": thing, "quantity": quantity, "q": q, "limit": limit}
    last = found[-1].id if len(found) == limit else None
    return _json(here, {"items": [_point(one) for one in found], "next": _next("points", following, last)})


@routes.api("/points/{id}", permission=COMPLEX_READ, response_model=PointOut)
def get_point(id: str, here: Here) -> Response:
    """One point."""
    return _json(here, _point(things.get_point(here.store, here.actor, id)))


@routes.api("/latest", permission=COMPLEX_READ, response_model=LatestsOut)
def latest(
    here: Here,
    point: Annotated[list[str], Query(max_length=MOST)] = NO_POINTS,
    thing: str = "",
    as_of: str = "",
) -> Response:
    """The newest value of points, or of all points on a thing."""
    ids = list(point)
    if thing:
        ids += [one.id for one in things.find_points(here.store, here.actor, thing=thing, limit=MOST)]
    places = things.get_places(here.store, here.actor, ids)
    known = instant(as_of, "as_of") if as_of else None
    found = samples.latest(here.store, here.actor, places, here.now, known)
    return _json(here, {"items": [_latest(one) for one in found]})


@routes.api("/series", permission=COMPLEX_READ, response_model=ChartOut)
def series(
    here: Here,
    point: Points = NO_POINTS,
    range: str = "",
    from_: From = "",
    to: str = "",
    every: str = "auto",
    as_of: str = "",
) -> Response:
    """Series with their gaps, raw or rolled up in the calendar of Seoul; what charts draw."""
    asked = Asked(tuple(point), range, from_, to, every, as_of)
    selection, _ = asked.read(here.now, "24h")
    return _json(here, chart(samples.read_series(here.store, here.actor, selection, here.now), here.language))


@routes.api("/samples", permission=EXPORT, response_model=SamplesOut)
def raw_samples(
    here: Here,
    point: Points = NO_POINTS,
    range: str = "",
    from_: From = "",
    to: str = "",
    as_of: str = "",
    format: Literal["json", "arrow"] = "json",
    limit: Annotated[int, Query(ge=1, le=50_000)] = 10_000,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Samples as they are kept; `format=arrow` streams them all as Arrow IPC."""
    asked = Asked(tuple(point), range, from_, to, "raw", as_of)
    selection, _ = asked.read(here.now, "24h")
    if format == "arrow":
        stream = download.arrow(here.store, here.actor, selection)
        return StreamingResponse(stream, media_type="application/vnd.apache.arrow.stream")
    rows, more = download.page(here.store, here.actor, selection, offset, limit)
    following = {
        "point": list(point),
        "from": selection.period.start.isoformat(),
        "to": selection.period.end.isoformat(),
        "as_of": as_of,
        "limit": limit,
    }
    address = f"/api/samples?{urlencode({**following, 'offset': offset + limit}, doseq=True)}"
    return _json(here, {"items": rows, "next": address if more else None})


@routes.api("/events", permission=AUDIT, response_model=EventsOut)
def events(
    here: Here,
    kind: str = "",
    subject: str = "",
    actor: str = "",
    from_: From = "",
    to: str = "",
    before: Annotated[int | None, Query(ge=1)] = None,
    limit: Limit = 100,
) -> Response:
    """The audit trail, newest first."""
    wanted = audit.Wanted(kind, subject, actor, from_, to)
    found = audit.find_events(here.store, here.actor, wanted, here.now, before=before, limit=limit)
    following = {"kind": kind, "subject": subject, "actor": actor, "from": from_, "to": to, "limit": limit}
    items = [
        {
            "seq": event.seq,
            "at": event.at,
            "kind": event.kind,
            "actor": event.actor,
            "subject": event.subject,
            "tenant": event.tenant,
            "payload": event.payload,
            "previous": event.previous,
            "hash": event.hash,
            "sentence": sentence(event.kind, event.actor, event.subject, event.payload).in_(here.language),
        }
        for event in found
    ]
    last = found[-1].seq if len(found) == limit else None
    return _json(here, {"items": items, "next": _next("events", following, last, "before")})


def _json(here: Visit, content: object) -> Response:
    """JSON with a tag of its content: who has it already is told so."""
    body = orjson.dumps(content, option=orjson.OPT_UTC_Z)
    tag = hashlib.sha256(body).hexdigest()[:24]
    unchanged = here.unchanged(tag)
    if unchanged is not None:
        return unchanged
    headers = {"etag": f'"{tag}"', "cache-control": "private, no-cache", "vary": "cookie, authorization"}
    return Response(body, media_type="application/json", headers=headers)


def _next(path: str, following: dict[str, Any], last: object, key: str = "after") -> str | None:
    if last is None:
        return None
    return f"/api/{path}?{urlencode({**{k: v for k, v in following.items() if v}, key: last})}"


def _box(text: str) -> tuple[float, float, float, float] | None:
    if not text:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise InvalidInput.because(
            "bbox",
            Text(f"'{text}'은(는) 범위가 아닙니다.", f"'{text}' is not a box."),
            Text("서,남,동,북 경위도 네 수를 쓰십시오.", "write west,south,east,north in degrees."),
        ) from None
    return west, south, east, north


def _thing(thing: Thing) -> dict[str, Any]:
    return {
        "id": thing.id,
        "kind": thing.kind,
        "name": thing.name,
        "parent": thing.parent,
        "tenant": thing.tenant,
        "geometry": None if thing.geometry is None else mapping(thing.geometry),
        "attributes": dict(thing.attributes),
        "simulated": thing.simulated,
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "id": point.id,
        "thing": point.thing,
        "quantity": point.quantity,
        "unit": samples.unit_of(point),
        "interval": None if point.interval is None else point.interval.total_seconds(),
        "tenant": point.tenant,
        "low": point.low,
        "high": point.high,
        "simulated": point.simulated,
    }


def _latest(one: Latest) -> dict[str, Any]:
    return {
        "point": one.place.point.id,
        "unit": one.place.quantity.unit,
        "start": one.start,
        "known_at": one.known_at,
        "value": one.value,
        "quality": one.quality,
        "freshness": one.freshness.value,
    }
