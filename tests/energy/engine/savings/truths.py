"""Factories made up so that their saving is known."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from sandan.energy.engine.savings import kinds
from sandan.energy.model.rates import Floats
from sandan.energy.model.savings import Days

EPOCH = date(1970, 1, 1)
FIRST = (date(2024, 1, 1) - EPOCH).days
HOLIDAYS = frozenset(date(year, month, 1) for year in (2024, 2025, 2026) for month in (1, 3, 5, 10))


def factory(
    seed: int,
    n: int = 540,
    *,
    noise: float = 0.05,
    rho: float | None = None,
    production: bool = True,
    known: bool = True,
) -> tuple[Days, Floats]:
    """Days of a factory that nothing was done to, and the noise in them [kWh].

    Base by kind of day, heating below 8–14 °C, cooling above 18–24 °C, and (if `production`) 1,000 to 3,000
    kWh for output that wanders from week to week; AR(1) noise of `noise` times the mean. `known`: whether the
    production is told.
    """
    rng = np.random.default_rng(seed)
    day = FIRST + np.arange(n)
    kind = kinds(day, HOLIDAYS)
    weather = 13 - 14 * np.cos(2 * np.pi * (np.arange(n) - 20) / 365.25) + ar(rng, n, 0.7, 3.0)
    base = rng.uniform(1000, 4000)
    energy = np.array([base, base * rng.uniform(0.5, 0.9), base * rng.uniform(0.3, 0.6)])[kind]
    energy = energy + rng.uniform(0, 60) * np.maximum(rng.uniform(8, 14) - weather, 0)
    energy = energy + rng.uniform(20, 120) * np.maximum(weather - rng.uniform(18, 24), 0)
    drivers = {}
    if production:
        tonnes = np.maximum(60 + ar(rng, n, 0.9, 15.0), 0) * np.array([1.0, 0.5, 0.05])[kind]
        energy = energy + rng.uniform(15, 50) * tonnes
        drivers = {"tonnes": tonnes} if known else {}
    error = ar(rng, n, rng.uniform(0, 0.7) if rho is None else rho, noise * float(energy.mean()))
    return Days(day, energy + error, kind, weather, drivers), error


def ar(rng: np.random.Generator, n: int, rho: float, sigma: float) -> Floats:
    """Autocorrelated noise with standard deviation `sigma` [n]."""
    drawn = rng.standard_normal(n) * sigma * np.sqrt(1 - rho**2)
    drawn[0] = rng.standard_normal() * sigma
    for i in range(1, n):
        drawn[i] += rho * drawn[i - 1]
    return drawn


def days_from(first: date, n: int) -> list[date]:
    return [first + timedelta(days=i) for i in range(n)]
