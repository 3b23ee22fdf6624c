"""Who gets what when more is put up all over the complex: stated rules, not a wish of anybody's."""

from __future__ import annotations

import numpy as np

from sandan.energy.model.rates import Floats


def spread_roofs(power: float, area: Floats, density: float) -> tuple[Floats, float]:
    """`power` [kW] over roofs without plant in proportion to their `area` [㎡, m]; and what finds no room.

    No roof takes more than `density` [kW/㎡], which the plants there are have on theirs.
    """
    whole = float(area.sum())
    if whole <= 0:
        return np.zeros(len(area)), power
    placed = min(power, density * whole)
    return area * (placed / whole), power - placed


def spread_batteries(energy: float, hours: float, peak: Floats, mean: Floats) -> tuple[Floats, Floats]:
    """Energy [kWh, m] and power [kW, m] of a battery at each site, in proportion to peak less mean load."""
    over = np.maximum(peak - mean, 0.0)
    whole = float(over.sum())
    share = over / whole if whole > 0 else np.zeros(len(over))
    return energy * share, energy * share / hours
