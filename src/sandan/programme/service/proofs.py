"""How each indicator of the programme is proved from what was known at `as_of`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from sandan.clock import SEOUL, Period
from sandan.programme.engine.factors import electricity_factor
from sandan.programme.engine.indicators import (
    newest_month,
    newest_progress,
    newest_sheets,
    points_of_100,
)
from sandan.programme.engine.ledger import Choice, Outline, count_money
from sandan.programme.model.evidence import Basis, How, Proof, Record, RecordKind, nothing, proof_of
from sandan.programme.model.vocabulary import WON, Kind, Stage
from sandan.programme.records.books import settlements
from sandan.programme.records.evidence import records_known
from sandan.programme.records.stated import measure_names, project_parents, stated, versions_at
from sandan.store import Event, Store
from sandan.twin.model import Point
from sandan.twin.tables import quantities

ENERGY = "active_energy"
CLOSED = "IncidentClosed"
"""The event that says what an incident was: `major` as KICOX counts accidents, `drill` for an exercise."""
MOST = 100_000
"""So many meters or events are looked at; more than any complex has."""
_BY_DAY = timedelta(days=62)


def progress(store: Store, period: Period, as_of: datetime) -> Proof:
    """The mean of the newest progress of each project [%]."""
    rows: list[Basis] = []
    projects = 0
    with store.registry.read() as conn:
        for plan, number in versions_at(conn, as_of).items():
            named = project_parents(conn, plan, number)
            projects += len(named)
            said = stated(conn, plan, number, Kind.PROGRESS)
            found = newest_progress(said, _last_quarter(period), measure_names(conn, plan, number))
            for subject, one in sorted(found.items()):
                if subject in named and one.value is not None:
                    where = f"{plan} · {one.id} · {number}판"
                    rows.append(Basis(name=named[subject][0], value=float(one.value), unit="%", where=where))
    share = sum(row.value for row in rows) / 100
    return proof_of(How.DECLARED, "%", share, float(len(rows)), len(rows) / max(projects, 1), rows)


def funds(store: Store, period: Period, as_of: datetime) -> Proof:
    """Secured money over planned money, of all plans [won]."""
    del period  # what a plan promises and has secured is of no period
    planned = secured = told = 0
    rows: list[Basis] = []
    with store.registry.read() as conn:
        for plan, number in versions_at(conn, as_of).items():
            named = project_parents(conn, plan, number)
            outline = Outline(
                plan,
                {id: parent for id, (_, parent) in named.items()},
                settled={id: one.statement for id, one in settlements(conn, plan).items() if one.at <= as_of},
            )
            money = count_money(outline, stated(conn, plan, number, Kind.BUDGET))
            aim, have = (money.get((plan, stage)) for stage in (Stage.PLANNED, Stage.SECURED))
            haves = _by_subject(have)
            planned, secured = planned + (aim.won if aim else 0), secured + (have.won if have else 0)
            told += _told(_by_subject(aim), haves, outline)
            rows += [
                Basis(
                    name=named[id][0] if id in named else id,
                    value=float(won),
                    unit=WON,
                    where=f"{plan} · {id} · {number}판",
                )
                for id, won in sorted(haves.items())
            ]
    # Nothing stated as secured is no evidence of nothing being secured: without a row there is no proof.
    return proof_of(How.DECLARED, "%", float(secured), float(planned), told / max(planned, 1), rows)


def _by_subject(choice: Choice | None) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for cell in choice.counted if choice else ():
        found[cell.statement.subject] += cell.won
    return found


def _told(aims: Mapping[str, int], haves: Mapping[str, int], outline: Outline) -> int:
    """The planned money [won] of subjects that tell of secured money, or whose parts or whole do."""
    if not haves:
        return 0
    above = {outline.plan} | {one for subject in haves for one in _line(subject, outline)}
    whole = outline.plan in haves
    return sum(
        won
        for subject, won in aims.items()
        if whole or subject in above or haves.keys() & set(_line(subject, outline))
    )


def _line(subject: str, outline: Outline) -> list[str]:
    found: list[str] = []
    at: str | None = subject
    while at is not None and at not in found:
        found.append(at)
        at = outline.parents.get(at)
    return found


def jobs(store: Store, period: Period, as_of: datetime) -> Proof:
    """Head counts added up for the last month any firm reported [persons]."""
    with store.registry.read() as conn:
        counts = newest_month(records_known(conn, RecordKind.PAYROLL, as_of, months=_months(period)))
        firms = {firm.id: firm.name for firm in store.things.all(conn, {"firm"})}
    rows = [
        Basis(
            name=f"{firms.get(firm, firm)} {one.period}",
            value=one.value,
            unit="명",
            where=_where(one),
            tenant=firm,
        )
        for firm, one in sorted(counts.items())
    ]
    total = sum(row.value for row in rows)
    return proof_of(
        How.DECLARED, "명", total, None, len(counts.keys() & firms.keys()) / max(len(firms), 1), rows
    )


def satisfaction(store: Store, period: Period, as_of: datetime) -> Proof:
    """Answers of all surveys of the period on average, in points of 100."""
    with store.registry.read() as conn:
        known = records_known(conn, RecordKind.SURVEY, as_of)
    first, last = _months(period)
    rows, total, n = [], 0.0, 0
    for survey, sheet in sorted(newest_sheets(known).items()):
        answers = [one for one in sheet if first <= one.period <= last]
        if answers:
            points = points_of_100(answers)
            total, n = total + points, n + len(answers)
            rows.append(
                Basis(
                    name=f"{survey} ({len(answers)})",
                    value=points / len(answers),
                    unit="점",
                    where=answers[0].document,
                )
            )
    return proof_of(How.DECLARED, "점", total, float(n), 1.0, rows)


def energy(store: Store, period: Period, as_of: datetime) -> Proof:
    """Active energy of all top meters [kWh]."""
    with store.registry.read() as conn:
        return _added_up(store, conn, _meters(store, conn), period, as_of)


def co2(store: Store, period: Period, as_of: datetime) -> Proof:
    """Electricity times the factor published last [tCO2eq]."""
    used = energy(store, period, as_of)
    if used.value is None:
        return nothing("tCO2eq")
    factor = electricity_factor(as_of.astimezone(SEOUL).date())
    said = Basis(
        name=f"배출계수 {factor.basis.ko}", value=factor.value, unit="tCO2eq/MWh", where=factor.source
    )
    return proof_of(
        How.MEASURED,
        "tCO2eq",
        used.numerator / 1000 * factor.value,
        None,
        used.coverage,
        [*used.rows, said],
        simulated=used.simulated,
    )


def accidents(store: Store, period: Period, as_of: datetime) -> Proof:
    """Incidents closed as serious accidents, each as it was closed last; drills are none."""
    return _events(store, (CLOSED,), "건", period, as_of, _is_accident)


def _is_accident(event: Event) -> bool:
    return bool(event.payload.get("major")) and not event.payload.get("drill")


def event(store: Store, kind: str, period: Period, as_of: datetime) -> Proof:
    """How often an event happened, for `event('Kind')` in a formula."""
    return _events(store, (kind,), "건", period, as_of)


def record(store: Store, kind: str, period: Period, as_of: datetime) -> Proof:
    """Uploaded records, for `record('payroll')` in a formula: persons, or mean points."""
    return jobs(store, period, as_of) if kind == RecordKind.PAYROLL else satisfaction(store, period, as_of)


def point(store: Store, id: str, period: Period, as_of: datetime) -> Proof:
    """One point over the period, for `point('id')` in a formula: by its quantity's own roll-up."""
    with store.registry.read() as conn:
        return _added_up(store, conn, [store.points.get(conn, id)], period, as_of)


def _meters(store: Store, conn: Connection) -> list[Point]:
    """Points of active energy whose thing stands under no other metered thing."""
    found = store.points.find(conn, quantity=ENERGY, limit=MOST)
    metered = {point.thing for point in found}
    parents = {thing.id: thing.parent for thing in store.things.all(conn)}

    def below_another(thing: str) -> bool:
        at = parents.get(thing)
        while at is not None:
            if at in metered:
                return True
            at = parents.get(at)
        return False

    return [point for point in found if not below_another(point.thing)]


def _added_up(
    store: Store, conn: Connection, points: Sequence[Point], period: Period, as_of: datetime
) -> Proof:
    """Points of one quantity over a period: sums added up, anything else averaged."""
    unit = quantities()[points[0].quantity].unit if points else "kWh"
    end = min(period.end, as_of)
    if not points or end <= period.start:
        return nothing(unit)
    span = Period(period.start, end)
    every = "1d" if span.length <= _BY_DAY else "1mo"
    table = store.historian.roll(points, span, every, as_of=as_of)
    by_point: dict[int, list[tuple[float, int]]] = {}
    for row in table.select(["point", "value", "count"]).to_pylist():
        by_point.setdefault(row["point"], []).append((row["value"], row["count"]))
    rollup = quantities()[points[0].quantity].rollup
    names = {thing.id: thing.name for thing in store.things.all(conn)}
    heard = [point for point in points if point.number in by_point]
    rows = [
        Basis(
            name=names.get(point.thing, point.thing),
            value=_rolled(by_point[point.number], rollup),
            unit=unit,
            where=point.id,
            tenant=point.tenant,
        )
        for point in heard
    ]
    counts = {number: sum(n for _, n in parts) for number, parts in by_point.items()}
    expected = sum(_expected(point, span) or counts.get(point.number, 1) for point in points)
    coverage = min(1.0, sum(counts.values()) / max(expected, 1))
    total = sum(row.value for row in rows)
    return proof_of(
        How.MEASURED,
        unit,
        total,
        None if rollup == "sum" else float(max(len(rows), 1)),
        coverage,
        rows,
        simulated=any(point.simulated for point in heard),
    )


def _rolled(parts: Sequence[tuple[float, int]], rollup: str) -> float:
    """The value of a whole period of those of its days or months, in order, and their numbers of samples."""
    match rollup:
        case "sum":
            return sum(value for value, _ in parts)
        case "max":
            return max(value for value, _ in parts)
        case "mean":
            return sum(value * n for value, n in parts) / sum(n for _, n in parts)
        case _:  # the last value stands; a direction over a long time has no better one
            return parts[-1][0]


def _expected(point: Point, span: Period) -> int | None:
    return None if point.interval is None else span.length // point.interval


def _events(
    store: Store,
    kinds: Sequence[str],
    unit: str,
    period: Period,
    as_of: datetime,
    counts: Callable[[Event], bool] | None = None,
) -> Proof:
    """Events of these kinds in the period; with `counts`, only the last of each subject, if it counts."""
    end = min(period.end, as_of)
    with store.registry.read() as conn:
        ever = [one for kind in kinds for one in store.events.find(conn, kind=kind, limit=1)]
        if not ever or end <= period.start:
            return nothing(unit)
        span = Period(period.start, end)
        found = [one for kind in kinds for one in store.events.find(conn, kind=kind, period=span, limit=MOST)]
    if counts is not None:
        last = {one.subject: one for one in sorted(found, key=lambda one: one.seq)}
        found = [one for one in last.values() if counts(one)]
    rows = [
        Basis(name=one.kind, value=1.0, unit=unit, where=f"#{one.seq} {one.subject}", tenant=one.tenant)
        for one in sorted(found, key=lambda one: one.seq)
    ]
    watched = Basis(name=", ".join(kinds), value=float(len(rows)), unit=unit, where=f"#{ever[0].seq}")
    return proof_of(How.MEASURED, unit, float(len(rows)), None, 1.0, rows or [watched])


def _where(record: Record) -> str:
    return f"{record.document} {record.row}행"


def _months(period: Period) -> tuple[str, str]:
    """The first and the last month of a period, in Seoul."""
    last = period.end.astimezone(SEOUL) - timedelta(microseconds=1)
    return f"{period.start.astimezone(SEOUL):%Y-%m}", f"{last:%Y-%m}"


def _last_quarter(period: Period) -> str:
    """The last quarter of a period as statements write it: `2026-Q2`, which sorts after `2026`."""
    last = period.end.astimezone(SEOUL) - timedelta(microseconds=1)
    return f"{last.year}-Q{(last.month - 1) // 3 + 1}"
