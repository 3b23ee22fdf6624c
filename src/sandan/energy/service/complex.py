"""The complex's month: its energy balance, and which firms cost most and are near their peak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import Period, instant, milliseconds
from sandan.energy.engine.editions import levies_on, schedule_of
from sandan.energy.engine.metering import balance
from sandan.energy.engine.months import first_day, last_day, month_of, period_of
from sandan.energy.engine.tariff import bill_many
from sandan.energy.model.agreements import Agreement
from sandan.energy.model.metering import Balance
from sandan.energy.model.rates import SLOT_HOURS, SLOT_MS, Floats, Instants
from sandan.energy.model.rights import SEE
from sandan.energy.model.tariff import Bill, Month
from sandan.energy.records.contracts import contracts_of
from sandan.energy.service.bills import history_of, in_force, meters_for
from sandan.energy.service.readings import ENERGY, MOST, POWER, points_on, read_fleet, starts_of
from sandan.energy.service.tariffs import calendar_for, edition_in_force
from sandan.errors import Finding, InvalidInput
from sandan.store import Store
from sandan.twin.model import Point, Thing
from sandan.twin.tables import quantity
from sandan.words import Text

SHOWN = 30
"""Firms whose bill is worked out: those that used most."""
SUPPLY, SUPPLIED, GENERATION = "substation", "supply_energy", "generation_energy"


@dataclass(frozen=True, slots=True)
class FirmMonth:
    """One meter this month."""

    meter: Thing
    firm: Thing | None
    used: float
    """[kWh]."""
    bill: Bill | None
    power: float | None
    """Newest active power [kW]."""
    limit: float | None
    """The billing demand so far [kW]."""

    @property
    def risk(self) -> float | None:
        """How much of what is billed anyway the power of now is."""
        return None if self.power is None or not self.limit else self.power / self.limit


@dataclass(frozen=True, slots=True)
class ComplexMonth:
    """What the staff sees."""

    month: Month
    until: datetime
    balance: Balance | None
    why_none: Text | None
    """What has to be said of the balance, or why there is none."""
    firms: Sequence[FirmMonth]
    meters: int
    heard: int
    """Meters that told anything this month."""
    contracts: int
    used: float
    findings: Sequence[Finding]
    simulated: bool


def complex_month(
    store: Store, actor: Actor, now: datetime, text: str = "", *, balanced: bool = True
) -> ComplexMonth:
    """The month so far: balance if wanted, and the firms that used most, or those whose name holds `text`."""
    actor.require(SEE)
    month = month_of(now)
    whole = period_of(month)
    until = instant(milliseconds(now) // SLOT_MS * SLOT_MS)
    with store.registry.read() as conn:
        meters = {one.id: one for one in meters_for(store, conn, actor)}
        firms = {one.id: one for one in store.things.all(conn, {"firm"})}
        agreements = _agreements(conn, meters, month)
        if until <= whole.start:
            return ComplexMonth(month, until, None, _EMPTY, (), len(meters), 0, len(agreements), 0, (), False)
        span = Period(whole.start, until)
        used = _used(store, conn, meters, span, now)
        names = {id: _names(one, firms) for id, one in meters.items()}
        order = sorted(
            (id for id in meters if text.casefold() in names[id].casefold()),
            key=lambda one: -used.get(one, 0.0),
        )[:SHOWN]
        bills, findings = _bills(
            store, conn, [agreements[id] for id in order if id in agreements], month, span, now
        )
        powers = _powers(store, conn, order)
        energy, why = complex_balance(store, conn, span, now) if balanced else (None, None)
    rows = [_row(meters[id], firms, used.get(id, 0.0), bills.get(id), powers.get(id)) for id in order]
    return ComplexMonth(
        month,
        until,
        energy,
        why,
        rows,
        len(meters),
        len(used),
        len(agreements),
        sum(used.values()),
        findings,
        any(one.simulated for one in meters.values()),
    )


_EMPTY = Text("이 달의 15분값이 아직 없습니다.", "No quarter-hour of this month is over yet.")


def complex_balance(
    store: Store, conn: Connection, span: Period, as_of: datetime
) -> tuple[Balance | None, Text | None]:
    """The balance over a period with what has to be said of it, or why there is none.

    Import is what the substations deliver, by their meters or else by their mean power; negative is export.
    Where they told less than half of the period, it is the sum of the firms' meters and losses are not known.
    A plant of a firm with a meter stands behind it, as do batteries: what it makes is used besides the
    reading. Any other plant feeds the complex. What is measured and missing leaves its quarter-hour out.
    """
    start = starts_of(span)
    meters = _points(store, conn, ENERGY, "meter")
    if not meters or not len(start):
        return None, Text("전력량계가 없습니다.", "There is no meter.")
    owners = {one.tenant for one in meters if one.tenant is not None}
    plants = _points(store, conn, GENERATION, "pv")
    behind = _summed(store, [one for one in plants if one.tenant in owners], span, as_of, start)
    feeding = _summed(store, [one for one in plants if one.tenant not in owners], span, as_of, start)
    read = _summed(store, meters, span, as_of, start)
    supply = _points(store, conn, SUPPLIED, SUPPLY)
    net = _summed(store, supply, span, as_of, start)
    if not supply:
        supply = _points(store, conn, POWER, SUPPLY)
        net = _summed(store, supply, span, as_of, start) * SLOT_HOURS
    note = None
    there = ~np.isnan(read + behind + feeding)
    if not supply or 2 * int((there & ~np.isnan(net)).sum()) < int(there.sum()):
        net, note = read - feeding, NO_SUPPLY
    found = balance(np.maximum(net, 0), behind + feeding, np.maximum(-net, 0), read + behind)
    if not found.used_slots:
        return None, Text(
            "모든 계량값이 갖춰진 15분이 없습니다.",
            "There is no quarter-hour in which everything was metered.",
        )
    return found, note


NO_SUPPLY = Text(
    "변전소 전력이 절반도 들어오지 않아 기업 계량값의 합을 수전으로 보았습니다. 손실은 알 수 없습니다.",
    "Too little came from the substations: import is the sum of the firms' meters, losses are not known.",
)


def _points(store: Store, conn: Connection, measured: str, kind: str) -> list[Point]:
    things = {one.id for one in store.things.all(conn, {kind})}
    return [one for one in store.points.find(conn, quantity=measured, limit=MOST) if one.thing in things]


def _summed(store: Store, points: Sequence[Point], span: Period, as_of: datetime, start: Instants) -> Floats:
    """The points added up by quarter-hour [n]; NaN where nothing came or too little, 0 without points."""
    if not points:
        return np.zeros(len(start))
    total = np.full(len(start), np.nan)
    table = store.historian.roll(points, span, "15min", as_of=as_of, across=True)
    slot = (table["start"].cast("int64").to_numpy() - start[0]) // SLOT_MS
    if quantity(points[0].quantity).rollup == "sum":
        whole = table["coverage"].fill_null(1).to_numpy() >= WHOLE
    else:
        whole = table["count"].to_numpy() >= len(points)
    good = (slot >= 0) & (slot < len(start)) & whole
    total[slot[good]] = table["value"].to_numpy()[good]
    return total


WHOLE = 0.99
"""Least share of a quarter-hour's energies, of all points together, for it to enter the balance; of powers,
whose mean may stand on few samples, as many samples as points."""


def _used(
    store: Store, conn: Connection, meters: Mapping[str, Thing], span: Period, as_of: datetime
) -> dict[str, float]:
    points = points_on(store, conn, set(meters), ENERGY)
    if not points:
        return {}
    by_number = {point.number: id for id, point in points.items()}
    table = store.historian.roll(list(points.values()), span, "1mo", as_of=as_of)
    return {
        by_number[number]: value
        for number, value in zip(table["point"].to_pylist(), table["value"].to_pylist(), strict=True)
        if value is not None
    }


def _agreements(conn: Connection, meters: Mapping[str, Thing], month: Month) -> dict[str, Agreement]:
    by_meter: dict[str, list[Agreement]] = {}
    for one in contracts_of(conn):
        by_meter.setdefault(one.meter, []).append(one)
    held = {id: in_force(found, last_day(month)) for id, found in by_meter.items() if id in meters}
    return {id: one for id, one in held.items() if one is not None}


def _bills(
    store: Store, conn: Connection, agreements: Sequence[Agreement], month: Month, span: Period, now: datetime
) -> tuple[dict[str, Bill], Sequence[Finding]]:
    """Bills so far; without a levy that nobody told there are none, and the finding says which."""
    if not agreements:
        return {}, ()
    edition = edition_in_force(store, conn)
    calendar = calendar_for(edition, month[0] - 1, month[0])
    try:
        levies = levies_on(edition, last_day(month))
    except InvalidInput as error:
        return {}, error.findings
    fleet = read_fleet(store, conn, [one.meter for one in agreements], span, now)
    histories = history_of(store, conn, agreements, month, now, edition, calendar)
    made = bill_many(
        fleet,
        [one.contract for one in agreements],
        levies,
        calendar,
        histories=[histories[one.meter] for one in agreements],
        tariffs=[schedule_of(edition, one.contract, first_day(month), last_day(month)) for one in agreements],
        month=month,
    )
    return {one.meter: bill for one, bill in zip(agreements, made, strict=True)}, ()


def _powers(store: Store, conn: Connection, meters: Sequence[str]) -> dict[str, float]:
    points = points_on(store, conn, set(meters), POWER)
    if not points:
        return {}
    by_number = {point.number: id for id, point in points.items()}
    table = store.historian.latest(list(points.values()))
    return {
        by_number[number]: value
        for number, value in zip(table["point"].to_pylist(), table["value"].to_pylist(), strict=True)
    }


def _row(
    meter: Thing, firms: Mapping[str, Thing], used: float, bill: Bill | None, power: float | None
) -> FirmMonth:
    limit = bill.demand.kw if bill is not None else None
    return FirmMonth(meter, firms.get(meter.tenant or ""), used, bill, power, limit)


def _names(meter: Thing, firms: Mapping[str, Thing]) -> str:
    firm = firms.get(meter.tenant or "")
    return f"{meter.id} {meter.name} {firm.name if firm else ''}"
