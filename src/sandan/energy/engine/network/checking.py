"""Limits held against a flow, and one flow against another: what a plan breaks, mends or makes worse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import sqrt

import numpy as np

from sandan.energy.engine.network.flow import compute_flow
from sandan.energy.model.network import (
    Fault,
    Flow,
    Grid,
    GridCheck,
    GridParams,
    Violation,
    VoltageBand,
)
from sandan.energy.model.rates import Floats
from sandan.words import Text

_NEAR = 0.06
"""How far apart a nominal voltage and a band's may be [share] for the band to hold."""
_TOLERANCE = 1e-6


def check_plan(
    grid: Grid,
    before: Floats,
    after: Floats,
    params: GridParams,
    bands: Sequence[VoltageBand],
    *,
    reactive_before: Floats | None = None,
    reactive_after: Floats | None = None,
) -> GridCheck:
    """The network without and with a plan: `before` and `after` are the meters' powers [kW, meters × n].

    Both are checked against the voltage `bands`, the ratings of lines and transformers times
    `params.loading`, and the feeders' capacities. A battery moves real power only, so reactive power stays
    what it was: where it is not given, that of `before` at `params.power_factor` is used for both.
    """
    if reactive_before is None:
        reactive_before = np.abs(before) * np.tan(np.arccos(params.power_factor))
    if reactive_after is None:
        reactive_after = reactive_before
    first = compute_flow(grid, before, params, reactive_before)
    second = compute_flow(grid, after, params, reactive_after)
    return GridCheck(
        first,
        second,
        find_violations(grid, first, params, bands),
        find_violations(grid, second, params, bands),
        _unchecked(grid, bands),
        grid.assumptions,
        grid.left_out,
    )


def find_violations(
    grid: Grid, flow: Flow, params: GridParams, bands: Sequence[VoltageBand]
) -> tuple[Violation, ...]:
    """Every thing that breaks a limit, once for each limit, at its worst quarter-hour; the worst first."""
    found = [
        *_voltages(grid, flow, bands),
        *_loadings(grid.lines.things, flow.line_loading, params.loading, Fault.LINE),
        *_loadings(grid.transformers.ids, flow.transformer_loading, params.loading, Fault.TRANSFORMER),
        *_feeders(grid, flow),
    ]
    found.sort(key=lambda one: -abs(one.worst / one.limit - 1))
    return (*_collapse(flow), *found)


def voltage_limits(grid: Grid, bands: Sequence[VoltageBand]) -> tuple[Floats, Floats]:
    """Lowest and highest voltage of each node, of its nominal; NaN where nobody has given one.

    A band of phase to neutral holds at √3 of its figures between phases; where two hold, the narrower.
    """
    low, high = np.full(len(grid.nodes), np.nan), np.full(len(grid.nodes), np.nan)
    for band in bands:
        factor = sqrt(3) if band.phase else 1.0
        here = np.abs(grid.nominal / (band.nominal * factor) - 1) < _NEAR
        if band.low is not None:
            low[here] = np.fmax(low[here], band.low * factor / grid.nominal[here])
        if band.high is not None:
            high[here] = np.fmin(high[here], band.high * factor / grid.nominal[here])
    return low, high


def _voltages(grid: Grid, flow: Flow, bands: Sequence[VoltageBand]) -> Iterator[Violation]:
    low, high = voltage_limits(grid, bands)
    for fault, limit, sign in ((Fault.LOW_VOLTAGE, low, -1.0), (Fault.HIGH_VOLTAGE, high, 1.0)):
        over = sign * (flow.voltage - limit[:, None])
        for thing, rows in _worst(grid.things, over):
            row = rows[int(np.nanargmax(np.nanmax(over[rows], axis=1)))]
            slot = int(np.nanargmax(over[row]))
            nominal = float(grid.nominal[row])
            worst, bound = float(flow.voltage[row, slot]) * nominal, float(limit[row]) * nominal
            many = int((over[rows] > _TOLERANCE).any(axis=0).sum())
            yield Violation(
                thing,
                fault,
                worst,
                bound,
                "kV",
                slot,
                many,
                Text(
                    f"전압이 {worst:.3f} kV로 {'하한' if sign < 0 else '상한'} {bound:.3f} kV를 벗어납니다"
                    f"({many}개 15분).",
                    f"The voltage is {worst:.3f} kV, {'below' if sign < 0 else 'above'} {bound:.3f} kV "
                    f"({many} quarter-hours).",
                ),
            )


def _loadings(things: Sequence[str], loading: Floats, limit: float, fault: Fault) -> Iterator[Violation]:
    over = loading - limit
    for thing, rows in _worst(things, over):
        row = rows[int(np.nanargmax(np.nanmax(over[rows], axis=1)))]
        slot = int(np.nanargmax(over[row]))
        worst, many = float(loading[row, slot]), int((over[rows] > _TOLERANCE).any(axis=0).sum())
        yield Violation(
            thing,
            fault,
            worst,
            limit,
            "1",
            slot,
            many,
            Text(
                f"정격의 {worst:.0%}까지 실립니다(한도 {limit:.0%}, {many}개 15분).",
                f"Loaded to {worst:.0%} of its rating (limit {limit:.0%}, {many} quarter-hours).",
            ),
        )


def _feeders(grid: Grid, flow: Flow) -> Iterator[Violation]:
    over = np.abs(flow.head) - grid.capacity[:, None]
    for thing, rows in _worst(grid.feeders, over):
        row = rows[0]
        slot = int(np.nanargmax(over[row]))
        worst, limit = float(flow.head[row, slot]), float(grid.capacity[row])
        many = int((over[row] > _TOLERANCE).sum())
        way = Text("역조류 ", " backwards") if worst < 0 else Text("", "")
        yield Violation(
            thing,
            Fault.FEEDER,
            abs(worst),
            limit,
            "kW",
            slot,
            many,
            Text(
                f"{way.ko}{abs(worst):,.0f} kW로 선로용량 {limit:,.0f} kW를 넘습니다({many}개 15분).",
                f"{abs(worst):,.0f} kW{way.en}, above the feeder's {limit:,.0f} kW ({many} quarter-hours).",
            ),
        )


def _collapse(flow: Flow) -> tuple[Violation, ...]:
    if not len(flow.unsolved):
        return ()
    many = len(flow.unsolved)
    return (
        Violation(
            "",
            Fault.COLLAPSE,
            float(many),
            0.0,
            "1",
            int(flow.unsolved[0]),
            many,
            Text(
                f"{many}개 15분에는 전압의 해가 없습니다. 계통이 그 전력을 나를 수 없습니다.",
                f"In {many} quarter-hours no voltage is a solution: the network cannot carry that power.",
            ),
        ),
    )


def _worst(things: Sequence[str], over: Floats) -> Iterator[tuple[str, list[int]]]:
    """Things with a row above the tolerance, with their rows that are."""
    rows: dict[str, list[int]] = {}
    for row in np.flatnonzero((over > _TOLERANCE).any(axis=1)).tolist():
        rows.setdefault(things[row], []).append(row)
    yield from rows.items()


def _unchecked(grid: Grid, bands: Sequence[VoltageBand]) -> tuple[Text, ...]:
    low, high = voltage_limits(grid, bands)
    without = grid.nominal[np.isnan(low) | np.isnan(high)]
    said = [
        Text(
            f"{kilovolt:g} kV의 유지범위가 설정되지 않아 그 전압은 점검하지 않았습니다.",
            f"No band is set for {kilovolt:g} kV, so voltages there were not checked.",
        )
        for kilovolt in _distinct(without.tolist())
    ]
    if np.isnan(grid.capacity).any():
        count = int(np.isnan(grid.capacity).sum())
        said.append(
            Text(
                f"배전선로 {count}개는 선로용량이 없어 점검하지 않았습니다.",
                f"{count} feeders have no capacity and were not checked for it.",
            )
        )
    return tuple(said)


def _distinct(values: Iterable[float]) -> list[float]:
    return sorted(set(values), reverse=True)
