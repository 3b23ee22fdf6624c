"""What the evaluation carries from one batch to the next: arrays, updated in place.

All of it is derived: from the historian it can be filled again.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandan.control.engine.alarms.scope import DAY_MS, Pairs, by_id
from sandan.errors import InvalidInput
from sandan.words import Text


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
    """The newest sample of each point, the condition of each pair, the panes of each window."""

    newest: NDArray[np.int64]
    newest_value: NDArray[np.float64]
    conditions: Conditions
    panes: Sequence[Panes]


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
    return _place(_by_name(old, memory), new)


def save_memory(pairs: Pairs, memory: Memory) -> bytes:
    """The memory as bytes that `load_memory` reads, by the ids of points and alarms (NumPy's npz)."""
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **_by_name(pairs, memory))
    return out.getvalue()


def load_memory(pairs: Pairs, saved: bytes) -> tuple[Memory, list[str]]:
    """A saved memory for rules and points as they are now, and the ids of told pairs that are no more.

    Raises `InvalidInput` for bytes that are no memory: it is derived and can be filled anew.
    """
    try:
        with np.load(io.BytesIO(saved), allow_pickle=False) as columns:
            return _place(dict(columns), pairs)
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise InvalidInput.because(
            "memory",
            Text("저장된 경보 상태를 읽을 수 없습니다.", "the saved state of the alarms cannot be read."),
            Text("지우면 이력에서 다시 채웁니다.", "delete it; it is filled again from the history."),
        ) from error


def _by_name(pairs: Pairs, memory: Memory) -> dict[str, NDArray[Any]]:
    """What is worth keeping, by id: pairs at rest have nothing to remember."""
    conditions = memory.conditions
    lively = np.flatnonzero(conditions.on | conditions.told)
    heard = np.flatnonzero(memory.newest >= 0)
    named: dict[str, NDArray[Any]] = {
        "points": _words([pairs.points[i].id for i in heard.tolist()]),
        "newest": memory.newest[heard],
        "newest_value": memory.newest_value[heard],
        "alarms": _words([pairs.id(i) for i in lively.tolist()]),
        **{name: getattr(conditions, name)[lively] for name in CONDITION},
    }
    for panes in memory.panes:
        begun = panes.closed >= 0
        spec = f"panes.{panes.step}.{panes.panes}"
        named[spec] = _words([id for id, has in zip(_ids(pairs, panes), begun, strict=True) if has])
        named |= {f"{spec}.{name}": getattr(panes, name)[begun] for name in PANE}
    return named


def _place(named: Mapping[str, NDArray[Any]], pairs: Pairs) -> tuple[Memory, list[str]]:
    memory = new_memory(pairs)
    point = {point.id: i for i, point in enumerate(pairs.points)}
    to, of = _meet(_ids_of(named["points"]), point)
    memory.newest[to], memory.newest_value[to] = named["newest"][of], named["newest_value"][of]
    alarms, alarm = _ids_of(named["alarms"]), by_id(pairs)
    to, of = _meet(alarms, alarm)
    for name in CONDITION:
        getattr(memory.conditions, name)[to] = named[name][of]
    for panes in memory.panes:
        spec = f"panes.{panes.step}.{panes.panes}"
        if spec not in named:
            continue
        row = {id: i for i, id in enumerate(_ids_of(named[spec]))}
        of, to = _meet(_ids(pairs, panes), row)
        for name in PANE:
            getattr(panes, name)[to] = named[f"{spec}.{name}"][of]
    return memory, [id for id, told in zip(alarms, named["told"], strict=True) if told and id not in alarm]


CONDITION = ("on", "told", "since", "seen", "value")
PANE = ("number", "sum", "count", "min", "max", "closed", "top")


def _ids(pairs: Pairs, panes: Panes) -> list[str]:
    return [pairs.points[i].id for i in pairs.channels.point[panes.channel].tolist()]


def _meet(ids: Sequence[str], place: Mapping[str, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the known ones of `ids` stand in `place`, and where in `ids`."""
    both = np.array([(place[id], i) for i, id in enumerate(ids) if id in place], np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _words(ids: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(ids).encode(), np.uint8)


def _ids_of(words: NDArray[np.uint8]) -> list[str]:
    return words.tobytes().decode().split("\n") if len(words) else []
