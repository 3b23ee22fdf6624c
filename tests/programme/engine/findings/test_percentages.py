"""Percentages against their numbers: right ones pass however they are rounded, known slips are named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandan.programme.engine.findings.percentages import Slip, check_change, check_points, check_share
from sandan.programme.engine.findings.printed import Printed, read_printed
from sandan.programme.engine.findings.quantities import read_quantities

DECIMALS = st.integers(0, 2)


def printed(value: float, decimals: int) -> Printed:
    return read_printed(f"{abs(value):.{decimals}f}")


@given(st.integers(1, 10**6), st.integers(0, 10**6), DECIMALS)
def test_a_rounded_change_follows(before: int, after: int, decimals: int) -> None:
    """However many decimals are printed, the right change is no fault."""
    change = (after - before) / before * 100
    direction = (change > 0) - (change < 0)
    assert (
        check_change(Printed(before), Printed(after), printed(change, decimals), direction=direction) is None
    )


@given(st.integers(0, 10**6), st.integers(1, 10**6), DECIMALS)
def test_a_rounded_share_follows(numerator: int, denominator: int, decimals: int) -> None:
    """However many decimals are printed, the right share is no fault."""
    assert (
        check_share(
            Printed(numerator), Printed(denominator), printed(numerator / denominator * 100, decimals)
        )
        is None
    )


@given(st.floats(1, 1e4), st.floats(1, 1e4), DECIMALS)
def test_rounded_values_bear_a_rounded_change(before: float, after: float, decimals: int) -> None:
    """Before and after may be rounded as well: the change of the true values is no fault."""
    stated = printed((after - before) / before * 100, 1)
    rounded = [read_printed(f"{one:.{decimals}f}") for one in (before, after)]
    if rounded[0].value > 0:
        assert check_change(*rounded, stated) is None


@pytest.mark.parametrize(
    ("before", "after", "stated", "direction", "slip"),
    [
        ("54.5", "41.3", "32.0", -1, Slip.AFTER),
        ("52.4", "35.7", "46.8", -1, Slip.AFTER),
        ("1,356", "847", "60", -1, Slip.AFTER),
        ("200", "150", "75", -1, Slip.RATIO),
        ("20", "30", "10", 1, Slip.POINTS),
        ("100", "80", "20", 1, Slip.DIRECTION),
        ("1,000", "962", "38", -1, Slip.POINTS),
        ("100", "93", "51", -1, Slip.UNKNOWN),
    ],
)
def test_a_wrong_change_is_explained(
    before: str, after: str, stated: str, direction: int, slip: Slip
) -> None:
    """The slip behind a wrong change is named where it is a known one."""
    fault = check_change(
        read_printed(before, exact=True),
        read_printed(after, exact=True),
        read_printed(stated),
        direction=direction,
    )
    assert fault is not None
    assert fault.slip is slip


@pytest.mark.parametrize(
    ("numerator", "denominator", "stated", "slip"),
    [
        (54, 79, "67.1", Slip.OFF_BY_ONE),
        (37, 1020, "4.7", Slip.UNKNOWN),
        (25, 100, "33.3", Slip.REST),
        (20, 100, "80.0", Slip.OTHERS),
        (36, 444, "0.81", Slip.DIGIT),
    ],
)
def test_a_wrong_share_is_explained(numerator: int, denominator: int, stated: str, slip: Slip) -> None:
    """The slip behind a wrong share is named where it is a known one."""
    fault = check_share(Printed(numerator), Printed(denominator), read_printed(stated))
    assert fault is not None
    assert fault.slip is slip


def test_a_rate_over_the_target_is_not_a_rate_over_all() -> None:
    """Hires over target hires are told apart from hires over everybody trained."""
    fault = check_share(Printed(73), Printed(901), read_printed("27"), target=Printed(278))
    assert fault is not None
    assert fault.slip is Slip.TARGET
    assert round(fault.recomputed or 0, 1) == 8.1


def test_points_are_a_difference() -> None:
    """Percentage points are the difference of two percentages, not their ratio."""
    assert check_points(Printed(20), Printed(30), read_printed("10")) is None
    assert check_points(Printed(20), Printed(30), read_printed("50")) is not None


def test_about_allows_one_unit_of_the_last_significant_digit() -> None:
    """약 40 % may be 37.5 %, 약 60 % may not, and a plain 40 % neither."""
    before, after = Printed(1356), Printed(847)
    assert check_change(before, after, read_printed("40", about=True)) is None
    assert check_change(before, after, read_printed("60", about=True)) is not None
    assert check_change(before, after, read_printed("40")) is not None


def test_dates_years_and_names_are_no_quantities() -> None:
    """2024. 7., '24년, ISO 50001 and PM10 say how nothing is counted."""
    text = "2024. 7. 3. 공고, '24년 ISO 50001 인증 37개사, PM10 54.5㎍/㎥, 제3차, 2분기"
    assert [(one.number.value, one.family) for one in read_quantities(text)] == [
        (37, "개사"),
        (54.5, "concentration"),
    ]
