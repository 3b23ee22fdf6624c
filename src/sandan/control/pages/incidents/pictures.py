"""Pictures and documents of an incident, the sketch on its map, and its after-action report."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import orjson
from fastapi import File, Form, UploadFile
from starlette.responses import RedirectResponse, Response

from sandan.control.model.rights import CASES, OPERATE
from sandan.control.pages.incidents.frame import announce, by_script, incident_url
from sandan.control.service.hazard.desk import HazardDesk
from sandan.control.service.hazard.picture import area_section
from sandan.control.service.incidents import pictures, reading
from sandan.control.service.incidents.report import after_action_pdf
from sandan.domain import Here, Visit
from sandan.errors import InvalidInput, Unavailable
from sandan.printing import Section
from sandan.web import Routes
from sandan.words import Text

routes = Routes("control", prefix="/control/incidents")


@routes.action("/{id}/attachments", permission=OPERATE)
def attach(id: str, here: Here, file: Annotated[UploadFile | None, File()] = None) -> Response:
    """Add a picture or a PDF."""
    if file is None or not file.filename:
        raise InvalidInput.because(
            "file",
            Text("파일이 없습니다.", "no file was chosen."),
            Text("파일을 고르십시오.", "choose a file."),
        )
    content = file.file.read(pictures.MOST_BYTES + 1)
    pictures.attach(here.store, here.actor, id, file.filename, content, here.now)
    announce(here, id)
    if by_script(here):
        return Response(headers={"hx-redirect": incident_url(id)})
    return RedirectResponse(incident_url(id), 303)


@routes.page("/{id}/attachments/{number}", permission=CASES)
def attachment(id: str, number: int, here: Here) -> Response:
    """The file; a browser saves it rather than run anything in it."""
    found, content = reading.read_attachment(here.store, here.actor, id, number)
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
        "cache-control": "private, max-age=3600",
    }
    return Response(content, media_type=found.media_type, headers=headers)


@routes.page("/{id}/report.pdf", permission=CASES)
def report(id: str, here: Here) -> Response:
    """The after-action report, as the incident stands now."""
    content = after_action_pdf(
        here.store,
        here.actor,
        id,
        here.language,
        here.now,
        here.house.complex_name(),
        _area(here, id),
    )
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(id, safe='')}.pdf",
        "cache-control": "private, no-store",
    }
    return Response(content, media_type="application/pdf", headers=headers)


def _area(here: Visit, id: str) -> Section | None:
    try:
        desk = here.house.part(HazardDesk)
        return area_section(here.store, desk, here.actor, id, here.language, here.now)
    except Unavailable:  # a report without its plan is worth more than none
        return None


@routes.page("/{id}/sketch.geojson", permission=CASES)
def sketch(id: str, here: Here) -> Response:
    """What the map of the workspace adds: the place of the incident, and the sketch."""
    incident = reading.read_case(here.store, here.actor, id).incident
    features = list(incident.sketch["features"]) if incident.sketch else []
    if incident.place.lon is not None and incident.place.lat is not None:
        place = {"type": "Point", "coordinates": [incident.place.lon, incident.place.lat]}
        label = {"label": incident.place.words, "place": True}
        features.append({"type": "Feature", "geometry": place, "properties": label})
    body = {"type": "FeatureCollection", "features": features, "revision": incident.revision}
    return Response(
        orjson.dumps(body), media_type="application/geo+json", headers={"cache-control": "no-store"}
    )


@routes.action("/{id}/sketch", permission=OPERATE)
def draw(
    id: str,
    here: Here,
    sketch: Annotated[str, Form(max_length=200_000)],
    seen: Annotated[int | None, Form()] = None,
) -> Response:
    """Keep what was drawn; gives the incident's revision."""
    try:
        given = orjson.loads(sketch)
    except orjson.JSONDecodeError:
        given = None
    drawn = pictures.draw(here.store, here.actor, id, given, here.now, seen)
    announce(here, id)
    return Response(orjson.dumps({"revision": drawn.revision}), media_type="application/json")
