"""Courses as the chart island reads them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sandan.energy.model.forecast import Singles
from sandan.energy.model.rates import SLOT_MS, Floats
from sandan.words import Language, Text


def line(
    name: Text, language: Language, start: int, values: Floats | Singles, unit: str, kind: str = "line"
) -> dict[str, Any]:
    """Quarter-hours from `start` [ms] as a line; what is missing is a gap."""
    return {
        "name": name.in_(language),
        "unit": unit,
        "kind": kind,
        "digits": 1,
        "interval": SLOT_MS,
        "data": pairs(start, values),
    }


def band(start: int, low: Singles, high: Singles, color: int, opacity: float) -> dict[str, Any] | None:
    """What lies between two courses; None where no spread was told."""
    if not np.isfinite(low).all() or not np.isfinite(high).all():
        return None
    return {
        "low": pairs(start, low),
        "high": pairs(start, high),
        "interval": SLOT_MS,
        "color": color,
        "opacity": opacity,
    }


def pairs(start: int, values: Floats | Singles) -> list[list[float | int | None]]:
    """`[[ms, value], …]`."""
    return [
        [start + at * SLOT_MS, None if math.isnan(value) else round(value, 2)]
        for at, value in enumerate(values.tolist())
    ]
