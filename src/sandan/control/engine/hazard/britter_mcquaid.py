"""The workbook model of dense gases: measured curves made into tables.

A box of even concentration: it says how far, how wide and how strong, not what lies between the
houses. It knows one wind, so the mean wind of the release stands for a changing one. What is lower
than a person is treated as reaching him.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from sandan.control.engine.hazard.density import DenseSource
from sandan.control.model.hazard import Floats
from sandan.tables import read_table

STEADY_TO, SUDDEN_FROM = 2.5, 0.6
"""u·T/x from which a release counts as lasting, and below which as at once; between, the lower holds."""
SUDDEN_SPEED = 0.4
"""A cloud let out at once moves with this share of the wind at 10 m."""
SPREAD = 1.2
NEAR_PLUME = 30.0
MOST_ALPHA = 1.0
"""The curves end there; beyond, the last value is kept, which reaches farther."""


@cache
def _curves() -> Mapping[tuple[str, float], Sequence[tuple[float, float, float]]]:
    table: dict[tuple[str, float], list[tuple[float, float, float]]] = {}
    for row in read_table(__name__, "britter_mcquaid.csv"):
        piece = (float(row["up_to_alpha"]), float(row["slope"]), float(row["intercept"]))
        table.setdefault((row["kind"], float(row["ratio"])), []).append(piece)
    return table


def curve(kind: str, alpha: float) -> tuple[Floats, Floats]:
    """Concentration ratios, falling, and the β = log₁₀(x/D) at which each is reached ("plume", "puff")."""
    at = min(alpha, MOST_ALPHA)
    ratios, betas = [], []
    for (of, ratio), pieces in _curves().items():
        if of == kind:
            slope, intercept = next((s, i) for up_to, s, i in pieces if at <= up_to)
            ratios.append(ratio)
            betas.append(slope * at + intercept)
    order = np.argsort(betas)
    return np.array(ratios)[order], np.array(betas)[order]


def _warm(ratio: Floats, source: DenseSource) -> Floats:
    """Share of the substance by volume, the cold cloud having warmed as it mixed (section 5.5)."""
    return np.asarray(source.share * ratio / (ratio + (1 - ratio) * source.ratio), np.float64)


def _along(kind: str, alpha: float, distance: Floats) -> Floats:
    """The ratio at a distance in units of the source's length: near field, tables, then x⁻²."""
    ratios, betas = curve(kind, alpha)
    near = 10 ** betas[0]
    constant = 306.0 if kind == "plume" else 3.24
    positive = np.maximum(distance, 1e-9)
    close = constant / (constant + positive**2)
    if kind == "puff":
        close = np.maximum(close, ratios[0])
    elif near > NEAR_PLUME:
        near = NEAR_PLUME
        betas = np.concatenate([[math.log10(near)], betas])
        ratios = np.concatenate([[constant / (constant + near**2)], ratios])
    between = np.interp(np.log10(positive), betas, ratios)
    far = ratios[-1] * (10 ** betas[-1] / positive) ** 2
    return np.where(positive <= near, close, np.where(positive < 10 ** betas[-1], between, far))


@dataclass(frozen=True, slots=True)
class DensePlume:
    """A dense release that lasts, in a wind of `speed` [m/s] at 10 m."""

    source: DenseSource
    speed: float

    @property
    def alpha(self) -> float:
        """α = 0.2·log₁₀(g′²·q/u⁵), by which the curves are read."""
        return 0.2 * math.log10(self.source.gravity**2 * self.source.volume / self.speed**5)

    @property
    def length(self) -> float:
        """D = √(q/u) [m]"""
        return math.sqrt(self.source.volume / self.speed)

    @property
    def buoyancy(self) -> float:
        """l_b = q·g′/u³ [m]"""
        return self.source.volume * self.source.gravity / self.speed**3

    def half_width(self, x: Floats) -> Floats:
        """Half the width [m] at `x` [m] downwind; upwind the width at the source."""
        ahead = np.maximum(x, 0.0)
        return np.asarray(
            self.length + 8 * self.buoyancy + 2.5 * np.cbrt(self.buoyancy * ahead**2), np.float64
        )

    def share(self, x: Floats) -> Floats:
        """Of the substance by volume on the ground, `x` [m] downwind; 1 at the source, 0 beyond upwind."""
        x = np.asarray(x, np.float64)
        ratio = np.where(x > 0, _along("plume", self.alpha, x / self.length), 1.0)
        return np.where(x < -(self.length / 2 + 2 * self.buoyancy), 0.0, _warm(ratio, self.source))


@dataclass(frozen=True, slots=True)
class DenseCloud:
    """A dense cloud let out at once; `source.volume` is in m³."""

    source: DenseSource
    speed: float

    @property
    def alpha(self) -> float:
        """α = 0.5·log₁₀(g′·V^⅓/u²)"""
        return 0.5 * math.log10(self.source.gravity * math.cbrt(self.source.volume) / self.speed**2)

    @property
    def _slumping(self) -> float:
        return SPREAD * math.sqrt(self.source.gravity * self.source.volume)

    @property
    def _first(self) -> float:
        """The radius [m] of the sphere it starts as."""
        return math.cbrt(3 * self.source.volume / (4 * math.pi))

    def radius(self, time: Floats) -> Floats:
        """√(R₀² + 1.2·√(g′V)·t) [m]"""
        return np.asarray(np.sqrt(self._first**2 + self._slumping * np.asarray(time)), np.float64)

    def share_at(self, time: Floats) -> Floats:
        """Of the substance by volume, everywhere within the cloud, `time` [s] after the release."""
        front = SUDDEN_SPEED * self.speed * np.asarray(time, np.float64) + self.radius(time)
        return _warm(_along("puff", self.alpha, front / math.cbrt(self.source.volume)), self.source)

    def passage(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """When [s] the cloud reaches and leaves a place `x`, `y` [m] downwind and across; NaN if never.

        |(x − 0.4ut, y)| ≤ R(t) is a quadratic in t.
        """
        move = SUDDEN_SPEED * self.speed
        half = move * x + self._slumping / 2
        free = x**2 + y**2 - self._first**2
        inside = half**2 - move**2 * free
        root = np.sqrt(np.where(inside >= 0, inside, np.nan))
        first, last = (half - root) / move**2, (half + root) / move**2
        return np.maximum(first, 0.0), np.where(last >= 0, last, np.nan)
