"""How amounts were rounded, where nobody says."""

from __future__ import annotations

from collections.abc import Iterable

_COARSEST = 10**8
"""Nobody prints a budget coarser than a whole 억."""


def rounding_of(values: Iterable[int | float | None]) -> float:
    """The unit [won] in which several amounts are whole, at most 1억; 0 where that is a single won.

    >>> rounding_of([29_770_000_000, 16_200_000_000]), rounding_of([7])
    (10000000.0, 0.0)
    """
    unit = _COARSEST
    for value in values:
        while value and unit > 1 and int(value) % unit:
            unit //= 10
    return float(unit) if unit > 1 else 0.0
