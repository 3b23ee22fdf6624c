"""Drills: the scripts there are, what is under way, and how those before went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Form
from starlette.responses import RedirectResponse, Response

from sandan.control.model.drills import scripts
from sandan.control.model.incidents import Place
from sandan.control.model.rights import CASES, OPERATE
from sandan.control.pages.incidents.frame import announce, around, incident_url, new_press
from sandan.control.service import drills
from sandan.control.service.drill_places import drill_places
from sandan.control.service.incidents.people import display_names
from sandan.control.service.incidents.presses import do_once
from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput
from sandan.web import Routes

routes = Routes("control", prefix="/control")


@routes.page("/drills", permission=CASES)
def drills_page(here: Here) -> Response:
    """The scripts and the drills."""
    return _page(here)


def _page(here: Visit, findings: Sequence[Finding] = ()) -> Response:
    found = drills.list_drills(here.store, here.actor)
    with here.store.registry.read() as conn:
        places = {id: drill_places(here.store, conn, one) for id, one in scripts().items() if one.cas}
    return here.render(
        "control/incidents/drills.html",
        status=422 if findings else 200,
        findings=findings,
        scripts=scripts(),
        places=places,
        names=display_names(here.store, here.actor, {one.started_by for one in found}),
        participants={
            kind: drills.drill_participants(here.store, here.actor, kind)
            for kind in {one.kind for one in scripts().values()}
        },
        running=[one for one in found if one.ended_at is None],
        past=[one for one in found if one.ended_at is not None],
        may_operate=here.actor.may(OPERATE),
        press=new_press(),
        **around(),
    )


@routes.action("/drills", permission=OPERATE)
def start(
    here: Here,
    script: Annotated[str, Form(max_length=60)],
    place: Annotated[str, Form(max_length=200)] = "",
    thing: Annotated[str, Form(max_length=200)] = "",
    participant: Annotated[list[str] | None, Form()] = None,
    press: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """Start a drill and go to its workspace; none ticked means those whom its procedure tells."""
    where = Place(thing=thing or None, words=place)

    def act() -> str:
        return drills.start_drill(here.store, here.actor, script, here.now, where, participant or None).id

    try:
        incident = do_once(here.store, here.actor, press, act, str)
    except InvalidInput as error:
        return _page(here, error.findings)
    announce(here, incident)
    return RedirectResponse(incident_url(incident), 303)


@routes.action("/incidents/{id}/end-drill", permission=OPERATE)
def end(id: str, here: Here, press: Annotated[str, Form(max_length=40)] = "") -> Response:
    """End a drill and see its score."""

    def act() -> float:
        return drills.end_drill(here.store, here.actor, id, here.now)

    do_once(here.store, here.actor, press, act, lambda _: 0.0)
    announce(here, id)
    return RedirectResponse(incident_url(id), 303)
