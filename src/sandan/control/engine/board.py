"""From newest values to states: pure functions over arrays.

A state is what the map and the lists show: 0 normal, 1 to 4 abnormal by the priority of an alarm, 5 silent.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from sandan.twin.silence import is_silent
from sandan.words import Text

_RANK = np.array([9, 1, 2, 3, 4, 5], dtype=np.uint8)
_STATE_OF_RANK = np.array([0, 1, 2, 3, 4, 5, 0, 0, 0, 0], dtype=np.uint8)


class State(IntEnum):
    """What a thing looks like on a control-room screen."""

    NORMAL = 0
    CRITICAL = 1
    HIGH = 2
    MEDIUM = 3
    LOW = 4
    SILENT = 5


STATE_NAMES: dict[State, Text] = {
    State.NORMAL: Text("정상", "Normal"),
    State.CRITICAL: Text("긴급", "Critical"),
    State.HIGH: Text("높음", "High"),
    State.MEDIUM: Text("중간", "Medium"),
    State.LOW: Text("낮음", "Low"),
    State.SILENT: Text("통신두절", "Silent"),
}


def assess_points(
    alarm: NDArray[np.uint8], start: NDArray[np.int64], interval: NDArray[np.int64], now: int
) -> NDArray[np.uint8]:
    """The state of each point.

    All arrays have shape (points,). `alarm` is the priority of the worst alarm that stands on a point,
    0 for none; `start` [ms since 1970] is that of the newest sample, -1 when there never was one (then
    nothing is known against it); `interval` [ms] is 0 for a point that speaks only on change. An alarm
    wins over silence: a sensor that fell silent in a leak has not said that the leak is over.
    """
    silent = (start >= 0) & is_silent(start, interval, now)
    return np.where(alarm > 0, alarm, np.where(silent, np.uint8(State.SILENT), np.uint8(0))).astype(np.uint8)


def worst_by_feature(
    state: NDArray[np.uint8], feature: NDArray[np.int64], features: int
) -> NDArray[np.uint8]:
    """The worst state among the points of each feature, shape (features,).

    `feature` gives for each point the index of its feature, -1 for none. Critical is worst, then
    down to low, then silent, then normal.
    """
    rank = np.full(features, 9, dtype=np.uint8)
    kept = feature >= 0
    np.minimum.at(rank, feature[kept], _RANK[state[kept]])
    return _STATE_OF_RANK[rank]
