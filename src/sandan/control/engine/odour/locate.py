"""Where does the smell come from? Readings, complaints and an imperfect wind in, a map of places out.

The search goes from a coarse grid to a fine one, and into the parts of it that could matter. The wind's
error is part of the model: ignored, ten degrees of it put the source outside the 90 % region every time
(REFERENCE.md D1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from sandan.control.engine.hazard.sigma import find_set
from sandan.control.engine.odour.evidence import LOG_STEP, weigh_evidence
from sandan.control.engine.odour.fit import fit_place
from sandan.control.engine.odour.grid import NARROWING, Grid, choose, lay_grid, mean_likelihood, split
from sandan.control.engine.odour.plume import STEP, tabulate_plume
from sandan.control.engine.odour.region import blur, enclose, find_patches
from sandan.control.engine.odour.search import weigh_places
from sandan.control.engine.odour.tries import Tried, drop_shapes, guess_rates, narrow_down, try_all
from sandan.control.model.odour import OdourParams, OdourProblem, Shape, SourceMap
from sandan.errors import InvalidInput
from sandan.words import Text

Array = NDArray[np.float64]

LEAST_MISSED = 2
"""Readings that the best place does not explain, from which on another source is looked for."""
_ZERO = np.zeros(1)
_CLOSE, _CLOSE_CELLS = 60.0, 1.5
"""Within so many metres, or cells, of a sensor the plume tells less."""


@dataclass(frozen=True, slots=True)
class _Weighed:
    """ln L of places, and the weights of errors and strengths summed over them."""

    places: Array
    bias: Array
    rate: Array
    shapes: Array
    """ln L of each shape of plume, summed over places."""


def locate_source(problem: OdourProblem, params: OdourParams | None = None) -> SourceMap:
    """Where the source of a smell may be: the posterior over a grid, its region and its best guess.

    Readings of shape (windows, sensors) in any one unit [U], winds [m/s, °] and places [m] as in
    `OdourProblem`. One steady source near the ground, as likely anywhere in the area, of strength Q
    [U·㎥/s] uniform in ln Q. A reading is lognormal about Q·g + background, with g the Gaussian plume of
    that window's wind (`tabulate_plume`); the wind's direction is wrong by an error common to all windows,
    N(0, `bias_sd`), and by one of each window, N(0, `spread_sd`). Both, and Q, are averaged out:
    p(place) ∝ Σ_bias Σ_Q Π_window Σ_error Π_reading p(reading | place, Q, direction + bias + error).

    Raises `InvalidInput` with complaints but no `smelled_at`, or when no window has any wind.
    Source: REFERENCE.md D1, last item; Gaussian plume with the σ set named in the result.
    """
    params = params or OdourParams()
    for one in params.sigma_sets:
        find_set(one)
    _check(problem, params)
    grid = lay_grid(problem.area, params.cell)
    tried = try_all(params, params.rate or guess_rates(problem, params))
    cells = grid.all_cells()
    weighed = _weigh(problem, params, tried, *grid.middles(0, cells), grid.sizes[0])
    likely = np.zeros((grid.rows, grid.columns))
    likely[cells[:, 1], cells[:, 0]] = weighed.places
    for level, size in enumerate(grid.sizes[1:], start=1):
        chosen = choose(weighed.places)
        before = mean_likelihood(weighed.places[chosen])
        cells = split(cells[chosen])
        tried = drop_shapes(tried, weighed.shapes)
        if size == grid.sizes[-1]:
            tried = narrow_down(tried, params, weighed.bias, weighed.rate)
        weighed = _weigh(problem, params, tried, *grid.middles(level, cells), size)
        # What is not looked into keeps the share of the probability it had on the coarser grid.
        likely += mean_likelihood(weighed.places) - before
        likely = np.repeat(np.repeat(likely, NARROWING, axis=0), NARROWING, axis=1)
        likely[cells[:, 1], cells[:, 0]] = weighed.places
    probability = blur(np.exp(likely - likely.max()), params.extent / grid.sizes[-1])
    return _tell(problem, params, grid, probability / probability.sum(), weighed, tried)


def look_again(
    found: SourceMap, problem: OdourProblem, params: OdourParams | None = None
) -> tuple[int, OdourProblem | None]:
    """How many raised readings the best place leaves unexplained, and what is left to search once more.

    A single source hardly ever leaves two; two at once mostly do (docs/reference/benchmarks.md). What is left
    are the readings without those that the first place explains: `locate_source` of it is where the other
    one may be.
    """
    fit = fit_place(found, problem, found.x, found.y, max(found.half_radius, found.cell), params)
    missed = int(fit.unexplained.sum())
    if missed < LEAST_MISSED:
        return missed, None
    return missed, replace(problem, reading=np.where(fit.explained, np.nan, problem.reading))


def _weigh(
    problem: OdourProblem, params: OdourParams, tried: Tried, x: Array, y: Array, size: float
) -> _Weighed:
    """All shapes of plume together, each as likely as the others beforehand."""
    parts = [_weigh_shape(problem, params, tried, shape, x, y, size) for shape in tried.shapes]
    places = np.stack([part.places for part in parts])
    top = places.max()
    shapes = np.array([np.log(np.exp(one - one.max()).sum()) + one.max() for one in places])
    share = np.exp(shapes - shapes.max())
    return _Weighed(
        np.log(np.maximum(np.exp(places - top).mean(axis=0), 1e-300)) + top,
        sum((w * part.bias / part.bias.sum() for w, part in zip(share, parts, strict=True)), _ZERO),
        sum((w * part.rate / part.rate.sum() for w, part in zip(share, parts, strict=True)), _ZERO),
        shapes,
    )


def _weigh_shape(
    problem: OdourProblem, params: OdourParams, tried: Tried, shape: Shape, x: Array, y: Array, size: float
) -> _Weighed:
    area, wind = problem.area, problem.wind
    classes = shape.classes(wind.stability)
    kinds = sorted(set(classes))
    axis, narrow = tabulate_plume(
        kinds,
        shape.sigma_set,
        1.2 * float(np.hypot(area.east - area.west, area.north - area.south)),
        source_height=params.source_height,
        sensor_height=params.sensor_height,
        width=size,
        blur=tried.step,
    )
    speed = np.maximum(wind.speed, params.calm)
    highest = float(tried.log_rate[-1] + axis.max() - np.log(speed.min()))
    evidence = weigh_evidence(problem, params, highest, tried.sigma)
    angle = tried.step * np.arange(tried.bias[0] + tried.spread[0], tried.bias[-1] + tried.spread[-1] + 1)
    toward = np.radians(wind.direction)[:, None] + np.pi + angle[None]
    found = weigh_places(
        x,
        y,
        evidence.x,
        evidence.y,
        evidence.window,
        evidence.table,
        np.stack([np.sin(toward), np.cos(toward)], axis=-1).astype(np.float32),
        np.array([kinds.index(one) for one in classes], np.int64),
        axis,
        narrow,
        STEP,
        max(_CLOSE, _CLOSE_CELLS * size),
        ((tried.lowest - np.log(speed) - evidence.low) / LOG_STEP).astype(np.float32),
        tried.rates,
        tried.stride,
        tried.spread_weight.astype(np.float32),
        len(tried.bias),
    )
    likely = cast(NDArray[np.float32], found).astype(np.float64)
    likely += np.log(tried.bias_weight)[None, :, None] - np.log(tried.rates)
    top = likely.max()
    weight = np.exp(likely - top)
    # A place so unlikely that it underflows still has to be a number.
    places = np.log(np.maximum(weight.sum(axis=(1, 2)), 1e-300)) + top
    return _Weighed(places, weight.sum(axis=(0, 2)), weight.sum(axis=(0, 1)), np.zeros(1))


def _check(problem: OdourProblem, params: OdourParams) -> None:
    if problem.complaints and params.smelled_at is None:
        raise InvalidInput.because(
            "smelled_at",
            Text(
                "민원이 나는 농도가 설정되지 않았습니다.", "The concentration people complain at is not set."
            ),
            Text(
                "절반의 사람이 민원을 낼 농도를 설정하거나 민원을 빼십시오.",
                "set the concentration at which half of all people complain, or leave complaints out.",
            ),
        )
    if not (problem.wind.speed >= params.calm).any():
        raise InvalidInput.because(
            "wind",
            Text(
                f"모든 시간대의 풍속이 {params.calm:g} m/s 미만입니다.",
                f"Every window has less than {params.calm:g} m/s of wind.",
            ),
            Text("바람이 분 시간대를 더해 다시 계산하십시오.", "add windows in which there was a wind."),
        )


def _tell(
    problem: OdourProblem,
    params: OdourParams,
    grid: Grid,
    probability: Array,
    weighed: _Weighed,
    tried: Tried,
) -> SourceMap:
    cell, area = grid.sizes[-1], problem.area
    inside = enclose(probability, params.region)
    patches = find_patches(probability, inside, area.west, area.south, cell)
    x, y = patches[0].x, patches[0].y
    rows, columns = probability.shape
    distance = np.hypot(
        area.west + (np.arange(columns) + 0.5)[None] * cell - x,
        area.south + (np.arange(rows) + 0.5)[:, None] * cell - y,
    ).ravel()
    order = np.argsort(distance)
    half = distance[order][np.searchsorted(np.cumsum(probability.ravel()[order]), 0.5)]
    bias, p_bias = tried.bias * tried.step, weighed.bias / weighed.bias.sum()
    mean_bias = float((p_bias * bias).sum())
    sd_bias = float(np.sqrt((p_bias * (bias - mean_bias) ** 2).sum()))
    p = probability[probability > 0]
    share = np.exp(weighed.shapes - weighed.shapes.max())
    share /= share.sum()
    shapes = sorted(zip(tried.shapes, share.tolist(), strict=True), key=lambda one: -one[1])
    return SourceMap(
        west=area.west,
        south=area.south,
        cell=cell,
        probability=probability,
        inside=inside,
        region=params.region,
        region_area=float(inside.sum()) * cell**2,
        x=x,
        y=y,
        half_radius=float(half),
        patches=patches,
        bias=(float(np.degrees(mean_bias)), float(np.degrees(sd_bias))),
        rate=_rate_quantiles(weighed.rate, tried),
        information=float((p * np.log2(p * probability.size)).sum()),
        shapes=shapes,
        notes=_notes(problem, params, probability, shapes),
    )


def _rate_quantiles(weight: Array, tried: Tried) -> tuple[float, float, float]:
    running = np.cumsum(weight) / weight.sum()
    low, middle, high = (
        float(np.exp(tried.log_rate[np.searchsorted(running, share)])) for share in (0.05, 0.5, 0.95)
    )
    return low, middle, high


def _notes(
    problem: OdourProblem, params: OdourParams, probability: Array, shapes: Sequence[tuple[Shape, float]]
) -> list[Text]:
    name, share = find_set(shapes[0][0].sigma_set).name, shapes[0][1]
    notes = [
        Text(
            f"확산계수는 {name.ko}이(가) 가장 잘 맞습니다({share:.0%}). "
            "지형·건물 영향과 시간대 안의 풍향 변화는 고려하지 않았습니다.",
            f"σ set that fits best: {name.en} ({share:.0%}). "
            "Terrain, buildings and turns of the wind within a window are left out.",
        ),
        Text(
            "센서 값은 공정시험기준에 따른 측정이 아니므로 점검 순서를 정하는 데에만 쓰십시오.",
            "Sensors are no legal measurement: use this to order inspections, not to find guilt.",
        ),
    ]
    calm = int((problem.wind.speed < params.calm).sum())
    if calm:
        notes.append(
            Text(
                f"풍속 {params.calm:g} m/s 미만인 {calm}개 시간대는 제외했습니다.",
                f"{calm} windows with less than {params.calm:g} m/s of wind were left out.",
            )
        )
    if not (problem.reading > 3 * np.maximum(problem.sensors.background, problem.sensors.detection)).any():
        notes.append(
            Text(
                "뚜렷하게 높아진 측정값이 없어 위치를 거의 알 수 없습니다.",
                "No reading is clearly raised: little can be said of the place.",
            )
        )
    edge = probability.sum() - probability[1:-1, 1:-1].sum()
    if edge > 0.1:
        notes.append(
            Text(
                f"탐색 구역 가장자리의 확률이 {edge:.0%}입니다. 발생원이 구역 밖에 있을 수 있습니다.",
                f"{edge:.0%} of the probability lies at the edge: the source may be outside the area.",
            )
        )
    return notes
