"""The billing demand, the month's peak, and the warning before the quarter-hour ends."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.energy.engine.tariff.cases import quarter_hours

from sandan.energy.engine.tariff import (
    Calendar,
    bill_month,
    billing_demand,
    levies,
    months_carried,
    project_quarter,
    rates,
    standing_demand,
    tariff,
    warn_quarter,
    watch_peak,
)
from sandan.energy.model.metering import Meter
from sandan.energy.model.tariff import Contract, History, Kind, Option, Voltage
from sandan.errors import InvalidInput

CONTRACT = Contract(Kind.INDUSTRIAL_B, Voltage.HIGH_A, Option.II, 300)
TARIFF = tariff(CONTRACT.kind, CONTRACT.voltage, CONTRACT.option, "2026-04-16")
RULE = TARIFF.demand
PEAKS = {(2025, 10): 300.0, (2026, 1): 132.0}
CALENDAR = Calendar(frozenset())
LEVIES = levies(date(2026, 7, 1), fuel=5.0)
MONTHS = st.tuples(st.integers(2024, 2026), st.integers(1, 12))


def test_the_example_of_the_reference() -> None:
    """Peaks of January 132, October 300 and August 118 bill August by 132; November by its own 112."""
    august = billing_demand(CONTRACT, RULE, (2026, 8), 118, 5, PEAKS)
    assert (august.kw, august.by, august.month, august.at) == (132, "earlier_month", (2026, 1), None)
    november = billing_demand(CONTRACT, RULE, (2025, 11), 112, 5, {(2025, 10): 300.0})
    assert (november.kw, november.by, november.at) == (112, "this_month", 5)


def test_nothing_measured_leaves_what_stands() -> None:
    """A month without readings owes the carried peak or the floor."""
    assert standing_demand(CONTRACT, RULE, (2026, 8), PEAKS) == 132
    assert standing_demand(CONTRACT, RULE, (2026, 8), {}) == 90
    assert billing_demand(CONTRACT, RULE, (2026, 8), math.nan, None, {}).by == "floor"


def test_without_a_demand_meter_the_contract_is_billed() -> None:
    """Article 68 ② knows no peak for such a customer."""
    plain = replace(CONTRACT, demand_meter=False)
    assert billing_demand(plain, RULE, (2026, 8), 118, 5, PEAKS).kw == 300


@given(st.dictionaries(MONTHS, st.floats(0, 1000)), MONTHS, st.floats(0, 1000))
def test_the_demand_is_never_below_own_peak_or_floor(
    peaks: dict[tuple[int, int], float], month: tuple[int, int], peak: float
) -> None:
    """It is one of: the month's own, an earlier demand month's within eleven months, the floor."""
    found = billing_demand(CONTRACT, RULE, month, peak, 0, peaks)
    assert found.kw >= max(peak, 90)
    known = {
        kw
        for (year, of), kw in peaks.items()
        if of in (12, 1, 2, 7, 8, 9) and 1 <= (month[0] - year) * 12 + month[1] - of <= 11
    }
    assert found.kw in known | {peak, 90.0}
    assert standing_demand(CONTRACT, RULE, month, peaks) <= found.kw


def test_a_summer_peak_costs_eleven_months_more() -> None:
    """July is carried, June is not."""
    assert (months_carried(RULE, (2026, 7)), months_carried(RULE, (2026, 6))) == (11, 0)


def test_the_state_of_the_month_and_what_a_kilowatt_is_worth() -> None:
    """A kW above the limit costs the base price with the fund, and again in each month it is carried."""
    start = quarter_hours(date(2026, 7, 1), date(2026, 7, 11))
    energy = np.full(len(start), 20.0)
    energy[50] = 45.0
    energy[4] = 70.0
    state = watch_peak(
        Meter(start, energy), CONTRACT, TARIFF, LEVIES, CALENDAR, History(peaks={(2026, 1): 132.0})
    )
    assert (state.standing, state.so_far, state.at, state.limit) == (132, 180, int(start[50]), 180)
    assert state.worth == pytest.approx(8320 * 1.027)
    assert state.worth_carried == pytest.approx(12 * 8320 * 1.027)
    assert state.saved == pytest.approx(48 * 8320 * 1.027)


def test_what_a_kilowatt_is_worth_is_what_the_bill_says() -> None:
    """A kW more at the peak raises the bill before tax by the stated worth and its energy."""
    start = quarter_hours(date(2026, 7, 1), date(2026, 8, 1))
    energy = np.full(len(start), 40.0)
    energy[60] = 60.0
    more = energy.copy()
    more[60] += 0.25
    state = watch_peak(Meter(start, energy), CONTRACT, TARIFF, LEVIES, CALENDAR)
    low, high = (bill_month(Meter(start, e), CONTRACT, TARIFF, LEVIES, CALENDAR) for e in (energy, more))
    price = rates(CONTRACT, TARIFF, LEVIES, start, CALENDAR)
    expected = state.worth + 0.25 * price.energy[60]
    assert high.before_tax - low.before_tax == pytest.approx(expected, abs=1e-3)


def test_a_steady_quarter_hour_projects_to_its_power() -> None:
    """At 100 kW throughout, the demand will be 100 kW."""
    at = 1000 * np.arange(0, 300, 10, dtype=np.int64)
    warning = warn_quarter(at, np.full(30, 100.0), 300_000, 90)
    assert warning.projected == pytest.approx(100)
    assert warning.exceeds
    assert not warning.lost
    assert warning.seconds_left == 600
    assert warning.allowed == pytest.approx((90 * 900 - 100 * 300) / 600)
    assert warning.shed == pytest.approx(100 - warning.allowed)


def test_keeping_to_what_is_allowed_keeps_the_limit() -> None:
    """The rest of the quarter-hour at the allowed power ends exactly at the limit."""
    at = 1000 * np.arange(0, 400, 10, dtype=np.int64)
    power = np.linspace(50, 250, 40)
    warning = warn_quarter(at, power, 400_000, 150)
    assert project_quarter(warning.lowest / 4, 400, warning.allowed) == pytest.approx(150)


def test_a_limit_already_lost_is_said_to_be() -> None:
    """When what is used already exceeds the limit, nothing that is switched off helps."""
    at = 1000 * np.arange(0, 800, 10, dtype=np.int64)
    warning = warn_quarter(at, np.full(80, 200.0), 800_000, 100)
    assert warning.lost
    assert warning.allowed == 0


def test_no_sample_is_no_projection() -> None:
    """Without a sample there is nothing to project, and no warning to raise."""
    warning = warn_quarter(np.empty(0, np.int64), np.empty(0), 100_000, 100)
    assert math.isnan(warning.projected)
    assert not warning.exceeds


def test_readings_that_do_not_fit_are_refused() -> None:
    """A run with a hole, of unequal length or with negative energy is no meter."""
    start = quarter_hours(date(2026, 7, 1), date(2026, 7, 2))
    with pytest.raises(InvalidInput):
        Meter(start[[0, 2]], np.ones(2))
    with pytest.raises(InvalidInput):
        Meter(start, np.ones(95))
    with pytest.raises(InvalidInput):
        Meter(start, -np.ones(96))
    with pytest.raises(InvalidInput):
        replace(CONTRACT, power=0)
