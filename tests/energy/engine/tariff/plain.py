"""A bill reckoned the slow way: quarter-hour by quarter-hour, in fractions, straight from the articles.

It shares prices and types with the engine and nothing else: no arrays, no groups, no floats in the sums.
"""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction

from sandan.energy.model.metering import Meter
from sandan.energy.model.rates import Band
from sandan.energy.model.tariff import Contract, History, Levies, Schedule, Tariff, Voltage

SEOUL = timezone(timedelta(hours=9))
Energy = dict[tuple[int, int, Band, bool], Fraction]


def plain_bill(
    meter: Meter,
    contract: Contract,
    schedule: Schedule,
    levies: Levies,
    holidays: frozenset[date],
    history: History,
) -> dict[str, int]:
    """Won by line, without the line's tariff in its name, and the total."""
    energy: Energy = {}
    peak = None
    half_hours: dict[datetime, list[tuple[Fraction, Fraction, Fraction] | None]] = {}
    for i, ms in enumerate(meter.start.tolist()):
        at = datetime.fromtimestamp(ms / 1000, SEOUL)
        part = max(k for k, (begin, _) in enumerate(schedule.parts) if begin <= at.date())
        band, off = _band(schedule.parts[part][1], at, holidays)
        kwh = meter.energy[i]
        half = half_hours.setdefault(at.replace(minute=at.minute // 30 * 30), [])
        if math.isnan(kwh):
            half.append(None)
            continue
        exact = Fraction(repr(float(kwh)))
        key = (part, schedule.parts[part][1].seasons[at.month - 1], band, off)
        energy[key] = energy.get(key, Fraction(0)) + exact
        if not (schedule.parts[part][1].banded and band is Band.LIGHT):
            peak = max(peak or Fraction(0), 4 * exact)
        if meter.lagging is not None and meter.leading is not None:
            half.append((exact, Fraction(float(meter.lagging[i])), Fraction(float(meter.leading[i]))))
    month = (at.year, at.month)
    lines = {"base": _half_up(_demand(contract, month, peak, history)) * _price(schedule.parts[-1][1].base)}
    lines = {id: int(won) for id, won in lines.items()}
    lines |= _energy_lines(schedule, energy, levies)
    lines |= _factor_lines(contract, half_hours, levies, history, lines["base"])
    fee = sum(lines.values())
    extra = _excess(contract, schedule.parts[-1][1], peak) if history.excess_warned else 0
    lines |= {"excess": extra, "vat": _half_up(Fraction(fee) * _price(levies.vat))}
    lines |= {"fund": int(Fraction(fee) * _price(levies.fund) / 10) * 10}
    owed = sum(lines.values())
    lines |= {"total": owed // 10 * 10, "cut": owed // 10 * 10 - owed}
    return {id: won for id, won in lines.items() if won}


def _band(tariff: Tariff, at: datetime, holidays: frozenset[date]) -> tuple[Band, bool]:
    season = tariff.seasons[at.month - 1]
    band = tariff.hours[season][at.hour]
    rest = at.weekday() == 6 or at.date() in holidays
    free = rest or at.weekday() == 5
    rule = tariff.discount
    off = bool(
        rule and at.month in (3, 4, 5, 9, 10) and free and 11 <= at.hour < 14 and at.date() <= rule.until
    )
    if tariff.banded and rest:
        return Band.LIGHT, off
    if tariff.banded and free and band is Band.PEAK:
        return Band.MID, off
    return band, off


def _demand(contract: Contract, month: tuple[int, int], peak: Fraction | None, history: History) -> Fraction:
    if not contract.demand_meter:
        return Fraction(contract.power)
    now = month[0] * 12 + month[1]
    earlier = [
        Fraction(repr(kw))
        for (year, of), kw in history.peaks.items()
        if of in (12, 1, 2, 7, 8, 9) and now - 12 < year * 12 + of < now
    ]
    return max([peak or Fraction(0), Fraction(contract.power) * Fraction(3, 10), *earlier])


def _energy_lines(schedule: Schedule, energy: Energy, levies: Levies) -> dict[str, int]:
    lines: dict[str, int] = {}
    billed = 0
    for part, season, band in sorted({key[:3] for key in energy}):
        full = _price(schedule.parts[part][1].prices[season][band])
        cheap = energy.get((part, season, band, True), Fraction(0))
        kwh = _half_up(energy.get((part, season, band, False), Fraction(0)) + cheap)
        billed += kwh
        id = f"{part}.{season}.{band}"
        lines[f"energy.{id}"] = int(kwh * full)
        lines[f"discount.{id}"] = -int(_half_up(cheap) * full / 2)
    lines["climate"] = int(billed * _price(levies.climate))
    lines["fuel"] = int(billed * _price(levies.fuel))
    return lines


def _factor_lines(
    contract: Contract,
    half_hours: dict[datetime, list[tuple[Fraction, Fraction, Fraction] | None]],
    levies: Levies,
    history: History,
    base: int,
) -> dict[str, int]:
    rule = levies.power_factor
    day, night, used = [], [], [0.0, 0.0]
    for at, parts in half_hours.items():
        known = [part for part in parts if part is not None]
        if len(known) < 2 or not any(map(any, known)):
            continue
        p, lag, lead = (float(sum(column)) for column in zip(*known, strict=True))
        if 8 <= at.hour < 22:
            used = [used[0] + p, used[1] + lag]
            day.append(min(max(100 * p / math.hypot(p, lag), 60), rule.lagging_cap))
        else:
            night.append(max(100 * p / math.hypot(p, lead), 60) if lead > lag else 100.0)
    if contract.voltage is Voltage.LOW:
        month = 100 * used[0] / math.hypot(*used) if used[0] else rule.deemed
        day, night = [min(max(month, 60), rule.lagging_cap)], []
    lines = {}
    for id, values, of, above in (
        ("lagging", day, rule.lagging_base, True),
        ("leading", night, rule.leading_base, False),
    ):
        if values:
            missed = Fraction(of) - _half_up(Fraction(round(sum(values) / len(values), 9)))
            if (missed > 0 and not history.power_factor_warned) or (missed < 0 and not above):
                continue
            lines[f"power_factor.{id}"] = int(missed * Fraction(2, 1000) * base)
    return lines


def _excess(contract: Contract, tariff: Tariff, peak: Fraction | None) -> int:
    over = _half_up(peak or Fraction(0)) - int(contract.power)
    if over <= 0 or not contract.demand_meter:
        return 0
    ratio = Fraction(over, int(contract.power))
    steps = ((60, 400), (50, 350), (40, 300), (30, 250), (20, 200), (0, 150))
    return int(over * _price(tariff.base) * next(times for of, times in steps if ratio * 100 >= of) / 100)


def _price(price: float) -> Fraction:
    return Fraction(repr(price))


def _half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))
