"""Near misses, hazards and smells: reported by anybody from a phone, dealt with by the control room."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import Annotated
from urllib.parse import quote

from fastapi import File, Form, UploadFile
from starlette.responses import RedirectResponse, Response

from sandan.control.model.incidents import Place
from sandan.control.model.rights import CASES, OPERATE
from sandan.control.model.safety import REPORT_KINDS, REPORT_STATES, ReportKind
from sandan.control.pages.incidents.frame import announce, around, incident_url
from sandan.control.service import reports
from sandan.control.service.incidents.pictures import MOST_BYTES
from sandan.control.service.reports import ReportDoor
from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput
from sandan.web import PUBLIC, Routes
from sandan.web.session import COOKIE, csrf_token, set_session

routes = Routes("control")
Field = Annotated[str, Form(max_length=4_000)]
NUMBER = re.compile(r"REP-\d{8}-\d{3,}")
PLACES, PLACE_KINDS = 400, ("zone", "road", "building")
"""Names that stand on signs for all to read; firms and their equipment are not among them."""
GUESS = {ReportKind.ODOUR: "odour"}
"""The kind of incident a report most likely is."""


@routes.page("/report", permission=PUBLIC)
def report_page(here: Here) -> Response:
    """The form, for whoever stands there."""
    return _form(here, key=secrets.token_urlsafe(12))


def _form(here: Visit, findings: Sequence[Finding] = (), **given: str) -> Response:
    session = here.request.cookies.get(COOKIE) or secrets.token_urlsafe(32)
    with here.store.registry.read() as conn:
        most = PLACES // len(PLACE_KINDS)
        places = [
            one.name for kind in PLACE_KINDS for one in here.store.things.find(conn, kind=kind, limit=most)
        ]
    response = here.render(
        "control/reports/report.html",
        status=422 if findings else 200,
        findings=findings,
        given=given,
        kinds=REPORT_KINDS,
        places=sorted(set(places)),
        csrf=csrf_token(session),
        most=MOST_BYTES,
    )
    if COOKIE not in here.request.cookies:
        set_session(response, session, https=here.house.settings.web.https, hours=None)
    return response


@routes.action("/report", permission=PUBLIC)
def report_action(
    here: Here,
    kind: Annotated[str, Form(max_length=40)] = "",
    text: Field = "",
    place: Annotated[str, Form(max_length=200)] = "",
    lon: Annotated[str, Form(max_length=30)] = "",
    lat: Annotated[str, Form(max_length=30)] = "",
    key: Annotated[str, Form(max_length=100)] = "",
    photo: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Keep it, and show the number to refer to."""
    client = here.request.client
    here.house.part(ReportDoor).knock(client.host if client else "")
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
        return _form(here, error.findings, **given)
    return RedirectResponse(f"/report/thanks?number={quote(kept.id)}", 303)


def _spot(lon: str, lat: str) -> tuple[float | None, float | None]:
    """What the phone knows of where it is; nothing when it is no pair of numbers."""
    try:
        return float(lon), float(lat)
    except ValueError:
        return None, None


@routes.page("/report/thanks", permission=PUBLIC)
def thanks_page(here: Here, number: str = "") -> Response:
    """The number to refer to; it shows nothing of any report."""
    return here.render("control/reports/thanks.html", number=number if NUMBER.fullmatch(number) else "")


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
