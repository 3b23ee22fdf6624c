"""An invented network for the demo: who shares, who has heat, what was agreed. All of it is simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest

from sandan.access import SYSTEM
from sandan.clock import SEOUL
from sandan.energy.model.circulation import (
    HOURS,
    HeatBook,
    HeatStream,
    HeatTerms,
    Member,
    SharingAgreement,
    Way,
)
from sandan.energy.model.sharing import Rule
from sandan.energy.service.heat import BOOK, TERMS
from sandan.energy.service.sharing import AGREEMENT, Roster, feeder_of, roster_of
from sandan.store import Store
from sandan.twin.model import Thing

MEMBERS, DAYS = 24, 7
EACH_WAY = 8
INVENTED = "demo: invented"
SOURCES: Mapping[str, tuple[str, float, float, float]] = {
    "24": ("가열로 배가스", 320.0, 150.0, 420.0),
    "25": ("열처리로 배가스", 240.0, 120.0, 260.0),
    "20": ("반응기 냉각수", 95.0, 45.0, 310.0),
    "22": ("사출기 냉각수", 70.0, 35.0, 90.0),
    "": ("공기압축기 냉각", 85.0, 40.0, 60.0),
}
"""By the first letters of an industry: what it throws away, °C, cooled to, kW."""
SINKS: Mapping[str, tuple[str, float, float, float, str]] = {
    "10": ("살균·세척 온수", 80.0, 20.0, 180.0, "lng"),
    "13": ("염색조 온수", 75.0, 30.0, 240.0, "lng"),
    "20": ("건조 공기", 140.0, 80.0, 300.0, "lng"),
    "25": ("도금조 가온", 60.0, 45.0, 120.0, "lng"),
    "": ("난방 온수", 55.0, 35.0, 50.0, "electricity"),
}


def load_demo_sharing(store: Store, now: datetime) -> None:
    """An agreement of firms with roofs and the one that employs most, and heat of some of them."""
    with store.registry.read() as conn:
        known, feeders = roster_of(store, conn), feeder_of(store, conn)
        warmed = BOOK.in_force(store, conn).version or TERMS.in_force(store, conn).version
    if not known.edition.version and (members := _members(known, feeders)):
        since = now.astimezone(SEOUL).date() - timedelta(days=DAYS)
        body = SharingAgreement(since, Rule.FEEDER_FIRST, 120.0, 0.01, 0.02, 85.0, members, simulated=True)
        AGREEMENT.put(store, SYSTEM, 0, body, INVENTED, now)
    if not warmed and known.firms:
        BOOK.put(store, SYSTEM, 0, HeatBook(tuple(_streams(known.firms))), INVENTED, now)
        terms = HeatTerms(10.0, 0.15, 13.0, 600.0, 250.0, 50_000.0, simulated=True)
        TERMS.put(store, SYSTEM, 0, terms, INVENTED, now)


def _members(known: Roster, feeders: Mapping[str, str]) -> tuple[Member, ...]:
    """The largest employer, then those whose roofs are largest beside their contract."""
    roofs: dict[str, list[Thing]] = {}
    for one in known.roofs.values():
        if one.tenant is not None:
            roofs.setdefault(one.tenant, []).append(one)
    first = _largest(known.firms)
    meters = [
        one
        for one in known.meters.values()
        if one.id in feeders and (one.tenant in roofs or one.tenant == first)
    ]
    meters.sort(key=lambda one: (one.tenant != first, -_over(one, roofs.get(one.tenant or "", ()))))
    chosen = sorted(meters[:MEMBERS], key=lambda one: one.id)
    if not roofs:
        return ()
    return tuple(
        Member(one.id, tuple(sorted(roof.id for roof in roofs.get(one.tenant or "", ())))) for one in chosen
    )


def _streams(firms: Mapping[str, Thing]) -> list[HeatStream]:
    """The largest firms of the hottest branches, the largest of all among them."""
    order = sorted(firms.values(), key=lambda one: (-_staff(one), one.id))
    found: list[HeatStream] = []
    for way, table in ((Way.GIVES, SOURCES), (Way.WANTS, SINKS)):
        branches = {code: [one for one in order if _branch(one, table) == code] for code in table}
        # The largest of each branch in turn, so that hot and cool ones are among them.
        turns = [one for turn in zip_longest(*branches.values()) for one in turn if one is not None]
        chosen = list({one.id: one for one in (*order[:1], *turns)}.values())[:EACH_WAY]
        for at, firm in enumerate(chosen):
            name, hot, cold, kw, *fuel = table[_branch(firm, table)]
            begin, end = ((0, HOURS), (8, 20), (7, 18))[at % 3]
            power = tuple(float(kw) if begin <= hour < end else 0.0 for hour in range(HOURS))
            found.append(
                HeatStream(
                    f"{firm.id}-{way}",
                    firm.id,
                    str(name),
                    way,
                    float(hot),
                    float(cold),
                    power,
                    str(fuel[0]) if fuel else "",
                    (0.97 if fuel[0] == "electricity" else 0.85) if fuel else None,
                    named=at % 2 == 0,
                    simulated=True,
                )
            )
    return found


def _branch(firm: Thing, table: Mapping[str, object]) -> str:
    code = str(firm.attributes.get("ksic") or "")[:2]
    return code if code in table else ""


def _largest(firms: Mapping[str, Thing]) -> str | None:
    return max(firms.values(), key=_staff).id if firms else None


def _staff(firm: Thing) -> float:
    count = firm.attributes.get("employees")
    return float(count) if isinstance(count, (int, float)) else 0.0


def _over(meter: Thing, roofs: Sequence[Thing]) -> float:
    """How large the roofs are beside the contract."""
    sizes = (one.attributes.get("capacity") for one in roofs)
    size = sum(one for one in sizes if isinstance(one, (int, float)))
    contract = meter.attributes.get("contract_power")
    return size / contract if isinstance(contract, (int, float)) and contract > 0 else 0.0
