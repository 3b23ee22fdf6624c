"""Where a smell comes from: made-up smells with 50 sensors, factor-2 noise and a biased wind.

python -m benchmarks odour [--cases 40] [--dry]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from importlib.metadata import version

from benchmarks.registry import workload
from benchmarks.report import machine, table, write
from sandan.control.engine.odour import invent_smell, scatter_sensors, try_network
from sandan.control.model.hazard import Stability
from sandan.control.model.odour import Area, OdourParams

AREA = Area(0, 0, 5000, 5000)
SENSORS, DETECTION = 50, 2e-6
HELD, ERROR = 0.85, 60.0
"""Share of regions that must hold the source, and the median error allowed [m]."""
KNOWN = OdourParams(sigma_sets=("briggs_rural",), class_error=0)
BLIND = OdourParams(sigma_sets=("briggs_rural",), class_error=0, bias_sd=0, spread_sd=0)


@workload("odour", "the source of a smell under a biased wind: 85 % held, 60 m off at most")
def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks odour")
    parser.add_argument("--cases", type=int, default=40)
    parser.add_argument("--dry", action="store_true", help="write no page")
    chosen = parser.parse_args(arguments)
    rows, good = [], True
    for about, params, bias, jitter, sigma_set, bound in (
        ("plume not known (default)", OdourParams(), 10.0, 0.0, "briggs_rural", True),
        ("the same, truth urban", OdourParams(), 10.0, 0.0, "briggs_urban", True),
        ("plume known", KNOWN, 10.0, 0.0, "briggs_rural", True),
        ("plume known, 3° more in each window", KNOWN, 10.0, 3.0, "briggs_rural", True),
        ("the wind's error ignored", BLIND, 10.0, 0.0, "briggs_rural", False),
    ):
        made = [
            invent_smell(
                AREA,
                scatter_sensors(AREA, SENSORS, DETECTION, 1000 + seed),
                seed,
                bias=bias,
                jitter=jitter,
                sigma_set=sigma_set,
                stability=Stability.D,
            )
            for seed in range(chosen.cases)
        ]
        begin = time.process_time()
        trial = try_network(made, params)
        seconds = (time.process_time() - begin) / chosen.cases
        if bound:
            good &= trial.held >= HELD * trial.cases and trial.median_error <= ERROR
        rows.append(
            [
                about,
                f"{trial.held} of {trial.cases}",
                f"{trial.median_error:.0f}",
                f"{trial.median_area / 1e4:.1f}",
                f"{seconds:.2f}",
            ]
        )
    head = ["model", "region held the source", "median error [m]", "median region [ha]", "CPU s a case"]
    text = f"{table(head, rows)}\n\nnumba {version('numba')}; {machine()}."
    print(text)
    if not chosen.dry:
        write("odour", f"## Where a smell comes from\n\n`python -m benchmarks odour`\n\n{text}")
    return 0 if good else 1
