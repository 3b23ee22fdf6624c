"""Bills: the draft of a month under way, the closed bill, and its restatement when late data come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import Period, instant, milliseconds
from sandan.energy.engine.editions import levies_on, schedule_of
from sandan.energy.engine.metering import fill_gaps
from sandan.energy.engine.months import first_day, last_day, moved, period_of
from sandan.energy.engine.tariff import Calendar, Explanation, bill_month, classify, explain
from sandan.energy.model.agreements import Agreement, KeptBill, TariffEdition
from sandan.energy.model.metering import Meter
from sandan.energy.model.rates import SLOT_MS, Floats, Instants
from sandan.energy.model.rights import METER, SEE
from sandan.energy.model.tariff import Bill, History, Levies, Month, Schedule
from sandan.energy.records.bills import add_bill, bill_versions, last_bills, month_text
from sandan.energy.records.contracts import contracts_of
from sandan.energy.service.readings import read_fleet, read_meter
from sandan.energy.service.tariffs import calendar_for, edition_in_force
from sandan.errors import Conflict, InvalidInput, NotFound
from sandan.store import Store
from sandan.twin.model import Thing
from sandan.words import Text

WINDOW = 12
"""Months, the bill's own included, whose peaks may be billed."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a month of one meter is billed by."""

    agreement: Agreement
    edition: TariffEdition
    schedule: Schedule
    levies: Levies
    calendar: Calendar
    history: History


@dataclass(frozen=True, slots=True)
class Restated:
    """A closed bill with what is different from the version before."""

    kept: KeptBill
    explanation: Explanation | None


def find_meter(store: Store, conn: Connection, actor: Actor, id: str) -> Thing:
    """The meter, if it is this actor's to see; a firm is told of another's meter that there is none."""
    actor.require(SEE)
    thing = store.things.get(conn, id)
    if thing.kind != "meter" or (actor.tenant is not None and thing.tenant != actor.tenant):
        raise NotFound(Text("전력량계", "meter"), id)
    return thing


def meters_for(store: Store, conn: Connection, actor: Actor) -> list[Thing]:
    """A firm's own meters, or every firm's for staff."""
    actor.require(SEE)
    found = store.things.all(conn, {"meter"})
    return [one for one in found if actor.tenant is None or one.tenant == actor.tenant]


def agreement_on(conn: Connection, meter: str, day: date) -> Agreement | None:
    """The contract in force on a day."""
    return in_force(contracts_of(conn, [meter]), day)


def in_force(agreements: Sequence[Agreement], day: date) -> Agreement | None:
    """Of one meter's contracts, oldest first, the one in force on a day."""
    held = [one for one in agreements if one.since <= day]
    return held[-1] if held else None


def terms_of(
    store: Store,
    conn: Connection,
    meter: str,
    month: Month,
    as_of: datetime,
    *,
    edition: TariffEdition | None = None,
) -> Terms:
    """What a month of a meter is billed by; `InvalidInput` says what is not known."""
    agreement = agreement_on(conn, meter, last_day(month))
    if agreement is None:
        raise InvalidInput.because(
            "contract",
            Text(
                f"'{meter}'의 {month_text(month)} 전력 계약이 없습니다.",
                f"'{meter}' has no electricity contract in {month_text(month)}.",
            ),
            Text("에너지 → 계약에서 계약을 등록해 주십시오.", "Enter one under Energy → Contracts."),
        )
    edition = edition or edition_in_force(store, conn)
    calendar = calendar_for(edition, month[0] - 1, month[0])
    schedule = schedule_of(edition, agreement.contract, first_day(month), last_day(month))
    history = history_of(store, conn, [agreement], month, as_of, edition, calendar)[meter]
    return Terms(agreement, edition, schedule, levies_on(edition, last_day(month)), calendar, history)


def history_of(
    store: Store,
    conn: Connection,
    agreements: Sequence[Agreement],
    month: Month,
    as_of: datetime,
    edition: TariffEdition,
    calendar: Calendar,
) -> dict[str, History]:
    """The peaks of the months before: as closed, or as metered where no bill was closed."""
    meters = [one.meter for one in agreements]
    peaks: dict[str, dict[Month, float]] = {meter: {} for meter in meters}
    dear: set[str] = set()
    over: set[str] = set()
    for kept in last_bills(conn, meters, moved(month, 1 - WINDOW), moved(month, -1)):
        if kept.known_at <= as_of:
            bill = kept.bill
            peaks[kept.meter][bill.month] = bill.demand.peak
            if bill.power_factor.lagging_share > 0 or bill.power_factor.leading_share > 0:
                dear.add(kept.meter)
            if bill.demand.peak > bill.contract.power:
                over.add(kept.meter)
    back = [moved(month, -k) for k in range(1, WINDOW)]
    open_: dict[str, list[Month]] = {
        of.meter: [one for one in _carried_into(edition, of, month, back) if one not in peaks[of.meter]]
        for of in agreements
    }
    asked = [of for of in agreements if open_[of.meter]]
    if asked:
        span = Period(period_of(back[-1]).start, period_of(back[0]).end)
        fleet = read_fleet(store, conn, [of.meter for of in asked], span, as_of, reactive=False)
        for row, of in enumerate(asked):
            peaks[of.meter] |= _metered_peaks(
                of, open_[of.meter], fleet.start, fleet.energy[row], edition, calendar
            )
    return {meter: History(peaks[meter], meter in dear, meter in over) for meter in meters}


def _carried_into(
    edition: TariffEdition, of: Agreement, month: Month, months: Sequence[Month]
) -> list[Month]:
    """Those months whose peak may be carried into `month`."""
    if not of.contract.demand_meter:
        return []
    ruling = _schedule_then(edition, of, month).parts[-1][1]
    return [one for one in months if one[1] in ruling.demand.months]


def _metered_peaks(
    of: Agreement,
    months: Sequence[Month],
    start: Instants,
    energy: Floats,
    edition: TariffEdition,
    calendar: Calendar,
) -> dict[Month, float]:
    """The highest counting demand of each of these months in which anything was metered [kW]."""
    found: dict[Month, float] = {}
    for month in months:
        whole = period_of(month)
        inside = (start >= milliseconds(whole.start)) & (start < milliseconds(whole.end))
        told = energy[inside]
        if not np.isnan(told).all():
            slots = classify(_schedule_then(edition, of, month), start[inside], calendar)
            counted = told[slots.counts & ~np.isnan(told)]
            if len(counted):
                found[month] = float(counted.max() * 4)
    return found


def _schedule_then(edition: TariffEdition, one: Agreement, month: Month) -> Schedule:
    return schedule_of(edition, one.contract, first_day(month), last_day(month))


def draft_bill(
    store: Store, conn: Connection, meter: str, month: Month, as_of: datetime, *, estimate: bool = False
) -> tuple[Bill, Meter, Terms]:
    """The bill of a month as far as it is metered; with `estimate`, gaps filled and marked.

    Raises `InvalidInput` when no contract or no price is known, or before the month's first quarter-hour.
    """
    terms = terms_of(store, conn, meter, month, as_of)
    readings = readings_until(store, conn, meter, month, as_of)
    if estimate:
        readings = fill_gaps(readings, terms.calendar)
    return bill_by(terms, readings, month), readings, terms


def readings_until(store: Store, conn: Connection, meter: str, month: Month, as_of: datetime) -> Meter:
    """The quarter-hours of a month that have ended."""
    whole = period_of(month)
    ended = instant(int(as_of.timestamp() * 1000) // SLOT_MS * SLOT_MS)
    end = min(whole.end, ended)
    if end <= whole.start:
        raise InvalidInput.because(
            "month",
            Text(f"{month_text(month)}에는 아직 계량값이 없습니다.", f"{month_text(month)} has not begun."),
            Text("지난달을 보십시오.", "Look at the month before."),
        )
    return read_meter(store, conn, meter, Period(whole.start, end), as_of)


def bill_by(terms: Terms, readings: Meter, month: Month, version: int = 1) -> Bill:
    """The bill of these readings by these terms."""
    return bill_month(
        readings,
        terms.agreement.contract,
        terms.schedule,
        terms.levies,
        terms.calendar,
        terms.history,
        month=month,
        version=version,
    )


def close_bill(
    store: Store, actor: Actor, meter: str, month: Month, now: datetime, reason: str = ""
) -> Restated:
    """Close a month, or restate it as a new version from what is known by now.

    `Conflict` while the month runs, when nothing was metered, or when nothing has changed since.
    """
    actor.require(METER)
    if now < period_of(month).end:
        raise Conflict(
            Text(f"{month_text(month)}이 아직 끝나지 않았습니다.", f"{month_text(month)} is not over yet.")
        )
    with store.registry.write() as conn:
        thing = find_meter(store, conn, actor, meter)
        earlier = bill_versions(conn, meter, month)
        bill, _, terms = draft_bill(store, conn, meter, month, now, estimate=True)
        if not bill.completeness.measured:
            raise Conflict(
                Text("계량된 값이 없어 확정할 수 없습니다.", "Nothing was metered, so nothing can be closed.")
            )
        bill = replace(bill, version=len(earlier) + 1)
        explanation = explain(earlier[-1].bill, bill) if earlier else None
        if explanation is not None and not _changed(earlier[-1].bill, bill):
            raise Conflict(
                Text(
                    "확정한 뒤 달라진 것이 없어 새 판을 만들지 않았습니다.",
                    "Nothing has changed since it was closed, so no version was made.",
                )
            )
        kept = add_bill(
            conn,
            KeptBill(
                meter,
                thing.tenant,
                bill,
                now,
                terms.edition.version,
                actor.id,
                reason.strip(),
                thing.simulated or terms.agreement.simulated,
            ),
        )
        store.events.append(
            conn,
            "BillRestated" if earlier else "BillClosed",
            actor=actor,
            subject=meter,
            payload={
                "month": month_text(month),
                "version": bill.version,
                "total": bill.total,
                "difference": explanation.difference if explanation else 0,
                "reason": reason.strip(),
                "hash": kept.hash,
            },
            at=now,
            tenant=thing.tenant,
        )
    return Restated(kept, explanation)


def _changed(old: Bill, new: Bill) -> bool:
    return replace(new, version=old.version, demand=old.demand) != replace(old, version=old.version) or (
        repr(old.demand) != repr(new.demand)
    )


def kept_versions(store: Store, actor: Actor, meter: str, month: Month) -> list[Restated]:
    """Every closed version of a month, oldest first, each with what changed since the one before."""
    with store.registry.read() as conn:
        find_meter(store, conn, actor, meter)
        found = bill_versions(conn, meter, month)
    return [Restated(one, explain(found[i - 1].bill, one.bill) if i else None) for i, one in enumerate(found)]
