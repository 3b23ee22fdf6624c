"""A plan's overview and the card of a project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Form
from starlette.responses import RedirectResponse, Response

from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput, NotFound
from sandan.programme.engine.card import in_document, make_card
from sandan.programme.engine.forecast import PACE_NAMES, STATUS_NAMES
from sandan.programme.model.rights import PROGRAMME_EDIT, PROGRAMME_READ
from sandan.programme.model.vocabulary import PledgeState
from sandan.programme.pages.frame import around, project_url
from sandan.programme.service.documents import document_names
from sandan.programme.service.plans import read_plan, state_history
from sandan.programme.service.states import read_outlook, set_state
from sandan.web import Routes
from sandan.words import Text

routes = Routes("programme", prefix="/programme/plans")


@routes.page("/{plan}/projects/{project}", permission=PROGRAMME_READ)
def project_page(plan: str, project: str, here: Here, version: int | None = None, done: str = "") -> Response:
    """The pledge card."""
    return _card(here, plan, project, version, done=done)


@routes.action("/{plan}/projects/{project}/state", permission=PROGRAMME_EDIT)
def state(
    plan: str,
    project: str,
    here: Here,
    state: Annotated[str, Form(max_length=20)],
    evidence: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Set the pledge's state on evidence."""
    try:
        chosen = PledgeState(state)
    except ValueError:
        raise InvalidInput.because(
            "state",
            Text(f"'{state}'은(는) 이행 상태가 아닙니다.", f"'{state}' is not a state of a pledge."),
            Text("목록에서 고르십시오.", "choose from the list."),
        ) from None
    try:
        set_state(here.store, here.actor, plan, project, chosen, evidence, here.now)
    except InvalidInput as error:
        return _card(here, plan, project, None, error.findings)
    return RedirectResponse(project_url(plan, project) + "?done=state", 303)


def _card(
    here: Visit,
    plan: str,
    project: str,
    version: int | None,
    findings: Sequence[Finding] = (),
    done: str = "",
) -> Response:
    book = read_plan(here.store, here.actor, plan, version)
    card = make_card(book, project)
    if card is None:
        raise NotFound(Text("사업", "project"), project)
    return here.render(
        "programme/card.html",
        status=422 if findings else 200,
        book=book,
        card=card,
        values=sorted((one for one in book.statements if one.subject == project), key=in_document),
        history=state_history(here.store, here.actor, plan, project),
        names=document_names(here.store),
        states=PledgeState,
        outlook=read_outlook(book, project, here.house.settings.table("programme"), here.now)
        if version is None
        else None,
        forecasts=STATUS_NAMES,
        paces=PACE_NAMES,
        may_edit=here.actor.may(PROGRAMME_EDIT) and version is None,
        findings=findings,
        done=Text("상태를 정했습니다.", "The state is set.") if done == "state" else None,
        version=version,
        **around(plan),
    )
