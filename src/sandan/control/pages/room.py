"""The control room: the map, the figures, what needs attention."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
import shapely
from starlette.responses import RedirectResponse, Response

from sandan.access import Actor
from sandan.control.engine.board import STATE_NAMES, State
from sandan.control.engine.incidents.limits import STANDING_NAMES, read_clock, read_task
from sandan.control.model.alarms import Priority
from sandan.control.model.board import figure_rows
from sandan.control.model.incidents.procedures import kinds as incident_kinds
from sandan.control.model.rights import CASES, OPERATE, WATCH
from sandan.control.pages.incidents.frame import STATE_OF_LEVEL, incident_url
from sandan.control.service.alarms.desk import AlarmDesk
from sandan.control.service.alarms.lists import Group, alarm_url, describe, group_lines
from sandan.control.service.board import DERIVED, TREND, Board, trend_series
from sandan.control.service.incidents.reading import list_incidents
from sandan.control.service.incidents.urgent import Duty, next_duty
from sandan.control.service.room import audience_of, gather_figures
from sandan.domain import Attention, Here, Visit
from sandan.errors import NotFound
from sandan.twin.model import Point, Thing
from sandan.twin.tables import Quantity, kinds, quantities
from sandan.web import Routes
from sandan.words import Text

SHOWN = 40
STRIP = 6
"""Incidents named over the list; the list below has them all."""
MAPS = 64

routes = Routes("control")


@dataclass(frozen=True, slots=True)
class PointRow:
    """One line of the panel: what is measured on which thing, now."""

    point: Point
    thing: Thing
    quantity: Quantity
    value: float | None
    state: int


def gather_attention(visit: Visit) -> list[Attention]:
    """What every domain wants looked at, most urgent first."""
    offered = [domain.attention for domain in visit.house.domains if domain.attention is not None]
    found = [item for offer in offered for item in offer(visit.house, visit.actor, visit.now)]
    return sorted(
        (item for item in found if visit.actor.sees(item.tenant)),
        key=lambda item: (item.priority, -item.since.timestamp()),
    )


@routes.page("/", permission=WATCH)
def start() -> Response:
    """The first page is the control room."""
    return RedirectResponse("/control", 307)


@routes.page("/control", permission=WATCH)
def room(visit: Here) -> Response:
    """The control room."""
    attention = gather_attention(visit)
    trends = [
        {
            "point": DERIVED + i,
            "name": row.name.in_(visit.language),
            "unit": row.unit,
            "digits": row.digits,
            "interval": 30,
        }
        for i, row in enumerate(figure_rows())
        if row.trend
    ]
    return visit.render(
        "control/room.html",
        figures=gather_figures(visit.house, visit.actor, visit.now),
        digits={row.id: row.digits for row in figure_rows()},
        attention=attention[:SHOWN],
        more=max(0, len(attention) - SHOWN),
        numbers=visit.house.part(Board).plan.number,
        state_names=STATE_NAMES,
        trends=trends,
        **_next(visit),
        minutes=int(TREND.total_seconds() // 60),
    )


@routes.page("/control/next", permission=WATCH)
def next_part(visit: Here) -> Response:
    """The one next action and the incidents under way, to be swapped into the room."""
    return visit.render("control/next.html", **_next(visit))


def _next(visit: Visit) -> dict[str, Any]:
    active = list_incidents(visit.store, visit.actor, active=True) if visit.actor.may(CASES) else []
    asking = visit.house.part(AlarmDesk).list.asking(visit.actor)
    alarms = next((group for group in group_lines(asking) if group.waiting), None)
    duty = next_duty(visit.store, visit.actor, active) if active and visit.actor.may(OPERATE) else None
    return {
        "next": alarms,
        "duty": duty if duty is not None and _comes_first(duty, alarms) else None,
        "read_task": read_task,
        "read_clock": read_clock,
        "standings": STANDING_NAMES,
        "incidents": active[:STRIP],
        "may_operate": visit.actor.may(OPERATE),
        "alarm_url": alarm_url,
        "describe": describe,
        "incident_url": incident_url,
        "kinds": incident_kinds(),
        "state_of_level": STATE_OF_LEVEL,
    }


def _comes_first(duty: Duty, alarms: Group | None) -> bool:
    """Nothing keeps a critical alarm from being acknowledged, and no drill any alarm."""
    return alarms is None or not (duty.incident.drill or alarms.lead.alarm.priority is Priority.CRITICAL)


@routes.page("/control/attention", permission=WATCH)
def attention(visit: Here) -> Response:
    """The list of what needs a look, to be swapped into the room."""
    found = gather_attention(visit)
    return visit.render(
        "control/attention.html",
        attention=found[:SHOWN],
        more=max(0, len(found) - SHOWN),
        numbers=visit.house.part(Board).plan.number,
        state_names=STATE_NAMES,
    )


@routes.page("/control/panel/{id}", permission=WATCH)
def panel(id: str, visit: Here) -> Response:
    """What stands at a place on the map: its firms and what is measured there now."""
    board = visit.house.part(Board)
    thing = board.plan.things.get(id)
    if thing is None or not visit.actor.sees(thing.tenant):
        raise NotFound(Text("설비", "thing"), id)
    inside = _inside(board, thing, visit.actor)
    firms = [t for t in inside if t.kind == "firm"]
    ids = {t.id for t in inside}
    rows = [
        PointRow(
            point,
            board.plan.things[point.thing],
            quantities()[point.quantity],
            float(board.value[i]) if board.start[i] >= 0 else None,
            int(board.state[i]),
        )
        for i, point in enumerate(board.plan.points)
        if point.thing in ids and visit.actor.sees(point.tenant)
    ]
    rows.sort(key=lambda row: (row.state == State.NORMAL, row.state, row.thing.name))
    power = [row.point.id for row in rows if row.quantity.id == "active_power"][:4]
    return visit.render(
        "control/panel.html",
        thing=thing,
        kind=kinds()[thing.kind],
        firms=firms,
        rows=rows[:24],
        more=max(0, len(rows) - 24),
        state_names=STATE_NAMES,
        power=power,
    )


def _inside(board: Board, thing: Thing, actor: Actor) -> list[Thing]:
    """The thing and all under it that this actor may see."""
    found, frontier = [thing], {thing.id}
    while frontier:
        below = [t for t in board.plan.things.values() if t.parent in frontier and actor.sees(t.tenant)]
        found += below
        frontier = {t.id for t in below}
    return found


@routes.page("/control/map.geojson", permission=WATCH)
def map_features(visit: Here) -> Response:
    """Everything the map draws, once; states follow by number in the stream."""
    body, tag = _map(visit.house.part(Board), visit.actor)
    return visit.unchanged(tag) or Response(
        body,
        media_type="application/geo+json",
        headers={"etag": f'"{tag}"', "cache-control": "private, no-cache"},
    )


def _map(board: Board, actor: Actor) -> tuple[bytes, str]:
    """The map of this actor's audience and its tag; kept with the board until its plan changes."""
    audience = audience_of(actor)
    if audience not in board.maps:
        if len(board.maps) >= MAPS:
            board.maps.clear()
        features = [
            feature_of(n, thing) for n, thing in enumerate(board.plan.features, 1) if actor.sees(thing.tenant)
        ]
        body = orjson.dumps({"type": "FeatureCollection", "features": features})
        board.maps[audience] = (body, hashlib.sha256(body).hexdigest()[:16])
    return board.maps[audience]


def feature_of(n: int, thing: Thing) -> dict[str, Any]:
    """A thing as the map takes it."""
    properties: dict[str, Any] = {"n": n, "id": thing.id, "kind": thing.kind, "name": thing.name}
    for name in ("height", "class"):
        if name in thing.attributes:
            properties[name] = thing.attributes[name]
    assert thing.geometry is not None
    rounded = shapely.set_precision(thing.geometry, 1e-6, mode="pointwise")
    return {"type": "Feature", "geometry": shapely.geometry.mapping(rounded), "properties": properties}


@routes.api("/control/trends", permission=WATCH)
def trends(visit: Here) -> dict[str, Any]:
    """The last minutes of the figures that have a trend: `{series: [{point, data: [[ms, value]]}]}`."""
    return {"series": trend_series(visit.house.part(Board), audience_of(visit.actor))}


@routes.api("/control/states", permission=WATCH)
def states(visit: Here) -> dict[str, Any]:
    """The features that are not in their normal state, by thing id."""
    board = visit.house.part(Board)
    view = board.view(audience_of(visit.actor))
    return {
        "now": visit.now.isoformat(),
        "states": {
            board.plan.features[f].id: State(int(s)).name.lower() for f, s in enumerate(view.states) if s
        },
    }
