"""A clock that never goes back: what was known later must not bear an earlier time.

When the machine's clock is set back, `known_at` of the next commit would fall before figures already
published, and `as_of` would no longer reproduce them. So time goes on from where it was, at the
pace of the machine's monotonic counter, until the clock has caught up.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sandan.clock import Clock

log = logging.getLogger("sandan.ingest")

TOLD = timedelta(seconds=2)
"""A step smaller than this is the daily work of time synchronisation, and not worth a line."""
TRUSTED = timedelta(days=1)
"""A time kept from before a restart that is further ahead than this was itself wrong."""


class SteadyClock:
    """`clock`, but never earlier than it has been."""

    def __init__(self, clock: Clock, counter: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._counter = clock, counter
        self._last, self._counted = clock.now(), counter()
        self._stepped = False

    def now(self) -> datetime:
        wall, counted = self._clock.now(), self._counter()
        steady = self._last + timedelta(seconds=max(0.0, counted - self._counted))
        behind = steady - wall
        if behind > TOLD and not self._stepped:
            log.warning("the clock went back by %s; time goes on from %s", behind, steady.isoformat())
        elif behind <= timedelta(0) and self._stepped:
            log.info("the clock has caught up")
        self._stepped = behind > TOLD if not self._stepped else behind > timedelta(0)
        now = wall if behind <= timedelta(0) else max(self._last, wall) if behind < TOLD else steady
        self._last, self._counted = now, counted
        return now

    def not_before(self, instant: datetime) -> None:
        """Start no earlier than what an earlier run has recorded."""
        ahead = instant - self._clock.now()
        if ahead > TRUSTED:
            log.warning("samples are known since %s, more than a day from now; not trusted", instant)
        elif instant > self._last:
            self._last, self._counted = instant, self._counter()
