"""The plume a smell makes, tabulated by distance: a search over places then takes no exponential."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sandan.control.engine.hazard.sigma import sigma
from sandan.control.model.hazard import Stability

STEP = 5.0
"""Spacing of the tables [m]."""


def tabulate_plume(
    classes: Sequence[Stability],
    sigma_set: str,
    reach: float,
    *,
    source_height: float,
    sensor_height: float,
    width: float,
    blur: float,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """ln(u·C/Q) on the axis and 1/(2σy²), each of shape (classes, distances of `STEP` metres up to `reach`).

    The steady plume of `disperse_plume`, taken apart into its axis and its width. A place stands for a cell
    `width` [m] across and a direction for a step of `blur` [rad], so σy² grows by width²/12 +
    (x·blur)²/12: a coarse search then misses nothing between its places.
    """
    x = np.maximum(np.arange(int(reach / STEP) + 2) * STEP, max(STEP, width / 2))
    axis, narrow = [], []
    for one in classes:
        across, up = sigma(sigma_set, one, "y", x), sigma(sigma_set, one, "z", x)
        across = np.sqrt(across**2 + width**2 / 12 + (x * blur) ** 2 / 12)
        below, above = (sensor_height - source_height) / up, (sensor_height + source_height) / up
        vertical = np.logaddexp(-(below**2) / 2, -(above**2) / 2)
        axis.append(vertical - np.log(2 * np.pi * across * up))
        narrow.append(1 / (2 * across**2))
    return np.array(axis, np.float32), np.array(narrow, np.float32)
