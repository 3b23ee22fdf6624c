"""Forecasts of load: learned, told, calibrated and judged."""

from __future__ import annotations

import dataclasses
import pickle
from datetime import date

import numpy as np
import pandas as pd
import pytest
from tests.shared import ENERGY

from sandan.energy.engine.forecast import calibrate, naive_week, predict, score, track_record, train
from sandan.energy.engine.forecast.conformal import adapt
from sandan.energy.model.forecast import (
    DAY_MS,
    HOUR_MS,
    Calendar,
    ForecastParams,
    History,
    Method,
    Model,
    TreesParams,
    Weather,
)
from sandan.errors import InvalidInput

MONDAY = 1_704_639_600_000
"""2024-01-08 0:00 in Korea."""
SMALL = ForecastParams(trees=TreesParams(trees=8, depth=3, rows=4000), leads=(1, 3))
CALENDAR = Calendar(frozenset({date(2024, 3, 1)}))


def plant(days: int, seed: int = 3, series: int = 2, step: int = HOUR_MS) -> History:
    """A works that runs from eight to six on working days, with noise that lasts some hours."""
    chance = np.random.default_rng(seed)
    slots = DAY_MS // step
    hour = np.arange(days * slots) % slots * 24 / slots
    day = np.arange(days * slots) // slots
    off = (day % 7 >= 5) | (MONDAY // DAY_MS + day + 1 == date(2024, 3, 1).toordinal() - 719163)
    shape = 20 + 80 * ((hour >= 8) & (hour < 18) & ~off)
    noise = np.zeros((series, len(shape)))
    shock = chance.normal(0, 4, noise.shape)
    for t in range(1, len(shape)):
        noise[:, t] = 0.8 * noise[:, t - 1] + shock[:, t]
    return History(tuple(f"s{n}" for n in range(series)), MONDAY, np.maximum(0, shape + noise), step)


@pytest.fixture(scope="module")
def history() -> History:
    return plant(112)


@pytest.fixture(scope="module")
def model(history: History) -> Model:
    return train(history.before(MONDAY + 98 * DAY_MS), CALENDAR, None, SMALL)


def told_days(model: Model, history: History, days: range) -> list:
    return [predict(model, history, MONDAY + day * DAY_MS, 24) for day in days]


def test_is_nearer_than_last_week_and_keeps_its_promise(model: Model, history: History) -> None:
    """The error is well below the naive one, and about four in five values lie in the band."""
    record = track_record(told_days(model, history, range(98, 112)), history, history.end)
    assert (record.gain > 0.15).all()
    assert record.forecast.coverage == pytest.approx(0.8, abs=0.12)
    assert (record.forecast.slots == 14 * 24).all()


def test_says_what_it_was_trained_on(model: Model) -> None:
    """A model knows its series, its time and its method, and can be kept and read again."""
    assert (model.begin, model.until) == (MONDAY, MONDAY + 98 * DAY_MS)
    assert list(model.method) == [Method.LEARNED] * 2
    assert list(model.days) == [98, 98]
    again = pickle.loads(pickle.dumps(model))
    assert all(np.array_equal(again.weights, model.weights) for _ in "x")


def test_quantiles_rise_and_never_fall_below_a_floor(model: Model, history: History) -> None:
    """The quantiles are in order in every slot of seven days, and a load that was never negative stays so."""
    told = predict(model, history, MONDAY + 100 * DAY_MS + 9 * HOUR_MS, 168)
    assert told.values.shape == (2, 168, 7)
    assert np.isfinite(told.values).all()
    assert (np.diff(told.values, axis=2) >= 0).all()
    assert (told.values >= 0).all()


def test_sees_nothing_of_the_future(model: Model, history: History) -> None:
    """What came after the forecast was told does not change it."""
    until = MONDAY + 100 * DAY_MS + 7 * HOUR_MS
    changed = history.values.copy()
    changed[:, (until - MONDAY) // HOUR_MS :] = 1e6
    other = dataclasses.replace(history, values=changed)
    assert np.array_equal(predict(model, history, until, 48).values, predict(model, other, until, 48).values)


def test_training_sees_nothing_after_its_history(history: History) -> None:
    """The same seed and the same past give the same model."""
    past = history.before(MONDAY + 98 * DAY_MS)
    one, two = (train(past, CALENDAR, None, SMALL) for _ in range(2))
    assert np.array_equal(one.weights, two.weights)
    assert np.array_equal(one.trees.value, two.trees.value)


def test_knows_a_holiday(model: Model) -> None:
    """On a holiday that falls on a working day the works is expected to stand still."""
    days = (date(2024, 3, 1) - date(2024, 1, 8)).days
    longer = plant(112)
    past = train(longer.before(MONDAY + days * DAY_MS), CALENDAR, None, SMALL)
    noon = predict(past, longer, MONDAY + days * DAY_MS, 24).median[:, 12]
    assert (noon < 60).all()
    ordinary = predict(past, longer, MONDAY + (days - 1) * DAY_MS, 24).median[:, 12]
    assert (ordinary > 80).all()


def test_this_morning_helps_this_afternoon(model: Model, history: History) -> None:
    """With the morning measured the next hour is nearer, and its band narrower, than as told at midnight."""
    early, late, wide, narrow = [], [], [], []
    for day in range(98, 112):
        midnight = MONDAY + day * DAY_MS
        whole, hour = (
            predict(model, history, midnight, 24),
            predict(model, history, midnight + 12 * HOUR_MS, 1),
        )
        actual = history.values[:, day * 24 + 12]
        early.append(np.abs(actual - whole.median[:, 12]).mean())
        late.append(np.abs(actual - hour.median[:, 0]).mean())
        wide.append((whole.values[:, 12, -1] - whole.values[:, 12, 0]).mean())
        narrow.append((hour.values[:, 0, -1] - hour.values[:, 0, 0]).mean())
    assert np.mean(late) < 0.9 * np.mean(early)
    assert np.mean(narrow) < 0.9 * np.mean(wide)


def test_gaps_stay_gaps_and_are_learned_around(history: History) -> None:
    """With a third of the values missing a model is learned, tells every slot, and is not far worse."""
    chance = np.random.default_rng(1)
    holes = history.values.copy()
    for _ in range(60):
        begin = chance.integers(0, 98 * 24)
        holes[:, begin : begin + 14] = np.nan
    gappy = dataclasses.replace(history, values=holes)
    learned = train(gappy.before(MONDAY + 98 * DAY_MS), CALENDAR, None, SMALL)
    assert (learned.days < 80).all()
    told = [predict(learned, gappy, MONDAY + day * DAY_MS, 24) for day in range(98, 112)]
    assert all(np.isfinite(one.values).all() for one in told)
    assert (score(told, history).n_mae < 0.2).all()
    assert np.isnan(gappy.values).sum() == np.isnan(holes).sum()


def test_new_series_is_given_last_week_and_says_so(history: History) -> None:
    """A series of ten days' values gets the naive forecast, marked as such, beside a learned one."""
    values = history.values.copy()
    values[1, : 88 * 24] = np.nan
    young = dataclasses.replace(history, values=values)
    learned = train(young.before(MONDAY + 98 * DAY_MS), CALENDAR, None, SMALL)
    told = predict(learned, young, MONDAY + 98 * DAY_MS, 24)
    assert list(told.method) == [Method.LEARNED, Method.NAIVE]
    last_week = naive_week(young, MONDAY + 98 * DAY_MS, 24)
    assert told.median[1] == pytest.approx(last_week.median[1])


def test_series_without_any_value_has_no_forecast(history: History) -> None:
    """Nothing known is nothing told: NaN, never zero."""
    values = history.values.copy()
    values[1] = np.nan
    empty = dataclasses.replace(history, values=values)
    learned = train(empty.before(MONDAY + 98 * DAY_MS), CALENDAR, None, SMALL)
    assert np.isnan(predict(learned, empty, MONDAY + 98 * DAY_MS, 24).values[1]).all()


def test_naive_week_goes_back_until_it_finds_a_value() -> None:
    """The same hour of last week; where that is missing or not yet come, of the week before."""
    values = np.arange(28 * 24, dtype=float)[None]
    values[0, 21 * 24] = np.nan
    past = History(("a",), MONDAY, values, HOUR_MS)
    told = naive_week(past, past.end, 8 * 24).median[0]
    assert told[1] == 21 * 24 + 1
    assert told[0] == 14 * 24
    assert told[7 * 24 + 1] == 21 * 24 + 1


def test_levels_widen_when_the_band_is_left(model: Model, history: History) -> None:
    """After days that leave the band the outer levels move outward, and the band grows."""
    wild = history.values.copy()
    chance = np.random.default_rng(2)
    wild[:, 98 * 24 : 105 * 24] *= chance.choice([0.4, 1.7], (2, 7 * 24))
    actual = dataclasses.replace(history, values=wild)
    moved = model
    for day in range(98, 105):
        moved = calibrate(moved, actual, MONDAY + day * DAY_MS)
    high, low = model.params.quantiles.index(0.9), model.params.quantiles.index(0.1)
    apart = [(m.shift[:, 0, high] - m.shift[:, 0, low]).mean() for m in (model, moved)]
    assert apart[1] > apart[0] + 0.02
    before, after = (predict(m, history, MONDAY + 105 * DAY_MS, 24).values for m in (model, moved))
    assert (after[..., high] - after[..., low]).mean() > (before[..., high] - before[..., low]).mean()


def test_calibrates_only_with_a_day_that_is_over(model: Model, history: History) -> None:
    """A day of which only the morning is known is refused."""
    with pytest.raises(InvalidInput):
        calibrate(model, history.before(MONDAY + 99 * DAY_MS - 1), MONDAY + 98 * DAY_MS)


def test_retraining_keeps_the_levels_that_adapted(model: Model, history: History) -> None:
    """A model trained anew starts from the adaptive levels of the one before."""
    moved = dataclasses.replace(model, shift=np.full_like(model.shift, 0.01))
    again = train(history.before(MONDAY + 105 * DAY_MS), CALENDAR, None, SMALL, moved)
    assert again.shift == pytest.approx(0.01)


def test_refuses_what_it_has_not_learned(model: Model, history: History) -> None:
    """Other series, another step and a horizon of more than seven days are all named at once."""
    other = History(("x", "y"), MONDAY, np.ones((2, 96 * 40)))
    with pytest.raises(InvalidInput) as caught:
        predict(model, other, MONDAY + 30 * DAY_MS, 8 * 96)
    assert {finding.where for finding in caught.value.findings} == {"history", "step", "horizon"}


@pytest.mark.parametrize("wrong", [{"quantiles": (0.9, 0.1)}, {"leads": (0,)}, {"quantiles": (0.1, 0.9)}])
def test_parameters_are_checked(wrong: dict) -> None:
    """Quantiles must rise and hold the median; leads begin at one."""
    with pytest.raises(InvalidInput):
        ForecastParams(**wrong)


def test_weather_counts_as_it_was_known() -> None:
    """A forecast of temperature helps a load that follows it, and one that came later does not."""
    chance = np.random.default_rng(5)
    history = plant(112, series=1)
    warmth = np.repeat(chance.normal(0, 8, 112), 24)
    loaded = dataclasses.replace(history, values=history.values + np.maximum(0, 40 + 4 * warmth))
    start = MONDAY + np.arange(112 * 24, dtype=np.int64) * HOUR_MS
    in_time = Weather(("temp_air",), start, start - 2 * DAY_MS, warmth[:, None])
    too_late = dataclasses.replace(in_time, known_at=start + 20 * DAY_MS)
    params = dataclasses.replace(SMALL, leads=(1,))

    def error(weather: Weather | None) -> float:
        learned = train(loaded.before(MONDAY + 98 * DAY_MS), CALENDAR, weather, params)
        told = [predict(learned, loaded, MONDAY + day * DAY_MS, 24, weather) for day in range(98, 112)]
        return float(score(told, loaded).n_mae[0])

    without = error(None)
    assert error(in_time) < 0.75 * without
    assert error(too_late) == pytest.approx(without, rel=0.05)


def test_score_of_known_errors() -> None:
    """One unit off on a load of ten is 10 %; the week's change is its yardstick; half within is 0.5."""
    values = np.full((1, 21 * 24), 10.0)
    values[0, 7 * 24 : 14 * 24] = 12.0
    actual = History(("a",), MONDAY, values, HOUR_MS)
    told = naive_week(actual, MONDAY + 14 * DAY_MS, 24)
    bands = np.stack([np.full((1, 24), q) for q in (9.0, 11.0, 11.0)], axis=2).astype(np.float32)
    bands[0, :12, 0] = 10.5
    told = dataclasses.replace(told, quantiles=(0.1, 0.5, 0.9), values=bands)
    got = score([told], actual)
    assert got.n_mae[0] == pytest.approx(0.1)
    assert got.mase[0] == pytest.approx(0.5)
    assert got.coverage[0] == pytest.approx(0.5)
    each = (0.5 * (0.1 * 1.0 + 0.9 * 0.5) + 0.5 * 1 + 0.1 * 1) / 3
    assert got.pinball[0] == pytest.approx(each / 10)


@pytest.mark.skipif(not ENERGY.exists(), reason="needs ../shared/data/energy")
def test_steel_plant_is_a_quarter_below_last_week() -> None:
    """On the steel plant's last weeks of 2018 the error is at least a quarter below the naive one."""
    table = pd.read_parquet(ENERGY / "steel_gwangyang_15min_2018.parquet", columns=["Usage_kWh"])
    begin = int(pd.Timestamp("2018-01-01").value // 10**6) - 9 * HOUR_MS
    steel = History(("steel",), begin, table["Usage_kWh"].to_numpy()[None] * 4)
    learned = train(steel.before(begin + 323 * DAY_MS), Calendar(frozenset({date(2018, 12, 25)})))
    told = [predict(learned, steel, begin + day * DAY_MS, 96) for day in range(323, 365)]
    assert track_record(told, steel, steel.end, weeks=6).gain[0] > 0.25


def test_levels_of_all_move_by_what_all_missed() -> None:
    """A day above every level lifts the levels of that series most, and those of one unmeasured a little."""
    chance = np.random.default_rng(1)
    errors = chance.normal(0, 1, (2, 1, 20, 12)).astype(np.float32)
    today = np.full((2, 1, 12), 9, np.float32)
    today[1] = np.nan
    shift = np.zeros((2, 1, 3), np.float32)
    adapt(errors, today, shift, np.array([0.1, 0.5, 0.9]), 0.02, 0.1)
    assert shift[0, 0] == pytest.approx([0.1 * 0.12, 0, 0.9 * 0.12])
    assert shift[1, 0] == pytest.approx([0.1 * 0.1, 0, 0.9 * 0.1])


def test_what_departed_on_one_kind_of_day_is_carried_to_another() -> None:
    """A base load that grew on Sunday is expected on Monday too, beside Monday's shifts."""
    history = plant(112, series=1)
    grown = history.values.copy()
    rise = np.repeat(np.cumsum(np.random.default_rng(6).normal(0, 6, 112)), 24)
    grown += rise - rise.min()
    drifting = dataclasses.replace(history, values=grown)
    model = train(drifting.before(MONDAY + 98 * DAY_MS), CALENDAR, None, SMALL)
    jumped = grown.copy()
    jumped[0, 104 * 24 : 105 * 24] += 40
    sunday = dataclasses.replace(history, values=jumped)
    plain, moved = (
        predict(model, one, MONDAY + 105 * DAY_MS, 24).median.mean() for one in (drifting, sunday)
    )
    assert moved - plain > 15
