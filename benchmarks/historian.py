"""The historian beside PostgreSQL and VictoriaMetrics: appending, reading, size on disk.

python -m benchmarks historian [--steps 400] [--loads 3] [--reads 9] [--alone] [--dry]
"""

from __future__ import annotations

import argparse
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import chdb
import numpy as np
import pyarrow as pa

from benchmarks.meters import BEGIN, Meters
from benchmarks.peers import Peer, postgresql, victoriametrics
from benchmarks.registry import workload
from benchmarks.report import machine, table, write
from sandan.clock import Period
from sandan.store.historian import Historian, open_historian
from sandan.twin.model import Point

FIRMS = 1_000
QUARTER_HOUR = timedelta(minutes=15)
GOALS = {
    "append": ("durable append [samples/s]", "≥ 500,000"),
    "slowest": ("… slowest tenth of a load [samples/s]", ""),
    "point_day": ("one point, one day [ms]", "≤ 20"),
    "firms_day": ("1,000 firms × one day, summed by 15 min [ms]", "≤ 300"),
    "latest": ("latest of all points [ms]", "≤ 150"),
    "size": ("on disk [bytes/sample]", "≤ 6"),
}


class Sandan:
    """The historian in this process, asked as the peers are."""

    name = "Sandan"
    version = f"chDB {chdb.engine_version}"

    def __init__(self, historian: Historian, points: int) -> None:
        self._historian = historian
        self._points = [
            Point(f"p{n}", "meter", "active_energy", QUARTER_HOUR, number=n) for n in range(points)
        ]

    def encode(self, batch: pa.Table) -> pa.Table:
        return batch

    def append(self, encoded: pa.Table) -> None:
        self._historian.append(encoded)

    def settle(self) -> None:
        """Nothing to do: what was appended is readable."""

    def point_day(self, point: int, day: Period) -> int:
        return int(self._historian.scan([self._points[point]], day).num_rows)

    def firms_day(self, points: Sequence[int], day: Period) -> int:
        chosen = [self._points[n] for n in points]
        return int(self._historian.roll(chosen, day, "15min", across=True).num_rows)

    def latest(self) -> int:
        return int(self._historian.latest().num_rows)

    def size(self) -> int:
        return self._historian.size()


@contextmanager
def sandan(points: int) -> Iterator[Sandan]:
    folder = Path(tempfile.mkdtemp(prefix="sandan-historian-"))
    try:
        with open_historian(f"chdb:///{folder}/h", sources=lambda stream: {1}) as historian:
            yield Sandan(historian, points)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Measured:
    """One load of one store, and what reading it took [s]."""

    append: float
    slowest: float
    point_day: float
    firms_day: float
    latest: float
    size: float


def measure(store: Peer | Sandan, meters: Meters, reads: int) -> Measured:
    """Load all batches one after another, then ask each question `reads` times."""
    seconds, rows = [], []
    for batch in meters.batches():
        encoded = store.encode(batch)
        begin = time.perf_counter()
        store.append(encoded)
        seconds.append(time.perf_counter() - begin)
        rows.append(batch.num_rows)
    store.settle()
    random = np.random.default_rng(7)
    begin = datetime.fromtimestamp(BEGIN / 1000, UTC)
    days = [
        Period(begin + timedelta(days=d), begin + timedelta(days=d + 1)) for d in range(meters.steps // 96)
    ]
    firms = [sorted(random.choice(meters.points, FIRMS, replace=False).tolist()) for _ in range(reads)]
    singles = random.integers(0, meters.points, reads).tolist()
    tenths = np.array_split(np.arange(len(rows)), 10)
    return Measured(
        append=sum(rows) / sum(seconds),
        slowest=min(sum(rows[i] for i in t) / sum(seconds[i] for i in t) for t in tenths),
        point_day=_median(reads, 96, lambda i: store.point_day(singles[i], days[i % len(days)])),
        firms_day=_median(reads, 96, lambda i: store.firms_day(firms[i], days[i % len(days)])),
        latest=_median(reads, meters.points, lambda _: store.latest()),
        size=store.size() / meters.kept,
    )


def _median(reads: int, expected: int, ask: Callable[[int], int]) -> float:
    """The median time of an answer; a wrong answer ends the benchmark."""
    seconds = []
    for i in range(reads):
        begin = time.perf_counter()
        found = ask(i)
        seconds.append(time.perf_counter() - begin)
        if found != expected:
            raise SystemExit(f"expected {expected} rows, got {found}")
    return median(seconds)


@workload("historian", "appending and reading samples, beside PostgreSQL and VictoriaMetrics")
def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks historian")
    parser.add_argument("--points", type=int, default=50_000)
    parser.add_argument("--steps", type=int, default=400, help="batches of one sample a point")
    parser.add_argument("--loads", type=int, default=3, help="how often everything is loaded anew")
    parser.add_argument("--reads", type=int, default=9)
    parser.add_argument("--alone", action="store_true", help="without the peers")
    parser.add_argument("--dry", action="store_true", help="do not write the reference page")
    options = parser.parse_args(arguments)
    meters = Meters(options.points, options.steps)
    openers: list[Callable[[], object]] = [lambda: sandan(meters.points)]
    if not options.alone:
        openers += [lambda: postgresql(meters.points), lambda: victoriametrics(meters.steps)]
    results: dict[str, list[Measured]] = {}
    versions: dict[str, str] = {}
    for _ in range(options.loads):
        for opener in openers:
            with opener() as store:  # type: ignore[attr-defined]  # three context managers of one shape
                measured = measure(store, meters, options.reads)
                print(store.name, store.version, measured, flush=True)
                results.setdefault(store.name, []).append(measured)
                versions[store.name] = store.version
    text = _page(meters, options.loads, options.reads, results, versions)
    print(text)
    if not options.dry:
        write("historian", text)
    return 0


def _page(
    meters: Meters, loads: int, reads: int, results: dict[str, list[Measured]], versions: dict[str, str]
) -> str:
    ours, *peers = results
    head = ["", "goal", ours, *(column for peer in peers for column in (peer, "ratio"))]
    rows = []
    for field, (label, goal) in GOALS.items():
        found = {name: median(getattr(load, field) for load in all_) for name, all_ in results.items()}
        row = [label, goal, _shown(field, found[ours])]
        for peer in peers:
            better = found[peer] / found[ours]
            if field in ("append", "slowest"):
                better = 1 / better
            row += [_shown(field, found[peer]), f"{better:.1f} ×"]
        rows.append(row)
    stores = ", ".join(f"{name} ({version})" for name, version in versions.items())
    return f"""## Historian

{meters.points:,} points, {meters.steps:,} batches of about {meters.points:,} samples
({meters.kept:,} kept; 1 % late, 0.5 % sent twice). Medians of {loads} loads, each asked {reads} times;
a ratio above 1 means that Sandan is better. `python -m benchmarks historian`

{table(head, rows)}

{stores}; {machine()}; {platform.system()} {platform.release()}; {datetime.now(UTC):%F}.

Sandan and PostgreSQL have a batch on disk when the append returns; VictoriaMetrics has not, and keeps
neither corrections nor `known_at`. PostgreSQL and VictoriaMetrics get their batches already encoded;
PostgreSQL keeps duplicates and folds them when reading."""


def _shown(field: str, value: float) -> str:
    if field in ("append", "slowest"):
        return f"{value:,.0f}"
    return f"{value:.2f}" if field == "size" else f"{value * 1000:,.1f}"
