"""Which season, band and day each quarter-hour belongs to.

Seoul keeps UTC+9 without summer time since 1988, so hours are plain arithmetic on the instants.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from sandan.clock import DAY_MS, HOUR_MS, SEOUL_MS
from sandan.energy.engine.tariff.book import temporary_holidays
from sandan.energy.model.rates import Band, Floats, Instants
from sandan.energy.model.tariff import Schedule, Season, Tariff
from sandan.errors import InvalidInput
from sandan.words import Text

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days the tariff treats as holidays; Sundays always are (관공서의 공휴일에 관한 규정)."""

    holidays: frozenset[date]

    @classmethod
    def of(
        cls,
        holidays: Iterable[date],
        *,
        temporary: frozenset[date] | None = None,
        count_temporary: bool = False,
    ) -> Calendar:
        """From a calendar of public holidays, temporary ones (default: the table) left out unless counted."""
        days = frozenset(holidays)
        if count_temporary:
            return cls(days)
        return cls(days - (temporary_holidays() if temporary is None else temporary))


@dataclass(frozen=True, slots=True)
class Slots:
    """How each of `n` quarter-hours is charged."""

    part: NDArray[np.int16]
    """Index into the schedule [n]."""
    season: NDArray[np.int8]
    """`Season` [n]."""
    band: NDArray[np.int8]
    """`Band` charged [n]."""
    discounted: NDArray[np.bool_]
    """[n]."""
    counts: NDArray[np.bool_]
    """Whether its demand counts for the billing demand [n]."""
    hour: NDArray[np.int8]
    """Hour of the day in Seoul [n]."""
    price: Floats
    """Price of energy, discount taken off [won/kWh, n]."""


def classify(schedule: Schedule, start: Instants, calendar: Calendar) -> Slots:
    """Season, band, discount and price of each quarter-hour `start` [n] of a customer's schedule.

    Raises `InvalidInput` when a quarter-hour lies before the schedule's first tariff.
    """
    local = start + SEOUL_MS
    day = local // DAY_MS
    hour = (local % DAY_MS // HOUR_MS).astype(np.int8)
    days, of_day = np.unique(day, return_inverse=True)
    dates = [_EPOCH + timedelta(days=int(number)) for number in days]
    if dates[0] < schedule.parts[0][0]:
        raise InvalidInput.because(
            "tariff",
            Text(f"{dates[0]:%Y-%m-%d}의 요금표가 없습니다.", f"No tariff is known for {dates[0]:%Y-%m-%d}."),
            Text("적용할 요금표를 지정해 주십시오.", "Name the tariff to use."),
        )
    part = np.array([_part(schedule, one) for one in dates], dtype=np.int16)
    tables = [_day_table(schedule.parts[i][1], one, calendar) for i, one in zip(part, dates, strict=True)]
    season = np.array([table[0] for table in tables], dtype=np.int8)
    band = np.array([table[1] for table in tables], dtype=np.int8)
    discount = np.array([table[2] for table in tables])
    prices = np.array([[tariff.prices[s] for s in Season] for _, tariff in schedule.parts])
    light = np.array([tariff.banded and not tariff.demand.light_counts for _, tariff in schedule.parts])
    slot_part, slot_season = part[of_day], season[of_day]
    slot_band, off = band[of_day, hour], discount[of_day, hour]
    return Slots(
        part=slot_part,
        season=slot_season,
        band=slot_band,
        discounted=off > 0,
        counts=~(light[slot_part] & (slot_band == Band.LIGHT)),
        hour=hour,
        price=prices[slot_part, slot_season, slot_band] * (1 - off),
    )


def day_of(instant: int) -> date:
    """The date in Seoul."""
    return _EPOCH + timedelta(days=(instant + SEOUL_MS) // DAY_MS)


def _part(schedule: Schedule, day: date) -> int:
    return max(i for i, (begin, _) in enumerate(schedule.parts) if begin <= day)


def _day_table(tariff: Tariff, day: date, calendar: Calendar) -> tuple[Season, list[Band], list[float]]:
    """Season, and band and discount of each hour, of one day."""
    season = tariff.seasons[day.month - 1]
    holiday = day.weekday() == 6 or day in calendar.holidays
    saturday = day.weekday() == 5 and not holiday
    bands = list(tariff.hours[season])
    if holiday and tariff.holiday_is_light:
        bands = [Band.LIGHT] * 24
    elif saturday and tariff.saturday_peak_is_mid:
        bands = [Band.MID if band is Band.PEAK else band for band in bands]
    off = [0.0] * 24
    rule = tariff.discount
    if rule and season is Season.SPRING_FALL and (holiday or saturday) and day <= rule.until:
        off = [rule.share if rule.from_hour <= hour < rule.to_hour else 0.0 for hour in range(24)]
    return season, bands, off
