"""Settlement of a pool's forecasts: cases worked by hand, edges of the bands, and conservation."""

from __future__ import annotations

import csv
import tomllib
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sandan.clock import HOUR_MS
from sandan.energy.engine.vpp import (
    bands,
    eligibility,
    judge_hours,
    registration,
    registration_rule,
    settle_pool,
)
from sandan.energy.engine.vpp.submissions import midnight
from sandan.energy.model.vpp import Area, MonthlyError, Outcome, Plant, PlantKind, Pool
from sandan.errors import InvalidInput

CASES = Path(__file__).parents[3] / "cases" / "energy" / "vpp"


@pytest.mark.parametrize("name", sorted(path.parent.name for path in CASES.glob("*/case.toml")))
def test_a_case_worked_by_hand(name: str) -> None:
    """Errors, outcomes, won of the pool and shares of the plants are those of the working."""
    told = tomllib.loads((CASES / name / "case.toml").read_text(encoding="utf-8"))
    with (CASES / name / "hours.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    plants = told["plants"]
    pool = Pool(
        tuple(Plant(one["id"], one["capacity"], PlantKind(one["kind"])) for one in plants), Area(told["area"])
    )
    ids = [one["id"] for one in plants]
    start = np.array(
        [midnight(date.fromisoformat(row["day"])) + int(row["hour"]) * HOUR_MS for row in rows], np.int64
    )
    forecast, generation = (
        np.array([[float(row[f"{what}.{id}"] or "nan") for row in rows] for id in ids])
        for what in ("told", "made")
    )
    got = settle_pool(pool, start, forecast, generation, told["rounding"])
    wanted_error = np.array([float(row["error"] or "nan") for row in rows])
    np.testing.assert_allclose(got.pool.error, wanted_error, atol=1e-9)
    assert [Outcome(one).name.lower() for one in got.pool.outcome] == [row["outcome"] for row in rows]
    assert got.pool.won.tolist() == [int(row["won"]) for row in rows]
    assert got.shares.T.tolist() == [[int(row[f"won.{id}"]) for id in ids] for row in rows]
    assert got.version == tuple(row["version"] for row in rows)


@pytest.mark.parametrize(
    ("day", "kind", "area", "steps"),
    [
        (date(2023, 5, 1), PlantKind.SOLAR, Area.MAINLAND, ((6, 4), (8, 3))),
        (date(2025, 5, 31), PlantKind.SOLAR, Area.MAINLAND, ((6, 4), (8, 3))),
        (date(2025, 6, 1), PlantKind.SOLAR, Area.MAINLAND, ((4, 4), (6, 3))),
        (date(2026, 5, 31), PlantKind.MIXED, Area.MAINLAND, ((6, 4), (8, 3))),
        (date(2026, 6, 1), PlantKind.WIND, Area.MAINLAND, ((4, 4), (6, 3))),
        (date(2025, 5, 31), PlantKind.WIND, Area.JEJU, ((6, 4), (8, 3))),
    ],
)
def test_the_bands_change_with_the_day_and_the_kind(
    day: date, kind: PlantKind, area: Area, steps: tuple[tuple[float, float], ...]
) -> None:
    """Solar changed in June 2025, wind and mixed a year later."""
    assert bands(day, kind, area).steps == steps


def test_the_february_2024_text_is_a_version_of_its_own() -> None:
    """It says what the text before it says, and is cited apart."""
    assert bands(date(2024, 2, 1), PlantKind.SOLAR).version == "2024-02"
    assert bands(date(2024, 1, 31), PlantKind.SOLAR).version == "2020"


def test_jeju_has_no_bands_after_may_2025() -> None:
    """Nor has anybody before the scheme began."""
    with pytest.raises(InvalidInput):
        bands(date(2025, 6, 1), PlantKind.SOLAR, Area.JEJU)
    with pytest.raises(InvalidInput):
        bands(date(2021, 9, 30), PlantKind.SOLAR)


def test_both_edges_of_a_band_belong_to_it() -> None:
    """6 % earns four won, a watt-hour more three, and more than 8 % nothing; so does output below a tenth."""
    rule = bands(date(2024, 6, 1), PlantKind.SOLAR)
    told = np.array([560.0, 560.1, 580.0, 580.1, 100.0, 99.9])
    made = np.array([500.0, 500.0, 500.0, 500.0, 100.0, 99.9])
    got = judge_hours(made, told, 1000.0, rule, "half_up")
    assert got.won.tolist() == [2000, 1500, 1500, 0, 400, 0]


def test_what_is_missing_is_neither_zero_nor_paid() -> None:
    """An hour without meter or forecast says so, and one missing plant leaves its pool unsettled."""
    pool = Pool((Plant("a", 100.0), Plant("b", 100.0)))
    start = midnight(date(2024, 6, 1)) + np.arange(3, dtype=np.int64) * HOUR_MS
    told = np.array([[50.0, 50.0, np.nan], [50.0, 50.0, 50.0]])
    made = np.array([[50.0, np.nan, 50.0], [50.0, 50.0, 50.0]])
    got = settle_pool(pool, start, told, made, "half_up")
    assert got.pool.outcome.tolist() == [Outcome.PAID, Outcome.NOT_METERED, Outcome.NOT_TOLD]
    assert got.pool.won.tolist() == [400, 0, 0]
    assert got.single.won[1].tolist() == [200, 200, 200]
    assert not got.pool.counted[1]


@given(
    arrays(np.float64, (4, 12), elements=st.floats(0, 1500)),
    arrays(np.float64, (4, 12), elements=st.floats(0, 1500)),
    st.sampled_from([date(2023, 7, 1), date(2026, 7, 1)]),
    st.sampled_from(["half_up", "truncate"]),
)
def test_shares_add_up_and_what_pooling_is_worth_is_the_difference(told, made, day, rounding) -> None:
    """Every hour's shares are its won, none of them below zero; a pool of one is that plant alone."""
    pool = Pool(tuple(Plant(str(n), 1500.0) for n in range(4)))
    start = midnight(day) + np.arange(12, dtype=np.int64) * HOUR_MS
    got = settle_pool(pool, start, told, made, rounding)
    assert (got.shares.sum(axis=0) == got.pool.won).all()
    assert (got.shares >= 0).all()
    assert got.worth == got.pool.won.sum() - got.single.won.sum()
    capacity = pool.capacity.sum()
    single = (got.single.error * 15).sum(axis=0)
    assert (got.pool.error * capacity / 100 <= single + 1e-6).all()
    alone = settle_pool(Pool(pool.plants[:1]), start, told[:1], made[:1], rounding)
    assert (alone.pool.won == got.single.won[0]).all()


def test_a_resource_enters_after_one_good_month_and_leaves_after_three_bad() -> None:
    """The mean over three months weighs hours; a good third month may save it."""
    rule = registration_rule(date(2024, 1, 1))
    means = [10.5, 10.0, 12.0, 12.0, 3.0, 14.0, 16.0, 9.0]
    months = [MonthlyError(2024, n + 1, mean, 200) for n, mean in enumerate(means)]
    got = registration(months, rule)
    assert [one.registered for one in got] == [False, True, True, True, True, True, False, True]
    assert [one.changed for one in got] == [False, True, False, False, False, False, True, True]
    assert got[6].mean == pytest.approx(11)


def test_a_pool_is_told_everything_that_keeps_it_out() -> None:
    """Too small together and one plant too large for a pool; a large plant alone is let in."""
    small = Pool((Plant("a", 900.0), Plant("b", 1200.0)))
    assert [one.where for one in eligibility(small)] == ["plants.b", "plants"]
    assert not eligibility(Pool((Plant("sea", 30_000.0, PlantKind.WIND),)))
    assert not eligibility(Pool(tuple(Plant(str(n), 1000.0) for n in range(20))))
