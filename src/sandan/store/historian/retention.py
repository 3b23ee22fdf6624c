"""How long samples are kept, and what is left of them afterwards.

Whole months are forgotten, by the UTC months in which they lie on disk. What is left are the hours:
every rollup of an hour or longer still answers, to the last digit, but no longer as known at an
earlier time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sandan.errors import InvalidInput
from sandan.twin.samples import Stream
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class Retention:
    """Whole months of samples kept per stream, at least one; None keeps them for good."""

    actual: int | None = None
    forecast: int | None = None
    schedule: int | None = None
    leave_hours: bool = True
    """Whether the hours of forgotten months are kept, for good."""

    def __post_init__(self) -> None:
        if any(months is not None and months < 1 for months in self.months.values()):
            raise InvalidInput.because(
                "retention",
                Text("보존 기간은 한 달 이상이어야 합니다.", "at least one month is kept."),
                Text("달 수를 1 이상으로 쓰거나 비워 두십시오.", "write 1 or more months, or nothing."),
            )

    @property
    def months(self) -> Mapping[Stream, int | None]:
        return {
            Stream.ACTUAL: self.actual,
            Stream.FORECAST: self.forecast,
            Stream.SCHEDULE: self.schedule,
        }

    def cutoff(self, stream: Stream, now: datetime) -> datetime | None:
        """Before when the samples of a stream may go; nothing when they stay."""
        months = self.months[stream]
        return None if months is None else month_start(now, back=months)


def month_start(at: datetime, *, back: int = 0) -> datetime:
    """The beginning of the UTC month `at` lies in, or of one `back` months earlier."""
    at = at.astimezone(UTC)
    years, month = divmod(at.year * 12 + at.month - 1 - back, 12)
    return datetime(years, month + 1, 1, tzinfo=UTC)
