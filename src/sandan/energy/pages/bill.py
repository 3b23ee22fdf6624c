"""A firm's bill: this month so far, what each hour cost, what set the demand, and the closed bills."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from sandan.clock import SEOUL
from sandan.domain import Here, Visit
from sandan.energy.engine.months import first_day, month_of, moved, period_of, read_month
from sandan.energy.model.agreements import Agreement
from sandan.energy.model.rights import METER, SEE
from sandan.energy.model.tariff import KINDS, OPTIONS, VOLTAGES, Month
from sandan.energy.pages.drawing import heat_map, peak_bar
from sandan.energy.records.bills import month_text
from sandan.energy.service.bills import close_bill, find_meter, meters_for
from sandan.energy.service.mine import my_month, options_of, quarter_now
from sandan.errors import Conflict, InvalidInput
from sandan.web import Routes
from sandan.words import Text

routes = Routes("energy", prefix="/energy")
MARKS = {
    "S": Text("출처 확인", "sourced"),
    "F": Text("공개 파일", "public file"),
    "D": Text("유도", "derived"),
    "U": Text("미확인", "unconfirmed"),
}
DEMAND_BY = {
    "this_month": Text("이번 달 최대수요", "this month's peak"),
    "earlier_month": Text("지난달들의 최대수요", "an earlier month's peak"),
    "floor": Text("계약전력의 최저 비율", "the floor of the contract power"),
    "contract": Text("계약전력", "the contract power"),
}
DONE = {
    "closed": Text("청구서를 확정했습니다.", "The bill was closed."),
    "restated": Text("새 판의 청구서를 만들었습니다.", "A new version of the bill was made."),
}


@routes.page("/meters/{meter}", permission=SEE)
def meter_page(
    meter: str,
    here: Here,
    month: Annotated[str, Query(max_length=20)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """One meter's month."""
    return bill_page(here, meter, month, done=done)


def bill_page(
    here: Visit, meter: str, month: str = "", *, done: str = "", problem: Text | None = None
) -> Response:
    """The page of one meter's month; a firm with one meter has it as its first page of energy."""
    this = month_of(here.now)
    shown = read_month(month) if month else this
    shown = min(shown, this)
    found = my_month(here.store, here.actor, meter, shown, here.now)
    with here.store.registry.read() as conn:
        siblings = (
            [one for one in meters_for(here.store, conn, here.actor) if one.tenant == found.meter.tenant]
            if found.meter.tenant
            else []
        )
    return here.render(
        "energy/bill.html",
        status=409 if problem else 200,
        found=found,
        shown=month_text(shown),
        label=month_label(shown),
        heat=None if found.won is None else heat_map(found.won, first_day(shown), here.language),
        bar=peak_bar(found),
        before=month_text(moved(shown, -1)),
        after=month_text(moved(shown, 1)) if shown < this else "",
        siblings=siblings,
        over=here.now >= period_of(shown).end,
        may_close=here.actor.may(METER),
        staff=here.actor.tenant is None,
        done=DONE.get(done),
        problem=problem,
        **words(),
    )


@routes.page("/meters/{meter}/quarter", permission=SEE)
def quarter_part(meter: str, here: Here, limit: Annotated[float, Query(ge=0, le=1e9)] = 0.0) -> Response:
    """What the running quarter-hour will come to, asked for again and again."""
    warning = quarter_now(here.store, here.actor, meter, limit, here.now)
    return here.render("energy/quarter.html", warning=warning, limit=limit)


@routes.page("/meters/{meter}/options", permission=SEE)
def options_part(meter: str, here: Here) -> Response:
    """What each option would have cost over the firm's own months."""
    findings: Any = ()
    try:
        months, costs = options_of(here.store, here.actor, meter, here.now)
    except InvalidInput as error:
        months, costs, findings = (), (), error.findings
    with here.store.registry.read() as conn:
        find_meter(here.store, conn, here.actor, meter)
    return here.render(
        "energy/options.html",
        months=[month_text(one) for one in months],
        costs=costs,
        findings=findings,
        **words(),
    )


@routes.action("/meters/{meter}/close", permission=METER)
def close(
    meter: str,
    here: Here,
    month: Annotated[str, Form(max_length=20)],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Close a month's bill, or restate it."""
    wanted = read_month(month)
    try:
        made = close_bill(here.store, here.actor, meter, wanted, here.now, reason)
    except Conflict as error:
        return bill_page(here, meter, month, problem=error.text)
    query = urlencode({"month": month, "done": "restated" if made.explanation else "closed"})
    return RedirectResponse(f"{meter_url(meter)}?{query}", 303)


def meter_url(meter: str, part: str = "") -> str:
    """The address of a meter's page."""
    return f"/energy/meters/{quote(meter, safe='')}" + (f"/{part}" if part else "")


def month_label(month: Month) -> Text:
    """The month in words."""
    return Text(f"{month[0]}년 {month[1]}월", f"{datetime(month[0], month[1], 1, tzinfo=SEOUL):%B %Y}")


def contract_label(one: Agreement) -> Text:
    """Kind, voltage and option in words."""
    names = (KINDS[one.contract.kind], VOLTAGES[one.contract.voltage], OPTIONS[one.contract.option])
    return Text(" ".join(name.ko for name in names), ", ".join(name.en for name in names))


def words() -> Mapping[str, Any]:
    """Names that the templates share."""
    return {
        "kinds": KINDS,
        "voltages": VOLTAGES,
        "options": OPTIONS,
        "marks": MARKS,
        "demand_by": DEMAND_BY,
        "meter_url": meter_url,
        "contract_label": contract_label,
        "instant": lambda ms: None if ms is None else datetime.fromtimestamp(ms / 1000, SEOUL),
        "present": lambda value: None if value is None or math.isnan(value) else float(value),
    }
