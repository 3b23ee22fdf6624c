"""The steps by which series are rolled up: the calendar of Seoul, weeks from Monday.

Seoul keeps UTC+9 all year, so every step up to a week has one length; months and years have their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from sandan.errors import InvalidInput
from sandan.words import Text

Milliseconds = NDArray[np.int64]
"""Instants, as milliseconds since 1970 in UTC."""

_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000
_OFFSET = 9 * _HOUR


@dataclass(frozen=True, slots=True)
class Step:
    """A calendar step: its id, the engine's words for it, its length [ms] where it is always the same."""

    id: str
    interval: str
    length: int | None

    @property
    def holds_hours(self) -> bool:
        """Whole hours fit into it."""
        return self.length is None or self.length >= _HOUR

    @property
    def bucket(self) -> str:
        """SQL: when the step around `start` begins [ms]."""
        return self._begin("start")

    @property
    def bucket_of_hour(self) -> str:
        """SQL: when the step around `hour` [ms] begins [ms]."""
        return self._begin("fromUnixTimestamp64Milli(hour, 'UTC')")

    def _begin(self, at: str) -> str:
        begin = f"toStartOfInterval({at}, INTERVAL {self.interval}, 'Asia/Seoul')"
        return f"toUnixTimestamp64Milli(toDateTime64({begin}, 3, 'Asia/Seoul'))"

    def lengths(self, starts: Milliseconds) -> Milliseconds:
        """How long the steps beginning at `starts` are [ms]."""
        if self.length is not None:
            return np.full(len(starts), self.length, dtype=np.int64)
        unit = "M" if self.id == "1mo" else "Y"
        local = (starts + _OFFSET).astype("datetime64[ms]").astype(f"datetime64[{unit}]")
        ends = (local + 1).astype("datetime64[ms]").astype(np.int64) - _OFFSET
        lengths: Milliseconds = ends - starts
        return lengths


STEPS: Mapping[str, Step] = MappingProxyType(
    {
        step.id: step
        for step in (
            Step("1min", "1 MINUTE", _MINUTE),
            Step("5min", "5 MINUTE", 5 * _MINUTE),
            Step("10min", "10 MINUTE", 10 * _MINUTE),
            Step("15min", "15 MINUTE", 15 * _MINUTE),
            Step("30min", "30 MINUTE", 30 * _MINUTE),
            Step("1h", "1 HOUR", _HOUR),
            Step("1d", "1 DAY", _DAY),
            Step("1w", "1 WEEK", 7 * _DAY),
            Step("1mo", "1 MONTH", None),
            Step("1y", "1 YEAR", None),
        )
    }
)


def step(id: str) -> Step:
    """The step called `id`; `InvalidInput` names the ones there are."""
    try:
        return STEPS[id]
    except KeyError:
        raise InvalidInput.because(
            "every",
            Text(f"집계 간격 '{id}'을(를) 알 수 없습니다.", f"there is no step '{id}'."),
            Text(f"다음 중에서 고르십시오: {', '.join(STEPS)}", f"choose one of {', '.join(STEPS)}"),
        ) from None
