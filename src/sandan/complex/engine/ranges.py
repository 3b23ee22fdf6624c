"""Time as a reader asks for it: presets, typed instants, and the buckets of the Korean calendar."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from sandan.clock import SEOUL, Period
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

MOST_BUCKETS = 2_000
"""What a chart can usefully show of one series."""

LENGTHS: Mapping[str, timedelta] = MappingProxyType(
    {
        "15min": timedelta(minutes=15),
        "30min": timedelta(minutes=30),
        "1h": timedelta(hours=1),
        "1d": timedelta(days=1),
        "1w": timedelta(weeks=1),
        "1mo": timedelta(days=30),
        "1y": timedelta(days=365),
    }
)
"""Every bucket the historian can make, with its usual length, finest first."""

NAMES: Mapping[str, Text] = MappingProxyType(
    {
        "auto": Text("자동", "Automatic"),
        "raw": Text("원자료", "Raw"),
        "15min": Text("15분", "15 minutes"),
        "30min": Text("30분", "30 minutes"),
        "1h": Text("1시간", "1 hour"),
        "1d": Text("1일", "1 day"),
        "1w": Text("1주", "1 week"),
        "1mo": Text("1개월", "1 month"),
        "1y": Text("1년", "1 year"),
    }
)
"""What a reader may choose, as it is called on screen."""


def _midnight(now: datetime) -> datetime:
    return now.astimezone(SEOUL).replace(hour=0, minute=0, second=0, microsecond=0)


def _today(now: datetime) -> Period:
    return Period(_midnight(now), _midnight(now) + timedelta(days=1))


def _yesterday(now: datetime) -> Period:
    return Period(_midnight(now) - timedelta(days=1), _midnight(now))


def _last_day(now: datetime) -> Period:
    return Period(now - timedelta(days=1), now)


def _days(n: int) -> Callable[[datetime], Period]:
    return lambda now: Period(_midnight(now) - timedelta(days=n - 1), _midnight(now) + timedelta(days=1))


def _this_month(now: datetime) -> Period:
    first = _midnight(now).replace(day=1)
    return Period(first, next_start(first, "1mo"))


def _last_year(now: datetime) -> Period:
    first = _midnight(now).replace(month=1, day=1)
    return Period(first.replace(year=first.year - 1), first)


PRESETS: Mapping[str, tuple[Text, Callable[[datetime], Period]]] = MappingProxyType(
    {
        "today": (Text("오늘", "Today"), _today),
        "yesterday": (Text("어제", "Yesterday"), _yesterday),
        "24h": (Text("24시간", "24 hours"), _last_day),
        "7d": (Text("7일", "7 days"), _days(7)),
        "30d": (Text("30일", "30 days"), _days(30)),
        "month": (Text("이번 달", "This month"), _this_month),
        "lastyear": (Text("작년", "Last year"), _last_year),
    }
)
"""Named ranges, resolved in the calendar of Seoul."""


def preset(id: str, now: datetime) -> Period:
    """The period a preset means now; `InvalidInput` names the presets."""
    if id not in PRESETS:
        raise InvalidInput.because(
            "range",
            Text(f"기간 '{id}'을(를) 알 수 없습니다.", f"range '{id}' is unknown."),
            Text(f"쓸 수 있는 기간: {', '.join(PRESETS)}", f"use one of {', '.join(PRESETS)}"),
        )
    return PRESETS[id][1](now)


def instant(text: str, where: str) -> datetime:
    """An ISO 8601 instant; one without a zone is Seoul time, one without a time is midnight there."""
    try:
        # A "+" in an address that was not escaped arrives as a blank.
        found = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text.strip())
    except ValueError:
        raise InvalidInput.because(
            where,
            Text(f"'{text}'은(는) 시각이 아닙니다.", f"'{text}' is not an instant."),
            Text("예: 2026-01-31T09:00", "for example 2026-01-31T09:00"),
        ) from None
    return found.replace(tzinfo=SEOUL) if found.tzinfo is None else found


def period_of(
    range_: str, from_: str, to: str, now: datetime, default: str = "today"
) -> tuple[Period, str | None]:
    """The period asked for and the preset it came from; `from` and `to` win over a preset."""
    if not from_ and not to:
        chosen = range_ or default
        return preset(chosen, now), chosen
    findings: list[Finding] = []
    ends: list[datetime | None] = []
    for name, text in (("from", from_), ("to", to)):
        try:
            ends.append(instant(text, name) if text else None)
        except InvalidInput as error:
            findings += error.findings
    if findings:
        raise InvalidInput(findings)
    start, end = ends
    if end is None:
        end = now
    if start is None:
        start = end - timedelta(days=1)
    return Period(start, end), None


def floor(at: datetime, every: str) -> datetime:
    """The start of the bucket `at` lies in, in Seoul; weeks begin on Monday."""
    local = at.astimezone(SEOUL)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    match every:
        case "15min" | "30min" | "1h":
            step = LENGTHS[every]
            return day + (local - day) // step * step
        case "1d":
            return day
        case "1w":
            return day - timedelta(days=day.weekday())
        case "1mo":
            return day.replace(day=1)
        case "1y":
            return day.replace(month=1, day=1)
        case _:
            raise ValueError(every)


def next_start(start: datetime, every: str) -> datetime:
    """The start of the bucket after the one that begins at `start`."""
    if every == "1mo":
        return (start.replace(day=1) + timedelta(days=32)).replace(day=1)
    if every == "1y":
        return start.replace(year=start.year + 1)
    return start + LENGTHS[every]


def buckets(period: Period, every: str) -> list[datetime]:
    """The start of every bucket that touches the period."""
    found = []
    at = floor(period.start, every)
    while at < period.end:
        found.append(at)
        at = next_start(at, every)
    return found


def choose_every(period: Period, intervals: Sequence[timedelta | None], most: int = MOST_BUCKETS) -> str:
    """The finest way to show points of these intervals with at most `most` values each.

    Raw while that is few enough; a point that only speaks when something changes is taken to do so
    once a minute. No bucket is shorter than a point's own interval, or it would look like a gap.
    """
    spacings = [interval or timedelta(minutes=1) for interval in intervals] or [timedelta(minutes=15)]
    if period.length / min(spacings) <= most:
        return "raw"
    return coarser(period, max(spacings), most)


def coarser(period: Period, least: timedelta, most: int = MOST_BUCKETS) -> str:
    """The finest bucket no shorter than `least` that gives at most `most` of them."""
    wanted = max(least, period.length / most)
    names = list(LENGTHS)
    return names[min(bisect_left(list(LENGTHS.values()), wanted), len(names) - 1)]
