"""The portfolio: all plans and complexes, their progress, money, findings and what is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from starlette.responses import Response

from sandan.clock import SEOUL
from sandan.domain import Here
from sandan.programme.engine.portfolio import UNSET, Choosing, choose_projects
from sandan.programme.engine.schematic import draw_schematic
from sandan.programme.model.audit import SEVERITY_NAMES, Severity
from sandan.programme.model.rights import PROGRAMME_EDIT, PROGRAMME_READ
from sandan.programme.model.vocabulary import PledgeState
from sandan.programme.pages.frame import HOME, around
from sandan.programme.service.summary import summarise
from sandan.web import Routes

routes = Routes("programme", prefix="/programme")
PAGE = 50
DRAWN = 12
"""So many plans have their schematic here; the others have it on their own page."""
Chosen = Annotated[str, Query(max_length=200)]


@routes.page("", permission=PROGRAMME_READ)
def portfolio_page(
    here: Here,
    q: Chosen = "",
    plan: Chosen = "",
    state: Chosen = "",
    owner: Chosen = "",
    complex: Chosen = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Everything at a glance, and the projects somebody wants to see."""
    summary = summarise(here.store, here.actor, here.now)
    choosing = Choosing(search=q, plan=plan, state=state, owner=owner, complex=complex)
    found = choose_projects(summary.portfolio.projects, choosing)
    start = min((page - 1) * PAGE, max(0, (len(found) - 1) // PAGE * PAGE))
    query = {"q": q, "plan": plan, "state": state, "owner": owner, "complex": complex}
    at = start // PAGE + 1
    return here.render(
        "programme/portfolio.html",
        summary=summary,
        portfolio=summary.portfolio,
        findings=_findings(summary.findings.values()),
        severities=SEVERITY_NAMES,
        schematics={
            one.plan.id: draw_schematic(one.complexes) for one in summary.plans[:DRAWN] if one.complexes
        },
        lines=found[start : start + PAGE],
        first=start + 1,
        found=len(found),
        before=_url(query, at - 1) if start else None,
        after=_url(query, at + 1) if start + PAGE < len(found) else None,
        choosing=choosing,
        states=PledgeState,
        unset=UNSET,
        titles={one.plan.id: one.plan.title for one in summary.plans},
        names=dict(summary.portfolio.complexes),
        today=here.now.astimezone(SEOUL).date(),
        may_edit=here.actor.may(PROGRAMME_EDIT),
        **around(),
    )


def _findings(counts: Iterable[Mapping[Severity, int]]) -> dict[Severity, int]:
    total: dict[Severity, int] = Counter()
    for one in counts:
        for severity, n in one.items():
            total[severity] += n
    return {severity: total[severity] for severity in Severity}


def _url(query: Mapping[str, str], page: int) -> str:
    kept = {name: value for name, value in query.items() if value}
    return f"{HOME}?{urlencode({**kept, 'page': page})}#projects"
