"""From committed samples to raised and returned conditions, for all rules at once.

A value holds until the next one comes. A condition is told once it has lasted its on-delay, at the
very moment that was over, and taken back likewise: what comes out does not depend on how samples
were cut into batches or how often the clock ticked in between (as long as it ticks behind the samples),
only when it comes out does. A test holds this together with the same said one sample at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandan.compiled import exact
from sandan.control.engine.alarms.memory import Conditions, Memory
from sandan.control.engine.alarms.runs import Changes, heads, join, overdue, ranges, run
from sandan.control.engine.alarms.scope import KINDS, Pairs
from sandan.control.engine.alarms.windows import close_by_clock, fill
from sandan.control.model.alarms import RuleKind
from sandan.twin.model import Quality

MINUTE = 60_000.0
PEERS = 3
"""How many points must speak before one of them can differ from the others."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples of one commit, arrays of shape (samples,).

    `point` counts the points the rules were laid out over (-1 for a point nobody knows), `start` is
    in ms since 1970. `expected` is the forecast for the same point and time, NaN for none.
    """

    point: NDArray[np.int64]
    start: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint8] | None = None
    expected: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class _Samples:
    """Good samples sorted by point and start, arrays of shape (samples,)."""

    point: NDArray[np.int64]
    start: NDArray[np.int64]
    value: NDArray[np.float64]
    expected: NDArray[np.float64]

    def at(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> _Samples:
        return _Samples(self.point[chosen], self.start[chosen], self.value[chosen], self.expected[chosen])


@dataclass(frozen=True, slots=True)
class _Fan:
    """Samples spread over the pairs that look at them one by one and have something to say.

    `pair` has shape (pairs with news,); the entries of each are `first[i]:first[i + 1]` of `start` and
    `looked`, what the pair looks at.
    """

    pair: NDArray[np.int64]
    first: NDArray[np.int64]
    start: NDArray[np.int64]
    looked: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Late:
    """What late samples say about the past, arrays of shape (found,).

    For a window that was evaluated before, `before` is the statistic somebody may have seen and
    `after` the new one, at its end; `was` and `is_` say whether they are abnormal. Single samples
    are read among themselves, with their delays: each time they were abnormal is one entry, at the
    moment it would have been told, with NaN for `before`. Nothing that was told is changed.
    """

    pair: NDArray[np.int64]
    at: NDArray[np.int64]
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    was: NDArray[np.bool_]
    is_: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch or a tick brought: changes in order of time, what late data says, what came too late."""

    changes: Changes
    late: Late
    too_late: int


def evaluate(pairs: Pairs, memory: Memory, batch: Batch) -> Outcome:
    """Judge a committed batch, in any order, and bring `memory` up to date.

    Samples without a finite value and those a device called bad count for nothing. A sample not
    later than the newest of its point is late: single values are read for themselves in `late`,
    windows take it in as long as their panes are kept. A point sent twice for the same instant
    within one batch counts as sent last. A correction of a sample that was there before counts in
    its window beside what it corrects.
    """
    samples = _in_order(pairs, batch)
    if not len(samples.point):
        return _outcome([], [], 0)
    late = samples.start <= memory.newest[samples.point]
    changes, lates, too_late = [], [], 0
    if late.any():
        lates.append(_late_samples(pairs, samples.at(late)))
    filled = fill(pairs, memory, samples.point, samples.start, samples.value)
    changes += filled.changes
    lates += [Late(*columns) for columns in filled.late]
    too_late += filled.too_late
    if late.any():
        samples = samples.at(~late)
    if len(samples.point):
        changes.append(_judge_samples(pairs, memory, samples))
        last = samples.at(np.append(np.flatnonzero(heads(samples.point))[1:], len(samples.point)) - 1)
        memory.newest[last.point] = last.start
        memory.newest_value[last.point] = last.value
    return _outcome(changes, lates, too_late)


def tick(pairs: Pairs, memory: Memory, now: int) -> Outcome:
    """What the clock alone brings at `now` [ms]: delays, windows, silence, peers, expressions.

    To be called with times that do not go back; a second apart is enough for what people see.
    """
    changes = [overdue(pairs, memory.conditions, now), *close_by_clock(pairs, memory, now)]
    for pair, value in (
        _ages(pairs, memory, now),
        _deviations(pairs, memory, now),
        *_expressions(pairs, memory, now),
    ):
        if len(pair):
            order = np.argsort(pair)
            at = np.full(len(pair), now, np.int64)
            changes.append(
                run(pairs, memory.conditions, pair[order], np.arange(len(pair) + 1), at, value[order])
            )
    return _outcome(changes, [], 0)


def _in_order(pairs: Pairs, batch: Batch) -> _Samples:
    point, start = np.asarray(batch.point, np.int64), np.asarray(batch.start, np.int64)
    value = np.asarray(batch.value, np.float64)
    expected = np.full(len(point), np.nan) if batch.expected is None else batch.expected
    samples = _Samples(point, start, value, expected)
    good = np.isfinite(value) & (point >= 0) & (point < len(pairs.points))
    if batch.quality is not None:
        good &= batch.quality < Quality.BAD
    if not good.all():
        samples = samples.at(good)
    point, start = samples.point, samples.start
    rising = (point[1:] > point[:-1]) | ((point[1:] == point[:-1]) & (start[1:] > start[:-1]))
    if rising.all():
        return samples
    samples = samples.at(np.lexsort((start, point)))
    first = np.flatnonzero(heads(samples.point, samples.start))
    return samples.at(np.append(first[1:], len(point)) - 1)


def _judge_samples(pairs: Pairs, memory: Memory, samples: _Samples) -> Changes:
    views = _views(samples)
    point, start, value = samples.point, samples.start, samples.value
    previous, before = np.append(np.nan, value[:-1]), np.append(0, start[:-1])
    fresh = heads(point)
    previous[fresh], before[fresh] = memory.newest_value[point[fresh]], memory.newest[point[fresh]]
    change = value - previous  # NaN before the first sample: neither moving nor standing still
    views[_LOOK[_RATE]] = change / (start - before) * MINUTE
    views[_LOOK[_FROZEN]] = np.abs(change)
    fan = _spread(pairs, memory.conditions, samples, views)
    if not len(fan.pair):
        return Changes.none()
    return run(pairs, memory.conditions, fan.pair, fan.first, fan.start, fan.looked)


def _views(samples: _Samples) -> NDArray[np.float64]:
    """What rules look at, shape (views, samples): value, distance from the forecast, and room for others."""
    views = np.full((len(_SEEN), len(samples.point)), np.nan)
    views[_LOOK[_STATE]] = samples.value
    views[_LOOK[_FORECAST]] = samples.value - samples.expected
    return views


def _spread(pairs: Pairs, conditions: Conditions, samples: _Samples, views: NDArray[np.float64]) -> _Fan:
    """The entries of every pair that is abnormal, was, or may become so; the quiet ones are passed over."""
    begins = np.append(np.flatnonzero(heads(samples.point)), len(samples.point))
    touched = samples.point[begins[:-1]]
    most = int((pairs.series_first[touched + 1] - pairs.series_first[touched]).sum())
    pair, of = np.empty(most, np.int64), np.empty(most, np.int64)
    found = _find_lively(
        begins, touched, pairs.series_first, pairs.series, pairs.kind, _LOOK, _STATE, pairs.sign,
        pairs.either, pairs.trip, conditions.on, conditions.told, views, pair, of,
    )  # fmt: skip
    pair, of = pair[:found], of[:found]
    count = np.diff(begins)[of]
    sample, owner = ranges(begins[of], count), np.repeat(np.arange(found), count)
    looked = views[_LOOK[pairs.kind[pair]][owner], sample]
    for values, members in pairs.states:
        place = np.minimum(np.searchsorted(members, pair), len(members) - 1)
        entries = (members[place] == pair)[owner]
        looked[entries] = np.isin(looked[entries], np.array(sorted(values)))
    return _Fan(pair, np.concatenate([[0], np.cumsum(count)]), samples.start[sample], looked)


@exact
def _find_lively(
    begins: NDArray[np.int64],
    touched: NDArray[np.int64],
    series_first: NDArray[np.int64],
    series: NDArray[np.int64],
    kind: NDArray[np.uint8],
    look: NDArray[np.int64],
    state: int,
    sign: NDArray[np.float64],
    either: NDArray[np.bool_],
    trip: NDArray[np.float64],
    on: NDArray[np.bool_],
    told: NDArray[np.bool_],
    views: NDArray[np.float64],
    pair: NDArray[np.int64],
    of: NDArray[np.int64],
) -> int:
    """Put pairs with news into `pair`, which of the touched points each is on into `of`; how many."""
    found = 0
    for i in range(len(touched)):
        for at in range(series_first[touched[i]], series_first[touched[i] + 1]):
            one = series[at]
            lively = on[one] or told[one] or kind[one] == state
            if not lively:
                seen = views[look[kind[one]]]
                for j in range(begins[i], begins[i + 1]):
                    value = abs(seen[j]) if either[one] else seen[j]
                    if sign[one] * value > trip[one]:
                        lively = True
                        break
            if lively:
                pair[found], of[found] = one, i
                found += 1
    return found


def _late_samples(pairs: Pairs, samples: _Samples) -> Late:
    nothing_told = Conditions.none(len(pairs))
    fan = _spread(pairs, nothing_told, samples, _views(samples))  # of a rate only the history can tell
    if not len(fan.pair):
        return _NOTHING_LATE
    said = run(pairs, nothing_told, fan.pair, fan.first, fan.start, fan.looked)
    came = said.on
    found = int(came.sum())
    return Late(
        said.pair[came],
        said.at[came],
        np.full(found, np.nan),
        said.value[came],
        np.zeros(found, np.bool_),
        np.ones(found, np.bool_),
    )


def _ages(pairs: Pairs, memory: Memory, now: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    pair = np.flatnonzero(pairs.kind == _STALE)
    newest = memory.newest[pairs.point[pair]]
    told = memory.conditions.told[pair]
    since = np.where(told, newest, np.maximum(newest, memory.listening))
    silent = (newest >= 0) & (now - since > pairs.age[pair])
    asked = silent | memory.conditions.on[pair] | told
    return pair[asked], silent[asked].astype(np.float64)


def _heard(
    pairs: Pairs, memory: Memory, pair: NDArray[np.int64], point: NDArray[np.int64], now: int
) -> NDArray[np.float64]:
    """The newest value of points, NaN where it is too old to stand for now."""
    fresh = (memory.newest[point] >= 0) & (now - memory.newest[point] <= pairs.age[pair])
    return np.where(fresh, memory.newest_value[point], np.nan)


def _deviations(pairs: Pairs, memory: Memory, now: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    pair = np.flatnonzero(pairs.kind == _PEER)
    if not len(pair):
        return pair, np.empty(0)
    value = _heard(pairs, memory, pair, pairs.point[pair], now)
    heard = ~np.isnan(value)
    pair, value, group = pair[heard], value[heard], pairs.group[pair][heard]
    order = np.lexsort((value, group))
    pair, value, group = pair[order], value[order], group[order]
    begins = np.flatnonzero(heads(group))
    count = np.diff(np.append(begins, len(group)))
    median = (value[begins + (count - 1) // 2] + value[begins + count // 2]) / 2
    median[count < PEERS] = np.nan
    return pair, value - np.repeat(median, count)


def _expressions(
    pairs: Pairs, memory: Memory, now: int
) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    return [
        (
            pair,
            formula.of(
                {name: _heard(pairs, memory, pair, inputs[:, i], now) for i, name in enumerate(formula.names)}
            ),
        )
        for formula, pair, inputs in pairs.expressions
    ]


def _outcome(changes: list[Changes], lates: list[Late], too_late: int) -> Outcome:
    columns = zip(*((x.pair, x.at, x.before, x.after, x.was, x.is_) for x in lates), strict=True)
    joined = [np.concatenate(column) for column in columns]
    return Outcome(join(changes), Late(*joined) if joined else _NOTHING_LATE, too_late)


_RATE, _FROZEN, _FORECAST, _STATE, _STALE, _PEER = (
    KINDS.index(kind)
    for kind in (
        RuleKind.RATE,
        RuleKind.FROZEN,
        RuleKind.FORECAST,
        RuleKind.STATE,
        RuleKind.STALE,
        RuleKind.PEER,
    )
)
_SEEN = (_STATE, _FORECAST, _RATE, _FROZEN)
"""What samples are looked at as; a high or low value is seen as a state is."""
_LOOK = np.array([_SEEN.index(i) if i in _SEEN else 0 for i in range(len(KINDS))], np.int64)
_NOTHING_LATE = Late(
    np.empty(0, np.int64),
    np.empty(0, np.int64),
    np.empty(0),
    np.empty(0),
    np.empty(0, np.bool_),
    np.empty(0, np.bool_),
)
