"""A liquid that was spilled lies in a pool and comes into the air only as fast as the wind takes it up."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sandan.control.model.hazard import Kelvin, Kilogram, KilogramPerSecond, MetrePerSecond, Pascal, Second
from sandan.control.model.substances import Substance
from sandan.errors import InvalidInput
from sandan.words import Text

DEPTH = 0.01
"""Metres, on even ground where nothing holds it back: the worst case of US EPA's RMP. [F]"""
ATMOSPHERE = 101_325.0
WARM = 298.15
TO_SQUARE_FEET, TO_MERCURY, TO_KILOGRAM_PER_SECOND = 10.7639, 760.0 / ATMOSPHERE, 0.45359237 / 60


@dataclass(frozen=True, slots=True)
class Pool:
    """What lies on the ground: it gives off `rate` for `lasts`, unless it is taken up before."""

    area: float
    rate: KilogramPerSecond
    lasts: Second


def lies_in_a_pool(substance: Substance, temperature: Kelvin) -> bool:
    """Whether it is a liquid at that temperature of which it is known how it evaporates."""
    boiling = substance.boiling_point
    return boiling is not None and boiling > temperature and substance.vapour_pressure is not None


def vapour_pressure(substance: Substance, temperature: Kelvin) -> Pascal:
    """Over its liquid [Pa]: ln p is even in 1/T between 25 °C and the boiling point (Clausius–Clapeyron)."""
    boiling, warm = substance.boiling_point, substance.vapour_pressure
    if boiling is None or warm is None:
        raise InvalidInput.because(
            "substance",
            Text("증기압을 모르는 물질입니다.", "its vapour pressure is not known."),
            Text("공기 중으로 나온 양을 적으십시오.", "give the amount that came into the air."),
        )
    slope = math.log(ATMOSPHERE / warm) / (1 / WARM - 1 / boiling)
    return warm * math.exp(slope * (1 / WARM - 1 / temperature))


def evaporate(
    substance: Substance,
    spilled: Kilogram,
    area: float | None,
    speed: MetrePerSecond,
    temperature: Kelvin,
) -> Pool:
    """The pool of `spilled` in a wind of `speed` at 10 m; `area` [m²] is that of the bund, if there is one.

    0.284·u^0.78·M^⅔·A·p/(82.05·T) in pounds a minute, with A [ft²], p [mmHg], M [g/mol], u [m/s], T [K].
    Source: US EPA (1999), EPA 550-B-99-009, Risk Management Program Guidance for Offsite Consequence
    Analysis. `InvalidInput` where the vapour pressure or, without an area, the density is not known.
    """
    pressure = vapour_pressure(substance, temperature)
    if area is None:
        if substance.liquid_density is None:
            raise InvalidInput.because(
                "pool_area",
                Text("밀도를 모르는 물질입니다.", "its density is not known."),
                Text("웅덩이 넓이를 적으십시오.", "give the area of the pool."),
            )
        area = spilled / substance.liquid_density / DEPTH
    pounds = (
        0.284
        * speed**0.78
        * (substance.molar_mass * 1000) ** (2 / 3)
        * (area * TO_SQUARE_FEET)
        * (pressure * TO_MERCURY)
        / (82.05 * temperature)
    )
    rate = pounds * TO_KILOGRAM_PER_SECOND
    return Pool(area, rate, spilled / rate)
