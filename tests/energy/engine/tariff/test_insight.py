"""What each hour cost, and which option would have been cheapest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from tests.energy.engine.tariff.cases import quarter_hours
from tests.energy.engine.tariff.steel import STEEL, months, steel_year

from sandan.clock import korean_holidays
from sandan.energy.engine.tariff import (
    Calendar,
    after,
    bill_month,
    bill_year,
    compare_options,
    hourly_cost,
    levies,
    options,
    rates,
    tariff,
)
from sandan.energy.model.metering import Meter
from sandan.energy.model.tariff import Contract, History, Kind, Option, Voltage
from sandan.errors import InvalidInput

CONTRACT = Contract(Kind.INDUSTRIAL_B, Voltage.HIGH_A, Option.II, 700)
TARIFF = tariff(CONTRACT.kind, CONTRACT.voltage, CONTRACT.option, "2026-04-16")
LEVIES = levies(date(2026, 3, 1))
NOVEMBER = quarter_hours(date(2026, 11, 2), date(2026, 11, 7))


def test_hours_add_up_to_the_bill() -> None:
    """Each hour's won and the base charge are the bill before tax."""
    calendar = Calendar(frozenset())
    energy = 20 + 10 * np.sin(np.arange(len(NOVEMBER)) / 7)
    price = rates(CONTRACT, TARIFF, LEVIES, NOVEMBER, calendar)
    told = hourly_cost(price, energy)
    bill = bill_month(Meter(NOVEMBER, energy), CONTRACT, TARIFF, LEVIES, calendar)
    assert len(told.start) == len(NOVEMBER) / 4
    assert told.won.sum() + told.demand_won == pytest.approx(bill.before_tax, abs=1e-3)
    assert told.energy.sum() == pytest.approx(energy.sum())


def test_an_hour_with_a_gap_has_no_cost() -> None:
    """A missing quarter-hour leaves its hour unknown and the others as they are."""
    energy = np.full(len(NOVEMBER), 50.0)
    energy[42] = np.nan
    told = hourly_cost(rates(CONTRACT, TARIFF, LEVIES, NOVEMBER, Calendar(frozenset())), energy)
    assert np.flatnonzero(np.isnan(told.won)).tolist() == [10]


def test_the_quarter_hour_that_set_the_demand_is_named() -> None:
    """It is the month's highest counting one, or none when an earlier month rules."""
    energy = np.full(len(NOVEMBER), 60.0)
    energy[50] = 90.0
    calendar = Calendar(frozenset())
    own = hourly_cost(rates(CONTRACT, TARIFF, LEVIES, NOVEMBER, calendar), energy)
    assert own.demand_at == NOVEMBER[50]
    past = History(peaks={(2026, 7): 500.0})
    assert hourly_cost(rates(CONTRACT, TARIFF, LEVIES, NOVEMBER, calendar, past), energy).demand_at is None


@pytest.mark.parametrize(("hours", "best"), [(190, Option.I), (210, Option.II)])
def test_two_hundred_hours_decide_between_the_first_two_options(hours: int, best: Option) -> None:
    """Option II costs 1,100 won/kW more and 5.5 won/kWh less: 200 h of full load a month."""
    start = quarter_hours(date(2026, 6, 1), date(2026, 7, 1))
    energy = np.zeros(len(start))
    energy[32 : 32 + hours * 4] = 100.0
    contract = replace(CONTRACT, power=400)
    wanted = {Option.I, Option.II}
    costs = compare_options([Meter(start, energy)], contract, None, [replace(LEVIES)], Calendar(frozenset()))
    assert next(cost.option for cost in costs if cost.option in wanted) is best


def test_peaks_and_warnings_go_from_bill_to_bill() -> None:
    """The second month knows the first one's peak, and that a bad power factor was announced."""
    parts = []
    for begin, end, kwh in (
        (date(2026, 7, 1), date(2026, 8, 1), 100.0),
        (date(2026, 8, 1), date(2026, 9, 1), 50.0),
    ):
        start = quarter_hours(begin, end)
        energy = np.full(len(start), kwh)
        parts.append(Meter(start, energy, energy, 0 * energy))
    levy = levies(date(2026, 7, 1), fuel=5.0)
    first, second = bill_year(parts, CONTRACT, None, [levy, levy], Calendar(frozenset()))
    assert first.line("power_factor.lagging") is None
    assert second.line("power_factor.lagging") is not None
    assert (second.demand.kw, second.demand.month) == (400, (2026, 7))
    assert after(History(), first).power_factor_warned


def test_a_year_needs_levies_for_each_month() -> None:
    """Twelve months with one set of levies is an error of the caller."""
    meter = Meter(NOVEMBER, np.ones(len(NOVEMBER)))
    with pytest.raises(InvalidInput):
        compare_options([meter, meter], CONTRACT, None, [LEVIES], Calendar(frozenset()))


def test_options_of_each_kind() -> None:
    """High voltage of the large contract has three options, of the small one two, low voltage none."""
    assert options(Kind.INDUSTRIAL_B, Voltage.HIGH_A) == (Option.I, Option.II, Option.III)
    assert options(Kind.INDUSTRIAL_A2, Voltage.HIGH_A) == (Option.I, Option.II)
    assert options(Kind.INDUSTRIAL_A1, Voltage.LOW) == (Option.SINGLE,)


@pytest.mark.skipif(not STEEL.exists(), reason="the steel plant's readings are beside the project, not in it")
def test_the_steel_plant_s_year_in_all_options() -> None:
    """Twelve bills in three options under two versions; the figures stand in docs/explanation/bill.md."""
    year = steel_year()
    parts = months(year)
    assert year.energy.sum() == pytest.approx(959_636.71)
    assert [len(part.start) // 96 for part in parts] == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    calendar = Calendar.of(korean_holidays(2018))
    found = {}
    for version in ("2024-10-24", "2026-04-16"):
        one = tariff(CONTRACT.kind, CONTRACT.voltage, CONTRACT.option, version)
        for cost in compare_options(parts, CONTRACT, one, [LEVIES] * 12, calendar):
            found[version, str(cost.option)] = cost.total
            energy = [line for bill in cost.bills for line in bill.lines if line.id.startswith("energy.")]
            assert sum(line.measured for line in energy) == pytest.approx(959_636.71)
    assert found == {
        ("2024-10-24", "I"): 261_753_720,
        ("2024-10-24", "II"): 264_932_300,
        ("2024-10-24", "III"): 272_305_490,
        ("2026-04-16", "I"): 253_958_030,
        ("2026-04-16", "II"): 257_173_880,
        ("2026-04-16", "III"): 264_838_610,
    }
