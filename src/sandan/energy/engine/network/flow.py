"""The power flow itself: all quarter-hours in one batch of power-grid-model.

The network does not change within a batch, so its equations are factorised once: the method of iterated
currents is several times cheaper here than Newton's, with the same answer to the tolerance.
"""

from __future__ import annotations

import numpy as np
from power_grid_model import (
    CalculationMethod,
    ComponentType,
    DatasetType,
    LoadGenType,
    PowerGridModel,
    WindingType,
    initialize_array,
)

from sandan.energy.model.network import Flow, Grid, GridParams
from sandan.energy.model.rates import Floats
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

TOLERANCE = 1e-9
"""Change of voltage [of nominal] at which an iteration stops."""
_STIFF = 1e15
"""Short-circuit power [VA] of a source that nothing moves."""
_CLOCK = 11
"""Star–delta as distribution transformers are; it turns all low voltages by the same angle."""


def compute_flow(
    grid: Grid,
    power: Floats,
    params: GridParams,
    reactive: Floats | None = None,
    *,
    method: str = "iterative_current",
    threads: int = -1,
) -> Flow:
    """Voltages, loadings and losses in each quarter-hour.

    `power` [kW, meters × n] is what each meter takes, negative when it gives; `reactive` [kvar, meters × n]
    is lagging when positive, and P·tan φ of `params.power_factor` where it is not given. Symmetrical
    three-phase AC flow of constant powers, cables and transformers as π. Solved by iterated currents to 1e-9;
    quarter-hours in which that diverges are solved again by Newton's method, and are NaN when there is no
    solution. Raises `InvalidInput` where power is missing: a meter that says nothing does not take nothing.
    `threads` as power-grid-model has it: −1 for none.
    """
    _demand_complete(grid, power, reactive)
    if reactive is None:
        reactive = power * np.tan(np.arccos(params.power_factor))
    model, first = _model(grid, params)
    n = power.shape[1]
    update = initialize_array(DatasetType.update, ComponentType.sym_load, (n, len(grid.meters)))
    update["id"] = first + np.arange(len(grid.meters))
    update["p_specified"] = power.T * 1e3
    update["q_specified"] = reactive.T * 1e3
    flow = _empty(grid, n)
    failed = _solve(model, update, flow, np.arange(n), grid, CalculationMethod[method], threads)
    if len(failed) and method != "newton_raphson":
        _solve(model, update[failed], flow, failed, grid, CalculationMethod.newton_raphson, threads)
    return flow


def _empty(grid: Grid, n: int) -> Flow:
    def nothing(*shape: int) -> Floats:
        return np.full(shape, np.nan)

    return Flow(
        nothing(len(grid.nodes), n),
        nothing(len(grid.lines.ids), n),
        nothing(len(grid.transformers.ids), n),
        nothing(len(grid.feeders), n),
        nothing(n),
        nothing(n),
    )


def _demand_complete(grid: Grid, power: Floats, reactive: Floats | None) -> None:
    found = []
    for name, values in (("power", power), ("reactive", reactive)):
        if values is None:
            continue
        if values.ndim != 2 or values.shape != (len(grid.meters), power.shape[-1]):
            found.append(
                Finding(
                    name,
                    Text(
                        f"계량기 {len(grid.meters)}개의 행이 필요한데 {values.shape}입니다.",
                        f"needs a row for each of {len(grid.meters)} meters and has shape {values.shape}.",
                    ),
                    Text("계량기 순서대로 행을 주십시오.", "Give one row for each meter, in order."),
                )
            )
            continue
        for row in np.flatnonzero(~np.isfinite(values).all(axis=1)):
            found.append(
                Finding(
                    f"{name}.{grid.meters[row]}",
                    Text(
                        f"빈 값이 {int((~np.isfinite(values[row])).sum())}개 있습니다.",
                        f"{int((~np.isfinite(values[row])).sum())} values are missing.",
                    ),
                    Text("예측이나 추정으로 채우십시오.", "Fill them by a forecast or an estimate."),
                )
            )
    if found:
        raise InvalidInput(found)


def _model(grid: Grid, params: GridParams) -> tuple[PowerGridModel, int]:
    """The network in volts, ohms and watts; also the id of the first load."""
    count = len(grid.nodes)
    node = initialize_array(DatasetType.input, ComponentType.node, count)
    node["id"] = np.arange(count)
    node["u_rated"] = grid.nominal * 1e3
    lines = grid.lines
    line = initialize_array(DatasetType.input, ComponentType.line, len(lines.ids))
    line["id"] = count + np.arange(len(lines.ids))
    line["from_node"], line["to_node"] = lines.start, lines.end
    line["from_status"] = line["to_status"] = 1
    line["r1"], line["x1"], line["c1"], line["tan1"] = (
        lines.resistance,
        lines.reactance,
        lines.capacitance,
        0.0,
    )
    line["i_n"] = lines.rating
    count += len(lines.ids)
    transformers = _transformers(grid, count)
    count += len(grid.transformers.ids)
    source = initialize_array(DatasetType.input, ComponentType.source, len(grid.sources))
    source["id"] = count + np.arange(len(grid.sources))
    source["node"], source["status"], source["u_ref"] = grid.sources, 1, params.source_voltage
    source["sk"] = _STIFF if params.short_circuit is None else params.short_circuit * 1e6
    count += len(grid.sources)
    load = initialize_array(DatasetType.input, ComponentType.sym_load, len(grid.meters))
    load["id"] = count + np.arange(len(grid.meters))
    load["node"], load["status"], load["type"] = grid.at, 1, LoadGenType.const_power
    load["p_specified"] = load["q_specified"] = 0.0
    data = {
        ComponentType.node: node,
        ComponentType.line: line,
        ComponentType.transformer: transformers,
        ComponentType.source: source,
        ComponentType.sym_load: load,
    }
    return PowerGridModel(data, system_frequency=params.hertz), count


def _transformers(grid: Grid, first: int) -> np.ndarray:
    these = grid.transformers
    made = initialize_array(DatasetType.input, ComponentType.transformer, len(these.ids))
    made["id"] = first + np.arange(len(these.ids))
    made["from_node"], made["to_node"] = these.start, these.end
    made["from_status"] = made["to_status"] = 1
    made["u1"], made["u2"] = grid.nominal[these.start] * 1e3, grid.nominal[these.end] * 1e3
    rating = these.rating * 1e3
    made["sn"], made["uk"], made["pk"] = rating, these.impedance, these.load_loss * rating
    made["i0"], made["p0"] = these.no_load_current, these.no_load_loss * rating
    made["winding_from"], made["winding_to"] = WindingType.delta, WindingType.wye_n
    made["clock"] = _CLOCK
    made["tap_side"], made["tap_pos"], made["tap_nom"] = 0, 0, 0
    made["tap_min"], made["tap_max"], made["tap_size"] = 0, 0, 0.0
    return made


def _solve(
    model: PowerGridModel,
    update: np.ndarray,
    flow: Flow,
    slots: np.ndarray,
    grid: Grid,
    method: CalculationMethod,
    threads: int,
) -> np.ndarray:
    """Fill `flow` at `slots`; returns those that found no solution."""
    out = model.calculate_power_flow(
        update_data={ComponentType.sym_load: update},
        calculation_method=method,
        error_tolerance=TOLERANCE,
        max_iterations=100 if method is CalculationMethod.iterative_current else 30,
        threading=threads,
        continue_on_batch_error=True,
        output_component_types={
            ComponentType.node: ["u_pu"],
            ComponentType.line: ["i_from", "i_to", "p_from", "p_to"],
            ComponentType.transformer: ["loading", "p_from", "p_to"],
            ComponentType.source: ["p"],
        },
    )
    error = model.batch_error
    bad = np.asarray([] if error is None else error.failed_scenarios, dtype=np.int64)
    good = np.setdiff1d(np.arange(len(slots)), bad)
    at = slots[good]
    lines = out[ComponentType.line]
    lost = (lines["p_from"] + lines["p_to"]).sum(axis=1)
    if grid.transformers.ids:
        transformers = out[ComponentType.transformer]
        lost = lost + (transformers["p_from"] + transformers["p_to"]).sum(axis=1)
        flow.transformer_loading[:, at] = transformers["loading"][good].T
    flow.voltage[:, at] = out[ComponentType.node]["u_pu"][good].T
    current = np.maximum(lines["i_from"], lines["i_to"])[good]
    flow.line_loading[:, at] = (current / grid.lines.rating).T
    flow.head[:, at] = lines["p_from"][good][:, grid.heads].T / 1e3
    flow.losses[at] = lost[good] / 1e3
    flow.supplied[at] = out[ComponentType.source]["p"].sum(axis=1)[good] / 1e3
    return np.asarray(slots[bad])
