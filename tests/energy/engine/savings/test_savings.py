"""Baselines, savings with a known truth, and when not to believe them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.energy.engine.savings.truths import EPOCH, FIRST, HOLIDAYS, factory

from sandan.energy.engine.savings import (
    between,
    days_of,
    fit_baseline,
    saving,
    savings_by_measure,
    with_driver,
)
from sandan.energy.engine.savings.interval import student
from sandan.energy.engine.tariff import Calendar, levies, rates, schedule
from sandan.energy.model.rates import Rates
from sandan.energy.model.savings import Baseline, DayKind, Days, Measure, Saving, SavingParams
from sandan.energy.model.tariff import Contract, Kind, Option, Voltage
from sandan.errors import InvalidInput
from sandan.words import Text

CUT = FIRST + 365


def halves(seed: int, fraction: float, **more: object) -> tuple[Baseline, Days, float]:
    """A year before, half a year after of which `fraction` is saved, and the kWh that were."""
    days, _ = factory(seed, **more)  # type: ignore[arg-type]
    after = between(days, CUT, CUT + 10_000)
    truth = fraction * float(after.energy.sum())
    return (
        fit_baseline(between(days, FIRST, CUT)),
        replace(after, energy=after.energy * (1 - fraction)),
        truth,
    )


def told(seed: int, fraction: float, **more: object) -> tuple[Saving, float]:
    baseline, after, truth = halves(seed, fraction, **more)
    return saving(baseline, after, params=SavingParams(replicates=100)), truth


def test_intervals_hold_the_truth() -> None:
    """In at least 90 % of made-up factories that saved 8 %; 200 cases are in the documentation."""
    cases = [told(seed, 0.08) for seed in range(25)]
    assert np.mean([one.low <= truth <= one.high for one, truth in cases]) >= 0.9
    assert np.mean([one.believable for one, _ in cases]) >= 0.9


def test_nothing_saved_is_not_called_a_saving() -> None:
    """At most 5 % of factories to which nothing was done are believed to have saved."""
    cases = [told(seed, 0.0)[0] for seed in range(1000, 1030)]
    assert np.mean([one.believable for one in cases]) <= 0.05
    doubtful = next(one for one in cases if not one.believable and one.kwh > 0)
    assert "cannot be told from none" in doubtful.reasons[-1].en


def test_production_is_a_driver() -> None:
    """Output that goes up by half hides a saving of 8 % unless the baseline knows the output."""
    rng = np.random.default_rng(3)
    n = 540
    day = FIRST + np.arange(n)
    tonnes = rng.uniform(40, 80, n)
    tonnes[365:] *= np.where(rng.random(n - 365) < 0.9, 1.25, 1.6)
    energy = 500 + 40 * tonnes + rng.standard_normal(n) * 80
    energy[365:] *= 0.92
    days = Days(day, energy, np.zeros(n, dtype=np.int8), None, {"tonnes": tonnes})
    after = between(days, CUT, CUT + n)
    knowing = saving(fit_baseline(between(days, FIRST, CUT)), after, params=SavingParams(most_outside=0.9))
    assert knowing.fraction == pytest.approx(0.08, abs=0.01)
    assert knowing.believable
    blind = replace(days, drivers={})
    unknowing = saving(fit_baseline(between(blind, FIRST, CUT)), replace(after, drivers={}))
    assert unknowing.kwh < 0
    assert "went up" in unknowing.reasons[-1].en


def test_production_never_seen_is_not_believed() -> None:
    """A linear fit is not trusted far beyond the output it was fitted on; the reason says so."""
    days, _ = factory(7)
    after = between(days, CUT, CUT + 10_000)
    more = {"tonnes": after.drivers["tonnes"] * 4}
    found = saving(
        fit_baseline(between(days, FIRST, CUT)), replace(after, energy=after.energy * 0.5, drivers=more)
    )
    assert found.outside > 0.5
    assert not found.believable
    assert any("never saw" in one.en for one in found.reasons)


@pytest.mark.parametrize(
    ("heat", "cool", "form"), [(40, 0, "heating"), (0, 40, "cooling"), (40, 60, "both"), (0, 0, "flat")]
)
def test_change_points_are_found(heat: float, cool: float, form: str) -> None:
    """Heating below 10 °C and cooling above 20 °C, with their slopes."""
    days, _ = factory(11, 365, production=False)
    assert days.temperature is not None
    rng = np.random.default_rng(1)
    energy = 3000 + heat * np.maximum(10 - days.temperature, 0) + cool * np.maximum(days.temperature - 20, 0)
    fit = fit_baseline(replace(days, energy=energy + 20 * rng.standard_normal(365), drivers={}))
    assert fit.form == form
    if heat:
        assert fit.heating_below == pytest.approx(10, abs=1.2)
        assert fit.coefficients[fit.names.index("heating")] == pytest.approx(heat, rel=0.1)
    if cool:
        assert fit.cooling_above == pytest.approx(20, abs=1.2)
        assert fit.coefficients[fit.names.index("cooling")] == pytest.approx(cool, rel=0.1)


def test_the_formula_of_guideline_14() -> None:
    """365 independent days, 175 reported: t · a · σ · √(m (n/n′)(1 + 2/n′)), a of six months."""
    baseline, after, _ = halves(5, 0.0, rho=0.0)
    flat = replace(baseline, autocorrelation=0.0, effective=365.0, sigma=100.0)
    found = saving(flat, between(after, CUT, CUT + 175))
    months = 175 / 30.4375
    a = -0.00024 * months**2 + 0.03535 * months + 1.00286
    assert found.uncertainty.ashrae == pytest.approx(1.967 * a * 100 * np.sqrt(175 * (1 + 2 / 365)), rel=1e-3)


@pytest.mark.parametrize(("free", "quantile"), [(2, 4.303), (3, 3.182), (10, 2.228), (100, 1.984)])
def test_students_t_as_in_the_tables(free: int, quantile: float) -> None:
    """The two-sided 95 % quantile within one per cent of the printed tables."""
    assert student(0.975, free) == pytest.approx(quantile, rel=0.01)


def test_autocorrelation_widens_the_interval() -> None:
    """The same scatter says less when each day follows the last; formula and bootstrap agree on it."""
    free, tied = (halves(5, 0.0, rho=rho) for rho in (0.0, 0.8))
    assert tied[0].effective < free[0].effective / 3
    for baseline, after, _ in (free, tied):
        spread = saving(baseline, after).uncertainty
        assert 0.5 < spread.bootstrap / spread.ashrae < 2


def test_gaps_are_left_out_and_not_zero() -> None:
    """Days without data change neither the baseline nor count as saved; too many are a reason to doubt."""
    baseline, after, _ = halves(2, 0.1)
    energy = after.energy.copy()
    energy[10:20] = np.nan
    found = saving(baseline, replace(after, energy=energy))
    assert (found.days, found.left_out) == (165, 10)
    assert found.fraction == pytest.approx(0.1, abs=0.03)
    energy[20:80] = np.nan
    assert any("was measured" in one.en for one in saving(baseline, replace(after, energy=energy)).reasons)


def test_half_a_year_is_no_baseline() -> None:
    """A baseline that has not seen the seasons is not believed whatever its fit."""
    days, _ = factory(4)
    found = saving(fit_baseline(between(days, FIRST, FIRST + 180)), between(days, CUT, CUT + 90))
    assert not found.believable
    assert "misses seasons" in found.reasons[0].en


def test_wrong_data_are_told() -> None:
    """Too few days, periods that overlap, a driver that is missing or says nothing new."""
    days, _ = factory(0)
    with pytest.raises(InvalidInput, match="1"):
        fit_baseline(between(days, FIRST, FIRST + 30))
    baseline = fit_baseline(between(days, FIRST, CUT))
    with pytest.raises(InvalidInput) as error:
        saving(baseline, between(days, CUT - 5, CUT + 50))
    assert error.value.findings[0].where == "reporting"
    with pytest.raises(InvalidInput) as error:
        saving(baseline, replace(between(days, CUT, CUT + 50), drivers={}))
    assert error.value.findings[0].where == "days.tonnes"
    doubled = replace(days, drivers={**days.drivers, "pieces": days.drivers["tonnes"] * 7})
    with pytest.raises(InvalidInput) as error:
        fit_baseline(doubled)
    assert error.value.findings[0].where == "driver.pieces"
    with pytest.raises(InvalidInput) as error:
        SavingParams(confidence=1.5, replicates=3)
    assert len(error.value.findings) == 2


def test_days_from_quarter_hours() -> None:
    """Whole days in Seoul; one quarter-hour missing makes its day missing; half a day's weather is enough."""
    start = (FIRST * 86_400_000 - 9 * 3_600_000 - 3 * 900_000) + 900_000 * np.arange(96 * 3 + 5)
    energy = np.ones(len(start))
    energy[3 + 96 + 7] = np.nan
    weather = np.full(len(start), 20.0)
    weather[3:40] = np.nan
    days = days_of(start, energy, HOLIDAYS, weather)
    assert days.day.tolist() == [FIRST, FIRST + 1, FIRST + 2]
    assert days.energy[[0, 2]].tolist() == [96, 96]
    assert np.isnan(days.energy[1])
    assert days.temperature is not None
    assert days.temperature.tolist() == [20, 20, 20]
    assert days.kind.tolist() == [DayKind.HOLIDAY, DayKind.WORKING, DayKind.WORKING]
    made = with_driver(days, "tonnes", {date(2024, 1, 2): 5.0})
    assert np.isnan(made.drivers["tonnes"]).tolist() == [True, False, True]


def quarters(seed: int, n: int) -> Days:
    """Days with quarter-hours: twice as much by day as by night, noise of 3 %."""
    rng = np.random.default_rng(seed)
    shape = np.where((np.arange(96) >= 32) & (np.arange(96) < 80), 20.0, 10.0)
    slots = shape * (1 + 0.03 * rng.standard_normal((n, 1))) * np.ones((n, 96))
    day = FIRST + np.arange(n)
    return Days(day, slots.sum(axis=1), np.zeros(n, dtype=np.int8), slots=slots)


def price(first: int, n: int, won: float, night: float) -> Rates:
    start = (first * 86_400_000 - 9 * 3_600_000) + 900_000 * np.arange(96 * n)
    slot = np.arange(96 * n) % 96
    energy = np.where((slot >= 32) & (slot < 80), won, night)
    return Rates(start, np.zeros(96 * n, dtype=np.int8), energy, energy > 0, 0.0, 0.0, energy * 0)


def test_won_by_the_bills_own_prices() -> None:
    """10 % less at 200 won by day and 100 by night; carbon by the factor; unpriced days make no won."""
    days = quarters(0, 420)
    before, after = between(days, FIRST, CUT), between(days, CUT, CUT + 55)
    assert after.slots is not None
    after = replace(after, energy=after.energy * 0.9, slots=after.slots * 0.9)
    rates = [price(CUT, 30, 200, 100), price(CUT + 30, 25, 200, 100)]
    found = saving(fit_baseline(before), after, rates=rates, emission_factor=0.4173)
    assert found.won is not None
    assert found.tonnes is not None
    assert found.won.value == pytest.approx(found.kwh * (48 * 20 * 200 + 48 * 10 * 100) / 1440, rel=1e-6)
    assert found.won.low < found.won.value < found.won.high
    assert found.tonnes.value == pytest.approx(found.kwh * 0.4173 / 1000)
    assert saving(fit_baseline(before), after, rates=rates[:1]).won is None


def test_won_by_the_tariff_engine() -> None:
    """January and February 2025 as the bill has them: what was saved is worth its own hours' prices."""
    days = quarters(1, 425)
    before, after = between(days, FIRST, CUT), between(days, CUT + 1, CUT + 60)
    assert after.slots is not None
    after = replace(after, energy=after.energy * 0.85, slots=after.slots * 0.85)
    start = ((CUT + 1) * 86_400_000 - 9 * 3_600_000) + 900_000 * np.arange(96 * 59)
    contract = Contract(Kind.INDUSTRIAL_B, Voltage.HIGH_A, Option.II, 700)
    calendar = Calendar(frozenset(HOLIDAYS))
    levy = levies(date(2025, 1, 15))
    prices = [
        rates(contract, schedule(contract, date(2025, 1, 1), date(2025, 2, 28)), levy, part, calendar)
        for part in (start[: 96 * 31], start[96 * 31 :])
    ]
    found = saving(fit_baseline(before), after, rates=prices)
    price = np.concatenate([one.energy for one in prices]).reshape(59, 96)
    mean = float(price[:, 32:80].mean() * 2 + price[:, list(range(32)) + list(range(80, 96))].mean()) / 3
    assert found.won is not None
    assert found.won.value == pytest.approx(found.kwh * mean, rel=0.01)


def test_moving_load_saves_won_without_kilowatt_hours() -> None:
    """The same kWh by night: nothing saved in kWh, 100 won for each kWh that moved."""
    days = quarters(0, 420)
    before, after = between(days, FIRST, CUT), between(days, CUT, CUT + 55)
    assert after.slots is not None
    moved = after.slots.copy()
    moved[:, 32:80] -= 5
    moved[:, :32] += 5
    moved[:, 80:] += 5
    found = saving(fit_baseline(before), replace(after, slots=moved), rates=[price(CUT, 55, 200, 100)])
    plain = saving(fit_baseline(before), after, rates=[price(CUT, 55, 200, 100)])
    assert found.kwh == pytest.approx(plain.kwh)
    assert found.won is not None
    assert plain.won is not None
    assert found.won.value - plain.won.value == pytest.approx(55 * 48 * 5 * 100)


def measures(*after: int) -> list[Measure]:
    return [Measure(f"m{i}", Text(f"조치{i}", f"measure {i}"), CUT + one) for i, one in enumerate(after)]


def test_measures_one_by_one() -> None:
    """400 kWh a day from the first day and 300 more from the ninetieth, each within its interval."""
    days, _ = factory(21, rho=0.2, noise=0.03)
    after = between(days, CUT, CUT + 10_000)
    done = np.where(after.day >= CUT + 90, 700.0, 400.0)
    after = replace(after, energy=after.energy - done)
    baseline = fit_baseline(between(days, FIRST, CUT))
    first, second = savings_by_measure(baseline, after, measures(0, 90))
    for one, truth in ((first, 400 * 175), (second, 300 * 85)):
        assert one.low <= truth <= one.high
        assert one.believable
    assert first.kwh + second.kwh == pytest.approx(saving(baseline, after).kwh)


def test_measures_too_close_are_not_told_apart() -> None:
    """Ten days between two, or less than three weeks to the end: one figure for both, with the reason."""
    baseline, after, _ = halves(21, 0.1)
    both, third = savings_by_measure(baseline, after, measures(0, 10, 90))
    assert [one.id for one in both.measures] == ["m0", "m1"]
    assert "cannot be told apart" in both.reasons[0].en
    assert len(third.measures) == 1
    assert len(savings_by_measure(baseline, after, measures(0, 170))) == 1
    with pytest.raises(InvalidInput):
        savings_by_measure(baseline, after, measures(5))


@given(st.lists(st.integers(1, 170), max_size=4), st.integers(0, 5))
@settings(max_examples=8, deadline=None)
def test_measures_add_up_to_the_whole(later: list[int], seed: int) -> None:
    """However many measures and whenever: their savings are the period's."""
    baseline, after, _ = halves(seed, 0.05)
    found = savings_by_measure(baseline, after, measures(0, *later), SavingParams(replicates=100))
    assert sum(one.kwh for one in found) == pytest.approx(saving(baseline, after).kwh)
    assert sorted(one.id for group in found for one in group.measures) == sorted(
        one.id for one in measures(0, *later)
    )


@given(st.integers(0, 30), st.floats(0.1, 1000))
@settings(max_examples=8, deadline=None)
def test_units_of_use_do_not_matter(seed: int, factor: float) -> None:
    """In Wh or MWh the saving is the same share, with the same interval."""
    baseline, after, _ = halves(seed, 0.05)
    days, _ = factory(seed)
    scaled = fit_baseline(
        replace(between(days, FIRST, CUT), energy=between(days, FIRST, CUT).energy * factor)
    )
    one, other = saving(baseline, after), saving(scaled, replace(after, energy=after.energy * factor))
    assert other.fraction == pytest.approx(one.fraction, rel=1e-5, abs=1e-7)
    assert other.uncertainty.half == pytest.approx(one.uncertainty.half * factor, rel=1e-4)


def test_the_epoch_is_that_of_dates() -> None:
    """The first day of the made-up factories is 1 January 2024."""
    assert EPOCH + timedelta(days=FIRST) == date(2024, 1, 1)
