"""The environment: air, smells and stacks as of now, and hour by hour on the map."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Annotated, Any

import numpy as np
import orjson
from fastapi import Query
from starlette.responses import Response

from sandan.clock import SEOUL
from sandan.control.engine.odour import odour_limits
from sandan.control.model.environment import AIR_GRADES, POLLUTANTS, VERDICTS, AirGrade, Verdict
from sandan.control.model.odour import REGIONS
from sandan.control.model.rights import CASES, WATCH
from sandan.control.service.environment.air import DUST, HOUR, KEPT_HOURS
from sandan.control.service.environment.desk import Environment, EnvironmentDesk
from sandan.control.service.environment.layers import CAI, OVER, Layer, LayerId, LayerPlace
from sandan.control.service.environment.series import milliseconds
from sandan.control.service.environment.stacks import HALF_HOUR, StackTime
from sandan.domain import Here, Visit
from sandan.errors import NotFound
from sandan.twin.geometry import place
from sandan.twin.model import Thing
from sandan.twin.tables import quantities
from sandan.web import Routes, formats
from sandan.words import Text

routes = Routes("control", prefix="/control/environment")
HOME = "/control/environment"
HOURS = (24, 48, KEPT_HOURS)
LISTED = 40
"""Rows of a table before the rest becomes a number."""
LINES = 6
"""Places of a chart: those that were highest."""
BADGES = {AirGrade.GOOD: "good", AirGrade.MODERATE: "", AirGrade.BAD: "warn", AirGrade.VERY_BAD: "bad"}
JUDGED = {Verdict.WITHIN: "good", Verdict.OVER: "bad", Verdict.LEFT_OUT: "", Verdict.TOO_FEW: "warn"}
LEVEL_BADGES = {-1: "", 0: "", 1: "good", 2: "good", 3: "warn", OVER: "bad"}
LEVEL_COLOURS = {-1: "edge", 0: "map-symbol", 1: "focus", 2: "good", 3: "state-3", OVER: "state-1"}
"""The colours of the theme: AirKorea's blue, green, yellow and red; words and numbers stand beside them."""


@routes.page("", permission=WATCH)
def environment_page(
    here: Here,
    layer: Annotated[str, Query(max_length=40)] = "",
    station: Annotated[str, Query(max_length=200)] = "",
    hours: Annotated[str, Query(max_length=20)] = "",
    stack: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The air now, one layer over the hours, smells against their limits, stacks by half-hours."""
    desk = here.house.part(EnvironmentDesk)
    found = desk.now(here.actor, here.now)
    shown = next((one for one in HOURS if str(one) == hours), HOURS[0])
    layers = desk.layers(here.actor, here.now)
    chosen = next((one for one in layers if one.id == layer), layers[0] if layers else None)
    drawn = None if chosen is None else desk.layer(here.actor, chosen, here.now)
    places = () if drawn is None else drawn.places
    mine = next((one for one in places if one.thing.id == station), None)
    return here.render(
        "control/environment/page.html",
        found=found,
        shown=shown,
        spans=HOURS,
        layers=[(group, list(ids)) for group, ids in groupby(layers, lambda one: one.group)],
        layer=drawn,
        places=places,
        mine=mine,
        beside=() if mine is None else _beside(here, desk, mine.thing, layers),
        newest=range(KEPT_HOURS - 1, KEPT_HOURS - 1 - shown, -1),
        chart=None if drawn is None else _layer_chart(here, found, drawn, mine, shown),
        lines=LINES,
        highest=lambda one: _highest(one, shown),
        stack=next((one for one in found.stacks if one.point.id == stack), None),
        stack_chart=_stack_chart(here, found.stacks, stack),
        settings=desk.settings,
        listed=LISTED,
        region=REGIONS[desk.settings.region],
        limits=_law(),
        today=f"{here.now.astimezone(SEOUL):%Y-%m-%d}",
        may_search=here.actor.may(CASES),
        open_top=any(one.index.at_least for one in found.air.stations),
        **words(),
    )


@routes.page("/layers.geojson", permission=WATCH)
def layer_features(
    here: Here,
    layer: Annotated[str, Query(max_length=40)] = CAI,
    back: Annotated[int, Query(ge=0, lt=KEPT_HOURS)] = 0,
) -> Response:
    """One layer of one hour for the map: values in words, their levels, the wind, and the legend."""
    desk = here.house.part(EnvironmentDesk)
    of = next((one for one in desk.layers(here.actor, here.now) if one.id == layer), None)
    if of is None:
        raise NotFound(Text("지도 층", "map layer"), layer)
    drawn = desk.layer(here.actor, of, here.now)
    air = desk.now(here.actor, here.now).air
    at = len(air.hours) - 1 - back
    begin = air.hours[at].astimezone(SEOUL)
    wind = desk.wind(here.now)
    blown = {}
    if wind is not None and wind.known[at]:
        blown = {"speed": float(wind.speed[at]), "direction": float(wind.direction[at])}
    return features(
        [_placed(here, drawn, one, at) for one in drawn.places],
        hour=f"{begin:%m. %d. %H:%M}–{begin + HOUR:%H:%M}",
        wind=blown,
        legend=[
            {"level": level, "colour": LEVEL_COLOURS[level], "words": name.in_(here.language)}
            for level, name in sorted(drawn.levels.items(), reverse=True)
            if level in drawn.there
        ],
    )


def _placed(here: Visit, drawn: Layer, one: LayerPlace, at: int) -> Mapping[str, Any]:
    level, value = int(one.level[at]), float(one.value[at])
    said = formats.number(value, here.language, drawn.of.digits)
    unit = formats.unit(drawn.of.unit, here.language)
    word = drawn.levels[level].in_(here.language)
    feature = mark(one.thing, f"{said} {word}" if drawn.tells(level) else said)
    more = {"level": level, "name": one.thing.name, "words": f"{said} {unit} · {word}"}
    return {**feature, "properties": {**feature["properties"], **more}}


def words() -> Mapping[str, Any]:
    """What the pages of the environment name things by."""
    return {
        "grades": AIR_GRADES,
        "badges": BADGES,
        "level_badges": LEVEL_BADGES,
        "pollutants": POLLUTANTS,
        "verdicts": VERDICTS,
        "judged": JUDGED,
        "quantities": quantities(),
        "dust": DUST,
        "home": HOME,
        "instant": lambda ms: datetime.fromtimestamp(ms / 1000, SEOUL),
        "present": lambda value: None if value is None or math.isnan(value) else float(value),
        "round": round,
    }


def features(found: Sequence[Mapping[str, Any]], **more: Any) -> Response:
    """Features for a map, and what else it should know."""
    body = orjson.dumps({"type": "FeatureCollection", "features": list(found), **more})
    return Response(body, media_type="application/geo+json", headers={"cache-control": "no-store"})


def mark(thing: Thing, label: str) -> Mapping[str, Any]:
    """A thing as a point with a label."""
    geometry = None if thing.geometry is None else {"type": "Point", "coordinates": place(thing.geometry)}
    return {"type": "Feature", "geometry": geometry, "properties": {"label": label, "id": thing.id}}


def _highest(one: LayerPlace, shown: int) -> int | None:
    """Which of all hours was the highest of the last ones shown; the newest of equals."""
    value = one.value[-shown:][::-1]
    return None if not np.isfinite(value).any() else len(one.value) - 1 - int(np.nanargmax(value))


def _beside(
    here: Visit, desk: EnvironmentDesk, thing: Thing, layers: Sequence[LayerId]
) -> Sequence[tuple[Layer, LayerPlace]]:
    """Every layer that has this place: the columns of its table of hours."""
    own = [one for one in layers if one.kind == thing.kind]
    read = [desk.layer(here.actor, one, here.now) for one in own]
    return [(layer, one) for layer in read for one in layer.places if one.thing.id == thing.id]


def _law() -> Sequence[tuple[Any, Any]]:
    """Limits at the boundary, of industrial and of other areas: the smell and the 22 substances."""
    at_boundary = {(one.id, one.region): one for one in odour_limits() if one.spot == "boundary"}
    ids = dict.fromkeys(id for id, _ in at_boundary)
    return [(at_boundary[id, "industrial"], at_boundary[id, "other"]) for id in ids]


def _layer_chart(
    here: Visit, found: Environment, drawn: Layer, mine: LayerPlace | None, shown: int
) -> Mapping[str, Any] | None:
    """One layer at one place with its limit, or at the places that were highest; None without any value."""
    hours = found.air.hours[-shown:]
    there = [one for one in drawn.places if np.isfinite(one.value[-shown:]).any()]
    highest = sorted(there, key=lambda one: -float(np.nanmax(one.value[-shown:])))[:LINES]
    chosen = highest if mine is None else [one for one in there if one is mine]
    if not chosen:
        return None
    unit = {"unit": drawn.of.unit} if drawn.of.unit else {}
    series: list[Mapping[str, Any]] = [
        {
            "name": one.thing.name,
            "kind": "line",
            "interval": 3_600_000,
            "digits": 3 if drawn.of.digits is None else drawn.of.digits,
            **unit,
            "data": _pairs(hours, one.value[-shown:].tolist()),
        }
        for one in chosen
    ]
    begin, end = milliseconds(hours[0]), milliseconds(hours[-1] + HOUR)
    limits = {one.limit for one in chosen}
    limit = limits.pop()
    if not limits and limit is not None:
        name = Text("기준", "Limit").in_(here.language)
        series.append({"name": name, **unit, "kind": "line", "data": [[begin, limit], [end, limit]]})
    return {"series": series, "from": begin, "to": end}


def _stack_chart(here: Visit, stacks: Sequence[StackTime], point: str) -> Mapping[str, Any] | None:
    """The half-hours of one stack today, and its limit."""
    one = next((stack for stack in stacks if stack.point.id == point), None)
    if one is None or one.report is None or not any(h.mean is not None for h in one.report.half_hours):
        return None
    unit = quantities()[one.point.quantity].unit
    first, last = one.report.half_hours[0].start, one.report.half_hours[-1].start
    step = round(HALF_HOUR.total_seconds() * 1000)
    means = {
        "name": Text("30분 평균", "30-minute mean").in_(here.language),
        "unit": unit,
        "kind": "bar",
        "interval": step,
        "digits": 1,
        "data": [[half.start, half.mean] for half in one.report.half_hours],
    }
    limit = {
        "name": Text("기준", "Limit").in_(here.language),
        "unit": unit,
        "kind": "line",
        "digits": 1,
        "data": [[first, one.point.high], [last + step, one.point.high]],
    }
    return {"series": [means, limit], "from": first, "to": last + step}


def _pairs(times: Sequence[datetime], values: Sequence[float]) -> list[list[float | None]]:
    return [
        [milliseconds(at), value if math.isfinite(value) else None]
        for at, value in zip(times, values, strict=True)
    ]
