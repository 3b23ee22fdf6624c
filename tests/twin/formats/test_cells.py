"""What people write in a cell is read as they meant it, or refused."""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandan.twin.formats.cells import (
    Unreadable,
    read_date,
    read_integer,
    read_interval,
    read_ksic,
    read_number,
    read_value,
    tidy,
    write_interval,
)
from sandan.twin.tables import kinds


@pytest.mark.parametrize(
    ("raw", "unit", "written_in", "expected"),
    [
        ("1,234.5", None, None, 1234.5),
        (" 1 234 ", None, None, 1234),
        ("１２３", None, None, 123),
        ("−5", None, None, -5),
        ("+3.", None, None, 3),
        (".5", None, None, 0.5),
        ("1e3", None, None, 1000),
        ("1,234㎡", "㎡", None, 1234),
        ("1,234 m2", "㎡", None, 1234),
        ("100", "㎡", "평", 40000 / 121),
        ("100㎡", "㎡", "평", 100),
        ("1.5 MW", "kW", None, 1500),
        ("12명", "명", None, 12),
        ("20", "°C", "K", -253.15),
    ],
)
def test_numbers(raw: str, unit: str | None, written_in: str | None, expected: float):
    """Separators, full-width digits and units in the cell or the header are understood."""
    assert read_number(raw, unit, written_in) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    "raw",
    ["", "약 30", "1.234,5", "12,34", "1e999", "nan", "inf", "3 apples", "1-2", "--5", ".", "+", "9" * 400],
)
def test_what_is_no_number_is_refused(raw: str):
    """Nothing is guessed: a doubtful number is unreadable."""
    with pytest.raises(Unreadable):
        read_number(raw, "kW")


def test_a_number_without_unit_takes_none():
    """A stray unit after a plain number is not swallowed."""
    with pytest.raises(Unreadable, match="알 수 없는"):
        read_number("12 kW")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_written_numbers_are_read_exactly(value: float):
    """What Python writes of a number is read without loss."""
    assert read_number(repr(value)) == value


@pytest.mark.parametrize(("raw", "expected"), [("1,005", 1005), ("12.0", 12), ("-3", -3)])
def test_whole_numbers(raw: str, expected: int):
    """A whole number may have separators or a vain decimal."""
    assert read_integer(raw) == expected


@pytest.mark.parametrize("raw", ["12.5", "1e300", "다섯", "9" * 5000])
def test_what_is_no_whole_number_is_refused(raw: str):
    """Fractions are not rounded, and numbers beyond exactness are refused."""
    with pytest.raises(Unreadable):
        read_integer(raw)


@pytest.mark.parametrize(
    "raw",
    [
        "2021-03-01", "2021-3-1", "2021.03.01", "2021.3.1", "2021. 3. 1.", "2021/3/1", "20210301",
        "２０２１.３.１",
        "2021년 3월 1일", "2021-03-01 00:00:00", "2021-03-01T09:00:00+09:00", "2021.3.1 0:00", "20210301.0",
        "20210301000000", "44256", "44256.0",
    ],
)  # fmt: skip
def test_one_day_in_many_forms(raw: str):
    """Every form that Korean files use for the first of March 2021 is that day."""
    assert read_date(raw) == "2021-03-01"


@pytest.mark.parametrize(
    "raw", ["21.3.1", "2021-02-30", "2021-03", "3/1/2021", "어제", "", "1021-03-01", "12345"]
)
def test_doubtful_days_are_refused(raw: str):
    """Two-digit years, impossible days and half dates are not guessed at."""
    with pytest.raises(Unreadable):
        read_date(raw)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_iso_dates_are_read_as_themselves(day: date):
    """A date in ISO form stays what it is."""
    assert read_date(day.isoformat()) == day.isoformat()


@pytest.mark.parametrize(
    ("raw", "codes"),
    [
        ("C29", ["29"]),
        ("29", ["29"]),
        ("29199", ["29199"]),
        ("29199.0", ["29199"]),
        ("C", ["C"]),
        ("29199, 28111,29199", ["29199", "28111"]),
        ("c29;C25/24", ["29", "25", "24"]),
        ("29199 외 2종", ["29199"]),
        ("", []),
    ],
)
def test_industry_codes(raw: str, codes: list[str]):
    """One or several codes of the Korean classification, with or without their section."""
    assert read_ksic(raw) == codes


@pytest.mark.parametrize("raw", ["기계", "291991", "9", "Z29", "29-199"])
def test_what_is_no_industry_code_is_refused(raw: str):
    """A name, or a number of the wrong length, is no code."""
    with pytest.raises(Unreadable):
        read_ksic(raw)


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("15min", timedelta(minutes=15)),
        ("15분", timedelta(minutes=15)),
        ("PT15M", timedelta(minutes=15)),
        ("1 h", timedelta(hours=1)),
        ("30s", timedelta(seconds=30)),
        ("0.5초", timedelta(milliseconds=500)),
        ("P1D", timedelta(days=1)),
    ],
)
def test_intervals(text: str, interval: timedelta):
    """An interval has a number and a unit, in Korean, English or ISO 8601."""
    assert read_interval(text) == interval


@pytest.mark.parametrize("text", ["15", "", "fast", "-5min", "1e9d", "9999999999d", "15 parsecs"])
def test_bare_numbers_are_no_intervals(text: str):
    """15 what? is asked rather than answered."""
    with pytest.raises(Unreadable):
        read_interval(text)


@given(st.timedeltas(timedelta(microseconds=1), timedelta(days=3660)))
def test_intervals_are_read_as_they_were_written(interval: timedelta):
    """Writing an interval and reading it gives the interval."""
    assert read_interval(write_interval(interval)) == interval


@pytest.mark.parametrize("raw", [True, [], {}, ["a"], {"a": 1}])
def test_values_are_single(raw: object):
    """A list, an object or a yes is no value of an attribute."""
    with pytest.raises(Unreadable):
        read_value(raw, kinds()["firm"].attributes["industry"])


def test_codes_written_as_numbers_stay_codes():
    """A map program that keeps 3710 as 3710.0 means the code 3710."""
    ksic = kinds()["firm"].attributes["ksic"]
    assert [read_value(raw, ksic) for raw in (3710.0, 3710, "3710", None, "")] == ["3710"] * 3 + [None] * 2


@given(st.text())
def test_any_text_is_read_or_refused(text: str):
    """No text makes a reader of cells fail in another way than by saying it cannot read it."""
    for read in (read_number, read_integer, read_date, read_ksic, read_interval, tidy):
        with suppress(Unreadable):
            read(text)
