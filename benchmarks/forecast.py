"""Load a day ahead against last week, quantiles against their promise, 5,000 series, 5,000 roofs.

python -m benchmarks forecast [--data ../shared/data/energy] [--other IT:15min.csv] [--series 5000] [--dry]

Twenty-eight test days, every second of the last 56: before each a forecast of its 96 quarter-hours is told at
midnight from what was known then; trained anew every seven days, calibrated every day. `--other` are CSV
files of series that did not shape the model (country:path): local times, then a column for each series.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

import holidays
import numpy as np
import pandas as pd
import pvlib

from benchmarks.registry import workload
from benchmarks.report import machine, table, write
from benchmarks.vpp import Site, simbench, trondheim
from sandan.energy.engine.forecast import calibrate, forecast_roofs, naive_week, predict, score, train
from sandan.energy.engine.forecast.sky import DARK, QUANTILES, clear_sky
from sandan.energy.engine.forecast.solar import NEEDED, power_under
from sandan.energy.model.forecast import (
    DAY_MS,
    HOUR_MS,
    Calendar,
    Forecast,
    ForecastParams,
    History,
    Model,
    Roofs,
    Score,
    Weather,
)
from sandan.energy.model.rates import SLOT_MS

TEST_DAYS, EVERY, RETRAIN = 28, 2, 7
BELOW_GOAL, COVERAGE_GOAL, CPU_GOAL = 0.35, (0.78, 0.82), 20.0


def calendar(country: str, years: Sequence[int], hours: int) -> Calendar:
    known: frozenset[date] = frozenset(holidays.country_holidays(country, years=years))
    return Calendar(known, hours * HOUR_MS)


def on_local_clock(times: pd.DatetimeIndex, values: np.ndarray, names: Sequence[str]) -> History:
    """A grid of local times; the hour that summer time leaves out is missing, the doubled one single."""
    frame = pd.DataFrame(values, index=times)
    frame = frame[~frame.index.duplicated()]
    step = frame.index[1] - frame.index[0]
    grid = pd.date_range(frame.index[0].normalize(), frame.index[-1], freq=step)
    values = frame.reindex(grid).to_numpy(np.float64).T
    return History(tuple(names), int(grid[0].value // 10**6), values, int(step.value // 10**6))


def shared(folder: Path) -> list[tuple[str, History, Calendar]]:
    """The quarter-hours beside the project."""
    steel = pd.read_parquet(folder / "steel_gwangyang_15min_2018.parquet")["Usage_kWh"].to_numpy()
    begin = int(pd.Timestamp("2018-01-01").value // 10**6) - 9 * HOUR_MS
    load = pd.read_parquet(folder / "simbench_load_15min_2016.parquet")
    plants = pd.read_parquet(folder / "kit_plants_2016_15min_gappy.parquet")
    germany = calendar("DE", [2016], 0)
    names = [name.removesuffix("_pload") for name in load.columns[1:]]
    times = pd.to_datetime(load["time"], format="%d.%m.%Y %H:%M")
    simbench = on_local_clock(pd.DatetimeIndex(times), load.iloc[:, 1:].to_numpy(), names)
    kit = on_local_clock(
        pd.DatetimeIndex(pd.to_datetime(plants["Time stamp"])),
        plants.iloc[:, 1:8].to_numpy(),
        list(plants.columns[1:8]),
    )
    return [
        ("steel plant, Gwangyang", History(("steel",), begin, steel[None] * 4), calendar("KR", [2018], 9)),
        ("SimBench", simbench, germany),
        ("KIT plants, half missing", kit, germany),
    ]


def other(asked: str) -> tuple[str, History, Calendar]:
    country, _, name = asked.partition(":")
    path = Path(name)
    frame = pd.read_csv(path, sep=None, engine="python", index_col=0, parse_dates=True)
    years = sorted(set(frame.index.year))
    history = on_local_clock(pd.DatetimeIndex(frame.index), frame.to_numpy(np.float64), list(frame.columns))
    return path.stem, history, calendar(country, years, 0)


def roll(
    history: History, days: Calendar, params: ForecastParams, morning: int = 0
) -> tuple[list[Forecast], float]:
    """What would have been told before each test day, or on its eve at `morning` o'clock, and CPU seconds."""
    last = (history.end + days.offset_ms) // DAY_MS
    told: list[Forecast] = []
    model: Model | None = None
    trained = done = 0
    begin = time.process_time()
    for day in range(last - TEST_DAYS * EVERY, last, EVERY):
        midnight = day * DAY_MS - days.offset_ms
        until = midnight if not morning else midnight - DAY_MS + morning * HOUR_MS
        if model is None or day - trained >= RETRAIN:
            model, trained, done = train(history.before(until), days, None, params, model), day, day
            done -= bool(morning)
        for past in range(done, day - bool(morning)):
            model = calibrate(model, history.before(until), past * DAY_MS - days.offset_ms)
        done = max(done, day - bool(morning))
        slots = DAY_MS // history.step
        whole = predict(model, history, until, slots + (midnight - until) // history.step)
        told.append(_last(whole, slots))
    return told, time.process_time() - begin


def _last(told: Forecast, slots: int) -> Forecast:
    start, values = told.start[-slots:], told.values[:, -slots:]
    return Forecast(told.series, told.until, start, told.quantiles, values, told.method)


def naive(told: Sequence[Forecast], history: History) -> list[Forecast]:
    return [_last(naive_week(history, one.until, _ahead(one, history)), len(one.start)) for one in told]


def _ahead(told: Forecast, history: History) -> int:
    return int((told.start[-1] - told.until) // history.step) + 1


def sunny(site: Site, days: pd.DatetimeIndex, weather: Weather | None = None) -> tuple[Score, Score]:
    """Roofs as told at ten on the eve of each day, and last week's; hours of daylight alone count."""
    history = site.history
    told, weeks = [], []
    for day in days:
        midnight = int(day.value // 10**6) - site.calendar.offset_ms
        until = midnight - 14 * HOUR_MS
        place = site.latitude, site.longitude
        sky = weather.variables[:2] if weather else ("", "")
        one = forecast_roofs(history, *place, until, 38, QUANTILES, weather, (sky[0], sky[1]))
        told.append(_last(one, 24))
        weeks.append(_last(naive_week(history, until, 38), 24))
    start = history.start + np.arange(history.values.shape[1], dtype=np.int64) * HOUR_MS
    light = clear_sky(start, site.latitude, site.longitude, HOUR_MS) > DARK
    lit = History(history.series, history.start, np.where(light, history.values, np.nan), HOUR_MS)
    return score(told, lit), score(weeks, lit)


def suns(folder: Path) -> list[list[str]]:
    """A row for each set of roofs and season."""
    eight, (roof, weather) = simbench(folder), trondheim(folder)
    rows = []
    for name, site, first, last, sky in (
        ("SimBench, eight arrays and their sum, March to May", eight, "2016-03-01", "2016-05-31", None),
        ("… June to August", eight, "2016-06-01", "2016-08-31", None),
        ("… September and October", eight, "2016-09-01", "2016-10-31", None),
        ("… November and December", eight, "2016-11-01", "2016-12-30", None),
        ("Trondheim, May to August", roof, "2022-05-01", "2022-08-31", None),
        ("… September to December", roof, "2022-09-01", "2022-12-31", None),
        ("… February to April", roof, "2023-02-01", "2023-04-30", None),
        ("… February to April, with the radiation issued", roof, "2023-02-01", "2023-04-30", weather),
    ):
        begin = time.process_time()
        got, last_week = sunny(site, pd.date_range(first, last), sky)
        rows.append(_row(name, len(site.history.series), got, last_week, time.process_time() - begin))
        print(rows[-1], flush=True)
    return rows


def many(folder: Path, count: int, seed: int) -> History:
    """Series made of the real ones: two of them mixed, days shifted by whole weeks, noise of their own."""
    _, simbench, _ = shared(folder)[1]
    chance = np.random.default_rng(seed)
    real = simbench.values[:, : 364 * 96]
    real = (real / np.nanmean(real, axis=1, keepdims=True)).astype(np.float32)
    values = np.empty((count, real.shape[1]), np.float32)
    for n in range(count):
        one, two = chance.integers(0, len(real), 2)
        mixed = real[one] * chance.random() + np.roll(real[two], 672 * int(chance.integers(0, 52)))
        noise = chance.normal(1, 0.05, len(mixed)).astype(np.float32)
        values[n] = mixed * noise * np.float32(chance.lognormal(4, 1))
    return History(tuple(map(str, range(count))), simbench.start, values)


def roofs(count: int) -> Roofs:
    chance = np.random.default_rng(1)
    dc = chance.uniform(5, 500, count)
    return Roofs(
        37.3,
        126.8,
        chance.uniform(0, 60, count),
        chance.uniform(90, 270, count),
        dc,
        dc * 0.85,
        np.full(count, -0.0035),
    )


def one_roof(all: Roofs, n: int, start: np.ndarray, sky: np.ndarray) -> np.ndarray:
    """The same by pvlib's own functions for one roof."""
    times = pd.to_datetime(start + SLOT_MS // 2, unit="ms", utc=True)
    ghi, dni, dhi, air, wind = sky
    sun = pvlib.solarposition.get_solarposition(times, all.latitude, all.longitude)
    at = (all.tilt[n], all.azimuth[n], sun["apparent_zenith"], sun["azimuth"])
    outside = pvlib.irradiance.get_extra_radiation(times.day_of_year.to_numpy())
    plane = pvlib.irradiance.get_total_irradiance(
        *at, dni, ghi, dhi, dni_extra=outside, model="haydavies", albedo=all.albedo
    )
    through = pvlib.iam.physical(pvlib.irradiance.aoi(*at))
    effective = plane["poa_direct"] * through + plane["poa_diffuse"]
    cell = pvlib.temperature.faiman(plane["poa_global"], air, wind)
    array = pvlib.pvsystem.pvwatts_dc(effective, cell, all.dc_kw[n], all.temperature[n]) * (1 - all.losses)
    return np.asarray(pvlib.inverter.pvwatts(array, all.ac_kw[n] / 0.96))


def _row(name: str, count: int, got: Score, last_week: Score, seconds: float) -> list[str]:
    mean = np.nanmean
    below = 1 - mean(got.n_mae) / mean(last_week.n_mae)
    return [
        name,
        str(count),
        f"{100 * mean(last_week.n_mae):.1f}",
        f"{100 * mean(got.n_mae):.1f}",
        f"{100 * below:.0f} %",
        f"{mean(got.mase):.2f}",
        f"{mean(got.pinball):.4f}",
        f"{mean(got.coverage):.3f}",
        f"{seconds:.1f}",
    ]


@workload(
    "forecast", "a day ahead: 35 % below last week, 80 % within the band, 5,000 series in 20 CPU seconds"
)
def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks forecast")
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data" / "energy")
    parser.add_argument("--other", nargs="*", default=[])
    parser.add_argument("--series", type=int, default=5000)
    parser.add_argument("--dry", action="store_true", help="write no page")
    chosen = parser.parse_args(arguments)
    params = ForecastParams()
    sets = shared(chosen.data)
    sets += [other(asked) for asked in chosen.other]
    train(sets[0][1], sets[0][2])  # compiles
    rows = []
    for name, history, days in sets:
        for morning in (0, 10):
            told, seconds = roll(history, days, params, morning)
            got, last_week = score(told, history), score(naive(told, history), history)
            label = f"{name}, told at {morning}:00" + (" the day before" if morning else "")
            rows.append(_row(label, len(history.series), got, last_week, seconds))
            print(rows[-1], flush=True)
    roofed = suns(chosen.data)
    lots = many(chosen.data, chosen.series, 7)
    begin = time.process_time()
    model = train(lots, sets[1][2], None, params)
    trained = time.process_time()
    predict(model, lots, lots.end, 96)
    day = time.process_time()
    predict(model, lots, lots.end, 672)
    week = time.process_time()
    era = pd.read_parquet(chosen.data / "era5_ansan_2024.parquet")
    noon = era.iloc[170 * 24 : 171 * 24]
    sky = np.repeat([noon[n].to_numpy() / (100 if n in NEEDED[3:] else 10) for n in NEEDED], 4, axis=1)
    start = int(noon.index[0].value // 10**6) + np.arange(96, dtype=np.int64) * SLOT_MS
    all = roofs(5000)
    swept = power_under(all, start, sky)
    before = time.process_time()
    for _ in range(5):
        power_under(all, start, sky)
    sweep = (time.process_time() - before) / 5
    before = time.process_time()
    off = max(float(np.abs(one_roof(all, n, start, sky) - swept[n]).max()) for n in range(25))
    loop = (time.process_time() - before) / 25 * 5000
    head = [
        "series",
        "number",
        "last week nMAE %",
        "nMAE %",
        "below",
        "MASE",
        "pinball",
        "within 80 %",
        "CPU s",
    ]
    costs = [
        [f"{chosen.series:,} series of 364 days: trained", f"{trained - begin:.1f}", ""],
        ["… a day ahead told for all", f"{day - trained:.1f}", ""],
        ["… both", f"{day - begin:.1f}", f"≤ {CPU_GOAL:.0f}"],
        ["… seven days told for all", f"{week - day:.1f}", ""],
        ["5,000 roofs × 96 quarter-hours in one sweep", f"{sweep:.3f}", ""],
        ["… pvlib, a roof at a time (25 of them)", f"{loop:.0f}", ""],
    ]
    how = (
        f"`python -m benchmarks forecast`: {TEST_DAYS} test days, every second of the last 56; trained anew"
        f" every {RETRAIN} days, calibrated every day. Goals: {100 * BELOW_GOAL:.0f} % below last week, and"
        f" {COVERAGE_GOAL[0]:.2f}–{COVERAGE_GOAL[1]:.2f} of what came within the band of 80 %. CPU seconds"
        " are of all training and telling."
    )
    machines = (
        f"Roofs differ from pvlib by {off:.0e} kW at most. One thread. numba {version('numba')},"
        f" pvlib {version('pvlib')}; {machine()}."
    )
    by_light = (
        "Roofs, told hour by hour at ten on the eve; daylight alone counts (clear sky above"
        f" {DARK:.0f} W/m²)."
    )
    tables = [
        table(head, rows),
        by_light,
        table(head, roofed),
        table(["what", "CPU seconds", "allowed"], costs),
    ]
    text = "\n\n".join(["## Forecasts", how, *tables, machines])
    print(text)
    if not chosen.dry:
        write("forecast", text)
    return 0
