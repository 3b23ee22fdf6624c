"""Sums: what was rounded adds up, what was changed by more than rounding does not."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandan.programme.engine.findings.additions import (
    Cell,
    adds_up,
    blocks,
    bound_of,
    gaps,
    half_of,
    top_level,
)
from sandan.programme.model.statements import Origin

EOK = 10**8
AMOUNTS = st.lists(st.integers(EOK // 10, 10**13), min_size=2, max_size=12)


def rounded(value: int) -> Cell:
    printed = (Decimal(value) / EOK).quantize(Decimal("0.1"), ROUND_HALF_UP)
    kept = int(printed * EOK)
    return Cell(kept, half_of(kept, f"{printed:,}"), None, None)


@given(AMOUNTS)
def test_rounded_parts_make_up_their_rounded_total(parts: list[int]) -> None:
    """However amounts are rounded to 0.1억, they never look wrong."""
    assert adds_up(rounded(sum(parts)), [rounded(one) for one in parts])


@given(st.integers(0, 10**13), st.integers(0, 10**13), st.integers(1, 10**12))
def test_more_than_rounding_is_found(first: int, second: int, extra: int) -> None:
    """A total is refused exactly when it is further away than its bound."""
    cells = [rounded(first), rounded(second)]
    total = Cell(sum(one.value for one in cells) + extra, cells[0].half, None, None)
    assert adds_up(total, cells) == (extra <= bound_of(total, cells))


@pytest.mark.parametrize(
    ("value", "printed", "half"),
    [
        (29_770_000_000, "297.7", 5_000_000.0),
        (16_200_000_000, "162", 50_000_000.0),
        (86_360_000_000, "86,360", 500_000.0),
        (1_234, "1,234", 0.0),
        (1_300_000_000_000, "1.3", 5e10),
    ],
)
def test_the_rounding_is_that_of_the_print(value: int, printed: str, half: float) -> None:
    """Half of the last printed place, in won."""
    assert half_of(value, printed) == half


def cell(value: int, source: str | None, period: str | None, line: int | None) -> Cell:
    return Cell(value, 0.0, source, period, "", Origin(document="d", line=line))


def test_parts_of_parts_are_not_counted_twice() -> None:
    """A list with its sub-items on one level adds up by its upper level."""
    parts = [cell(one, None, None, i) for i, one in enumerate((20_560, 62_500, 46_500, 16_000, 3_300))]
    assert adds_up(cell(86_360, None, None, None), parts)
    assert [one.value for one in top_level(parts)] == [20_560, 62_500, 3_300]


def test_local_money_may_be_told_once_or_by_level() -> None:
    """지방비 beside 도비 and 시비 is their sum, not more money."""
    block = [cell(100, "계", "계", 1), cell(60, "국비", "계", 2), cell(40, "지방비", "계", 3)]
    block += [cell(30, "도비", "계", 4), cell(10, "시비", "계", 5)]
    assert list(gaps(block)) == []


def test_a_second_total_begins_another_table() -> None:
    """Two tables below each other are not added together."""
    cells = [
        cell(10, "계", "계", 1),
        cell(5, "국비", "계", 2),
        cell(20, "계", "계", 3),
        cell(9, "국비", "계", 4),
    ]
    assert [[one.value for one in block] for block in blocks(cells)] == [[10, 5], [20, 9]]


def test_a_total_and_the_total_of_the_term_are_both_right() -> None:
    """계 with what comes after the term and 소계 without it, side by side in one row."""
    row = [cell(400, "국비", "계", 1), cell(300, "국비", "계", 1), cell(100, "국비", "임기후", 1)]
    row += [cell(200, "국비", "2022", 1), cell(100, "국비", "2023", 1)]
    assert list(gaps(row)) == []
    assert [gap.rule for gap in gaps([*row[1:2], *row[2:]])] == ["sum-periods"]
