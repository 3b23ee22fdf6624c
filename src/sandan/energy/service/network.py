"""Schedules tried on the network of the twin by a power flow; its settings have no defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import numpy as np

from sandan.access import Actor
from sandan.clock import SEOUL
from sandan.energy.engine.network import build_grid, check_plan, voltage_bands
from sandan.energy.model.network import GridCheck, GridParams
from sandan.energy.model.operation import KeptPlan
from sandan.energy.model.rights import SEE
from sandan.energy.records.forecasts import newest_told
from sandan.energy.service.feeders import grid_of
from sandan.energy.service.outlook import series_of
from sandan.errors import Finding, InvalidInput
from sandan.store import Store
from sandan.words import Text

KINDS = {"substation", "feeder", "transformer", "meter"}
NEEDED = ("trunk", "lateral", "power_factor", "source_voltage")


def network_params(table: Mapping[str, Any]) -> GridParams | None:
    """`[energy.network]` of the settings; None where there is none, `InvalidInput` where it is not whole."""
    given = table.get("network")
    if given is None:
        return None
    known = {field.name for field in fields(GridParams)}
    found = [
        Finding(
            f"[energy.network] {name}",
            Text("값이 없습니다.", "is missing."),
            Text(
                "전선과 전압은 계통마다 다르므로 적어야 합니다.",
                "Write it: cables and voltages differ by network.",
            ),
        )
        for name in NEEDED
        if name not in given
    ] + [
        Finding(
            f"[energy.network] {name}",
            Text("알 수 없는 이름입니다.", "is unknown."),
            Text(", ".join(sorted(known)), ", ".join(sorted(known))),
        )
        for name in given
        if name not in known
    ]
    if found:
        raise InvalidInput(found)
    return GridParams(**given)


def check_schedules(
    store: Store, actor: Actor, plans: Sequence[KeptPlan], params: GridParams, now: datetime
) -> GridCheck:
    """The network with batteries idle and as planned, over the quarter-hours all plans have.

    Raises `InvalidInput` where there is nothing to compute, or a meter on the network is not forecast: what
    is missing is not zero. Roofs that sell beside the meters are not in it.
    """
    actor.require(SEE)
    with store.registry.read() as conn:
        network = build_grid(store.things.all(conn, KINDS), params)
        series = series_of(store, conn)
        told = newest_told(conn, [one.id for one in series])
    n = min((len(one.course.grid) for one in plans), default=0)
    if not n:
        raise InvalidInput.because(
            "plan",
            Text("검토할 계획이 없습니다.", "There is no plan to check."),
            Text("먼저 계획을 세우십시오.", "Make one first."),
        )
    with store.registry.read() as conn:
        expected = grid_of(store, conn, series, told, plans[0].course.start).metered
    courses = {one.meter: one.course for one in plans}
    before, after = np.full((2, len(network.meters), n), np.nan)
    for at, meter in enumerate(network.meters):
        if meter in courses:
            before[at], after[at] = courses[meter].load[:n], courses[meter].grid[:n]
        elif len(expected.get(meter, ())) >= n:
            before[at] = after[at] = expected[meter][:n]
    return check_plan(network, before, after, params, voltage_bands(now.astimezone(SEOUL).date()))
