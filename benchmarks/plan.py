"""Plans side by side with other programs on the same sites, objectives compared.

python -m benchmarks plan [--sites 40] [--coupled 1000] [--large 20000] [--peers FOLDER] [--dry]

FOLDER holds one virtual environment a peer, named oemof, pypsa, flexmeasures, lp (cvxpy and OR-Tools).
Without it only Sandan is measured. CPU time, since the machine may be shared.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from importlib.metadata import version
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.registry import workload
from benchmarks.report import machine, table, write
from sandan.clock import korean_holidays
from sandan.energy.engine.plan import (
    plan_complex,
    plan_site,
    plan_sites,
    regret,
    repeat_week,
    slice_site,
    what_if,
)
from sandan.energy.engine.plan.fleet import gather, solve
from sandan.energy.engine.plan.program import Rows, add_limits, add_site
from sandan.energy.engine.tariff import (
    Calendar,
    bill_year,
    levies,
    rates,
    standing_demand,
    tariff,
)
from sandan.energy.model.metering import Meter
from sandan.energy.model.plan import (
    Battery,
    ComplexProblem,
    Limit,
    Method,
    PlanParams,
    Request,
    Site,
)
from sandan.energy.model.rates import Rates
from sandan.energy.model.replan import Regret, YearPlan
from sandan.energy.model.tariff import Contract, History, Kind, Option, Voltage

DATA = Path(__file__).parents[2] / "shared" / "data" / "energy"
T = 96
FEEDER = 50
PATIENCE = 240
"""Seconds of wall clock a peer gets for the sites that share limits."""
SOLVERS = (("lp", "highspy"), ("lp", "cvxpy"), ("pypsa", "linopy"), ("lp", "pdlp"))
"""Environment and name of each peer for sites that share limits."""
PROFILES = (
    "G1-A_pload",
    "G1-B_pload",
    "G1-C_pload",
    "G3-A_pload",
    "G3-H_pload",
    "G4-A_pload",
    "G4-B_pload",
    "BL-H_pload",
    "mv_comm_pload",
    "mv_add1_pload",
)


def make_problem(count: int, seed: int = 0) -> tuple[ComplexProblem, dict[str, Any]]:
    """Firms on feeders of fifty on a summer weekday, HV-A option II, with an event at 17:00; real shapes."""
    r = np.random.default_rng(seed)
    steel = pd.read_parquet(DATA / "steel_gwangyang_15min_2018.parquet").Usage_kWh.to_numpy().reshape(-1, T)
    loads = pd.read_parquet(DATA / "simbench_load_15min_2016.parquet")[list(PROFILES)].to_numpy(float)
    sun = pd.read_parquet(DATA / "simbench_pv_wind_15min_2016.parquet")[[f"PV{k}" for k in range(1, 9)]]
    days = [loads[: 366 * T, k].reshape(-1, T) / loads[:, k].max() for k in range(loads.shape[1])]
    weekday = pd.date_range("2016-01-01", periods=366).dayofweek < 5
    shapes = np.concatenate([steel / steel.max(), *(one[weekday] for one in days)])
    light = sun.to_numpy(float)[150 * T : 245 * T].reshape(-1, T, 8)
    hour = np.arange(T) // 4
    price = np.where((hour >= 22) | (hour < 8), 116.0, np.where((hour >= 15) & (hour < 21), 229.0, 163.8))
    counted = (hour >= 8) & (hour < 22)
    size = np.exp(r.normal(np.log(600), 0.9, count)).clip(60, 8000)
    load = shapes[r.integers(0, len(shapes), count)] * (size * r.uniform(0.8, 1.1, count))[:, None]
    load = np.maximum(load * (1 + 0.05 * r.standard_normal((count, T))), 0.02 * size[:, None])
    roof = size * r.uniform(0, 0.9, count) * (r.random(count) < 0.7)
    net = load - light[r.integers(0, len(light), count), :, r.integers(0, 8, count)] * roof[:, None]
    power = size * r.uniform(0.1, 0.3, count)
    energy = power * r.uniform(2, 4, count)
    charge, discharge = r.uniform(0.92, 0.97, count), r.uniform(0.92, 0.97, count)
    standing = np.maximum(net[:, counted].max(axis=1), 1) * r.uniform(0.88, 1.02, count)
    start, band, feed = np.arange(T, dtype=np.int64) * 900_000, np.zeros(T, np.int8), np.full(T, 100.0)
    sites = tuple(
        Site(
            str(i),
            Rates(start, band, price, counted, 8320.0, float(standing[i]), feed),
            net[i],
            (Battery("battery", power[i], energy[i], charge[i], discharge[i]),),
        )
        for i in range(count)
    )
    limits = []
    for f, first in enumerate(range(0, count, FEEDER)):
        members = np.arange(first, min(first + FEEDER, count))
        flow = net[members].sum(axis=0)
        most, out = max(flow.max() * 0.93, 1.0), max(0.05 * flow.max(), (-flow).max() * 0.9)
        limits.append(Limit(f"feeder {f}", members, np.full(T, most), np.full(T, out)))
    total, everybody = net.sum(axis=0), np.arange(count)
    out = max(0.02 * total.max(), (-total).max() * 0.95)
    limits.append(Limit("complex", everybody, np.full(T, total.max() * 0.95), np.full(T, out), local=False))
    slots = np.arange(68, 76)
    event = Request("event", everybody, slots, total[slots] - 0.85 * power.sum(), 600.0)
    plain = {
        "price": price,
        "feed": feed,
        "counted": counted,
        "demand": 8320.0,
        "net": net,
        "standing": standing,
        "power": power,
        "energy": energy,
        "charge": charge,
        "discharge": discharge,
    }
    return ComplexProblem(sites, tuple(limits), (event,)), plain


def as_arrays(problem: ComplexProblem) -> dict[str, Any]:
    """All sites and limits as one linear program."""
    lp = Rows()
    columns = [add_site(lp, site, PlanParams()) for site in problem.sites]
    add_limits(lp, problem, columns)
    rows, at, values = (np.concatenate(part) for part in zip(*lp.entries, strict=True))
    order = np.lexsort((at, rows))
    return {
        "cost": np.concatenate(lp.cost),
        "low": np.concatenate(lp.low),
        "high": np.concatenate(lp.high),
        "least": np.concatenate(lp.least),
        "most": np.concatenate(lp.most),
        "start": np.searchsorted(rows[order], np.arange(lp.rows + 1)).astype(np.int32),
        "index": at[order].astype(np.int32),
        "value": values[order],
    }


def ask_peer(
    folder: Path, environment: str, peer: str, problem: dict[str, Any], limit: int
) -> dict[str, Any]:
    """What a peer found; empty with a reason when it did not."""
    python = folder / environment / "bin" / "python"
    if not python.exists():
        return {"reason": "not installed"}
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "problem.npz"
        np.savez(path, **problem)
        script = Path(__file__).with_name("plan_peers.py")
        try:
            done = subprocess.run(
                [str(python), str(script), peer, str(path)],
                capture_output=True,
                text=True,
                timeout=limit,
                check=False,
                cwd=temporary,
            )
        except subprocess.TimeoutExpired:
            return {"reason": f"not done in {limit} s of wall clock"}
    for line in done.stdout.splitlines():
        if line.startswith("PEER "):
            found: dict[str, Any] = json.loads(line[5:])
            return found
    return {"reason": done.stderr.strip().splitlines()[-1][:80] if done.stderr.strip() else "no answer"}


def cpu(run: Any, times: int = 1) -> tuple[float, Any]:
    """Median CPU seconds, and the answer."""
    spent, found = [], None
    for _ in range(times):
        begin = time.process_time()
        found = run()
        spent.append(time.process_time() - begin)
    return statistics.median(spent), found


def one_site(count: int, peers: Path | None) -> str:
    """The table of one site: all peers on the same `count` sites."""
    many, _ = make_problem(4000, 1)
    plan_sites(many.sites[:100])
    alone, _ = cpu(lambda: [plan_site(site) for site in many.sites[:count]], 3)
    whole, plans = cpu(lambda: plan_sites(many.sites, PlanParams(workers=1)), 5)
    linear, judged = cpu(lambda: [plan_site(site, None, Method.LINEAR) for site in many.sites[:count]], 3)
    truth = np.array([plan.cost.total for plan in judged])
    _, plain = make_problem(4000, 1)
    alone_keys = {"price", "feed", "counted", "demand"}
    part = {key: value if key in alone_keys else value[:count] for key, value in plain.items()}
    fleet, rows_ = gather(many.sites, PlanParams()), np.zeros(len(many.sites), np.int64)
    flat, shares = np.zeros((1, T)), [(0, len(many.sites))]
    core, _ = cpu(lambda: solve(fleet, None, shares, flat, rows_), 9)
    mine = core / len(many.sites)
    worst = np.abs(np.array([plan.cost.total for plan in plans[:count]]) / truth - 1).max()
    rows = [
        ["Sandan, 4,000 sites, arrays in and out", f"{mine * 1e3:.4f}", "1 ×", f"{worst:.0e}"],
        [
            "Sandan, 4,000 sites, with a plan object each",
            f"{whole / len(many.sites) * 1e3:.3f}",
            f"{whole / core:.1f} ×",
            f"{worst:.0e}",
        ],
        [
            "Sandan, one call a site",
            f"{alone / count * 1e3:.2f}",
            f"{alone / count / mine:,.0f} ×",
            f"{worst:.0e}",
        ],
        [
            "highspy (our own linear program)",
            f"{linear / count * 1e3:.2f}",
            f"{linear / count / mine:,.0f} ×",
            "0",
        ],
    ]
    for peer in ("oemof", "flexmeasures", "emhass", "pypsa") if peers else ():
        found = ask_peer(peers, peer, peer, part, 900)
        if "cpu" not in found:
            rows.append([peer, found["reason"], "", ""])
            continue
        spent = statistics.median(found["cpu"])
        off = np.abs(np.array(found["cost"]) / truth - 1).max()
        name = f"{peer} {found['version']}"
        rows.append([name, f"{spent * 1e3:.0f}", f"{spent / mine:,.0f} ×", f"{off:.0e}"])
    head = ["one site, 96 quarter-hours", "CPU ms a site", "against Sandan", "largest difference in cost"]
    return table(head, rows)


def coupled(count: int, large: int, peers: Path | None) -> str:
    """The table of sites that share limits."""
    problem, _ = make_problem(count)
    plan_complex(make_problem(100)[0], PlanParams(rounds=3))
    hundred, _ = make_problem(100)
    tight, close = cpu(lambda: plan_complex(hundred, PlanParams(gap=1e-4, rounds=400)))
    exact = cpu(lambda: _optimum(hundred))
    spent, plan = cpu(lambda: plan_complex(problem))
    rows = [
        [
            "100 sites, Sandan to 0.01 %",
            f"{tight:.1f}",
            f"{close.cost / exact[1] - 1:.1e}",
            f"{close.gap:.4%}",
            f"{close.violation * 1e3:.2f}",
        ],
        ["100 sites, highspy", f"{exact[0]:.1f}", "0", "", ""],
        [f"{count:,} sites, Sandan", f"{spent:.1f}", "", f"{plan.gap:.3%}", f"{plan.violation * 1e3:.2f}"],
    ]
    best = np.nan
    arrays = as_arrays(problem)
    for environment, peer in (
        (("lp", "highspy"), ("lp", "cvxpy"), ("pypsa", "linopy"), ("lp", "pdlp")) if peers else ()
    ):
        found = ask_peer(peers, environment, peer, arrays, PATIENCE)
        if "cpu" not in found:
            rows.append([f"{count:,} sites, {peer}", found["reason"], "", "", ""])
            continue
        if peer == "highspy":
            best = found["cost"][0]
            rows[2][2] = f"{plan.cost / best - 1:.1e}"
        off = found["cost"][0] / best - 1
        rows.append(
            [f"{count:,} sites, {peer} {found['version']}", f"{found['cpu'][0]:.1f}", f"{off:.0e}", "", ""]
        )
    if large:
        # In a process of its own, so that its memory is not that of the programs before it.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            rows.append(alone.submit(plan_large, large).result())
    head = ["sites that share limits", "CPU s", "cost against the optimum", "proven gap", "most broken [W]"]
    return table(head, rows)


def plan_large(count: int) -> list[str]:
    """The row of many sites: what is planned, CPU, gap, what is broken."""
    plan_complex(make_problem(100)[0], PlanParams(rounds=3))
    problem, _ = make_problem(count)
    begin = time.perf_counter()
    spent, plan = cpu(lambda: plan_complex(problem))
    wall = time.perf_counter() - begin
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        f"{count:,} sites, Sandan ({plan.rounds} rounds, {memory:,.0f} MiB, {wall:.0f} s of wall)",
        f"{spent:.1f}",
        "",
        f"{plan.gap:.3%}",
        f"{plan.violation * 1e3:.2f}",
    ]


def _optimum(problem: ComplexProblem) -> float:
    lp = Rows()
    columns = [add_site(lp, site, PlanParams()) for site in problem.sites]
    add_limits(lp, problem, columns)
    return lp.solve()[1]


HIGH = 0.95
"""The quantile of the forecast's errors for which the peak is kept."""
CONTRACT = Contract(Kind.INDUSTRIAL_B, Voltage.HIGH_A, Option.II, 700.0)


def steel_months() -> list[Site]:
    """The steel plant's 2018 at the tariff of 2026-04-16, one site a month."""
    readings = pd.read_parquet(DATA / "steel_gwangyang_15min_2018.parquet")
    ends = pd.DatetimeIndex(readings["interval_end"]).tz_localize("Asia/Seoul")
    local = ends - pd.Timedelta(minutes=15)
    start, kwh = local.tz_convert("UTC").as_unit("ms").asi8, readings["Usage_kWh"].to_numpy(float)
    book = tariff(CONTRACT.kind, CONTRACT.voltage, CONTRACT.option, "2026-04-16")
    calendar, levy = Calendar.of(korean_holidays(2018)), levies(date(2026, 3, 1))
    cuts = [*np.flatnonzero(np.diff(local.month, prepend=0)).tolist(), len(start)]
    return [
        Site("steel", rates(CONTRACT, book, levy, np.asarray(start[a:b]), calendar), kwh[a:b] * 4)
        for a, b in pairwise(cuts)
    ]


def owed(number: int, peaks: Sequence[float]) -> float:
    """Billing demand that earlier months of 2018 leave owed."""
    rule = tariff(CONTRACT.kind, CONTRACT.voltage, CONTRACT.option, "2026-04-16").demand
    earlier = {(2018, month + 1): peak for month, peak in enumerate(peaks)}
    return standing_demand(CONTRACT, rule, (2018, number + 1), earlier)


def margin_of(known: Any, quantile: float) -> float:
    """That quantile of the naive forecast's own errors over the last four weeks; at least 0 [kW]."""
    errors = (known[672:] - known[:-672])[-4 * 672 :]
    return max(0.0, float(np.quantile(errors, quantile))) if len(errors) else 0.0


def live_through(
    months: Sequence[Site], unit: Battery, every: int, quantile: float | None = None
) -> tuple[float, list[Regret]]:
    """The year with plans from a weekly-naive forecast two days ahead; its bills, and each month's regret.

    The peak aimed at is what a plan of the whole month on the naive forecast would reach. With `quantile`
    the peak is kept for a load higher by that quantile of the forecast's errors.
    """
    total, peaks, lived, past = 0.0, list[float](), list[Regret](), months[0].load
    for number, month in enumerate(months):
        standing, n = owed(number, peaks), len(month.load)
        actual = replace(month, batteries=(unit,), rates=replace(month.rates, standing_demand=standing))
        foreseen = actual if number == 0 else foresee(actual, past, n, quantile)
        aim = max(standing, plan_site(foreseen).demand)

        def forecast(t: int, actual: Site = actual, before: Any = past, aim: float = aim) -> Site:
            last = min(t + 192, len(actual.load))
            known = np.concatenate([before, actual.load[:t]])
            part = slice_site(actual, t, last)
            part = replace(part, rates=replace(part.rates, standing_demand=aim))
            return foresee(part, known, last - t, quantile)

        found = regret(actual, forecast, every=every)
        lived.append(found)
        peaks.append(found.demand)
        total += found.rolled.total + actual.rates.demand * standing
        past = np.concatenate([past, month.load])
    return total, lived


def foresee(site: Site, known: Any, n: int, quantile: float | None) -> Site:
    """The site with the naive forecast as its load, and its margin when one is wanted."""
    load = repeat_week(known, n)
    return replace(site, load=load, high_load=None if quantile is None else load + margin_of(known, quantile))


def steel(every: int) -> str:
    """The steel plant's year with batteries of three sizes."""
    months = steel_months()
    rows = []
    for power, energy in ((50.0, 200.0), (100.0, 400.0), (200.0, 800.0)):
        unit = Battery("battery", power, energy, wear=20.0)

        def add(site: Site, unit: Battery = unit) -> Site:
            return replace(site, batteries=(unit,))

        year: YearPlan
        spent, year = cpu(lambda add=add: what_if(months, add, owed), 3)
        paid, lived = live_through(months, unit, every)
        hedged, _ = live_through(months, unit, every, HIGH)
        saved, reached = year.before - paid, max(one.demand for one in lived)
        rows.append(
            [
                f"{power:.0f} kW, {energy:.0f} kWh",
                f"{year.before:,.0f}",
                f"{year.saving:,.0f} ({year.saving / year.before:.1%})",
                f"{saved:,.0f} ({saved / year.before:.1%})",
                f"{saved / year.saving:.0%}",
                f"{year.before - hedged:,.0f} ({(year.before - hedged) / year.saving:.0%})",
                f"{max(year.demand_before):.0f} → {max(year.demand_after):.0f} / {reached:.0f}",
                f"{spent:.2f}",
            ]
        )
    head = [
        "battery",
        "bill without [won]",
        "saved, perfect foresight",
        "saved, weekly-naive forecast",
        "kept",
        "saved, peak kept for a high load (kept)",
        "highest demand [kW]",
        "CPU s a year",
    ]
    return table(head, rows)


def power_factor() -> str:
    """What the steel plant's power-factor lines would be with reactive power given by inverters."""
    book = tariff(CONTRACT.kind, CONTRACT.voltage, CONTRACT.option, "2026-04-16")
    readings = pd.read_parquet(DATA / "steel_gwangyang_15min_2018.parquet")
    ends = pd.DatetimeIndex(readings["interval_end"]).tz_localize("Asia/Seoul")
    local = ends - pd.Timedelta(minutes=15)
    start, kwh = local.tz_convert("UTC").as_unit("ms").asi8, readings["Usage_kWh"].to_numpy(float)
    lagging = readings["Lagging_Current_Reactive.Power_kVarh"].to_numpy(float)
    net = lagging - readings["Leading_Current_Reactive_Power_kVarh"].to_numpy(float)
    cuts = [*np.flatnonzero(np.diff(local.month, prepend=0)).tolist(), len(start)]
    calendar, levy = Calendar.of(korean_holidays(2018)), levies(date(2026, 3, 1))
    rows = []
    for power in (0.0, 25.0, 50.0, 100.0, 1e6):
        rest = np.sign(net) * np.maximum(np.abs(net) - power / 4, 0)
        months = [
            Meter(start[a:b], kwh[a:b], np.maximum(rest, 0)[a:b], np.maximum(-rest, 0)[a:b])
            for a, b in pairwise(cuts)
        ]
        warned = History(power_factor_warned=True)
        bills = bill_year(months, CONTRACT, book, [levy] * 12, calendar, warned)
        won = sum(x.won for bill in bills for x in bill.lines if x.id.startswith("power_factor."))
        means = [bill.power_factor.lagging for bill in bills]
        name = "ideal" if power > 1e5 else f"{power:.0f} kvar" if power else "as it was"
        rows.append([name, f"{won:,}", f"{sum(bill.total for bill in bills):,}", f"{min(means):.0f}"])
    head = [
        "correction",
        "power-factor lines of the year [won]",
        "year's bill [won]",
        "worst month's mean [%]",
    ]
    return table(head, rows)


@workload("plan", "plans beside other programs: one site, 1,000 and 20,000 sites together, a year")
def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks plan")
    parser.add_argument("--sites", type=int, default=40)
    parser.add_argument("--coupled", type=int, default=1000)
    parser.add_argument("--large", type=int, default=20000)
    parser.add_argument("--every", type=int, default=4, help="quarter-hours between plans of the steel plant")
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--dry", action="store_true", help="write no page")
    chosen = parser.parse_args(arguments)
    parts = [
        one_site(chosen.sites, chosen.peers),
        coupled(chosen.coupled, chosen.large, chosen.peers),
        STEEL.format(every=chosen.every),
        steel(chosen.every),
        POWER_FACTOR,
        power_factor(),
        f"highspy {version('highspy')}, numba {version('numba')}; {machine()}.",
    ]
    text = "\n\n".join(parts)
    print(text)
    if not chosen.dry:
        write("plan", f"## Plans\n\nCPU time. `python -m benchmarks plan --peers FOLDER`\n\n{text}\n\n{NOTE}")
    return 0


STEEL = """\
The steel plant's 2018 at the tariff of 2026-04-16, HV-A option II, before value-added tax and power factor;
wear of 20 won per kWh given is taken off what is saved. The naive forecast is last week's, planned anew
every {every} quarter-hours, two days ahead; perfect foresight sees each month whole. Kept for a high load:
the peak is held for the forecast and the 95 % quantile of its own errors over four weeks. Demand: without,
perfect / naive."""
POWER_FACTOR = """\
What its power-factor lines would be if inverters took reactive power towards zero in every quarter-hour, at
the rule of 2025-02; with tax and fund in the bill, the first month's warning given."""
NOTE = """\
A difference of 1e-9 or less is rounding. Peers get the same sites; each is asked once before it is timed. The
linear programs of 1,000 sites are handed to their solvers as one sparse matrix, which spares them building
it. EMHASS runs at its default gap. Pyomo and GLOP were not asked. 20,000 sites are planned in a process of
their own; 680 MiB of its memory are Python, its libraries and the question."""
