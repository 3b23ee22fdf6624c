"""The environment: air, smells and stacks as of now and hour by hour, and where a smell comes from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
from fastapi import Query
from starlette.responses import Response

from sandan.clock import SEOUL
from sandan.control.model.environment import AIR_GRADES, POLLUTANTS, VERDICTS, AirGrade, Verdict
from sandan.control.model.odour import REGIONS
from sandan.control.model.rights import CASES, WATCH
from sandan.control.pages.incidents.frame import typed_moment
from sandan.control.service.environment.air import DUST, HOUR, AirHours, AirStation
from sandan.control.service.environment.desk import Environment, EnvironmentDesk
from sandan.control.service.environment.series import milliseconds
from sandan.control.service.environment.settings import SMELLS
from sandan.control.service.environment.smells import RAISED, SPANS, SmellSearch, default_end, floor_of
from sandan.control.service.environment.source import SourceSearch
from sandan.control.service.environment.stacks import HALF_HOUR, StackDay
from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput
from sandan.twin.geometry import place, write_geometry
from sandan.twin.model import Thing
from sandan.twin.tables import quantities
from sandan.web import Routes
from sandan.words import Text

routes = Routes("control", prefix="/control/environment")
HOME = "/control/environment"
HOURS = (24, 48, 72)
LISTED = 40
"""Rows of a table before the rest becomes a number."""
FIRMS = 15
REGION = 0.9
BADGES = {AirGrade.GOOD: "good", AirGrade.MODERATE: "", AirGrade.BAD: "warn", AirGrade.VERY_BAD: "bad"}
JUDGED = {Verdict.WITHIN: "good", Verdict.OVER: "bad", Verdict.LEFT_OUT: "", Verdict.TOO_FEW: "warn"}


@routes.page("", permission=WATCH)
def environment_page(
    here: Here,
    hours: Annotated[str, Query(max_length=20)] = "",
    station: Annotated[str, Query(max_length=200)] = "",
    stack: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The air now and over the hours, smells against their limits, stacks by half-hours."""
    desk = here.house.part(EnvironmentDesk)
    found = desk.now(here.actor, here.now)
    shown = next((one for one in HOURS if str(one) == hours), HOURS[0])
    chosen = next((one for one in found.air.stations if one.thing.id == station), None)
    return here.render(
        "control/environment/page.html",
        found=found,
        shown=shown,
        spans=HOURS,
        station=chosen,
        chart=_index_chart(here, found.air, chosen, shown),
        table=_hour_rows(found.air, chosen, shown) if chosen is not None else (),
        stack=next((one for one in found.stacks if one.point.id == stack), None),
        stack_chart=_stack_chart(here, found.stacks, stack),
        settings=desk.settings,
        listed=LISTED,
        region=REGIONS[desk.settings.region],
        may_search=here.actor.may(CASES),
        open_top=_open_top(found),
        **_words(),
    )


@routes.page("/stations.geojson", permission=WATCH)
def station_features(here: Here) -> Response:
    """The stations with their values in words, for the map."""
    found = here.house.part(EnvironmentDesk).now(here.actor, here.now)
    labels: dict[str, tuple[Thing, str]] = {}
    for one in found.air.stations:
        grade = one.index.grade
        word = "–" if grade is None else f"{one.index.value} {AIR_GRADES[grade].in_(here.language)}"
        labels[one.thing.id] = (one.thing, f"CAI {word}")
    for smell in found.smells:
        if smell.point.quantity == "odour" and smell.verdict is not None and smell.value is not None:
            labels[smell.thing.id] = (smell.thing, f"{smell.value:.1f} OU")
    return _features([_point(thing, label) for thing, label in labels.values()])


@routes.page("/odour", permission=CASES)
def odour_page(
    here: Here,
    at: Annotated[str, Query(max_length=30)] = "",
    hours: Annotated[str, Query(max_length=20)] = "",
    of: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Where a smell comes from: the map, the firms to inspect, the samplers to fire, and how sure it is."""
    desk = here.house.part(EnvironmentDesk)
    findings: tuple[Finding, ...] = ()
    try:
        asked = _asked(here, at, hours, of)
    except InvalidInput as error:
        findings = error.findings
        asked = _asked(here, "", hours, of)
    search = desk.source(here.actor, asked, here.now)
    query = urlencode(
        {
            "at": asked.end.astimezone(SEOUL).isoformat(timespec="minutes")[:16],
            "hours": asked.hours,
            "of": asked.quantity,
        }
    )
    return here.render(
        "control/environment/odour.html",
        status=422 if findings else 200,
        findings=findings,
        search=search,
        asked=asked,
        at=asked.end.astimezone(SEOUL).strftime("%Y-%m-%dT%H:%M"),
        query=query,
        spans=SPANS,
        smells=SMELLS,
        floor_of=lambda one: floor_of(one, desk.settings),
        raised=RAISED,
        firms_shown=FIRMS,
        enough=_enough(search),
        settings=desk.settings,
        **_words(),
    )


@routes.page("/odour/zones.geojson", permission=CASES)
def odour_zones(
    here: Here,
    at: Annotated[str, Query(max_length=30)] = "",
    hours: Annotated[str, Query(max_length=20)] = "",
    of: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Where the source probably is: the regions that hold half, three quarters and nine tenths of it."""
    search = here.house.part(EnvironmentDesk).source(here.actor, _asked(here, at, hours, of), here.now)
    zones = [] if search.found is None else list(enumerate(search.found.zones))
    return _features(
        [
            {
                "type": "Feature",
                "geometry": write_geometry(area),
                "properties": {"zone": "area", "rank": rank, "label": f"{share:.0%}"},
            }
            for rank, (share, area) in reversed(zones)
        ]
    )


@routes.page("/odour/sensors.geojson", permission=CASES)
def odour_sensors(
    here: Here,
    at: Annotated[str, Query(max_length=30)] = "",
    hours: Annotated[str, Query(max_length=20)] = "",
    of: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The sensors with their highest reading, and the best single guess."""
    search = here.house.part(EnvironmentDesk).source(here.actor, _asked(here, at, hours, of), here.now)
    unit = quantities()[search.read.quantity].unit
    features = [_point(one.thing, f"{one.highest or 0:.3g} {unit}") for one in search.read.sensors]
    if search.found is not None:
        guess = Text("가장 그럴듯한 곳", "likeliest place").in_(here.language)
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": list(search.found.at)},
                "properties": {"label": guess, "place": True},
            }
        )
    return _features(features)


def _words() -> Mapping[str, Any]:
    return {
        "grades": AIR_GRADES,
        "badges": BADGES,
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


def _asked(here: Visit, at: str, hours: str, of: str) -> SmellSearch:
    """The search a page's address asks for; never beyond now, on whole windows."""
    span = next((one for one in SPANS if str(one) == hours), 1)
    end = min(typed_moment("at", at) or here.now, here.now)
    return SmellSearch(default_end(end, span), span, of if of in SMELLS else "")


def _enough(search: SourceSearch) -> int:
    """How many firms, in order, take an inspection to nine tenths of the probability."""
    firms = () if search.found is None else search.found.firms
    return next((count for count, one in enumerate(firms, 1) if one.cumulative >= REGION), len(firms))


def _features(features: Sequence[Mapping[str, Any]]) -> Response:
    body = orjson.dumps({"type": "FeatureCollection", "features": list(features)})
    return Response(body, media_type="application/geo+json", headers={"cache-control": "no-store"})


def _point(thing: Thing, label: str) -> Mapping[str, Any]:
    geometry = None if thing.geometry is None else {"type": "Point", "coordinates": place(thing.geometry)}
    return {"type": "Feature", "geometry": geometry, "properties": {"label": label, "id": thing.id}}


def _open_top(found: Environment) -> bool:
    """Whether some index may be higher than shown because a band's end is unknown or passed."""
    return any(one.index.at_least for one in found.air.stations)


def _index_chart(
    here: Visit, air: AirHours, chosen: AirStation | None, shown: int
) -> Mapping[str, Any] | None:
    """The index of all stations, or of the chosen one; None where no hour has one."""
    stations = air.stations if chosen is None else [chosen]
    series = [
        {
            "name": one.thing.name,
            "kind": "line",
            "interval": 3_600_000,
            "digits": 0,
            "data": _pairs(air.hours[-shown:], one.value[-shown:].tolist()),
        }
        for one in stations
        if any(math.isfinite(value) for value in one.value[-shown:].tolist())
    ]
    if not series:
        return None
    return {
        "series": series,
        "from": milliseconds(air.hours[-shown]),
        "to": milliseconds(air.hours[-1] + HOUR),
    }


def _hour_rows(air: AirHours, chosen: AirStation, shown: int) -> Sequence[tuple[datetime, Any, Any, Any]]:
    """Hours from the newest back: when, index, grade, and concentration by pollutant."""
    return [
        (
            air.hours[at],
            float(chosen.value[at]),
            int(chosen.grade[at]),
            {name: float(one[at]) for name, one in chosen.concentration.items()},
        )
        for at in range(len(air.hours) - 1, len(air.hours) - 1 - shown, -1)
    ]


def _stack_chart(here: Visit, stacks: Sequence[StackDay], point: str) -> Mapping[str, Any] | None:
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
