"""What the evaluation carries from one batch to the next: arrays, updated in place.

All of it is derived: from the historian it can be filled again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandan.control.engine.alarms.scope import DAY_MS, Pairs, by_id


@dataclass(slots=True)
class Panes:
    """The newest panes of all channels that share a step and a length.

    A window is a run of panes; a pane holds the sum, count, least and greatest of its samples.
    Arrays of shape (channels, kept); `number` says which pane stands in a slot, -1 none. `closed`
    is the pane up to which windows were evaluated, `top` the newest with a sample; -1 before the
    first sample.
    """

    channel: NDArray[np.int64]
    step: int
    panes: int
    number: NDArray[np.int64]
    sum: NDArray[np.float64]
    count: NDArray[np.float64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]
    closed: NDArray[np.int64]
    top: NDArray[np.int64]

    @property
    def kept(self) -> int:
        return int(self.number.shape[1])


@dataclass(slots=True)
class Conditions:
    """Of each pair its condition and whether that was told, arrays of shape (pairs,).

    `on` is the condition behind its deadband, true since `since` [ms] and seen so last at `seen`,
    with `value` when it came; `told` is what came out behind the delays.
    """

    on: NDArray[np.bool_]
    told: NDArray[np.bool_]
    since: NDArray[np.int64]
    seen: NDArray[np.int64]
    value: NDArray[np.float64]

    @classmethod
    def none(cls, pairs: int) -> Conditions:
        """Nothing abnormal, nothing told."""
        return cls(
            np.zeros(pairs, np.bool_),
            np.zeros(pairs, np.bool_),
            np.zeros(pairs, np.int64),
            np.zeros(pairs, np.int64),
            np.zeros(pairs),
        )


@dataclass(slots=True)
class Memory:
    """The newest sample of each point, the condition of each pair, the panes of each window.

    Since `listening` [ms] somebody hears what comes; who was not heard before need not have been silent.
    """

    newest: NDArray[np.int64]
    newest_value: NDArray[np.float64]
    conditions: Conditions
    panes: Sequence[Panes]
    listening: int = 0


LATE_MS, LATE_PANES = DAY_MS, 48
"""How long after its window a late sample still finds its panes: a day, or so many of them."""


def new_memory(pairs: Pairs) -> Memory:
    """Nothing heard, nothing told."""
    points, channels = len(pairs.points), pairs.channels
    specs = sorted(set(zip(channels.step.tolist(), channels.panes.tolist(), strict=True)))
    return Memory(
        np.full(points, -1, np.int64),
        np.full(points, np.nan),
        Conditions.none(len(pairs)),
        [
            _new_panes(np.flatnonzero((channels.step == step) & (channels.panes == panes)), step, panes)
            for step, panes in specs
        ],
    )


def _new_panes(channel: NDArray[np.int64], step: int, panes: int) -> Panes:
    shape = (len(channel), panes + min(-(-LATE_MS // step), LATE_PANES))
    return Panes(
        channel,
        step,
        panes,
        np.full(shape, -1, np.int64),
        np.zeros(shape),
        np.zeros(shape),
        np.full(shape, np.inf),
        np.full(shape, -np.inf),
        np.full(len(channel), -1, np.int64),
        np.full(len(channel), -1, np.int64),
    )


def carry_over(old: Pairs, memory: Memory, new: Pairs) -> tuple[Memory, list[str]]:
    """The memory for a new table of rules or registry, and the ids of told pairs that are no more.

    What keeps its rule and point keeps its state, and the next sample is judged by the new limits.
    """
    carried = new_memory(new)
    carried.listening = memory.listening
    to, of = _meet([point.id for point in new.points], {point.id: i for i, point in enumerate(old.points)})
    carried.newest[to], carried.newest_value[to] = memory.newest[of], memory.newest_value[of]
    before, now = by_id(old), by_id(new)
    to, of = _meet(list(now), before)
    for name in CONDITION:
        getattr(carried.conditions, name)[to] = getattr(memory.conditions, name)[of]
    kept = {(panes.step, panes.panes): panes for panes in memory.panes}
    for panes in carried.panes:
        was = kept.get((panes.step, panes.panes))
        if was is None:
            continue
        to, of = _meet(_ids(new, panes), {id: i for i, id in enumerate(_ids(old, was))})
        for name in PANE:
            getattr(panes, name)[to] = getattr(was, name)[of]
    told = memory.conditions.told
    return carried, [id for id, pair in before.items() if told[pair] and id not in now]


CONDITION = ("on", "told", "since", "seen", "value")
PANE = ("number", "sum", "count", "min", "max", "closed", "top")


def _ids(pairs: Pairs, panes: Panes) -> list[str]:
    return [pairs.points[i].id for i in pairs.channels.point[panes.channel].tolist()]


def _meet(ids: Sequence[str], place: Mapping[str, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which of `ids` are known, and where they stand in `place`."""
    both = np.array([(i, place[id]) for i, id in enumerate(ids) if id in place], np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]
