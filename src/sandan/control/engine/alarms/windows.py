"""Statistics over windows, kept up as samples come: sums of panes, not of samples.

A window closes when its point speaks after its end, or when the clock says so. What comes for a
closed window goes into its panes and its statistic is taken again: the newest window goes on to the
rules and is marked late, an older one is only reported.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sandan.control.engine.alarms.memory import Memory, Panes
from sandan.control.engine.alarms.runs import Changes, heads, judge, ranges, run
from sandan.control.engine.alarms.scope import KOREA_MS, STATISTICS, Pairs
from sandan.control.model.alarms import Statistic

Columns = tuple[
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.bool_],
    NDArray[np.bool_],
]
"""Of what is late: pair, at, before, after, was abnormal, is abnormal."""


@dataclass(slots=True)
class Filled:
    """What filling the panes brought."""

    changes: list[Changes] = field(default_factory=list)
    late: list[Columns] = field(default_factory=list)
    too_late: int = 0


@dataclass(frozen=True, slots=True)
class _Heap:
    """Samples of one pane, summed: arrays of shape (heaps,), sorted by row and pane."""

    row: NDArray[np.int64]
    pane: NDArray[np.int64]
    sum: NDArray[np.float64]
    count: NDArray[np.float64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]

    def where(self, chosen: NDArray[np.bool_]) -> _Heap:
        return _Heap(*(getattr(self, name)[chosen] for name in self.__slots__))


def fill(
    pairs: Pairs,
    memory: Memory,
    point: NDArray[np.int64],
    start: NDArray[np.int64],
    value: NDArray[np.float64],
) -> Filled:
    """Put samples (sorted by point and start) into their panes; tell what the closed windows say."""
    filled = Filled()
    for panes in memory.panes:
        heaps = _heap_up(pairs, panes, point, start, value)
        if not len(heaps.row):
            continue
        closed = panes.closed[heaps.row]
        late = (closed >= 0) & (heaps.pane < closed)
        if late.any():
            _refill(pairs, memory, panes, heaps.where(late), filled)
        _go_on(pairs, memory, panes, heaps.where(~late), filled)
    return filled


def close_by_clock(pairs: Pairs, memory: Memory, now: int) -> list[Changes]:
    """Close every window whose end, and the time it waits for stragglers, is over at `now` [ms]."""
    changes = []
    for panes in memory.panes:
        upto = (now - pairs.channels.wait[panes.channel] + KOREA_MS) // panes.step
        rows = np.flatnonzero((panes.closed >= 0) & (panes.closed < upto))
        if len(rows):
            changes.append(_hand_on(pairs, memory, panes, *_close(pairs, panes, rows, upto[rows])))
    return changes


def _heap_up(
    pairs: Pairs,
    panes: Panes,
    point: NDArray[np.int64],
    start: NDArray[np.int64],
    value: NDArray[np.float64],
) -> _Heap:
    channel_point = pairs.channels.point[panes.channel]
    low, high = np.searchsorted(point, channel_point), np.searchsorted(point, channel_point, "right")
    row = np.repeat(np.arange(len(channel_point)), high - low)
    if not len(row):
        empty = np.empty(0, np.int64)
        return _Heap(empty, empty, *[np.empty(0)] * 4)
    sample = ranges(low, high - low)
    pane, x = (start[sample] + KOREA_MS) // panes.step, value[sample]
    begins = np.flatnonzero(heads(row, pane))
    return _Heap(
        row[begins],
        pane[begins],
        np.add.reduceat(x, begins),
        np.diff(np.append(begins, len(x))).astype(np.float64),
        np.minimum.reduceat(x, begins),
        np.maximum.reduceat(x, begins),
    )


def _put(panes: Panes, heaps: _Heap) -> None:
    """Add heaps, at most one for a slot, to the ring."""
    row, slot = heaps.row, heaps.pane % panes.kept
    old = panes.number[row, slot] != heaps.pane
    panes.sum[row, slot] = np.where(old, 0.0, panes.sum[row, slot]) + heaps.sum
    panes.count[row, slot] = np.where(old, 0.0, panes.count[row, slot]) + heaps.count
    panes.min[row, slot] = np.minimum(np.where(old, np.inf, panes.min[row, slot]), heaps.min)
    panes.max[row, slot] = np.maximum(np.where(old, -np.inf, panes.max[row, slot]), heaps.max)
    panes.number[row, slot] = heaps.pane
    panes.top[row] = np.maximum(panes.top[row], heaps.pane)


def _go_on(pairs: Pairs, memory: Memory, panes: Panes, heaps: _Heap, filled: Filled) -> None:
    """Heaps of open windows, the first of each row, then the second…; each closes what ends before it."""
    if not len(heaps.row):
        return
    fresh = panes.closed[heaps.row] < 0
    begins = heads(heaps.row)
    panes.closed[heaps.row[fresh & begins]] = heaps.pane[fresh & begins]
    place = np.flatnonzero(begins)
    rank = np.arange(len(heaps.row)) - np.repeat(place, np.diff(np.append(place, len(heaps.row))))
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]] = []
    for turn in range(int(rank.max()) + 1):
        now = heaps.where(rank == turn) if rank.max() else heaps
        behind = panes.closed[now.row] < now.pane
        if behind.any():
            found.append(_close(pairs, panes, now.row[behind], now.pane[behind]))
        _put(panes, now)
    if found:
        row = np.concatenate([rows for rows, _, _ in found])
        end = np.concatenate([ends for _, ends, _ in found])
        value = np.concatenate([values for _, _, values in found])
        filled.changes.append(_hand_on(pairs, memory, panes, row, end, value))


def _close(
    pairs: Pairs, panes: Panes, rows: NDArray[np.int64], upto: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Row, end (a pane) and statistic of all windows of `rows` that end up to pane `upto`.

    Once a whole window is empty the following ones are the same: only the last of them is taken.
    """
    found = []
    while len(rows):
        end = panes.closed[rows] + 1
        end = np.where(end > panes.top[rows] + panes.panes + 1, upto, end)
        found.append((rows, end, _statistic(pairs, panes, rows, end)))
        panes.closed[rows] = end
        more = end < upto
        rows, upto = rows[more], upto[more]
    row, end, value = (np.concatenate(column) for column in zip(*found, strict=True))
    return row, end, value


def _statistic(
    pairs: Pairs, panes: Panes, row: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The statistic of the window of each row that ends at pane `end`; NaN where too little is there."""
    number = end[:, None] - np.arange(panes.panes, 0, -1)
    slot, at = number % panes.kept, row[:, None]
    there = panes.number[at, slot] == number
    count = np.where(there, panes.count[at, slot], 0.0).sum(axis=1)
    total = np.where(there, panes.sum[at, slot], 0.0).sum(axis=1)
    channel = panes.channel[row]
    share = count / pairs.channels.expected[channel]
    which = pairs.channels.statistic[channel]
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(which == _MEAN, total / count, total)
    if (which == _MIN).any() or (which == _MAX).any():
        least = np.where(there, panes.min[at, slot], np.inf).min(axis=1)
        greatest = np.where(there, panes.max[at, slot], -np.inf).max(axis=1)
        value = np.where(which == _MIN, least, np.where(which == _MAX, greatest, value))
    value = np.where((count == 0) | (share < pairs.channels.coverage[channel]), np.nan, value)
    return np.where(which == _COVERAGE, share, value)


def _refill(pairs: Pairs, memory: Memory, panes: Panes, heaps: _Heap, filled: Filled) -> None:
    kept = heaps.pane > panes.top[heaps.row] - panes.kept
    filled.too_late += int(heaps.count[~kept].sum())
    heaps = heaps.where(kept)
    if not len(heaps.row):
        return
    row = np.repeat(heaps.row, panes.panes)
    end = (heaps.pane[:, None] + np.arange(1, panes.panes + 1)).ravel()
    touched = (end <= panes.closed[row]) & (end - panes.panes > panes.top[row] - panes.kept)
    row, end = np.unique(np.stack([row[touched], end[touched]]), axis=1)
    before = _statistic(pairs, panes, row, end)
    _put(panes, heaps)
    after = _statistic(pairs, panes, row, end)
    pair, first, entry = _pairs_of(pairs, panes, row)
    if not len(pair):
        return
    owner = np.repeat(pair, np.diff(first))
    at = end[entry] * panes.step - KOREA_MS
    was, _ = judge(pairs, owner, at, before[entry])
    is_, _ = judge(pairs, owner, at, after[entry])
    filled.late.append((owner, at, before[entry], after[entry], was, is_))
    newest = end == panes.closed[row]
    if newest.any():
        filled.changes.append(
            _hand_on(pairs, memory, panes, row[newest], end[newest], after[newest], late=True)
        )


def _pairs_of(
    pairs: Pairs, panes: Panes, row: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The pairs that look through rows (sorted), where the entries of each begin, and their entries."""
    pair = np.flatnonzero(pairs.window >= 0)
    place = np.full(len(pairs.channels), -1, np.int64)
    place[panes.channel] = np.arange(len(panes.channel))
    of = place[pairs.window[pair]]
    low, high = np.searchsorted(row, of), np.searchsorted(row, of, "right")
    some = (of >= 0) & (high > low)
    pair, low, count = pair[some], low[some], (high - low)[some]
    return pair, np.concatenate([[0], np.cumsum(count)]), ranges(low, count)


def _hand_on(
    pairs: Pairs,
    memory: Memory,
    panes: Panes,
    row: NDArray[np.int64],
    end: NDArray[np.int64],
    value: NDArray[np.float64],
    late: bool = False,
) -> Changes:
    order = np.lexsort((end, row))
    row, end, value = row[order], end[order], value[order]
    pair, first, entry = _pairs_of(pairs, panes, row)
    if not len(pair):
        return Changes.none()
    return run(pairs, memory.conditions, pair, first, end[entry] * panes.step - KOREA_MS, value[entry], late)


_MEAN, _MIN, _MAX, _COVERAGE = (
    STATISTICS.index(one) for one in (Statistic.MEAN, Statistic.MIN, Statistic.MAX, Statistic.COVERAGE)
)
