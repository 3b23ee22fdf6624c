"""When a point has fallen silent: one rule for ingest, the control room and every page.

A sample's interval must first be over; then three more of its intervals may pass, and a minute at
least, since gateways gather before they send.
"""

from __future__ import annotations

from typing import overload

import numpy as np
from numpy.typing import NDArray

INTERVALS = 3
PATIENCE_MS = 60_000


@overload
def is_silent(start: int, interval: int, now: int) -> bool: ...
@overload
def is_silent(start: NDArray[np.int64], interval: NDArray[np.int64], now: int) -> NDArray[np.bool_]: ...
def is_silent(
    start: int | NDArray[np.int64], interval: int | NDArray[np.int64], now: int
) -> bool | NDArray[np.bool_]:
    """Whether a point whose newest sample began at `start` [ms since 1970] is silent at `now`.

    `interval` [ms] is the point's own; 0 for one that speaks only on change and is never silent.

    >>> is_silent(0, 900_000, 3_600_000)
    False
    >>> is_silent(0, 900_000, 3_600_001)
    True
    """
    quiet = now - start - interval
    silent = (np.asarray(interval) > 0) & (quiet > np.maximum(INTERVALS * interval, PATIENCE_MS))
    return bool(silent) if isinstance(start, int) else np.asarray(silent)
