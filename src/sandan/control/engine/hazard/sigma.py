"""How wide a cloud is at a distance: the published sets of σ, and wind by height.

The coefficients are tables. Sets differ by tens of per cent for the same weather, which is why
each result names its set.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from sandan.control.model.hazard import Floats, Stability, Terrain
from sandan.errors import InvalidInput
from sandan.tables import read_table
from sandan.words import Text

NEAREST = 1.0
"""Metres: nearer than this no set means anything, and a cloud of no width has no concentration."""


@dataclass(frozen=True, slots=True)
class SigmaSet:
    """A published set: for which terrain, kind of release and distances [m] it was made."""

    id: str
    name: Text
    terrain: str
    release: str
    nearest: float
    farthest: float
    averaging: float
    wind_profile: str
    version: str
    source: str


@dataclass(frozen=True, slots=True)
class _Piece:
    form: str
    up_to: float
    a: float
    b: float
    c: float
    cap: float


@cache
def sigma_sets() -> Mapping[str, SigmaSet]:
    """Every set there is, by id."""
    return {
        row["id"]: SigmaSet(
            row["id"],
            Text(row["ko"], row["en"]),
            row["terrain"],
            row["release"],
            float(row["from_m"]),
            float(row["to_m"]),
            float(row["averaging_s"]),
            row["wind_profile"],
            row["version"],
            row["source"],
        )
        for row in read_table(__name__, "sigma_sets.csv")
    }


@cache
def _pieces() -> Mapping[tuple[str, str, str], Sequence[_Piece]]:
    table: dict[tuple[str, str, str], list[_Piece]] = {}
    for row in read_table(__name__, "sigma_coefficients.csv"):
        a, b, c = (float(row[name] or 0) for name in "abc")
        piece = _Piece(
            row["form"], float(row["up_to_m"] or math.inf), a, b, c, float(row["cap_m"] or math.inf)
        )
        table.setdefault((row["set"], row["stability"], row["direction"]), []).append(piece)
    return table


@cache
def wind_profiles() -> Mapping[str, Mapping[Stability, float]]:
    """The exponent of the wind's power law by profile and stability."""
    return {
        row["profile"]: {s: float(row[s.value]) for s in Stability}
        for row in read_table(__name__, "wind_profiles.csv")
    }


def find_set(id: str) -> SigmaSet:
    """The set of that id; `InvalidInput` naming those there are."""
    known = sigma_sets()
    if id not in known:
        raise InvalidInput.because(
            "sigma_set",
            Text(f"확산계수 '{id}'을(를) 알 수 없습니다.", f"the set of σ '{id}' is unknown."),
            Text(f"{', '.join(known)} 가운데 고르십시오.", f"choose one of {', '.join(known)}."),
        )
    return known[id]


def default_set(terrain: Terrain, instantaneous: bool) -> str:
    """Slade's puff for a release at once, else Briggs of the terrain.

    Slade's set knows no terrain: over an industrial complex it overstates the concentration.
    """
    if instantaneous:
        return "ccps_puff"
    return "briggs_urban" if terrain is Terrain.URBAN else "briggs_rural"


def sigma(set_id: str, stability: Stability, direction: str, distance: Floats) -> Floats:
    """σ [m] across ("y") or upwards ("z") at `distance` [m] ≥ 0, any shape.

    Forms of the table: power a·xᵇ; log_square a·xᵇ·exp(c·ln²x); briggs a·x·(1+b·x)ᶜ; of ISC3, with
    x in km, power_km a·xᵇ and angle 465.11628·x·tan(0.017453293·(a − b·ln x)). Distances below 1 m
    count as 1 m. Sources: the column of the table of sets. `InvalidInput` for an unknown set.

    >>> round(float(sigma("briggs_rural", Stability.F, "y", np.array(1.2))), 6)
    0.047997
    """
    find_set(set_id)
    x = np.maximum(np.asarray(distance, np.float64), NEAREST)
    pieces = _pieces()[set_id, stability.value, direction]
    if len(pieces) == 1:
        return _evaluate(pieces[0], x)
    ends = np.array([piece.up_to for piece in pieces])
    at = np.searchsorted(ends, x, side="left")
    return np.asarray(np.choose(at, [_evaluate(piece, x) for piece in pieces]), np.float64)


def _evaluate(piece: _Piece, x: Floats) -> Floats:
    a, b, c, km = piece.a, piece.b, piece.c, x / 1000
    if piece.form == "power":
        value = a * x**b
    elif piece.form == "log_square":
        value = a * x**b * np.exp(c * np.log(x) ** 2)
    elif piece.form == "briggs":
        value = a * x * (1 + b * x) ** c
    elif piece.form == "power_km":
        value = a * km**b
    else:
        value = 465.11628 * km * np.tan(0.017453293 * (a - b * np.log(km)))
    return np.minimum(value, piece.cap)


def wind_at(speed: Floats, measured: float, height: float, stability: Stability, profile: str) -> Floats:
    """Wind [m/s] at `height` [m] from that at `measured` [m]: u·(z/z₀)ᵖ (Irwin 1979)."""
    return np.asarray(speed * (height / measured) ** wind_profiles()[profile][stability], np.float64)
