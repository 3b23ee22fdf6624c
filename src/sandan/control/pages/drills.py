"""Drills: the scripts there are, what is under way, and how those before went."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form
from starlette.responses import RedirectResponse, Response

from sandan.control.model.drills import scripts
from sandan.control.model.incidents import Place
from sandan.control.model.rights import CASES, OPERATE
from sandan.control.pages.incidents.frame import announce, around, incident_url
from sandan.control.service import drills
from sandan.domain import Here
from sandan.web import Routes

routes = Routes("control", prefix="/control")


@routes.page("/drills", permission=CASES)
def drills_page(here: Here) -> Response:
    """The scripts and the drills."""
    found = drills.list_drills(here.store, here.actor)
    return here.render(
        "control/incidents/drills.html",
        scripts=scripts(),
        running=[one for one in found if one.ended_at is None],
        past=[one for one in found if one.ended_at is not None],
        may_operate=here.actor.may(OPERATE),
        **around(),
    )


@routes.action("/drills", permission=OPERATE)
def start(
    here: Here,
    script: Annotated[str, Form(max_length=60)],
    place: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Start a drill and go to its workspace."""
    incident = drills.start_drill(here.store, here.actor, script, here.now, Place(words=place))
    announce(here, incident.id)
    return RedirectResponse(incident_url(incident.id), 303)


@routes.action("/incidents/{id}/end-drill", permission=OPERATE)
def end(id: str, here: Here) -> Response:
    """End a drill and see its score."""
    drills.end_drill(here.store, here.actor, id, here.now)
    announce(here, id)
    return RedirectResponse(incident_url(id), 303)
