"""Settlement of the pool: made anew from what is known, made final, restated, each version to be opened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from sandan.clock import SEOUL
from sandan.domain import Here, Visit
from sandan.energy.engine.months import first_day, month_of, moved
from sandan.energy.model.rights import SEE, TRADE
from sandan.energy.pages.vpp.desk import DONE, outcome_counts, show
from sandan.energy.service.vpp import settling as service
from sandan.energy.service.vpp.register import require_staff
from sandan.errors import Finding, InvalidInput
from sandan.web import Routes, attachment

routes = Routes("energy", prefix="/energy/vpp/settlements")
LISTED = 50
"""Changes of single roofs that are shown."""


@routes.page("", permission=SEE)
def settlements_page(here: Here) -> Response:
    """What is final, and the days that are not."""
    papers = service.settlements(here.store, here.actor)
    with here.store.registry.read() as conn:
        span = service.unsettled(here.store, conn, here.now)
    last_month = first_day(moved(month_of(here.now), -1))
    return show(
        here,
        "settlements",
        papers=papers,
        span=span,
        last_month=(last_month, first_day(month_of(here.now)) - timedelta(days=1)),
    )


@routes.page("/preview", permission=SEE)
def preview_page(
    here: Here,
    first: Annotated[str, Query(max_length=10)] = "",
    last: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """What a settlement of these days would say now."""
    return _preview(here, *_days(here, first, last))


@routes.page("/{period}", permission=SEE)
def settlement_page(
    period: str,
    here: Here,
    version: int | None = None,
    done: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """One version of a final settlement."""
    found = service.settled(here.store, here.actor, period, version)
    return show(
        here,
        "settlement",
        found=found,
        paper=found.paper,
        made=found.paper.body,
        counts=outcome_counts(found.paper.body.hours),
        listed=LISTED,
        done=DONE.get(done),
    )


@routes.page("/{period}/lines.csv", permission=SEE)
def settlement_file(period: str, here: Here, version: int | None = None) -> Response:
    """The roofs' lines of a final settlement."""
    found = service.settled(here.store, here.actor, period, version)
    return attachment(service.statement_sheet(found.paper.body), f"vpp-{period}-v{found.paper.version}.csv")


@routes.action("", permission=TRADE)
def make_final(
    here: Here,
    first: Annotated[date, Form()],
    last: Annotated[date, Form()],
    seen: Annotated[int, Form()] = 0,
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Make these days final, or restate them."""
    try:
        paper = service.finish(here.store, here.actor, first, last, seen, reason, here.now)
    except InvalidInput as error:
        return _preview(here, first, last, error.findings)
    return RedirectResponse(
        f"/energy/vpp/settlements/{quote(paper.period, safe='')}?version={paper.version}&done=final", 303
    )


def _days(here: Visit, first: str, last: str) -> tuple[date, date]:
    yesterday = here.now.astimezone(SEOUL).date() - timedelta(days=1)
    try:
        begin, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return yesterday, yesterday
    earliest = date(2000, 1, 1)
    return max(begin, earliest), min(max(end, earliest), yesterday + timedelta(days=1))


def _preview(here: Visit, first: date, last: date, findings: Sequence[Finding] = ()) -> Response:
    require_staff(here.actor)
    try:
        found = service.preview(here.store, here.actor, first, last, here.now)
    except InvalidInput as error:
        return show(here, "settlements", papers=service.settlements(here.store, here.actor), span=None,
                    last_month=None, findings=error.findings)  # fmt: skip
    made = found.statement
    return show(
        here,
        "preview",
        found=found,
        made=made,
        seen=len(found.versions),
        counts=outcome_counts(made.hours if made is not None else ()),
        findings=findings,
        listed=LISTED,
    )
