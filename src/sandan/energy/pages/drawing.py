"""Pictures made on the server: where each rectangle goes and what it says. Colours are the template's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sandan.clock import DAY_MS, SEOUL_MS
from sandan.energy.engine.tariff import Calendar, classify
from sandan.energy.model.rates import SLOT_MS, Band, Floats
from sandan.energy.model.tariff import SEASONS, Schedule, Season, Tariff
from sandan.energy.service.mine import MyMonth
from sandan.web.formats import number
from sandan.words import Language, Text

STRONGEST = 0.98
"""Share of hours that are shown paler than the darkest: one dear hour does not fade all others."""


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One day: its label, each hour's strength (0–1, None where not metered) with its words, the sum."""

    day: date
    weekend: bool
    cells: Sequence[tuple[float | None, str]]
    won: float | None


@dataclass(frozen=True, slots=True)
class Heat:
    rows: Sequence[HeatRow]
    highest: float
    """Won of the darkest hour."""


def heat_map(won: Floats, first: date, language: Language) -> Heat | None:
    """Days by hours [d, 24] as rows from the first day that was metered; None where nothing was."""
    known = won[~np.isnan(won)]
    if not len(known):
        return None
    top = max(float(np.quantile(known, STRONGEST)), 1e-9)
    there = np.flatnonzero(~np.isnan(won).all(axis=1))
    rows = []
    for i in range(int(there[0]), int(there[-1]) + 1):
        day = first + timedelta(days=i)
        cells = []
        for hour, value in enumerate(won[i].tolist()):
            missing = math.isnan(value)
            said = Text("결측", "missing").in_(language) if missing else number(value, language, 0)
            unit = "" if missing else Text("원", " KRW").in_(language)
            cells.append(
                (None if missing else min(1.0, value / top), f"{day:%m-%d} {hour:02}:00 {said}{unit}")
            )
        total = float(np.nansum(won[i])) if not np.isnan(won[i]).all() else None
        rows.append(HeatRow(day, day.weekday() >= 5, cells, total))
    return Heat(rows, top)


@dataclass(frozen=True, slots=True)
class PeakBar:
    """Shares of the whole bar [0–1]."""

    so_far: float
    standing: float
    contract: float
    whole: float
    """What the whole bar is [kW]."""


def peak_bar(found: MyMonth) -> PeakBar | None:
    """Where this month's peak stands against what is billed anyway and the contract."""
    if found.peak is None or found.agreement is None:
        return None
    so_far = 0.0 if math.isnan(found.peak.so_far) else found.peak.so_far
    power = found.agreement.contract.power
    whole = 1.05 * max(so_far, found.peak.standing, power)
    return PeakBar(so_far / whole, found.peak.standing / whole, power / whole, whole)


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A season's working day, Saturday or holiday: band, price and discount of each hour."""

    season: Text
    day: Text
    hours: Sequence[tuple[Band, float, bool]]


DAYS = (
    (2, Text("평일", "Working day")),
    (5, Text("토요일", "Saturday")),
    (6, Text("일요일·공휴일", "Sunday, holiday")),
)


def clock(tariff: Tariff) -> Sequence[ClockRow]:
    """The bands of a whole day by season and kind of day."""
    rows = []
    for season in Season:
        month = tariff.seasons.index(season) + 1
        for weekday, name in DAYS:
            first = date(max(tariff.effective_from.year, 2000) + 1, month, 1)
            day = first + timedelta(days=(weekday - first.weekday()) % 7)
            begin = (day - date(1970, 1, 1)).days * DAY_MS - SEOUL_MS
            start = begin + np.arange(24, dtype=np.int64) * 4 * SLOT_MS
            slots = classify(Schedule.always(tariff), start, Calendar(frozenset()))
            hours = [
                (Band(int(band)), float(price), bool(off))
                for band, price, off in zip(slots.band, slots.price, slots.discounted, strict=True)
            ]
            rows.append(ClockRow(SEASONS[season], name, hours))
    return rows
