"""Periods of projects as dates: `2016. 4. ~ 2026. 12.`, `'21.~'23.`, `2019. ~ 계속`."""

from __future__ import annotations

import calendar
import re
from datetime import date

from sandan.programme.engine.figures.periods import find_moments
from sandan.programme.engine.figures.vocabulary import plain

_ONGOING = re.compile(r"계속|매년|상시|미정")


def read_period(text: str) -> tuple[date | None, date | None]:
    """The first and the last day of the first period in a text; None for an end that is not stated.

    >>> read_period("2020. 3. ~ 2025. 2.")
    (datetime.date(2020, 3, 1), datetime.date(2025, 2, 28))
    """
    clean = re.sub(r"\([^)]*(?:변경|예정)[^)]*\)", "", plain(text))
    for moment in find_moments(clean):
        if moment.period is None:
            continue
        first, _, last = moment.period.partition("~")
        start = _first_day(first)
        if last:
            return start, _last_day(last)
        if moment.span or _ONGOING.search(clean[moment.end :]):
            return start, None
        return start, _last_day(first)
    return None, None


def _first_day(period: str) -> date | None:
    year, month = _parts(period)
    return date(year, month or 1, 1) if year else None


def _last_day(period: str) -> date | None:
    year, month = _parts(period)
    if not year:
        return None
    month = month or 12
    return date(year, month, calendar.monthrange(year, month)[1])


def _parts(period: str) -> tuple[int | None, int | None]:
    found = re.fullmatch(r"(\d{4})(?:-(\d{2})|-Q([1-4]))?", period)
    if not found:
        return None, None
    month = int(found[2]) if found[2] else (int(found[3]) * 3 if found[3] else None)
    return int(found[1]), month
