"""What the pool earned in a stretch of days: energy, certificates, forecasts; of each roof and party."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from sandan.energy.engine.vpp.certificates import issue_certificates
from sandan.energy.engine.vpp.deviation import whole_won
from sandan.energy.engine.vpp.revenue import split_revenue
from sandan.energy.engine.vpp.rules import bands_for
from sandan.energy.engine.vpp.settlement import settle_pool
from sandan.energy.model.pool import (
    HourLine,
    Member,
    OwnBands,
    PlantLine,
    PoolLine,
    PoolStatement,
    RevenueLine,
    pool_of,
)
from sandan.energy.model.rates import Floats, Instants
from sandan.energy.model.vpp import (
    Area,
    Deviations,
    Outcome,
    Party,
    Plant,
    PlantKind,
    PoolSettlement,
    RevenueContract,
    Rounding,
)
from sandan.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class PoolDay:
    """A day as it was told and metered, with those who were in the pool on it."""

    day: date
    members: tuple[Member, ...]
    start: Instants
    """[24]."""
    told: Floats
    """The forecast that counts [kWh, plants × 24]."""
    made: Floats


@dataclass(frozen=True, slots=True)
class Terms:
    """By what a statement is made."""

    edition: int
    area: Area
    bands: tuple[OwnBands, ...]
    rounding: Rounding
    contract: RevenueContract | None
    smp: Mapping[int, float]
    """[won/kWh] by the start of the hour [ms]."""
    certificate: float | None
    """[won]."""
    carried: Mapping[str, Decimal]
    """Weighed MWh left over by the statement before, by plant."""
    issued: date
    """When certificates are issued."""


def judge_day(one: PoolDay, area: Area, own: Sequence[OwnBands], rounding: Rounding) -> PoolSettlement | None:
    """Errors and won of a day; None on a day without bands."""
    pool = pool_of(one.members, area)
    rule = bands_for(one.day, pool.kind, area, own)
    return None if rule is None else settle_pool(pool, one.start, one.told, one.made, rounding, rule)


def hour_lines(one: PoolDay, judged: Deviations | None) -> list[HourLine]:
    """A day's hours in a row; without bands they are neither judged nor paid."""
    told, made = one.told.sum(axis=0), one.made.sum(axis=0)
    return [
        HourLine(
            int(one.start[at]),
            _known(told[at]),
            _known(made[at]),
            None if judged is None else _known(judged.error[at]),
            int(Outcome.TOO_LITTLE) if judged is None else int(judged.outcome[at]),
            0.0 if judged is None else float(judged.price[at]),
            0 if judged is None else int(judged.won[at]),
        )
        for at in range(len(one.start))
    ]


def state_pool(
    days: Sequence[PoolDay], terms: Terms, names: Mapping[str, tuple[str, str | None]]
) -> PoolStatement:
    """The statement of consecutive `days`; `names` gives each plant's name and firm.

    energy = Σ kWh × SMP of the hours that have one, a fraction of a won treated once for each roof; number of
    certificates = ⌊carried + MWh × weight⌋; the forecast's won are the pool's, shared in each hour by what
    each generated. Each line is divided by the contract for each roof, so that all sums are exact.
    """
    made = _Sums()
    hours: list[HourLine] = []
    outside: list[date] = []
    versions: dict[str, None] = {}
    counted = 0.0
    for one in days:
        judged = judge_day(one, terms.area, terms.bands, terms.rounding)
        if judged is None:
            outside.append(one.day)
        else:
            versions |= dict.fromkeys(judged.version)
            counted += float(np.nansum(one.made.sum(axis=0)[judged.pool.won > 0]))
        hours += hour_lines(one, None if judged is None else judged.pool)
        made.add(one, judged, np.array([terms.smp.get(int(at), np.nan) for at in one.start]))
    plants = tuple(made.line(id, terms, names[id]) for id in made.member)
    return PoolStatement(
        days[0].day,
        days[-1].day,
        terms.edition,
        terms.rounding,
        tuple(versions),
        _lines(plants, terms, counted),
        plants,
        tuple(hours),
        tuple(outside),
    )


class _Sums:
    """What is added up of each roof, day after day."""

    def __init__(self) -> None:
        self.member: dict[str, Member] = {}
        self.kwh: dict[str, float] = {}
        self.missing: dict[str, int] = {}
        self.worth: dict[str, float] = {}
        self.priced: dict[str, float] = {}
        self.forecast: dict[str, int] = {}
        self.alone: dict[str, int] = {}
        self.judged = False

    def add(self, one: PoolDay, judged: PoolSettlement | None, smp: Floats) -> None:
        self.judged |= judged is not None
        known = np.isfinite(smp)
        for row, member in enumerate(one.members):
            id, made = member.plant, one.made[row]
            self.member[id] = member
            self.kwh[id] = self.kwh.get(id, 0.0) + float(np.nansum(made))
            self.missing[id] = self.missing.get(id, 0) + int(np.isnan(made).sum())
            self.worth[id] = self.worth.get(id, 0.0) + float(np.nansum((made * smp)[known]))
            self.priced[id] = self.priced.get(id, 0.0) + float(np.nansum(made[known]))
            if judged is not None:
                self.forecast[id] = self.forecast.get(id, 0) + int(judged.shares[row].sum())
                self.alone[id] = self.alone.get(id, 0) + int(judged.single.won[row].sum())

    def line(self, id: str, terms: Terms, named: tuple[str, str | None]) -> PlantLine:
        member, kwh = self.member[id], round(self.kwh[id], 3)
        carried = terms.carried.get(id, Decimal(0))
        plant = Plant(id, member.capacity, PlantKind.SOLAR, member.place)
        try:
            issue = issue_certificates(plant, Decimal(str(kwh)), carried, terms.issued, member.weight)
        except InvalidInput:
            number, left = None, carried
        else:
            number, left = (issue.batch.number if issue.batch else 0), issue.carried
        priced = round(self.priced[id], 3)
        energy = _whole(self.worth[id], terms.rounding) if priced > 0 or kwh == 0 else None
        sold = None
        if number is not None and terms.certificate is not None:
            sold = _whole(number * terms.certificate, terms.rounding)
        forecast = self.forecast.get(id) if self.judged else None
        parts = _parts({"energy": energy, "certificates": sold, "forecast": forecast}, terms.contract)
        return PlantLine(
            id, named[0], named[1], member.capacity, kwh, self.missing[id], energy, round(kwh - priced, 3),
            number, left, sold, forecast, self.alone.get(id) if self.judged else None, *parts,
        )  # fmt: skip


def _parts(
    lines: Mapping[str, int | None], contract: RevenueContract | None
) -> tuple[int | None, int | None, int | None]:
    """What each party gets of these lines."""
    if contract is None:
        return None, None, None
    split = split_revenue({name: won for name, won in lines.items() if won is not None}, contract)
    owner, operator, investor = (sum(one[party] for one in split.values()) for party in Party)
    return owner, operator, investor


def _lines(plants: Sequence[PlantLine], terms: Terms, counted: float) -> tuple[PoolLine, ...]:
    """The pool's lines as the sums of the roofs'."""
    quantities = {
        RevenueLine.ENERGY: sum(one.kwh - one.unpriced for one in plants),
        RevenueLine.CERTIFICATES: float(sum(one.issued or 0 for one in plants)),
        RevenueLine.FORECAST: counted,
    }
    found = []
    for line, quantity in quantities.items():
        each = [getattr(one, line) for one in plants]
        known = [won for won in each if won is not None]
        parts: tuple[int | None, int | None, int | None] = (None, None, None)
        if known and terms.contract is not None:
            split = [_parts({line: won}, terms.contract) for won in known]
            parts = (
                sum(one[0] or 0 for one in split),
                sum(one[1] or 0 for one in split),
                sum(one[2] or 0 for one in split),
            )
        found.append(PoolLine(line, round(quantity, 3), sum(known) if known else None, *parts))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a later version of a statement says otherwise."""

    line: RevenueLine
    plant: str
    """"" for the pool."""
    name: str
    before: int | None
    after: int | None


def differences(before: PoolStatement, after: PoolStatement) -> tuple[Difference, ...]:
    """The pool's lines first, then those of each roof, largest change first."""
    whole = {one.line: one.won for one in before.lines}
    pool = [
        Difference(one.line, "", "", whole.get(one.line), one.won)
        for one in after.lines
        if whole.get(one.line) != one.won
    ]
    old = {one.plant: one for one in before.plants}
    new = {one.plant: one for one in after.plants}
    each = []
    for id in {**old, **new}:
        name = (new.get(id) or old[id]).name
        for line in RevenueLine:
            then = getattr(old[id], line) if id in old else None
            now = getattr(new[id], line) if id in new else None
            if then != now:
                each.append(Difference(line, id, name, then, now))
    each.sort(key=lambda one: -abs((one.after or 0) - (one.before or 0)))
    return (*pool, *each)


def days_between(first: date, last: date) -> list[date]:
    """Both ends included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _whole(value: float, rounding: Rounding) -> int:
    return int(whole_won(np.array([value]), rounding)[0])


def _known(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 3)
