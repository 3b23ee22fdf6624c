"""Who has an incident in hand, alone or with all of a shift; two that are one, and one that is two."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form
from starlette.responses import RedirectResponse, Response

from sandan.control.model.rights import OPERATE
from sandan.control.pages.incidents.frame import HOME, announce, by_script, incident_url
from sandan.control.pages.incidents.lists import list_page
from sandan.control.pages.incidents.workspace import Seen, Short, Words, act_on
from sandan.control.service.incidents import handovers, merging, opening
from sandan.control.service.incidents.presses import do_once
from sandan.domain import Here, Visit
from sandan.errors import InvalidInput
from sandan.web import Routes

routes = Routes("control", prefix="/control/incidents")


@routes.action("/shift", permission=OPERATE)
def hand_over_shift(here: Here, taker: Short = "", text: Words = "", press: Short = "") -> Response:
    """Ask the next shift to take everything one has in hand."""

    def act() -> int:
        return handovers.hand_over_shift(here.store, here.actor, taker, text, here.now)

    try:
        do_once(here.store, here.actor, press, act, lambda _: 0)
    except InvalidInput as error:
        return list_page(here, error.findings)
    announce(here, "")
    return RedirectResponse(f"{HOME}#shift", 303)


@routes.action("/shift/accept", permission=OPERATE)
def accept_shift(here: Here) -> Response:
    """Take everything that was handed over to one."""
    handovers.accept_shift(here.store, here.actor, here.now)
    announce(here, "")
    return RedirectResponse(HOME, 303)


@routes.action("/{id}/owner", permission=OPERATE)
def assign(id: str, here: Here, owner: Short = "", seen: Seen = None, press: Short = "") -> Response:
    """Give it to somebody, or take it over."""
    return act_on(
        here,
        id,
        press,
        lambda: handovers.assign(here.store, here.actor, id, owner or here.actor.id, here.now, seen),
    )


@routes.action("/{id}/handover", permission=OPERATE)
def hand_over(id: str, here: Here, taker: Short = "", text: Words = "", press: Short = "") -> Response:
    """Ask the next shift to take it."""
    return act_on(
        here, id, press, lambda: handovers.hand_over(here.store, here.actor, id, taker, text, here.now)
    )


@routes.action("/{id}/accept", permission=OPERATE)
def accept(id: str, here: Here, press: Short = "") -> Response:
    """Take what was handed over."""
    return act_on(here, id, press, lambda: handovers.accept_handover(here.store, here.actor, id, here.now))


@routes.action("/{id}/merge", permission=OPERATE)
def merge(id: str, here: Here, into: Short = "", seen: Seen = None, press: Short = "") -> Response:
    """Merge it into another incident, and go there."""
    into = into.strip()
    do_once(
        here.store,
        here.actor,
        press,
        lambda: merging.merge_incidents(here.store, here.actor, id, into, here.now, seen).id,
        str,
    )
    announce(here, into)
    return _away(here, incident_url(into))


@routes.action("/{id}/part", permission=OPERATE)
def part(id: str, here: Here, reason: Words = "", press: Short = "") -> Response:
    """Undo a merger."""
    return act_on(
        here, id, press, lambda: merging.part_incidents(here.store, here.actor, id, reason, here.now)
    )


@routes.action("/{id}/split", permission=OPERATE)
def split(
    id: str,
    here: Here,
    kind: Short = "",
    title: Words = "",
    alarm: Annotated[list[str] | None, Form()] = None,
    seen: Seen = None,
    press: Short = "",
) -> Response:
    """Split off another incident, and go there."""

    def act() -> str:
        return opening.split_incident(
            here.store, here.actor, id, kind, here.now, alarms=alarm or (), title=title, seen=seen
        ).id

    new = do_once(here.store, here.actor, press, act, str)
    announce(here, id)
    return _away(here, incident_url(new))


def _away(here: Visit, url: str) -> Response:
    return Response(headers={"hx-redirect": url}) if by_script(here) else RedirectResponse(url, 303)
