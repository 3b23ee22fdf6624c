"""What if: a firm's slider, and the year of a complex run again, out of a store that holds all of it.

python -m benchmarks whatif [--firms 200] [--dry]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from benchmarks.registry import workload
from benchmarks.report import machine, table, write
from sandan.access import Actor, Role
from sandan.clock import QUARTER_HOUR, SEOUL, milliseconds
from sandan.energy.model.agreements import Agreement
from sandan.energy.model.rates import SLOT_MS, Floats
from sandan.energy.model.tariff import Contract, Kind, Option, Voltage
from sandan.energy.model.whatif import Addition, Wish
from sandan.energy.records.contracts import put_contracts
from sandan.energy.service.scenarios import run_scenario
from sandan.energy.service.whatif import Ask, Bases, run_year
from sandan.store import Store, open_store
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES

NOW = datetime(2026, 2, 1, 0, 10, tzinfo=SEOUL)
BEGIN = datetime(2025, 2, 1, tzinfo=SEOUL)
WISH = Wish(30.0, 20.0, 4.0)
QUANTITIES = ("active_energy", "reactive_energy_lagging", "reactive_energy_leading")
SLIDER, COMPLEX = 1.0, 60.0
"""Goals: CPU seconds of one move of a slider, and of the complex."""
RUNS = 5


@workload("whatif", "a firm's slider, and 200 firms' year run again with more roofs and batteries")
def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks whatif")
    parser.add_argument("--firms", type=int, default=200)
    parser.add_argument("--dry", action="store_true", help="write no page")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with open_store(f"sqlite:///{place / 'registry.db'}", f"chdb:///{place / 'historian'}") as store:
            samples = _fill(store, chosen.firms)
            first, moves = _slide(store)
            began, spent = time.perf_counter(), time.process_time()
            found = run_scenario(store, WISH, NOW, lambda done, whole: None)
            cpu, wall = time.process_time() - spent, time.perf_counter() - began
    assert found.after.won < found.before.won
    assert found.grounds.billed == chosen.firms
    rows = [
        ["a firm's page for the first time: its year read and billed", f"{first:.2f}", "", ""],
        ["a move of its slider (battery and roof)", f"{statistics.median(moves):.2f}", "", f"≤ {SLIDER:g}"],
        [
            f"the complex: {chosen.firms:,} firms × a year, read twice, billed twice, planned once",
            f"{cpu:.1f}",
            f"{1000 * cpu / chosen.firms:.0f}",
            f"≤ {COMPLEX:g}",
        ],
    ]
    head = ["what", "CPU [s]", "CPU a firm [ms]", "goal [s]"]
    about = (
        f"{samples:,} samples in the historian: {chosen.firms:,} meters × {len(QUANTITIES)} quantities ×\n"
        f"a year, twelve roofs. {WISH.roofs:g} % more roofs, {WISH.batteries:g} MWh ({WISH.hours:g} hours)\n"
        f"over all sites. CPU of the whole process, the historian's threads included; the complex took\n"
        f"{wall:.0f} s of wall on a machine that others used too. Slider: median of {RUNS}.\n"
        "`python -m benchmarks whatif`"
    )
    text = f"{about}\n\n{table(head, rows)}\n\n{machine()}."
    print(text)
    if not chosen.dry:
        write("whatif", f"## What if\n\n{text}")
    return 0 if statistics.median(moves) <= SLIDER and cpu <= COMPLEX else 1


def _slide(store: Store) -> tuple[float, list[float]]:
    """CPU seconds of a first look at a meter, and of some moves of its slider; a first of each warms up."""
    staff = Actor("bench", "bench", frozenset({Role.ENERGY}))
    moves, first = [], 0.0
    for meter in ("m-0", "m-1"):
        bases, spent = Bases(), time.process_time()
        base = bases.of(store, staff, meter, NOW)
        run_year(base, Ask(Addition(50.0, 200.0, 100.0)))
        first = time.process_time() - spent
        for k in range(RUNS):
            spent = time.process_time()
            run_year(bases.of(store, staff, meter, NOW), Ask(Addition(60.0 + k, 240.0, 100.0)))
            moves.append(time.process_time() - spent)
        moves = moves[-RUNS:]
    return first, moves


def _fill(store: Store, firms: int) -> int:
    """A complex of this many firms, metered for a year; gives the number of samples."""
    chance = np.random.default_rng(7)
    spot = shapely.Point(126.8, 37.3)
    powers = chance.choice([200.0, 400.0, 800.0, 2000.0], firms)
    things = [Thing("line", "feeder", "line", attributes={"capacity": 1e5})]
    things.append(Thing("tr", "transformer", "tr", attributes={"feeder": "line"}))
    points: list[Point] = []
    for i in range(firms):
        things += [
            Thing(f"b-{i}", "building", f"b {i}", attributes={"roof_area": 2000.0}),
            Thing(f"f-{i}", "firm", f"f {i}", tenant=f"f-{i}", attributes={"building": f"b-{i}"}),
            Thing(
                f"m-{i}", "meter", f"m {i}", tenant=f"f-{i}", geometry=spot, attributes={"transformer": "tr"}
            ),
        ]
        points += [Point(f"m-{i}.{q}", f"m-{i}", q, QUARTER_HOUR, f"f-{i}") for q in QUANTITIES]
    for i in range(12):
        size = {"capacity": 150.0, "tilt": 15.0, "azimuth": 180.0}
        things.append(
            Thing(f"pv-{i}", "pv", f"pv {i}", f"b-{i}", tenant=f"f-{i}", geometry=spot, attributes=size)
        )
        points.append(
            Point(f"pv-{i}.generation_energy", f"pv-{i}", "generation_energy", QUARTER_HOUR, f"f-{i}")
        )
    with store.registry.write() as conn:
        store.things.put(conn, things)
        store.points.put(conn, points)
        numbers = {one.id: one.number for one in store.points.all(conn)}
        source = store.sources.number(conn, "bench")
        contracts = [Contract(Kind.INDUSTRIAL_B, Voltage.HIGH_A, Option.II, float(one)) for one in powers]
        put_contracts(conn, [Agreement(f"m-{i}", date(2024, 1, 1), one) for i, one in enumerate(contracts)])
    start = np.arange(milliseconds(BEGIN), milliseconds(NOW) // SLOT_MS * SLOT_MS, SLOT_MS, dtype=np.int64)
    for i in range(firms):
        energy = _load(start, powers[i], chance)
        courses = dict(zip(QUANTITIES, (energy, 0.35 * energy, 0.02 * energy), strict=True))
        _append(store, {numbers[f"m-{i}.{name}"]: course for name, course in courses.items()}, start, source)
    shine = 30.0 * np.clip(np.cos((_hour(start) - 12.5) / 12 * np.pi), 0, None)
    _append(
        store,
        {numbers[f"pv-{i}.generation_energy"]: shine * chance.uniform(0.5, 1) for i in range(12)},
        start,
        source,
    )
    return len(start) * (firms * len(QUANTITIES) + 12)


def _hour(start: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Floats:
    return np.asarray((start + 9 * 3_600_000) % 86_400_000 / 3_600_000)


def _load(
    start: np.ndarray[tuple[int], np.dtype[np.int64]], power: float, chance: np.random.Generator
) -> Floats:
    """Quarter-hours of a works that is busy by day on five days of seven [kWh]."""
    day = (start + 9 * 3_600_000) // 86_400_000
    busy = np.where((day + 3) % 7 < 5, 1.0, 0.2)
    hump = np.exp(-(((_hour(start) - 14) / 4) ** 2)) * busy
    return np.asarray(power / 4 * (0.15 + 0.6 * hump * (1 + 0.2 * chance.random(len(start)))))


def _append(
    store: Store,
    courses: dict[int, Floats],
    start: np.ndarray[tuple[int], np.dtype[np.int64]],
    source: int,
) -> None:
    n = len(start) * len(courses)
    each = np.tile(start, len(courses))
    columns = (
        np.repeat(np.array(list(courses)), len(start)),
        each,
        each + SLOT_MS,
        np.full(n, source),
        np.concatenate(list(courses.values())),
        np.zeros(n),
    )
    arrays = [
        pa.array(column.astype(np.float64 if field.name == "value" else np.int64)).cast(field.type)
        for column, field in zip(columns, SAMPLES, strict=True)
    ]
    store.historian.append(pa.table(arrays, schema=SAMPLES))
