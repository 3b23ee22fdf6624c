"""A day's forecast made ready to be handed in, from what is told of each roof."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np

from sandan.energy.engine.vpp.bidding import best_forecast
from sandan.energy.model.pool import Member, Offer, Strategy
from sandan.energy.model.rates import Floats
from sandan.energy.model.vpp import Bands
from sandan.errors import InvalidInput
from sandan.words import Text

LOW, HIGH = 0.1, 0.9


def make_offer(
    day: date,
    members: Sequence[Member],
    levels: Floats,
    quantiles: Floats,
    rule: Bands | None,
    strategy: Strategy,
    told_until: datetime,
) -> Offer:
    """What to hand in for `day`; `quantiles` [kWh, plants × 24 hours × levels], NaN where nothing is told.

    Roofs of one complex stand under the same clouds: the pool's quantiles are the sums of the roofs', a
    little wide, hence on the careful side. A roof of which nothing is told is taken to give as much a kW as
    the others do. The pool's value is given to the roofs by their medians, by capacity where all are 0.
    Raises `InvalidInput` where nothing is told of any roof in some hour.
    """
    capacity = np.array([one.capacity for one in members])
    told = np.asarray(np.isfinite(quantiles).all(axis=(1, 2)), np.bool_)
    if not told.any():
        raise InvalidInput.because(
            "forecast",
            Text(
                f"{day:%m-%d} 하루 전체의 발전 예측이 아직 없습니다.",
                f"No forecast reaches over all of {day:%m-%d} yet.",
            ),
            Text(
                "예측은 매시 정각에 48시간 앞까지 나옵니다. 전날 0시 뒤에 다시 보십시오.",
                "Forecasts are made each hour for 48 hours: look again after midnight of the day before.",
            ),
        )
    whole = np.asarray(quantiles, np.float64).copy()
    if not told.all():
        rate = whole[told].sum(axis=0) / capacity[told].sum()
        whole[~told] = capacity[~told, None, None] * rate
    middle = np.array([[np.interp(0.5, levels, row) for row in plant] for plant in whole])
    pool = whole.sum(axis=0)
    median = middle.sum(axis=0)
    best, expected, plain = median, None, None
    if rule is not None:
        found = best_forecast(levels, pool, float(capacity.sum()), rule)
        best, expected, plain = found.energy, float(found.expected.sum()), float(found.median_expected.sum())
    wanted = best if strategy is Strategy.BEST else median
    weight = np.where(median > 0, middle, capacity[:, None])
    return Offer(
        day,
        strategy,
        np.round(wanted * weight / weight.sum(axis=0), 3),
        _at(levels, pool, LOW),
        _at(levels, pool, HIGH),
        median,
        best,
        expected,
        plain,
        tuple(one.plant for one, there in zip(members, told.tolist(), strict=True) if not there),
        told_until,
    )


def _at(levels: Floats, rows: Floats, level: float) -> Floats:
    return np.array([np.interp(level, levels, row) for row in rows])
