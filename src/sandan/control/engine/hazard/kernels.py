"""The loops over cells and receptors, compiled.

A puff touches only the cells within five of its σ; what lies beyond adds less than 4·10⁻⁶ of its
middle. The row and column factors of a Gaussian are reckoned once each, so that a cell costs one
multiplication.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
from numba import njit

from sandan.control.model.hazard import Floats

CUT = 5.0
F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile; keep the machine code beside the module where the disk can be written."""
    options = {"nogil": True, "fastmath": {"contract", "reassoc", "nsz", "arcp"}}
    try:
        return cast("F", njit(cache=True, **options)(function))
    except RuntimeError:  # nowhere to keep it
        return cast("F", njit(**options)(function))


@compiled
def add_to_grid(
    field: Floats, west: float, south: float, spacing: float, x: Floats, y: Floats, s: Floats, peak: Floats
) -> tuple[int, int, int, int]:
    """Add puffs to `field` (rows, columns); give the rows and columns that were touched.

    `x`, `y` [m] of the centres, `s` [m] their σ across, `peak` [kg/m³] in the middle: (puffs,).
    """
    rows, columns = field.shape
    across = np.empty(columns)
    top, bottom, left, right = rows, 0, columns, 0
    for k in range(len(x)):
        reach = CUT * s[k]
        first = max(0, int(np.ceil((x[k] - reach - west) / spacing - 0.5)))
        last = min(columns, int(np.floor((x[k] + reach - west) / spacing - 0.5)) + 1)
        low = max(0, int(np.ceil((y[k] - reach - south) / spacing - 0.5)))
        high = min(rows, int(np.floor((y[k] + reach - south) / spacing - 0.5)) + 1)
        if first >= last or low >= high:
            continue
        top, bottom, left, right = min(top, low), max(bottom, high), min(left, first), max(right, last)
        narrow = 1.0 / (2.0 * s[k] * s[k])
        for i in range(first, last):
            off = west + spacing * (i + 0.5) - x[k]
            across[i] = np.exp(-off * off * narrow)
        for j in range(low, high):
            off = south + spacing * (j + 0.5) - y[k]
            factor = peak[k] * np.exp(-off * off * narrow)
            for i in range(first, last):
                field[j, i] += factor * across[i]
    return top, bottom, left, right


@compiled
def take_step(
    field: Floats,
    box: tuple[int, int, int, int],
    begin: float,
    step: float,
    exponent: float,
    per_ppm: float,
    levels: Floats,
    peak: Floats,
    dose: Floats,
    arrival: Floats,
) -> None:
    """Fold the concentrations of a step into peak, dose [ppmⁿ·min] and arrivals [s], then clear them."""
    minutes = step / 60.0
    for j in range(box[0], box[1]):
        for i in range(box[2], box[3]):
            value = field[j, i]
            if value <= 0.0:
                continue
            field[j, i] = 0.0
            if value > peak[j, i]:
                peak[j, i] = value
            ppm = value / per_ppm
            if exponent == 1.0:
                dose[j, i] += ppm * minutes
            elif exponent == 2.0:
                dose[j, i] += ppm * ppm * minutes
            else:
                dose[j, i] += ppm**exponent * minutes
            for n in range(len(levels)):
                if value >= levels[n] and begin < arrival[n, j, i]:
                    arrival[n, j, i] = begin


@compiled
def add_to_receptors(
    values: Floats, at_x: Floats, at_y: Floats, x: Floats, y: Floats, s: Floats, peak: Floats
) -> None:
    """Add puffs to `values` (receptors,) whose `at_x` rises, so that far ones are never looked at."""
    for k in range(len(x)):
        reach = CUT * s[k]
        first = np.searchsorted(at_x, x[k] - reach)
        last = np.searchsorted(at_x, x[k] + reach)
        narrow = 1.0 / (2.0 * s[k] * s[k])
        for i in range(first, last):
            dx, dy = at_x[i] - x[k], at_y[i] - y[k]
            if -reach <= dy <= reach:
                values[i] += peak[k] * np.exp(-(dx * dx + dy * dy) * narrow)
