"""What a pool's forecasts earned, hour by hour, under the bands of each day."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby

import numpy as np

from sandan.energy.engine.apportion import apportion
from sandan.energy.engine.vpp.deviation import SEOUL, judge_hours
from sandan.energy.engine.vpp.rules import bands
from sandan.energy.model.rates import Floats, Instants
from sandan.energy.model.vpp import Bands, Deviations, Pool, PoolSettlement, Rounding
from sandan.errors import Finding, InvalidInput
from sandan.words import Text


def settle_pool(
    pool: Pool,
    start: Instants,
    told: Floats,
    generation: Floats,
    rounding: Rounding,
    rule: Bands | None = None,
) -> PoolSettlement:
    """Judge the pool's sums and each plant alone; `told`, `generation` [kWh, plants × hours].

    The bands are those of each hour's day in Seoul, or one `rule` for all ("as if"). The pool has one error,
    of its sums, over its whole capacity, so one missing plant leaves the hour unsettled. Its won are shared
    by what each generated in the hour. Raises `InvalidInput` where shapes differ, energy is negative or a day
    has no bands.
    """
    shape = (len(pool.plants), len(start))
    found = [
        Finding(
            name,
            Text("발전소×시간과 맞지 않거나 음수가 있습니다.", "Not plants × hours, or negative somewhere."),
            Text("발전소마다 시간마다 0 이상을 주십시오.", "Give 0 or more for every plant and hour."),
        )
        for name, array in (("told", told), ("generation", generation))
        if array.shape != shape or (array < 0).any()
    ]
    if found:
        raise InvalidInput(found)
    capacity = pool.capacity
    days = [(datetime.fromtimestamp(int(t) / 1000, UTC) + SEOUL).date() for t in start]
    by_day = {day: rule or bands(day, pool.kind, pool.area) for day in dict.fromkeys(days)}
    rules = [by_day[day] for day in days]
    pools, singles = [], []
    for one, group in groupby(range(len(start)), key=lambda hour: rules[hour]):
        at = np.fromiter(group, np.int64)
        sums = generation[:, at].sum(axis=0), told[:, at].sum(axis=0)
        pools.append(judge_hours(*sums, float(capacity.sum()), one, rounding))
        singles.append(judge_hours(generation[:, at], told[:, at], capacity[:, None], one, rounding))
    whole = _joined(pools, 0)
    weight = np.where(whole.won == 0, 0.0, generation)
    return PoolSettlement(
        start,
        tuple(one.version for one in rules),
        whole,
        _joined(singles, 1),
        apportion(whole.won, weight),
    )


def _joined(parts: list[Deviations], axis: int) -> Deviations:
    def join(name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
        return np.concatenate([getattr(one, name) for one in parts], axis=axis)

    return Deviations(
        error=np.asarray(join("error"), np.float64),
        counted=np.asarray(join("counted"), np.bool_),
        outcome=np.asarray(join("outcome"), np.int8),
        price=np.asarray(join("price"), np.float64),
        won=np.asarray(join("won"), np.int64),
    )
