"""Instructions: entering one, sharing it among customers, their answers, prices, and taking it back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import milliseconds
from sandan.energy.model.response import Answer, Asked, Call, moment_id
from sandan.energy.model.rights import SEE, TRADE
from sandan.energy.service.response.book import calls_of, find_call, put_call
from sandan.energy.service.response.register import SUBJECT, resource_of
from sandan.energy.service.response.wishes import Wish, check_wish, read_wish, share, tenants_of
from sandan.errors import Conflict, Finding, InvalidInput, NotFound
from sandan.store import Fact, Json, Store
from sandan.words import Text


def enter_call(
    store: Store,
    actor: Actor,
    row: Mapping[str, str],
    without: Collection[str],
    now: datetime,
    *,
    reason: str = "",
    anyway: bool = False,
    offer: str = "",
    simulated: bool = False,
) -> Call:
    """Keep an instruction and ask the customers.

    What the rules have against it is refused, unless somebody says `anyway` and why: the market's own order
    goes before our copy of its rules.
    """
    actor.require(TRADE)
    wish = read_wish(row)
    with store.registry.write() as conn:
        calls = calls_of(conn)
        findings = check_wish(calls, wish, now)
        if findings and not (anyway and reason.strip()):
            raise InvalidInput(findings)
        id = moment_id(wish.day, wish.hour)
        old = next((one for one in calls if one.id == id), None)
        if old is not None and not old.cancelled:
            raise InvalidInput(findings)
        resource = resource_of(store, conn)
        asked = share(resource.body, wish, without, tenants_of(store, conn))
        call = Call(
            id,
            1 if old is None else old.version + 1,
            wish.programme,
            wish.day,
            wish.hour,
            wish.hours,
            wish.kw,
            tuple(asked),
            resource.version,
            now,
            offer=offer,
            simulated=simulated,
        )
        put_call(conn, actor, call, now)
        facts = [
            _fact("ResponseCalled", call, reason.strip()),
            *(_asked_fact(call, one) for one in call.asked),
        ]
        store.events.extend(conn, facts, actor=actor, at=now)
    return call


def share_again(
    store: Store, actor: Actor, id: str, seen: int, without: Collection[str], reason: str, now: datetime
) -> Call:
    """Share an instruction that has not begun among others; who was asked for as much keeps its answer."""
    actor.require(TRADE)
    with store.registry.write() as conn:
        call = _current(conn, actor, id, seen)
        if call.start <= now:
            raise Conflict(
                Text("이미 시작되어 다시 나눌 수 없습니다.", "It has begun and cannot be shared again.")
            )
        resource = resource_of(store, conn)
        wish = Wish(call.programme, call.day, call.hour, call.hours, call.kw)
        answers = {(one.meter, one.kw): one.answer for one in call.asked}
        shared = share(resource.body, wish, without, tenants_of(store, conn))
        asked = tuple(replace(one, answer=answers.get((one.meter, one.kw))) for one in shared)
        made = replace(call, version=seen + 1, asked=asked, edition=resource.version)
        put_call(conn, actor, made, now)
        fresh = [one for one in asked if (one.meter, one.kw) not in answers]
        facts = [_fact("ResponseShared", made, reason.strip()), *(_asked_fact(made, one) for one in fresh)]
        store.events.extend(conn, facts, actor=actor, at=now)
    return made


def cancel_call(store: Store, actor: Actor, id: str, seen: int, reason: str, now: datetime) -> Call:
    """Take an instruction back: it counts for nothing, and its day may enter baselines again."""
    actor.require(TRADE)
    if not reason.strip():
        raise InvalidInput.because(
            "reason",
            Text("까닭이 비었습니다.", "the reason is empty."),
            Text("누가 왜 취소했는지 적으십시오.", "Write who took it back, and why."),
        )
    with store.registry.write() as conn:
        call = _current(conn, actor, id, seen)
        made = replace(call, version=seen + 1, cancelled=True)
        put_call(conn, actor, made, now)
        told = [
            Fact("ResponseCancelled", SUBJECT, {"call": id, "reason": reason.strip()}, tenant)
            for tenant in dict.fromkeys([None, *(one.tenant for one in call.asked)])
        ]
        store.events.extend(conn, told, actor=actor, at=now)
    return made


def put_prices(
    store: Store, actor: Actor, id: str, seen: int, texts: Sequence[str], source: str, now: datetime
) -> Call:
    """Write down the price of each hour [won/kWh] and where it was read."""
    actor.require(TRADE)
    found: list[Finding] = []
    with store.registry.write() as conn:
        call = _current(conn, actor, id, seen)
        prices = []
        for at in range(call.hours):
            text = texts[at].strip().replace(",", "") if at < len(texts) else ""
            try:
                price = float(text)
            except ValueError:
                price = float("nan")
            if not -1000 <= price <= 10_000:
                problem = Text(f"'{text}'은(는) 쓸 수 없습니다.", f"'{text}' cannot be used.")
                remedy = Text("원/kWh 값을 적으십시오.", "Give won a kWh.")
                found.append(Finding(f"{call.hour + at}:00", problem, remedy))
            prices.append(price)
        if not source.strip():
            problem = Text("출처가 비었습니다.", "the source is empty.")
            found.append(
                Finding("source", problem, Text("어디서 읽었는지 적으십시오.", "Write where it was read."))
            )
        if found:
            raise InvalidInput(found)
        made = replace(call, version=seen + 1, prices=tuple(prices), price_source=source.strip()[:200])
        put_call(conn, actor, made, now)
        said = {"call": id, "prices": ", ".join(f"{one:g}" for one in prices), "source": made.price_source}
        store.events.append(conn, "ResponsePriced", actor=actor, subject=SUBJECT, payload=said, at=now)
    return made


def answer_call(store: Store, actor: Actor, id: str, meter: str, answer: Answer, now: datetime) -> Call:
    """An asked firm says whether it will reduce, until the event is over."""
    actor.require(SEE)
    with store.registry.write() as conn:
        call = find_call(conn, actor, id)
        mine = [one for one in call.asked if one.meter == meter and one.tenant == actor.tenant]
        if not mine or actor.tenant is None:
            raise NotFound(Text("감축 요청", "request"), f"{id} {meter}")
        if call.cancelled or call.end <= now:
            raise Conflict(Text("이미 끝난 지시입니다.", "This instruction is over."))
        asked = tuple(replace(one, answer=answer) if one.meter == meter else one for one in call.asked)
        made = replace(call, version=call.version + 1, asked=asked)
        put_call(conn, actor, made, now)
        store.events.append(
            conn,
            "ResponseAnswered",
            actor=actor,
            subject=meter,
            payload={"call": id, "kw": mine[0].kw, "answer": str(answer)},
            at=now,
            tenant=actor.tenant,
        )
    return made


def _current(conn: Connection, actor: Actor, id: str, seen: int) -> Call:
    call = find_call(conn, actor, id)
    if call.version != seen or call.cancelled:
        raise Conflict(
            Text(
                "그사이 다른 사람이 바꾸었습니다. 새로 고친 뒤 다시 하십시오.",
                "Somebody has changed it meanwhile. Reload and try again.",
            )
        )
    return call


def _fact(kind: str, call: Call, reason: str) -> Fact:
    said: dict[str, Json] = {
        "call": call.id,
        "programme": str(call.programme),
        "day": call.day.isoformat(),
        "hour": call.hour,
        "hours": call.hours,
        "kw": call.kw,
        "customers": len(call.asked),
        "reason": reason,
        "start": milliseconds(call.start),
    }
    return Fact(kind, SUBJECT, said)


def _asked_fact(call: Call, one: Asked) -> Fact:
    said: dict[str, Json] = {
        "call": call.id,
        "day": call.day.isoformat(),
        "hour": call.hour,
        "hours": call.hours,
        "kw": one.kw,
    }
    return Fact("ResponseAsked", one.meter, said, one.tenant)
