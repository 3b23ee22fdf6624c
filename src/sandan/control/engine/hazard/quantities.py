"""Concentrations as people read them and as the models reckon; the classes a forecast holds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sandan.control.model.hazard import Floats, Stability, Weather
from sandan.control.model.substances import GAS_CONSTANT, Threshold


def concentration_per_ppm(molar_mass: float, weather: Weather) -> float:
    """kg/m³ that one ppm (by volume) of a gas of that molar mass [kg/mol] weighs in this air."""
    from_gas = weather.pressure * molar_mass / (GAS_CONSTANT * weather.temperature)
    return from_gas * 1e-6


def levels_of(thresholds: Sequence[Threshold], per_ppm: float) -> Floats:
    """Thresholds in kg/m³, shape (thresholds,)."""
    return np.array(
        [(t.value or 0.0) * (per_ppm if t.unit == "ppm" else 1e-6) for t in thresholds], np.float64
    )


def met(weather: Weather, end: float) -> Sequence[Stability]:
    """The classes of the hour computed, each once, in order."""
    return tuple(
        dict.fromkeys(s for at, s in enumerate(weather.stability) if at == 0 or weather.time[at] < end)
    )
