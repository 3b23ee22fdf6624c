"""The desk for demand response: what is due, tomorrow's bid, a new instruction; a firm sees its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import Form, Query
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from sandan.clock import SEOUL
from sandan.domain import Here, Visit, Written
from sandan.energy.engine.demand_response import limits
from sandan.energy.model.rights import SEE, TRADE
from sandan.energy.pages.response.drawing import said
from sandan.energy.service.response import calls, offers, wishes
from sandan.energy.service.response.desk import customers_now, look_at_desk, my_desk
from sandan.errors import Finding, InvalidInput
from sandan.web import Routes
from sandan.words import Text

routes = Routes("energy", prefix="/energy/dr")
DONE = {
    "bid": Text(
        "입찰을 기록했습니다. 시장 누리집에도 같은 값을 내십시오.",
        "The bid was recorded. Hand the same in at the market.",
    ),
    "award": Text("낙찰 결과를 기록했습니다.", "The market's answer was recorded."),
    "cancelled": Text("지시를 취소했습니다.", "The instruction was taken back."),
}
WISH = ("programme", "day", "hour", "hours", "kw")


@routes.page("", permission=SEE)
def desk_page(here: Here, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """For staff the desk, for a firm what it is asked and what it left."""
    return _desk(here, done=done)


@routes.page("/bid", permission=TRADE)
def bid_page(
    here: Here,
    day: Annotated[str, Query(max_length=10)] = "",
    hour: Annotated[int, Query(ge=0, le=23)] = 14,
    hours: Annotated[int, Query(ge=1, le=11)] = 2,
    price: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """What could be bid for some hours, and from whom."""
    return _bid(here, day, hour, hours, price)


@routes.action("/bid", permission=TRADE)
def hand_in(
    here: Here,
    day: Annotated[str, Form(max_length=10)],
    hour: Annotated[int, Form(ge=0, le=23)],
    hours: Annotated[int, Form(ge=1, le=24)],
    mw: Annotated[str, Form(max_length=20)],
) -> Response:
    """Keep a bid as handed in."""
    try:
        offers.hand_in(here.store, here.actor, _day(here, day), hour, hours, mw, here.now)
    except InvalidInput as error:
        return _bid(here, day, hour, min(hours, 24 - hour), "", error.findings, mw)
    return RedirectResponse("/energy/dr?done=bid", 303)


@routes.action("/bid/{id}/award", permission=TRADE)
def award(
    id: str,
    here: Here,
    kw: Annotated[str, Form(max_length=20)],
    seen: Annotated[int, Form(ge=1)],
) -> Response:
    """Write down what the market took."""
    try:
        made = offers.record_award(here.store, here.actor, id, seen, kw, here.now)
    except InvalidInput as error:
        return _desk(here, error.findings)
    return RedirectResponse(event_url(id) if made.awarded else "/energy/dr?done=award", 303)


@routes.page("/call", permission=TRADE)
def call_page(here: Here) -> Response:
    """A new instruction, for the next hour at which one may begin."""
    begin = wishes.next_start(here.now)
    day, hour = begin.date().isoformat(), str(begin.hour)
    return _call(here, {"programme": "", "day": day, "hour": hour, "hours": "2", "kw": ""})


@routes.action("/call/shares", permission=TRADE)
def see_shares(here: Here, form: Written) -> Response:
    """Who would be asked for what; nothing is kept."""
    row, without = _fields(form)
    return _call(here, row, without)


@routes.action("/call", permission=TRADE)
def enter(here: Here, form: Written) -> Response:
    """Keep an instruction and ask the customers."""
    row, without = _fields(form)
    reason, anyway = str(form.get("reason", ""))[:500], bool(form.get("anyway"))
    try:
        made = calls.enter_call(here.store, here.actor, row, without, here.now, reason=reason, anyway=anyway)
    except InvalidInput as error:
        return _call(here, row, without, error.findings, refused=True)
    return RedirectResponse(f"{event_url(made.id)}?done=called", 303)


def event_url(id: str, part: str = "") -> str:
    """The address of an event, or of a customer's part in it."""
    return f"/energy/dr/events/{quote(id, safe='')}" + (f"/{quote(part, safe='')}" if part else "")


def _fields(form: FormData) -> tuple[Mapping[str, str], Sequence[str]]:
    row = {name: str(form.get(name, ""))[:20] for name in WISH}
    return row, [str(one) for one in form.getlist("without")]


def _day(here: Visit, text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return offers.next_market_day(here.now)


def _desk(here: Visit, findings: Sequence[Finding] = (), done: str = "") -> Response:
    if here.actor.tenant is not None:
        return here.render(
            "energy/response/mine.html",
            mine=my_desk(here.store, here.actor, here.now),
            event_url=event_url,
            **said(),
        )
    return here.render(
        "energy/response/desk.html",
        status=422 if findings else 200,
        desk=look_at_desk(here.store, here.actor, here.now),
        may=here.actor.may(TRADE),
        findings=findings,
        done=DONE.get(done),
        event_url=event_url,
        customer_url=customer_url,
        **said(),
    )


def customer_url(meter: str) -> str:
    """The address of a customer of the register."""
    return f"/energy/dr/customers/{quote(meter, safe='')}"


def _bid(
    here: Visit,
    day: str,
    hour: int,
    hours: int,
    price: str,
    findings: Sequence[Finding] = (),
    mw: str = "",
) -> Response:
    cost: float | None = None
    try:
        cost = float(price.replace(",", "")) if price.strip() else None
    except ValueError:
        problem = Text(f"'{price}'은(는) 쓸 수 없습니다.", f"'{price}' cannot be used.")
        findings = [Finding("price", problem, Text("원/kWh 값을 적으십시오.", "Give won a kWh."))]
    wanted = _day(here, day)
    found = offers.suggest_bid(here.store, here.actor, wanted, hour, min(hours, 24 - hour), cost, here.now)
    return here.render(
        "energy/response/bid.html",
        status=422 if findings else 200,
        found=found,
        price=price,
        mw=mw or (str(found.mw) if found.mw else ""),
        findings=findings,
        rule=limits(wanted),
        customer_url=customer_url,
        **said(),
    )


def _call(
    here: Visit,
    row: Mapping[str, str],
    without: Sequence[str] = (),
    findings: Sequence[Finding] = (),
    *,
    refused: bool = False,
) -> Response:
    draft = None
    if refused or row["kw"] or row["programme"]:
        draft = wishes.draft_call(here.store, here.actor, row, without, here.now)
    return here.render(
        "energy/response/call.html",
        status=422 if refused else 200,
        row=row,
        without=without,
        draft=draft,
        shares={one.meter: one.kw for one in draft.asked} if draft else {},
        findings=findings or (draft.findings if draft else ()),
        people=customers_now(here.store, here.actor, here.now),
        rule=limits(here.now.astimezone(SEOUL).date()),
        **said(),
    )
