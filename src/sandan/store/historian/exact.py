"""Sums that are right to the last digit, whatever order, thread or node the rows came from.

A value is cut into a whole part and three fractions of 32 bits, each an integer; integers add
without rounding, and the sum becomes a float once, at the end. Exact for zero and every magnitude
from 6e-14 to LARGEST; below, the error is less than 2**-96 a sample.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

LARGEST = 1e12
"""No quantity comes near; up to here nine million samples of this size still add in 64 bits."""

LIMBS = ("whole", "fine1", "fine2", "fine3")
_SCALE = 4294967296.0


def cut(value: str) -> Mapping[str, str]:
    """SQL: by limb, its sum over the expression `value`."""
    limbs, rest = {}, value
    for name in LIMBS:
        limbs[name] = f"sum(toInt64({rest}))"
        rest = f"(({rest}) - trunc({rest})) * {_SCALE!r}"
    return limbs


def rounded(row: str) -> str:
    """SQL: the float of the sum in a row, right to about one unit in the last place."""
    parts = [f"{row}.{name}" for name in LIMBS]
    return f"({parts[0]} + ({parts[1]} + ({parts[2]} + {parts[3]} / {_SCALE!r}) / {_SCALE!r}) / {_SCALE!r})"


def total(rows: pa.Table) -> NDArray[np.float64]:
    """The correctly rounded sums [rows] of the limb columns."""
    parts: list[NDArray[np.float64]] = []
    for place, name in enumerate(LIMBS):
        limb = rows[name].to_numpy()
        high = limb >> 32
        parts.append(np.ldexp(high.astype(np.float64), 32 - 32 * place))
        parts.append(np.ldexp((limb - (high << 32)).astype(np.float64), -32 * place))
    # Knuth's two-sum, swept twice: afterwards the parts hardly overlap and the last sum rounds once.
    for _ in range(2):
        for i in range(len(parts) - 1, 0, -1):
            parts[i - 1], parts[i] = _two_sum(parts[i - 1], parts[i])
    result = parts[-1]
    for part in reversed(parts[:-1]):
        result = result + part
    return result


def _two_sum(
    a: NDArray[np.float64], b: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)
