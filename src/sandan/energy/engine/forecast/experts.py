"""What each series says of a day by itself: a row of simple forecasts ("experts") for every slot.

They are means of the days like it that fade with age – of the days off or of the working days, and of the
same day of the week – at three speeds each; the last day known and last week's; all of these once more
smoothed over five slots, which a noisy series needs; and how high the last day, and its evening, was.
A missing value leaves a mean as it was.
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
PLAIN = 2 * SPEEDS + 2
LAST, WEEK = PLAIN - 2, PLAIN - 1
EXPERTS = 2 * PLAIN + 2
NEAR = 2
"""Slots on either side that a smoothed expert takes in."""
FIRST_GUESS = np.zeros(EXPERTS)
"""The weights before anything is learned: the smoothed means of four such days and of one such weekday."""
FIRST_GUESS[[PLAIN + 1, PLAIN + SPEEDS]] = 0.5


@fast
def blank(slots: int) -> tuple[Singles, Singles]:
    """The memory of a series of which nothing is known: sums and weights [kinds + types, speeds, slots]."""
    shape = (KINDS + TYPES, SPEEDS, slots)
    return np.zeros(shape, np.float32), np.zeros(shape, np.float32)


@fast
def remember(total: Singles, weight: Singles, day: Singles, kind: int, type: int) -> None:
    """Take a day [slots] into the memory of its kind and of its type."""
    for which in range(2):
        row = kind if which == 0 else KINDS + type
        for a in range(SPEEDS):
            fade = FADES[which, a]
            sums, weights = total[row, a], weight[row, a]
            for s in range(len(day)):
                v = day[s]
                there = not np.isnan(v)
                sums[s] = sums[s] * fade + v if there else sums[s]
                weights[s] = weights[s] * fade + np.float32(1) if there else weights[s]


@fast
def consult(
    total: Singles, weight: Singles, last: Singles, week: Singles, kind: int, type: int, out: Singles
) -> None:
    """What the experts say of a day of this kind and type [EXPERTS, slots].

    `last` and `week` [slots] are the last day known and the newest of the same weekday. What one cannot say
    another says for it; NaN stays where none can.
    """
    slots = len(last)
    for a in range(SPEEDS):
        for s in range(slots):
            w, x = weight[kind, a, s], weight[KINDS + type, a, s]
            of_kind = total[kind, a, s] / w if w > 0 else np.float32(np.nan)
            of_type = total[KINDS + type, a, s] / x if x > 0 else of_kind
            out[a, s] = of_kind if w > 0 else of_type
            out[SPEEDS + a, s] = of_type
    for s in range(slots):
        out[LAST, s] = last[s] if not np.isnan(last[s]) else out[0, s]
        out[WEEK, s] = week[s] if not np.isnan(week[s]) else out[SPEEDS, s]
    for e in range(PLAIN):
        for s in range(slots):
            if NEAR <= s < slots - NEAR:
                mean = (out[e, s - 2] + out[e, s - 1] + out[e, s] + out[e, s + 1] + out[e, s + 2]) / 5
            else:
                mean = np.float32(0)
                for d in range(-NEAR, NEAR + 1):
                    mean += out[e, (s + d) % slots] / np.float32(2 * NEAR + 1)
            out[PLAIN + e, s] = mean
    whole, evening = np.float32(0), np.float32(0)
    late = slots // 12
    for s in range(slots):
        whole += out[LAST, s] / slots
    for s in range(slots - late, slots):
        evening += out[LAST, s] / late
    for s in range(slots):
        out[2 * PLAIN, s] = whole
        out[2 * PLAIN + 1, s] = evening


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
    total, weight = blank(slots)
    missing = np.full(slots, np.nan, np.float32)
    scaled = np.empty(slots, np.float32)
    last, week = np.empty(slots, np.float32), np.empty(slots, np.float32)
    share = np.float32(1 / level)
    known = 0
    for t in range(len(targets)):
        i = targets[t]
        k = i - leads[t]
        while known <= k:
            scaled[:] = values[known] * share
            remember(total, weight, scaled, off[known], type[known])
            known += 1
        j = week_before(i, k)
        last[:] = values[k] * share if k >= 0 else missing
        week[:] = values[j] * share if j >= 0 else missing
        consult(total, weight, last, week, off[i], type[i], out[t])


@fast
def sample_experts(
    values: Singles,
    type: Days,
    off: Days,
    lead: int,
    every: int,
    stride: int,
    begin: int,
    end: int,
    level: float,
    weather: Singles,
    rows: Singles,
    target: Singles,
    place: NDArray[np.int32],
) -> int:
    """Rows to learn from: each `every`-th day from `begin` to `end`, each `stride`-th slot, which turns.

    Fills `rows` [n, EXPERTS + weather], `target` [n] and `place` [n], the slot counted from the first day;
    gives how many there are. Rows with anything missing are left out. `weather` [days, slots, columns].
    """
    slots = values.shape[1]
    total, weight = blank(slots)
    missing = np.full(slots, np.nan, np.float32)
    scaled = np.empty(slots, np.float32)
    last, week = np.empty(slots, np.float32), np.empty(slots, np.float32)
    said = np.empty((EXPERTS, slots), np.float32)
    share = np.float32(1 / level)
    count, known = 0, 0
    for i in range(begin, end):
        k = i - lead
        while known <= k:
            scaled[:] = values[known] * share
            remember(total, weight, scaled, off[known], type[known])
            known += 1
        if k < 0 or (end - 1 - i) % every:
            continue
        j = week_before(i, k)
        last[:] = values[k] * share
        week[:] = values[j] * share if j >= 0 else missing
        consult(total, weight, last, week, off[i], type[i], said)
        for s in range((i * 5) % stride, slots, stride):
            if np.isnan(values[i, s]) or np.isnan(said[0, s]):
                continue
            sound = True
            for e in range(EXPERTS):
                rows[count, e] = said[e, s]
                sound = sound and not np.isnan(said[e, s])
            if sound:
                for w in range(weather.shape[2]):
                    rows[count, EXPERTS + w] = weather[i, s, w]
                target[count] = values[i, s] * share
                place[count] = i * slots + s
                count += 1
    return count
