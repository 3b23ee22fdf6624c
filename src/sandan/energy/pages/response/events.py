"""An event: while it runs, what was left and why, and its settlement; a firm's page holds its own part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from sandan.clock import instant
from sandan.domain import Here, Visit, Written, whole
from sandan.energy.engine.demand_response import working_day
from sandan.energy.model.response import Answer
from sandan.energy.model.rights import SEE, TRADE
from sandan.energy.pages.response.desk import event_url
from sandan.energy.pages.response.drawing import averaging, days_picture, running_chart, said
from sandan.energy.service.response import calls, settling
from sandan.energy.service.response.baselines import holidays_around
from sandan.energy.service.response.book import find_call
from sandan.energy.service.response.measuring import measure_call
from sandan.energy.service.response.running import run_of
from sandan.errors import Conflict, Finding, InvalidInput
from sandan.sheets import sheet_text
from sandan.web import Routes, attachment
from sandan.words import Text

routes = Routes("energy", prefix="/energy/dr/events")
DONE = {
    "called": Text("지시를 기록하고 참여고객에게 알렸습니다.", "It was recorded, and the customers see it."),
    "shared": Text("다시 나누었습니다.", "It was shared again."),
    "priced": Text("가격을 적었습니다.", "The prices were written down."),
    "final": Text("정산을 확정했습니다.", "The settlement is final."),
    "answered": Text("답을 전했습니다.", "Your answer was passed on."),
}


@routes.page("/{id}", permission=SEE)
def event_page(id: str, here: Here, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """For staff the whole event; a firm is led to its own part."""
    return _event(here, id, done=done)


@routes.page("/{id}/now", permission=SEE)
def now_part(id: str, here: Here) -> Response:
    """How an event that runs is going, asked for again and again."""
    run = run_of(here.store, here.actor, id, here.now)
    return here.render("energy/response/now.html", run=run, event_url=event_url, **said())


@routes.page("/{id}/course", permission=SEE)
def course_part(id: str, here: Here, meter: Annotated[str, Query(max_length=200)] = "") -> Response:
    """The chart of an event that runs, as far as it is metered."""
    run = run_of(here.store, here.actor, id, here.now, meter or None)
    return here.render("energy/response/course.html", chart=running_chart(run, here.language))


@routes.page("/{id}/lines.csv", permission=TRADE)
def lines(id: str, here: Here) -> Response:
    """The settlement by customer and hour, final where it is."""
    measured = measure_call(here.store, here.actor, id, here.now)
    with here.store.registry.read() as conn:
        papers = settling.papers_of(conn, id)
    body = papers[-1].paper.body if papers else settling.settle(measured)
    rows = [["meter", "name", "hour", "asked_kw", "baseline", "baseline_kwh", "load_kwh", "left_kwh", "won"]]
    for one in body.customers if body else ():
        for at, (base, load) in enumerate(zip(one.baseline, one.load, strict=True)):
            left = None if base is None or load is None else round(base - load, 3)
            said_ = [one.meter, one.name, measured.call.hour + at, one.asked, one.kind, base, load, left]
            # What a customer gets is of the whole event: it stands in the first row of its own.
            rows.append(["" if value is None else value for value in (*said_, one.won if at == 0 else None)])  # type: ignore[misc]
    return attachment(sheet_text(rows), f"dr-{id}.csv")


@routes.page("/{id}/{meter}", permission=SEE)
def part_page(id: str, meter: str, here: Here, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """One customer's part: what it was asked, its baseline and why those days, what it left and gets."""
    return _part(here, id, meter, done=done)


@routes.action("/{id}/answer", permission=SEE)
def answer(
    id: str,
    here: Here,
    meter: Annotated[str, Form(max_length=200)],
    said_: Annotated[Answer, Form(alias="answer")],
) -> Response:
    """An asked firm says whether it will reduce."""
    try:
        calls.answer_call(here.store, here.actor, id, meter, said_, here.now)
    except Conflict as error:
        return _part(here, id, meter, problem=error.text)
    return RedirectResponse(f"{event_url(id, meter)}?done=answered", 303)


@routes.action("/{id}/share", permission=TRADE)
def share(id: str, here: Here, form: Written) -> Response:
    """Share an instruction again without some."""
    without = [str(one) for one in form.getlist("without")]
    reason, seen = str(form.get("reason", ""))[:500], whole(form.get("seen"))
    try:
        calls.share_again(here.store, here.actor, id, seen, without, reason, here.now)
    except (InvalidInput, Conflict) as error:
        return _event(here, id, _findings(error))
    return _back(id, "shared")


@routes.action("/{id}/prices", permission=TRADE)
def prices(id: str, here: Here, form: Written) -> Response:
    """Write down the price of each hour."""
    texts, source = [str(one)[:20] for one in form.getlist("price")], str(form.get("source", ""))
    try:
        calls.put_prices(here.store, here.actor, id, whole(form.get("seen")), texts, source, here.now)
    except (InvalidInput, Conflict) as error:
        return _event(here, id, _findings(error))
    return _back(id, "priced")


@routes.action("/{id}/final", permission=TRADE)
def final(
    id: str,
    here: Here,
    seen: Annotated[int, Form(ge=0)],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Make the settlement final, or restate it."""
    try:
        settling.make_final(here.store, here.actor, id, seen, reason, here.now)
    except (InvalidInput, Conflict) as error:
        return _event(here, id, _findings(error))
    return _back(id, "final")


@routes.action("/{id}/cancel", permission=TRADE)
def cancel(
    id: str,
    here: Here,
    seen: Annotated[int, Form(ge=1)],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Take an instruction back."""
    try:
        calls.cancel_call(here.store, here.actor, id, seen, reason, here.now)
    except (InvalidInput, Conflict) as error:
        return _event(here, id, _findings(error))
    return RedirectResponse("/energy/dr?done=cancelled", 303)


def _event(here: Visit, id: str, findings: Sequence[Finding] = (), *, done: str = "") -> Response:
    if here.actor.tenant is not None:
        with here.store.registry.read() as conn:
            call = find_call(conn, here.actor, id)
        meter = next(one.meter for one in call.asked if one.tenant == here.actor.tenant)
        return _part(here, id, meter, done=done)
    run = run_of(here.store, here.actor, id, here.now)
    measured, call = run.measured, run.measured.call
    with here.store.registry.read() as conn:
        papers = settling.papers_of(conn, id)
        whole = [one.paper.version for one in papers if settling.PAPERS.whole(conn, one.paper)]
    body = None if call.cancelled or call.start > here.now else settling.settle(measured)
    return here.render(
        "energy/response/event.html",
        status=422 if findings else 200,
        measured=measured,
        call=call,
        rows={one.part.meter.id: one for one in run.rows},
        regular=working_day(call.day, holidays_around(call.day)),
        chart=running_chart(run, here.language),
        body=body,
        settled={one.meter: one for one in body.customers} if body else {},
        missing=settling.missing_for(measured),
        papers=papers,
        whole=whole,
        sum_of=_sum,
        differs=bool(papers) and body is not None and bool(settling.changes(papers[-1].paper.body, body)),
        begun=call.start <= here.now,
        over=call.end <= here.now,
        may=here.actor.may(TRADE),
        findings=findings,
        done=DONE.get(done),
        event_url=event_url,
        instant=instant,
        **said(),
    )


def _part(here: Visit, id: str, meter: str, *, done: str = "", problem: Text | None = None) -> Response:
    mine = settling.my_part(here.store, here.actor, id, meter, here.now)
    picture, days = days_picture(mine)
    return here.render(
        "energy/response/part.html",
        status=409 if problem else 200,
        mine=mine,
        call=mine.call,
        picture=picture,
        days=days,
        averaging=averaging(mine),
        rows=_hours(mine),
        base_sum=_sum([base for base, _ in _hours(mine)]),
        chart=running_chart(run_of(here.store, here.actor, id, here.now, meter), here.language),
        begun=mine.call.start <= here.now,
        over=mine.call.end <= here.now,
        staff=here.actor.tenant is None,
        done=DONE.get(done),
        problem=problem,
        event_url=event_url,
        **said(),
    )


def _hours(mine: settling.Mine) -> list[tuple[float | None, float | None]]:
    """Baseline and load by the hour: as final where it is, else as they stand."""
    if mine.settled is None:
        return []
    return list(zip(mine.settled.baseline, mine.settled.load, strict=True))


def _sum(values: Sequence[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return sum(known) if known else None


def _findings(error: InvalidInput | Conflict) -> Sequence[Finding]:
    if isinstance(error, InvalidInput):
        return error.findings
    return [Finding("", error.text, Text("새로 고치십시오.", "Reload."))]


def _back(id: str, done: str) -> Response:
    return RedirectResponse(f"{event_url(id)}?done={done}", 303)
