"""A year's inventory from what was used: exact fractions until the gram, and nothing counted as zero.

Quantities of one carrier at one facility are added up before they are rounded, so that it makes no
difference into how many periods the year was cut.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache

from sandan.energy.engine.carbon.book import carriers, pick
from sandan.energy.engine.carbon.checks import check
from sandan.energy.model.carbon import (
    GRAMS,
    Activity,
    Carrier,
    FactorBook,
    Instrument,
    Inventory,
    Lack,
    Line,
    Part,
    Place,
    Purpose,
    Used,
)
from sandan.units import unit
from sandan.words import Text

_SEOUL = timedelta(hours=9)


def make_inventory(
    activities: Sequence[Activity],
    factors: FactorBook,
    purpose: Purpose,
    year: int,
    instruments: Sequence[Instrument] = (),
) -> Inventory:
    """What was emitted in `year` (1 January to 31 December in Seoul), one line a facility and carrier.

    Electricity and heat: grams = quantity · factor. A fuel: quantity · calorific value · Σ over gases of
    emission factor · oxidation (CO2) or warming potential (CH4, N2O). A factor that nobody gave makes a
    `Lack`: the emission is not counted and the inventory is not complete. Market-based electricity takes the
    instruments' own factors for what they cover and the residual mix, or else the grid's factor, for the
    rest.
    Raises `InvalidInput` with every finding: periods outside the year or counted twice, units, negative
    quantities, unknown carriers, instruments used twice or for more than was used.
    """
    begin, end = year_of(year)
    proofs = [one for one in instruments if one.year == year]
    check(activities, proofs, begin, end)
    groups: dict[tuple[Place, str], list[Activity]] = defaultdict(list)
    for one in activities:
        groups[one.place, one.carrier].append(one)
    lines: list[Line] = []
    lacks: list[Lack] = []
    for (place, id), members in sorted(groups.items()):
        carrier = carriers()[id]
        amount = sum((exact(one, carrier) for one in members), Fraction(0))
        used, grams, missing = _emission(carrier, amount, factors, purpose, year)
        lacks.extend(
            Lack(place, id, gas, part, float(amount), carrier.unit) for gas, part in missing if amount > 0
        )
        if missing and amount > 0:
            continue
        own = [one for one in proofs if one.place == place] if id == "electricity" else []
        market, more = _market(amount, used, own, factors, purpose, year)
        lines.append(
            Line(
                place,
                id,
                carrier.scope,
                float(amount),
                carrier.unit,
                _round(grams),
                _round(grams) if market is None else _round(market),
                used + more,
                tuple(sorted(one.id for one in own)),
                coverage_of(members, begin, end),
                tuple(sorted(one.evidence for one in members)),
            )
        )
    return Inventory(
        purpose, year, factors.as_of, tuple(lines), tuple(lacks), tuple(_notes(lines)), bool(proofs)
    )


def year_of(year: int) -> tuple[int, int]:
    """The year's first instant and that of the next in Seoul [ms]."""
    first, last = (
        int((datetime(one, 1, 1, tzinfo=UTC) - _SEOUL).timestamp()) * 1000 for one in (year, year + 1)
    )
    return first, last


def exact(one: Activity, carrier: Carrier) -> Fraction:
    """An activity's quantity in its carrier's unit, without rounding."""
    return Fraction(repr(float(one.quantity))) * _ratio(one.unit, carrier.unit)


@cache
def _ratio(from_: str, to: str) -> Fraction:
    return Fraction(repr(unit(from_).factor)) / Fraction(repr(unit(to).factor))


def _emission(
    carrier: Carrier, amount: Fraction, factors: FactorBook, purpose: Purpose, year: int
) -> tuple[tuple[Used, ...], Fraction, list[tuple[str, Part]]]:
    """The factors used, grams, and the factors that are missing."""
    used: list[Used] = []
    missing: list[tuple[str, Part]] = []

    def value(gas: str, part: Part) -> Fraction:
        found = pick(factors, carrier.id, gas, part, purpose, year)
        if found is None or found.value is None:
            missing.append((gas, part))
            return Fraction(0)
        used.append(Used(part, gas, found.value, found.unit, found.version, found.mark, found.source))
        return Fraction(repr(found.value))

    if carrier.per_joules is not None:
        joules = amount * Fraction(repr(unit(carrier.unit).factor))
        grams = joules / carrier.per_joules * value(carrier.gases[0], Part.EMISSION) * GRAMS
    else:
        terajoules = amount * value("", Part.CALORIFIC) / 1_000_000
        grams = Fraction(0)
        for gas in carrier.gases:
            then = Part.OXIDATION if gas == "CO2" else Part.WARMING
            grams += terajoules * value(gas, Part.EMISSION) * value(gas, then) * GRAMS
    return tuple(used), grams, missing


def _market(
    amount: Fraction,
    used: tuple[Used, ...],
    own: Sequence[Instrument],
    factors: FactorBook,
    purpose: Purpose,
    year: int,
) -> tuple[Fraction | None, tuple[Used, ...]]:
    """Grams by what was bought, and the residual factor if one is known; None without instruments."""
    if not own:
        return None, ()
    covered = sum((Fraction(repr(float(one.mwh))) for one in own), Fraction(0))
    proven = sum(
        (Fraction(repr(float(one.mwh))) * Fraction(repr(float(one.factor))) for one in own), Fraction(0)
    )
    rest = pick(factors, "electricity", "residual", Part.EMISSION, purpose, year)
    more: tuple[Used, ...] = ()
    price = Fraction(repr(used[0].value))
    if rest is not None and rest.value is not None:
        more = (Used(rest.part, rest.gas, rest.value, rest.unit, rest.version, rest.mark, rest.source),)
        price = Fraction(repr(rest.value))
    return ((amount - covered) * price + proven) * GRAMS, more


def _round(grams: Fraction) -> int:
    """To the nearest gram, halves to the even one."""
    return round(grams)


def coverage_of(members: Iterable[Activity], begin: int, end: int) -> float:
    """Share of the year that was measured or is documented, averaged over the points that are added up.

    Documents that stand for no point may overlap, as deliveries do: together they are one more point.
    """
    by_point: dict[str, float] = defaultdict(float)
    reached = begin
    for one in sorted(members, key=lambda member: member.evidence.begin):
        since, until = one.evidence.begin, one.evidence.end
        if not one.evidence.point:
            since, reached = max(since, reached), max(until, reached)
        by_point[one.evidence.point] += max(until - since, 0) * one.coverage
    return sum(by_point.values()) / (len(by_point) * (end - begin))


def _notes(lines: Iterable[Line]) -> list[Text]:
    """What a reader has to know: gaps, older factors, proofs without a residual mix."""
    notes = []
    for line in lines:
        if line.coverage < 1 - 1e-9:
            name = carriers()[line.carrier].name
            notes.append(
                Text(
                    f"{line.place.facility}의 {name.ko}은(는) 한 해의 {line.coverage:.1%}만 자료가 있습니다. "
                    "자료가 없는 기간은 배출량에 들어 있지 않습니다.",
                    f"{name.en.capitalize()} at {line.place.facility} is known for {line.coverage:.1%} of "
                    "the year; the rest is not in the figure.",
                )
            )
    proven = [line for line in lines if line.instruments]
    if proven and not any(one.gas == "residual" for line in proven for one in line.factors):
        notes.append(
            Text(
                "잔여 믹스 계수가 없어, 증빙이 없는 전력에는 지역 기반 계수를 썼습니다.",
                "No residual mix is known: electricity without proof is counted at the grid's factor.",
            )
        )
    return notes
