"""A pool of roofs in the market's forecast scheme: errors, registration and won over real generation.

python -m benchmarks vpp [--data ../shared/data/energy] [--dry]

Every day's 24 hours are forecast at 10:00 and at 17:00 of the day before, from what was known then; the mean
of both counts. Nothing here is fitted to the days it is tested on.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.registry import workload
from benchmarks.report import machine, table, write
from sandan.clock import DAY_MS, HOUR_MS
from sandan.energy.engine.forecast import forecast_roofs, predict, train
from sandan.energy.engine.forecast.sky import QUANTILES, solar_from_history
from sandan.energy.engine.vpp import (
    bands,
    best_forecast,
    monthly_errors,
    registration,
    registration_rule,
    settle_pool,
)
from sandan.energy.model.forecast import Calendar, ForecastParams, History, Model, Weather
from sandan.energy.model.vpp import Bands, Plant, PlantKind, Pool, PoolSettlement

GATES = (10, 17)
RETRAIN = 28
RULES = {
    "2020": bands(date(2023, 1, 1), PlantKind.SOLAR),
    "2024-02": bands(date(2024, 6, 1), PlantKind.SOLAR),
    "2025-06": bands(date(2025, 6, 1), PlantKind.SOLAR),
}
LEVELS = np.array(QUANTILES)
MIDDLE = QUANTILES.index(0.5)
ABOUT = (
    "Every hour of a day is forecast at 10:00 and 17:00 of the day before. Error is the mean over hours of at"
    " least 10 % of capacity; capacity is the largest hour unless said. *median* hands in the middle,"
    " *best* what earns most if the quantiles are right (error and months under the bands of 2025-06). Won"
    " are scaled to a year, also where the days are fewer: March to December 2016, February to April 2023."
)
Teller = Callable[[int, int], np.ndarray]
"""From (until, midnight) the quantiles of the 24 hours after midnight [series, 24, levels]."""

Tested = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Site:
    """Series that are forecast together, hourly; the last is the sum of the others if several."""

    history: History
    calendar: Calendar
    latitude: float
    longitude: float


def simbench(folder: Path) -> Site:
    """Eight arrays of 2016 and their mean [kW a kW of the profile]; the hour summer time doubles is once."""
    frame = pd.read_parquet(folder / "simbench_pv_wind_15min_2016.parquet")
    local = pd.DatetimeIndex(pd.to_datetime(frame["time"], format="%d.%m.%Y %H:%M"))
    utc = local.tz_localize("Europe/Berlin", ambiguous=False, nonexistent="NaT").tz_convert("UTC")
    names = [f"PV{n}" for n in range(1, 9)]
    values = pd.DataFrame(frame[names].to_numpy(np.float64), index=utc)[~utc.isna()]
    values = values[~values.index.duplicated()]
    grid = pd.date_range(values.index[0], values.index[-1], freq="15min")
    hours = values.reindex(grid).interpolate(limit=4).to_numpy().T
    hours = hours[:, : hours.shape[1] // 4 * 4].reshape(len(names), -1, 4).mean(axis=2)
    hours /= np.nanmax(hours, axis=1, keepdims=True)
    values_and_sum = np.vstack([hours, hours.sum(axis=0)])
    start = int(grid[0].value // 10**6)
    history = History((*names, "pool"), start, values_and_sum, HOUR_MS)
    return Site(history, Calendar(frozenset(), HOUR_MS), 51.0, 10.0)


def trondheim(folder: Path) -> tuple[Site, Weather]:
    """One roof's hours in UTC as shares of its largest, and the weather forecasts issued for it."""
    frame = pd.read_parquet(folder / "trondheim_pv_A_targets_hourly.parquet").set_index("time")
    grid = pd.date_range(frame.index[0], frame.index[-1], freq="h")
    power = frame["pv_measurement"].reindex(grid).to_numpy(np.float64)
    history = History(("roof",), int(grid[0].value // 10**6), power[None] / np.nanmax(power), HOUR_MS)
    told = pd.read_parquet(folder / "trondheim_pv_A_weather_forecast_15min.parquet")
    told["hour"] = told["date_forecast"].dt.floor("h")
    names = ["direct_rad:W", "diffuse_rad:W", "effective_cloud_cover:p", "snow_water:kgm2"]
    hourly = told.groupby(["date_calc", "hour"])[names].mean().reset_index()
    weather = Weather(
        tuple(names),
        hourly["hour"].to_numpy("datetime64[ms]").astype(np.int64),
        hourly["date_calc"].to_numpy("datetime64[ms]").astype(np.int64),
        hourly[names].to_numpy(np.float64),
    )
    return Site(history, Calendar(frozenset(), 0), 63.4, 10.4), weather


def by_sky(site: Site) -> Teller:
    """A clear sky times how clear the last weeks were."""

    def tell(until: int, midnight: int) -> np.ndarray:
        horizon = 24 + (midnight - until) // HOUR_MS
        return solar_from_history(site.history, site.latitude, site.longitude, until, horizon).values[:, -24:]

    return tell


def by_learning(site: Site, weather: Weather | None = None) -> Teller:
    """The model that forecasts loads, trained anew every four weeks."""
    params = ForecastParams(quantiles=QUANTILES, least_days=20)
    held: list[tuple[int, Model]] = []

    def tell(until: int, midnight: int) -> np.ndarray:
        if not held or midnight - held[-1][0] >= RETRAIN * DAY_MS:
            model = train(site.history.before(until), site.calendar, weather, params)
            held.append((midnight, model))
        horizon = 24 + (midnight - until) // HOUR_MS
        return predict(held[-1][1], site.history, until, horizon, weather).values[:, -24:]

    return tell


def by_issued(site: Site, weather: Weather) -> Teller:
    """Output as learned from the radiation that was told; without it, a clear sky."""
    direct, diffuse = weather.variables[:2]

    def tell(until: int, midnight: int) -> np.ndarray:
        horizon = 24 + (midnight - until) // HOUR_MS
        place = site.latitude, site.longitude
        return forecast_roofs(
            site.history, *place, until, horizon, QUANTILES, weather, (direct, diffuse)
        ).values[:, -24:]

    return tell


def yesterday(site: Site) -> Teller:
    """The last whole day known at each gate."""

    def tell(until: int, midnight: int) -> np.ndarray:
        at = (midnight - site.history.start) // HOUR_MS - 48
        return np.repeat(site.history.values[:, at : at + 24, None], len(QUANTILES), axis=2)

    return tell


def backtest(site: Site, tell: Teller, first: date, last: date) -> Tested:
    """Starts [hours], mean quantiles of both gates [series, hours, levels], generation [series, hours]."""
    starts, said, made = [], [], []
    for day in pd.date_range(first, last):
        midnight = int(day.value // 10**6) - site.calendar.offset_ms
        at = (midnight - site.history.start) // HOUR_MS
        told = [tell(midnight - DAY_MS + gate * HOUR_MS, midnight) for gate in GATES]
        starts.append(midnight + np.arange(24, dtype=np.int64) * HOUR_MS)
        said.append(np.mean(told, axis=0))
        made.append(site.history.values[:, at : at + 24])
    return np.concatenate(starts), np.concatenate(said, axis=1), np.concatenate(made, axis=1)


def settled(
    starts: np.ndarray, offset: int, told: np.ndarray, made: np.ndarray, kw: float, rule: Bands
) -> PoolSettlement:
    pool = Pool(tuple(Plant(str(n), kw) for n in range(len(told))))
    # The rule is given, and months are Seoul's: a day that begins at midnight here begins at midnight there.
    shifted = starts + offset - 9 * HOUR_MS
    return settle_pool(pool, shifted, told, made, "half_up", rule)


def best(said: np.ndarray, capacity: float, rule: Bands) -> np.ndarray:
    """For each series what earns most if its quantiles are right [series, hours]."""
    return np.stack([best_forecast(LEVELS, rows, capacity, rule).energy for rows in np.nan_to_num(said)])


def rows_of(name: str, site: Site, tested: Tested, kw: float = 1000.0) -> list[list[str]]:
    """Errors and won, handing in medians and handing in what earns most."""
    starts, said, made = tested
    offset = site.calendar.offset_ms
    count = max(1, len(made) - 1)
    plants = made[:count] * 1000
    days = len(starts) / 24
    rows = []
    for how in ("median", "best") if (said[:, :, 0] < said[:, :, -1]).any() else ("median",):
        won, single, error, alone, out = [], [], np.nan, np.nan, ""
        for version, rule in RULES.items():
            if how == "median":
                each = np.nan_to_num(said[:, :, MIDDLE]) * 1000
            else:
                each = best(said[:count] * 1000, kw, rule)
                whole = best(said[-1:] * 1000, kw * count, rule)
                each = np.vstack([each, whole])
            # A pool hands in the sum it wants; who is told to make how much of it does not matter.
            sums = each[:count].sum(axis=0)
            pooled = each[:count] * np.divide(each[-1], sums, out=np.zeros_like(sums), where=sums > 0)
            got = settled(starts, offset, pooled, plants, kw, rule)
            lone = settled(starts, offset, each[:count], plants, kw, rule)
            scale = 365 / days / (kw * count / 1000)
            won.append(got.pool.won.sum() * scale)
            single.append(lone.single.won.sum() * scale)
            if version == "2025-06":
                counted = got.pool.counted
                error = float(got.pool.error[counted].mean())
                alone = float(
                    np.mean(
                        [e[c].mean() for e, c in zip(lone.single.error, lone.single.counted, strict=True)]
                    )
                )
                months = monthly_errors(got.start, got.pool)
                standings = registration(months, registration_rule(date(2025, 6, 1)))
                passed = sum(one.mean <= 10 for one in months if one.hours)
                out = f"{passed} of {sum(one.hours > 0 for one in months)}"
                out += f", in for {sum(one.registered for one in standings)}"
        rows.append(
            [
                f"{name}, {how}",
                f"{error:.1f}",
                f"{alone:.1f}",
                out,
                *(f"{a:,.0f} / {b:,.0f}" for a, b in zip(won[1:], single[1:], strict=True)),
            ]
        )
        assert won[0] == won[1], "the text of 2024 says what that of 2020 says"
        print(rows[-1], flush=True)
    return rows


@workload("vpp", "a pool of roofs: forecast error, registration test and won a year by version of the bands")
def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks vpp")
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data" / "energy")
    parser.add_argument("--dry", action="store_true", help="write no page")
    chosen = parser.parse_args(arguments)
    begin = time.process_time()
    eight = simbench(chosen.data)
    roof, weather = trondheim(chosen.data)
    spring, end = date(2016, 3, 1), date(2016, 12, 30)
    rows: list[list[str]] = []
    told = {
        "the same hour two days before": yesterday(eight),
        "clear sky": by_sky(eight),
        "learned": by_learning(eight),
    }
    tested = {name: backtest(eight, tell, spring, end) for name, tell in told.items()}
    starts, one, made = tested["clear sky"]
    tested["both"] = (starts, (one + tested["learned"][1]) / 2, made)
    for name, one in tested.items():
        rows += rows_of(f"eight arrays, {name}", eight, one)
    rows += rows_of("the same, capacity as the profiles state it", eight, tested["both"], 1000 / 0.61)
    year, issued = (date(2022, 5, 1), date(2023, 4, 30)), (date(2023, 2, 1), date(2023, 4, 30))
    blind = backtest(roof, by_sky(roof), *year)
    rows += rows_of("Trondheim, a year without weather", roof, blind)
    for name, tell in {
        "clear sky": by_sky(roof),
        "learned with the weather": by_learning(roof, weather),
        "radiation as issued": by_issued(roof, weather),
    }.items():
        rows += rows_of(f"Trondheim, February to April, {name}", roof, backtest(roof, tell, *issued))
    head = [
        "what, what is handed in",
        "error of the pool %",
        "single %",
        "months ≤ 10 %",
        "2020 and 2024-02: won a MW and year, pool / single",
        "2025-06",
    ]
    text = "\n\n".join(
        [
            "## A virtual power plant in the forecast scheme",
            f"`python -m benchmarks vpp`, {time.process_time() - begin:.0f} CPU s. {ABOUT}",
            table(head, rows),
            f"{machine()}.",
        ]
    )
    print(text)
    if not chosen.dry:
        write("vpp", text)
    return 0
