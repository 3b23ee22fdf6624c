"""Other programs on the problems of `benchmarks plan`; run by a Python of their own, not by Sandan's.

    <venv>/bin/python benchmarks/plan_peers.py <peer> <problem.npz>

Prints one line of JSON: what it is, CPU seconds, objectives. Knows nothing of Sandan.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from importlib.metadata import version
from typing import Any

import numpy as np

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
HOURS, T = 0.25, 96


def oemof(q: dict[str, Any], i: int) -> float:
    """A day of one site; the peak above what is owed is an investment in the counted hours' source."""
    import pandas as pd  # noqa: PLC0415
    from oemof import solph  # noqa: PLC0415
    from pyomo.environ import SolverFactory  # noqa: PLC0415

    index = pd.date_range("2026-07-01", periods=T + 1, freq="15min")
    system = solph.EnergySystem(timeindex=index, infer_last_interval=False)
    bus = solph.Bus(label="bus")
    counted, price, net = q["counted"].astype(float), q["price"], q["net"][i]
    paid = solph.components.Source(
        label="counted",
        outputs={
            bus: solph.Flow(
                nominal_capacity=solph.Investment(
                    ep_costs=q["demand"], existing=q["standing"][i], maximum=1e6
                ),
                max=list(counted),
                variable_costs=list(price),
            )
        },
    )
    free = solph.components.Source(
        label="free",
        outputs={bus: solph.Flow(nominal_capacity=1e6, max=list(1 - counted), variable_costs=list(price))},
    )
    sold = solph.components.Sink(label="sold", inputs={bus: solph.Flow(variable_costs=list(-q["feed"]))})
    need = solph.components.Sink(
        label="need", inputs={bus: solph.Flow(nominal_capacity=1, fix=list(np.maximum(net, 0)))}
    )
    given = solph.components.Source(
        label="given", outputs={bus: solph.Flow(nominal_capacity=1, fix=list(np.maximum(-net, 0)))}
    )
    energy = q["energy"][i]
    store = solph.components.GenericStorage(
        label="battery",
        inputs={bus: solph.Flow(nominal_capacity=q["power"][i])},
        outputs={bus: solph.Flow(nominal_capacity=q["power"][i])},
        nominal_capacity=energy,
        initial_storage_level=0.5,
        balanced=True,
        min_storage_level=0.1,
        max_storage_level=0.9,
        inflow_conversion_factor=q["charge"][i],
        outflow_conversion_factor=q["discharge"][i],
    )
    system.add(bus, paid, free, sold, need, given, store)
    model = solph.Model(system)
    model.receive_duals()
    SolverFactory("appsi_highs").solve(model)
    return float(model.objective())


def pypsa(q: dict[str, Any], i: int) -> float:
    """A day of one site as a network of one bus."""
    import pypsa as p  # noqa: PLC0415

    n = p.Network()
    n.set_snapshots(range(T))
    n.snapshot_weightings = n.snapshot_weightings.astype(float) * HOURS
    n.add("Bus", "bus")
    counted, net, standing = q["counted"].astype(float), q["net"][i], q["standing"][i]
    n.add("Load", "need", bus="bus", p_set=net)
    n.add(
        "Generator",
        "counted",
        bus="bus",
        p_nom_extendable=True,
        p_nom_min=standing,
        capital_cost=q["demand"],
        p_max_pu=counted,
        marginal_cost=q["price"],
    )
    n.add("Generator", "free", bus="bus", p_nom=1e6, p_max_pu=1 - counted, marginal_cost=q["price"])
    n.add("Generator", "sold", bus="bus", p_nom=1e6, p_min_pu=-1, p_max_pu=0, marginal_cost=q["feed"])
    energy = q["energy"][i]
    n.add("Bus", "store")
    n.add("Link", "in", bus0="bus", bus1="store", p_nom=q["power"][i], efficiency=q["charge"][i])
    n.add(
        "Link",
        "out",
        bus0="store",
        bus1="bus",
        p_nom=q["power"][i] / q["discharge"][i],
        efficiency=q["discharge"][i],
    )
    low = np.full(T, 0.1)
    low[-1] = 0.5
    n.add("Store", "battery", bus="store", e_nom=energy, e_initial=0.5 * energy, e_min_pu=low, e_max_pu=0.9)
    n.optimize(solver_name="highs", output_flag=False)
    return float(n.objective) - q["demand"] * standing * (abs(getattr(n, "_objective_constant", 0.0)) < 1)


def flexmeasures(q: dict[str, Any], i: int) -> float:
    """A day of one site by the device scheduler, with HiGHS called directly (its own default)."""
    import pandas as pd  # noqa: PLC0415
    from flask import Flask  # noqa: PLC0415
    from flexmeasures.data.models.planning import FlowCommitment  # noqa: PLC0415
    from flexmeasures.data.models.planning.linear_optimization import device_scheduler  # noqa: PLC0415

    index = pd.date_range("2026-07-01", periods=T, freq="15min", tz="Asia/Seoul", name="datetime")
    columns = [
        "equals",
        "max",
        "min",
        "efficiency",
        "derivative equals",
        "derivative max",
        "derivative min",
        "derivative down efficiency",
        "derivative up efficiency",
        "stock delta",
    ]
    battery = pd.DataFrame(np.nan, index=index, columns=columns)
    energy, power = q["energy"][i], q["power"][i]
    # Stocks are counted in kW × steps, from the first.
    battery["max"], battery["min"] = 0.4 * energy / HOURS, -0.4 * energy / HOURS
    battery.loc[index[-1], "min"] = 0.0
    battery["derivative max"], battery["derivative min"] = power, -power
    battery["derivative up efficiency"] = q["charge"][i]
    battery["derivative down efficiency"] = q["discharge"][i]
    load = pd.DataFrame(np.nan, index=index, columns=columns)
    load["derivative equals"] = q["net"][i]
    whole = pd.DataFrame(np.nan, index=index, columns=["derivative max", "derivative min"])
    quantity = pd.Series(np.where(q["counted"], q["standing"][i], 1e6), index=index)
    commitments = [
        FlowCommitment(
            name="energy",
            index=index,
            quantity=pd.Series(0.0, index=index),
            upwards_deviation_price=pd.Series(q["price"] * HOURS, index=index),
            downwards_deviation_price=pd.Series(q["feed"] * HOURS, index=index),
        ),
        FlowCommitment(
            name="peak",
            index=index,
            _type="any",
            quantity=quantity,
            upwards_deviation_price=pd.Series(q["demand"], index=index),
            downwards_deviation_price=pd.Series(0.0, index=index),
        ),
    ]
    app = Flask("peer")
    app.config.update(
        FLEXMEASURES_LP_SOLVER="highspy", LOGGING_LEVEL="WARNING", FLEXMEASURES_LP_SOLVER_OPTIONS={}
    )
    with app.app_context():
        _, cost, _, _ = device_scheduler([battery, load], whole, commitments=commitments, initial_stock=0)
    return float(cost)


def emhass(q: dict[str, Any], i: int) -> float:
    """A day of one site at its default gap; what its course costs is reckoned here, as it cannot say."""
    from pathlib import Path  # noqa: PLC0415

    import emhass as e  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415
    from emhass.optimization import Optimization  # noqa: PLC0415

    root = Path(e.__file__).parent
    conf = json.loads((root / "data" / "config_defaults.json").read_text())
    watts, net = 1000.0, q["net"][i]
    conf |= {
        "optimization_time_step": pd.Timedelta(minutes=15),
        "time_zone": "Asia/Seoul",
        "set_use_battery": True,
        "set_use_pv": True,
        "set_nodischarge_to_grid": False,
        "number_of_deferrable_loads": 0,
        "nominal_power_of_deferrable_loads": [],
        "minimum_power_of_deferrable_loads": [],
        "operating_hours_of_each_deferrable_load": [],
        "start_timesteps_of_each_deferrable_load": [],
        "end_timesteps_of_each_deferrable_load": [],
        "treat_deferrable_load_as_semi_cont": [],
        "set_deferrable_load_single_constant": [],
        "set_deferrable_startup_penalty": [],
        "set_deferrable_max_startups": [],
        "maximum_power_from_grid": 1e8,
        "maximum_power_to_grid": 1e8,
        "battery_discharge_power_max": q["power"][i] * watts,
        "battery_charge_power_max": q["power"][i] * watts,
        "battery_charge_efficiency": q["charge"][i],
        "battery_discharge_efficiency": q["discharge"][i],
        "battery_nominal_energy_capacity": q["energy"][i] * watts,
        "battery_minimum_state_of_charge": 0.1,
        "battery_maximum_state_of_charge": 0.9,
        "battery_target_state_of_charge": 0.5,
        "capacity_cost_per_kw": q["demand"],
    }
    index = pd.date_range("2026-07-01", periods=T, freq="15min", tz="Asia/Seoul")
    load, sun = np.maximum(net, 0) * watts, np.maximum(-net, 0) * watts
    data = pd.DataFrame({"load": load, "pv": sun, "buy": q["price"], "sell": q["feed"]}, index=index)
    solver = Optimization(
        conf, conf, conf, "buy", "sell", "profit", {"root_path": root}, logging.getLogger("peer"), 24
    )
    found = solver.perform_optimization(
        data,
        sun,
        load,
        q["price"],
        q["feed"],
        soc_init=0.5,
        soc_final=0.5,
        current_period_peak=q["standing"][i],
        capacity_charge_window=list(q["counted"].astype(float)),
    )
    grid = (found["P_grid_pos"] + found["P_grid_neg"]).to_numpy() / watts
    energy = np.where(grid > 0, q["price"], q["feed"]) @ grid * HOURS
    return float(energy + q["demand"] * max(0.0, grid[q["counted"]].max() - q["standing"][i]))


def matrix(q: dict[str, Any]) -> Any:
    import scipy.sparse as sp  # noqa: PLC0415

    return sp.csr_matrix((q["value"], q["index"], q["start"]), shape=(len(q["least"]), len(q["cost"])))


def cvxpy(q: dict[str, Any]) -> float:
    """All sites as one program."""
    import cvxpy as cp  # noqa: PLC0415

    x, a = cp.Variable(len(q["cost"])), matrix(q)
    up, down = np.isfinite(q["most"]), np.isfinite(q["least"])
    same = up & down & (q["least"] == q["most"])
    high = np.isfinite(q["high"])
    rules = [a[same] @ x == q["most"][same], x >= q["low"], x[high] <= q["high"][high]]
    rules += [a[up & ~same] @ x <= q["most"][up & ~same], a[down & ~same] @ x >= q["least"][down & ~same]]
    problem = cp.Problem(cp.Minimize(q["cost"] @ x), rules)
    problem.solve(solver="HIGHS")
    return float(problem.value)


def linopy(q: dict[str, Any]) -> float:
    """All sites as one program."""
    import linopy as lp  # noqa: PLC0415
    import xarray as xr  # noqa: PLC0415

    model, a = lp.Model(), matrix(q)
    names = np.arange(len(q["cost"]))
    x = model.add_variables(
        xr.DataArray(q["low"], dims="v"), xr.DataArray(q["high"], dims="v"), coords=[("v", names)], name="x"
    )
    counts = np.diff(a.indptr)
    for wanted in np.unique(counts):
        rows = np.flatnonzero(counts == wanted)
        places = a.indptr[rows][:, None] + np.arange(wanted)
        dims = ("r", "_term")
        label = xr.DataArray(np.asarray(x.labels.values)[a.indices[places]], dims=dims)
        left = lp.LinearExpression(
            xr.Dataset(
                {"coeffs": (dims, a.data[places]), "vars": label, "const": ("r", np.zeros(len(rows)))}
            ),
            model,
        )
        for sign, side in (("<=", q["most"][rows]), (">=", q["least"][rows])):
            kept = np.isfinite(side)
            if kept.any():
                at = np.flatnonzero(kept)
                model.add_constraints(left.isel(r=at), sign, xr.DataArray(side[at], dims="r"))
    model.add_objective((x * xr.DataArray(q["cost"], dims="v")).sum())
    model.solve(solver_name="highs", output_flag=False)
    return float(model.objective.value)


def highspy(q: dict[str, Any], solver: str = "simplex") -> float:
    """All sites as one program, passed as arrays."""
    import highspy as hs  # noqa: PLC0415

    model = hs.HighsLp()
    model.num_col_, model.num_row_ = len(q["cost"]), len(q["least"])
    model.col_cost_, model.col_lower_, model.col_upper_ = q["cost"], q["low"], q["high"]
    model.row_lower_, model.row_upper_ = q["least"], q["most"]
    model.a_matrix_.format_ = hs.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_ = q["start"], q["index"]
    model.a_matrix_.value_ = q["value"]
    h = hs.Highs()
    for name, value in (("output_flag", False), ("threads", 1), ("solver", solver)):
        h.setOptionValue(name, value)
    h.passModel(model)
    h.run()
    return float(h.getInfo().objective_function_value)


def pdlp(q: dict[str, Any]) -> float:
    """All sites as one program, by OR-Tools' first-order method at 1e-6."""
    from ortools.pdlp import solve_log_pb2, solvers_pb2  # noqa: F401, PLC0415
    from ortools.pdlp.python import pdlp as p  # noqa: PLC0415

    program = p.QuadraticProgram()
    program.resize_and_initialize(len(q["cost"]), len(q["least"]))
    program.objective_vector = q["cost"]
    program.constraint_matrix = matrix(q).tocsc()
    program.constraint_lower_bounds, program.constraint_upper_bounds = q["least"], q["most"]
    program.variable_lower_bounds, program.variable_upper_bounds = q["low"], q["high"]
    params = solvers_pb2.PrimalDualHybridGradientParams()
    params.termination_criteria.simple_optimality_criteria.eps_optimal_relative = 1e-6
    params.termination_criteria.simple_optimality_criteria.eps_optimal_absolute = 1e-6
    params.termination_criteria.time_sec_limit = 900
    result = p.primal_dual_hybrid_gradient(program, params)
    return float(q["cost"] @ np.asarray(result.primal_solution))


SITE = {
    "oemof": (oemof, "oemof.solph"),
    "pypsa": (pypsa, "pypsa"),
    "flexmeasures": (flexmeasures, "flexmeasures"),
    "emhass": (emhass, "emhass"),
}
TOGETHER = {
    "highspy": (highspy, "highspy"),
    "cvxpy": (cvxpy, "cvxpy"),
    "linopy": (linopy, "linopy"),
    "pdlp": (pdlp, "ortools"),
}


def main() -> None:
    name, path = sys.argv[1], sys.argv[2]
    with np.load(path) as file:
        q = dict(file)
    if name in SITE:
        run, package = SITE[name]
        q["demand"] = float(q["demand"])
        run(q, 0)
        spent, found = [], []
        for i in range(len(q["net"])):
            begin = time.process_time()
            found.append(run(q, i))
            spent.append(time.process_time() - begin)
    else:
        together, package = TOGETHER[name]
        begin = time.process_time()
        found = [together(q)]
        spent = [time.process_time() - begin]
    print("PEER " + json.dumps({"name": name, "version": version(package), "cpu": spent, "cost": found}))


if __name__ == "__main__":
    main()
