"""Periods, windows and the calendar of Korea."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandan.clock import (
    DAY_MS,
    QUARTER_HOUR,
    SEOUL,
    Period,
    SystemClock,
    Window,
    is_working_day,
    korean_holidays,
    midnight,
    milliseconds,
)
from sandan.errors import InvalidInput

START = datetime(2026, 3, 2, tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        (datetime(2026, 1, 1), datetime(2026, 1, 2), "no time zone"),  # noqa: DTZ001  # the fault looked for
        (START, START, "end after"),
        (START, START - timedelta(seconds=1), "end after"),
    ],
)
def test_faulty_periods_are_refused(start: datetime, end: datetime, says: str):
    """A period without a time zone, or that does not go forward, is an `InvalidInput`."""
    with pytest.raises(InvalidInput) as error:
        Period(start, end)
    assert says in error.value.findings[0].problem.en


def test_a_day_is_seouls():
    """A day begins at midnight in Seoul, nine hours before UTC's, and has 24 hours."""
    day = Period.day(date(2026, 3, 2))
    assert day.start.astimezone(UTC) == datetime(2026, 3, 1, 15, tzinfo=UTC)
    assert day.length == timedelta(hours=24)


@given(st.dates(date(1989, 1, 1), date(2100, 12, 31)))
def test_every_day_since_1989_has_24_hours(day: date):
    """Korea has no daylight saving, so days meet without gap or overlap."""
    one, two = Period.day(day), Period.day(day + timedelta(days=1))
    assert one.end == two.start
    assert one.end.astimezone(UTC) - one.start.astimezone(UTC) == timedelta(hours=24)


@given(st.integers(1, 200))
def test_a_window_is_its_steps(n: int):
    """A window has `n` steps, the last of which ends where the window ends."""
    window = Window(START, QUARTER_HOUR, n)
    steps = list(window)
    assert len(steps) == n
    assert steps[0] == START
    assert steps[-1] + QUARTER_HOUR == window.end == window.period.end


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 3, 3), True),
        (date(2026, 2, 28), False),  # Saturday
        (date(2026, 3, 1), False),  # Independence Movement Day, a Sunday …
        (date(2026, 3, 2), False),  # … and its substitute
        (date(2026, 2, 17), False),  # Seollal
        (date(2026, 9, 25), False),  # Chuseok
        (date(2026, 12, 25), False),
    ],
)
def test_working_days(day: date, working: bool):
    """Weekends, holidays of both calendars and their substitutes are no working days."""
    assert is_working_day(day) is working


def test_holidays_are_named_by_year():
    """The holidays of a year lie in that year."""
    assert {day.year for day in korean_holidays(2026)} == {2026}


def test_the_machines_clock_has_a_time_zone():
    """The system's clock tells an instant, not a wall time."""
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_a_day_in_seoul_begins_at_fifteen_hours_of_utc():
    """Midnight of the day that holds an instant; midnight itself holds."""
    begun = milliseconds(datetime(2026, 3, 4, tzinfo=SEOUL))
    assert midnight(begun) == midnight(begun + DAY_MS - 1) == begun
    assert midnight(begun - 1) == begun - DAY_MS
