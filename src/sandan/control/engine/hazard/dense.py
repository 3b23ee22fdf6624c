"""A dense cloud behind the same face as the puffs: peak, dose and arrival from Britter–McQuaid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sandan.control.engine.hazard.britter_mcquaid import (
    MOST_ALPHA,
    STEADY_TO,
    SUDDEN_FROM,
    SUDDEN_SPEED,
    DenseCloud,
    DensePlume,
)
from sandan.control.engine.hazard.density import DenseSource, dense_source
from sandan.control.engine.hazard.emission import let_out
from sandan.control.engine.hazard.quantities import concentration_per_ppm, levels_of, met
from sandan.control.model.hazard import (
    Exposure,
    Floats,
    Grid,
    HazardParams,
    HazardProblem,
    HazardResult,
    MassBalance,
    Model,
    Note,
    Weather,
)
from sandan.errors import InvalidInput
from sandan.words import Text

PARTS = 24
"""Into which a passing cloud is cut to add up its dose."""


@dataclass(frozen=True, slots=True)
class _Passage:
    """What passes over places, (places,): from and to [s], and kg/m³ in each part of that time."""

    begin: Floats
    end: Floats
    parts: Floats

    @property
    def peak(self) -> Floats:
        return np.asarray(self.parts.max(axis=0), np.float64)


@dataclass(frozen=True, slots=True)
class _Wind:
    """The one wind the model knows."""

    east: float
    north: float
    speed: float
    turning: float
    """Degrees between it and the wind that differs most."""


def mean_wind(weather: Weather, until: float) -> _Wind:
    """The vector mean of the winds from the release until then, weighted by how long each blew."""
    bounds = np.append(np.clip(weather.time, 0.0, until), until)
    length = np.maximum(np.diff(bounds), 0.0)
    length = length if length.sum() > 0 else np.eye(len(length))[0]
    angle = np.radians(weather.direction)
    east = float(np.average(-weather.speed * np.sin(angle), weights=length))
    north = float(np.average(-weather.speed * np.cos(angle), weights=length))
    speed = math.hypot(east, north)
    towards = math.atan2(-east, -north)
    off = np.degrees(np.abs((angle - towards + np.pi) % (2 * np.pi) - np.pi))
    return _Wind(east, north, speed, float(off[length > 0].max()))


def disperse_dense(problem: HazardProblem, params: HazardParams) -> HazardResult:
    """Concentration [kg/m³], dose [ppmⁿ·min] and arrival [s] of a dense release, on the ground.

    Shapes as `disperse_puffs`. A place at x [m] downwind sees a plume where u·T/x ≥ 2.5, a cloud where it
    is ≤ 0.6, and between these the lower of both (T the duration, u at 10 m). No reflection, no
    stability: the curves hold for all. Sources: Britter & McQuaid (1988), HSE Contract Research
    Report 17/1988; CCPS (1999) p. 116–122. `InvalidInput` where the cloud is not denser than air, or
    is let out of a hall.
    """
    release, weather = problem.release, problem.weather
    source = dense_source(release, weather)
    if source.gravity <= 0 or release.indoors:
        raise InvalidInput.because(
            "model",
            Text(
                "이 누출에는 무거운 가스 모델을 쓸 수 없습니다.",
                "the dense-gas model does not fit this release.",
            ),
            Text("가우시안 퍼프로 계산하십시오.", "use the Gaussian puffs."),
        )
    horizon = params.step * params.steps
    wind = mean_wind(weather, min(max(release.duration, params.step), horizon))
    at_10m = (10.0 / weather.height) ** 0.15
    speed = max(wind.speed * at_10m, params.calm)
    per_ppm = concentration_per_ppm(release.substance.molar_mass, weather)
    levels, exponent = levels_of(problem.thresholds, per_ppm), release.substance.dose_exponent or 1.0

    def pass_over(x: Floats, y: Floats) -> _Passage:
        east, north = (wind.east, wind.north) if wind.speed > 0 else (0.0, 1.0)
        size = math.hypot(east, north)
        dx, dy = x - release.x, y - release.y
        along, across = (dx * east + dy * north) / size, (dx * -north + dy * east) / size
        return _pass_over(problem, source, speed, along, across, horizon)

    def expose(passage: _Passage, shape: tuple[int, ...]) -> Exposure:
        return _expose(passage, shape, levels, exponent, per_ppm)

    people = series = None
    times = np.asarray(params.step * (np.arange(params.steps) + 1.0), np.float64)

    def over(grid: Grid) -> Exposure:
        x, y = np.meshgrid(grid.x, grid.y)
        return expose(pass_over(x.ravel(), y.ravel()), x.shape)

    field = None if problem.grid is None else over(problem.grid)
    if problem.receptors is not None:
        passage = pass_over(problem.receptors.x, problem.receptors.y)
        people = expose(passage, (len(problem.receptors.x),))
        series = _series(passage, times, params.step)
    out = let_out(release, horizon)
    alpha = (_cloud if release.duration == 0 else _plume)(source, speed).alpha
    return HazardResult(
        Model.BRITTER_MCQUAID, "", met(weather, horizon), times, problem.thresholds, levels, per_ppm,
        field, people, series, MassBalance(out, out, 0.0, 0.0), _notes(wind, alpha),
        [over(grid) for grid in problem.closer],
    )  # fmt: skip


def _plume(source: DenseSource, speed: float) -> DensePlume:
    return DensePlume(source, speed)


def _cloud(source: DenseSource, speed: float) -> DenseCloud:
    return DenseCloud(source, speed)


def _pass_over(
    problem: HazardProblem, source: DenseSource, speed: float, x: Floats, y: Floats, horizon: float
) -> _Passage:
    release = problem.release
    # kg/m³ of the substance where it fills the air, at the air's temperature.
    full = release.substance.gas_density(problem.weather.temperature, problem.weather.pressure)
    if release.duration == 0:
        return _cloud_over(_cloud(source, speed), full, x, y, horizon)
    steady = _plume_over(_plume(source, speed), full, release.duration, x, y, horizon)
    whole = DenseSource(
        source.volume * release.duration, source.density, source.air_density, source.share, source.ratio
    )
    ratio = speed * release.duration / np.maximum(np.abs(x), 1.0)
    if bool(np.all(ratio >= STEADY_TO)):
        return steady
    sudden = _cloud_over(_cloud(whole, speed), full, x, y, horizon)
    lasting = (ratio >= STEADY_TO) | ((ratio > SUDDEN_FROM) & (steady.peak <= sudden.peak))
    return _Passage(
        np.where(lasting, steady.begin, sudden.begin),
        np.where(lasting, steady.end, sudden.end),
        np.where(lasting, steady.parts, sudden.parts),
    )


def _plume_over(
    plume: DensePlume, full: float, duration: float, x: Floats, y: Floats, horizon: float
) -> _Passage:
    value = np.where(np.abs(y) <= plume.half_width(x), plume.share(x) * full, 0.0)
    begin = np.maximum(x, 0.0) / plume.speed
    value = np.where(begin < horizon, value, 0.0)
    return _Passage(begin, np.minimum(begin + duration, horizon), np.broadcast_to(value, (PARTS, len(x))))


def _cloud_over(cloud: DenseCloud, full: float, x: Floats, y: Floats, horizon: float) -> _Passage:
    begin, end = cloud.passage(x, y)
    reached = np.isfinite(begin) & np.isfinite(end) & (begin < horizon)
    begin = np.where(reached, begin, 0.0)
    end = np.where(reached, np.minimum(end, horizon), 0.0)
    # The first part is the arrival itself, when the cloud is strongest.
    share = np.concatenate([[0.0], (np.arange(PARTS - 1) + 0.5) / (PARTS - 1)])
    parts = np.zeros((PARTS, len(x)))
    at = begin[reached] + share[:, None] * (end - begin)[reached]
    parts[:, reached] = cloud.share_at(at) * full
    return _Passage(begin, end, parts)


def _expose(
    passage: _Passage, shape: tuple[int, ...], levels: Floats, exponent: float, per_ppm: float
) -> Exposure:
    peak, lasts = passage.peak, (passage.end - passage.begin) / 60
    dose = np.mean((passage.parts[1:] / per_ppm) ** exponent, axis=0) * lasts
    arrival = np.array([np.where(peak >= level, passage.begin, math.inf) for level in levels])
    return Exposure(
        peak.reshape(shape), dose.reshape(shape), arrival.reshape((len(levels), *shape)), exponent
    )


def _series(passage: _Passage, times: Floats, step: float) -> Floats:
    """The mean of each step: the mean of the passage, for the share of the step that it lasts."""
    begin = np.maximum(passage.begin, (times - step)[:, None])
    end = np.minimum(passage.end, times[:, None])
    lasts = np.maximum(passage.end - passage.begin, 1e-9)
    middle = np.clip(((begin + end) / 2 - passage.begin) / lasts, 0.0, 1.0)
    part = np.clip((1 + middle * (PARTS - 1)).astype(np.int64), 1, PARTS - 1)
    value = np.take_along_axis(passage.parts, part, axis=0)
    return np.asarray(value * np.clip(end - begin, 0.0, step) / step, np.float64)


def _notes(wind: _Wind, alpha: float) -> Sequence[Note]:
    notes = [
        Note(
            Text(
                "Britter–McQuaid 모델은 평탄한 땅과 한 방향의 바람을 가정하며 건물과 지형은 모릅니다.",
                "Britter–McQuaid assumes flat ground and one wind; it knows neither buildings nor slopes.",
            )
        ),
        Note(
            Text(
                f"도달 시간은 바람 속도로 셈한 가장 이른 시각입니다(순간 누출은 {SUDDEN_SPEED:g}배).",
                f"Arrivals are the earliest, at the speed of the wind ({SUDDEN_SPEED:g} of it for a sudden "
                "release).",
            )
        ),
    ]
    if wind.turning > 15:
        notes.append(
            Note(
                Text(
                    f"바람이 평균에서 {wind.turning:.0f}°까지 바뀝니다. 이 모델은 평균 바람만 따릅니다.",
                    f"The wind turns by up to {wind.turning:.0f}° from its mean; the model follows the mean.",
                ),
                serious=True,
            )
        )
    if alpha > MOST_ALPHA:
        notes.append(
            Note(
                Text(
                    "바람이 약해 모델의 실험 범위를 벗어났습니다. 더 먼 쪽으로 계산하였습니다.",
                    "The wind is weaker than in the model's experiments; the farther reach is taken.",
                ),
                serious=True,
            )
        )
    return tuple(notes)
