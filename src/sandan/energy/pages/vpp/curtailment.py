"""Orders to give less: worked out, looked at, then told; what each gave up is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from sandan.clock import SEOUL, instant, milliseconds
from sandan.domain import Here, Visit
from sandan.energy.model.rates import SLOT_MS
from sandan.energy.model.rights import SEE, TRADE
from sandan.energy.pages.vpp.desk import DONE, show
from sandan.energy.service.vpp import curtailing as service
from sandan.energy.service.vpp.curtailing import CurtailmentView, Order
from sandan.errors import Finding, InvalidInput
from sandan.web import Routes
from sandan.words import Text

routes = Routes("energy", prefix="/energy/vpp/curtailment")


@routes.page("", permission=SEE)
def curtailment_page(
    here: Here, number: int | None = None, done: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """The form, and what was ordered before; one order with its roofs."""
    view = None if number is None else service.curtailment_view(here.store, here.actor, number)
    return _page(here, _empty(here), view=view, done=done)


@routes.action("", permission=TRADE)
def plan(
    here: Here,
    start: Annotated[str, Form(max_length=20)],
    end: Annotated[str, Form(max_length=20)],
    kw: Annotated[str, Form(max_length=20)],
    feeder: Annotated[str, Form(max_length=200)] = "",
    reason: Annotated[str, Form(max_length=500)] = "",
    seen: Annotated[int, Form()] = -1,
) -> Response:
    """Work an order out; with `seen`, keep and tell it."""
    form = {"start": start, "end": end, "kw": kw, "feeder": feeder, "reason": reason}
    try:
        order = _order(form)
        if seen >= 0:
            made = service.advise_curtailment(here.store, here.actor, order, seen, here.now)
            return RedirectResponse(f"/energy/vpp/curtailment?number={made.number}&done=advised", 303)
        view = service.plan_curtailment(here.store, here.actor, order, here.now)
    except InvalidInput as error:
        return _page(here, form, error.findings)
    return _page(here, form, view=view)


def _order(form: dict[str, str]) -> Order:
    found = []
    moments = []
    for name in ("start", "end"):
        try:
            moments.append(datetime.fromisoformat(form[name]).replace(tzinfo=SEOUL))
        except ValueError:
            found.append(
                Finding(
                    name,
                    Text(f"'{form[name]}'은(는) 시각이 아닙니다.", f"'{form[name]}' is no moment."),
                    Text("날짜와 시각을 고르십시오.", "Choose a day and a time."),
                )
            )
    try:
        kw = float(form["kw"].replace(",", ""))
    except ValueError:
        kw = 0.0
    if found:
        raise InvalidInput(found)
    return Order(moments[0], moments[1], kw, form["feeder"], form["reason"])


def _empty(here: Visit) -> dict[str, str]:
    begin = instant((milliseconds(here.now) // SLOT_MS + 1) * SLOT_MS).astimezone(SEOUL)
    end = begin + timedelta(hours=1)
    return {
        "start": f"{begin:%Y-%m-%dT%H:%M}",
        "end": f"{end:%Y-%m-%dT%H:%M}",
        "kw": "",
        "feeder": "",
        "reason": "",
    }


def _page(
    here: Visit,
    form: dict[str, str],
    findings: Sequence[Finding] = (),
    view: CurtailmentView | None = None,
    done: str = "",
) -> Response:
    found = service.curtailment_desk(here.store, here.actor)
    return show(
        here,
        "curtailment",
        found=found,
        form=form,
        findings=findings,
        view=view,
        seen=len(found.given),
        slot_ms=SLOT_MS,
        done=DONE.get(done),
    )
