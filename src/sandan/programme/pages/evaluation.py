"""Evaluations of plans: making one, score sheets, the result with what it rests on, closing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import Form
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput, NotFound
from sandan.programme.engine.evaluation import EvaluationResult
from sandan.programme.model.evaluation import (
    HEADINGS,
    NORMALISE_NAMES,
    Evaluation,
    Sheets,
)
from sandan.programme.model.rights import (
    PROGRAMME_APPROVE,
    PROGRAMME_EDIT,
    PROGRAMME_EVALUATE,
    PROGRAMME_READ,
)
from sandan.programme.pages.evaluation_form import (
    ROWS,
    read_headings,
    read_normalise,
    read_scores,
    read_whole,
)
from sandan.programme.pages.frame import HOME, around
from sandan.programme.service import evaluations
from sandan.programme.service.plans import list_plans
from sandan.sheets import sheet_text
from sandan.web import Routes, attachment
from sandan.words import Text

routes = Routes("programme", prefix="/programme/evaluations")
URL = f"{HOME}/evaluations"
DONE = {
    "made": Text("평가를 만들었습니다.", "The evaluation is made."),
    "scored": Text("채점표를 보관했습니다.", "The sheet is kept."),
    "interest": Text("이해관계를 반영했습니다.", "The interest is noted."),
    "minutes": Text("회의록을 보관했습니다.", "The minutes are kept."),
    "closed": Text("평가를 마감했습니다. 이제 바뀌지 않습니다.", "Closed: nothing of it changes any more."),
}


@routes.page("", permission=PROGRAMME_READ)
def evaluations_page(here: Here) -> Response:
    """Every evaluation, and the form that makes one."""
    return _list(here)


@routes.action("", permission=PROGRAMME_EDIT)
async def make(here: Here) -> Response:
    """Make an evaluation."""
    form = await here.request.form(max_files=0, max_fields=500)
    try:
        headings = read_headings(form)
        evaluators = [one.strip() for one in str(form.get("evaluators", "")).splitlines() if one.strip()]
        id = evaluations.make_evaluation(
            here.store,
            here.actor,
            str(form.get("title", "")),
            headings,
            [str(one) for one in form.getlist("plan")],
            evaluators,
            read_whole(form, "select"),
            read_normalise(form),
            here.now,
        )
    except InvalidInput as error:
        return _list(here, error.findings, form)
    return RedirectResponse(f"{URL}/{id}?done=made", 303)


@routes.page("/{id}", permission=PROGRAMME_READ)
def evaluation_page(id: str, here: Here, done: str = "") -> Response:
    """Who has scored, what came out, and the minutes."""
    return _one(here, id, done=done)


@routes.page("/{id}/result.csv", permission=PROGRAMME_READ)
def result_file(id: str, here: Here) -> Response:
    """The result and every sheet as a table for a spreadsheet."""
    sheets = evaluations.read_sheets(here.store, here.actor, id)
    _must_see(here, sheets.evaluation)
    text = _csv(here, sheets, evaluations.result_of(sheets))
    return attachment(text, f"evaluation_{id}.csv")


@routes.page("/{id}/sheets/{number}", permission=PROGRAMME_EVALUATE)
def sheet_page(id: str, number: int, here: Here) -> Response:
    """An evaluator's score sheet: plans down, headings across."""
    return _sheet(here, id, number)


@routes.action("/{id}/sheets/{number}", permission=PROGRAMME_EVALUATE)
async def score(id: str, number: int, here: Here) -> Response:
    """Hand in a sheet."""
    form = await here.request.form(max_files=0, max_fields=20_000)
    found = evaluations.read_sheets(here.store, here.actor, id).evaluation
    evaluator = _evaluator(found, number)
    try:
        scores = read_scores(form, found)
        evaluations.give_scores(here.store, here.actor, id, evaluator, scores, here.now)
    except InvalidInput as error:
        return _sheet(here, id, number, error.findings, form)
    return RedirectResponse(f"{URL}/{id}?done=scored", 303)


@routes.action("/{id}/sheets/{number}/interest", permission=PROGRAMME_EVALUATE)
def interest(
    id: str,
    number: int,
    here: Here,
    plan: Annotated[str, Form(max_length=200)],
    declared: Annotated[bool, Form()] = False,
) -> Response:
    """Declare a conflict of interest, or take it back."""
    found = evaluations.read_sheets(here.store, here.actor, id).evaluation
    evaluator = _evaluator(found, number)
    evaluations.declare_conflict(here.store, here.actor, id, evaluator, plan, declared, here.now)
    return RedirectResponse(f"{URL}/{id}?done=interest", 303)


@routes.action("/{id}/minutes", permission=PROGRAMME_EDIT)
def minutes(id: str, here: Here, minutes: Annotated[str, Form(max_length=100_000)] = "") -> Response:
    """Keep the minutes."""
    try:
        evaluations.write_minutes(here.store, here.actor, id, minutes, here.now)
    except InvalidInput as error:
        return _one(here, id, error.findings)
    return RedirectResponse(f"{URL}/{id}?done=minutes", 303)


@routes.action("/{id}/close", permission=PROGRAMME_APPROVE)
def close(id: str, here: Here) -> Response:
    """Close it for good."""
    evaluations.close_evaluation(here.store, here.actor, id, here.now)
    return RedirectResponse(f"{URL}/{id}?done=closed", 303)


def _list(here: Visit, findings: Sequence[Finding] = (), form: FormData | None = None) -> Response:
    written = {name: str(value) for name, value in form.items()} if form else {}
    return here.render(
        "programme/evaluations.html",
        status=422 if findings else 200,
        found=evaluations.list_evaluations(here.store, here.actor),
        titles=_titles(here),
        known=HEADINGS,
        rows=range(ROWS),
        normalise=NORMALISE_NAMES,
        written=written,
        chosen=[str(one) for one in form.getlist("plan")] if form else [],
        findings=findings,
        may_edit=here.actor.may(PROGRAMME_EDIT),
        **around(),
    )


def _one(here: Visit, id: str, findings: Sequence[Finding] = (), done: str = "") -> Response:
    sheets = evaluations.read_sheets(here.store, here.actor, id)
    made = sheets.evaluation
    result = evaluations.result_of(sheets) if evaluations.sees_all(here.actor, made) else None
    titles = _titles(here)
    return here.render(
        "programme/evaluation.html",
        status=422 if findings else 200,
        made=made,
        result=result,
        lines=_progress(sheets),
        titles=titles,
        normalise=NORMALISE_NAMES,
        chart=_chart(here, result, titles) if result else None,
        findings=findings,
        done=DONE.get(done),
        open=made.closed_at is None,
        may_score=here.actor.may(PROGRAMME_EVALUATE),
        may_edit=here.actor.may(PROGRAMME_EDIT),
        may_close=here.actor.may(PROGRAMME_APPROVE),
        **around(),
    )


def _sheet(
    here: Visit, id: str, number: int, findings: Sequence[Finding] = (), form: FormData | None = None
) -> Response:
    sheets = evaluations.read_sheets(here.store, here.actor, id)
    made = sheets.evaluation
    evaluator = _evaluator(made, number)
    if form is None:
        written = {
            f"s:{p}:{h}": f"{points:g}"
            for p, plan in enumerate(made.plans)
            for h, one in enumerate(made.headings)
            if (points := sheets.scores.get((evaluator, plan, one.id))) is not None
        }
    else:
        written = {name: str(value) for name, value in form.items()}
    return here.render(
        "programme/evaluation_sheet.html",
        status=422 if findings else 200,
        made=made,
        evaluator=evaluator,
        number=number,
        written=written,
        titles=_titles(here),
        findings=findings,
        open=made.closed_at is None and (here.actor.id not in made.evaluators or here.actor.id == evaluator),
        **around(),
    )


def _titles(here: Visit) -> dict[str, str]:
    return {line.plan.id: line.plan.title for line in list_plans(here.store, here.actor)}


def _evaluator(made: Evaluation, number: int) -> str:
    if not 1 <= number <= len(made.evaluators):
        raise NotFound(Text("평가위원", "evaluator"), number)
    return made.evaluators[number - 1]


def _must_see(here: Visit, made: Evaluation) -> None:
    if not evaluations.sees_all(here.actor, made):
        raise NotFound(Text("평가 결과", "result of an evaluation"), made.id)


def _progress(sheets: Sheets) -> list[tuple[int, str, int, int, list[str]]]:
    """Each evaluator with number, complete sheets, sheets expected, and plans of interest."""
    made, found = sheets.evaluation, []
    for number, evaluator in enumerate(made.evaluators, 1):
        interests = [plan for plan in made.plans if (evaluator, plan) in made.conflicts]
        expected = [plan for plan in made.plans if plan not in interests]
        complete = sum(
            all((evaluator, plan, one.id) in sheets.scores for one in made.headings) for plan in expected
        )
        found.append((number, evaluator, complete, len(expected), interests))
    return found


def _chart(here: Visit, result: EvaluationResult, titles: Mapping[str, str]) -> dict[str, object] | None:
    """How often each plan is selected under other weights, as the chart island wants it."""
    ranked = [one for one in result.plans if one.rank and one.chosen_share is not None]
    if not ranked:
        return None
    name = Text("다른 가중치에서 선정되는 비율", "Selected under other weights")
    return {
        "categories": [titles.get(one.plan, one.plan) for one in ranked],
        "series": [
            {
                "name": name.in_(here.language),
                "unit": "%",
                "kind": "bar",
                "digits": 0,
                "data": [round((one.chosen_share or 0) * 100, 1) for one in ranked],
            }
        ],
    }


def _csv(here: Visit, sheets: Sheets, result: EvaluationResult) -> str:
    made, titles = sheets.evaluation, _titles(here)
    columns = (
        Text("순위", "Rank"),
        Text("계획", "Plan"),
        Text("선정", "Selected"),
        Text("채점표", "Sheets"),
        Text("원점수", "Raw score"),
        Text("보정 점수", "Normalised score"),
        *(one.name for one in made.headings),
        Text("가중치 변화 시 선정 비율", "Selected under other weights"),
        Text("가장 높은 순위", "Best rank"),
        Text("가장 낮은 순위", "Worst rank"),
    )
    rows: list[list[object]] = [[one.in_(here.language) for one in columns]]
    for line in result.plans:
        low, high = line.rank_range or ("", "")
        rows.append(
            [
                "" if line.rank is None else line.rank,
                titles.get(line.plan, line.plan),
                "1" if line.selected else "0",
                line.sheets,
                "" if line.raw is None else line.raw,
                "" if line.value is None else line.value,
                *(line.by_heading.get(one.id, "") for one in made.headings),
                "" if line.chosen_share is None else line.chosen_share,
                low,
                high,
            ]
        )
    rows.append([])
    names = (Text("평가위원", "Evaluator"), Text("계획", "Plan"), *(one.name for one in made.headings))
    rows.append([one.in_(here.language) for one in names])
    for evaluator in made.evaluators:
        for plan in made.plans:
            points = [sheets.scores.get((evaluator, plan, one.id), "") for one in made.headings]
            rows.append([evaluator, titles.get(plan, plan), *points])
    return sheet_text(rows)
