"""The desk of the roofs' power plant, and a firm's own roofs at the same address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import quote

import numpy as np
from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from sandan.clock import SEOUL, instant
from sandan.domain import Here, Visit
from sandan.energy.model.pool import HourLine, Strategy
from sandan.energy.model.rights import SEE, TRADE
from sandan.energy.model.vpp import OUTCOMES, PARTIES, Outcome, Place
from sandan.energy.pages.vpp.courses import (
    daily,
    day_chart,
    hours,
    light,
    offer_chart,
    record_chart,
    today_chart,
)
from sandan.energy.service.vpp import gates as service
from sandan.energy.service.vpp.desk import desk
from sandan.energy.service.vpp.deviation import deviation
from sandan.energy.service.vpp.roofs import MyRoof, my_roofs
from sandan.errors import Finding, InvalidInput
from sandan.web import Routes, attachment
from sandan.words import Language, Text

routes = Routes("energy", prefix="/energy/vpp")
STRATEGIES = {
    Strategy.MEDIAN: Text("중앙값", "the median"),
    Strategy.BEST: Text("가장 많이 버는 값", "what earns most"),
}
PLACES = {
    Place.ROOF: Text("지붕", "roof"),
    Place.GROUND: Text("지상", "ground"),
    Place.WIND: Text("풍력", "wind"),
    Place.SELF_USE: Text("자가용 (REC 없음)", "own use (no certificates)"),
}
LINES = {
    "": Text("공통", "All lines"),
    "energy": Text("전력 판매 (SMP)", "Energy (SMP)"),
    "certificates": Text("REC", "Certificates (REC)"),
    "forecast": Text("예측 정산금", "Forecast payment"),
}
TABS = (
    ("", Text("데스크", "Desk")),
    ("/deviation", Text("예측 오차", "Deviation")),
    ("/settlements", Text("정산", "Settlement")),
    ("/curtailment", Text("출력제한", "Curtailment")),
    ("/register", Text("참여 자원", "Register")),
)
DONE = {
    "sent": Text("예측을 제출본으로 확정했습니다.", "The forecast was handed in."),
    "saved": Text("저장했습니다.", "Saved."),
    "imported": Text("가져왔습니다.", "Imported."),
    "final": Text("정산을 확정했습니다.", "The settlement was made final."),
    "advised": Text("출력제한을 나누어 알렸습니다.", "The curtailment was shared out and told."),
}


def show(here: Visit, page: str, **context: Any) -> Response:
    """A page of the desk with what all of them need."""
    return here.render(
        f"energy/vpp/{page}.html",
        tabs=TABS,
        may_trade=here.actor.may(TRADE),
        strategies=STRATEGIES,
        outcomes=OUTCOMES,
        parties=PARTIES,
        places=PLACES,
        line_names=LINES,
        gates=service.GATES,
        instant=instant,
        local=lambda at: at.astimezone(SEOUL),
        quoted=lambda text: quote(text, safe=""),
        done_words=DONE,
        **context,
    )


@routes.page("", permission=SEE)
def desk_page(
    here: Here,
    strategy: Annotated[str, Query(max_length=10)] = "",
    done: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """The desk; to a firm, its own roofs."""
    if here.actor.tenant is not None:
        return _mine(here)
    return _desk(here, strategy, done=done)


@routes.action("", permission=TRADE)
def hand_in(
    here: Here,
    day: Annotated[date, Form()],
    gate: Annotated[str, Form(max_length=20)],
    strategy: Annotated[Strategy, Form()],
    seen: Annotated[int, Form()] = 0,
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Freeze a forecast for a gate."""
    try:
        service.hand_in(here.store, here.actor, day, gate, strategy, reason, here.now, seen=seen)
    except InvalidInput as error:
        return _desk(here, strategy, error.findings)
    return RedirectResponse("/energy/vpp?done=sent", 303)


@routes.page("/deviation", permission=SEE)
def deviation_page(here: Here, day: Annotated[str, Query(max_length=10)] = "") -> Response:
    """A day hour by hour, and the months against the test of the market."""
    today = here.now.astimezone(SEOUL).date()
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        wanted = today - timedelta(days=1)
    wanted = min(max(wanted, date(2000, 1, 1)), today)
    view, record = deviation(here.store, here.actor, wanted, here.now)
    return show(
        here,
        "deviation",
        view=view,
        record=record,
        day_shown=wanted,
        before=wanted - timedelta(days=1),
        after=wanted + timedelta(days=1) if wanted < today else None,
        rows=light(view.hours) if view is not None else [],
        chart=day_chart(view, here.language) if view is not None else None,
        counted=outcome_counts(view.hours) if view is not None else [],
        months=record_chart(record, here.language),
    )


@routes.page("/submissions/{day}/{gate}/{number}/hours.csv", permission=SEE)
def handed_file(day: date, gate: str, number: int, here: Here) -> Response:
    """A forecast as it was handed in, for the market's own site."""
    one = service.find_handed(here.store, here.actor, day, gate, number)
    return attachment(service.handed_sheet(one), f"forecast-{day}-{gate}-{number}.csv")


def _desk(here: Visit, strategy: str, findings: tuple[Finding, ...] = (), done: str = "") -> Response:
    chosen = Strategy(strategy) if strategy in list(Strategy) else None
    found = desk(here.store, here.actor, chosen, here.now)
    if found is None:
        return show(here, "empty", findings=findings)
    offer = found.offer
    night = found.output.at == 0 or found.output.kw < 0.001 * found.capacity
    return show(
        here,
        "desk",
        desk=found,
        book=found.edition.body,
        strategy=chosen or found.edition.body.strategy,
        findings=findings,
        done=DONE.get(done),
        night=night,
        left=round((found.gate.closes - here.now).total_seconds()),
        at_gate=[one for one in found.handed if one.gate == found.gate.gate.name],
        today=today_chart(found.today, found.told, here.language),
        tomorrow=offer_chart(offer, here.language) if offer is not None else None,
        table=_hours(offer.energy.sum(axis=0), offer.low, offer.high) if offer is not None else [],
        automatic_at=found.gate.closes - service.BEFORE,
        yesterday_counts=outcome_counts(found.yesterday.hours) if found.yesterday is not None else [],
    )


def outcome_counts(hours: Sequence[HourLine]) -> list[tuple[Outcome, int]]:
    """How many hours of daylight came out how."""
    lines = light(hours)
    return [(outcome, sum(one.outcome == outcome for one in lines)) for outcome in Outcome]


def _hours(told: Any, low: Any, high: Any) -> list[tuple[int, float, float, float]]:
    return [
        (hour, float(told[hour]), float(low[hour]), float(high[hour]))
        for hour in range(len(told))
        if high[hour] > 0
    ]


def _mine(here: Visit) -> Response:
    found = my_roofs(here.store, here.actor, here.now)
    return show(
        here,
        "mine",
        found=found,
        today_kwh=_sum([one.today for one in found.roofs]),
        now_kw=_sum([one.now for one in found.roofs]),
        charts={one.thing.id: _roof_charts(one, found.start, here.language) for one in found.roofs},
    )


def _sum(values: Sequence[float]) -> float:
    """Of those that are known; NaN when none is."""
    known = [one for one in values if one == one]
    return sum(known) if known else float("nan")


def _roof_charts(one: MyRoof, start: int, language: Language) -> tuple[dict[str, Any] | None, Any]:
    name = Text("발전량", "generated")
    own = None
    if np.nansum(one.hours) > 0:
        row = hours(name, language, start, one.hours, "bar")
        own = {"series": [row], "from": start, "to": start + 24 * 3_600_000}
    past = daily(name, language, start, one.days) if np.isfinite(one.days).any() else None
    return own, past
