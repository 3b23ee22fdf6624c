"""A year run again: nothing moved is nothing changed, more battery is never dearer, no day is invented."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from sandan.clock import korean_holidays
from sandan.energy.engine.months import moved
from sandan.energy.engine.tariff import Calendar
from sandan.energy.engine.whatif import (
    bill_fleet_year,
    change_site,
    hold_factor,
    last_year,
    meter_year,
    plan_steady_year,
    spread_batteries,
    spread_roofs,
    year_levies,
    year_terms,
)
from sandan.energy.engine.whatif.years import DAY, day_number, donors
from sandan.energy.model.agreements import AddedLevy, TariffEdition
from sandan.energy.model.plan import Battery, Site
from sandan.energy.model.rates import SLOT_MS, Rates
from sandan.energy.model.tariff import Contract, Kind, Option, Voltage
from sandan.energy.model.whatif import Addition, DayKind, Origin, RoofSource, RoofYear, by_kind, kinds_of

YEAR = last_year((2026, 3))
N = len(YEAR.start)
EDITION = TariffEdition(1, levies=(AddedLevy("fuel", date(2022, 7, 1), 5.0, "U", "test"),))
CALENDAR = Calendar.of(korean_holidays(2025) | korean_holidays(2026))
LEVIES = year_levies(EDITION, YEAR)
CONTRACT = Contract(Kind.INDUSTRIAL_B, Voltage.HIGH_A, Option.II, 700.0)
TERMS = year_terms(CONTRACT, EDITION, LEVIES, CALENDAR, YEAR)
HOLIDAYS = frozenset((day - date(1970, 1, 1)).days for day in CALENDAR.holidays)
KINDS = kinds_of(day_number(int(YEAR.start[0])), N // DAY, HOLIDAYS)


def works(seed=3, noise=0.2):
    """A factory's quarter-hours [kWh]: busy by day on working days, and never twice the same."""
    chance = np.random.default_rng(seed)
    hour = np.tile(np.arange(DAY) / 4, N // DAY)
    busy = np.repeat(np.where(KINDS == DayKind.WORKING, 1.0, 0.2), DAY)
    hump = np.exp(-(((hour - 14) / 4) ** 2))
    return 20 + 100 * hump * busy * (1 + noise * chance.random(N))


def billed(energy, lagging=None):
    none = np.full((1, N), np.nan)
    reactive = none if lagging is None else lagging[None]
    return bill_fleet_year(
        YEAR, energy[None], reactive, none if lagging is None else 0 * reactive, [TERMS], LEVIES, CALENDAR
    )[0]


def course(energy, lagging=None):
    return meter_year(energy, lagging, None if lagging is None else 0 * lagging, KINDS, YEAR)


SUNNY = RoofYear(
    np.tile(0.2 * np.clip(np.sin((np.arange(DAY) / 4 - 6) / 12 * np.pi), 0, None), N // DAY),
    Origin(N // DAY, N // DAY, N // DAY),
    RoofSource.OWN,
    1,
)


def test_nothing_moved_changes_nothing_to_the_won():
    """No battery and no roof leaves every line of every bill as it was."""
    energy = works()
    before = billed(energy, 0.4 * energy)
    same = change_site("m", YEAR, TERMS, course(energy, 0.4 * energy), before.bills, Addition(), SUNNY)
    assert np.array_equal(same.imported, energy)
    assert not same.exported.any()
    after = billed(same.imported, 0.4 * energy)
    assert after == before
    assert all(one.before == one.after for one in by_kind(before.bills, after.bills))


def test_every_won_is_in_one_kind_of_line():
    """The kinds of line add up to the bills."""
    energy = works()
    before, after = billed(energy, 0.9 * energy), billed(0.7 * energy, 0.9 * energy)
    lines = by_kind(before.bills, after.bills)
    assert sum(one.before for one in lines) == before.total
    assert sum(one.after for one in lines) == after.total
    assert {one.id for one in lines} >= {"base", "energy.peak", "power_factor", "vat", "fund"}


def test_more_battery_never_costs_more():
    """With foresight a larger battery can do all that a smaller one does; the bills fall with it."""
    energy = works()
    before = billed(energy)
    costs, totals = [], [before.total]
    for power in (20.0, 60.0, 150.0, 400.0):
        changed = change_site("m", YEAR, TERMS, course(energy), before.bills, Addition(power, 3 * power))
        rates = list(TERMS.prices)
        at = [YEAR.cut(changed.imported, k) for k in range(12)]
        peaks = [4 * part[price.counts].max() for part, price in zip(at, rates, strict=True)]
        standing = max([TERMS.floor, *(p for p, kept in zip(peaks, TERMS.carried, strict=True) if kept)])
        costs.append(
            sum(
                price.energy @ part + price.demand * max(standing, peak)
                for price, part, peak in zip(rates, at, peaks, strict=True)
            )
        )
        totals.append(billed(changed.imported).total)
    assert all(b <= a + 1 for a, b in pairwise(costs))
    # Billing demand is rounded to the kilowatt: half of one, twelve times, at most.
    assert all(b <= a + 6 * 12_000 for a, b in pairwise(totals))
    assert totals[-1] < 0.9 * totals[0]


@settings(deadline=None, max_examples=8)
@given(power=st.floats(5, 300), hours=st.floats(0.5, 8), roof=st.floats(0, 800), seed=st.integers(0, 99))
def test_energy_is_conserved(power, hours, roof, seed):
    """What comes in and from the roof is used, given back or lost in the battery, and nothing else."""
    energy = works(seed)
    before = billed(energy)
    changed = change_site(
        "m", YEAR, TERMS, course(energy), before.bills, Addition(power, power * hours, roof), SUNNY, 50.0
    )
    assert changed.roof == pytest.approx(roof * SUNNY.energy.sum())
    balance = changed.imported.sum() + changed.roof - changed.exported.sum() - energy.sum() - changed.lost
    assert balance == pytest.approx(0, abs=1e-5 * energy.sum())
    assert 0 <= changed.lost <= 0.1 * changed.charged + 1e-6
    assert changed.net.max() <= max(CONTRACT.power, (4 * energy).max()) / 4 + 1e-6


def test_the_demand_is_chosen_for_the_year_not_for_the_month():
    """What a peak saves in July is weighed against twelve months of base charge, not one."""
    n = 96
    start = SLOT_MS * np.arange(n, dtype=np.int64)
    price = np.where(np.arange(n) < 8, 0.0, 200.0)
    load = np.full(n, 50.0)

    def month(dear):
        rates = Rates(
            start, np.zeros(n, np.int8), price * dear, np.ones(n, np.bool_), 100.0, 0.0, np.zeros(n)
        )
        return Site("m", rates, load, (Battery("b", 100.0, 400.0),))

    # Charging hard in the free hours saves more than one month's 100 won/kW, but less than twelve of them.
    months = [month(1.0)] + [month(0.0)] * 11
    kept = plan_steady_year(months, [True] + [False] * 11, 0.0)
    free = plan_steady_year(months, [False] * 12, 0.0)
    assert kept.demand == pytest.approx(50.0, abs=0.1)
    assert kept.cost <= sum(100.0 * 50.0 for _ in range(12)) + 200 * 50 * 22 + 1
    assert free.grid.max() > 60.0


def test_an_export_price_pays_for_surplus_only():
    """A larger price of surplus leaves the import as it was when there is no battery."""
    energy = works()
    before = billed(energy)
    poor = change_site("m", YEAR, TERMS, course(energy), before.bills, Addition(roof=2000.0), SUNNY)
    rich = change_site("m", YEAR, TERMS, course(energy), before.bills, Addition(roof=2000.0), SUNNY, 90.0)
    assert poor.exported.sum() > 0
    assert np.array_equal(poor.imported, rich.imported)


def test_a_roof_lowers_the_power_factor_unless_the_inverter_holds_it():
    """Reactive energy that stays makes the factor worse; held, each quarter-hour keeps its own."""
    energy = works()
    lagging = 0.4 * energy
    before = billed(energy, lagging)
    changed = change_site(
        "m", YEAR, TERMS, course(energy, lagging), before.bills, Addition(roof=300.0), SUNNY
    )
    stays = billed(changed.imported, lagging)
    held = billed(changed.imported, hold_factor(lagging, energy, changed.imported))
    for old, worse, same in zip(before.bills, stays.bills, held.bills, strict=True):
        assert worse.power_factor.lagging < old.power_factor.lagging
        assert same.power_factor.lagging == old.power_factor.lagging


def test_a_measured_year_stands_as_it_is():
    """Whole days are not touched, and the answer says that nothing was repeated."""
    energy = works()
    found = course(energy, 0.3 * energy)
    assert np.array_equal(found.energy, energy)
    assert found.origin == Origin(365, 365, 365)
    assert found.origin.repeated == 0


def test_days_that_are_not_known_repeat_those_of_their_kind():
    """Twenty-seven days make a year of working days, Saturdays and holidays like them, peaks and all."""
    energy = works()
    energy[27 * DAY :] = np.nan
    found = course(energy)
    assert (found.origin.measured, found.origin.known, found.origin.repeated) == (27, 27, 338)
    assert found.origin.borrowed == 0
    days, known = found.energy.reshape(-1, DAY), energy.reshape(-1, DAY)[:27]
    for day in (40, 100, 300):
        alike = known[KINDS[:27] == KINDS[day]]
        assert (days[day] == alike).all(axis=1).any()
    assert days.max() == np.nanmax(energy)


def test_a_kind_of_day_never_seen_is_told():
    """Two working days stand for Saturdays and holidays as well, and the answer counts how often."""
    energy = works()
    first = int(np.flatnonzero(KINDS == DayKind.WORKING)[0])
    kept = energy[first * DAY : (first + 1) * DAY].copy()
    energy[:] = np.nan
    energy[first * DAY : (first + 1) * DAY] = kept
    found = course(energy)
    assert found.origin.borrowed == int((KINDS != DayKind.WORKING).sum())
    assert course(np.full(N, np.nan)) is None


def test_small_gaps_are_estimated_and_counted():
    """A few lost quarter-hours do not throw a day away; many do."""
    energy = works(noise=0.0)
    whole = energy.copy()
    energy[40:44] = np.nan
    energy[DAY : DAY + 50] = np.nan
    found = course(energy)
    assert found.origin.estimated == 4
    assert found.origin.measured == 364
    assert found.energy == pytest.approx(whole)


@given(
    good=st.lists(st.booleans(), min_size=20, max_size=60),
    kinds=st.lists(st.integers(0, 2), min_size=60, max_size=60),
)
def test_donors_are_known_days(good, kinds):
    """Every day is itself or a known day, of its own kind where there is one."""
    known = np.array(good)
    kind = np.array(kinds[: len(good)], np.int8)
    days = len(good) - 5
    found, borrowed = donors(known, kind, days)
    if not known.any():
        assert (found == -1).all()
        return
    assert known[found].all()
    assert np.array_equal(found[known[:days]], np.flatnonzero(known[:days]))
    other = int((kind[found] != kind[:days]).sum())
    assert other <= borrowed


def test_the_year_is_the_twelve_whole_months_before():
    """From the first of the month a year ago to the end of the last month."""
    assert YEAR.months[0] == moved((2026, 3), -12)
    assert YEAR.months[-1] == (2026, 2)
    assert N == 365 * DAY
    assert [len(YEAR.cut(YEAR.start, k)) // DAY for k in (0, 1, 11)] == [31, 30, 28]


@given(power=st.floats(0, 1e4), area=st.lists(st.floats(0, 1e4), min_size=1, max_size=20))
def test_roofs_are_spread_whole(power, area):
    """What is asked is placed or said to find no room; no roof is denser than those there are."""
    given_ = np.array(area)
    placed, left = spread_roofs(power, given_, 0.1)
    assert placed.sum() + left == pytest.approx(power)
    assert (placed <= 0.1 * given_ * (1 + 1e-9) + 1e-9).all()


@given(energy=st.floats(1, 1e5), peak=st.lists(st.floats(1, 1e3), min_size=1, max_size=20))
def test_batteries_are_spread_whole(energy, peak):
    """All of it is shared by how far the peak is above the mean, each with the same hours."""
    peaks = np.array(peak)
    stored, power = spread_batteries(energy, 4.0, peaks, 0.5 * peaks)
    assert stored.sum() == pytest.approx(energy)
    assert stored == pytest.approx(4 * power)


def by_linear_program(months, carried, floor):
    """The same year as one linear program: one demand for the carried months, one for each other."""
    n, count = len(months[0].load), len(months)
    width = 4 * n + 1  # charge, give, stored, import; then the month's own peak
    cost = np.zeros(count * width + 1)
    equal, right, less, most = [], [], [], []
    bounds = []
    for m, (month, kept) in enumerate(zip(months, carried, strict=True)):
        unit, at = month.batteries[0], m * width
        charge, give, stored, bought = (at + k * n for k in range(4))
        own = at + 4 * n
        cost[bought : bought + n] = month.rates.energy / 4
        cost[own] = month.rates.demand
        for t in range(n):
            row = np.zeros(len(cost))
            row[[bought + t, give + t, charge + t]] = 1, 1, -1
            less.append(-row)
            most.append(-month.load[t])
            row = np.zeros(len(cost))
            row[stored + t] = 1
            row[charge + t], row[give + t] = -unit.charge_efficiency / 4, 1 / unit.discharge_efficiency / 4
            if t:
                row[stored + t - 1] = -1
            equal.append(row)
            right.append(0.0 if t else unit.start * unit.energy)
            row = np.zeros(len(cost))
            row[bought + t], row[-1 if kept else own] = 1, -1
            less.append(row)
            most.append(0.0)
        row = np.zeros(len(cost))
        row[-1], row[own] = 1, -1  # every month owes what is carried
        less.append(row)
        most.append(0.0)
        bounds += [(0, unit.power)] * (2 * n)
        bounds += [(unit.lowest * unit.energy, unit.highest * unit.energy)] * (n - 1)
        bounds += [(unit.start * unit.energy, unit.highest * unit.energy)]
        bounds += [(0, None)] * (n + 1)
    bounds.append((floor, None))
    return linprog(cost, np.array(less), most, np.array(equal), right, bounds, method="highs").fun


@pytest.mark.parametrize("seed", range(6))
def test_the_year_is_the_linear_programs(seed):
    """Month by month with one demand searched for costs what the whole year costs as one program."""
    chance = np.random.default_rng(seed)
    n = 16
    start = SLOT_MS * np.arange(n, dtype=np.int64)
    months, carried = [], [k in (0, 1, 6, 7, 8, 11) for k in range(12)]
    for _ in range(12):
        rates = Rates(
            start,
            np.zeros(n, np.int8),
            chance.choice([60.0, 120.0, 200.0], n),
            np.ones(n, np.bool_),
            float(chance.choice([1.0, 8.0, 30.0])),
            0.0,
            np.zeros(n),
        )
        unit = Battery("b", 20.0, 30.0, start=0.5)
        months.append(Site("m", rates, chance.uniform(30, 100, n), (unit,)))
    floor = float(chance.choice([0.0, 70.0, 95.0]))
    found = plan_steady_year(months, carried, floor)
    assert found.cost == pytest.approx(by_linear_program(months, carried, floor), rel=2e-5)
