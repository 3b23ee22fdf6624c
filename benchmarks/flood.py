"""A flood of alarms through the running watch: from a committed reading to an alarm that is written down.

python -m benchmarks flood [--points 10000] [--rounds 200] [--dry]

All points leave their bound in one minute; the list must stay usable and nothing may be lost. Then, with
all those alarms standing, one reading at a time makes one more alarm.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles

import pyarrow as pa
import shapely

from benchmarks.registry import workload
from benchmarks.report import machine, table, write
from sandan.access import Actor, Role
from sandan.clock import SystemClock
from sandan.control.model.alarms import Act, Event, Priority, Rule, RuleKind, Scope
from sandan.control.records.alarms import occurrences
from sandan.control.service.alarms.desk import AlarmDesk, open_desk
from sandan.control.service.alarms.lists import group_lines
from sandan.control.service.alarms.rules import put_rules
from sandan.control.service.alarms.watch import Watch, open_watch
from sandan.store import Store
from sandan.testing import temporary_store
from sandan.twin.model import Point, Thing
from sandan.twin.samples import SAMPLES
from sandan.words import Text

OPERATOR = Actor("operator", "operator", frozenset({Role.OPERATOR}))
ROOMS = ("sandan.control",)
SECOND = timedelta(seconds=1)
GOAL_MS = 200.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds, and milliseconds where it says so."""

    judged: float
    listed: float
    acknowledged: float
    p50: float
    p99: float


def lay_out(store: Store, count: int, now: datetime) -> list[Point]:
    """So many meters in a hundred halls, and a rule for each to leave its bound."""
    yard = shapely.box(0, 0, 1, 1)
    halls = [Thing(f"hall-{i}", "building", f"{i}동", geometry=yard) for i in range(100)]
    meters = [Thing(f"m{i}", "meter", f"{i}번", f"hall-{i % 100}") for i in range(count + 1000)]
    points = [Point(f"p{i}", f"m{i}", "active_power", SECOND, high=100) for i in range(count + 1000)]
    with store.registry.write() as conn:
        store.things.put(conn, [*halls, *meters])
        store.points.put(conn, points)
        store.sources.number(conn, "bench")
    rule = Rule(
        "above", Text("초과", "Above"), RuleKind.HIGH, Scope(quantities=frozenset({"active_power"})),
        priority=Priority.HIGH, consequence=Text("없음", "None"), response=Text("없음", "None"),
        response_time=SECOND,
    )  # fmt: skip
    put_rules(store, OPERATOR, 0, [rule], "bench", now)
    with store.registry.read() as conn:
        return store.points.all(conn)


def readings(points: Sequence[Point], value: float, at: datetime) -> pa.Table:
    """One value of each point."""
    n = len(points)
    return pa.table(
        {
            "point": [point.number for point in points],
            "start": [at] * n,
            "known_at": [at] * n,
            "source": [1] * n,
            "value": [value] * n,
            "quality": [0] * n,
        },
        schema=SAMPLES,
    )


def flood(store: Store, watch: Watch, desk: AlarmDesk, points: Sequence[Point], now: datetime) -> Measured:
    """All at once, then listed, then acknowledged."""
    began = time.perf_counter()
    watch.judge([readings(points, 150.0, now)], now)
    judged = time.perf_counter() - began
    with store.registry.read() as conn:
        assert len(occurrences(conn)) == len(points)
        assert len(store.events.find(conn, kind="AlarmRaised", limit=len(points) + 1)) == len(points)
    began = time.perf_counter()
    desk.reload(now)
    lines = desk.list.asking(OPERATOR)
    groups = group_lines(lines)
    listed = time.perf_counter() - began
    assert len(lines) == len(points)
    assert groups
    began = time.perf_counter()
    asked = [(line.id, Event(Act.ACKNOWLEDGE, occurrence=line.alarm.occurrence)) for line in lines]
    steps = desk.act(OPERATOR, asked, now + SECOND)
    acknowledged = time.perf_counter() - began
    assert len(steps.done) == len(points)
    return Measured(judged, listed, acknowledged, 0.0, 0.0)


async def one_by_one(watch: Watch, told: asyncio.Event, points: Sequence[Point]) -> list[float]:
    """Milliseconds from a committed reading to its alarm being written, one after the other."""
    running = asyncio.create_task(watch.run(SystemClock()))
    found = []
    for point in points:
        await asyncio.sleep(0.02)
        told.clear()
        began = time.perf_counter()
        watch.follow(readings([point], 150.0, datetime.now(UTC)))
        await told.wait()
        found.append((time.perf_counter() - began) * 1000)
    running.cancel()
    return found


def measure(count: int, rounds: int) -> Measured:
    """The flood, then single readings while it stands."""
    with temporary_store(rooms=ROOMS) as store:
        now = datetime.now(UTC)
        points = lay_out(store, count, now)
        told = asyncio.Event()
        watch = open_watch(store, now, told.set)
        desk = open_desk(store, now, layout=watch.layout)
        measured = flood(store, watch, desk, points[:count], now)
        times = asyncio.run(one_by_one(watch, told, points[count : count + rounds]))
    p99 = quantiles(times, n=100)[98]
    return Measured(measured.judged, measured.listed, measured.acknowledged, median(times), p99)


@workload("flood", "ten thousand alarms at once, and one more after another while they stand")
def run(arguments: Sequence[str]) -> int:
    """Measure and write down."""
    parser = argparse.ArgumentParser(prog="benchmarks flood")
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--dry", action="store_true")
    given = parser.parse_args(arguments)
    found = measure(given.points, min(given.rounds, 1000))
    rows = [
        [f"{given.points:,} alarms judged and written, events and all", f"{found.judged:.2f} s", ""],
        ["all of them read and grouped for the list", f"{found.listed:.2f} s", ""],
        ["all of them acknowledged in one act", f"{found.acknowledged:.2f} s", ""],
        ["one more reading to its alarm, median", f"{found.p50:.0f} ms", ""],
        ["the same, p99", f"{found.p99:.0f} ms", f"≤ {GOAL_MS:.0f} ms"],
    ]
    text = table(["what", "time", "goal"], rows)
    print(text)
    if not given.dry:
        load = os.getloadavg()[0]
        note = (
            f"SQLite, chDB; {machine()}, load {load:.1f}. No alarm was lost: each was counted in the store."
        )
        write("flood", f"## A flood of alarms\n\n{text}\n\n{note}")
    return 0
