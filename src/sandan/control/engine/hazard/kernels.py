"""The loops over cells and receptors, compiled.

A puff touches only the cells within five of its σ; what lies beyond adds less than 4·10⁻⁶ of its
middle. The row and column factors of a Gaussian are reckoned once each, so that a cell costs one
multiplication.
"""

from __future__ import annotations

import numpy as np

from sandan.compiled import fast
from sandan.control.model.hazard import Floats

CUT = 5.0
GROUP = 4
"""Neighbouring puffs are added together, so that a cell is fetched once for four of them."""


@fast
def add_to_grid(
    field: Floats, west: float, south: float, spacing: float, x: Floats, y: Floats, s: Floats, peak: Floats
) -> tuple[int, int, int, int]:
    """Add puffs to `field` (rows, columns); give the rows and columns that were touched.

    `x`, `y` [m] of the centres, `s` [m] their σ across, `peak` [kg/m³] in the middle: (puffs,).
    """
    rows, columns = field.shape
    count = len(x)
    across = np.empty((GROUP, columns))
    along, wide = np.zeros(GROUP), np.ones(GROUP)
    top, bottom, left, right = rows, 0, columns, 0
    for begin in range(0, count, GROUP):
        size = min(GROUP, count - begin)
        first, last, low, high = columns, 0, rows, 0
        for g in range(size):
            k, reach = begin + g, CUT * s[begin + g]
            first = min(first, max(0, int(np.ceil((x[k] - reach - west) / spacing - 0.5))))
            last = max(last, min(columns, int(np.floor((x[k] + reach - west) / spacing - 0.5)) + 1))
            low = min(low, max(0, int(np.ceil((y[k] - reach - south) / spacing - 0.5))))
            high = max(high, min(rows, int(np.floor((y[k] + reach - south) / spacing - 0.5)) + 1))
        if first >= last or low >= high:
            continue
        top, bottom, left, right = min(top, low), max(bottom, high), min(left, first), max(right, last)
        for g in range(GROUP):
            if g >= size:
                across[g, first:last] = 0.0
                continue
            wide[g] = 1.0 / (2.0 * s[begin + g] * s[begin + g])
            for i in range(first, last):
                off = west + spacing * (i + 0.5) - x[begin + g]
                across[g, i] = np.exp(-off * off * wide[g])
        for j in range(low, high):
            here = south + spacing * (j + 0.5)
            near, far = columns, 0
            for g in range(size):
                k = begin + g
                off = here - y[k]
                along[g] = peak[k] * np.exp(-off * off * wide[g])
                chord = CUT * CUT * s[k] * s[k] - off * off
                if chord > 0.0:
                    reach = np.sqrt(chord)
                    near = min(near, max(0, int(np.ceil((x[k] - reach - west) / spacing - 0.5))))
                    far = max(far, min(columns, int(np.floor((x[k] + reach - west) / spacing - 0.5)) + 1))
            a, b, c, d = along[0], along[1], along[2], along[3]
            if size < GROUP:
                b, c, d = (b if size > 1 else 0.0), (c if size > 2 else 0.0), 0.0
            for i in range(near, far):
                field[j, i] += a * across[0, i] + b * across[1, i] + c * across[2, i] + d * across[3, i]
    return top, bottom, left, right


@fast
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
    minutes, lowest = step / 60.0, np.inf
    for level in levels:
        lowest = min(lowest, level)
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
            if value < lowest:
                continue
            for n in range(len(levels)):
                if value >= levels[n] and begin < arrival[n, j, i]:
                    arrival[n, j, i] = begin


@fast
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


@fast
def sample_above(
    into: Floats, field: Floats, west: float, south: float, spacing: float, level: float, furthest: float
) -> None:
    """Add 1 to `into` (radii, angles) where `field` (rows, columns), by its logarithm, passes `level`.

    Radii are even up to `furthest` [m] from the origin, angles even and counter-clockwise from east.
    """
    radii, angles = into.shape
    rows, columns = field.shape
    for a in range(angles):
        east, north = np.cos(2 * np.pi * a / angles), np.sin(2 * np.pi * a / angles)
        for r in range(radii):
            away = furthest * r / (radii - 1)
            i = (away * east - west) / spacing - 0.5
            j = (away * north - south) / spacing - 0.5
            if i < 0.0 or j < 0.0 or i >= columns - 1 or j >= rows - 1:
                continue
            c, d = int(i), int(j)
            u, v = i - c, j - d
            w, x, y, z = field[d, c], field[d, c + 1], field[d + 1, c], field[d + 1, c + 1]
            if min(min(w, x), min(y, z)) >= level:
                into[r, a] += 1.0
            elif max(max(w, x), max(y, z)) >= level:
                least = level * 1e-6
                value = (1 - v) * ((1 - u) * np.log(max(w, least)) + u * np.log(max(x, least))) + v * (
                    (1 - u) * np.log(max(y, least)) + u * np.log(max(z, least))
                )
                if value >= np.log(level):
                    into[r, a] += 1.0
