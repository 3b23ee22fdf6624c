"""Is the cloud heavier than air, so that it spreads by its own weight rather than with the wind?

A liquefied gas that is let out boils in part; the rest leaves as a spray that cools the air it
evaporates into. That is how ammonia, lighter than air as a gas, creeps along the ground.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from sandan.control.model.hazard import Release, Weather
from sandan.control.model.substances import GAS_CONSTANT
from sandan.words import Text

GRAVITY = 9.80616
AIR_MOLAR_MASS = 0.0289647
AIR_HEAT = 1006.0
"""J/(kg·K)"""
CONTINUOUS_LIMIT, SUDDEN_LIMIT = 0.15, 0.20
"""Britter & McQuaid (1988), section 2: below these a release is passive from the start."""


@dataclass(frozen=True, slots=True)
class DenseSource:
    """The cloud as it is once all spray has evaporated.

    `volume` [m³/s] of a release that lasts, [m³] of one at once; `share` is that of the substance by
    volume; `ratio` is the temperature over that of the air.
    """

    volume: float
    density: float
    air_density: float
    share: float
    ratio: float

    @property
    def gravity(self) -> float:
        """g′ = g(ρ − ρₐ)/ρₐ [m/s²], negative when it rises."""
        return GRAVITY * (self.density - self.air_density) / self.air_density


@dataclass(frozen=True, slots=True)
class Screening:
    """Whether a Gaussian model is valid, by which number against which limit."""

    dense: bool
    number: float
    limit: float
    source: DenseSource
    text: Text


def air_density(weather: Weather) -> float:
    """Of dry air [kg/m³], unless the weather states it."""
    if weather.density is not None:
        return weather.density
    return weather.pressure * AIR_MOLAR_MASS / (GAS_CONSTANT * weather.temperature)


def dense_source(release: Release, weather: Weather) -> DenseSource:
    """The cloud that leaves: gas alone, or gas with the air its spray needed to evaporate.

    Of a liquefied gas the share x = cₗ(T − T_b)/L flashes; the rest stays in the air as spray, the safe
    side, and takes (1 − x)·L per kg from air that cools from Tₐ to T_b.
    """
    known, air = release.substance, air_density(weather)
    amount = release.rate if release.rate is not None else release.mass / max(release.duration, 1.0)
    if _sudden(release):
        amount = release.mass
    boiling = known.boiling_point
    if (
        release.liquefied
        and boiling is not None
        and boiling < weather.temperature
        and known.latent_heat is not None
        and known.liquid_heat is not None
    ):
        stored = release.storage_temperature or weather.temperature
        flashed = min(max(known.liquid_heat * (stored - boiling) / known.latent_heat, 0.0), 1.0)
        mixed = (1 - flashed) * known.latent_heat / (AIR_HEAT * (weather.temperature - boiling))
        moles, of_air = 1 / known.molar_mass, mixed / AIR_MOLAR_MASS
        volume = (moles + of_air) * GAS_CONSTANT * boiling / weather.pressure
        return DenseSource(
            amount * volume,
            (1 + mixed) / volume,
            air,
            moles / (moles + of_air),
            boiling / weather.temperature,
        )
    temperature = release.temperature or weather.temperature
    density = known.gas_density(temperature, weather.pressure)
    return DenseSource(amount / density, density, air, 1.0, temperature / weather.temperature)


def _sudden(release: Release) -> bool:
    return release.duration == 0


def screen_density(release: Release, weather: Weather, speed: float) -> Screening:
    """Whether the cloud behaves as a dense gas in a wind of `speed` [m/s] at 10 m.

    A release that lasts: (g′·q/(u³·D))^⅓ ≥ 0.15 with D = √(q/u), or the width of what it leaves from, such as
    a pool, where that is wider; one at once: √(g′·V^⅓)/u ≥ 0.20.
    Source: Britter & McQuaid (1988), HSE Contract Research Report 17/1988; CCPS (1999) p. 116.
    """
    source = dense_source(release, weather)
    gravity, speed = max(source.gravity, 0.0), max(speed, 0.1)
    if _sudden(release):
        number, limit = math.sqrt(gravity * math.cbrt(source.volume)) / speed, SUDDEN_LIMIT
    else:
        across = max(math.sqrt(source.volume / speed), release.width)
        number, limit = math.cbrt(gravity * source.volume / (speed**3 * across)), CONTINUOUS_LIMIT
    dense = number >= limit
    return Screening(dense, number, limit, source, _say(release, source, dense, number, limit))


def _say(release: Release, source: DenseSource, dense: bool, number: float, limit: float) -> Text:
    name, heavy = release.substance.name, source.density / source.air_density
    if dense:
        return Text(
            f"{name.ko} 구름이 공기보다 {heavy:.2f}배 무거워 지면을 따라 낮게 퍼집니다"
            f"(판정값 {number:.2f}, 기준 {limit:.2f}). 가우시안 모델은 유효하지 않습니다. "
            "바람을 거슬러, 낮은 곳으로도 퍼질 수 있습니다.",
            f"The cloud of {name.en} is {heavy:.2f} times as heavy as air and creeps along the ground "
            f"({number:.2f} against {limit:.2f}). A Gaussian model is not valid. "
            "It may spread against the wind and into low places.",
        )
    return Text(
        f"{name.ko} 구름은 바람을 따라 퍼집니다(판정값 {number:.2f}, 기준 {limit:.2f}).",
        f"The cloud of {name.en} goes with the wind ({number:.2f} against {limit:.2f}).",
    )
