"""First estimates, to be called so on the screen: overpressure of an explosion, smoke of a fire.

One formula each: no walls, no streets, no shape of the flame. They say where to look first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sandan.control.model.hazard import Note, Release, Stability
from sandan.control.model.substances import Substance
from sandan.errors import InvalidInput
from sandan.tables import read_table
from sandan.words import Text

TNT_HEAT = 4.68e6
"""J/kg, CCPS (1999)."""
REFLECTED = 1.8
"""A charge on the ground is worth so much of one in free air, for which the formula was made."""
ATMOSPHERE = 101.325
FIRST_ESTIMATE = Note(
    Text(
        "1차 추정값입니다. 건물과 지형을 고려하지 않습니다.",
        "A first estimate without buildings or slopes.",
    ),
    serious=True,
)
_STABLE_GRADIENT = {Stability.E: 0.020, Stability.F: 0.035}
"""K/m of potential temperature; US EPA (1995), EPA-454/B-95-003b."""
HIGHEST_SMOKE = 500.0


@dataclass(frozen=True, slots=True)
class OverpressureLevel:
    """What a pressure does."""

    kilopascal: float
    effect: Text
    version: str
    source: str


@cache
def overpressure_levels() -> Sequence[OverpressureLevel]:
    """The provisional table of effects, weakest first."""
    return tuple(
        OverpressureLevel(float(row["kpa"]), Text(row["ko"], row["en"]), row["version"], row["source"])
        for row in read_table(__name__, "overpressure_levels.csv")
    )


def _demand(where: str, **numbers: float) -> None:
    bad = [name for name, value in numbers.items() if not 0 < value < math.inf]
    if bad:
        raise InvalidInput.because(
            f"{where}.{bad[0]}",
            Text(f"0보다 커야 합니다: {', '.join(bad)}", f"must be above 0: {', '.join(bad)}"),
            Text("0보다 큰 값을 주십시오.", "give more than 0."),
        )


def tnt_equivalent(mass: float, heat_of_combustion: float, share: float) -> float:
    """Kilograms of TNT: η·M·H/4.68 MJ/kg (CCPS 1999).

    `mass` [kg] of fuel in the cloud, `heat_of_combustion` [J/kg]; the `share` η of it that goes into
    the blast is a setting, for which no default is known. `InvalidInput` where one is not above 0.
    """
    _demand("explosion", mass=mass, heat_of_combustion=heat_of_combustion, share=share)
    return share * mass * heat_of_combustion / TNT_HEAT


def overpressure(tnt: float, distance: float) -> float:
    """Peak side-on overpressure [kPa] at `distance` [m] from `tnt` [kg] on open ground.

    With Z = d/(1.8·W)^⅓, the ground sending back what it does not take,
    p/p₀ = 808·(1+(Z/4.5)²)/(√(1+(Z/0.048)²)·√(1+(Z/0.32)²)·√(1+(Z/1.35)²)).
    Source: Kinney & Graham (1985), Explosive Shocks in Air. `InvalidInput` where one is not above 0.
    """
    _demand("explosion", tnt=tnt, distance=distance)
    z = distance / math.cbrt(REFLECTED * tnt)
    fall = math.prod(math.sqrt(1 + (z / of) ** 2) for of in (0.048, 0.32, 1.35))
    return ATMOSPHERE * 808 * (1 + (z / 4.5) ** 2) / fall


def distance_of_overpressure(tnt: float, kilopascal: float) -> float:
    """How far [m] that pressure reaches; to a centimetre, by halving."""
    _demand("explosion", tnt=tnt, kilopascal=kilopascal)
    near, far = 1e-3, 1.0
    while overpressure(tnt, far) > kilopascal:
        far *= 2
    while far - near > 0.01:
        middle = (near + far) / 2
        near, far = (middle, far) if overpressure(tnt, middle) > kilopascal else (near, middle)
    return far


def smoke_rise(heat: float, speed: float, stability: Stability, temperature: float = 288.15) -> float:
    """How high [m] the smoke of a fire of `heat` [W] rises in a wind of `speed` [m/s].

    F = g·Q/(π·cₚ·ρ·T); 21.425·F^¾/u below 55 m⁴/s³, 38.71·F^⅗/u above; 2.6·(F/(u·s))^⅓ in stable air.
    Source: Briggs, as US EPA (1995), EPA-454/B-95-003b. `InvalidInput` where one is not above 0.
    """
    _demand("fire", heat=heat, speed=speed, temperature=temperature)
    # ρ·T = p·M/R of air hardly changes on the ground: 353 kg·K/m³.
    flux = 9.80616 * heat / (math.pi * 1006 * 353.0)
    if stability in _STABLE_GRADIENT:
        s = 9.80616 / temperature * _STABLE_GRADIENT[stability]
        return 2.6 * math.cbrt(flux / (speed * s))
    factor, power = (21.425, 0.75) if flux < 55 else (38.71, 0.6)
    return factor * math.pow(flux, power) / speed


def smoke_release(
    substance: Substance,
    burning: float,
    heat_of_combustion: float,
    smoke_yield: float,
    duration: float,
    speed: float,
    stability: Stability,
) -> tuple[Release, Note]:
    """The smoke of a fire as a release that the puffs can carry, and the note that goes with it.

    `burning` [kg/s] of fuel, `heat_of_combustion` [J/kg], `smoke_yield` [kg/kg] of the `substance` in
    the smoke (a setting), `duration` [s]. All the heat is taken to lift the smoke, 500 m at most.
    """
    _demand("fire", burning=burning, heat_of_combustion=heat_of_combustion, smoke_yield=smoke_yield)
    rise = min(smoke_rise(burning * heat_of_combustion, speed, stability), HIGHEST_SMOKE)
    return Release(substance, duration, rate=burning * smoke_yield, height=rise), FIRST_ESTIMATE
