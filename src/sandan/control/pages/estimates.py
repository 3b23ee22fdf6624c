"""First estimates in the workspace of an explosion or a fire."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from sandan.control.model.rights import CASES
from sandan.control.pages.incidents.frame import incident_url
from sandan.control.service.hazard.estimates import estimate_blast, estimate_smoke
from sandan.control.service.incidents.reading import read_case
from sandan.domain import Here, Visit
from sandan.errors import InvalidInput, Unavailable
from sandan.web import Routes

routes = Routes("control", prefix="/control/incidents")


@routes.page("/{id}/estimate", permission=CASES)
def estimate_part(
    id: str,
    here: Here,
    mass: Annotated[float, Query(ge=0, le=10_000_000)] = 0.0,
    heat: Annotated[float, Query(ge=0, le=500)] = 0.0,
    share: Annotated[float, Query(ge=0, le=100)] = 0.0,
    megawatts: Annotated[float, Query(ge=0, le=100_000)] = 0.0,
) -> Response:
    """The form, and what its numbers bring; nothing is kept."""
    incident = read_case(here.store, here.actor, id).incident
    given = {"mass": mass, "heat": heat, "share": share, "megawatts": megawatts}
    found: dict[str, Any] = {"blast": None, "smoke": None, "findings": (), "trouble": None}
    try:
        if incident.kind == "explosion" and any((mass, heat, share)):
            found["blast"] = estimate_blast(here.store, here.actor, incident, mass, heat, share / 100)
        if incident.kind == "fire" and megawatts:
            found["smoke"] = estimate_smoke(here.store, here.actor, megawatts, here.now)
    except InvalidInput as error:
        found["findings"] = error.findings
    except Unavailable as error:
        found["trouble"] = error.text
    return _part(here, incident=incident, given=given, **found)


def _part(here: Visit, **context: Any) -> Response:
    status = 422 if context["findings"] else 200
    return here.render("control/hazard/estimate.html", status=status, incident_url=incident_url, **context)
