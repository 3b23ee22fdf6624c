"""Savings behind a meter: what was done, what use follows, and what of it can be believed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL, Period, instant, midnight, milliseconds
from sandan.energy.engine.carbon import book, pick
from sandan.energy.engine.editions import levies_on, schedule_of
from sandan.energy.engine.months import first_day, last_day, moved, period_of
from sandan.energy.engine.savings import (
    between,
    days_of,
    fit_baseline,
    predict,
    read_production,
    saving,
    savings_by_measure,
    with_driver,
)
from sandan.energy.engine.tariff import rates
from sandan.energy.model.carbon import Factor, Part, Purpose
from sandan.energy.model.efficiency import DoneMeasure, DriverDay, SavingStatement, StatedMeasure
from sandan.energy.model.papers import Paper, PaperKind
from sandan.energy.model.rates import SLOT_MS, Floats, Instants, Rates
from sandan.energy.model.rights import METER, REPORT, SEE
from sandan.energy.model.savings import Baseline, Days, Measure, MeasureSaving, Saving, SavingParams
from sandan.energy.records import efficiency as records
from sandan.energy.service.bills import agreement_on, find_meter, meters_for
from sandan.energy.service.papers import Papers
from sandan.energy.service.readings import read_meter
from sandan.energy.service.tariffs import calendar_for, edition_in_force
from sandan.errors import Conflict, Finding, InvalidInput, NotFound
from sandan.sheets import decode
from sandan.store import Json, Store
from sandan.twin.model import Thing
from sandan.words import Text

STATEMENTS = Papers(PaperKind.SAVING, SavingStatement, "SavingsStated")
MOST_BYTES = 2_000_000
BEFORE = timedelta(days=730)
"""At most so much before the first measure makes the baseline."""
AFTER = timedelta(days=1100)
"""At most so much since the first measure is looked at."""
EPOCH = date(1970, 1, 1)
PARAMS = SavingParams()
WHOLE_PERIOD = "all"
"""The period of a meter's statement: from its first measure on."""


@dataclass(frozen=True, slots=True)
class MeterSavings:
    """One meter: its measures and what came of them."""

    meter: Thing
    firm: Thing | None
    measures: Sequence[DoneMeasure]
    drivers: Sequence[DriverDay]
    known: int
    """Whole days metered before the first measure, or at all without one."""
    days: Days | None
    baseline: Baseline | None
    fitted: Floats | None
    """What each of `days` would have taken without the measures [kWh]."""
    saving: Saving | None
    by_measure: Sequence[MeasureSaving]
    factor: Factor | None
    unpriced: Sequence[Finding]
    """Why there are no won."""
    unable: Sequence[Finding]
    """Why there is no baseline or no saving."""
    statements: Sequence[Paper[SavingStatement]]

    @property
    def needed(self) -> int:
        """Days of baseline below which nothing is believed."""
        return PARAMS.least_span

    @property
    def simulated(self) -> bool:
        return self.meter.simulated or any(one.simulated for one in self.measures)


def savings_overview(store: Store, actor: Actor, now: datetime) -> list[MeterSavings]:
    """Every meter behind which something was done, those that saved most first."""
    actor.require(SEE)
    with store.registry.read() as conn:
        mine = {one.id for one in meters_for(store, conn, actor)}
        meters = list(dict.fromkeys(one.meter for one in records.measures_of(conn, mine)))
    found = [meter_savings(store, actor, meter, now) for meter in meters]
    return sorted(found, key=lambda one: -(one.saving.kwh if one.saving else -np.inf))


def own_meters(store: Store, actor: Actor) -> list[Thing]:
    """The meters this actor may look at."""
    with store.registry.read() as conn:
        return meters_for(store, conn, actor)


def meter_savings(store: Store, actor: Actor, meter: str, now: datetime) -> MeterSavings:
    """One meter's measures and savings; a firm is told of another's that there is none."""
    with store.registry.read() as conn:
        thing = find_meter(store, conn, actor, meter)
        firm = store.things.get(conn, thing.tenant) if thing.tenant else None
        measures = records.measures_of(conn, {meter})
        drivers = records.drivers_of(conn, meter)
        statements = STATEMENTS.versions(conn, meter, WHOLE_PERIOD)
        days = _days(store, conn, thing, measures, drivers, now)
        known, baseline, fitted, found = 0, None, None, None
        parts: Sequence[MeasureSaving] = ()
        unpriced: Sequence[Finding] = ()
        unable: Sequence[Finding] = ()
        factor = _factor(now)
        if days is not None:
            cut = _number(measures[0].since) if measures else int(days.day[-1]) + 1
            before = _between(days, int(days.day[0]), cut)
            known = 0 if before is None else int(np.isfinite(before.energy).sum())
            try:
                baseline, fitted = _baseline(before, days)
                after = _between(days, cut, int(days.day[-1]) + 1) if measures else None
                if after is not None:
                    priced, unpriced = _prices(store, conn, meter, after)
                    found = saving(
                        baseline, after, rates=priced, emission_factor=factor.value if factor else None
                    )
                    parts = savings_by_measure(baseline, after, [_step(one) for one in measures])
            except InvalidInput as error:
                unable = error.findings
    return MeterSavings(
        thing, firm, measures, drivers, known, days, baseline, fitted, found, parts, factor, unpriced, unable,
        statements,
    )  # fmt: skip


def add_measure(
    store: Store, actor: Actor, meter: str, given: Mapping[str, str], now: datetime
) -> DoneMeasure:
    """Write down what was done; `InvalidInput` with every fault."""
    actor.require(REPORT)
    name, since = given.get("name", "").strip(), None
    findings = []
    if not name or len(name) > 200:
        findings.append(
            Finding(
                "name",
                Text("조치의 이름을 200자까지 적으십시오.", "the measure needs a name of up to 200 letters."),
                Text("예: 압축기 인버터 교체", "such as new compressor drive"),
            )
        )
    try:
        since = date.fromisoformat(given.get("since", "").strip())
        if since > now.astimezone(SEOUL).date():
            raise ValueError(since)
    except ValueError:
        findings.append(
            Finding(
                "since",
                Text("온전히 적용된 첫날을 읽을 수 없습니다.", "the first full day cannot be read."),
                Text("오늘까지의 날짜를 적으십시오. 예: 2026-03-02", "a day up to today, such as 2026-03-02"),
            )
        )
    if findings or since is None:
        raise InvalidInput(findings)
    with store.registry.write() as conn:
        thing = find_meter(store, conn, actor, meter)
        id = hashlib.sha256(f"{meter}|{since}|{name}".encode()).hexdigest()[:16]
        if records.find_measure(conn, id) is not None:
            raise Conflict(Text("같은 조치가 이미 있습니다.", "This measure is there already."))
        one = DoneMeasure(id, meter, name, given.get("what", "").strip()[:2000], since, thing.simulated)
        records.add_measure(conn, one)
        _tell(store, conn, actor, "MeasureAdded", thing, {"name": name, "since": since.isoformat()}, now)
    return one


def remove_measure(store: Store, actor: Actor, meter: str, id: str, now: datetime) -> None:
    """Take out a measure that was entered wrongly; statements keep it."""
    actor.require(REPORT)
    with store.registry.write() as conn:
        thing = find_meter(store, conn, actor, meter)
        one = records.find_measure(conn, id)
        if one is None or one.meter != meter:
            raise NotFound(Text("절감조치", "measure"), id)
        records.remove_measure(conn, id)
        _tell(
            store, conn, actor, "MeasureRemoved", thing,
            {"name": one.name, "since": one.since.isoformat()}, now,
        )  # fmt: skip


def import_production(store: Store, actor: Actor, meter: str, data: bytes, now: datetime) -> int:
    """Bring in a sheet of daily production, in whole or not at all; how many days it had."""
    actor.require(REPORT)
    rows = read_production(decode(data, MOST_BYTES), meter, now.astimezone(SEOUL).date())
    with store.registry.write() as conn:
        thing = find_meter(store, conn, actor, meter)
        records.put_drivers(conn, rows)
        names = sorted({one.name for one in rows})
        _tell(
            store, conn, actor, "ProductionImported", thing,
            {"days": len(rows), "names": ", ".join(names)}, now,
        )  # fmt: skip
    return len(rows)


def forget_driver(store: Store, actor: Actor, meter: str, name: str, now: datetime) -> None:
    """Take one driver out of a meter's baseline."""
    actor.require(REPORT)
    with store.registry.write() as conn:
        thing = find_meter(store, conn, actor, meter)
        days = records.remove_driver(conn, meter, name)
        if not days:
            raise NotFound(Text("생산량", "production"), name)
        _tell(store, conn, actor, "ProductionForgotten", thing, {"days": days, "names": name}, now)


def state_savings(
    store: Store, actor: Actor, meter: str, now: datetime, *, seen: int, reason: str = ""
) -> Paper[SavingStatement]:
    """State what was saved until yesterday, believed or not; `Conflict` where nothing can be said."""
    actor.require(METER)
    found = meter_savings(store, actor, meter, now)
    if found.saving is None or found.baseline is None or found.days is None:
        raise Conflict(
            Text("아직 말할 수 있는 절감량이 없습니다.", "There is no saving that could be stated yet.")
        )
    body = _statement(found, found.saving, found.baseline, found.days)
    with store.registry.write() as conn:
        return STATEMENTS.finish(
            store, conn, actor, meter, WHOLE_PERIOD, body, now, seen=seen, reason=reason,
            tenant=found.meter.tenant, simulated=found.simulated,
            payload={"kwh": round(body.kwh), "believable": body.believable},
        )  # fmt: skip


def _statement(found: MeterSavings, made: Saving, baseline: Baseline, days: Days) -> SavingStatement:
    names = {one.id: one.name for one in found.measures}
    since = {one.id: one.since for one in found.measures}
    return SavingStatement(
        meter=found.meter.id,
        baseline_first=_day(int(baseline.day[0])),
        baseline_last=_day(int(baseline.day[-1])),
        first=found.measures[0].since,
        last=_day(int(days.day[-1])),
        days=made.days,
        left_out=made.left_out,
        kwh=made.kwh,
        low=made.low,
        high=made.high,
        confidence=made.confidence,
        baseline_kwh=made.baseline_kwh,
        won=None if made.won is None else (made.won.value, made.won.low, made.won.high),
        tonnes=None if made.tonnes is None else (made.tonnes.value, made.tonnes.low, made.tonnes.high),
        factor=found.factor.source if found.factor else "",
        believable=made.believable,
        reasons=made.reasons,
        measures=tuple(
            StatedMeasure(
                tuple(names[one.id] for one in part.measures),
                since[part.measures[0].id],
                part.kwh,
                part.low,
                part.high,
                part.believable,
                part.reasons,
            )
            for part in found.by_measure
        ),
        names=baseline.names,
        coefficients=tuple(float(one) for one in baseline.coefficients),
        cv=float(baseline.cv),
        r2=float(baseline.r2),
        effective=float(baseline.effective),
    )


def _days(
    store: Store,
    conn: Connection,
    meter: Thing,
    measures: Sequence[DoneMeasure],
    drivers: Sequence[DriverDay],
    now: datetime,
) -> Days | None:
    """The meter's days around its measures, until yesterday; None where no day is whole."""
    end = midnight(milliseconds(now))
    cut = measures[0].since if measures else now.astimezone(SEOUL).date()
    opened = instant(midnight(milliseconds(datetime(cut.year, cut.month, cut.day, 12, tzinfo=SEOUL))))
    span = Period(opened - BEFORE, min(instant(end), opened + AFTER))
    readings = read_meter(store, conn, meter.id, span, now, reactive=False)
    told = np.flatnonzero(np.isfinite(readings.energy))
    if not len(told):
        return None
    keep = slice(int(told[0]), None)
    start, energy = readings.start[keep], np.asarray(readings.energy[keep])
    edition = edition_in_force(store, conn)
    calendar = calendar_for(edition, instant(int(start[0])).year, now.astimezone(SEOUL).year)
    try:
        days = days_of(start, energy, calendar.holidays, _temperature(store, conn, start, now))
    except InvalidInput:
        return None
    for name in dict.fromkeys(one.name for one in drivers):
        days = with_driver(days, name, {one.day: one.quantity for one in drivers if one.name == name})
    return days


def _temperature(store: Store, conn: Connection, start: Instants, now: datetime) -> Floats | None:
    """Outdoor temperature by quarter-hours of the weather station with the most of it [°C, n]."""
    stations = {one.id for one in store.things.all(conn, {"weather_station"})}
    points = [one for one in store.points.find(conn, quantity="air_temperature") if one.thing in stations]
    if not points:
        return None
    period = Period(instant(int(start[0])), instant(int(start[-1]) + SLOT_MS))
    table = store.historian.roll(points, period, "15min", as_of=now)
    best: Floats | None = None
    numbers = table["point"].to_numpy()
    for point in points:
        mine = table.filter(numbers == point.number)
        values = np.full(len(start), np.nan)
        slot = (mine["start"].cast("int64").to_numpy() - start[0]) // SLOT_MS
        inside = (slot >= 0) & (slot < len(start))
        values[slot[inside]] = mine["value"].to_numpy()[inside]
        if best is None or np.isfinite(values).sum() > np.isfinite(best).sum():
            best = values
    # A year of use beside a week of weather: the weather would leave out nearly every day.
    return best if best is not None and np.isfinite(best).mean() > PARAMS.least_coverage else None


def _baseline(before: Days | None, days: Days) -> tuple[Baseline, Floats]:
    if before is None:
        raise InvalidInput.because(
            "baseline",
            Text("조치 전의 계량값이 없습니다.", "Nothing was metered before the measure."),
            Text("지난 계량값을 가져오십시오.", "Import earlier readings."),
        )
    baseline = fit_baseline(before)
    fitted, _ = predict(baseline, days)
    return baseline, fitted


def _prices(
    store: Store, conn: Connection, meter: str, days: Days
) -> tuple[Sequence[Rates], Sequence[Finding]]:
    """The bill's own prices of these days, one a month; or why there are none."""
    first, last = _day(int(days.day[0])), _day(int(days.day[-1]))
    edition = edition_in_force(store, conn)
    calendar = calendar_for(edition, first.year, last.year)
    month, found = (first.year, first.month), []
    try:
        while month <= (last.year, last.month):
            held = agreement_on(conn, meter, last_day(month))
            if held is None:
                return (), [_no_contract(meter)]
            whole = period_of(month)
            start = np.arange(milliseconds(whole.start), milliseconds(whole.end), SLOT_MS, dtype=np.int64)
            schedule = schedule_of(edition, held.contract, first_day(month), last_day(month))
            levies = levies_on(edition, last_day(month))
            found.append(rates(held.contract, schedule, levies, start, calendar, month=month))
            month = moved(month, 1)
    except InvalidInput as error:
        return (), error.findings
    return found, ()


def _no_contract(meter: str) -> Finding:
    return Finding(
        "contract",
        Text(
            f"'{meter}'의 전력 계약이 없어 원으로 셈하지 못합니다.", f"'{meter}' has no contract, so no won."
        ),
        Text("에너지 → 전력 계약에서 등록하십시오.", "Enter one under Energy → Contracts."),
    )


def _factor(now: datetime) -> Factor | None:
    today = now.astimezone(SEOUL).date()
    return pick(book(today), "electricity", "CO2eq", Part.EMISSION, Purpose.ESG, today.year)


def _between(days: Days, begin: int, end: int) -> Days | None:
    inside = (days.day >= begin) & (days.day < end)
    return between(days, begin, end) if inside.any() else None


def _step(one: DoneMeasure) -> Measure:
    return Measure(one.id, Text(one.name, one.name), _number(one.since))


def _number(day: date) -> int:
    return (day - EPOCH).days


def _day(number: int) -> date:
    return EPOCH + timedelta(days=number)


def _tell(
    store: Store,
    conn: Connection,
    actor: Actor,
    kind: str,
    meter: Thing,
    payload: Mapping[str, Json],
    now: datetime,
) -> None:
    store.events.append(
        conn, kind, actor=actor, subject=meter.id, payload=payload, at=now, tenant=meter.tenant
    )
