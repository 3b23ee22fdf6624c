"""Conflicts: values of one thing that differ, side by side, until somebody says which holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Form
from starlette.responses import RedirectResponse, Response

from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput
from sandan.programme.model.rights import PROGRAMME_EDIT, PROGRAMME_READ
from sandan.programme.pages.frame import around, plan_url
from sandan.programme.service import audit
from sandan.programme.service.documents import document_names
from sandan.web import Routes
from sandan.words import Text

routes = Routes("programme", prefix="/programme/plans")
DONE = {"settled": Text("어느 값이 맞는지 정했습니다.", "It is settled which value holds.")}


@routes.page("/{plan}/conflicts", permission=PROGRAMME_READ)
def conflicts_page(plan: str, here: Here, done: str = "") -> Response:
    """Every conflict of a plan, those that nobody settled first."""
    return _page(here, plan, done=done)


@routes.action("/{plan}/conflicts", permission=PROGRAMME_EDIT)
def settle(
    plan: str,
    here: Here,
    conflict: Annotated[str, Form(max_length=100)] = "",
    statement: Annotated[str, Form(max_length=200)] = "",
    reason: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """Say which value holds, and why."""
    try:
        audit.settle_conflict(here.store, here.actor, plan, conflict, statement, reason, here.now)
    except InvalidInput as error:
        return _page(here, plan, error.findings, wrong=(conflict, statement, reason))
    return RedirectResponse(plan_url(plan, "conflicts", done="settled"), 303)


def _page(
    here: Visit,
    plan: str,
    findings: Sequence[Finding] = (),
    done: str = "",
    wrong: tuple[str, str, str] = ("", "", ""),
) -> Response:
    book, disputes = audit.conflicts(here.store, here.actor, plan)
    return here.render(
        "programme/conflicts.html",
        status=422 if findings else 200,
        book=book,
        disputes=disputes,
        titles={one.id: one.name for one in book.complexes}
        | {one.id: one.title for one in book.projects}
        | {book.plan.id: book.plan.title},
        projects={one.id for one in book.projects},
        names=document_names(here.store),
        values=len(book.statements),
        findings=findings,
        done=DONE.get(done),
        wrong=wrong,
        may_edit=here.actor.may(PROGRAMME_EDIT),
        **around(plan, "conflicts"),
    )
