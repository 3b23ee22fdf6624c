"""Numbers, instants and units as Korean and English readers expect them.

Babel knows the rules but is slow a thousand times over, so formats are made once and cached.
Times are shown in Seoul, where the complex stands.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from functools import lru_cache

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal

from sandan.clock import SEOUL
from sandan.units import units
from sandan.words import Language

ABSENT = "–"
_LOCALE = {"ko": "ko_KR", "en": "en_GB"}
_DATETIME = {"ko": "y. M. d. (E) HH:mm", "en": "EEE d MMM y HH:mm"}
_DATE = {"ko": "y. M. d. (E)", "en": "EEE d MMM y"}
_UNIT_SHOWN: dict[str, dict[Language, str]] = {
    "1": {"ko": "", "en": ""},
    "명": {"en": "persons"},
    "대": {"en": "vehicles"},
    "EA": {"ko": "개", "en": ""},
    "won": {"ko": "원", "en": "KRW"},
}


@lru_cache(maxsize=65536)
def number(value: float | None, language: Language, digits: int | None = None) -> str:
    """`1234.5` as `1,234.5`; three significant digits below 100 unless `digits` says otherwise."""
    if value is None or math.isnan(value):
        return ABSENT
    if digits is None:
        size = abs(value)
        digits = 0 if size >= 1000 or value == int(value) else 1 if size >= 100 else 2 if size >= 1 else 3
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=_LOCALE[language])


def unit(symbol: str, language: Language) -> str:
    """A unit's symbol as shown: nothing for a pure number."""
    return _UNIT_SHOWN.get(symbol, {}).get(language, symbol)


def unit_name(symbol: str, language: Language) -> str:
    """A unit's name in words, for a tooltip or a screen reader."""
    return units()[symbol].name.in_(language)


@lru_cache(maxsize=16384)
def _instant(minute: datetime, language: Language) -> str:
    return format_datetime(minute, _DATETIME[language], locale=_LOCALE[language])


def instant(at: datetime | None, language: Language) -> str:
    """`2026. 11. 21. (토) 14:05`, in Seoul."""
    if at is None:
        return ABSENT
    return _instant(at.astimezone(SEOUL).replace(second=0, microsecond=0, tzinfo=None), language)


def clock_time(at: datetime | None) -> str:
    """`14:05:09`, in Seoul."""
    return ABSENT if at is None else at.astimezone(SEOUL).strftime("%H:%M:%S")


def day(at: date | None, language: Language) -> str:
    """`2026. 11. 21. (토)`."""
    if at is None:
        return ABSENT
    if isinstance(at, datetime):
        at = at.astimezone(SEOUL).date()
    return format_date(at, _DATE[language], locale=_LOCALE[language])


def ago(at: datetime | None, now: datetime, language: Language) -> str:
    """`3분 전`, `3 minutes ago`."""
    if at is None:
        return ABSENT
    return format_timedelta(at - now, add_direction=True, locale=_LOCALE[language])


def bytes_(size: float, language: Language) -> str:
    """`1.5 MB`."""
    step = 0 if size < 1 else min(int(math.log10(size)) // 3, 4)
    return f"{number(size / 1000**step, language, 1 if step else 0)} {('B', 'kB', 'MB', 'GB', 'TB')[step]}"
