"""Where a smell comes from: the map, the firms to inspect, the samplers to fire, and how sure it is."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from starlette.responses import Response

from sandan.clock import SEOUL
from sandan.control.model.rights import CASES
from sandan.control.pages.environment import HOME, features, mark, words
from sandan.control.pages.incidents.frame import typed_moment
from sandan.control.service.environment.desk import EnvironmentDesk
from sandan.control.service.environment.settings import SMELLS
from sandan.control.service.environment.smells import RAISED, SPANS, SmellSearch, default_end, floor_of
from sandan.control.service.environment.source import SourceSearch
from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput
from sandan.twin.geometry import write_geometry
from sandan.twin.tables import quantities
from sandan.web import Routes
from sandan.words import Text

routes = Routes("control", prefix=HOME)
FIRMS = 15
"""Firms of a table before the rest becomes a number."""
REGION = 0.9


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
        **words(),
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
    return features(
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
    shown = [mark(one.thing, f"{one.highest or 0:.3g} {unit}") for one in search.read.sensors]
    if search.found is not None:
        guess = Text("가장 그럴듯한 곳", "likeliest place").in_(here.language)
        shown.append(
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": list(search.found.at)},
                "properties": {"label": guess, "place": True},
            }
        )
    return features(shown)


def _asked(here: Visit, at: str, hours: str, of: str) -> SmellSearch:
    """The search a page's address asks for; never beyond now, on whole windows."""
    span = next((one for one in SPANS if str(one) == hours), 1)
    end = min(typed_moment("at", at) or here.now, here.now)
    return SmellSearch(default_end(end, span), span, of if of in SMELLS else "")


def _enough(search: SourceSearch) -> int:
    """How many firms, in order, take an inspection to nine tenths of the probability."""
    firms = () if search.found is None else search.found.firms
    return next((count for count, one in enumerate(firms, 1) if one.cumulative >= REGION), len(firms))
