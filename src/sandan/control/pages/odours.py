"""Where a smell comes from: the map, the firms to inspect, the samplers to fire, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from sandan.clock import SEOUL
from sandan.control.engine.odour.orders import WORTH, say_work
from sandan.control.model.rights import CASES, OPERATE
from sandan.control.pages.environment import HOME, features, mark, words
from sandan.control.pages.incidents.frame import announce, incident_url, new_press, typed_moment
from sandan.control.service.environment.desk import EnvironmentDesk
from sandan.control.service.environment.orders import order_pdf, order_work, work_of
from sandan.control.service.environment.settings import SMELLS
from sandan.control.service.environment.smells import RAISED, SPANS, SmellSearch, default_end, floor_of
from sandan.control.service.environment.source import ROUNDED, SourceSearch
from sandan.control.service.incidents.presses import do_once
from sandan.control.service.incidents.reading import list_incidents
from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput
from sandan.twin.geometry import write_geometry
from sandan.twin.tables import quantities
from sandan.web import Routes, attachment, formats
from sandan.words import Text

routes = Routes("control", prefix=HOME)
FIRMS = 15
"""Firms of a table before the rest becomes a number."""
REGION = 0.9
At = Annotated[str, Query(max_length=30)]
Short = Annotated[str, Query(max_length=20)]


@routes.page("/odour", permission=CASES)
def odour_page(here: Here, at: At = "", hours: Short = "", of: Short = "") -> Response:
    """The map, the firms to inspect, the samplers to fire, and how sure it is."""
    return _page(here, at, hours, of)


def _page(here: Visit, at: str, hours: str, of: str, findings: Sequence[Finding] = ()) -> Response:
    try:
        asked = _asked(here, at, hours, of)
    except InvalidInput as error:
        findings = [*findings, *error.findings]
        asked = _asked(here, "", hours, of)
    desk = here.house.part(EnvironmentDesk)
    search = desk.source(here.actor, asked, here.now)
    end = asked.end.astimezone(SEOUL).isoformat(timespec="minutes")[:16]
    return here.render(
        "control/environment/odour.html",
        status=422 if findings else 200,
        findings=findings,
        search=search,
        best=search.found[0] if search.found else None,
        asked=asked,
        at=end,
        query=urlencode({"at": end, "hours": asked.hours, "of": asked.quantity}),
        spans=SPANS,
        smells=SMELLS,
        floor_of=lambda one: floor_of(one, desk.settings),
        raised=RAISED,
        firms_shown=FIRMS,
        enough=_enough(search),
        work=say_work(work_of(search)),
        worth=WORTH,
        press=new_press(),
        may_operate=here.actor.may(OPERATE),
        incidents=[
            one
            for one in list_incidents(here.store, here.actor, active=True, drill=False)
            if one.kind == "odour"
        ],
        settings=desk.settings,
        **words(),
    )


@routes.page("/odour/zones.geojson", permission=CASES)
def odour_zones(here: Here, at: At = "", hours: Short = "", of: Short = "") -> Response:
    """Where the source probably is: the regions that hold half, three quarters and nine tenths of it."""
    return features(
        [
            {
                "type": "Feature",
                "geometry": write_geometry(area),
                "properties": {"zone": "area", "rank": rank, "label": f"{share:.0%}"},
            }
            for one in _search(here, at, hours, of).found
            for rank, (share, area) in reversed(list(enumerate(one.zones)))
        ]
    )


@routes.page("/odour/sensors.geojson", permission=CASES)
def odour_sensors(here: Here, at: At = "", hours: Short = "", of: Short = "") -> Response:
    """The sensors with their highest reading, complaints roughly where they came from, the best guesses."""
    search = _search(here, at, hours, of)
    unit = quantities()[search.read.quantity].unit
    shown = [mark(one.thing, f"{one.highest or 0:.3g} {unit}") for one in search.read.sensors]
    heard = Text("제보", "report").in_(here.language)
    for one in search.complaints:
        if one.lon is not None and one.lat is not None:
            near = (round(one.lon, ROUNDED), round(one.lat, ROUNDED))
            shown.append(_spot(near, f"{heard} {formats.clock_time(one.at)[:5]}"))
    guess = Text("가장 그럴듯한 곳", "likeliest place").in_(here.language)
    for n, found in enumerate(search.found, 1):
        label = guess if len(search.found) == 1 else f"{guess} {n}"
        shown.append(_spot(found.at, label, place=True))
    return features(shown)


@routes.page("/odour/order.pdf", permission=CASES)
def odour_order(here: Here, at: At = "", hours: Short = "", of: Short = "") -> Response:
    """The order to sample and inspect, on paper."""
    search = _search(here, at, hours, of)
    name = here.house.complex_name()
    content = order_pdf(here.store, here.actor, search, here.language, here.now, name)
    word = Text("악취점검", "odour-inspection").in_(here.language)
    end = search.read.asked.end.astimezone(SEOUL)
    return attachment(content, f"{word}-{end:%Y%m%d-%H%M}.pdf", "application/pdf")


@routes.action("/odour/orders", permission=OPERATE)
def order(
    here: Here,
    at: Annotated[str, Form(max_length=30)] = "",
    hours: Annotated[str, Form(max_length=20)] = "",
    of: Annotated[str, Form(max_length=20)] = "",
    into: Annotated[str, Form(max_length=40)] = "",
    press: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Put samples and inspections into an incident's checklist, and go there."""

    def act() -> str:
        search = _search(here, at, hours, of)
        return order_work(here.store, here.actor, search, into.strip(), here.now).id

    try:
        id = do_once(here.store, here.actor, press, act, str)
    except InvalidInput as error:
        return _page(here, at, hours, of, error.findings)
    announce(here, id)
    return RedirectResponse(incident_url(id), 303)


def _spot(at: tuple[float, float], label: str, *, place: bool = False) -> Mapping[str, Any]:
    geometry = {"type": "Point", "coordinates": list(at)}
    return {"type": "Feature", "geometry": geometry, "properties": {"label": label, "place": place}}


def _search(here: Visit, at: str, hours: str, of: str) -> SourceSearch:
    return here.house.part(EnvironmentDesk).source(here.actor, _asked(here, at, hours, of), here.now)


def _asked(here: Visit, at: str, hours: str, of: str) -> SmellSearch:
    """The search a page's address asks for; never beyond now, on whole windows."""
    span = next((one for one in SPANS if str(one) == hours), 1)
    end = min(typed_moment("at", at) or here.now, here.now)
    return SmellSearch(default_end(end, span), span, of if of in SMELLS else "")


def _enough(search: SourceSearch) -> int:
    """How many firms, in order, take an inspection to nine tenths of the probability."""
    firms = search.found[0].firms if search.found else ()
    return next((count for count, one in enumerate(firms, 1) if one.cumulative >= REGION), len(firms))
