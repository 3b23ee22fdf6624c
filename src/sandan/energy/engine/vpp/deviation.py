"""How far a forecast was off, what that earns, and whether the market lets such a resource in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from sandan.energy.model.rates import Floats, Instants
from sandan.energy.model.vpp import (
    Bands,
    Deviations,
    MonthlyError,
    Outcome,
    RegistrationRule,
    Rounding,
    Standing,
    Won,
)

SEOUL = timedelta(hours=9)
_NOISE = 1e-9
"""Kilowatt-hours are sums of floats: an error of 6.000000000000001 % is one of 6."""


def judge_hours(
    generation: Floats, told: Floats, capacity: Floats | float, rule: Bands, rounding: Rounding
) -> Deviations:
    """Error and earnings of each hour of any resource; arrays of one shape, or that broadcast [kWh].

    error = |generation − told| / capacity × 100 [%] (전력시장운영규칙 14.5.1.1, 별표2). An hour of less
    output than `rule.least_output` × capacity earns nothing; any other earns generation × the won of its
    band, in which the upper edge lies. `rounding` of each hour's won is the operator's to say.
    """
    share = 100 / np.asarray(capacity, np.float64)
    made, said, share = np.broadcast_arrays(generation, told, share)
    error = np.abs(made - said) * share
    counted = made * share >= 100 * rule.least_output - _NOISE
    price = np.zeros(error.shape)
    for upto, won in reversed(rule.steps):
        price[counted & (error <= upto + _NOISE)] = won
    outcome = np.full(error.shape, Outcome.PAID, np.int8)
    outcome[price == 0] = Outcome.TOO_FAR_OFF
    outcome[~counted] = Outcome.TOO_LITTLE
    outcome[np.isnan(said)] = Outcome.NOT_TOLD
    outcome[np.isnan(made)] = Outcome.NOT_METERED
    earned = whole_won(np.nan_to_num(made) * price, rounding)
    return Deviations(error, counted & ~np.isnan(error), outcome, price, earned)


def whole_won(value: Floats, rounding: Rounding) -> Won:
    """Won without fractions; both ways are symmetric about zero."""
    size = np.abs(value) + (0.5 if rounding == "half_up" else 0.0)
    return np.asarray(np.sign(value) * np.floor(size + 1e-6), np.int64)


def monthly_errors(start: Instants, deviations: Deviations) -> tuple[MonthlyError, ...]:
    """The plain mean of the counted hours' errors of one resource, by month in Seoul."""
    found: dict[tuple[int, int], list[float]] = {}
    for instant, error, counted in zip(start, deviations.error, deviations.counted, strict=True):
        local = datetime.fromtimestamp(int(instant) / 1000, UTC) + SEOUL
        month = found.setdefault((local.year, local.month), [])
        if counted:
            month.append(float(error))
    return tuple(
        MonthlyError(year, month, float(np.mean(errors)) if errors else np.nan, len(errors))
        for (year, month), errors in sorted(found.items())
    )


def registration(months: Sequence[MonthlyError], rule: RegistrationRule) -> tuple[Standing, ...]:
    """Month by month, whether a resource that tries again every month would be in.

    It is let in after `entry_months` of a mean of at most `entry_mean`; it is out once the last `stay_months`
    since then have more than `stay_mean`. Means weigh every counted hour alike.
    """
    told: list[Standing] = []
    inside, since = False, 0
    for n, month in enumerate(months):
        span = rule.stay_months if inside else rule.entry_months
        judged = [one for one in months[max(since, n + 1 - span) : n + 1] if one.hours]
        hours = sum(one.hours for one in judged)
        mean = sum(one.mean * one.hours for one in judged) / hours if hours else float("nan")
        if inside:
            after = not (n + 1 - since >= span and mean > rule.stay_mean + _NOISE)
        else:
            after = n + 1 - since >= span and mean <= rule.entry_mean + _NOISE
        if after != inside:
            since = n + 1
        told.append(Standing(month.year, month.month, mean, after, after != inside))
        inside = after
    return tuple(told)
