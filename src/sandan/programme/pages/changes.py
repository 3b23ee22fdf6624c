"""Versions of a plan and requests to change it: request, review, decision, publication."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Any, cast

from fastapi import Form
from starlette.responses import RedirectResponse, Response

from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput
from sandan.programme.engine.edits import edits_between, row_name, rows_of
from sandan.programme.engine.wording import amount
from sandan.programme.model.change import CHANGE_KIND_NAMES, CHANGE_STATE_NAMES, OPEN
from sandan.programme.model.plan import Book, Edit, Row
from sandan.programme.model.rights import PROGRAMME_APPROVE, PROGRAMME_EDIT, PROGRAMME_READ
from sandan.programme.model.statements import Statement
from sandan.programme.pages.frame import around, plan_url
from sandan.programme.service import changes
from sandan.programme.service.plans import plan_versions, read_plan
from sandan.web import Routes
from sandan.words import Text

routes = Routes("programme", prefix="/programme/plans")
Reason = Annotated[str, Form(max_length=2000)]
SHOWN = 500
DONE = {
    "requested": Text(
        "변경을 요청했습니다. 다른 담당자의 검토를 기다립니다.", "Asked; it waits for a colleague's review."
    ),
    "reviewed": Text("검토 의견을 남겼습니다.", "The review is noted."),
    "accepted": Text("승인했습니다. 새 판이 되었습니다.", "Accepted; it is a new version."),
    "rejected": Text("반려했습니다.", "Rejected."),
    "withdrawn": Text("철회했습니다.", "Withdrawn."),
    "published": Text("공개했습니다.", "Published."),
}
FIELD_NAMES = {
    "title": Text("이름", "Name"),
    "owner": Text("담당 부서", "Department"),
    "start": Text("시작", "Start"),
    "end": Text("끝", "End"),
    "done": Text("완료", "Done"),
    "value": Text("값", "Value"),
    "standing": Text("단계", "Standing"),
    "indicator": Text("연결 지표", "Bound indicator"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that changed: its name, and old → new of every field that did."""

    name: str
    kind: str
    fields: Sequence[tuple[Text, str | Text, str | Text]]


@routes.page("/{plan}/changes", permission=PROGRAMME_READ)
def changes_page(plan: str, here: Here, done: str = "") -> Response:
    """Every version, and the requests under way."""
    return _page(here, plan, done=done)


@routes.page("/{plan}/versions/{number}", permission=PROGRAMME_READ)
def version_page(plan: str, number: int, here: Here) -> Response:
    """What a version changed."""
    book = read_plan(here.store, here.actor, plan, number)
    before = read_plan(here.store, here.actor, plan, number - 1) if number > 1 else None
    edits = edits_between(before, book) if before else []
    return here.render(
        "programme/version.html",
        book=book,
        before=before,
        differences=differences(before, book, edits[:SHOWN]) if before else [],
        count=len(edits),
        newest=plan_versions(here.store, here.actor, plan)[0].number,
        kinds=CHANGE_KIND_NAMES,
        may_edit=here.actor.may(PROGRAMME_EDIT),
        may_approve=here.actor.may(PROGRAMME_APPROVE),
        **around(plan, "changes"),
    )


@routes.page("/{plan}/changes/{id}", permission=PROGRAMME_READ)
def change_page(plan: str, id: int, here: Here) -> Response:
    """One request: what it would change, and how far it has come."""
    return _one(here, plan, id)


@routes.action("/{plan}/changes/{id}/review", permission=PROGRAMME_APPROVE)
def review(plan: str, id: int, here: Here, review: Reason = "") -> Response:
    """Write the review."""
    try:
        changes.review_change(here.store, here.actor, id, review, here.now)
    except InvalidInput as error:
        return _one(here, plan, id, error.findings)
    return RedirectResponse(plan_url(plan, f"changes/{id}"), 303)


@routes.action("/{plan}/changes/{id}/decide", permission=PROGRAMME_APPROVE)
def decide(
    plan: str, id: int, here: Here, accept: Annotated[bool, Form()] = False, decision: Reason = ""
) -> Response:
    """Accept it as a new version, or reject it."""
    try:
        changes.decide_change(here.store, here.actor, id, accept, decision, here.now)
    except InvalidInput as error:
        return _one(here, plan, id, error.findings)
    return RedirectResponse(plan_url(plan, "changes", done="accepted" if accept else "rejected"), 303)


@routes.action("/{plan}/changes/{id}/withdraw", permission=PROGRAMME_EDIT)
def withdraw(plan: str, id: int, here: Here) -> Response:
    """Take back one's own request."""
    changes.withdraw_change(here.store, here.actor, id, here.now)
    return RedirectResponse(plan_url(plan, "changes", done="withdrawn"), 303)


@routes.action("/{plan}/versions/{number}/publish", permission=PROGRAMME_APPROVE)
def publish(plan: str, number: int, here: Here) -> Response:
    """Let citizens see this version."""
    changes.publish(here.store, here.actor, plan, number, here.now)
    return RedirectResponse(plan_url(plan, "changes", done="published"), 303)


@routes.action("/{plan}/versions/{number}/restore", permission=PROGRAMME_EDIT)
def restore(plan: str, number: int, here: Here, reason: Reason = "") -> Response:
    """Ask to go back to this version, by a correction."""
    try:
        changes.restore_version(here.store, here.actor, plan, number, reason, here.now)
    except InvalidInput as error:
        return _page(here, plan, error.findings)
    return RedirectResponse(plan_url(plan, "changes", done="requested"), 303)


@routes.action("/{plan}/corrections", permission=PROGRAMME_EDIT)
def correct(
    plan: str,
    here: Here,
    statement: Annotated[str, Form(max_length=200)],
    value: Annotated[str, Form(max_length=100)] = "",
    reason: Reason = "",
) -> Response:
    """Ask for another value in place of one that is wrong."""
    try:
        changes.correct_value(here.store, here.actor, plan, statement, value, reason, here.now)
    except InvalidInput as error:
        return _page(here, plan, error.findings)
    return RedirectResponse(plan_url(plan, "changes", done="requested"), 303)


def _page(here: Visit, plan: str, findings: Sequence[Finding] = (), done: str = "") -> Response:
    return here.render(
        "programme/changes.html",
        status=422 if findings else 200,
        book=read_plan(here.store, here.actor, plan),
        versions=plan_versions(here.store, here.actor, plan),
        changes=changes.list_changes(here.store, here.actor, plan),
        OPEN=OPEN,
        kinds=CHANGE_KIND_NAMES,
        states=CHANGE_STATE_NAMES,
        may_approve=here.actor.may(PROGRAMME_APPROVE),
        findings=findings,
        done=DONE.get(done),
        **around(plan, "changes"),
    )


def _one(here: Visit, plan: str, id: int, findings: Sequence[Finding] = ()) -> Response:
    change, base = changes.read_change(here.store, here.actor, id)
    return here.render(
        "programme/change.html",
        status=422 if findings else 200,
        book=base,
        change=change,
        differences=differences(base, base, change.edits[:SHOWN]),
        OPEN=OPEN,
        kinds=CHANGE_KIND_NAMES,
        states=CHANGE_STATE_NAMES,
        may_edit=here.actor.may(PROGRAMME_EDIT),
        may_approve=here.actor.may(PROGRAMME_APPROVE),
        own=change.requested_by == here.actor.id,
        findings=findings,
        **around(change.plan, "changes"),
    )


def differences(before: Book, after: Book, edits: Sequence[Edit]) -> list[Difference]:
    """What each edit changes, in words."""
    old = rows_of(before)
    found = []
    for edit in edits:
        was = old.get((edit.table, edit.id))
        row = edit.row or was
        if row is not None:
            found.append(Difference(row_name(after, row), edit.table.value, _fields(was, edit.row)))
    return found


def _fields(was: Row | None, now: Row | None) -> list[tuple[Text, str | Text, str | Text]]:
    if was is None or now is None:
        whole = cast(Row, now or was)
        said = _said(whole, "value" if isinstance(whole, Statement) else "title")
        name = Text("추가", "added") if was is None else Text("삭제", "removed")
        return [(name, "" if was is None else said, said if was is None else "")]
    return [
        (
            FIELD_NAMES.get(field.name, Text(field.name, field.name)),
            _said(was, field.name),
            _said(now, field.name),
        )
        for field in fields(now)
        if field.name != "origin" and getattr(was, field.name) != getattr(now, field.name)
    ]


def _said(row: Row, field: str) -> str | Text:
    value: Any = getattr(row, field, "")
    if isinstance(row, Statement) and field == "value":
        return amount(row.value, row.unit)
    if value is None or value == "":
        return "–"
    return str(value)
