"""The agreement of those who share surplus: editions, each from a day on, changed piece by piece."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.energy.model.circulation import Member, SharingAgreement, Wiring
from sandan.energy.model.rights import SEE, TRADE
from sandan.energy.model.sharing import Rule
from sandan.energy.service.registers import Edition, Register
from sandan.errors import Finding, InvalidInput, NotAllowed
from sandan.store import Store
from sandan.twin.model import Thing
from sandan.words import Text

AGREEMENT = Register("energy.sharing", SharingAgreement(), TRADE, "SharingAgreed")
LIMITS = {"price": (0.0, 10_000.0), "export": (0.0, 10_000.0), "loss_within": (0.0, 0.5)}
LIMITS["loss_between"] = LIMITS["loss_within"]


@dataclass(frozen=True, slots=True)
class Roster:
    """An edition with the things it names, and what it lacks."""

    edition: Edition[SharingAgreement]
    meters: Mapping[str, Thing]
    firms: Mapping[str, Thing]
    roofs: Mapping[str, Thing]
    editions: Sequence[Edition[SharingAgreement]]

    @property
    def agreement(self) -> SharingAgreement:
        return self.edition.body

    def name(self, meter: str) -> str:
        """The member's firm, or its meter where it has none."""
        thing = self.meters.get(meter)
        firm = self.firms.get(thing.tenant or "") if thing is not None else None
        return firm.name if firm is not None else thing.name if thing is not None else meter

    @property
    def lacking(self) -> list[Finding]:
        return lacking(self.agreement)


def roster(store: Store, actor: Actor) -> Roster:
    """The newest edition; staff only, for it names every member."""
    actor.require(SEE)
    if actor.tenant is not None:
        raise NotAllowed(
            Text("협약 전체는 단지 직원만 봅니다.", "The whole agreement is for the complex's staff.")
        )
    with store.registry.read() as conn:
        return roster_of(store, conn)


def roster_of(store: Store, conn: Connection, version: int | None = None) -> Roster:
    """An edition, the newest if none is named, with every meter, firm and roof there is."""
    things = store.things.all(conn, {"meter", "firm", "pv"})
    by_kind = {kind: {one.id: one for one in things if one.kind == kind} for kind in ("meter", "firm", "pv")}
    return Roster(
        AGREEMENT.in_force(store, conn, version),
        by_kind["meter"],
        by_kind["firm"],
        by_kind["pv"],
        AGREEMENT.editions(store, conn),
    )


def in_force_on(editions: Sequence[Edition[SharingAgreement]], day: date) -> Edition[SharingAgreement] | None:
    """The newest edition that had begun on a day; None before the first."""
    begun = [one for one in editions if one.body.since is not None and one.body.since <= day]
    return begun[-1] if begun else None


def lacking(one: SharingAgreement) -> list[Finding]:
    """What nobody has told yet and who can; without it nothing can be settled."""
    found = []

    def lack(where: str, ko: str, en: str, who: Text) -> None:
        found.append(Finding(where, Text(ko, en), who))

    members = Text("참여기업의 협약에 있습니다.", "It is in the members' agreement.")
    operator = Text(
        "배전망 운영자가 알려 줍니다. 기본값은 없습니다.",
        "The network's operator knows; there is no default.",
    )
    if one.rule is None:
        lack("rule", "나누는 규칙이 정해지지 않았습니다.", "no rule is agreed.", members)
    if one.price is None and one.rule in (Rule.PRO_RATA, Rule.FEEDER_FIRST):
        lack("price", "거래 단가가 없습니다.", "there is no price.", members)
    for name, ko, en in (
        ("loss_within", "같은 선로 안의 손실률이 없습니다.", "the loss within a feeder is not known."),
        ("loss_between", "선로 사이의 손실률이 없습니다.", "the loss between feeders is not known."),
    ):
        if getattr(one, name) is None:
            lack(name, ko, en, operator)
    if one.export is None and any(member.roofs and member.export is None for member in one.members):
        lack(
            "export",
            "계통에 팔 때의 단가가 없습니다.",
            "what the grid pays for surplus is not known.",
            Text("각 기업의 판매 계약에 있습니다.", "It is in each firm's contract for selling."),
        )
    return found


def save_terms(
    store: Store, actor: Actor, base: int, given: Mapping[str, str], now: datetime
) -> Edition[SharingAgreement]:
    """Rule, price, losses and first day from the text of a form; an empty figure stays unknown."""
    actor.require(TRADE)
    findings: list[Finding] = []
    values = {name: _figure(findings, name, given.get(name, "")) for name in LIMITS}
    since = _day(findings, given.get("since", ""))
    rule = Rule(given["rule"]) if given.get("rule", "") in set(Rule) else None
    within, between = values["loss_within"], values["loss_between"]
    if within is not None and between is not None and between < within:
        findings.append(
            Finding(
                "loss_between",
                Text("선로 안 손실률보다 작습니다.", "is less than the loss within a feeder."),
                Text("선로를 넘으면 더 잃습니다.", "what crosses loses more."),
            )
        )
    if findings:
        raise InvalidInput(findings)
    held = _edition(store, base)
    body = SharingAgreement(
        since, rule, values["price"], within, between, values["export"], held.members, simulated=False
    )
    return AGREEMENT.put(store, actor, base, body, given.get("reason", ""), now)


def add_member(
    store: Store, actor: Actor, base: int, given: Mapping[str, str], now: datetime
) -> Edition[SharingAgreement]:
    """A meter joins with all roofs of its firm, or says another way of feeding in, from `since` on."""
    actor.require(TRADE)
    findings: list[Finding] = []
    with store.registry.read() as conn:
        known = roster_of(store, conn)
        feeders = feeder_of(store, conn)
    meter = known.meters.get(given.get("meter", "").strip())
    if meter is None:
        findings.append(
            Finding(
                "meter",
                Text("그런 전력량계가 없습니다.", "there is no such meter."),
                Text("전력량계의 아이디를 고르십시오.", "choose the id of a meter."),
            )
        )
    elif meter.id not in feeders:
        findings.append(
            Finding(
                "meter",
                Text("이 계량기의 배전선로를 알 수 없습니다.", "this meter's feeder is not known."),
                Text(
                    "설비 자료에 변압기와 배전선로를 넣어 주십시오.",
                    "give its transformer and that one's feeder in the things.",
                ),
            )
        )
    if given.get("wiring", "") not in set(Wiring):
        findings.append(
            Finding(
                "wiring",
                Text(
                    "지붕이 어디에 물려 있는지 고르지 않았습니다.", "where the roof feeds in was not chosen."
                ),
                Text("둘 중 하나를 고르십시오.", "choose one of the two."),
            )
        )
    export = _figure(findings, "export", given.get("export", ""))
    since = _day(findings, given.get("since", ""))
    if findings or meter is None:
        raise InvalidInput(findings)
    roofs = tuple(
        sorted(one.id for one in known.roofs.values() if meter.tenant and one.tenant == meter.tenant)
    )
    new = Member(meter.id, roofs, Wiring(given["wiring"]), export)
    held = _edition(store, base)
    members = sorted(
        (*(one for one in held.members if one.meter != meter.id), new), key=lambda one: one.meter
    )
    body = replace(held, members=tuple(members), since=since)
    return AGREEMENT.put(store, actor, base, body, given.get("reason", ""), now)


def remove_member(
    store: Store, actor: Actor, base: int, given: Mapping[str, str], now: datetime
) -> Edition[SharingAgreement]:
    """A meter leaves, from `since` on."""
    actor.require(TRADE)
    findings: list[Finding] = []
    since = _day(findings, given.get("since", ""))
    if findings:
        raise InvalidInput(findings)
    held = _edition(store, base)
    stays = tuple(one for one in held.members if one.meter != given.get("meter", ""))
    body = replace(held, members=stays, since=since)
    return AGREEMENT.put(store, actor, base, body, given.get("reason", ""), now)


def feeder_of(store: Store, conn: Connection) -> dict[str, str]:
    """The feeder of each meter whose transformer names one that is there."""
    things = store.things.all(conn, {"meter", "transformer", "feeder"})
    lines = {one.id for one in things if one.kind == "feeder"}
    through = {one.id: str(one.attributes.get("feeder") or "") for one in things if one.kind == "transformer"}
    found = {
        one.id: through.get(str(one.attributes.get("transformer") or ""), "")
        for one in things
        if one.kind == "meter"
    }
    return {meter: line for meter, line in found.items() if line in lines}


def _edition(store: Store, base: int) -> SharingAgreement:
    with store.registry.read() as conn:
        editions = AGREEMENT.editions(store, conn)
    return editions[min(max(base, 0), len(editions) - 1)].body


def _figure(findings: list[Finding], name: str, text: str) -> float | None:
    """A figure that may be empty; losses are written in per cent."""
    text = text.strip().replace(",", "")
    if not text:
        return None
    share = name.startswith("loss")
    low, high = LIMITS[name]
    try:
        value = float(text) / (100 if share else 1)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        unit = "%" if share else "원/kWh"
        top = high * (100 if share else 1)
        findings.append(
            Finding(
                name,
                Text(f"'{text}'은(는) 쓸 수 없는 값입니다.", f"'{text}' will not do."),
                Text(f"0–{top:g} {unit}", f"0–{top:g} {'%' if share else 'won/kWh'}"),
            )
        )
    return value


def _day(findings: list[Finding], text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        findings.append(
            Finding(
                "since",
                Text("적용 시작일을 읽을 수 없습니다.", "the first day cannot be read."),
                Text("예: 2026-04-01", "for example 2026-04-01"),
            )
        )
        return None
