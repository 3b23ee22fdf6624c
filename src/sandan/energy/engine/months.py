"""Months as bills have them, in Seoul, whose clock never changes."""

from __future__ import annotations

import re
from datetime import date, datetime

from sandan.clock import SEOUL, Period
from sandan.energy.model.tariff import Month
from sandan.errors import InvalidInput
from sandan.words import Text

_MONTH = re.compile(r"(\d{4})-(\d{2})")


def month_of(at: datetime) -> Month:
    """The month an instant lies in."""
    local = at.astimezone(SEOUL)
    return local.year, local.month


def moved(month: Month, by: int) -> Month:
    """The month `by` months later; negative is earlier."""
    year, number = divmod(month[0] * 12 + month[1] - 1 + by, 12)
    return year, number + 1


def period_of(month: Month) -> Period:
    """From the first midnight to that of the next month."""
    (year, number), (later, after) = month, moved(month, 1)
    return Period(datetime(year, number, 1, tzinfo=SEOUL), datetime(later, after, 1, tzinfo=SEOUL))


def first_day(month: Month) -> date:
    return date(month[0], month[1], 1)


def last_day(month: Month) -> date:
    return date.fromordinal(first_day(moved(month, 1)).toordinal() - 1)


def read_month(text: str) -> Month:
    """`2026-03` as a month."""
    found = _MONTH.fullmatch(text.strip())
    if found is None or not 1 <= int(found[2]) <= 12 or not 2000 <= int(found[1]) <= 2199:
        raise InvalidInput.because(
            "month",
            Text(f"'{text}'은(는) 달이 아닙니다.", f"'{text}' is no month."),
            Text("예: 2026-03", "for example 2026-03"),
        )
    return int(found[1]), int(found[2])
