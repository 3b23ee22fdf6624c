"""What a kilowatt-hour and a kilowatt cost, quarter-hour by quarter-hour.

The tariff engine makes `Rates` from a contract and a tariff; the bill adds them up, and the plan minimises
them. There is no second price anywhere in energy.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

SLOT_HOURS = 0.25
SLOT_MS = 900_000
Floats = NDArray[np.float64]
Instants = NDArray[np.int64]
"""Starts of quarter-hours: milliseconds since 1970 in UTC."""


class Band(IntEnum):
    """The load band of a quarter-hour (경부하·중간부하·최대부하)."""

    LIGHT = 0
    MID = 1
    PEAK = 2


@dataclass(frozen=True, slots=True)
class Rates:
    """The prices one customer meets in `n` consecutive quarter-hours; all before value-added tax."""

    start: Instants
    """[n]."""
    band: NDArray[np.int8]
    """`Band` that is charged [n]; the hour's own band unless day or season changes it."""
    energy: Floats
    """Every line that is charged by the kWh, discounts taken off and the industry fund on it [won/kWh, n]."""
    counts: NDArray[np.bool_]
    """Whether the quarter-hour's demand counts for the billing demand [n]."""
    demand: float
    """The base price with power factor and industry fund on it [won/kW and month]."""
    standing_demand: float
    """Billing demand owed whatever happens: earlier months' peaks, the floor of the contract [kW]."""
    export: Floats
    """What a kWh given to the grid earns [won/kWh, n]; 0 without a contract for it."""
