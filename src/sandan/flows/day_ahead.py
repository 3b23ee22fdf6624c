"""The story of the energy centre in one function: what will be used becomes a plan the network carries, the
plan becomes bids and set-points, and yesterday's become settlements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sandan.access import Actor
from sandan.clock import SEOUL
from sandan.energy import (
    DispatchBoard,
    ForecastRun,
    GridCheck,
    HandedForecast,
    PlanRun,
    PoolDesk,
    PoolPreview,
    ResponseOutcome,
    ResponseSuggestion,
    check_schedules,
    dispatch_board,
    forecast_now,
    hand_in_pool,
    next_market_day,
    plan_now,
    pool_desk,
    preview_unsettled,
    response_outcomes,
    suggest_bid,
)
from sandan.store import Store
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class DayAhead:
    """What came of the day ahead, and of the days before."""

    forecasts: ForecastRun
    plan: PlanRun
    check: GridCheck | None
    """None where there was no plan, or nobody said what the network is made of."""
    pool: PoolDesk | None
    """The roofs' power plant and its next gate; None while no roof is in the pool."""
    handed: HandedForecast | None
    """What was handed in for that gate just now."""
    bid: ResponseSuggestion | None
    """What demand response could bid in the hours that were asked for."""
    devices: DispatchBoard
    """What armed devices are told and the others would be."""
    settlement: PoolPreview | None
    """The days of the pool that no settlement is about yet, as they would be settled now."""
    responses: Sequence[ResponseOutcome]
    """Events of demand response that are measured and not final."""

    def told(self) -> Iterator[Text]:
        """It in words, a line for each thing to know."""
        made, plans = self.forecasts, self.plan.plans
        worth = round(sum(one.saving for one in plans))
        yield Text(
            f"예측 {made.told}건(지난주 방식 {made.naive}건), 계획 {len(plans)}곳, 값어치 {worth:,}원.",
            f"{made.told} forecasts ({made.naive} naive), {len(plans)} site(s) planned, worth {worth:,} won.",
        )
        for one in self.plan.unplanned:
            yield Text(f"{one.meter}: {one.why.ko}", f"{one.meter}: {one.why.en}")
        yield from _network(self.check)
        yield from self._markets()
        yield Text(
            f"설정값을 받는 설비 {self.devices.armed}대, 나머지는 권고만 합니다.",
            f"{self.devices.armed} device(s) are told set-points; for the others it is advice.",
        )
        yield from self._settlements()

    def _markets(self) -> Iterator[Text]:
        pool, bid = self.pool, self.bid
        if pool is not None and pool.offer is not None:
            kwh, day = float(pool.offer.energy.sum()), pool.gate.day
            closes = pool.gate.closes.astimezone(SEOUL)
            done = Text("제출함", "handed in") if self.handed else Text("제출하지 않음", "not handed in")
            yield Text(
                f"가상발전소 {day} 예측 {kwh:,.0f} kWh, {closes:%m-%d %H:%M} 마감, {done.ko}.",
                f"Roof plant: {kwh:,.0f} kWh on {day}, gate at {closes:%m-%d %H:%M}, {done.en}.",
            )
        for fault in () if pool is None else pool.faults:
            yield fault.problem
        if bid is not None:
            yield Text(
                f"수요반응 {bid.day} {bid.hour}시부터 {bid.hours}시간: {bid.kw:,.0f} kW, 입찰 {bid.mw} MW.",
                f"Demand response on {bid.day} from {bid.hour}:00, {bid.hours} h: "
                f"{bid.kw:,.0f} kW, a bid of {bid.mw} MW.",
            )
            yield from (one.problem for one in bid.findings)

    def _settlements(self) -> Iterator[Text]:
        due = self.settlement
        if due is not None and due.statement is not None:
            ready = (
                Text("확정할 수 있음", "can be made final") if due.ready else Text("아직 모자람", "lacking")
            )
            yield Text(
                f"가상발전소 정산 {due.first} – {due.last}: {ready.ko}.",
                f"Settlement of the roof plant {due.first} – {due.last}: {ready.en}.",
            )
        if self.responses:
            yield Text(
                f"확정하지 않은 수요반응 {len(self.responses)}건.",
                f"{len(self.responses)} event(s) of demand response are not final.",
            )


def _network(check: GridCheck | None) -> Iterator[Text]:
    if check is None:
        yield Text(
            "계통은 검토하지 않았습니다. 에너지 → 배전계통에서 전선과 전압을 적으면 검토합니다.",
            "The network was not checked: tell its cables and voltages under Energy → Network.",
        )
        return
    worse = (*check.caused, *check.worsened)
    yield from (one.said for one in worse)
    if not worse:
        yield Text("계통의 어떤 한도도 더 나빠지지 않습니다.", "No limit of the network is made worse.")


def plan_day_ahead(
    store: Store,
    actor: Actor,
    now: datetime,
    *,
    hand_in: bool = False,
    bid: tuple[int, int] | None = None,
) -> DayAhead:
    """Forecast every meter and roof, plan every battery, try the plan on the network, and say what follows.

    With `hand_in` the pool's forecast is handed in for the next gate, in the register's way. `bid` are first
    hour and number of hours of the next market day. Set-points go out by themselves where a device is armed;
    nothing here becomes final.
    """
    forecasts = forecast_now(store, actor, now)
    plan = plan_now(store, actor, now)
    check = check_schedules(store, actor, plan.plans, now) if plan.plans else None
    pool = pool_desk(store, actor, None, now)
    handed = None
    if hand_in and pool is not None and pool.offer is not None:
        gate, seen = pool.gate, sum(one.gate == pool.gate.gate.name for one in pool.handed)
        way = pool.edition.body.strategy
        handed = hand_in_pool(store, actor, gate.day, gate.gate.name, way, "", now, seen=seen)
    suggestion = None
    if bid is not None:
        suggestion = suggest_bid(store, actor, next_market_day(now), *bid, None, now)
    return DayAhead(
        forecasts,
        plan,
        check,
        pool,
        handed,
        suggestion,
        dispatch_board(store, actor, now),
        preview_unsettled(store, actor, now),
        [one for one in response_outcomes(store, actor, now) if one.paper is None],
    )
