"""From a map of probabilities to what people ask of it: the smallest region, and its connected parts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sandan.control.model.odour import Patch


def enclose(probability: NDArray[np.float64], share: float) -> NDArray[np.bool_]:
    """The fewest cells that hold at least `share` of the probability, shape as given (sums to 1).

    >>> enclose(np.array([[0.5, 0.3], [0.15, 0.05]]), 0.9).tolist()
    [[True, True], [True, False]]
    """
    flat = probability.ravel()
    order = np.argsort(-flat, kind="stable")
    enough = int(np.searchsorted(np.cumsum(flat[order]), share - 1e-12)) + 1
    inside = np.zeros(flat.shape, np.bool_)
    inside[order[:enough]] = True
    return inside.reshape(probability.shape)


def blur(probability: NDArray[np.float64], cells: float) -> NDArray[np.float64]:
    """The map seen through a normal error of `cells` cells (sd) east and north; the sum stays.

    >>> blur(np.array([[0.0, 1.0, 0.0]]), 0.0).tolist()
    [[0.0, 1.0, 0.0]]
    """
    reach = int(np.ceil(3 * cells))
    if reach == 0:
        return probability
    kernel = np.exp(-((np.arange(-reach, reach + 1) / cells) ** 2) / 2)
    kernel /= kernel.sum()
    seen = probability
    for axis in (0, 1):
        ends = [(reach, reach) if one == axis else (0, 0) for one in (0, 1)]
        wide = np.pad(seen, ends, mode="symmetric")
        shifts = range(2 * reach + 1)
        size = probability.shape[axis]
        seen = sum(
            (kernel[k] * np.take(wide, np.arange(k, k + size), axis=axis) for k in shifts), np.zeros(1)
        )
    return seen


def find_patches(
    probability: NDArray[np.float64], inside: NDArray[np.bool_], west: float, south: float, cell: float
) -> list[Patch]:
    """The connected parts of a region (cells that touch, corners too), the likeliest first.

    `x` and `y` of a part are its middle weighted with probability [m].
    """
    rows, columns = np.nonzero(inside)
    left = set(zip(rows.tolist(), columns.tolist(), strict=True))
    patches = []
    while left:
        todo = [left.pop()]
        part = []
        while todo:
            row, column = todo.pop()
            part.append((row, column))
            for near in ((row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)):
                if near in left:
                    left.remove(near)
                    todo.append(near)
        at = np.array(part)
        weight = probability[at[:, 0], at[:, 1]]
        total = float(weight.sum())
        x = west + (float((at[:, 1] * weight).sum()) / total + 0.5) * cell
        y = south + (float((at[:, 0] * weight).sum()) / total + 0.5) * cell
        patches.append(Patch(x, y, total, len(part) * cell**2))
    return sorted(patches, key=lambda one: -one.probability)
