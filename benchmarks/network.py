"""The feeder check: a day of quarter-hours on a network of 20,001 nodes, and the same beside pandapower.

python -m benchmarks network [--nodes 20001] [--pandapower PYTHON] [--dry]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.registry import workload
from benchmarks.report import machine, table, write
from sandan.energy.engine.network import compute_flow
from sandan.energy.model.network import Flow, Grid, GridParams, Lines, Transformers
from sandan.energy.model.rates import Floats

SLOTS = 96
RUNS = 3
PEER_SLOTS = 2
BEHIND = 20
"""Nodes behind each transformer: its busbar and the meters on it."""
ALONG = 50
"""Transformers along a feeder."""
PARAMS = GridParams("", "", power_factor=0.93, source_voltage=1.02)


@workload("network", "96 power flows of a network of 20,001 nodes")
def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks network")
    parser.add_argument("--nodes", type=int, default=20_001)
    parser.add_argument("--pandapower", help="an interpreter that has pandapower")
    parser.add_argument("--dry", action="store_true", help="write no page")
    chosen = parser.parse_args(arguments)
    grid = _invent(chosen.nodes)
    power = _powers(len(grid.meters))
    reactive = power * np.tan(np.arccos(PARAMS.power_factor))
    rows: list[list[str]] = []
    flows: dict[str, Flow] = {}
    each: dict[str, float] = {}
    for method in ("iterative_current", "newton_raphson"):
        spent = []
        for _ in range(RUNS):
            began = time.process_time()
            flows[method] = compute_flow(grid, power, PARAMS, reactive, method=method)
            spent.append(time.process_time() - began)
        each[method] = statistics.median(spent) / SLOTS
        rows.append([method.replace("_", " "), f"{SLOTS}", f"{statistics.median(spent):.2f}", "", ""])
    flow = flows["iterative_current"]
    apart = float(np.abs(flow.voltage - flows["newton_raphson"].voltage).max())
    rows[1][4] = f"{apart:.0e}"
    if chosen.pandapower:
        cpu, off = _peer(chosen.pandapower, grid, power, reactive, flow)
        each["pandapower"] = cpu
        rows.append(["pandapower", f"{PEER_SLOTS}", f"{cpu * PEER_SLOTS:.2f}", "", f"{off:.0e}"])
    for row, name in zip(rows, each, strict=True):
        row[3] = f"{each[name] * 1e3:.1f}"
    head = ["method", "flows", "CPU [s]", "CPU a flow [ms]", "voltages differ by at most"]
    peer = "pandapower's is the flow alone, after a first one untimed.\n" if chosen.pandapower else ""
    about = (
        f"{len(grid.nodes):,} nodes ({len(grid.feeders)} feeders, {len(grid.transformers.ids):,} "
        f"transformers, {len(grid.meters):,} meters),\neach load different each quarter-hour; lowest voltage "
        f"{np.nanmin(flow.voltage):.3f},\n{len(flow.unsolved)} quarter-hours without a solution. "
        f"Medians of {RUNS} runs on a shared machine; ours with building\nthe model, checking the input, "
        "loadings and losses.\n"
        f"{peer}"
        "`python -m benchmarks network [--pandapower PYTHON]`"
    )
    text = f"{about}\n\n{table(head, rows)}\n\n{machine()}."
    print(text)
    if not chosen.dry:
        write("network", f"## Feeder check\n\n{text}")
    return 0


def _powers(meters: int) -> Floats:
    random = np.random.default_rng(1)
    hour = np.arange(SLOTS) / 4
    shape = 0.3 + 0.7 * np.exp(-(((hour - 14) / 4.5) ** 2))
    return random.uniform(0.5, 3.0, (meters, 1)) * shape * random.uniform(0.7, 1.3, (meters, SLOTS))


def _invent(nodes: int) -> Grid:
    """Feeders of transformers 100 m apart, each with a busbar and meters on cables of 20–60 m."""
    random = np.random.default_rng(2)
    transformers = max(1, -(-(nodes - 1) // (1 + BEHIND)))
    voltage, lines, pairs, at, heads = [22.9], [], [], [], []
    place = 0
    for k in range(transformers):
        start = 0 if k % ALONG == 0 else place
        if k % ALONG == 0:
            heads.append(len(lines))
        place = len(voltage)
        voltage.append(22.9)
        lines.append((start, place, 0.1, 0.122, 0.134, 304e-9, 421.0))
        low = len(voltage)
        voltage.append(0.38)
        pairs.append((place, low))
        for _ in range(BEHIND - 1):
            if len(voltage) >= nodes:
                break
            meter = len(voltage)
            voltage.append(0.38)
            lines.append((low, meter, random.uniform(0.02, 0.06), 0.208, 0.096, 261e-9, 270.0))
            at.append(meter)
    start_, end_, km, r, x, c, rating = (np.array(column) for column in zip(*lines, strict=True))
    count = len(pairs)
    feeders = tuple(f"f{i}" for i in range(len(heads)))
    names = tuple(str(i) for i in range(len(voltage)))
    return Grid(
        names,
        names,
        np.zeros((len(voltage), 2)),
        np.array(voltage),
        Lines(
            tuple(str(i) for i in range(len(lines))),
            tuple(str(i) for i in range(len(lines))),
            start_.astype(np.int64),
            end_.astype(np.int64),
            km * 1000,
            km * r,
            km * x,
            km * c,
            rating,
        ),
        Transformers(
            tuple(str(i) for i in range(count)),
            np.array([pair[0] for pair in pairs]),
            np.array([pair[1] for pair in pairs]),
            np.full(count, 250.0),
            np.full(count, 0.06),
            np.full(count, 0.0144),
            np.full(count, 0.0032),
            np.full(count, 0.0032),
        ),
        tuple(str(i) for i in range(len(at))),
        np.array(at),
        np.array([0]),
        feeders,
        np.array(heads),
        np.full(len(feeders), np.nan),
        (),
        (),
    )


def _peer(python: str, grid: Grid, power: Floats, reactive: Floats, flow: Flow) -> tuple[float, float]:
    """CPU time of one of pandapower's flows, and by how much its voltages differ."""
    lines, these = grid.lines, grid.transformers
    columns = [lines.start, lines.end, lines.resistance, lines.reactance, lines.capacitance, lines.rating]
    wound = [
        these.start,
        these.end,
        these.rating,
        these.impedance,
        these.load_loss,
        these.no_load_loss,
        these.no_load_current,
    ]
    slots = np.linspace(0, SLOTS - 1, PEER_SLOTS).astype(int)
    plain = {
        "hertz": PARAMS.hertz,
        "source_voltage": PARAMS.source_voltage,
        "nominal": grid.nominal.tolist(),
        "sources": grid.sources.tolist(),
        "lines": list(zip(*(column.tolist() for column in columns), strict=True)),
        "transformers": list(zip(*(column.tolist() for column in wound), strict=True)),
        "at": grid.at.tolist(),
        "power": power[:, slots].T.tolist(),
        "reactive": reactive[:, slots].T.tolist(),
    }
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "grid.json", Path(folder) / "out.json"
        source.write_text(json.dumps(plain), encoding="utf-8")
        script = Path(__file__).with_name("network_pandapower.py")
        subprocess.run([python, str(script), str(source), str(target)], check=True, stderr=subprocess.DEVNULL)
        answer = json.loads(target.read_text(encoding="utf-8"))
    off = float(np.abs(np.array(answer["voltage"]).T - flow.voltage[:, slots]).max())
    return answer["cpu"] / PEER_SLOTS, off
