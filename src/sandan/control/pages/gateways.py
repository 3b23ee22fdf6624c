"""The ways out of the house: which there are, how another is set up, and whether one takes a message."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from sandan.control.engine.notices.library import recipes
from sandan.control.model.contacts import CHANNEL_NAMES
from sandan.control.model.notices import DELIVERY_NAMES, Mode
from sandan.control.model.rights import DESIGN
from sandan.control.service.contacts import list_contacts
from sandan.control.service.notices.desk import SECRET
from sandan.control.service.notices.gateways import usable
from sandan.control.service.notices.running import TellingDesk
from sandan.control.service.notices.trying import Tried, try_gateway
from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput
from sandan.web import Routes

routes = Routes("control", prefix="/control/contacts/gateways")


@routes.page("", permission=DESIGN)
def gateways_page(here: Here) -> Response:
    """Every gateway with what it is for, and how others are written down."""
    return _page(here)


@routes.action("", permission=DESIGN)
async def try_action(
    here: Here,
    gateway: Annotated[str, Form(max_length=40)],
    to: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Send a message to an address that was typed, as the mode allows."""
    part = here.house.part(TellingDesk)
    try:
        tried = await try_gateway(here.store, here.actor, part.desk, part.live, gateway, to.strip(), here.now)
    except InvalidInput as error:
        return _page(here, error.findings, typed=(gateway, to))
    return _page(here, tried=tried, typed=(gateway, to))


def _page(
    here: Visit,
    findings: tuple[Finding, ...] = (),
    tried: Tried | None = None,
    typed: tuple[str, str] = ("", ""),
) -> Response:
    part = here.house.part(TellingDesk)
    ways = [
        channel for one in list_contacts(here.store, here.actor) if one.active for channel in one.channels
    ]
    served = Counter(found.name for way in ways if (found := part.desk.gateway(way)) is not None)
    return here.render(
        "control/notices/gateways.html",
        status=422 if findings else 200,
        gateways=part.desk.gateways.values(),
        served=served,
        lost=Counter(way.kind for way in ways if part.desk.gateway(way) is None),
        usable=usable,
        blocked={(one.kind, one.gateway): one for one in part.blocked},
        recipes=recipes(),
        secret=lambda name: SECRET.format(name.upper()),
        channels=CHANNEL_NAMES,
        states=DELIVERY_NAMES,
        mode=part.desk.mode,
        modes=Mode,
        findings=findings,
        tried=tried,
        typed=typed,
    )
