"""Virtual meters, gaps, and the balance of a complex."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.energy.engine.tariff.cases import quarter_hours

from sandan.energy.engine.metering import balance, fill_gaps, read_virtual
from sandan.energy.engine.tariff import Calendar
from sandan.energy.model.metering import Meter, Reading, Term, VirtualMeter
from sandan.errors import InvalidInput

N = 8
NAN = float("nan")


def reading(*values: float) -> Reading:
    energy = np.array(values)
    return Reading(energy, (~np.isnan(energy)).astype(np.float64), np.zeros(len(energy), dtype=np.bool_))


def test_sums_differences_and_shares_with_losses() -> None:
    """A rest is the main meter, its transformer loss taken off, less the sub-meter; halves make the whole."""
    real = {"main": reading(100, 200), "press": reading(30, 50)}
    rest = VirtualMeter("rest", (Term("main", loss=0.02), Term("press", -1)))
    halves = [VirtualMeter(name, (Term("rest", share),)) for name, share in (("a", 0.25), ("b", 0.75))]
    made = read_virtual([*halves, rest], real)
    assert made["rest"].energy.tolist() == pytest.approx([68, 146])
    assert (made["a"].energy + made["b"].energy).tolist() == pytest.approx([68, 146])


def test_a_missing_part_makes_the_whole_missing() -> None:
    """The sum of a known and an unknown is unknown; how much of it was there is told."""
    made = read_virtual(
        [VirtualMeter("sum", (Term("a"), Term("b")))], {"a": reading(1, NAN, 3), "b": reading(1, 2, 3)}
    )["sum"]
    assert np.isnan(made.energy).tolist() == [False, True, False]
    assert made.present.tolist() == [1, 0.5, 1]
    assert made.completeness == pytest.approx(2 / 3)
    assert made.total == 8


def test_unknown_meters_circles_and_losses_are_all_told() -> None:
    """Every finding at once: a name nobody has, a circle, a loss of all."""
    wrong = [
        VirtualMeter("a", (Term("b"),)),
        VirtualMeter("b", (Term("a"),)),
        VirtualMeter("c", (Term("nobody"),)),
        VirtualMeter("d", (Term("real", loss=1.0),)),
        VirtualMeter("e", ()),
    ]
    with pytest.raises(InvalidInput) as error:
        read_virtual(wrong, {"real": reading(1)})
    assert {finding.where for finding in error.value.findings} == {f"virtual.{name}" for name in "abcde"}


flows = st.lists(st.floats(0, 1000), min_size=N, max_size=N).map(np.array)


@given(flows, flows, flows, flows, flows, flows)
def test_what_comes_in_goes_out(
    imported: np.ndarray,
    made: np.ndarray,
    given_away: np.ndarray,
    used: np.ndarray,
    into: np.ndarray,
    out: np.ndarray,
) -> None:
    """Import, generation and discharge equal export, charge, metered use and losses."""
    told = balance(imported, made, given_away, used, charged=into, discharged=out)
    incoming = told.imported + told.generated + told.discharged
    outgoing = told.exported + told.charged + told.metered_use + told.losses
    assert incoming == pytest.approx(outgoing, abs=1e-6)
    assert told.self_used <= told.generated + 1e-9


def test_rates_say_what_they_are_of() -> None:
    """80 of 100 kWh generated stay inside a complex that takes 200: 40 % self-sufficient, 50 % covered."""
    told = balance(
        np.array([120.0]), np.array([100.0]), np.array([20.0]), np.array([190.0]), green_bought=20.0
    )
    assert told.use == 200
    assert told.losses == 10
    rates = {id: rate.value for id, rate in told.rates.items()}
    assert rates["self_sufficiency"] == pytest.approx(0.4)
    assert rates["self_consumption"] == pytest.approx(0.8)
    assert rates["coverage"] == pytest.approx(0.5)
    assert rates["re100"] == pytest.approx(0.5)
    assert rates["loss"] == pytest.approx(10 / 220)
    assert "손실 포함" in told.rates["self_sufficiency"].whole_is.ko


def test_a_balance_leaves_out_what_is_not_whole() -> None:
    """A quarter-hour in which any flow is missing says nothing about losses."""
    told = balance(np.array([10.0, 10.0]), np.array([5.0, NAN]), np.zeros(2), np.array([15.0, 12.0]))
    assert (told.slots, told.used_slots, told.losses) == (2, 1, 0)


def test_a_rate_of_nothing_is_not_a_number() -> None:
    """Without use there is no share of it."""
    told = balance(np.zeros(1), np.zeros(1), np.zeros(1), np.zeros(1))
    assert np.isnan(told.rates["self_sufficiency"].value)


def test_gaps_are_filled_from_days_of_the_same_kind() -> None:
    """A missing Tuesday noon is the mean of the other working days' noons, and is marked."""
    start = quarter_hours(date(2026, 7, 6), date(2026, 7, 20))
    energy = np.where(np.arange(len(start)) // 96 % 7 < 5, 10.0, 2.0)
    energy[48] = 16.0
    energy[96 + 48] = NAN
    energy[5 * 96 : 5 * 96 + 4] = NAN
    filled = fill_gaps(Meter(start, energy), Calendar(frozenset()))
    assert filled.energy[96 + 48] == pytest.approx((16 + 8 * 10) / 9)
    assert filled.estimated is not None
    assert filled.estimated.sum() == 5
    # One other Saturday is too few, so all days speak.
    assert filled.energy[5 * 96] == pytest.approx((10 * 10 + 3 * 2) / 13)


def test_what_nothing_speaks_of_stays_missing() -> None:
    """With one day of readings a gap has nothing to be estimated from."""
    start = quarter_hours(date(2026, 7, 6), date(2026, 7, 7))
    energy = np.ones(96)
    energy[5] = NAN
    filled = fill_gaps(Meter(start, energy), Calendar(frozenset()))
    assert np.isnan(filled.energy[5])
    assert filled.estimated is not None
    assert not filled.estimated.any()
    whole = Meter(start, np.ones(96))
    assert fill_gaps(whole, Calendar(frozenset())) is whole
