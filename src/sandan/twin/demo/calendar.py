"""Instants as whole seconds, and what kind of day they fall on in Korea."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache

import numpy as np

from sandan.clock import is_working_day, korean_holidays
from sandan.twin.demo.noise import Floats, Ints

DAY = 86_400
QUARTER = 900
KST = 9 * 3600
"""Seconds that Seoul is ahead of UTC, all year."""

WORKING, SATURDAY, RESTING = 0, 1, 2
_EPOCH = date(1970, 1, 1).toordinal()


def seconds(instant: datetime) -> int:
    """Whole seconds since 1970 UTC."""
    return int(instant.timestamp())


def instant(t: int) -> datetime:
    return datetime.fromtimestamp(t, UTC)


def day_number(t: Ints) -> Ints:
    """Days since 1970 of the calendar in Seoul."""
    return (t + KST) // DAY


def hour(t: Ints | Floats) -> Floats:
    """Hours since midnight in Seoul, with fractions."""
    return np.asarray(((t + KST) % DAY) / 3600.0)


def season(t: Ints | Floats) -> Floats:
    """-1 at the coldest of the year (late January), +1 at the warmest (late July)."""
    return np.asarray(-np.cos(2 * np.pi * ((t + KST) / DAY - 25) / 365.2425))


@lru_cache(maxsize=4096)
def day_type(number: int) -> int:
    """Working day, Saturday, or Sunday and public holiday."""
    day = date.fromordinal(_EPOCH + number)
    if is_working_day(day):
        return WORKING
    return SATURDAY if day.weekday() == 5 and day not in korean_holidays(day.year) else RESTING


def day_types(numbers: Ints) -> Ints:
    """`day_type` of many days."""
    first = int(numbers.min())
    span = int(numbers.max()) - first + 1
    kinds = np.array([day_type(first + i) for i in range(span)], dtype=np.int64)
    return np.asarray(kinds[numbers - first])
