"""A permit on paper, and what its code shows to whoever holds it: whether the work may go on now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import quote

from fastapi import Form
from starlette.responses import RedirectResponse, Response

from sandan.access import Actor, Role
from sandan.control.engine.permits import permit_rules
from sandan.control.model.permits import Weight
from sandan.control.model.rights import PERMITS
from sandan.control.model.safety import PERMIT_STATES, PermitState
from sandan.control.service.notices.running import TellingDesk
from sandan.control.service.permits.asking import provisions_of
from sandan.control.service.permits.checking import PermitDesk
from sandan.control.service.permits.printing import permit_pdf
from sandan.control.service.permits.reading import (
    ON_THE_SPOT,
    Paper,
    open_paper,
    read_paper,
    say_stopped,
    sign_paper,
)
from sandan.control.service.reports import ReportDoor
from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput
from sandan.web import PUBLIC, Routes, attachment

routes = Routes("control")
Short = Annotated[str, Form(max_length=200)]


@routes.page("/control/permits/{id}/paper.pdf", permission=PERMITS)
def paper(id: str, here: Here) -> Response:
    """The permit on one page, with the code that leads to how it stands."""
    found = read_paper(here.store, here.actor, id)
    address = here.house.part(TellingDesk).desk.address + found.address
    desk = here.house.part(PermitDesk)
    made = permit_pdf(desk, found, address, here.language, here.now, here.house.complex_name())
    return attachment(made, f"{id}.pdf", "application/pdf")


@routes.page("/permit/{id}/{mark}", permission=PUBLIC)
def site_page(id: str, mark: str, here: Here) -> Response:
    """What the code on the paper shows, to anybody who holds it and to nobody else."""
    return _page(here, open_paper(here.store, id, mark))


def _page(here: Visit, found: Paper, findings: Sequence[Finding] = ()) -> Response:
    work = found.work
    # Who holds the paper reads what the firm may read, and no more.
    firm = Actor(work.id, "", frozenset({Role.FIRM}), work.tenant or "-")
    checked = here.house.part(PermitDesk).check(firm, here.language, here.now)
    stops = [one for one in checked.news(work) if one.weight is Weight.STOP and one.start <= here.now]
    response = here.render_form(
        "control/permits/paper.html",
        status=422 if findings else 200,
        paper=found,
        work=work,
        kind=permit_rules().kinds[work.kind],
        states=PERMIT_STATES,
        good=work.state is PermitState.GRANTED and not stops and work.start <= here.now < work.end,
        stops=stops,
        against=checked.news(work),
        stopped=work.state is PermitState.STOPPED,
        provisions=provisions_of(work.kind),
        signable=[one for one in found.signatures if one.role in ON_THE_SPOT],
        findings=findings,
    )
    response.headers["x-robots-tag"] = "noindex, nofollow"
    return response


@routes.action("/permit/{id}/{mark}/sign", permission=PUBLIC)
def sign(id: str, mark: str, here: Here, role: Short = "", post: Short = "") -> Response:
    """Sign on the spot."""
    _knock(here)
    try:
        sign_paper(here.store, id, mark, role, post, here.now)
    except InvalidInput as error:
        return _page(here, open_paper(here.store, id, mark), error.findings)
    return _back(id, mark)


@routes.action("/permit/{id}/{mark}/stopped", permission=PUBLIC)
def stopped(id: str, mark: str, here: Here, post: Short = "") -> Response:
    """Say that the work has stopped."""
    _knock(here)
    try:
        say_stopped(here.store, id, mark, post, here.now)
    except InvalidInput as error:
        return _page(here, open_paper(here.store, id, mark), error.findings)
    return _back(id, mark)


def _knock(here: Visit) -> None:
    client = here.request.client
    here.house.part(ReportDoor).knock(client.host if client else "")


def _back(id: str, mark: str) -> Response:
    return RedirectResponse(f"/permit/{quote(id, safe='')}/{quote(mark, safe='')}", 303)
