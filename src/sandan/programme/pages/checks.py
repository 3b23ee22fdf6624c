"""The quarterly check: what each department has to say, what was said, and who approves it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Annotated

from fastapi import Form
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from sandan.clock import SEOUL
from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput
from sandan.programme.engine.amounts import read_amount
from sandan.programme.engine.checking import due_date
from sandan.programme.engine.schedule import quarter_of
from sandan.programme.model.check import CHECK_STATE_NAMES, COMMUNICATION, Check, CheckState, Filled
from sandan.programme.model.rights import PROGRAMME_APPROVE, PROGRAMME_EDIT, PROGRAMME_READ
from sandan.programme.model.vocabulary import WON, Quarter, sources
from sandan.programme.pages.frame import around, plan_url
from sandan.programme.service import checks
from sandan.programme.service.plans import read_plan
from sandan.web import Routes
from sandan.words import Text

routes = Routes("programme", prefix="/programme/plans")
ASKED = tuple(id for id in sources() if id != "지방비")
DONE = {
    "opened": Text("분기 점검을 시작했습니다.", "The check is open."),
    "filled": Text(
        "제출했습니다. 다른 담당자의 승인을 기다립니다.", "Handed in; it waits for a colleague's approval."
    ),
    "approved": Text(
        "승인했습니다. 계획의 새 판이 되었습니다.", "Approved; it is a new version of the plan."
    ),
    "returned": Text("보완을 요청했습니다.", "Sent back."),
}


@routes.page("/{plan}/checks", permission=PROGRAMME_READ)
def checks_page(plan: str, here: Here, done: str = "") -> Response:
    """Every quarter with its projects, and what is overdue."""
    return _page(here, plan, done=done)


@routes.action("/{plan}/checks", permission=PROGRAMME_APPROVE)
def open_quarter(
    plan: str,
    here: Here,
    quarter: Annotated[str, Form(max_length=10)],
    due: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Open the check of a quarter for every project under way."""
    try:
        chosen = _quarter(quarter)
        day = date.fromisoformat(due) if due else None
    except (InvalidInput, ValueError):
        wrong = Finding(
            "quarter",
            Text("분기나 기한을 읽을 수 없습니다.", "the quarter or the due date cannot be read."),
            Text("2026-Q3, 2026-10-20처럼 적으십시오.", "write 2026-Q3 and 2026-10-20."),
        )
        return _page(here, plan, [wrong])
    checks.open_quarter(here.store, here.actor, plan, chosen, here.now, day)
    return RedirectResponse(plan_url(plan, "checks", done="opened"), 303)


@routes.page("/{plan}/checks/{quarter}/{project}", permission=PROGRAMME_READ)
def check_page(plan: str, quarter: str, project: str, here: Here) -> Response:
    """One project's check: the form, or what was said and the decision."""
    return _one(here, plan, quarter, project)


@routes.action("/{plan}/checks/{quarter}/{project}", permission=PROGRAMME_EDIT)
async def fill(plan: str, quarter: str, project: str, here: Here) -> Response:
    """Hand in what only the department knows."""
    form = await here.request.form(max_files=0, max_fields=500)
    try:
        filled = _filled(form)
        checks.fill_check(here.store, here.actor, plan, project, _quarter(quarter), filled, here.now)
    except InvalidInput as error:
        return _one(here, plan, quarter, project, error.findings, form)
    return RedirectResponse(plan_url(plan, "checks", done="filled"), 303)


@routes.action("/{plan}/checks/{quarter}/{project}/approve", permission=PROGRAMME_APPROVE)
def approve(plan: str, quarter: str, project: str, here: Here) -> Response:
    """Bring it into the plan."""
    checks.approve_check(here.store, here.actor, plan, project, _quarter(quarter), here.now)
    return RedirectResponse(plan_url(plan, "checks", done="approved"), 303)


@routes.action("/{plan}/checks/{quarter}/{project}/return", permission=PROGRAMME_APPROVE)
def send_back(
    plan: str, quarter: str, project: str, here: Here, note: Annotated[str, Form(max_length=2000)] = ""
) -> Response:
    """Send it back with what is missing."""
    try:
        checks.return_check(here.store, here.actor, plan, project, _quarter(quarter), note, here.now)
    except InvalidInput as error:
        return _one(here, plan, quarter, project, error.findings)
    return RedirectResponse(plan_url(plan, "checks", done="returned"), 303)


def _page(here: Visit, plan: str, findings: Sequence[Finding] = (), done: str = "") -> Response:
    book = read_plan(here.store, here.actor, plan)
    today = here.now.astimezone(SEOUL).date()
    last = Quarter.at(quarter_of(today).ordinal - 1)
    found = checks.list_checks(here.store, here.actor, plan)
    quarters = [(q, list(rows)) for q, rows in groupby(found, key=lambda check: check.quarter)]
    return here.render(
        "programme/checks.html",
        status=422 if findings else 200,
        book=book,
        titles={project.id: project.title for project in book.projects},
        quarters=quarters,
        counts={q: Counter(check.state for check in rows) for q, rows in quarters},
        states=CHECK_STATE_NAMES,
        CheckState=CheckState,
        last=last,
        due=due_date(last),
        today=today,
        findings=findings,
        done=DONE.get(done),
        may_approve=here.actor.may(PROGRAMME_APPROVE),
        **around(plan, "checks"),
    )


def _one(
    here: Visit,
    plan: str,
    quarter: str,
    project: str,
    findings: Sequence[Finding] = (),
    form: FormData | None = None,
) -> Response:
    check, book = checks.read_check(here.store, here.actor, plan, project, _quarter(quarter))
    return here.render(
        "programme/check.html",
        status=422 if findings else 200,
        book=book,
        check=check,
        project=next((one for one in book.projects if one.id == project), None),
        milestones=[one for one in book.milestones if one.project == project and one.done is None],
        measures=[one for one in book.measures if one.subject == project],
        written=_written(check, form),
        asked=[(id, sources()[id].name) for id in ASKED],
        communication=COMMUNICATION,
        states=CHECK_STATE_NAMES,
        fillable=check.state in checks.FILLABLE and here.actor.may(PROGRAMME_EDIT),
        decidable=check.state is CheckState.FILLED and here.actor.may(PROGRAMME_APPROVE),
        own=check.filled_by == here.actor.id,
        findings=findings,
        **around(plan, "checks"),
    )


def _written(check: Check, form: FormData | None) -> Mapping[str, str]:
    """What stands in the form: what was just written, else what was handed in before."""
    if form is not None:
        return {name: str(value) for name, value in form.items()}
    filled = check.filled
    if filled is None:
        return {}
    written = {"progress": "" if filled.progress is None else f"{filled.progress:g}"}
    written |= {f"executed:{id}": str(amount) for id, amount in filled.executed.items()}
    written |= {f"settled:{id}": str(amount) for id, amount in filled.settled.items()}
    written |= {f"measure:{name}": f"{value:g}" for name, value in filled.measures.items()}
    written |= {f"said:{name}": str(count) for name, count in filled.communication.items()}
    written |= {f"done:{id}": "on" for id in filled.done}
    return written | {"achievement": filled.achievement}


def _filled(form: FormData) -> Filled:
    """The form as the department's answer; every field that cannot be read is a finding."""
    faults: list[Finding] = []

    def number(name: str, unit: str) -> int | float | None:
        text = str(form.get(name, ""))[:100]
        try:
            return read_amount(text, unit)
        except InvalidInput as error:
            faults.extend(Finding(name, one.problem, one.remedy) for one in error.findings)
            return None

    def many(prefix: str, unit: str) -> dict[str, int | float]:
        found = {}
        for name in form:
            if name.startswith(prefix + ":"):
                value = number(name, unit)
                if value is not None:
                    found[name.partition(":")[2]] = value
        return found

    progress = number("progress", "%")
    filled = Filled(
        progress=None if progress is None else float(progress),
        executed={id: int(amount) for id, amount in many("executed", WON).items()},
        settled={id: int(amount) for id, amount in many("settled", WON).items()},
        measures={name: float(value) for name, value in many("measure", "").items()},
        done=tuple(name.partition(":")[2] for name in form if name.startswith("done:")),
        achievement=str(form.get("achievement", "")),
        communication={name: int(count) for name, count in many("said", "회").items()},
    )
    if faults:
        raise InvalidInput(faults)
    return filled


def _quarter(text: str) -> Quarter:
    try:
        return Quarter.read(text)
    except ValueError:
        raise InvalidInput.because(
            "quarter",
            Text(f"'{text}'은(는) 분기가 아닙니다.", f"'{text}' is not a quarter."),
            Text("2026-Q3처럼 적으십시오.", "write it as 2026-Q3."),
        ) from None
