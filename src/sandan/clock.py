"""Instants, periods and the calendar of Korea.

Instants are timezone-aware; periods are half-open. Only `app` and `cli` ask what time it is:
everything below takes `now` as an argument. Korea has had no daylight saving since 1988, so a
day in Asia/Seoul is always 24 hours here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

import holidays

from sandan.errors import InvalidInput
from sandan.words import Text

SEOUL = ZoneInfo("Asia/Seoul")
QUARTER_HOUR = timedelta(minutes=15)
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
SEOUL_MS = 9 * HOUR_MS
"""What is added to milliseconds since 1970 so that whole days of it are days in Seoul."""


class Clock(Protocol):
    """Tells the time; `sandan.testing.FixedClock` stands still."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open stretch of time, `start <= t < end`; both ends carry a time zone."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise InvalidInput.because(
                "period",
                Text("시각에 시간대가 없습니다.", "an instant has no time zone."),
                Text("예: 2026-01-01T00:00+09:00", "for example 2026-01-01T00:00+09:00"),
            )
        if self.end <= self.start:
            raise InvalidInput.because(
                "period",
                Text("기간의 끝이 시작보다 늦어야 합니다.", "a period must end after it starts."),
                Text("두 날짜를 바꾸어 보십시오.", "swap the two dates."),
            )

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    @classmethod
    def day(cls, day: date) -> Period:
        """One calendar day in Seoul."""
        start = datetime(day.year, day.month, day.day, tzinfo=SEOUL)
        return cls(start, start + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Window:
    """`n` equal steps from `start`: what engines compute over."""

    start: datetime
    step: timedelta
    n: int

    def __iter__(self) -> Iterator[datetime]:
        return (self.start + i * self.step for i in range(self.n))

    @property
    def end(self) -> datetime:
        return self.start + self.n * self.step

    @property
    def period(self) -> Period:
        return Period(self.start, self.end)


def milliseconds(at: datetime) -> int:
    """Whole milliseconds since 1970, the way samples and arrays tell the time."""
    return int(at.timestamp() * 1000)


def instant(ms: int) -> datetime:
    """The moment so many milliseconds after 1970."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def midnight(ms: int) -> int:
    """When the day in Seoul that holds this instant began; milliseconds since 1970, both."""
    return (ms + SEOUL_MS) // DAY_MS * DAY_MS - SEOUL_MS


@lru_cache(maxsize=64)
def korean_holidays(year: int) -> frozenset[date]:
    """Public holidays of Korea with substitutes, as the `holidays` package keeps them."""
    return frozenset(holidays.country_holidays("KR", years=year))


def is_working_day(day: date) -> bool:
    """Monday to Friday and no public holiday."""
    return day.weekday() < 5 and day not in korean_holidays(day.year)
