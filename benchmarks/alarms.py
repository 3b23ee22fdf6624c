"""Alarm rules over committed batches: samples judged per second, beside a loop in Python.

python -m benchmarks alarms [--points 50000] [--rules 10000] [--steps 60] [--fan 10] [--dry]

Each rule is about `fan` points. Six in ten are high or low limits with deadband and delays; the rest are
rates, frozen and silent signals, states, and half-hour means. Every minute each point sends one value.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from benchmarks.alarms_loop import Loop, Told
from benchmarks.registry import workload
from benchmarks.report import machine, table, write
from sandan.control.engine.alarms.evaluation import Batch, evaluate, tick
from sandan.control.engine.alarms.memory import new_memory
from sandan.control.engine.alarms.scope import Pairs, lay_out_rules
from sandan.control.model.alarms import Rule, RuleKind, Scope, Window
from sandan.twin.model import Point
from sandan.words import Text

BEGIN, MINUTE = 1_772_600_400_000, timedelta(minutes=1)
GOAL = 500_000
"""Samples a second and core."""
LOOP_POINTS, DENSE = 1_000, 10
NAME = Text("규칙", "Rule")


def make_rules(rules: int, points: Sequence[Point], fan: int, seed: int) -> list[Rule]:
    """So many rules, each about `fan` points that stand together somewhere."""
    random = np.random.default_rng(seed)
    made = []
    for i in range(rules):
        begin = int(random.integers(0, len(points) - fan))
        scope = Scope(points=frozenset(point.id for point in points[begin : begin + fan]))
        made.append(_rule(f"r{i}", i % 20, scope, float(random.uniform(2.3, 3.5))))
    return made


def _rule(id: str, turn: int, scope: Scope, limit: float) -> Rule:
    match turn:
        case 0 | 1:
            window = Window(30 * MINUTE, 30 * MINUTE, coverage=0.5)
            return Rule(id, NAME, RuleKind.HIGH, scope, limit / 8, window=window)
        case 2 | 3:
            return Rule(id, NAME, RuleKind.RATE, scope, limit * 1.6)
        case 4:
            return Rule(id, NAME, RuleKind.FROZEN, scope, 0.01, on_delay=5 * MINUTE)
        case 5 | 6:
            return Rule(id, NAME, RuleKind.STALE, scope)
        case 7:
            return Rule(id, NAME, RuleKind.STATE, scope, states=frozenset({3.0, 4.0}))
    kind, sign = (RuleKind.HIGH, 1) if turn % 2 else (RuleKind.LOW, -1)
    delay = timedelta(seconds=(turn % 3) * 30)
    return Rule(id, NAME, kind, scope, sign * limit, deadband=0.3, on_delay=delay, off_delay=delay)


@dataclass(frozen=True, slots=True)
class Stream:
    """One value of each point a minute: noise about a level that wanders; 1 % frozen, 1 % silent a while."""

    points: int
    steps: int
    seed: int = 1

    def __iter__(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]]:
        random = np.random.default_rng(self.seed)
        level, every = np.zeros(self.points), np.arange(self.points)
        for step in range(self.steps):
            level = 0.95 * level + random.normal(0, 0.25, self.points)
            value = np.round(level + random.normal(0, 0.1, self.points), 2)
            value[every % 100 == 7] = 1.0
            sends = (every % 100 != 13) | (step % 40 < 30)
            yield every[sends], np.full(sends.sum(), BEGIN + step * 60_000), value[sends]


def run_engine(pairs: Pairs, stream: Stream) -> tuple[list[float], list[float], list[Told]]:
    """CPU seconds of each batch and each tick, and what was told."""
    memory, batches, ticks, told = new_memory(pairs), [], [], []
    evaluate(pairs, new_memory(pairs), Batch(*next(iter(stream))))  # what is compiled is loaded
    for point, start, value in stream:
        batch = Batch(point, start, value)
        began = time.thread_time()
        first = evaluate(pairs, memory, batch)
        between = time.thread_time()
        second = tick(pairs, memory, int(start[0]) + 30_000)
        batches.append(between - began)
        ticks.append(time.thread_time() - between)
        for c in (first.changes, second.changes):
            told += [(pairs.id(int(c.pair[i])), int(c.at[i]), bool(c.on[i])) for i in range(len(c))]
    return batches, ticks, told


def run_loop(pairs: Pairs, stream: Stream, points: int) -> tuple[float, int, list[Told]]:
    """CPU seconds, samples and what was told, for the first `points` points."""
    loop, told, seconds, samples = Loop(pairs, points), list[Told](), 0.0, 0
    for point, start, value in stream:
        rows = list(zip(point.tolist(), start.tolist(), value.tolist(), strict=True))
        rows = rows[: int(np.searchsorted(point, points))]
        began = time.thread_time()
        for row in rows:
            loop.feed(*row, told)
        seconds += time.thread_time() - began
        samples += len(rows)
    return seconds, samples, told


def same(pairs: Pairs, ours: Sequence[Told], loop: Sequence[Told], points: int) -> bool:
    """Whether both say the same; what the loop would only learn from the next sample aside."""
    last = max((at for _, at, _ in loop), default=0) - 600_000
    few = {pairs.id(i) for i in range(int(pairs.first[points]))}
    few -= {pairs.id(i) for i in np.flatnonzero(pairs.kind == list(RuleKind).index(RuleKind.STALE)).tolist()}
    wanted = sorted(one for one in ours if one[0] in few and one[1] < last)
    return wanted == sorted(one for one in loop if one[1] < last)


@workload("alarms", "rules over committed batches, samples per second")
def run(arguments: Sequence[str]) -> int:
    """Measure and write the table; fails when the loop tells something else."""
    parser = argparse.ArgumentParser(prog="alarms", description=__doc__)
    parser.add_argument("--points", type=int, default=50_000)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--fan", type=int, default=10)
    parser.add_argument("--dry", action="store_true", help="print, do not write the page")
    options = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    points = [Point(f"p{i:06}", f"t{i // 4}", "active_power", MINUTE) for i in range(options.points)]
    rules = make_rules(options.rules, points, options.fan, 1)
    began = time.perf_counter()
    pairs = lay_out_rules(rules, (), points)
    laid = time.perf_counter() - began
    stream = Stream(options.points, options.steps)
    batches, ticks, told = run_engine(pairs, stream)
    loop_points = min(LOOP_POINTS, options.points)
    seconds, samples, loop_told = run_loop(pairs, stream, loop_points)
    agree = same(pairs, told, loop_told, loop_points)
    judged = sum(len(point) for point, _, _ in stream)
    dense = lay_out_rules(make_rules(options.rules, points, DENSE * options.fan, 2), (), points)
    few = Stream(options.points, min(options.steps, 31))
    dense_batches = run_engine(dense, few)[0]
    dense_rate = sum(len(point) for point, _, _ in few) / sum(dense_batches)
    ours, theirs = judged / sum(batches), samples / seconds
    whole = judged / (sum(batches) + sum(ticks))
    text = f"""## Alarms

{options.rules:,} rules about {options.fan} points each ({len(pairs):,} pairs) over {options.points:,} points;
{options.steps} batches of one value of each point, {judged:,} samples; after each batch the clock ticks. One
thread, times are CPU seconds. The loop judges the samples of {loop_points:,} of the points by the same rules,
except the silent ones which only the clock can tell; it told the same alarms ({len(loop_told):,} changes):
{"yes" if agree else "NO"}.
`python -m benchmarks alarms`

""" + table(
        ("", "goal", "Sandan", "loop in Python", "ratio"),
        [
            ("samples a second", f"≥ {GOAL:,}", f"{ours:,.0f}", f"{theirs:,.0f}", f"{ours / theirs:.0f} ×"),
            ("… with a tick after each batch", "", f"{whole:,.0f}", "", ""),
            (f"… each rule about {DENSE} times as many points", "", f"{dense_rate:,.0f}", "", ""),
            _line("a batch, median / p99 [ms]", batches),
            _line("a tick of the clock, median / p99 [ms]", ticks),
            ("laying out rules [s]", "", f"{laid:.1f}", "", ""),
            ("alarms told or taken back", "", f"{len(told):,}", "", ""),
        ],
    )
    text += f"\n\n{machine()}, NumPy {np.__version__}; {datetime.now(UTC):%Y-%m-%d}; load average {load:.1f}."
    print(text)
    if not options.dry:
        write("alarms", text)
    return 0 if agree else 1


def _line(name: str, seconds: Sequence[float]) -> tuple[str, ...]:
    middle, high = np.quantile(np.array(seconds) * 1000, [0.5, 0.99])
    return name, "", f"{middle:.0f} / {high:.0f}", "", ""
