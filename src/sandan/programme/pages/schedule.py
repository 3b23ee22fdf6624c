"""The quarterly schedule of a plan: planned against done, changed by dragging and asking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import orjson
from fastapi import Form
from starlette.responses import RedirectResponse, Response

from sandan.clock import SEOUL
from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput
from sandan.programme.engine.schedule import edits_of_moves, lay_out
from sandan.programme.model.rights import PROGRAMME_EDIT, PROGRAMME_READ
from sandan.programme.pages.frame import around, plan_url
from sandan.programme.service.changes import request_change
from sandan.programme.service.plans import read_plan
from sandan.web import Routes
from sandan.words import Text

routes = Routes("programme", prefix="/programme/plans")
MOST = 20_000


@routes.page("/{plan}/schedule", permission=PROGRAMME_READ)
def schedule_page(plan: str, here: Here, version: int | None = None) -> Response:
    """The Gantt chart, and the table that it is."""
    return _page(here, plan, version)


@routes.action("/{plan}/schedule", permission=PROGRAMME_EDIT)
def move(
    plan: str,
    here: Here,
    moves: Annotated[str, Form(max_length=MOST)] = "[]",
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Ask for the moves as a change."""
    try:
        book = read_plan(here.store, here.actor, plan)
        schedule = lay_out(book, here.now.astimezone(SEOUL).date())
        given = _moves(moves)
        edits = [] if schedule is None else edits_of_moves(book, schedule.first, given)
        request_change(here.store, here.actor, plan, edits, reason, here.now)
    except InvalidInput as error:
        return _page(here, plan, None, error.findings)
    return RedirectResponse(plan_url(plan, "changes", done="requested"), 303)


def _moves(text: str) -> list[dict[str, object]]:
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, list) or not all(isinstance(move, dict) for move in given):
        raise InvalidInput.because(
            "moves",
            Text("옮긴 내용을 읽을 수 없습니다.", "what was moved cannot be read."),
            Text("화면을 새로 고친 뒤 다시 옮기십시오.", "reload the page and move it again."),
        )
    return given


def _page(here: Visit, plan: str, version: int | None, findings: Sequence[Finding] = ()) -> Response:
    book = read_plan(here.store, here.actor, plan, version)
    return here.render(
        "programme/schedule.html",
        status=422 if findings else 200,
        book=book,
        schedule=lay_out(book, here.now.astimezone(SEOUL).date()),
        projects={project.id: project for project in book.projects},
        may_edit=here.actor.may(PROGRAMME_EDIT) and version is None,
        findings=findings,
        **around(plan, "schedule"),
    )
