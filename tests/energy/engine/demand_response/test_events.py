"""Bids, notices, reductions and won."""

from __future__ import annotations

import csv
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sandan.clock import HOUR_MS
from sandan.energy.engine.demand_response import (
    base_pay,
    check_award,
    check_bid,
    check_event,
    grouping,
    measure_reductions,
    settle_event,
    share_award,
)
from sandan.energy.engine.vpp.submissions import midnight
from sandan.energy.model.demand_response import (
    Award,
    BaselineKind,
    Bid,
    Enrolment,
    PaymentTerms,
    Programme,
)
from sandan.errors import InvalidInput

CASES = Path(__file__).parents[3] / "cases" / "energy" / "demand_response" / "events"
DAY = date(2024, 6, 24)
IN_TIME = midnight(date(2024, 6, 23)) + 10 * HOUR_MS
NONE: frozenset[date] = frozenset()
TERMS = PaymentTerms(1.2, 0.7, "half_up", Decimal("0.3"))


@pytest.mark.parametrize("name", sorted(path.parent.name for path in CASES.glob("*/case.toml")))
def test_an_event_worked_by_hand(name: str) -> None:
    """From baselines and loads to everybody's won."""
    told = tomllib.loads((CASES / name / "case.toml").read_text(encoding="utf-8"))
    with (CASES / name / "loads.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    customers = list(dict.fromkeys(row["customer"] for row in rows))
    shape = (len(customers), len(told["price"]))
    baseline, actual = (
        np.array([float(row[what]) for row in rows]).reshape(shape) for what in ("baseline", "actual")
    )
    took = np.array([row["participated"] == "yes" for row in rows]).reshape(shape)[:, 0]
    reductions = measure_reductions(baseline, actual, took, grouping(told["day"]))
    award = Award(Bid("r", told["day"], told["hour"], shape[1], 1, 0), told["award_kw"])
    terms = PaymentTerms(
        told["paid_up_to"], told["fails_below"], told["rounding"], Decimal(told["operator_share"])
    )
    got = settle_event(award, customers, reductions, np.array(told["price"]), terms)
    assert got.won.tolist() == told["won"]
    assert (got.operator, dict(got.customers)) == (told["operator"], told["customers"])
    assert got.fulfilment == pytest.approx(told["fulfilment"])
    assert not got.failed


def test_a_bid_in_order_is_taken() -> None:
    """Whole MW, at ten o'clock sharp the day before."""
    check_bid(Bid("r", DAY, 9, 11, 3, IN_TIME), NONE)


def test_everything_wrong_with_a_bid_is_told_at_once() -> None:
    """A holiday, hours out of the market, half a megawatt, late, banned."""
    with pytest.raises(InvalidInput) as caught:
        check_bid(Bid("r", DAY, 18, 3, 1.5, IN_TIME + 1), frozenset({DAY}), banned_until=date(2024, 7, 1))
    assert [one.where for one in caught.value.findings] == [
        "day",
        "hour",
        "bid.mw",
        "bid.sent_at",
        "bid.resource",
    ]


def test_a_third_event_a_day_and_a_sixty_first_hour_are_refused() -> None:
    """The year's hours bind only reliability; Saturdays bind both."""
    check_event(Programme.RELIABILITY, DAY, 14, 4, NONE, hours_this_year=56, events_this_day=1)
    with pytest.raises(InvalidInput) as caught:
        check_event(Programme.RELIABILITY, DAY, 14, 4, NONE, hours_this_year=57, events_this_day=2)
    assert [one.where for one in caught.value.findings] == ["event.day", "event.hours"]
    check_event(Programme.ECONOMIC, DAY, 14, 4, NONE, hours_this_year=500, events_this_day=0)
    with pytest.raises(InvalidInput):
        check_event(Programme.ECONOMIC, date(2024, 6, 22), 14, 4, NONE, hours_this_year=0, events_this_day=0)


def test_an_award_is_shared_by_pledges_to_the_kilowatt() -> None:
    """1,000 kW over 700, 400 and 300: 500, 285.7 and 214.3."""
    award = check_award(Bid("r", DAY, 14, 2, 2, IN_TIME), 1000)
    pledges = zip("abc", (700.0, 400.0, 300.0), strict=True)
    enrolled = [Enrolment(name, 2024, BaselineKind.MAX_4_OF_5, kw, False) for name, kw in pledges]
    assert [one.kw for one in share_award(award, enrolled)] == [500, 286, 214]
    with pytest.raises(InvalidInput):
        share_award(award, enrolled[1:])
    with pytest.raises(InvalidInput):
        check_award(award.bid, 2001)


def test_who_takes_no_part_undoes_the_work_of_others_only_before_2015() -> None:
    """Four leave 100 kWh each, six rise by 70: nothing for anybody then, 400 kWh since."""
    baseline = np.full((10, 1), 500.0)
    actual = baseline + np.array([[-100.0]] * 4 + [[70.0]] * 6)
    took = np.arange(10) < 4
    award = Award(Bid("r", DAY, 14, 1, 1, 0), 400)
    names = [str(n) for n in range(10)]
    price = np.array([100.0])
    before = measure_reductions(baseline, actual, took, grouping(date(2014, 12, 1)))
    then = settle_event(award, names, before, price, TERMS)
    assert (before.resource[0], then.won.sum(), then.failed) == (-20, 0, True)
    since = settle_event(
        award, names, measure_reductions(baseline, actual, took, grouping(DAY)), price, TERMS
    )
    assert (since.won.sum(), since.failed) == (40_000, False)
    assert [since.customers[name] for name in names] == [7000] * 4 + [0] * 6


def test_a_failed_event_bans_for_six_months() -> None:
    """From 31 August to the last of February."""
    award = Award(Bid("r", date(2023, 8, 31), 14, 1, 1, 0), 1000)
    rule = grouping(DAY)
    reductions = measure_reductions(np.array([[700.0]]), np.array([[1.0]]), np.array([True]), rule)
    got = settle_event(award, ["a"], reductions, np.array([100.0]), TERMS)
    assert got.failed
    assert got.banned_until == date(2024, 2, 29)


def test_an_hour_not_metered_is_not_paid_and_not_failed() -> None:
    """The other hour is paid; the event is not whole."""
    award = Award(Bid("r", DAY, 14, 2, 1, 0), 1000)
    actual = np.array([[0.0, np.nan]])
    reductions = measure_reductions(np.full((1, 2), 900.0), actual, np.array([True]), grouping(DAY))
    got = settle_event(award, ["a"], reductions, np.array([100.0, 100.0]), TERMS)
    assert got.won.tolist() == [90_000, 0]
    assert (got.whole, got.failed) == (False, False)
    assert np.isnan(got.fulfilment)


@given(
    arrays(np.float64, (5, 3), elements=st.floats(-500, 500)),
    arrays(np.bool_, 5),
    arrays(np.float64, 3, elements=st.floats(0, 300)),
    st.sampled_from([date(2014, 6, 2), DAY]),
)
def test_every_won_is_the_operators_or_a_customers(left, took, price, day) -> None:
    """None is lost, none is owed by who rose, and nobody outside the group gets any."""
    reductions = measure_reductions(left, np.zeros_like(left), took, grouping(day))
    award = Award(Bid("r", day, 14, 3, 1, 0), 800)
    got = settle_event(award, list("abcde"), reductions, price, TERMS)
    assert got.operator + sum(got.customers.values()) == got.won.sum()
    assert min(got.customers.values()) >= 0
    assert (got.paid <= 960).all()
    outside = [n for n in range(5) if not reductions.grouped[n]]
    assert all(got.customers["abcde"[n]] == 0 for n in outside)


@given(st.integers(1, 100_000), st.integers(30_000, 50_000))
def test_twelve_months_of_base_pay_are_a_year(kw: int, won: int) -> None:
    """To the won."""
    assert sum(base_pay(kw, won, month) for month in range(1, 13)) == kw * won


def test_terms_out_of_range_are_refused() -> None:
    """All of them together."""
    with pytest.raises(InvalidInput) as caught:
        PaymentTerms(0.5, 2, "half_up", Decimal(2))
    assert len(caught.value.findings) == 3
