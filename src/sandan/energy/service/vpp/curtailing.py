"""Orders to give less: shared out so that in the long run each roof gives up the same part. Advice only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import instant, milliseconds
from sandan.energy.engine.vpp import share_curtailment
from sandan.energy.model.pool import POOL, CurtailmentAdvice, Member
from sandan.energy.model.rates import SLOT_HOURS, SLOT_MS, Floats
from sandan.energy.model.rights import TRADE
from sandan.energy.model.vpp import CurtailmentMemory
from sandan.energy.records.forecasts import newest_told
from sandan.energy.records.vpp import add_curtailment, curtailments
from sandan.energy.service.vpp.hours import points_of
from sandan.energy.service.vpp.register import book_in_force, require_staff
from sandan.errors import Conflict, Finding, InvalidInput, NotFound
from sandan.store import Fact, Store
from sandan.twin.model import Thing
from sandan.words import Text

MOST_SLOTS = 96


@dataclass(frozen=True, slots=True)
class Order:
    """What the desk was told to take away."""

    start: datetime
    end: datetime
    kw: float
    feeder: str = ""
    """Only the roofs behind it; "" is all."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RoofCut:
    """A roof's part of an order."""

    plant: str
    name: str
    owner: str
    possible: float
    """Expected in that time [kWh]."""
    cut: float
    """[kWh]."""
    most: float
    """The largest part of its power it has to take away [kW]."""
    before: float
    """Share given up of what it could have given in all orders before; NaN when there were none."""
    after: float


@dataclass(frozen=True, slots=True)
class CurtailmentView:
    """Advice with the roofs' parts, largest first."""

    advice: CurtailmentAdvice
    roofs: Sequence[RoofCut]


@dataclass(frozen=True, slots=True)
class CurtailmentDesk:
    """All advice given so far, newest first, and the feeders an order may be about."""

    given: Sequence[CurtailmentAdvice]
    feeders: Sequence[Thing]


def curtailment_desk(store: Store, actor: Actor) -> CurtailmentDesk:
    """What was ordered so far."""
    require_staff(actor)
    with store.registry.read() as conn:
        return CurtailmentDesk(curtailments(conn)[::-1], list(store.things.all(conn, {"feeder"})))


def plan_curtailment(store: Store, actor: Actor, order: Order, now: datetime) -> CurtailmentView:
    """Who would give up how much of an order; nothing is kept."""
    actor.require(TRADE)
    with store.registry.read() as conn:
        given = curtailments(conn)
        return _view(store, conn, _planned(store, conn, given, actor, order, now), given)


def advise_curtailment(
    store: Store, actor: Actor, order: Order, seen: int, now: datetime
) -> CurtailmentAdvice:
    """Keep the advice, so that what is given up is remembered, and tell each owner of theirs by an event.

    `seen` is how many orders there were when it was planned; `Conflict` when there are more.
    """
    actor.require(TRADE)
    with store.registry.write() as conn:
        given = curtailments(conn)
        if len(given) != seen:
            raise Conflict(
                Text(
                    "그사이 다른 출력제한이 있었습니다. 다시 계산해 확인하십시오.",
                    "There was another order meanwhile. Work it out again.",
                )
            )
        made = add_curtailment(conn, _planned(store, conn, given, actor, order, now))
        owners = {one.id: one.tenant for one in store.things.all(conn, {"pv"})}
        energy = made.cut.sum(axis=1) * SLOT_HOURS
        begin = instant(made.start).isoformat(timespec="minutes")
        facts = [
            Fact(
                "PoolCurtailmentAdvised",
                POOL,
                {
                    "number": made.number,
                    "start": begin,
                    "kw": max(made.ordered),
                    "kwh": round(float(energy.sum()), 1),
                    "reason": made.reason,
                },
            )
        ]
        facts += [
            Fact(
                "RoofCurtailmentAdvised",
                id,
                {"number": made.number, "start": begin, "kwh": round(float(energy[row]), 1)},
                owners.get(id),
            )
            for row, id in enumerate(made.plants)
            if energy[row] > 0 and owners.get(id) is not None
        ]
        store.events.extend(conn, facts, actor=actor, at=now)
    return made


def _planned(
    store: Store,
    conn: Connection,
    given: Sequence[CurtailmentAdvice],
    actor: Actor,
    order: Order,
    now: datetime,
) -> CurtailmentAdvice:
    book = book_in_force(store, conn).body
    start = milliseconds(order.start) // SLOT_MS * SLOT_MS
    slots = -(-(milliseconds(order.end) - start) // SLOT_MS)
    _check(order, start, slots, book.members, now)
    possible = _possible(store, conn, book.members, start, slots)
    concerned = _concerned(store, conn, book.members, order.feeder)
    plants = tuple(one.plant for one in book.members)
    ordered = np.full(slots, order.kw)
    shared = share_curtailment(
        possible,
        ordered,
        memory_of(given, plants),
        None if concerned is None else np.repeat(concerned[:, None], slots, axis=1),
    )
    return CurtailmentAdvice(
        0,
        now,
        actor.id,
        order.reason.strip(),
        start,
        tuple(ordered.tolist()),
        plants,
        possible,
        shared.cut,
        float(shared.short.sum() * SLOT_HOURS),
        book.simulated,
    )


def memory_of(given: Sequence[CurtailmentAdvice], plants: Sequence[str]) -> CurtailmentMemory:
    """What each of these plants could have given in all orders so far, and what it was asked to give up."""
    could: dict[str, float] = dict.fromkeys(plants, 0.0)
    gave: dict[str, float] = dict.fromkeys(plants, 0.0)
    for one in given:
        for row, id in enumerate(one.plants):
            if id in could:
                could[id] += float(one.possible[row].sum()) * SLOT_HOURS
                gave[id] += float(one.cut[row].sum()) * SLOT_HOURS
    return CurtailmentMemory(np.array(list(could.values())), np.array(list(gave.values())))


def _check(order: Order, start: int, slots: int, members: Sequence[Member], now: datetime) -> None:
    found = []
    if not members:
        found.append(
            Finding(
                "members",
                Text("가상발전소에 속한 지붕이 없습니다.", "No roof is in the pool."),
                Text("참여 자원에서 지붕을 넣어 주십시오.", "Bring roofs in on the register."),
            )
        )
    if not 0 < slots <= MOST_SLOTS:
        found.append(
            Finding(
                "end",
                Text(
                    "끝나는 때가 시작보다 늦지 않거나 하루를 넘습니다.",
                    "It ends before it begins, or lasts over a day.",
                ),
                Text("시작부터 24시간 안으로 적어 주십시오.", "Let it end within 24 hours of its start."),
            )
        )
    if start + SLOT_MS <= milliseconds(now):
        found.append(
            Finding(
                "start",
                Text("이미 지난 시각입니다.", "The start has passed."),
                Text("지금부터의 시각을 적어 주십시오.", "Give a moment from now on."),
            )
        )
    if not 0 < order.kw < 10_000_000:
        found.append(
            Finding(
                "kw",
                Text("줄일 출력이 0보다 커야 합니다.", "What is to be taken away must be above 0."),
                Text("지시받은 kW를 적어 주십시오.", "Give the kW that were ordered."),
            )
        )
    if not order.reason.strip():
        found.append(
            Finding(
                "reason",
                Text("까닭이 비었습니다.", "The reason is empty."),
                Text("누가 왜 지시했는지 적어 주십시오.", "Write who ordered it and why."),
            )
        )
    if found:
        raise InvalidInput(found)


def _possible(store: Store, conn: Connection, members: Sequence[Member], start: int, slots: int) -> Floats:
    """What each roof is expected to give [kW]; one of which nothing is told, as much a kW as the others."""
    points = points_of(store, conn, [one.plant for one in members])
    told = newest_told(conn, [point.id for point in points.values()])
    made = np.full((len(members), slots), np.nan)
    for row, member in enumerate(members):
        one = told.get(points[member.plant].id) if member.plant in points else None
        if one is not None:
            at = (start - milliseconds(one.until)) // SLOT_MS
            part = one.values[max(at, 0) : at + slots, one.quantiles.index(0.5)]
            if at >= 0 and len(part) == slots:
                made[row] = part / SLOT_HOURS
    known = np.isfinite(made).all(axis=1)
    if not known.any():
        raise InvalidInput.because(
            "start",
            Text("그 시간까지의 발전 예측이 아직 없습니다.", "No forecast reaches that far yet."),
            Text("예측은 48시간 앞까지 나옵니다.", "Forecasts reach 48 hours ahead."),
        )
    capacity = np.array([one.capacity for one in members])
    made[~known] = capacity[~known, None] * (made[known].sum(axis=0) / capacity[known].sum())
    return np.asarray(np.maximum(made, 0), np.float64)


def _concerned(
    store: Store, conn: Connection, members: Sequence[Member], feeder: str
) -> NDArray[np.bool_] | None:
    """The roofs behind a feeder, by the first meter of their firm; None where all are meant."""
    if not feeder:
        return None
    through = {
        one.id: str(one.attributes.get("feeder") or "") for one in store.things.all(conn, {"transformer"})
    }
    of_firm: dict[str, str] = {}
    for meter in store.things.all(conn, {"meter"}):
        if meter.tenant is not None:
            of_firm.setdefault(meter.tenant, through.get(str(meter.attributes.get("transformer") or ""), ""))
    owners: Mapping[str, str | None] = {one.id: one.tenant for one in store.things.all(conn, {"pv"})}
    behind = np.array([of_firm.get(owners.get(one.plant) or "") == feeder for one in members], np.bool_)
    if not behind.any():
        raise InvalidInput.because(
            "feeder",
            Text("그 배전선로에 속한 지붕이 없습니다.", "No roof of the pool is behind that feeder."),
            Text("다른 선로나 전체를 고르십시오.", "Choose another feeder, or all."),
        )
    return behind


def _view(
    store: Store, conn: Connection, one: CurtailmentAdvice, given: Sequence[CurtailmentAdvice]
) -> CurtailmentView:
    roofs = {thing.id: thing for thing in store.things.all(conn, {"pv"})}
    firms = {thing.id: thing.name for thing in store.things.all(conn, {"firm"})}
    before = memory_of(given, one.plants)
    after = memory_of([*given, one], one.plants)
    rates = [_rate(memory) for memory in (before, after)]
    lines = [
        RoofCut(
            id,
            roofs[id].name if id in roofs else id,
            firms.get((roofs[id].tenant or "") if id in roofs else "", ""),
            float(one.possible[row].sum() * SLOT_HOURS),
            float(one.cut[row].sum() * SLOT_HOURS),
            float(one.cut[row].max(initial=0)),
            float(rates[0][row]),
            float(rates[1][row]),
        )
        for row, id in enumerate(one.plants)
    ]
    return CurtailmentView(one, sorted(lines, key=lambda line: -line.cut))


def curtailment_view(store: Store, actor: Actor, number: int) -> CurtailmentView:
    """Advice that was given, with the roofs' parts as they then were."""
    require_staff(actor)
    with store.registry.read() as conn:
        given = curtailments(conn)
        found = [one for one in given if one.number == number]
        if not found:
            raise NotFound(Text("출력제한", "order to curtail"), number)
        return _view(store, conn, found[0], [one for one in given if one.number < number])


def _rate(memory: CurtailmentMemory) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(memory.possible > 0, memory.cut / memory.possible, np.nan), np.float64)
