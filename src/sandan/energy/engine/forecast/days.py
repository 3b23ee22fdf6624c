"""A history as whole local days, each with its type.

A holiday is of the type of a Sunday, and a day off as a Saturday is.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from sandan.clock import DAY_MS
from sandan.energy.model.forecast import Calendar, History, Singles

Days = NDArray[np.int64]


class DayGrid:
    """The local days of a history: `values` [series, days, slots], the days' types, and their dates."""

    def __init__(self, history: History, calendar: Calendar, ahead: int, newest: int | None = None) -> None:
        self.slots = DAY_MS // history.step
        self.step = history.step
        first = -(-(history.start + calendar.offset_ms) // DAY_MS)
        last = -(-(history.end + calendar.offset_ms) // DAY_MS)
        if newest is not None:
            first = max(first, last - newest)
        last = max(first, last)
        self.first = first
        self.midnight = first * DAY_MS - calendar.offset_ms
        """When the first day begins [ms UTC]."""
        self.known = int(max(0, (history.end - self.midnight) // DAY_MS))
        """How many days are whole."""
        begin = (self.midnight - history.start) // history.step
        kept = history.values[:, max(0, begin) :]
        width = (last - first) * self.slots
        values: Singles = np.ascontiguousarray(kept, np.float32)
        if kept.shape[1] != width:
            values = np.full((len(history.series), width), np.nan, np.float32)
            values[:, : kept.shape[1]] = kept
        self.values = values.reshape(len(history.series), last - first, self.slots)
        self.type, self.off = day_types(first, last - first + ahead, calendar)
        self.month = np.array([_date(first + n).month for n in range(len(self.type))], np.int64)


def day_types(first: int, count: int, calendar: Calendar) -> tuple[Days, Days]:
    """The type of each day, 0 Monday … 6 Sunday or holiday, and whether it is a day off [0, 1].

    `first` counts local days since 1970.
    """
    days = np.arange(first, first + count)
    weekday = (days + 3) % 7
    holiday = np.array([_date(int(d)) in calendar.holidays for d in days], np.bool_)
    return np.where(holiday, 6, weekday), ((weekday >= 5) | holiday).astype(np.int64)


def _date(day: int) -> date:
    return datetime.fromtimestamp(day * DAY_MS / 1000, UTC).date()
