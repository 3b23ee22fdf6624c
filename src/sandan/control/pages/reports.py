"""Near misses, hazards and smells: reported by anybody from a phone, dealt with by the control room."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated
from urllib.parse import quote

import orjson
from fastapi import File, Form, Query, UploadFile
from starlette.responses import RedirectResponse, Response

from sandan.control.model.incidents import Place
from sandan.control.model.rights import CASES, OPERATE
from sandan.control.model.safety import REPORT_KINDS, REPORT_STATES, ReportKind
from sandan.control.pages.incidents.frame import announce, around, incident_url
from sandan.control.pages.room import feature_of
from sandan.control.service import reports
from sandan.control.service.board import Board
from sandan.control.service.incidents.pictures import MOST_BYTES
from sandan.control.service.incidents.places import found_place
from sandan.control.service.notices.running import TellingDesk
from sandan.control.service.reports import RECEIPT, ReportDoor
from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput, NotFound
from sandan.web import PUBLIC, Routes, attachment

routes = Routes("control")
Field = Annotated[str, Form(max_length=4_000)]
PLACES, PLACE_KINDS = 400, ("zone", "road", "building")
"""Names that stand on signs for all to read; firms and their equipment are not among them."""
GROUND = frozenset({"complex", "zone", "block", "road", "water", "green", "building"})
"""What the map of the form shows; of buildings the shape alone."""
GUESS = {ReportKind.ODOUR: "odour"}
"""The kind of incident a report most likely is."""


@routes.page("/report", permission=PUBLIC)
def report_page(here: Here, at: Annotated[str, Query(max_length=100)] = "", map: bool = False) -> Response:
    """The form, for whoever stands there; `at` is the place whose code was read."""
    given = {"key": secrets.token_urlsafe(12), "place": _place_name(here, at), "at": at}
    return _form(here, (), given, map=map)


def _place_name(here: Visit, id: str) -> str:
    """The name of a place that stands on signs; empty for everything else, a firm's equipment above all."""
    if not id:
        return ""
    with here.store.registry.read() as conn, suppress(NotFound):
        thing = here.store.things.get(conn, id)
        return thing.name if thing.kind in PLACE_KINDS else ""
    return ""


@routes.page("/report/map.geojson", permission=PUBLIC)
def ground(here: Here) -> Response:
    """The ground to point at: what stands on any street map, and nothing of who works there."""
    things = here.house.part(Board).plan.features
    shown = [feature_of(n, one) for n, one in enumerate(things, 1) if one.kind in GROUND]
    for one in shown:
        if one["properties"]["kind"] == "building":
            kept = ("n", "kind", "height")
            one["properties"] = {name: value for name, value in one["properties"].items() if name in kept}
    body = orjson.dumps({"type": "FeatureCollection", "features": shown})
    return Response(
        body, media_type="application/geo+json", headers={"cache-control": "private, max-age=3600"}
    )


@routes.page("/report/spot", permission=PUBLIC)
def spot(
    here: Here,
    lon: Annotated[str, Query(max_length=30)] = "",
    lat: Annotated[str, Query(max_length=30)] = "",
) -> Response:
    """The spot somebody pointed at, as it goes along with the form."""
    given = {} if _spot(lon, lat) == (None, None) else {"lon": lon, "lat": lat}
    return here.render("control/reports/spot.html", given=given)


def _form(
    here: Visit, findings: Sequence[Finding], given: Mapping[str, str], *, map: bool = False
) -> Response:
    return here.render_form(
        "control/reports/report.html",
        status=422 if findings else 200,
        findings=findings,
        given=given,
        kinds=REPORT_KINDS,
        map=map,
        places=_places(here),
        most=MOST_BYTES,
    )


def _places(here: Visit) -> list[str]:
    most = PLACES // len(PLACE_KINDS)
    with here.store.registry.read() as conn:
        found = {
            one.name for kind in PLACE_KINDS for one in here.store.things.find(conn, kind=kind, limit=most)
        }
    return sorted(found)


@routes.action("/report", permission=PUBLIC)
def report_action(
    here: Here,
    kind: Annotated[str, Form(max_length=40)] = "",
    text: Field = "",
    place: Annotated[str, Form(max_length=200)] = "",
    lon: Annotated[str, Form(max_length=30)] = "",
    lat: Annotated[str, Form(max_length=30)] = "",
    key: Annotated[str, Form(max_length=100)] = "",
    website: Annotated[str, Form(max_length=200)] = "",
    photo: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Keep it, and show the number to refer to."""
    if website:  # nobody sees that field: a machine filled it in, and is thanked for nothing
        return RedirectResponse("/report/thanks", 303)
    here.house.part(ReportDoor).knock(_address(here))
    content = photo.file.read(MOST_BYTES + 1) if photo is not None and photo.filename else b""
    try:
        kept = reports.receive_report(
            here.store,
            kind,
            text,
            here.now,
            place=Place(None, place, *_spot(lon, lat)),
            photo=content,
            key=key or secrets.token_urlsafe(12),
        )
    except InvalidInput as error:
        given = {"kind": kind, "text": text, "place": place, "lon": lon, "lat": lat, "key": key}
        return _form(here, error.findings, given)
    return RedirectResponse(f"/report/thanks?number={quote(reports.receipt_of(here.store, kept.id))}", 303)


def _address(here: Visit) -> str:
    return here.request.client.host if here.request.client else ""


def _spot(lon: str, lat: str) -> tuple[float | None, float | None]:
    """What the phone knows of where it is; nothing when it is no pair of numbers."""
    try:
        return float(lon), float(lat)
    except ValueError:
        return None, None


@routes.page("/report/thanks", permission=PUBLIC)
def thanks_page(here: Here, number: str = "") -> Response:
    """The receipt; it shows nothing of any report."""
    return here.render("control/reports/thanks.html", number=number if RECEIPT.fullmatch(number) else "")


@routes.page("/report/receipt", permission=PUBLIC)
def receipt_page(here: Here, number: Annotated[str, Query(max_length=60)] = "") -> Response:
    """What became of a report, for whoever has its receipt."""
    outcome, missing = None, False
    if number:
        here.house.part(ReportDoor).look(_address(here))
        try:
            outcome = reports.read_outcome(here.store, number)
        except NotFound:
            missing = True
    response = here.render(
        "control/reports/receipt.html",
        status=404 if missing else 200,
        number=number,
        outcome=outcome,
        missing=missing,
        kinds=REPORT_KINDS,
    )
    response.headers["x-robots-tag"] = "noindex, nofollow"
    return response


@routes.page("/control/reports/poster.pdf", permission=CASES)
def poster(here: Here, at: Annotated[str, Query(max_length=200)] = "") -> Response:
    """A sheet to hang up: the code that opens the form, with the place filled in where one is named."""
    with here.store.registry.read() as conn:
        place = found_place(here.store, conn, Place(None, at))
    address = f"{here.house.part(TellingDesk).desk.address}/report"
    name = _place_name(here, place.thing or "")
    if name and place.thing:
        address += f"?at={quote(place.thing, safe='')}"
    made = reports.poster_pdf(address, name, here.now, here.house.complex_name())
    return attachment(made, "report-poster.pdf", "application/pdf")


@routes.page("/control/reports", permission=CASES)
def reports_page(here: Here) -> Response:
    """Reports that wait, and those that were dealt with."""
    return _list(here)


def _list(here: Visit, findings: Sequence[Finding] = ()) -> Response:
    return here.render(
        "control/reports/list.html",
        status=422 if findings else 200,
        findings=findings,
        waiting=reports.list_reports(here.store, here.actor, new=True),
        past=reports.list_reports(here.store, here.actor, new=False),
        places=_places(here),
        report_kinds=REPORT_KINDS,
        report_states=REPORT_STATES,
        guess=GUESS,
        may_operate=here.actor.may(OPERATE),
        **around(),
    )


@routes.page("/control/reports/{id}/photo", permission=CASES)
def photo(id: str, here: Here) -> Response:
    """The photo, which a browser shows but opens only as a download."""
    found = reports.report_photo(here.store, here.actor, id)
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(id, safe='')}",
        "cache-control": "private, max-age=3600",
    }
    return Response(found.content, media_type=found.media_type, headers=headers)


@routes.action("/control/reports/{id}/incident", permission=OPERATE)
def make_incident(id: str, here: Here, kind: Annotated[str, Form(max_length=40)] = "") -> Response:
    """Make it an incident and go there."""
    try:
        opened = reports.make_incident(here.store, here.actor, id, kind, here.now)
    except InvalidInput as error:
        return _list(here, error.findings)
    announce(here, opened.id)
    return RedirectResponse(incident_url(opened.id), 303)


@routes.action("/control/reports/{id}/close", permission=OPERATE)
def close(id: str, here: Here, word: Field = "") -> Response:
    """Close it with a word on what was done."""
    try:
        reports.close_report(here.store, here.actor, id, word, here.now)
    except InvalidInput as error:
        return _list(here, error.findings)
    return RedirectResponse("/control/reports", 303)
