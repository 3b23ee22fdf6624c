"""What each series says of a day by itself: a row of simple forecasts ("experts") for every slot.

They are means of the days like it that fade with age – of the days off or of the working days, and of the
same day of the week – at three speeds each, the last day known and last week's, all smoothed over an hour,
and two of the means as they are; how high the last day, and its evening, was; and by how much the last days
departed from what such days had been. A missing value leaves a mean as it was.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sandan.compiled import fast
from sandan.energy.engine.forecast.days import Days
from sandan.energy.model.forecast import Singles

KINDS, TYPES = 2, 7
SPEEDS = 3
HALF_LIVES = ((1.5, 4.0, 10.0), (1.0, 3.0, 8.0))
"""After how many such days a mean has forgotten half: of the kind (working or off), of the type (weekday)."""
FADES = np.array([[0.5 ** (1 / h) for h in row] for row in HALF_LIVES], np.float32)
MEANS = 2 * SPEEDS + 2
LAST, WEEK = MEANS - 2, MEANS - 1
AS_THEY_ARE = (1, SPEEDS + 1)
"""Means that are given unsmoothed as well: of about four days of the kind, and of three weeks."""
HIGH = MEANS + len(AS_THEY_ARE)
"""Where the height of the last day stands, and then of its evening."""
DEPARTED = HIGH + 2
"""From here on what departed: the last day slot by slot, it and the one before whole, the last evening."""
EXPERTS = DEPARTED + 4
LOOK_BACK = 91
"""Days of history that a forecast still hears of."""
FIRST_GUESS = np.zeros(EXPERTS)
"""The weights before anything is learned: the smoothed means of four such days and of one such weekday."""
FIRST_GUESS[[1, SPEEDS]] = 0.5


@fast
def blank(slots: int) -> tuple[Singles, Singles, Singles]:
    """The memory of a series of which nothing is known: sums and weights [kinds + types, speeds, slots], and
    how the last two days departed [2, slots + 2], slot by slot, then whole and in the evening."""
    shape = (KINDS + TYPES, SPEEDS, slots)
    return np.zeros(shape, np.float32), np.zeros(shape, np.float32), np.zeros((2, slots + 2), np.float32)


@fast
def remember(
    total: Singles, weight: Singles, away: Singles, day: Singles, kind: int, type: int, scratch: Singles
) -> None:
    """Take a day [slots] into the memory of its kind and of its type; `scratch` [MEANS, slots]."""
    slots = len(day)
    half = np.float32(0.5)
    row, other = KINDS + type, kind
    for s in range(slots):
        w, x = weight[other, 1, s], weight[row, 0, s]
        of_kind = total[other, 1, s] / w if w > 0 else np.float32(np.nan)
        of_type = total[row, 0, s] / x if x > 0 else of_kind
        scratch[0, s] = half * (of_kind + of_type)
    smooth(scratch, 0, scratch, 1)
    whole, evening = np.float32(0), np.float32(0)
    late = slots - slots // 6
    for s in range(slots):
        apart = day[s] - scratch[1, s]
        apart = apart if not np.isnan(apart) else np.float32(0)
        scratch[0, s] = apart
        whole += apart
        evening += apart if s >= late else np.float32(0)
    away[1] = away[0]
    smooth(scratch, 0, away, 0)
    away[0, slots] = whole / slots
    away[0, slots + 1] = evening / (slots - late)
    for which in range(2):
        row = kind if which == 0 else KINDS + type
        for a in range(SPEEDS):
            fade = FADES[which, a]
            for s in range(slots):
                v = day[s]
                there = not np.isnan(v)
                sum, count = total[row, a, s], weight[row, a, s]
                total[row, a, s] = sum * fade + v if there else sum
                weight[row, a, s] = count * fade + np.float32(1) if there else count


@fast
def smooth(rows: Singles, row: int, out: Singles, to: int) -> None:
    """Row `to` of `out` is of `row` the means over the slots of about an hour, around the clock."""
    slots = rows.shape[1]
    near = max(1, slots // 48)
    share = np.float32(1 / (2 * near + 1))
    for s in range(near, slots - near):
        out[to, s] = rows[row, s]
    for d in range(1, near + 1):
        for s in range(near, slots - near):
            out[to, s] += rows[row, s - d] + rows[row, s + d]
    for s in range(near, slots - near):
        out[to, s] *= share
    for s in range(near):
        out[to, s] = smoothed(rows, row, s, near) * share
        out[to, slots - 1 - s] = smoothed(rows, row, slots - 1 - s, near) * share


@fast
def smoothed(rows: Singles, row: int, s: int, near: int) -> np.float32:
    """The sum of the slots about `s`, around the clock."""
    slots = rows.shape[1]
    sum = np.float32(0)
    for d in range(s - near, s + near + 1):
        at = d
        if at < 0:
            at += slots
        elif at >= slots:
            at -= slots
        sum += rows[row, at]
    return sum


@fast
def consult(
    total: Singles, weight: Singles, last: Singles, week: Singles, kind: int, type: int, plain: Singles
) -> tuple[float, float]:
    """Means of such days in `plain` [MEANS, slots]; gives how high the last day was, and its evening.

    `last` and `week` [slots] are the last day known and the newest of the same weekday. What one cannot say
    another says for it; NaN stays where none can.
    """
    slots = len(last)
    for a in range(SPEEDS):
        for s in range(slots):
            w, x = weight[kind, a, s], weight[KINDS + type, a, s]
            of_kind = total[kind, a, s] / w if w > 0 else np.float32(np.nan)
            of_type = total[KINDS + type, a, s] / x if x > 0 else of_kind
            plain[a, s] = of_kind if w > 0 else of_type
            plain[SPEEDS + a, s] = of_type
    for s in range(slots):
        plain[LAST, s] = last[s] if not np.isnan(last[s]) else plain[0, s]
        plain[WEEK, s] = week[s] if not np.isnan(week[s]) else plain[SPEEDS, s]
    whole, evening = np.float32(0), np.float32(0)
    late = slots // 12
    for s in range(slots):
        whole += plain[LAST, s]
    for s in range(slots - late, slots):
        evening += plain[LAST, s]
    return float(whole / slots), float(evening / late)


@fast
def week_before(i: int, k: int) -> int:
    """The newest day known on day `k` that has the weekday of day `i`; below zero where there is none."""
    j = i - 7
    while j > k:
        j -= 7
    return j


@fast
def experts_of_days(
    values: Singles, type: Days, off: Days, targets: Days, leads: Days, level: float, out: Singles
) -> None:
    """What the experts say of rising `targets`, each from `leads` days before, as shares of `level`.

    `values` [days, slots] of one series, `out` [targets, EXPERTS, slots].
    """
    slots = values.shape[1]
    total, weight, away = blank(slots)
    missing = np.full(slots, np.nan, np.float32)
    plain = np.empty((MEANS, slots), np.float32)
    scaled = np.empty(slots, np.float32)
    last, week = np.empty(slots, np.float32), np.empty(slots, np.float32)
    share = np.float32(1 / level)
    known = max(0, targets[0] - leads[0] - LOOK_BACK)
    for t in range(len(targets)):
        i = targets[t]
        k = i - leads[t]
        while known <= k:
            scaled[:] = values[known] * share
            remember(total, weight, away, scaled, off[known], type[known], plain)
            known += 1
        j = week_before(i, k)
        last[:] = values[k] * share if k >= 0 else missing
        week[:] = values[j] * share if j >= 0 else missing
        whole, evening = consult(total, weight, last, week, off[i], type[i], plain)
        said = out[t]
        for e in range(MEANS):
            smooth(plain, e, said, e)
        for s in range(slots):
            said[MEANS, s], said[MEANS + 1, s] = plain[AS_THEY_ARE[0], s], plain[AS_THEY_ARE[1], s]
            said[HIGH, s], said[HIGH + 1, s] = whole, evening
            said[DEPARTED, s], said[DEPARTED + 3, s] = away[0, s], away[0, slots + 1]
            said[DEPARTED + 1, s], said[DEPARTED + 2, s] = away[0, slots], away[1, slots]


@fast
def sample_experts(
    values: Singles,
    type: Days,
    off: Days,
    leads: Days,
    every: Days,
    stride: int,
    begin: int,
    end: int,
    level: float,
    weather: Singles,
    rows: Singles,
    target: Singles,
    place: NDArray[np.int32],
    count: NDArray[np.int64],
) -> None:
    """Rows to learn from, for each lead: days from `begin` to `end`, of which each `stride`-th slot, turning.

    Of a lead's days only each `every`-th [leads]. Fills `rows` [leads, n, EXPERTS + weather], `target` and
    `place` [leads, n], the slot counted from the first day, and `count` [leads], how many there are. Rows
    with anything missing are left out. `weather` [leads, days, slots, columns].
    """
    slots = values.shape[1]
    total, weight, away = blank(slots)
    missing = np.full(slots, np.nan, np.float32)
    plain = np.empty((MEANS, slots), np.float32)
    last, week = np.empty(slots, np.float32), np.empty(slots, np.float32)
    near = max(1, slots // 48)
    even = np.float32(1 / (2 * near + 1))
    share = np.float32(1 / level)
    count[:] = 0
    for k in range(end - leads[0]):
        last[:] = values[k] * share
        remember(total, weight, away, last, off[k], type[k], plain)
        for at in range(len(leads)):
            i = k + leads[at]
            if i < begin or i >= end or (end - 1 - i) % every[at]:
                continue
            j = week_before(i, k)
            week[:] = values[j] * share if j >= 0 else missing
            whole, evening = consult(total, weight, last, week, off[i], type[i], plain)
            for s in range((i * 5) % stride, slots, stride):
                if np.isnan(values[i, s]):
                    continue
                n = count[at]
                row = rows[at, n]
                for e in range(MEANS):
                    row[e] = smoothed(plain, e, s, near) * even
                row[MEANS], row[MEANS + 1] = plain[AS_THEY_ARE[0], s], plain[AS_THEY_ARE[1], s]
                row[HIGH], row[HIGH + 1] = whole, evening
                row[DEPARTED], row[DEPARTED + 3] = away[0, s], away[0, slots + 1]
                row[DEPARTED + 1], row[DEPARTED + 2] = away[0, slots], away[1, slots]
                sound = True
                for e in range(EXPERTS):
                    sound = sound and not np.isnan(row[e])
                if sound:
                    for w in range(weather.shape[3]):
                        row[EXPERTS + w] = weather[at, i, s, w]
                    target[at, n] = values[i, s] * share
                    place[at, n] = i * slots + s
                    count[at] += 1
