"""What a customer would have used, from what it used on working days before."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from sandan.energy.engine.demand_response.rules import working_day
from sandan.energy.model.demand_response import (
    HOURS,
    Adjustment,
    Baseline,
    BaselineRule,
    Dropped,
    Standing,
)
from sandan.energy.model.rates import Floats

FARTHEST = 366
"""Days behind which no working day is looked for."""


def customer_baseline(
    energy: Floats,
    first: date,
    day: date,
    rule: BaselineRule,
    holidays: frozenset[date],
    *,
    factory: bool,
    day_hours: tuple[int, int],
    events: frozenset[date] = frozenset(),
) -> Baseline:
    """The baseline [kWh, 24] of `day` for a customer's `energy` [kWh, days × 24] from the day `first`.

    Looked at are the `look_back` × `days` working days before. Of these are dropped days of an event or with
    a missing hour; then those of less than `low_share` of the mean of the rest; then, for a factory, those of
    less than `low_share` or more than `factory_high` of the mean of what was left. A day's use is the sum
    over `day_hours` (from, to): which hours is not known, so it is given. Of the newest `days` left, each
    hour by itself drops its `drop_low` lowest and `drop_high` highest, and the rest are averaged. With fewer
    days, fewer are dropped, so that as many as the rule averages stay; the baseline says that it is short.
    """
    window = _working_days(first, day, len(energy), rule, holidays)
    dropped: list[tuple[date, Dropped]] = []
    left: list[tuple[date, Floats]] = []
    for one in window:
        hours = energy[(one - first).days]
        if one in events:
            dropped.append((one, Dropped.EVENT))
        elif np.isnan(hours).any():
            dropped.append((one, Dropped.MISSING))
        else:
            left.append((one, hours))
    use = {one: float(hours[slice(*day_hours)].sum()) for one, hours in left}
    left = _within(left, use, rule.low_share, np.inf, Dropped.LOW, Dropped.LOW, dropped)
    if factory:
        left = _within(
            left, use, rule.low_share, rule.factory_high, Dropped.FACTORY_LOW, Dropped.FACTORY_HIGH, dropped
        )
    taken = left[: rule.days]
    days = tuple(one for one, _ in taken)
    if not taken:
        return Baseline(np.full(HOURS, np.nan), (), tuple(dropped), Standing.NONE)
    spare = max(0, len(taken) - (rule.days - rule.drop_high - rule.drop_low))
    high = min(rule.drop_high, spare // 2)
    low = min(rule.drop_low, spare - high)
    ordered = np.sort(np.stack([hours for _, hours in taken]), axis=0)
    mean = ordered[low : len(taken) - high].mean(axis=0)
    standing = Standing.WHOLE if len(taken) == rule.days else Standing.SHORT
    return Baseline(np.asarray(mean, np.float64), days, tuple(dropped), standing)


def adjust_baseline(baseline: Floats, actual: Floats, hour: int, adjustment: Adjustment) -> Floats:
    """The baseline [kWh, 24] shifted by how the hours before the event at `hour` differed from it.

    Compared are `adjustment.hours` hours that end `gap` hours before it. "add": + mean(actual − baseline);
    "scale": × Σ actual / Σ baseline; each hour by at most `most` × its baseline, and not below zero. NaN
    where one of the compared hours is missing or begins before midnight.
    """
    end = hour - adjustment.gap
    begin = end - adjustment.hours
    if begin < 0:
        return np.full(HOURS, np.nan)
    then, told = actual[begin:end], baseline[begin:end]
    if adjustment.kind == "add":
        shift = np.full(HOURS, float((then - told).mean()))
    else:
        shift = baseline * (float(then.sum() / told.sum()) - 1 if told.sum() > 0 else 0.0)
    room = adjustment.most * np.abs(baseline)
    return np.asarray(np.maximum(baseline + np.clip(shift, -room, room), 0.0), np.float64)


def _working_days(
    first: date, day: date, known: int, rule: BaselineRule, holidays: frozenset[date]
) -> list[date]:
    """The working days looked back at that there are data for, newest first."""
    found: list[date] = []
    for back in range(1, FARTHEST):
        one = day - timedelta(days=back)
        if one < first or len(found) == rule.look_back * rule.days:
            break
        if working_day(one, holidays) and (one - first).days < known:
            found.append(one)
    return found


def _within(
    left: list[tuple[date, Floats]],
    use: dict[date, float],
    low: float,
    high: float,
    below: Dropped,
    above: Dropped,
    dropped: list[tuple[date, Dropped]],
) -> list[tuple[date, Floats]]:
    """Those between both shares of their mean; the others are told as dropped."""
    if not left:
        return left
    mean = float(np.mean([use[one] for one, _ in left]))
    dropped += [(one, below) for one, _ in left if use[one] < low * mean]
    dropped += [(one, above) for one, _ in left if use[one] > high * mean]
    return [pair for pair in left if low * mean <= use[pair[0]] <= high * mean]
