"""From the draughtsman's straight plan to the curved ground.

Streets, lots and buildings are drawn on a plan where everything is at right angles, then laid
onto the ground by a conformal map: roads sweep and bend, yet every corner stays square and
nothing that fitted on the plan stops fitting. Lengths change by a few per cent at the edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from sandan.twin.geometry import DIGITS

Floats = NDArray[np.float64]
STEP = 15.0
"""Longest straight piece [m] that may stand for a curve: neighbours then meet within a centimetre."""

WALL = 90.0
"""The same for walls, which are straight in truth; setbacks hide the difference."""


@dataclass(frozen=True)
class Plane:
    """w(z) = e^{iθ} ( (e^{iκz} − 1)/(iκ) + i·a·sin(kz + φ) ), z being the plan seen from its middle."""

    middle: tuple[float, float]
    origin: tuple[float, float]
    turn: float
    bend: float
    sway: float
    wave: float
    phase: float

    @cached_property
    def _degrees(self) -> Transformer:
        lon, lat = self.origin
        return Transformer.from_crs(
            f"+proj=tmerc +lat_0={lat} +lon_0={lon} +k=1 +x_0=0 +y_0=0 +ellps=WGS84 +units=m +no_defs",
            "EPSG:4326",
            always_xy=True,
        )

    def metres(self, plan: Floats) -> Floats:
        """Metres east and north of the origin for points (n, 2) of the plan."""
        z = (plan[:, 0] - self.middle[0]) + 1j * (plan[:, 1] - self.middle[1])
        bent = (np.exp(1j * self.bend * z) - 1) / (1j * self.bend)
        w = np.exp(1j * self.turn) * (bent + 1j * self.sway * np.sin(self.wave * z + self.phase))
        return np.column_stack([w.real, w.imag])

    def degrees(self, plan: Floats) -> Floats:
        """Longitude and latitude, to about a centimetre, for points (n, 2) of the plan."""
        ground = self.metres(plan)
        lon, lat = self._degrees.transform(ground[:, 0], ground[:, 1])
        return np.round(np.column_stack([lon, lat]), DIGITS)

    def lay(self, drawn: list[BaseGeometry], longest: list[float]) -> NDArray[np.object_]:
        """The shapes as they lie on the ground, in WGS 84; edges longer than `longest` follow the curve."""
        array = np.empty(len(drawn), dtype=object)
        array[:] = drawn
        fine = shapely.segmentize(array, np.array(longest))
        laid: NDArray[np.object_] = shapely.transform(fine, self.degrees)
        crossed = ~shapely.is_valid(laid)  # rounding may fold a sliver over
        laid[crossed] = shapely.set_precision(shapely.buffer(laid[crossed], 0), 10.0**-DIGITS)
        return laid


def plane_for(width: float, height: float, origin: tuple[float, float], rng: np.random.Generator) -> Plane:
    """A plane whose curves are gentle whatever the size of the complex."""
    wave = 2 * np.pi / (1.9 * width)
    return Plane(
        middle=(width / 2, height / 2),
        origin=origin,
        turn=float(rng.uniform(-0.30, -0.16)),
        bend=float(rng.choice([-1, 1]) * rng.uniform(0.13, 0.2) / width),
        sway=float(rng.uniform(0.07, 0.10) / wave),
        wave=float(wave),
        phase=float(rng.uniform(-0.6, 0.6)),
    )
