"""Limits with delays, judged by Sandan and by rule engines that others use, over the same samples.

python -m benchmarks alarms_peers [--points 50000] [--rules 10000] [--fan 10] [--runs 3] [--dry]

Two tables of rules: what vmalert can say (a limit and an on-delay), and the same with deadband and
off-delay, which CLIPS can say too. All figures are samples for each second of CPU, and each engine must
tell the same alarms at the same instants.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import alarms_clips
from benchmarks.alarms import MINUTE, NAME, Stream
from benchmarks.alarms_loop import Loop, Told
from benchmarks.alarms_vmalert import Values, vmalert
from benchmarks.peers import victoria_version
from benchmarks.registry import workload
from benchmarks.report import machine, table, write
from sandan.control.engine.alarms.evaluation import Batch, evaluate, tick
from sandan.control.engine.alarms.memory import new_memory
from sandan.control.engine.alarms.scope import Pairs, lay_out_rules
from sandan.control.model.alarms import Rule, RuleKind, Scope
from sandan.twin.model import Point

STEPS = 30
"""Up to here every point of the stream speaks each minute: how silence is read differs between engines."""
CLIPS = "1.0.6"
DEADBAND = 0.3
FEW = 1_000
"""Points that CLIPS judges: with ten times as many it is half as fast."""

NOTES = """What they do more: vmalert judges any expression of PromQL over whatever is stored, and sends its
alerts by itself; CLIPS runs any production rule. What they do less: vmalert has neither deadband nor
off-delay; it was replayed, which asks the store once for a rule and all steps (live: once a step), and the
store's work is in its figure, as that is where its rules are judged. CLIPS gets slower with the number of
facts. Neither tells late data as late, nor keeps the states of ISA-18.2."""


def make_rules(rules: int, points: Sequence[Point], fan: int, *, whole: bool) -> list[Rule]:
    """High and low limits, delays of 0 to 2 minutes; `whole` with deadband and off-delay."""
    random = np.random.default_rng(1)
    made = []
    for i in range(rules):
        begin = int(random.integers(0, len(points) - fan))
        scope = Scope(points=frozenset(point.id for point in points[begin : begin + fan]))
        kind, sign = (RuleKind.HIGH, 1) if i % 2 else (RuleKind.LOW, -1)
        limit, delay = round(sign * float(random.uniform(1.5, 3.0)), 3), (i % 3) * MINUTE
        back = {"deadband": DEADBAND, "off_delay": delay} if whole else {}
        made.append(Rule(f"r{i}", NAME, kind, scope, limit, on_delay=delay, **back))
    return made


Measured = tuple[float, list[Told]]
"""CPU seconds, and what was told."""


@dataclass(slots=True)
class Engine:
    """What one engine took in each run [s of CPU], and what it told in the last."""

    name: str
    says: str
    samples: int
    seconds: list[float] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Samples a second of CPU, the median run."""
        return self.samples / median(self.seconds)

    def add(self, measured: Measured) -> None:
        seconds, self.told = measured
        self.seconds.append(seconds)
        print(f"{self.name}, {self.says}: {seconds:.2f} s of CPU, {len(self.told):,} changes", flush=True)


def judge_ours(pairs: Pairs, values: Values) -> Measured:
    """Each step is a batch; the clock ticks half a minute after it."""
    memory, told, seconds = new_memory(pairs), list[Told](), 0.0
    every = np.arange(len(pairs.points))
    for at, value in values:
        batch = Batch(every, np.full(len(every), at), value)
        began = time.process_time()
        outcomes = evaluate(pairs, memory, batch), tick(pairs, memory, at + 30_000)
        seconds += time.process_time() - began
        for c in (outcome.changes for outcome in outcomes):
            told += [(pairs.id(int(c.pair[i])), int(c.at[i]), bool(c.on[i])) for i in range(len(c))]
    return seconds, sorted(told)


def judge_loop(pairs: Pairs, values: Values) -> Measured:
    """Sample by sample and rule by rule in Python."""
    loop, told, seconds = Loop(pairs, len(pairs.points)), list[Told](), 0.0
    for at, value in values:
        rows = value.tolist()
        began = time.process_time()
        for point, one in enumerate(rows):
            loop.feed(point, at, one, told)
        seconds += time.process_time() - began
    return seconds, sorted(told)


def judge_clips(python: Path, pairs: Pairs, values: Values) -> Measured:
    """All samples of a step asserted, then run until nothing fires; the first points only."""
    watches = [
        {
            "id": pairs.id(i),
            "point": int(pairs.point[i]),
            "sign": float(pairs.sign[i]),
            "trip": float(pairs.trip[i]),
            "clear": float(pairs.clear[i]),
            "on_delay": int(pairs.on_delay[i]),
            "off_delay": int(pairs.off_delay[i]),
        }
        for i in range(int(pairs.first[FEW]))
    ]
    with tempfile.TemporaryDirectory(prefix="sandan-clips-") as name:
        folder = Path(name)
        (folder / "watches.json").write_text(json.dumps(watches))
        (folder / "steps.json").write_text(json.dumps([at for at, _ in values]))
        (folder / "values").write_bytes(np.concatenate([value[:FEW] for _, value in values]).tobytes())
        subprocess.run([python, alarms_clips.__file__, name], check=True)
        said = json.loads((folder / "told.json").read_text())
    return float(said["seconds"]), sorted((id, at, on) for id, at, on in said["told"])


@contextmanager
def environment(*packages: str) -> Iterator[Path]:
    """The Python of an environment that has these packages, and nothing of the project's."""
    with tempfile.TemporaryDirectory(prefix="sandan-peer-") as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = Path(folder) / "bin" / "python"
        pip = [python, "-m", "pip", "install", "--quiet", *packages]
        subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
        yield python


@workload("alarms_peers", "limits with delays, beside vmalert and CLIPS")
def run(arguments: Sequence[str]) -> int:
    """Measure and write the table; fails when an engine tells something else."""
    parser = argparse.ArgumentParser(prog="alarms_peers", description=__doc__)
    parser.add_argument("--points", type=int, default=50_000)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--fan", type=int, default=10)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--dry", action="store_true", help="print, do not write the page")
    options = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    points = [Point(f"p{i:06}", f"t{i // 4}", "active_power", MINUTE) for i in range(options.points)]
    values = [(int(start[0]), value) for _, start, value in Stream(options.points, STEPS)]
    rows: list[tuple[str, ...]] = []
    with environment(f"clipspy=={CLIPS}") as python:
        for whole in (False, True):
            rules = make_rules(options.rules, points, options.fan, whole=whole)
            pairs = lay_out_rules(rules, (), points)
            rows += _rows(_compare(pairs, values, python, options.runs, whole=whole), pairs)
    head = ("rules say", "engine", "samples a second of CPU", "Sandan is faster", "changes told", "as ours")
    text = f"""## Alarms beside other rule engines

{options.rules:,} high and low rules about {options.fan} points each ({len(pairs):,} pairs) over
{options.points:,} points, {STEPS} samples of each a minute apart. Medians of {options.runs} runs in turn;
CPU of all processes of an engine, without bringing samples and rules in. "As ours": the same alarms came
and went at the same instants. `python -m benchmarks alarms_peers`

{table(head, rows)}

vmalert and VictoriaMetrics {victoria_version()}, CLIPS 6.4 (clipspy {CLIPS}); {machine()},
NumPy {np.__version__}; {datetime.now(UTC):%Y-%m-%d}; load average {load:.1f}.

{NOTES}"""
    print(text)
    if not options.dry:
        write("alarms_peers", text)
    return 1 if any(row[-1] == "NO" for row in rows) else 0


def _compare(pairs: Pairs, values: Values, python: Path, runs: int, *, whole: bool) -> list[Engine]:
    says = "limit, on-delay, deadband, off-delay" if whole else "limit, on-delay"
    every, few = len(pairs.points) * len(values), FEW * len(values)
    ours, loop, joined, each = (
        Engine(name, says, every)
        for name in ("Sandan", "loop in Python", "vmalert, limits as series", "vmalert, a rule each")
    )
    clips = Engine(f"CLIPS, {FEW:,} of the points", says, few)
    for _ in range(runs):
        ours.add(_apart(judge_ours, pairs, values))
        loop.add(_apart(judge_loop, pairs, values))
        clips.add(judge_clips(python, pairs, values))
    if whole:
        return [ours, loop, clips]
    with vmalert(pairs, values) as store:
        for _ in range(runs):
            joined.add(store.judge_joined())
            each.add(store.judge_each())
    return [ours, loop, joined, each, clips]


def _apart(judge: Callable[[Pairs, Values], Measured], pairs: Pairs, values: Values) -> Measured:
    """In a process of its own, as the others are: what ran before would leave memory that is quick to get."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(judge, pairs, values).result()


def _agrees(one: Engine, ours: Engine, pairs: Pairs) -> bool:
    """Whether it told what Sandan told of the points that it judged."""
    if one.samples == ours.samples:
        return one.told == ours.told
    few = {pairs.id(i) for i in range(int(pairs.first[FEW]))}
    return one.told == [told for told in ours.told if told[0] in few]


def _rows(engines: Sequence[Engine], pairs: Pairs) -> Iterator[tuple[str, ...]]:
    ours = engines[0]
    for one in engines:
        ratio = "" if one is ours else f"{ours.rate / one.rate:.1f} ×"
        same = "yes" if _agrees(one, ours, pairs) else "NO"
        yield one.says, one.name, f"{one.rate:,.0f}", ratio, f"{len(one.told):,}", same
