"""Won, certificates and curtailment divided: nothing is lost and nobody is forgotten."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sandan.energy.engine.apportion import apportion, divide
from sandan.energy.engine.vpp import (
    issue_certificates,
    no_memory,
    retire_certificates,
    share_curtailment,
    split_revenue,
)
from sandan.energy.model.vpp import CurtailmentMemory, Party, Place, Plant, RevenueContract
from sandan.errors import InvalidInput

THIRDS = RevenueContract(
    {Party.ROOF_OWNER: Decimal("0.15"), Party.OPERATOR: Decimal("0.2"), Party.INVESTOR: Decimal("0.65")},
    {"certificates": {Party.INVESTOR: Decimal(1)}},
)


@given(
    arrays(np.int64, 6, elements=st.integers(-(10**12), 10**12)),
    arrays(np.float64, (5, 6), elements=st.floats(0, 1e6)),
)
def test_shares_of_won_add_up_and_follow_the_weights(total, weight) -> None:
    """Within a won of the exact share each, and nothing for weight 0."""
    weight[0] = 1.0
    weight[1] = 0.0
    got = apportion(total, weight)
    assert (got.sum(axis=0) == total).all()
    exact = weight / weight.sum(axis=0) * total
    assert (np.abs(got - exact) < 1.01).all()
    assert (got[1] == 0).all()


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 1000), min_size=1, max_size=9))
def test_exact_shares_add_up(won: int, parts: list[int]) -> None:
    """In fractions, for any sum of shares."""
    shares = dict(enumerate([*parts, 1]))
    got = divide(won, shares)
    assert sum(got.values()) == won
    assert all(abs(got[n] - won * part / sum(shares.values())) < 1.001 for n, part in shares.items())


def test_nothing_is_shared_by_no_weights() -> None:
    """Neither are negative ones taken."""
    with pytest.raises(InvalidInput):
        apportion(np.array([5]), np.zeros((3, 1)))
    with pytest.raises(InvalidInput):
        divide(5, {"a": -1, "b": 2})


def test_each_line_of_revenue_has_its_own_shares() -> None:
    """100,001 won of energy: 15,000.15, 20,000.2 and 65,000.65, so the odd won is the investor's."""
    got = split_revenue({"energy": 100_001, "certificates": 71_000, "forecast": -1}, THIRDS)
    assert list(got["energy"].values()) == [15_000, 20_000, 65_001]
    assert got["certificates"] == {Party.INVESTOR: 71_000}
    assert sum(got["forecast"].values()) == -1


def test_shares_that_do_not_make_one_are_refused_all_at_once() -> None:
    """Each line is named."""
    with pytest.raises(InvalidInput) as caught:
        RevenueContract({Party.OPERATOR: Decimal("0.9")}, {"energy": {Party.OPERATOR: Decimal("1.1")}})
    assert [one.where for one in caught.value.findings] == ["contract.shares", "contract.energy"]


def test_two_megawatt_hours_on_a_roof_are_three_certificates() -> None:
    """The sourced example, with what is left carried into the next month."""
    roof = Plant("r", 500.0)
    first = issue_certificates(roof, Decimal(2000), Decimal(0), date(2025, 8, 1))
    assert first.batch is not None
    assert (first.batch.number, first.carried) == (3, 0)
    second = issue_certificates(roof, Decimal("1234.5"), Decimal(0), date(2025, 9, 1))
    assert second.batch is not None
    assert (second.batch.number, second.carried) == (1, Decimal("0.85175"))
    third = issue_certificates(roof, Decimal(100), second.carried, date(2025, 10, 1))
    assert third.batch is not None
    assert (third.batch.number, third.carried) == (1, Decimal("0.00175"))


@given(st.lists(st.integers(0, 5_000_000), max_size=24))
def test_certificates_and_what_is_carried_are_the_weighed_generation(watt_hours: list[int]) -> None:
    """No watt-hour is lost over the months."""
    carried, number = Decimal(0), 0
    for month in watt_hours:
        got = issue_certificates(Plant("r", 10.0), Decimal(month) / 1000, carried, date(2025, 1, 1))
        carried, number = got.carried, number + (got.batch.number if got.batch else 0)
    assert number + carried == Decimal(sum(watt_hours)) * Decimal("1.5") / 10**6
    assert 0 <= carried < 1


def test_a_weight_that_is_not_known_is_asked_for() -> None:
    """Roofs above 3 MW, fields and wind; own use gives none."""
    for plant in (Plant("big", 3001.0), Plant("field", 100.0, place=Place.GROUND)):
        with pytest.raises(InvalidInput):
            issue_certificates(plant, Decimal(5000), Decimal(0), date(2025, 1, 1))
        given = issue_certificates(plant, Decimal(5000), Decimal(0), date(2025, 1, 1), Decimal("1.0"))
        assert given.batch is not None
        assert (given.batch.number, given.source.mark) == (5, "U")
    own = issue_certificates(
        Plant("own", 10.0, place=Place.SELF_USE), Decimal(5000), Decimal(0), date(2025, 1, 1)
    )
    assert own.batch is None


def test_the_oldest_certificates_go_first_and_expire_after_three_years() -> None:
    """One issued on 1 March 2023 is worth nothing on 1 March 2026."""
    roof = Plant("r", 500.0)
    batches = [
        issue_certificates(roof, Decimal(2000), Decimal(0), day).batch
        for day in (date(2023, 3, 1), date(2024, 2, 29), date(2024, 5, 1))
    ]
    held = [one for one in batches if one is not None]
    used, kept, expired = retire_certificates(held, 4, date(2026, 3, 1))
    assert [one.number for one in used] == [3, 1]
    assert [one.number for one in kept] == [2]
    assert [one.issued for one in expired] == [date(2023, 3, 1)]
    assert used[0].expires == date(2027, 3, 1)
    with pytest.raises(InvalidInput):
        retire_certificates(held, 7, date(2026, 3, 1))


def test_equal_pasts_are_curtailed_pro_rata() -> None:
    """Of what each could have given, not of its capacity."""
    got = share_curtailment(np.array([[30.0], [10.0], [0.0]]), np.array([20.0]), no_memory(3))
    assert got.cut[:, 0] == pytest.approx([15, 5, 0])
    assert got.short[0] == 0


def test_who_gave_up_more_before_gives_up_less_now() -> None:
    """First only A stands behind the full line; then B gives until both have given the same part."""
    only_a = np.array([[True], [False]])
    first = share_curtailment(np.full((2, 1), 40.0), np.array([20.0]), no_memory(2), only_a)
    assert first.cut[:, 0] == pytest.approx([20, 0])
    second = share_curtailment(np.full((2, 1), 40.0), np.array([30.0]), first.memory)
    assert second.cut[:, 0] == pytest.approx([5, 25])
    assert second.memory.cut / second.memory.possible == pytest.approx([0.3125, 0.3125])


def test_an_order_beyond_all_output_is_told_as_short() -> None:
    """All goes to zero, and the rest cannot be had."""
    got = share_curtailment(np.array([[3.0], [4.0]]), np.array([10.0]), no_memory(2))
    assert got.cut[:, 0] == pytest.approx([3, 4])
    assert got.short[0] == pytest.approx(3)


def test_missing_output_is_not_guessed() -> None:
    """It is refused."""
    with pytest.raises(InvalidInput):
        share_curtailment(np.array([[np.nan]]), np.array([1.0]), no_memory(1))


@given(
    arrays(np.float64, (5, 8), elements=st.floats(0, 1000)),
    arrays(np.float64, 8, elements=st.floats(0, 6000)),
    arrays(np.float64, 5, elements=st.floats(0, 1)),
)
def test_curtailment_is_conserved_and_possible(possible, ordered, past) -> None:
    """Cut and short are the order; nobody gives more than it has; nobody below zero."""
    memory = CurtailmentMemory(np.full(5, 500.0), past * 500)
    got = share_curtailment(possible, ordered, memory)
    assert got.cut.sum(axis=0) + got.short == pytest.approx(ordered, abs=1e-6)
    assert (got.cut <= possible + 1e-9).all()
    assert (got.cut >= -1e-9).all()
    assert got.memory.cut == pytest.approx(memory.cut + got.cut.sum(axis=1) / 4)
