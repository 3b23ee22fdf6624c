"""Power factors: which half-hours count, whose they are, and what they cost."""

from __future__ import annotations

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
    default_rounding,
    levies,
    power_factor_adjustment,
    power_factor_rules,
)
from sandan.energy.model.metering import Meter
from sandan.energy.model.rates import Floats
from sandan.energy.model.tariff import Bill, Contract, History, Kind, Option, PowerFactor, Voltage

START = quarter_hours(date(2026, 7, 1), date(2026, 7, 8))
HOUR = np.arange(len(START)) % 96 // 4
DAY = (HOUR >= 8) & (HOUR < 22)
CONTRACT = Contract(Kind.INDUSTRIAL_B, Voltage.HIGH_A, Option.II, 700)
LEVIES = levies(date(2026, 7, 1), fuel=5.0)
OLDER, NOW = (rule for _, rule in power_factor_rules())
TO = default_rounding()["power_factor"]


def bill(
    energy: Floats, lagging: Floats, leading: Floats | None = None, contract: Contract = CONTRACT
) -> Bill:
    meter = Meter(START, energy, lagging, np.zeros(len(START)) if leading is None else leading)
    return bill_month(meter, contract, None, LEVIES, Calendar(frozenset()), History(power_factor_warned=True))


def adjust(lagging: float, leading: float = 100.0, contract: Contract = CONTRACT) -> PowerFactor:
    return power_factor_adjustment(contract, NOW, lagging, leading, lagging, 100, TO)


@pytest.mark.parametrize(
    ("factor", "share"),
    [
        (92, 0.0),
        (91, 0.002),
        (91.5, 0.0),
        (91.49, 0.002),
        (97, -0.01),
        (100, -0.01),
        (60, 0.064),
        (30, 0.064),
    ],
)
def test_each_per_cent_costs_a_fifth_of_one(factor: float, share: float) -> None:
    """Whole per cents against 92, no further than 60 and 97 (article 43 ②)."""
    assert adjust(factor).lagging_share == pytest.approx(share)


def test_leading_current_only_adds() -> None:
    """By night 95 is the base; nothing is taken off above it."""
    assert adjust(92, 90).leading_share == pytest.approx(0.01)
    assert adjust(92, 100).leading_share == 0
    assert adjust(92, 40).leading_share == pytest.approx(0.07)


def test_the_older_rule_had_other_bases() -> None:
    """Before February 2025 it was 90 and 95 per cent."""
    found = power_factor_adjustment(CONTRACT, OLDER, 97, 100, 97, 100, TO)
    assert found.lagging_share == pytest.approx(-0.01)
    assert power_factor_adjustment(CONTRACT, OLDER, 91, 100, 91, 100, TO).lagging_share == pytest.approx(
        -0.002
    )


@given(st.floats(0, 100), st.floats(0, 100))
def test_the_adjustment_keeps_its_range(lagging: float, leading: float) -> None:
    """Lagging costs from −1.0 to +6.4 per cent of the base charge, leading from 0 to +7.0."""
    found = adjust(lagging, leading)
    assert -0.01 <= found.lagging_share <= 0.064
    assert 0 <= found.leading_share <= 0.07


def test_low_voltage_goes_by_the_month() -> None:
    """The energies of the day hours are summed over the month; leading current is free (제42조 ②)."""
    low = Contract(Kind.INDUSTRIAL_A1, Voltage.LOW, Option.SINGLE, 50)
    energy = np.where(HOUR < 12, 4.0, 1.0)
    told = bill(energy, np.full(len(START), 1.5), np.where(DAY, 0.0, 9.0), low).power_factor
    active, reactive = energy[DAY].sum(), 1.5 * DAY.sum()
    assert told.lagging == round(100 * active / np.hypot(active, reactive))
    assert (told.leading_share, told.half_hours) == (0, 0)


def test_small_customers_and_those_without_a_meter_are_left_out() -> None:
    """Below 20 kW at low voltage, and without a meter for it, nothing is added or taken off."""
    energy, bad = np.full(len(START), 2.0), np.full(len(START), 9.0)
    small = Contract(Kind.INDUSTRIAL_A1, Voltage.LOW, Option.SINGLE, 19)
    for contract in (small, replace(CONTRACT, var_meter=False)):
        assert bill(energy, bad, None, contract).power_factor.lagging_share == 0


def test_a_half_hour_with_a_gap_is_left_out() -> None:
    """One missing quarter-hour takes its half-hour out of the mean, and no other."""
    energy, lagging = np.full(len(START), 10.0), np.full(len(START), 3.0)
    energy[50] = np.nan
    assert bill(energy, lagging).power_factor.half_hours == len(START) // 2 - 1


def test_hours_without_use_have_no_factor() -> None:
    """A plant that stands still at night is not judged by it."""
    energy = np.where(DAY, 10.0, 0.0)
    told = bill(energy, 0.6 * energy).power_factor
    assert told.half_hours == DAY.sum() // 2
    assert told.leading == 100


def test_half_hours_start_at_the_hour() -> None:
    """A period that begins at a quarter past does not shift the half-hours."""
    energy = np.full(len(START) - 1, 10.0)
    energy[0] = 500.0
    lagging = np.full(len(energy), 3.0)
    meter = Meter(START[1:], energy, lagging, 0 * lagging)
    told = bill_month(meter, CONTRACT, None, LEVIES, Calendar(frozenset())).power_factor
    assert told.half_hours == len(START) // 2 - 1


def test_a_month_without_use_is_deemed_good_enough() -> None:
    """Article 42 ① takes 92 per cent, which costs nothing."""
    nothing = np.zeros(len(START))
    told = bill(nothing, nothing).power_factor
    assert (told.lagging, told.lagging_share) == (92, 0)


def test_tiny_energies_do_not_underflow() -> None:
    """Readings whose squares vanish still have a factor."""
    tiny = np.full(len(START), 1e-200)
    assert bill(tiny, tiny).power_factor.lagging == 71


def test_a_day_in_which_a_roof_carries_the_load_is_left_out() -> None:
    """Nothing taken and nothing lagging by day says nothing of the lagging factor, whatever leads."""
    energy, lagging = np.full(len(START), 100.0), np.full(len(START), 48.4)
    covered = DAY & (HOUR >= 11) & (HOUR < 15)
    roofed = bill(
        np.where(covered, 0.0, energy), np.where(covered, 0.0, lagging), np.where(covered, 5.0, 0.0)
    )
    assert roofed.power_factor.lagging == bill(energy, lagging).power_factor.lagging
