"""Which of the forecasts handed in counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from sandan.clock import HOUR_MS
from sandan.energy.engine.vpp.deviation import SEOUL
from sandan.energy.engine.vpp.rules import gates
from sandan.energy.model.rates import Floats
from sandan.energy.model.vpp import Gate, Submission, Told
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

__all__ = ["forecast_that_counts", "gate_closes", "gates", "hourly"]
DAY_HOURS = 24


def gate_closes(gate: Gate, day: date) -> int:
    """The last instant at which a forecast for `day` may be handed in [ms UTC]."""
    return midnight(day - timedelta(days=gate.days_before)) + gate.hour * HOUR_MS


def forecast_that_counts(handed: Sequence[Submission], days: Sequence[date], plants: int) -> Told:
    """For each hour of `days` the mean over the gates of the newest forecast handed in by then.

    A gate without one leaves the day untold: what the market does then is not known. Raises `InvalidInput`
    for a gate that is not known and energy that is not plants × 24 or is negative.
    """
    known = {gate.name: gate for gate in gates()}
    found = [
        Finding(
            f"submissions.{n}",
            Text("제출 구분이나 값이 맞지 않습니다.", "The gate or the values do not fit."),
            Text(
                f"{', '.join(known)} 중 하나와 발전소×24시간의 값을 주십시오.",
                f"Name one of {', '.join(known)} and give plants × 24 values of 0 or more.",
            ),
        )
        for n, one in enumerate(handed)
        if one.gate not in known or one.energy.shape != (plants, DAY_HOURS) or (one.energy < 0).any()
    ]
    if found:
        raise InvalidInput(found)
    late = tuple(one for one in handed if one.sent_at > gate_closes(known[one.gate], one.day))
    in_time = sorted(
        (one for one in handed if one.sent_at <= gate_closes(known[one.gate], one.day)),
        key=lambda one: one.sent_at,
    )
    newest = {(one.day, one.gate): one.energy for one in in_time}
    nothing = np.full((plants, DAY_HOURS), np.nan)
    means = [sum(newest.get((day, name), nothing) for name in known) / len(known) for day in days]
    hours = np.arange(DAY_HOURS, dtype=np.int64) * HOUR_MS
    return Told(
        np.concatenate([midnight(day) + hours for day in days]) if days else np.zeros(0, np.int64),
        np.concatenate(means, axis=1) if days else np.zeros((plants, 0)),
        late,
    )


def hourly(energy: Floats, slots: int = 4) -> Floats:
    """Sums of every `slots` values along the last axis; an hour with one missing is missing."""
    return np.asarray(energy.reshape(*energy.shape[:-1], -1, slots).sum(axis=-1), np.float64)


def midnight(day: date) -> int:
    """When a day begins in Seoul [ms UTC]."""
    return round((datetime.combine(day, time(), UTC) - SEOUL).timestamp() * 1000)
