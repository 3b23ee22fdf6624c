"""Days as open data wants them: a year or quarter by its first and last day, instants of Seoul."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from sandan.clock import SEOUL
from sandan.programme.model.vocabulary import Quarter

_YEAR = re.compile(r"\d{4}")


def days_of(period: str | None) -> tuple[date, date] | None:
    """The first and last day of a year or quarter; None for 기투자, 임기후, a span of years or nothing.

    >>> days_of("2024-Q3")
    (datetime.date(2024, 7, 1), datetime.date(2024, 9, 30))
    """
    if period is None:
        return None
    if _YEAR.fullmatch(period):
        return date(int(period), 1, 1), date(int(period), 12, 31)
    try:
        return days_of_quarter(Quarter.read(period))
    except ValueError:
        return None


def days_of_quarter(quarter: Quarter) -> tuple[date, date]:
    """The first and last day of a quarter."""
    after = Quarter.at(quarter.ordinal + 1)
    return _first(quarter), _first(after) - timedelta(days=1)


def first_instant(day: date) -> str:
    """When a day begins in Seoul, as ISO 8601."""
    return datetime.combine(day, time(), SEOUL).isoformat()


def last_instant(day: date) -> str:
    """The last second of a day in Seoul."""
    return datetime.combine(day, time(23, 59, 59), SEOUL).isoformat()


def _first(quarter: Quarter) -> date:
    return date(quarter.year, quarter.number * 3 - 2, 1)
