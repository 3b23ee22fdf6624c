"""An instruction before it is entered: read, checked against the rules, and shared among customers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL
from sandan.energy.engine.demand_response import check_event, limits, share_award, working_day
from sandan.energy.model.demand_response import Award, Bid, Programme
from sandan.energy.model.response import Asked, Call, Resource
from sandan.energy.model.rights import TRADE
from sandan.energy.service.response.baselines import holidays_around
from sandan.energy.service.response.book import calls_of
from sandan.energy.service.response.register import SUBJECT, enrolments_for, resource_of
from sandan.errors import Finding, InvalidInput
from sandan.store import Store
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class Wish:
    """What an instruction says, read from a form."""

    programme: Programme
    day: date
    hour: int
    hours: int
    kw: int


def next_start(now: datetime) -> datetime:
    """The next full hour at which an event may begin."""
    at = now.astimezone(SEOUL).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    rule = limits(at.date())
    if at.hour >= rule.last_hour:
        at = at.replace(hour=0) + timedelta(days=1)
    while not working_day(at.date(), holidays_around(at.date())):
        at = at.replace(hour=0) + timedelta(days=1)
    return at.replace(hour=max(at.hour, rule.first_hour))


def read_wish(row: Mapping[str, str]) -> Wish:
    """An instruction from the text of its fields; `InvalidInput` with every fault."""
    found: list[Finding] = []

    def whole(name: str, low: int, high: int) -> int:
        text = row.get(name, "").strip().replace(",", "")
        if not text.isdecimal() or not low <= int(text) <= high:
            remedy = Text(
                f"{low:,}–{high:,} 사이의 정수를 적으십시오.", f"Give a whole number, {low:,} to {high:,}."
            )
            found.append(
                Finding(name, Text(f"'{text}'은(는) 쓸 수 없습니다.", f"'{text}' cannot be used."), remedy)
            )
            return low
        return int(text)

    day = date.min
    try:
        day = date.fromisoformat(row.get("day", "").strip())
    except ValueError:
        problem = Text("날짜를 읽을 수 없습니다.", "cannot be read as a day.")
        found.append(Finding("day", problem, Text("예: 2026-11-23", "for example 2026-11-23")))
    programme = row.get("programme", "")
    if programme not in set(Programme):
        problem = Text("어느 시장의 지시인지 고르지 않았습니다.", "no programme was chosen.")
        found.append(Finding("programme", problem, Text("고르십시오.", "Choose one.")))
        programme = Programme.RELIABILITY
    made = Wish(
        Programme(programme), day, whole("hour", 0, 23), whole("hours", 1, 24), whole("kw", 1, 10_000_000)
    )
    if found:
        raise InvalidInput(found)
    return made


def share(
    resource: Resource, wish: Wish, without: Collection[str], tenants: Mapping[str, str | None]
) -> list[Asked]:
    """Who is asked for how much, in proportion to pledges; `InvalidInput` when too little is pledged."""
    willing = [one for one in enrolments_for(resource, wish.day.year) if one.customer not in without]
    if not willing:
        raise InvalidInput.because(
            "customers",
            Text(
                f"{wish.day.year}년에 등록된 참여고객이 없습니다.",
                f"Nobody is registered for {wish.day.year}.",
            ),
            Text("참여고객을 먼저 등록하십시오.", "Register customers first."),
        )
    bid = Bid(SUBJECT, wish.day, wish.hour, wish.hours, wish.kw / 1000, 0)
    return [
        Asked(one.customer, tenants.get(one.customer), one.kw)
        for one in share_award(Award(bid, wish.kw), willing)
    ]


def check_wish(calls: Sequence[Call], wish: Wish, now: datetime) -> list[Finding]:
    """What the market's rules, or the clock, have against it."""
    found: list[Finding] = []
    held = [one for one in calls if not one.cancelled]
    same = [one for one in held if one.day == wish.day]
    year = sum(
        one.hours for one in held if one.day.year == wish.day.year and one.programme is Programme.RELIABILITY
    )
    try:
        check_event(
            wish.programme,
            wish.day,
            wish.hour,
            wish.hours,
            holidays_around(wish.day),
            hours_this_year=year,
            events_this_day=len(same),
        )
    except InvalidInput as error:
        found += error.findings
    if any(one.hour < wish.hour + wish.hours and wish.hour < one.hour + one.hours for one in same):
        problem = Text("같은 시간에 다른 지시가 있습니다.", "Another instruction has hours of it.")
        found.append(Finding("hour", problem, Text("다른 시간을 고르십시오.", "Choose other hours.")))
    begin = Call("", 1, wish.programme, wish.day, wish.hour, wish.hours, wish.kw, (), 0, now).start
    if begin <= now:
        problem = Text("이미 시작된 시각입니다.", "It has begun already.")
        remedy = Text(
            "앞으로의 시각을 적거나, 까닭을 적고 그래도 입력하십시오.",
            "Give a time ahead, or a reason to enter it anyway.",
        )
        found.append(Finding("day", problem, remedy))
    return found


@dataclass(frozen=True, slots=True)
class Draft:
    """An instruction as it would be entered."""

    wish: Wish | None
    asked: Sequence[Asked]
    findings: Sequence[Finding]


def draft_call(
    store: Store, actor: Actor, row: Mapping[str, str], without: Collection[str], now: datetime
) -> Draft:
    """Who would be asked for what, and what speaks against it; nothing is kept."""
    actor.require(TRADE)
    try:
        wish = read_wish(row)
    except InvalidInput as error:
        return Draft(None, (), error.findings)
    with store.registry.read() as conn:
        findings = check_wish(calls_of(conn), wish, now)
        try:
            asked = share(resource_of(store, conn).body, wish, without, tenants_of(store, conn))
        except InvalidInput as error:
            return Draft(wish, (), [*findings, *error.findings])
    return Draft(wish, asked, findings)


def tenants_of(store: Store, conn: Connection) -> dict[str, str | None]:
    """Whose each meter is."""
    return {one.id: one.tenant for one in store.things.all(conn, {"meter"})}
