"""Bills: every firm of a large complex, one month of quarter-hours with reactive energy.

python -m benchmarks bills [--firms 20000] [--dry]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from datetime import date

import numpy as np

from benchmarks.registry import workload
from benchmarks.report import machine, table, write
from sandan.clock import SEOUL, Period, korean_holidays
from sandan.energy.engine.tariff import Calendar, Fleet, bill_many, levies, options
from sandan.energy.model.rates import SLOT_MS
from sandan.energy.model.tariff import Contract, Kind, Option, Voltage

GOAL = 30.0
"""Seconds on two cores for 20,000 firms."""
RUNS = 3
SORTS = (
    (Kind.INDUSTRIAL_B, Voltage.HIGH_A),
    (Kind.INDUSTRIAL_A2, Voltage.HIGH_A),
    (Kind.INDUSTRIAL_A1, Voltage.LOW),
    (Kind.GENERAL_B, Voltage.HIGH_A),
)


@workload("bills", "20,000 firms billed for a month of quarter-hours")
def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks bills")
    parser.add_argument("--firms", type=int, default=20_000)
    parser.add_argument("--dry", action="store_true", help="write no page")
    chosen = parser.parse_args(arguments)
    fleet, contracts = _invent(chosen.firms)
    levy = levies(date(2026, 7, 1), fuel=5.0)
    calendar = Calendar.of(korean_holidays(2026))
    bill_many(Fleet(fleet.start, fleet.energy[:4]), contracts[:4], levy, calendar)
    rows, walls = [], []
    for name, many in (
        ("energy and demand only", Fleet(fleet.start, fleet.energy)),
        ("with power factors by half-hours", fleet),
    ):
        wall, cpu, total, lines = [], [], 0, 0
        for _ in range(RUNS):
            began, spent = time.perf_counter(), time.process_time()
            bills = bill_many(many, contracts, levy, calendar)
            wall.append(time.perf_counter() - began)
            cpu.append(time.process_time() - spent)
            total = sum(bill.total for bill in bills)
            lines = sum(len(bill.lines) for bill in bills)
            assert all(sum(line.won for line in bill.lines) == bill.total for bill in bills)
        walls.append(statistics.median(wall))
        each = statistics.median(cpu) / chosen.firms * 1e6
        rows.append(
            [
                name,
                f"{statistics.median(wall):.1f}",
                f"{statistics.median(cpu):.1f}",
                f"{each:.0f}",
                f"{lines:,}",
                f"{total / 1e8:,.0f}",
            ]
        )
    head = ["what", "time [s]", "CPU [s]", "CPU a bill [µs]", "lines", "billed [억 won]"]
    about = (
        f"{chosen.firms:,} firms × {len(fleet.start):,} quarter-hours ({fleet.energy.size:,} readings of\n"
        f"each kind), four kinds of contract in all options, half of them deferred; medians of {RUNS}.\n"
        f"Goal: ≤ {GOAL:.0f} s on two cores; one is used. `python -m benchmarks bills`"
    )
    text = f"{about}\n\n{table(head, rows)}\n\n{machine()}."
    print(text)
    if not chosen.dry:
        write("bills", f"## Bills\n\n{text}")
    return 0 if max(walls) <= GOAL else 1


def _invent(firms: int) -> tuple[Fleet, list[Contract]]:
    """Loads of a July: day shapes of their own size, 1 % of the quarter-hours missing."""
    random = np.random.default_rng(1)
    begin = Period.day(date(2026, 7, 1)).start.astimezone(SEOUL)
    start = round(begin.timestamp() * 1000) + SLOT_MS * np.arange(31 * 96, dtype=np.int64)
    hour = np.arange(len(start)) % 96 / 4
    shape = 0.3 + 0.7 * np.exp(-(((hour - 14) / 4.5) ** 2))
    size = random.lognormal(4, 1, firms)
    energy = (size[:, None] * shape).astype(np.float64)
    energy *= random.uniform(0.6, 1.1, energy.shape)
    energy[random.random(energy.shape) < 0.01] = np.nan
    lagging = energy * random.uniform(0.2, 0.6, (firms, 1))
    leading = np.where(hour < 6, energy * 0.1, 0.0)
    return Fleet(start, energy, lagging, leading), [_contract(i, float(size[i])) for i in range(firms)]


def _contract(i: int, size: float) -> Contract:
    kind, voltage = SORTS[i % len(SORTS)]
    choice: tuple[Option, ...] = options(kind, voltage)
    return Contract(
        kind,
        voltage,
        choice[i // len(SORTS) % len(choice)],
        power=round(5 * size) + 5,
        deferred_until=date(2026, 9, 30) if i % 2 else None,
        demand_meter=voltage is not Voltage.LOW,
    )
