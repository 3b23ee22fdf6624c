"""A plan's overview: goals, rates and grades, hub and linked complexes, its projects."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from sandan.domain import Here
from sandan.errors import Finding, InvalidInput
from sandan.programme.engine.grades import SUBJECT_NAMES, Graded, cut_offs, grade
from sandan.programme.engine.schematic import draw_schematic
from sandan.programme.model.rights import PROGRAMME_READ
from sandan.programme.pages.frame import around, plan_url
from sandan.programme.service.documents import document_names
from sandan.programme.service.overview import read_overview
from sandan.web import Routes

routes = Routes("programme", prefix="/programme/plans")
PAGE = 100


@routes.page("/{plan}", permission=PROGRAMME_READ)
def plan_page(
    plan: str,
    here: Here,
    version: int | None = None,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    score: Annotated[str, Query(max_length=20)] = "",
    year: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """What the plan is for, where, how far it has come, and its projects."""
    start = (page - 1) * PAGE
    view = read_overview(here.store, here.actor, plan, here.now, version=version, start=start, most=PAGE)
    projects = len(view.summary.projects)
    graded, faults = _grade(score, year)
    return here.render(
        "programme/plan.html",
        status=422 if faults else 200,
        book=view.book,
        view=view,
        summary=view.summary,
        projects=projects,
        first=start + 1,
        before=plan_url(plan, version=version, page=page - 1) + "#projects" if start else None,
        after=plan_url(plan, version=version, page=page + 1) + "#projects"
        if start + PAGE < projects
        else None,
        schematic_of=draw_schematic(view.summary.complexes) if view.summary.complexes else None,
        names=document_names(here.store),
        old=version is not None,
        cut_offs=cut_offs(),
        subjects=SUBJECT_NAMES,
        years=sorted({one.year for one in cut_offs()}, reverse=True),
        score=score,
        year=year,
        graded=graded,
        findings=faults,
        **around(plan),
    )


def _list(plan: str, version: int | None, page: int) -> str:
    return plan_url(plan, version=version, page=page) + "#projects"


def _grade(score: str, year: str) -> tuple[Graded | None, tuple[Finding, ...]]:
    """The grade of a score somebody typed in; what is wrong with it."""
    if not score.strip() or not year.isdecimal():
        return None, ()
    try:
        points = float(score.strip().removesuffix("점"))
    except ValueError:
        points = float("nan")
    try:
        return grade(points, int(year)), ()
    except InvalidInput as error:
        return None, tuple(error.findings)
