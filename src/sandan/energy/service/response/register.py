"""The register of the resource: its terms, and the customers with what each agreed to for the year."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar, cast

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL
from sandan.energy.engine.demand_response import check_enrolments
from sandan.energy.engine.demand_response.rules import usual_base_pay
from sandan.energy.model.demand_response import Adjustment, BaselineKind, Enrolment, PaymentTerms, Programme
from sandan.energy.model.response import Call, Customer, Resource
from sandan.energy.model.rights import TRADE
from sandan.energy.model.tariff import Source
from sandan.energy.service.registers import Edition, Register
from sandan.energy.service.response.book import calls_of
from sandan.errors import Finding, InvalidInput, NotFound
from sandan.store import Store
from sandan.twin.model import Thing
from sandan.words import Text

N = TypeVar("N", int, float, Decimal)
RESOURCE = Register("energy.response", Resource(), TRADE, "ResponseResourceChanged")
SUBJECT = "dr"
"""What bids, instructions and settlements are about: the one resource of this complex."""
LISTED = 20
MARKET = Text("전력거래소 등록서류와 규칙", "the market's registration papers and rules")
CONTRACT = Text("고객과의 계약", "the contracts with the customers")
UNKNOWN: Mapping[str, tuple[Text, Text]] = {
    "day_hours": (Text("하루 사용량을 견주는 시간대", "hours that make a day's use"), MARKET),
    "paid_up_to": (Text("낙찰량을 넘겨도 정산되는 한도", "how much above the award is paid"), MARKET),
    "fails_below": (Text("미이행으로 보는 이행률", "below which share an event fails"), MARKET),
    "rounding": (Text("원 미만 처리", "how won are rounded"), MARKET),
    "operator_share": (Text("사업자 몫", "the operator's share"), CONTRACT),
    "base_pay": (Text("기본정산금 단가", "base pay"), MARKET),
}
"""Figures that no source gives, and who does."""


def resource_of(store: Store, conn: Connection, version: int | None = None) -> Edition[Resource]:
    """The register in force, or one edition of it."""
    return RESOURCE.in_force(store, conn, version)


def unknown(resource: Resource, names: Collection[str] = UNKNOWN.keys()) -> list[tuple[Text, Text]]:
    """Which of these figures nobody has written down yet, and who gives them."""
    return [said for name, said in UNKNOWN.items() if name in names and getattr(resource, name) is None]


def payment_terms(resource: Resource) -> PaymentTerms | None:
    """What events are paid by; None while a figure is missing."""
    up_to, below, share, rounding = (
        resource.paid_up_to,
        resource.fails_below,
        resource.operator_share,
        resource.rounding,
    )
    if up_to is None or below is None or share is None or rounding is None:
        return None
    return PaymentTerms(up_to, below, rounding, share)


def enrolments_for(resource: Resource, year: int) -> list[Enrolment]:
    """Who is registered for a year."""
    return [one.enrolment for one in resource.customers if one.enrolment.year == year]


def faults_of(resource: Resource, now: datetime) -> Sequence[Finding]:
    """What keeps the resource from being registered as it stands."""
    today = now.astimezone(SEOUL).date()
    try:
        check_enrolments(enrolments_for(resource, today.year), today)
    except InvalidInput as error:
        return error.findings
    return ()


def usual_pay(now: datetime) -> tuple[float, float, Source]:
    """Between which base pay was seen [won/kW and year], and where: no default, only to compare with."""
    return usual_base_pay(now.astimezone(SEOUL).date())


def save_terms(
    store: Store, actor: Actor, base: int, row: Mapping[str, str], reason: str, now: datetime
) -> Edition[Resource]:
    """Write down the terms from the text of their fields; an empty field is a figure not known."""
    actor.require(TRADE)
    read = _Fields(row)
    programmes = tuple(one for one in Programme if row.get(f"programme_{one}"))
    begin, end = read.whole("day_from", 0, 23), read.whole("day_to", 1, 24)
    if (begin is None) != (end is None) or (begin is not None and end is not None and begin >= end):
        read.refuse(
            "day_hours",
            Text("시작과 끝이 맞지 않습니다.", "begin and end do not fit."),
            Text(
                "둘 다 적거나 둘 다 비우고, 끝을 시작보다 늦게 적으십시오.",
                "Give both or none, the end later.",
            ),
        )
    rounding = row.get("rounding") or None
    if rounding not in (None, "half_up", "truncate"):
        read.refuse(
            "rounding", Text("없는 방법입니다.", "is no way to round."), Text("고르십시오.", "Choose one.")
        )
    made: dict[str, Any] = {
        "name": row.get("name", "").strip()[:100],
        "number": row.get("number", "").strip()[:50],
        "programmes": programmes,
        "day_hours": None if begin is None or end is None else (begin, end),
        "base_pay": read.whole("base_pay", 0, 1_000_000),
        "paid_up_to": read.number("paid_up_to", 1, 10),
        "fails_below": read.number("fails_below", 0, 1),
        "operator_share": read.share("operator_share"),
        "rounding": cast(Any, rounding),
    }
    if not programmes:
        read.refuse(
            "programmes",
            Text("참여하는 시장이 없습니다.", "takes part in no market."),
            Text("하나 이상 고르십시오.", "Choose at least one."),
        )
    read.finish()
    with store.registry.read() as conn:
        before = resource_of(store, conn, base).body
    return RESOURCE.put(store, actor, base, replace(before, simulated=False, **made), reason, now)


def enrol(
    store: Store, actor: Actor, base: int, row: Mapping[str, str], reason: str, now: datetime
) -> Edition[Resource]:
    """Register a customer for this year, or change what it agreed to, from the text of its fields."""
    actor.require(TRADE)
    read = _Fields(row)
    meter, year = row.get("meter", "").strip(), now.astimezone(SEOUL).year
    pledged = read.number("pledged", 0.001, 1e6, needed=True)
    kind = row.get("baseline", "")
    if kind not in set(BaselineKind):
        read.refuse(
            "baseline",
            Text("CBL을 고르지 않았습니다.", "no baseline was chosen."),
            Text("고르십시오.", "Choose one."),
        )
    cost = read.number("cost", 0, 100_000)
    adjustment = _adjustment(read, row)
    with store.registry.read() as conn:
        if meter not in {one.id for one in store.things.all(conn, {"meter"})}:
            read.refuse(
                "meter",
                Text(f"'{meter}' 계량기가 없습니다.", f"there is no meter '{meter}'."),
                Text("등록된 계량기의 아이디를 적으십시오.", "Give the id of a registered meter."),
            )
        before = resource_of(store, conn, base).body
        calls = calls_of(conn)
    read.finish()
    made = Customer(
        Enrolment(meter, year, BaselineKind(kind), pledged or 0.0, bool(row.get("factory")), adjustment), cost
    )
    old = next((one for one in before.customers if one.enrolment.customer == meter), None)
    _keep_for_the_year(old, made, calls)
    customers = [one for one in before.customers if one.enrolment.customer != meter]
    ordered = sorted([*customers, made], key=lambda one: one.enrolment.customer)
    return RESOURCE.put(store, actor, base, replace(before, customers=tuple(ordered)), reason, now)


def leave(store: Store, actor: Actor, base: int, meter: str, reason: str, now: datetime) -> Edition[Resource]:
    """Take a customer out; what it was asked for stays in the book."""
    actor.require(TRADE)
    with store.registry.read() as conn:
        before = resource_of(store, conn, base).body
    rest = tuple(one for one in before.customers if one.enrolment.customer != meter)
    if len(rest) == len(before.customers):
        raise NotFound(Text("참여고객", "customer"), meter)
    return RESOURCE.put(store, actor, base, replace(before, customers=rest), reason, now)


def find_meters(store: Store, actor: Actor, text: str) -> list[Thing]:
    """Meters whose id, name or firm holds the text, at most `LISTED`; a whole id finds just its meter."""
    actor.require(TRADE)
    wanted = text.strip().casefold()
    with store.registry.read() as conn:
        things = store.things.all(conn, {"meter", "firm"})
    names = {one.id: one.name for one in things if one.kind == "firm"}
    meters = [one for one in things if one.kind == "meter"]
    if exact := [one for one in meters if one.id.casefold() == wanted]:
        return exact
    said = {one.id: f"{one.id} {one.name} {names.get(one.tenant or '', '')}".casefold() for one in meters}
    return [one for one in meters if wanted and wanted in said[one.id]][:LISTED]


def _keep_for_the_year(old: Customer | None, new: Customer, calls: Sequence[Call]) -> None:
    """A baseline stays for the year once it was used: it is chosen at the yearly registration."""
    if old is None or old.enrolment.year != new.enrolment.year:
        return
    was, now = old.enrolment, new.enrolment
    same = (was.baseline, was.factory, was.adjustment) == (now.baseline, now.factory, now.adjustment)
    used = any(
        call.day.year == now.year
        and not call.cancelled
        and any(one.meter == now.customer for one in call.asked)
        for call in calls
    )
    if used and not same:
        raise InvalidInput.because(
            "baseline",
            Text(
                f"{now.year}년에 이미 이 CBL로 감축에 참여했습니다.",
                f"It has already reduced by this baseline in {now.year}.",
            ),
            Text("CBL은 다음 해 등록 때 바꾸십시오.", "Change it at next year's registration."),
        )


def _adjustment(read: _Fields, row: Mapping[str, str]) -> Adjustment | None:
    """The same-day adjustment, when one was agreed."""
    kind = row.get("adjust", "")
    if not kind:
        return None
    hours, gap = read.whole("adjust_hours", 1, 12, needed=True), read.whole("adjust_gap", 0, 12, needed=True)
    most = read.number("adjust_most", 0, 1, needed=True)
    if kind not in ("add", "scale"):
        read.refuse(
            "adjust", Text("없는 방법입니다.", "is no adjustment."), Text("고르십시오.", "Choose one.")
        )
    if hours is None or gap is None or most is None or kind not in ("add", "scale"):
        return None
    return Adjustment(cast(Any, kind), hours, gap, most)


class _Fields:
    """Reads numbers out of a form; `finish` raises with every fault."""

    def __init__(self, row: Mapping[str, str]) -> None:
        self._row, self._found = row, list[Finding]()

    def refuse(self, where: str, problem: Text, remedy: Text) -> None:
        self._found.append(Finding(where, problem, remedy))

    def finish(self) -> None:
        if self._found:
            raise InvalidInput(self._found)

    def number(self, name: str, low: float, high: float, *, needed: bool = False) -> float | None:
        return self._read(name, low, high, float, needed)

    def whole(self, name: str, low: int, high: int, *, needed: bool = False) -> int | None:
        return self._read(name, low, high, int, needed)

    def share(self, name: str) -> Decimal | None:
        return self._read(name, 0, 1, Decimal, False)

    def _read(self, name: str, low: float, high: float, kind: Callable[[str], N], needed: bool) -> N | None:
        text = self._row.get(name, "").strip().replace(",", "")
        if not text and not needed:
            return None
        value: N | None = None
        with suppress(ValueError, InvalidOperation):
            value = kind(text)
        if value is None or not low <= value <= high:
            self.refuse(
                name,
                Text(f"'{text}'은(는) 쓸 수 없습니다.", f"'{text}' cannot be used."),
                Text(f"{low:g}–{high:g} 사이의 수를 적으십시오.", f"Give a number from {low:g} to {high:g}."),
            )
            return None
        return value
