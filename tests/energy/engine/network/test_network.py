"""The network under a plan: built from the twin, computed, held against its limits."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.energy.engine.network.networks import CASES, PARAMS, read_things, small

from sandan.energy.engine.network import (
    build_grid,
    check_plan,
    compute_flow,
    find_violations,
    line_types,
    transformer_type,
    voltage_bands,
)
from sandan.energy.model.network import Fault, Grid, GridParams, Lines, Transformers
from sandan.errors import InvalidInput
from sandan.twin.demo.complex import DemoParams, generate
from sandan.twin.geometry import length

DAY = date(2026, 11, 21)
NONE = np.array([], dtype=np.int64)
NOTHING = np.array([])


def three_nodes() -> Grid:
    """The case worked by hand."""
    lines = Lines(
        ("f/1", "f/2"),
        ("f", "f"),
        np.array([0, 1]),
        np.array([1, 2]),
        np.array([1000.0, 1000.0]),
        np.array([0.3, 0.5]),
        np.array([0.4, 0.6]),
        np.zeros(2),
        np.array([400.0, 100.0]),
    )
    none = Transformers((), NONE, NONE, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)
    names = ("s", "a", "b")
    return Grid(
        names,
        ("s", "f", "f"),
        np.zeros((3, 2)),
        np.full(3, 22.9),
        lines,
        none,
        ("m2", "m3"),
        np.array([1, 2]),
        np.array([0]),
        ("f",),
        np.array([0]),
        np.array([5000.0]),
        (),
        (),
    )


def test_three_nodes_agree_with_the_working_by_hand() -> None:
    """Voltages, losses, currents and supply of the case are those of its README."""
    grid = three_nodes()
    params = replace(PARAMS, source_voltage=22.200097638668552 / 22.9)
    flow = compute_flow(grid, np.array([[2000.0], [3000.0]]), params, np.array([[500.0], [1200.0]]))
    assert flow.voltage[:, 0] * 22.9 == pytest.approx([22.2000976387, 22.1009764004, 22.0], abs=1e-7)
    assert flow.losses[0] == pytest.approx(28.008150, abs=1e-5)
    assert flow.supplied[0] == flow.head[0, 0] == pytest.approx(5028.008150, abs=1e-4)
    current = np.hypot(3.0, 1.2) / 22 / np.sqrt(3) * 1000
    assert flow.line_loading[1, 0] == pytest.approx(current / 100, rel=1e-7)


def test_voltages_are_those_of_pandapower() -> None:
    """Every node of the recorded case is within 1e-6 of what pandapower found, giving and taking."""
    grid, power = small()
    with (CASES / "pandapower" / "voltages.csv").open(encoding="utf-8") as file:
        rows = {row[0]: [float(value) for value in row[1:]] for row in list(csv.reader(file))[1:]}
    flow = compute_flow(grid, power, PARAMS)
    assert np.abs(flow.voltage - np.array([rows[node] for node in grid.nodes])).max() < 1e-6


def test_both_methods_agree() -> None:
    """Iterated currents and Newton's method find the same voltages."""
    grid, power = small()
    newton = compute_flow(grid, power, PARAMS, method="newton_raphson")
    assert compute_flow(grid, power, PARAMS).voltage == pytest.approx(newton.voltage, abs=1e-8)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-400, 500), min_size=6, max_size=6), st.floats(0.85, 1.0))
def test_what_is_supplied_is_used_or_lost(drawn: list[float], factor: float) -> None:
    """Supply is the meters' power and the losses, and losses are never negative."""
    grid, _ = small()
    power = np.array(drawn)[:, None]
    flow = compute_flow(grid, power, replace(PARAMS, power_factor=factor))
    assert flow.supplied[0] == pytest.approx(power.sum() + flow.losses[0], abs=1e-3)
    assert flow.losses[0] > 0
    assert flow.head.sum() == pytest.approx(flow.supplied[0], abs=1e-3)


def test_every_trunk_is_as_long_as_its_line_up_to_the_last_transformer() -> None:
    """Lengths of cable come from the map, whichever way a feeder was drawn."""
    grid, _ = small()
    things = {thing.id: thing for thing in read_things(CASES / "pandapower" / "things.csv")}
    for feeder in ("f1", "f2"):
        trunk = sum(
            metres
            for metres, thing in zip(grid.lines.length.tolist(), grid.lines.things, strict=True)
            if thing == feeder
        )
        whole = length(things[feeder].geometry)
        assert 0.9 * whole < trunk <= whole * 1.0001


def test_what_cannot_be_connected_is_told() -> None:
    """A meter of a transformer that is not there is left out with the reason, in both languages."""
    grid, _ = small()
    (finding,) = grid.left_out
    assert finding.where == "meter.x1"
    assert "nowhere" in finding.problem.en
    assert "x1" not in grid.meters


def test_what_was_assumed_is_said() -> None:
    """The result names the cable, the straight laterals, the taps, the busbar and the power factor."""
    grid, _ = small()
    said = " ".join(text.en for text in grid.assumptions)
    for word in ("NA2XS2Y 1x240", "straight", "taps", "1.020", "0.90", "low-voltage cable"):
        assert word in said


def test_the_network_of_the_demo_is_computed_whole() -> None:
    """Every meter of the demo's twin is in the flow, and its voltages are sane."""
    things = generate(DemoParams(firms=60)).things
    grid = build_grid(things, PARAMS)
    assert set(grid.meters) == {thing.id for thing in things if thing.kind == "meter"}
    assert not grid.left_out
    flow = compute_flow(grid, np.full((len(grid.meters), 2), 20.0), PARAMS)
    assert not len(flow.unsolved)
    assert ((flow.voltage > 0.9) & (flow.voltage < 1.05)).all()


def test_a_service_cable_lowers_the_voltage_at_the_meter() -> None:
    """With a type for them, low-voltage cables are laid from the transformer to each meter."""
    things = read_things(CASES / "pandapower" / "things.csv")
    params = replace(PARAMS, service="NAYY 4x50 SE")
    grid = build_grid(things, params)
    _, power = small()
    flow = compute_flow(grid, power, params)
    meter, busbar = grid.nodes.index("m2"), grid.nodes.index("t2/low")
    assert flow.voltage[meter, 0] < flow.voltage[busbar, 0]


def test_a_plan_is_told_what_it_breaks_and_what_it_mends() -> None:
    """Charging everywhere at once overloads; leaving off what overloaded mends it."""
    grid, power = small()
    bands = voltage_bands(DAY)
    charging = power + np.array([[0.0], [400.0], [0.0], [0.0], [0.0], [0.0]])
    check = check_plan(grid, power, charging, PARAMS, bands)
    assert [one.thing for one in check.caused if one.fault is Fault.TRANSFORMER] == ["t2"]
    back = check_plan(grid, charging, power, PARAMS, bands)
    assert {one.thing for one in back.mended} == {one.thing for one in check.caused}
    assert any("22.9 kV" in text.en for text in check.unchecked)
    worse = check_plan(grid, charging, charging * 1.2, PARAMS, bands)
    assert "t2" in [one.thing for one in worse.worsened]


def test_a_feeder_is_held_to_its_capacity_both_ways() -> None:
    """What a feeder gives back counts like what it takes."""
    grid, power = small()
    giving = compute_flow(grid, power - 1500.0, PARAMS, np.zeros_like(power))
    tight = replace(grid, capacity=np.array([2500.0, np.nan]))
    (found,) = [one for one in find_violations(tight, giving, PARAMS, ()) if one.fault is Fault.FEEDER]
    assert found.thing == "f1"
    assert "backwards" in found.said.en
    assert "역조류" in found.said.ko


def test_low_and_high_voltages_are_found() -> None:
    """Both ends of the band are checked, and phase to neutral is the narrower of the two that hold."""
    grid, power = small()
    bands = voltage_bands(DAY)
    for source, fault in ((0.93, Fault.LOW_VOLTAGE), (1.08, Fault.HIGH_VOLTAGE)):
        params = replace(PARAMS, source_voltage=source)
        found = find_violations(grid, compute_flow(grid, power * 0.1, params), params, bands)
        assert {one.thing for one in found if one.fault is fault} == {"t1", "t2", "t3", "t4", "t5"}
        assert all(0.3 < one.limit < 0.45 for one in found if one.fault is fault)


def test_more_than_the_network_carries_has_no_solution() -> None:
    """A demand beyond the nose of the curve is a status, named first, and the other quarter-hours stand."""
    grid, power = small()
    power = power.copy()
    power[:, 1] = 60_000
    flow = compute_flow(grid, power, PARAMS)
    assert flow.unsolved.tolist() == [1]
    assert find_violations(grid, flow, PARAMS, voltage_bands(DAY))[0].fault is Fault.COLLAPSE
    assert np.isfinite(flow.voltage[:, [0, 2, 3]]).all()


def test_missing_power_is_refused_meter_by_meter() -> None:
    """A meter that says nothing does not take nothing: every one of them is named."""
    grid, power = small()
    power = power.copy()
    power[[1, 4], 0] = np.nan
    with pytest.raises(InvalidInput) as caught:
        compute_flow(grid, power, PARAMS)
    assert [finding.where for finding in caught.value.findings] == ["power.m2", "power.m5"]


def test_a_conductor_without_parameters_cannot_be_used() -> None:
    """KEPCO's own cables are in the table but unknown: naming one says what there is."""
    with pytest.raises(InvalidInput, match="1"):
        build_grid([], replace(PARAMS, trunk="CNCV-W 325"))
    assert "CNCV-W 325" not in line_types()


def test_bands_hold_by_date_and_the_unknown_stay_unknown() -> None:
    """22.9 kV has no figure and a proposed band is not applied."""
    bands = {(band.nominal, band.phase): band for band in voltage_bands(DAY)}
    assert bands[22.9, False].low is None
    assert bands[22.9, False].source.mark == "U"
    assert (bands[0.22, True].low, bands[0.22, True].high) == (0.207, 0.233)


def test_a_transformer_takes_after_the_type_nearest_in_size() -> None:
    """Nearness is a ratio, and losses are shares of the rating."""
    assert transformer_type(320.0).rating == 400
    assert transformer_type(50.0).rating == 250
    assert transformer_type(5000.0).no_load_loss == pytest.approx(1.65 / 630)


def test_parameters_out_of_range_are_all_told() -> None:
    """Percentages given for shares are refused together."""
    with pytest.raises(InvalidInput) as caught:
        GridParams("a", "b", power_factor=93, source_voltage=22.9)
    assert len(caught.value.findings) == 2
