"""The complex's year with more roofs and batteries: every firm billed again, every feeder loaded again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from sqlalchemy.engine import Connection

from sandan.clock import SEOUL
from sandan.energy.engine.whatif import SiteYear, bill_fleet_year, change_site, spread_batteries, spread_roofs
from sandan.energy.model.agreements import Agreement
from sandan.energy.model.rates import SLOT_HOURS, Floats
from sandan.energy.model.tariff import Contract
from sandan.energy.model.whatif import (
    LINES,
    Addition,
    BilledYear,
    Carbon,
    FeederYear,
    Grounds,
    MeterYear,
    MonthSum,
    Outcome,
    PutUp,
    RoofYear,
    Terms,
    Totals,
    Wish,
    sums_of,
)
from sandan.energy.records.bills import month_text
from sandan.energy.records.contracts import contracts_of
from sandan.energy.service.bills import in_force
from sandan.energy.service.years import Setting, capacity_of, read_days, roofs_of, setting_of, year_of
from sandan.errors import InvalidInput
from sandan.store import Store
from sandan.twin.geometry import area
from sandan.twin.model import Thing
from sandan.words import Text

AT_ONCE = 8
"""Meters read together: a year of them fits in memory, and the bar moves."""
Progress = Callable[[int, int], None]
"""Told how many meters are done of how many; may raise to stop."""


@dataclass(frozen=True, slots=True)
class Complex:
    """What the twin says: meters with their contracts, roofs and feeders."""

    meters: tuple[Thing, ...]
    agreements: Mapping[str, Agreement]
    feeders: tuple[Thing, ...]
    of_feeder: Mapping[str, int]
    """Place of a meter's feeder in `feeders`."""
    bare: Floats
    """Roof without plant that belongs to each meter [㎡, meters]."""
    density: float
    """Of the plants there are, on the roofs they stand on [kW/㎡]."""
    behind: float
    """Plants of firms that have a meter [kW]."""
    feeding: float
    """All other plants [kW]."""

    @property
    def there(self) -> float:
        return self.behind + self.feeding


@dataclass(slots=True)
class _Sums:
    """What is added up meter by meter; courses are kWh a quarter-hour."""

    feeders: Floats
    """[2, feeders, n]: before and after."""
    net: Floats
    """[2, n]."""
    months: Floats
    """[2, 12]."""
    lines: tuple[dict[str, int], dict[str, int]] = field(default_factory=lambda: ({}, {}))
    measured: list[int] = field(default_factory=list)
    known: list[int] = field(default_factory=list)
    silent: int = 0
    unbilled: int = 0
    billed: int = 0
    dearer: int = 0


def run_scenario(store: Store, wish: Wish, now: datetime, progress: Progress) -> Outcome:
    """The complex's year with `wish` put up by the rules of `spread_roofs` and `spread_batteries`.

    Every firm bills by today's contract and tariffs of each month, its battery by its own bill with perfect
    foresight within a month; a plant of a firm stands behind its meter. Feeders carry the sum of their
    meters, losses left out. `InvalidInput` says what is not known.
    """
    began = time.thread_time()
    with store.registry.read() as conn:
        setting = setting_of(store, conn, now)
        works = complex_of(store, conn, now)
        roof = roofs_of(store, conn, setting, now)
    terms = _billable(setting, works)
    works = replace(
        works,
        agreements={id: one for id, one in works.agreements.items() if one.contract in terms},
    )
    if wish.roofs > 0 and (roof is None or works.there <= 0):
        raise InvalidInput.because(
            "roofs",
            Text(
                "태양광 발전설비가 없거나, 발전량도 일사량도 들어온 적이 없습니다.",
                "There is no plant, or neither its output nor the irradiance was ever metered.",
            ),
            Text(
                "발전설비를 용량과 함께 등록하고 발전량이나 일사량을 받으십시오.",
                "Register plants with their capacity and receive output or irradiance.",
            ),
        )
    whole = 2 * len(works.meters)
    peak, mean = _loads(store, works, setting, now, lambda done: progress(done, whole))
    power, unplaced = spread_roofs(works.there * wish.roofs / 100, works.bare, works.density)
    stored, rate = spread_batteries(1000 * wish.batteries, wish.hours, peak, mean)
    added = [Addition(*one) for one in zip(rate.tolist(), stored.tolist(), power.tolist(), strict=True)]
    sums = _run(
        store, works, setting, terms, roof, added, now, lambda done: progress(whole // 2 + done, whole)
    )
    if not sums.measured:
        raise InvalidInput.because(
            "meters",
            Text("하루라도 온전히 계량된 계량기가 없습니다.", "No meter was metered for a whole day."),
            Text(
                "15분 계량값이 하루 이상 쌓인 뒤 다시 돌려 보십시오.",
                "Run it again after a whole day of quarter-hours.",
            ),
        )
    put_up = PutUp(
        float(power.sum()),
        int((power > 0).sum()),
        works.there,
        unplaced,
        float(stored.sum()),
        float(rate.sum()),
        int((stored > 0).sum()),
    )
    grounds = Grounds(
        sums.billed,
        sums.unbilled,
        sums.silent,
        (min(sums.measured, default=0), int(np.median(sums.measured or [0]))),
        int(np.median(sums.known or [0])),
        None if roof is None else roof.origin,
        None if roof is None else roof.source,
        0 if roof is None else roof.count,
        any(one.simulated for one in works.meters),
    )
    before, after = (_totals(sums, works, roof, put_up, side) for side in (0, 1))
    return Outcome(
        put_up,
        grounds,
        before,
        after,
        sums.dearer,
        tuple(
            MonthSum(month_text(month), round(sums.months[0, k]), round(sums.months[1, k]))
            for k, month in enumerate(setting.year.months)
        ),
        tuple(
            (id, sums.lines[0].get(id, 0), sums.lines[1].get(id, 0))
            for id in LINES
            if id in sums.lines[0] or id in sums.lines[1]
        ),
        _feeders(sums, works, setting),
        _carbon(setting, before, after),
        time.thread_time() - began,
    )


def complex_of(store: Store, conn: Connection, now: datetime) -> Complex:
    """The twin as a scenario needs it. A roof is without plant when no plant's parent is that building; of a
    building with several firms each has an even share."""
    things = store.things.all(conn, {"meter", "firm", "building", "pv", "feeder", "transformer"})
    of: dict[str, list[Thing]] = {}
    for one in things:
        of.setdefault(one.kind, []).append(one)
    meters, plants = of.get("meter", []), of.get("pv", [])
    buildings = {one.id: one for one in of.get("building", [])}
    home = {one.id: str(one.attributes.get("building") or one.parent or "") for one in of.get("firm", [])}
    stood = {one.parent for one in plants}
    shared: dict[str, int] = {}
    for one in meters:
        where = home.get(one.tenant or "", "")
        shared[where] = shared.get(where, 0) + 1
    bare = []
    for one in meters:
        where = home.get(one.tenant or "", "")
        free = where in buildings and where not in stood
        bare.append(roof_area(buildings[where]) / shared[where] if free else 0.0)
    covered = sum(roof_area(buildings[id]) for id in stood if id is not None and id in buildings)
    on = sum(capacity_of(one) for one in plants if one.parent in buildings)
    owners = {one.tenant for one in meters if one.tenant is not None}
    behind = sum(capacity_of(one) for one in plants if one.tenant in owners)
    feeders = tuple(of.get("feeder", []))
    place = {one.id: at for at, one in enumerate(feeders)}
    through = {one.id: str(one.attributes.get("feeder") or "") for one in of.get("transformer", [])}
    fed = {one.id: through.get(str(one.attributes.get("transformer") or ""), "") for one in meters}
    by_meter: dict[str, list[Agreement]] = {}
    for agreement in contracts_of(conn):
        by_meter.setdefault(agreement.meter, []).append(agreement)
    today = now.astimezone(SEOUL).date()
    held = {id: in_force(found, today) for id, found in by_meter.items()}
    return Complex(
        tuple(meters),
        {id: one for id, one in held.items() if one is not None},
        feeders,
        {id: place[line] for id, line in fed.items() if line in place},
        np.array(bare),
        on / covered if covered > 0 else 0.0,
        behind,
        sum(capacity_of(one) for one in plants) - behind,
    )


def roof_area(building: Thing) -> float:
    """Of a building [㎡]: as the twin says, else the area of its outline."""
    given = building.attributes.get("roof_area")
    if isinstance(given, int | float) and given > 0:
        return float(given)
    return 0.0 if building.geometry is None else area(building.geometry)


def _billable(setting: Setting, works: Complex) -> dict[Contract, Terms]:
    """The terms of every contract whose tariff is known."""
    found: dict[Contract, Terms] = {}
    for contract in {one.contract for one in works.agreements.values()}:
        with suppress(InvalidInput):
            found[contract] = setting.terms(contract)
    return found


def _chunks(works: Complex) -> Iterator[tuple[int, Sequence[Thing]]]:
    for first in range(0, len(works.meters), AT_ONCE):
        yield first, works.meters[first : first + AT_ONCE]


def _loads(
    store: Store, works: Complex, setting: Setting, now: datetime, progress: Callable[[int], None]
) -> tuple[Floats, Floats]:
    """Peak and mean of each meter that is billed, as far as it was metered [kW]; 0 for the others."""
    peak, mean = np.zeros((2, len(works.meters)))
    for first, part in _chunks(works):
        progress(first)
        with store.registry.read() as conn:
            fleet = read_days(store, conn, [one.id for one in part], setting, now, reactive=False)
        for row, meter in enumerate(part):
            told = fleet.energy[row][np.isfinite(fleet.energy[row])]
            if len(told) and meter.id in works.agreements:
                peak[first + row] = told.max() / SLOT_HOURS
                mean[first + row] = told.mean() / SLOT_HOURS
    return peak, mean


def _run(
    store: Store,
    works: Complex,
    setting: Setting,
    known: Mapping[Contract, Terms],
    roof: RoofYear | None,
    added: Sequence[Addition],
    now: datetime,
    progress: Callable[[int], None],
) -> _Sums:
    n = len(setting.year.start)
    sums = _Sums(np.zeros((2, len(works.feeders), n)), np.zeros((2, n)), np.zeros((2, 12)))
    for first, part in _chunks(works):
        progress(first)
        with store.registry.read() as conn:
            fleet = read_days(store, conn, [one.id for one in part], setting, now)
        rows: list[tuple[Thing, MeterYear, Terms, Addition]] = []
        for row, meter in enumerate(part):
            course = year_of(fleet, row, setting)
            agreement = works.agreements.get(meter.id)
            if course is None:
                sums.silent += 1
                continue
            sums.measured.append(course.origin.measured)
            sums.known.append(course.origin.known)
            if agreement is None:
                sums.unbilled += 1
                _add(sums, works, meter, course.energy, course.energy)
                continue
            rows.append((meter, course, known[agreement.contract], added[first + row]))
        if rows:
            _bill_part(sums, works, setting, roof, rows)
    return sums


def _bill_part(
    sums: _Sums,
    works: Complex,
    setting: Setting,
    roof: RoofYear | None,
    rows: Sequence[tuple[Thing, MeterYear, Terms, Addition]],
) -> None:
    year, terms = setting.year, [one for _, _, one, _ in rows]
    none = np.full(len(year.start), np.nan)
    lagging = np.array([none if one.lagging is None else one.lagging for _, one, _, _ in rows])
    leading = np.array([none if one.leading is None else one.leading for _, one, _, _ in rows])
    energy = np.array([one.energy for _, one, _, _ in rows])
    before = bill_fleet_year(year, energy, lagging, leading, terms, setting.levies, setting.calendar)
    changed = [
        change_site(meter.id, year, one, course, before[k].bills, more, roof)
        for k, (meter, course, one, more) in enumerate(rows)
    ]
    after = _after(setting, changed, lagging, leading, terms)
    # A battery that would make the bills dearer (rounding, power factor) rests.
    dearer = [k for k, old in enumerate(before) if after[k].total > old.total and rows[k][3].stores]
    for k in dearer:
        meter, course, one, more = rows[k]
        changed[k] = change_site(meter.id, year, one, course, before[k].bills, more.resting(), roof)
    if dearer:
        after = _after(setting, changed, lagging, leading, terms)
    for (meter, course, _, _), new in zip(rows, changed, strict=True):
        _add(sums, works, meter, course.energy, new.net)
    for old, bills in zip(before, after, strict=True):
        _add_bills(sums, old, bills)


def _after(
    setting: Setting, changed: Sequence[SiteYear], lagging: Floats, leading: Floats, terms: Sequence[Terms]
) -> list[BilledYear]:
    imported = np.array([one.imported for one in changed])
    return bill_fleet_year(setting.year, imported, lagging, leading, terms, setting.levies, setting.calendar)


def _add(sums: _Sums, works: Complex, meter: Thing, before: Floats, after: Floats) -> None:
    at = works.of_feeder.get(meter.id)
    for side, course in enumerate((before, after)):
        sums.net[side] += course
        if at is not None:
            sums.feeders[side, at] += course


def _add_bills(sums: _Sums, before: BilledYear, after: BilledYear) -> None:
    sums.billed += 1
    sums.dearer += after.total > before.total
    for side, one in enumerate((before, after)):
        sums.months[side] += [bill.total for bill in one.bills]
        for id, won in sums_of(one.bills).items():
            sums.lines[side][id] = sums.lines[side].get(id, 0) + won


def _totals(sums: _Sums, works: Complex, roof: RoofYear | None, put_up: PutUp, side: int) -> Totals:
    net = sums.net[side]
    made = 0.0
    if roof is not None:
        net = net - roof.energy * works.feeding
        made = float(roof.energy.sum()) * (works.there + (put_up.roof if side else 0.0))
    return Totals(
        round(sums.months[side].sum()),
        float(net.max()) / SLOT_HOURS,
        float(np.maximum(net, 0).sum()),
        float(np.maximum(-net, 0).sum()),
        made,
        float(net.sum()) + made,
    )


def _feeders(sums: _Sums, works: Complex, setting: Setting) -> tuple[FeederYear, ...]:
    """Those with meters, heaviest first."""
    found = []
    for at, thing in enumerate(works.feeders):
        count = sum(one == at for one in works.of_feeder.values())
        if not count:
            continue
        before, after = sums.feeders[:, at] / SLOT_HOURS
        given = thing.attributes.get("capacity")
        found.append(
            FeederYear(
                thing.id,
                thing.name,
                float(given) if isinstance(given, int | float) and given > 0 else None,
                count,
                float(np.abs(before).max()),
                float(np.abs(after).max()),
                max(0.0, -float(before.min())),
                max(0.0, -float(after.min())),
                int(setting.year.start[int(np.abs(after).argmax())]),
            )
        )
    return tuple(sorted(found, key=lambda one: -one.after / (one.capacity or np.inf)))


def _carbon(setting: Setting, before: Totals, after: Totals) -> Carbon | None:
    factor = setting.factor
    if factor is None or factor.value is None:
        return None
    return Carbon(
        before.imported / 1000 * factor.value,
        after.imported / 1000 * factor.value,
        factor.version,
        factor.source,
    )
