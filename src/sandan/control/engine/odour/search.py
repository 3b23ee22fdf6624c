"""The likelihood of each place, with the wind's error and the source's strength averaged out; compiled."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from sandan.control.engine.odour.evidence import LOG_STEP

_FAR = 12.0
"""Beyond exp(−12) of its axis a plume is nothing."""


@numba.njit(cache=True, fastmath=True)  # type: ignore[untyped-decorator]  # numba ships no types
def weigh_places(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    at_x: NDArray[np.float64],
    at_y: NDArray[np.float64],
    window: NDArray[np.int64],
    table: NDArray[np.float32],
    toward: NDArray[np.float32],
    stability: NDArray[np.int64],
    axis: NDArray[np.float32],
    narrow: NDArray[np.float32],
    step: float,
    near: float,
    shift: NDArray[np.float32],
    rates: int,
    stride: int,
    spread_weight: NDArray[np.float32],
    biases: int,
) -> Any:
    """ln L of each place by bias and rate, shape (places, biases, rates), less that of no source at all.

    `x`, `y` (places,) [m]; observations `at_x`, `at_y`, `window`, `table` (2, observations, steps), sorted
    by window, the second table for places within `near` [m]; `toward` (windows, angles, 2) is the unit
    vector the wind blows toward at each angle tried; `shift` (windows,) is where in `table` the lowest rate
    with u·C/Q = 1 lies, in steps, and the next rate is `stride` steps higher. The angles of a window are
    biases + spread weights − 1; each window averages over its own error, then they multiply.
    """
    places, steps, angles = len(x), table.shape[2], toward.shape[1]
    distances = axis.shape[1]
    half = len(spread_weight)
    result = np.zeros((places, biases, rates), np.float32)
    own = np.zeros((angles, rates), np.float32)
    for place in range(places):
        first = 0
        while first < len(window):
            now = window[first]
            own[:] = 0.0
            touched = False
            last = first
            while last < len(window) and window[last] == now:
                dx, dy = np.float32(at_x[last] - x[place]), np.float32(at_y[last] - y[place])
                kind = stability[now]
                close = 1 if dx * dx + dy * dy < near * near else 0
                for angle in range(angles):
                    cx, cy = toward[now, angle, 0], toward[now, angle, 1]
                    along = dx * cx + dy * cy
                    if along <= 0:
                        continue
                    bin_ = int(along / step + 0.5)
                    if bin_ >= distances:
                        continue
                    across = dx * cy - dy * cx
                    off = across * across * narrow[kind, bin_]
                    if off > _FAR:
                        continue
                    touched = True
                    at = axis[kind, bin_] - off
                    position = at * np.float32(1 / LOG_STEP) + shift[now]
                    whole = int(np.floor(position))
                    part = position - whole
                    for rate in range(rates):
                        k = whole + rate * stride
                        if k < 0:
                            continue
                        if k >= steps - 1:
                            own[angle, rate] += table[close, last, steps - 1]
                        else:
                            own[angle, rate] += table[close, last, k] + part * (
                                table[close, last, k + 1] - table[close, last, k]
                            )
                last += 1
            if touched:
                for rate in range(rates):
                    top = own[0, rate]
                    for angle in range(1, angles):
                        top = max(top, own[angle, rate])
                    for angle in range(angles):
                        own[angle, rate] = np.exp(own[angle, rate] - top)
                    for bias in range(biases):
                        total = np.float32(0.0)
                        for k in range(half):
                            total += spread_weight[k] * own[bias + k, rate]
                        result[place, bias, rate] += top + np.log(max(total, np.float32(1e-37)))
            first = last
    return result
