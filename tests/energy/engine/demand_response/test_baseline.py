"""Customer baselines: cases worked by hand, what makes them short, and a year of the steel plant."""

from __future__ import annotations

import csv
import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.shared import ENERGY

from sandan.clock import korean_holidays
from sandan.energy.engine.demand_response import (
    adjust_baseline,
    baseline_rule,
    check_enrolments,
    compare_baselines,
    customer_baseline,
)
from sandan.energy.model.demand_response import Adjustment, BaselineKind, Dropped, Enrolment, Standing
from sandan.errors import InvalidInput

CASES = Path(__file__).parents[3] / "cases" / "energy" / "demand_response"
STEEL = ENERGY / "steel_gwangyang_15min_2018.parquet"
MONDAY = date(2024, 7, 1)


def _read(name: str) -> tuple[dict[str, Any], date, np.ndarray, frozenset[date]]:
    told = tomllib.loads((CASES / name / "case.toml").read_text(encoding="utf-8"))
    with (CASES / name / "days.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    first = date.fromisoformat(rows[0]["day"])
    energy = np.full(((told["day"] - first).days, 24), np.nan)
    for row in rows:
        day = energy[(date.fromisoformat(row["day"]) - first).days]
        day[:] = float(row["other"])
        for column, value in row.items():
            if column.startswith("h"):
                day[int(column[1:])] = float(value)
    events = frozenset(date.fromisoformat(row["day"]) for row in rows if row["event"])
    return told, first, energy, events


@pytest.mark.parametrize("name", sorted(path.parent.name for path in CASES.glob("*/days.csv")))
def test_a_case_worked_by_hand(name: str) -> None:
    """The days used and dropped, and the baseline of each hour shown."""
    told, first, energy, events = _read(name)
    got = customer_baseline(
        energy,
        first,
        told["day"],
        baseline_rule(BaselineKind(told["kind"]), told["day"]),
        frozenset(told["holidays"]),
        factory=told["factory"],
        day_hours=tuple(told["day_hours"]),
        events=events,
    )
    with (CASES / name / "expected.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            assert got.energy[int(row["hour"])] == pytest.approx(float(row["kwh"]), abs=1e-9)
    assert list(got.days) == told["used"]
    wanted = {(day, Dropped[why.upper()]) for why, days in told["dropped"].items() for day in days}
    assert set(got.dropped) == wanted
    assert got.standing is Standing.WHOLE


def _flat(days: int, kwh: float = 100.0) -> np.ndarray:
    return np.full((days, 24), kwh)


def _baseline(energy: np.ndarray, kind: BaselineKind, day: date, **more: Any):
    settings = {"factory": False, "day_hours": (9, 20)} | more
    return customer_baseline(energy, MONDAY, day, baseline_rule(kind, day), frozenset(), **settings)


def test_few_days_make_a_short_baseline_and_none_make_none() -> None:
    """Three of five: nothing but the mean of all; a day with a missing hour is not one of them."""
    energy = _flat(4)
    energy[:3] += np.array([[0.0], [30.0], [60.0]])
    energy[3, 5] = np.nan
    got = _baseline(energy, BaselineKind.MAX_4_OF_5, MONDAY + timedelta(days=4))
    assert got.standing is Standing.SHORT
    assert got.energy[0] == pytest.approx(130)
    assert got.dropped == ((MONDAY + timedelta(days=3), Dropped.MISSING),)
    none = _baseline(energy, BaselineKind.MAX_4_OF_5, MONDAY)
    assert none.standing is Standing.NONE
    assert np.isnan(none.energy).all()


@given(arrays(np.float64, (60, 24), elements=st.floats(80, 110)), st.sampled_from(list(BaselineKind)))
def test_a_baseline_lies_between_the_days_it_was_made_of(energy: np.ndarray, kind: BaselineKind) -> None:
    """In every hour; and Max is never below the mean of its five."""
    day = MONDAY + timedelta(days=59)
    got = _baseline(energy, kind, day)
    used = np.stack([energy[(one - MONDAY).days] for one in got.days])
    assert (got.energy >= used.min(axis=0) - 1e-9).all()
    assert (got.energy <= used.max(axis=0) + 1e-9).all()
    if kind is BaselineKind.MAX_4_OF_5:
        assert (got.energy >= used.mean(axis=0) - 1e-9).all()


def test_a_same_day_adjustment_shifts_by_the_hours_before() -> None:
    """40 kWh more in the three hours an hour before: added or scaled, held within its limit."""
    baseline, actual = np.full(24, 100.0), np.full(24, 100.0)
    actual[10:13] = 140.0
    assert adjust_baseline(baseline, actual, 14, Adjustment("add", 3, 1, 1.0))[14] == 140
    assert adjust_baseline(baseline, actual, 14, Adjustment("scale", 3, 1, 1.0))[14] == pytest.approx(140)
    assert adjust_baseline(baseline, actual, 14, Adjustment("add", 3, 1, 0.2))[14] == 120
    actual[11] = np.nan
    assert np.isnan(adjust_baseline(baseline, actual, 14, Adjustment("add", 3, 1, 1.0))).all()
    assert np.isnan(adjust_baseline(baseline, actual, 3, Adjustment("add", 3, 1, 1.0))).all()
    with pytest.raises(InvalidInput):
        Adjustment("add", 0, 1, 1.0)


def test_the_baseline_is_chosen_once_a_year_by_ten_customers_at_least() -> None:
    """A second choice within the year is refused, together with all else that is wrong."""
    ten = [Enrolment(str(n), 2024, BaselineKind.MAX_4_OF_5, 100.0, True) for n in range(10)]
    check_enrolments(ten, date(2024, 5, 1))
    again = Enrolment("3", 2024, BaselineKind.MID_6_OF_10, 100.0, True)
    with pytest.raises(InvalidInput) as caught:
        check_enrolments([*ten[:8], again], date(2024, 5, 1))
    assert [one.where for one in caught.value.findings] == ["enrolments.3", "enrolments"]
    check_enrolments([*ten, Enrolment("3", 2025, BaselineKind.MID_6_OF_10, 50.0, True)], date(2024, 5, 1))


@pytest.mark.skipif(not STEEL.exists(), reason="the steel plant's year is not beside the project")
def test_max_overstates_the_steel_plant_and_mid_does_not() -> None:
    """A year of afternoons, 14 to 18 h: as REFERENCE.md D4 found it in kind, and near it in figures.

    D4 has 36.5 % and +8.5 % for Max(4/5), 30.1 % and −2.2 % for Mid(6/10) with an adjustment that it does not
    describe, over hours that it does not name.
    """
    energy = pd.read_parquet(STEEL)["Usage_kWh"].to_numpy().reshape(365, 24, 4).sum(axis=2)
    first = date(2018, 1, 1)
    days = [first + timedelta(days=n) for n in range(30, 365)]
    scaled = Adjustment("scale", 3, 1, 0.2)
    trials = {
        (one.kind, one.adjusted): one
        for one in compare_baselines(
            energy,
            first,
            days,
            korean_holidays(2018),
            (14, 18),
            factory=True,
            day_hours=(9, 20),
            adjustments=(None, scaled),
        )
    }
    most = trials[BaselineKind.MAX_4_OF_5, False]
    middle = trials[BaselineKind.MID_6_OF_10, True]
    assert 0.33 < most.rrmse < 0.40
    assert 0.06 < most.bias < 0.11
    assert 0.28 < middle.rrmse < 0.34
    assert abs(middle.bias) < 0.03
    assert not any(one.admitted for one in trials.values())
