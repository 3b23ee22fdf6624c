"""The same network and powers computed by pandapower, for `benchmarks/network.py` and the recorded case.

PYTHON benchmarks/network_pandapower.py GRID.json OUT.json

runs in an interpreter that has pandapower; nothing of Sandan is imported here.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any


def compute(grid: dict[str, Any]) -> dict[str, Any]:
    """Voltages [quarter-hours × nodes, of nominal] and the CPU time of the flows alone."""
    pandapower = import_module("pandapower")

    net = pandapower.create_empty_network(f_hz=grid["hertz"])
    for nominal in grid["nominal"]:
        pandapower.create_bus(net, vn_kv=nominal)
    for node in grid["sources"]:
        pandapower.create_ext_grid(net, node, vm_pu=grid["source_voltage"])
    for start, end, r, x, c, rating in grid["lines"]:
        pandapower.create_line_from_parameters(
            net, start, end, 1.0, r_ohm_per_km=r, x_ohm_per_km=x, c_nf_per_km=c * 1e9, max_i_ka=rating / 1e3
        )
    for start, end, kva, uk, pk, p0, i0 in grid["transformers"]:
        pandapower.create_transformer_from_parameters(
            net,
            start,
            end,
            sn_mva=kva / 1e3,
            vn_hv_kv=grid["nominal"][start],
            vn_lv_kv=grid["nominal"][end],
            vk_percent=uk * 100,
            vkr_percent=pk * 100,
            pfe_kw=p0 * kva,
            i0_percent=i0 * 100,
            shift_degree=330,
        )
    for node in grid["at"]:
        pandapower.create_load(net, node, p_mw=0.0, q_mvar=0.0)
    # Once before the clock starts: it compiles.
    pandapower.runpp(net, trafo_model="pi", calculate_voltage_angles=True)
    voltages, spent, lines = [], 0.0, []
    for power, reactive in zip(grid["power"], grid["reactive"], strict=True):
        net.load["p_mw"] = [value / 1e3 for value in power]
        net.load["q_mvar"] = [value / 1e3 for value in reactive]
        began = time.process_time()
        pandapower.runpp(
            net, trafo_model="pi", tolerance_mva=1e-9, init="auto", calculate_voltage_angles=True
        )
        spent += time.process_time() - began
        voltages.append(net.res_bus.vm_pu.tolist())
        lines.append((net.res_line.loading_percent / 100).tolist())
    return {
        "voltage": voltages,
        "line_loading": lines,
        "cpu": spent,
        "version": pandapower.__version__,
    }


if __name__ == "__main__":
    source, target = sys.argv[1:3]
    Path(target).write_text(json.dumps(compute(json.loads(Path(source).read_text(encoding="utf-8")))))
