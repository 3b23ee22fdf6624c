"""Deadband and delays over many series at once, without a loop over samples.

A series becomes runs in which the condition (behind its deadband) stays the same. A run that lasts
longer than its delay is definite and is told at its start plus the delay; between definite runs
what was told stays. Both are forward fills, so that arrays do them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandan.control.engine.alarms.memory import Conditions
from sandan.control.engine.alarms.scope import Pairs, applies


@dataclass(frozen=True, slots=True)
class Changes:
    """Conditions told or taken back, arrays of shape (changes,).

    `at` [ms] is when the delay was over, `value` what tripped (or cleared) the rule: the quantity,
    its rate, deviation or statistic. `late` marks what only late data showed.
    """

    pair: NDArray[np.int64]
    at: NDArray[np.int64]
    on: NDArray[np.bool_]
    value: NDArray[np.float64]
    late: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.pair)

    @classmethod
    def none(cls) -> Changes:
        empty = np.empty(0, np.int64)
        return cls(empty, empty, empty.astype(np.bool_), empty.astype(np.float64), empty.astype(np.bool_))


def ranges(first: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers first, first + 1, … of each row, so many of each, one row after the other."""
    if len(count) and count.min() == count.max() == 1:
        return first
    ends = np.cumsum(count)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(first - ends + count, count)


def heads(*columns: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where a row begins something new in any of these sorted columns: shape (rows,)."""
    new = np.ones(len(columns[0]), np.bool_)
    if len(new):
        new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return new


def join(parts: Sequence[Changes]) -> Changes:
    """All changes in order of time; of one pair in the order they happened."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return Changes.none()
    at = np.concatenate([part.at for part in parts])
    order = np.argsort(at, kind="stable")
    return Changes(
        np.concatenate([part.pair for part in parts])[order],
        at[order],
        np.concatenate([part.on for part in parts])[order],
        np.concatenate([part.value for part in parts])[order],
        np.concatenate([part.late for part in parts])[order],
    )


def judge(
    pairs: Pairs, pair: NDArray[np.int64], at: NDArray[np.int64], value: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each value is abnormal, and whether it is normal again; within the deadband neither.

    NaN is neither. Outside its calendar a rule finds everything normal.
    """
    measured = pairs.sign[pair] * np.where(pairs.either[pair], np.abs(value), value)
    abnormal = measured > pairs.trip[pair]
    normal = measured <= pairs.clear[pair]
    if len(pairs.weeks):
        inside = applies(pairs, pair, at)
        abnormal &= inside
        normal |= ~inside
    return abnormal, normal


def run(
    pairs: Pairs,
    memory: Conditions,
    pair: NDArray[np.int64],
    first: NDArray[np.int64],
    at: NDArray[np.int64],
    value: NDArray[np.float64],
    late: bool = False,
) -> Changes:
    """Take in the entries of each pair and tell what changed; updates `memory`.

    `pair` names each pair once, rising; its entries are `first[i]:first[i + 1]` of `at` [ms, not
    falling] and `value`; none is empty.
    """
    count = np.diff(first)
    owner = np.repeat(pair, count)
    abnormal, normal = judge(pairs, owner, at, value)
    lively = memory.on[pair] | memory.told[pair] | np.logical_or.reduceat(abnormal, first[:-1])
    if not lively.all():  # most series are quiet and stay so: nothing of them changes
        entries = np.repeat(lively, count)
        pair, count = pair[lively], count[lively]
        at, value, abnormal, normal = at[entries], value[entries], abnormal[entries], normal[entries]
    if not len(pair):
        return Changes.none()
    return _tell(pairs, memory, pair, count, at, value, abnormal, normal, late)


def _tell(
    pairs: Pairs,
    memory: Conditions,
    pair: NDArray[np.int64],
    count: NDArray[np.int64],
    at: NDArray[np.int64],
    value: NDArray[np.float64],
    abnormal: NDArray[np.bool_],
    normal: NDArray[np.bool_],
    late: bool,
) -> Changes:
    m, size = len(pair), len(at) + len(pair)
    # Before the entries of each pair stands what it carries.
    own = np.repeat(np.arange(m), count + 1)
    head = np.cumsum(count + 1) - count - 1
    entry = np.ones(size, np.bool_)
    entry[head] = False
    code = np.empty(size, np.int8)
    code[entry] = np.where(abnormal, 1, np.where(normal, 0, -1))
    code[head] = memory.on[pair]
    began, last, measured = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size)
    began[entry], last[entry], measured[entry] = at, at, value
    began[head], last[head], measured[head] = memory.since[pair], memory.seen[pair], memory.value[pair]

    on = code[np.maximum.accumulate(np.where(code >= 0, np.arange(size), 0))] > 0
    starts = ~entry
    starts[1:] |= on[1:] != on[:-1]
    runs = np.flatnonzero(starts)
    of, is_on, start = own[runs], on[runs], began[runs]
    final = np.append(of[1:] != of[:-1], True)
    next_start = np.append(start[1:], 0)
    run_last = last[np.append(runs[1:] - 1, size - 1)]
    named = pair[of]
    due = start + np.where(is_on, pairs.on_delay[named], pairs.off_delay[named])
    definite = np.where(~final & pairs.holds[named], next_start > due, run_last >= due)

    sure = np.flatnonzero(definite)
    before = memory.told[named[sure]]
    same = of[sure[1:]] == of[sure[:-1]]
    before[1:] = np.where(same, is_on[sure[:-1]], before[1:])
    changed = sure[is_on[sure] != before]

    ends = np.flatnonzero(final)
    memory.on[pair], memory.since[pair] = is_on[ends], start[ends]
    memory.value[pair], memory.seen[pair] = measured[runs[ends]], run_last[ends]
    memory.told[named[sure]] = is_on[sure]  # in order: the last one stays
    return Changes(
        named[changed], due[changed], is_on[changed], measured[runs[changed]], np.full(len(changed), late)
    )


def overdue(pairs: Pairs, memory: Conditions, now: int) -> Changes:
    """Conditions whose delay is over by the clock, though no sample came to say so."""
    open_ = np.flatnonzero(memory.on != memory.told)
    delay = np.where(memory.on[open_], pairs.on_delay[open_], pairs.off_delay[open_])
    due = memory.since[open_] + delay
    ripe = pairs.holds[open_] & (now > due)
    pair = open_[ripe]
    memory.told[pair] = memory.on[pair]
    return Changes(
        pair, due[ripe], memory.on[pair].copy(), memory.value[pair].copy(), np.zeros(len(pair), np.bool_)
    )
