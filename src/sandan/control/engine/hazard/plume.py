"""The steady plume and the single puff in their closed forms."""

from __future__ import annotations

import math

import numpy as np

from sandan.control.engine.hazard.sigma import sigma
from sandan.control.model.hazard import Floats, Stability
from sandan.errors import InvalidInput
from sandan.words import Text


def _up(z: Floats | float, height: float, sigma_z: Floats) -> Floats:
    """The vertical profile of a cloud at `height` that the ground reflects, without 1/(√2π·σz)."""
    below = np.exp(-((z - height) ** 2) / (2 * sigma_z**2))
    return np.asarray(below + np.exp(-((z + height) ** 2) / (2 * sigma_z**2)), np.float64)


def disperse_plume(
    rate: float,
    speed: float,
    stability: Stability,
    sigma_set: str,
    x: Floats,
    y: Floats | float = 0.0,
    z: Floats | float = 0.0,
    height: float = 0.0,
) -> Floats:
    """Concentration [kg/m³] of a steady plume, `x` [m] downwind, `y` [m] across, `z` [m] above ground.

    Q/(2π·u·σy·σz) · exp(−y²/2σy²) · [exp(−(z−h)²/2σz²) + exp(−(z+h)²/2σz²)], with `rate` Q [kg/s],
    `speed` u [m/s] > 0 at the release's `height` h [m]; 0 upwind. The arrays broadcast.
    Source: CCPS (1999), Guidelines for Consequence Analysis of Chemical Releases, p. 97.
    `InvalidInput` in a calm.
    """
    if not speed > 0:
        raise InvalidInput.because(
            "speed",
            Text("바람이 없으면 정상 플룸이 없습니다.", "without wind there is no steady plume."),
            Text("0보다 큰 풍속을 주거나 퍼프로 계산하십시오.", "give a wind above 0, or use puffs."),
        )
    x = np.asarray(x, np.float64)
    across, up = sigma(sigma_set, stability, "y", x), sigma(sigma_set, stability, "z", x)
    value = rate / (2 * math.pi * speed * across * up) * np.exp(-(np.asarray(y) ** 2) / (2 * across**2))
    return np.where(x > 0, value * _up(z, height, up), 0.0)


def disperse_puff(
    mass: float,
    travelled: float,
    stability: Stability,
    sigma_set: str,
    x: Floats | float = 0.0,
    y: Floats | float = 0.0,
    z: Floats | float = 0.0,
    height: float = 0.0,
) -> Floats:
    """Concentration [kg/m³] of one puff that has `travelled` [m]; `x`, `y` [m] from its centre.

    M/((2π)^1.5·σx·σy·σz) · exp(−x²/2σx² − y²/2σy²) · [exp(−(z−h)²/2σz²) + exp(−(z+h)²/2σz²)], with
    σx = σy. Source: CCPS (1999), p. 101.
    """
    at = np.asarray(travelled, np.float64)
    across, up = sigma(sigma_set, stability, "y", at), sigma(sigma_set, stability, "z", at)
    middle = mass / ((2 * math.pi) ** 1.5 * across**2 * up) * _up(z, height, up)
    off = np.asarray(x, np.float64) ** 2 + np.asarray(y, np.float64) ** 2
    return np.asarray(middle * np.exp(-off / (2 * across**2)), np.float64)
