"""A release of a dangerous substance, the weather it meets, and what becomes of it.

Positions are metres east and north of an origin that the caller chooses; times are seconds since the
release began; concentrations inside are kg/m³ and become ppm only where people read them. What is
not known from a source (the air changes of a building, the error of the wind) has no default here.
"""

from __future__ import annotations

from sandan.control.model.hazard.places import Grid, Receptors, square_grid
from sandan.control.model.hazard.problem import MODELS, HazardParams, HazardProblem, Model, Terrain
from sandan.control.model.hazard.quantities import (
    Degree,
    Floats,
    Kelvin,
    Kilogram,
    KilogramPerSecond,
    Metre,
    MetrePerSecond,
    Pascal,
    PerHour,
    Ratio,
    Second,
)
from sandan.control.model.hazard.release import Release
from sandan.control.model.hazard.result import Disperse, Exposure, HazardResult, MassBalance, Note, serious
from sandan.control.model.hazard.weather import STABILITIES, Stability, Weather, steady

__all__ = [
    "MODELS",
    "STABILITIES",
    "Degree",
    "Disperse",
    "Exposure",
    "Floats",
    "Grid",
    "HazardParams",
    "HazardProblem",
    "HazardResult",
    "Kelvin",
    "Kilogram",
    "KilogramPerSecond",
    "MassBalance",
    "Metre",
    "MetrePerSecond",
    "Model",
    "Note",
    "Pascal",
    "PerHour",
    "Ratio",
    "Receptors",
    "Release",
    "Second",
    "Stability",
    "Terrain",
    "Weather",
    "serious",
    "square_grid",
    "steady",
]
