"""Numbers and instants as readers of each language expect them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from sandan.web import formats

NOON = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (None, None, "–"),
        (float("nan"), None, "–"),
        (0.0, None, "0"),
        (0.1234, None, "0.123"),
        (12.346, None, "12.35"),
        (123.46, None, "123.5"),
        (959636.71, None, "959,637"),
        (959636.71, 2, "959,636.71"),
        (-5.0, None, "-5"),
    ],
)
def test_numbers_keep_about_three_digits_and_separate_thousands(value, digits, shown):
    """What is small shows more places; what is missing is a dash, never a zero."""
    assert formats.number(value, "ko", digits) == shown


def test_instants_are_shown_in_seoul():
    """03:00 in Greenwich is noon in the complex."""
    assert formats.instant(NOON, "ko") == "2026. 3. 4. (수) 12:00"
    assert formats.instant(NOON, "en") == "Wed 4 Mar 2026 12:00"
    assert formats.clock_time(NOON) == "12:00:00"
    assert formats.day(date(2026, 3, 4), "ko") == "2026. 3. 4. (수)"


def test_age_is_said_in_words():
    """How long ago, in the reader's language."""
    assert formats.ago(NOON - timedelta(minutes=3), NOON, "ko") == "3분 전"
    assert formats.ago(NOON - timedelta(minutes=3), NOON, "en") == "3 minutes ago"


def test_units_are_words_where_a_symbol_would_be_korean():
    """English readers see persons, not 명; a pure number has no unit."""
    assert formats.unit("명", "ko") == "명"
    assert formats.unit("명", "en") == "persons"
    assert formats.unit("1", "ko") == ""
    assert formats.unit("kWh", "en") == "kWh"


@pytest.mark.parametrize(("size", "shown"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2.5e9, "2.5 GB")])
def test_sizes_are_decimal(size, shown):
    """As disks are sold and measured."""
    assert formats.bytes_(size, "ko") == shown
