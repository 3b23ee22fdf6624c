"""From a map of sources to people's work: which firms to inspect, and which samplers to fire."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sandan.control.engine.odour.fit import fit_place
from sandan.control.engine.odour.plume import STEP, tabulate_plume
from sandan.control.model.hazard import Stability
from sandan.control.model.odour import (
    Candidate,
    OdourParams,
    OdourProblem,
    Sampler,
    SamplerOrder,
    Site,
    SourceMap,
)
from sandan.words import Text

Array = NDArray[np.float64]


def rank_firms(
    found: SourceMap, problem: OdourProblem, sites: Sequence[Site], params: OdourParams | None = None
) -> list[Candidate]:
    """Firms by the probability that the source is theirs, given that it is one of theirs; likeliest first.

    p(firm) ∝ the mean probability density over its site: each firm was as likely as any other beforehand,
    and a large site gains nothing by its size. Their probabilities add up to 1, so look at `fit_firms`
    before relying on them.
    """
    densities = np.array([_density(found, site) for site in sites])
    total = densities.sum()
    share = densities / total if total > 0 else np.full(len(sites), 1 / max(len(sites), 1))
    cumulative = 0.0
    ranked = []
    for at in np.argsort(-share, kind="stable").tolist():
        site, probability = sites[at], float(share[at])
        cumulative += probability
        fit = fit_place(found, problem, site.x, site.y, max(site.radius, found.cell), params)
        explained, missed, silent = (int(one.sum()) for one in (fit.explained, fit.unexplained, fit.silent))
        inside = bool((found.inside & _within(found, site)).any())
        ranked.append(
            Candidate(
                site,
                probability,
                min(cumulative, 1.0),
                inside,
                explained,
                explained + missed,
                silent,
                _why(inside, explained, explained + missed, found.region),
                _against(missed, silent),
            )
        )
    return ranked


def fit_firms(found: SourceMap, sites: Sequence[Site]) -> float:
    """How many times likelier the readings are with a source on one of the sites than anywhere in the area.

    Below 1 the firms known explain less than chance: the source is probably elsewhere.
    """
    if not sites:
        return 0.0
    densities = np.array([_density(found, site) for site in sites])
    return float(densities.mean() * found.probability.size)


def order_samplers(
    found: SourceMap,
    samplers: Sequence[Sampler],
    *,
    speed: float,
    direction: float,
    stability: Stability,
    catches: float,
    params: OdourParams | None = None,
) -> list[SamplerOrder]:
    """Samplers by how much firing them in the wind of the hour would tell, the most telling first.

    `speed` [m/s] and `direction` [° it comes from] are measured; `catches` is the concentration [unit of
    the readings] a sample can be told from nothing by. For each cell of the region, and the bias found with
    its uncertainty, the plume says whether the sampler would catch it (median strength); the information
    [bit] is the entropy of that answer: one that is certain either way tells nothing.
    """
    params = params or OdourParams()
    shape = found.shapes[0][0]
    rows, columns = np.nonzero(found.inside)
    weight = found.probability[rows, columns]
    weight = weight / weight.sum()
    x, y = found.west + (columns + 0.5) * found.cell, found.south + (rows + 0.5) * found.cell
    reach = float(np.hypot(np.ptp(x), np.ptp(y))) + max(
        (float(np.hypot(one.x - found.x, one.y - found.y)) for one in samplers), default=0.0
    )
    axis, narrow = tabulate_plume(
        shape.classes([stability]),
        shape.sigma_set,
        reach + STEP,
        source_height=params.source_height,
        sensor_height=params.sensor_height,
        width=found.cell,
        blur=0.0,
    )
    mean, sd = found.bias
    sd = float(np.hypot(sd, params.spread_sd))
    errors, shares = mean + sd * np.array([-1.732, 0.0, 1.732]), np.array([1, 4, 1]) / 6
    needed = np.log(catches) - np.log(found.rate[1]) + np.log(max(speed, params.calm))
    orders = []
    for one in samplers:
        chance = 0.0
        for error, share in zip(errors, shares, strict=True):
            toward = np.radians(direction + error) + np.pi
            along = (one.x - x) * np.sin(toward) + (one.y - y) * np.cos(toward)
            across = (one.x - x) * np.cos(toward) - (one.y - y) * np.sin(toward)
            bin_ = np.clip((along / STEP + 0.5).astype(np.int64), 0, axis.shape[1] - 1)
            caught = (along > 0) & (axis[0, bin_] - across**2 * narrow[0, bin_] >= needed)
            chance += float(share * (weight * caught).sum())
        orders.append(_order(one, min(chance, 1.0)))
    return sorted(orders, key=lambda order: -order.information)


def _order(sampler: Sampler, chance: float) -> SamplerOrder:
    parts = [p for p in (chance, 1 - chance) if p > 0]
    information = -sum(p * np.log2(p) for p in parts)
    return SamplerOrder(
        sampler,
        chance,
        float(information),
        Text(
            f"지금 채취하면 악취를 잡을 확률 {chance:.0%}, 결과가 알려 주는 정보 {information:.2f}비트.",
            f"{chance:.0%} chance to catch it now; the answer would tell {information:.2f} bit.",
        ),
    )


def _within(found: SourceMap, site: Site) -> NDArray[np.bool_]:
    """The cells of a site; the one in its middle when it is smaller than a cell."""
    rows, columns = found.probability.shape
    x = found.west + (np.arange(columns) + 0.5) * found.cell - site.x
    y = found.south + (np.arange(rows) + 0.5) * found.cell - site.y
    within: NDArray[np.bool_] = np.hypot(x[None], y[:, None]) <= max(site.radius, found.cell / np.sqrt(2))
    return within


def _density(found: SourceMap, site: Site) -> float:
    within = _within(found, site)
    return float(found.probability[within].mean()) if within.any() else 0.0


def _why(inside: bool, explained: int, raised: int, region: float) -> Text:
    where = (
        Text(f"{region:.0%} 추정 구역 안", f"In the {region:.0%} region")
        if inside
        else Text(f"{region:.0%} 추정 구역 밖", f"Outside the {region:.0%} region")
    )
    return Text(
        f"{where.ko}. 높은 측정값 {raised}건 중 {explained}건이 이 자리로 설명됩니다.",
        f"{where.en}; a source there explains {explained} of {raised} raised readings.",
    )


def _against(missed: int, silent: int) -> Text | None:
    parts = []
    if missed:
        parts.append(
            Text(
                f"높은 측정값 {missed}건은 이 자리에서 올 수 없습니다.",
                f"{missed} raised readings cannot come from there.",
            )
        )
    if silent:
        parts.append(
            Text(
                f"냄새가 지나갔어야 할 {silent}건은 높아지지 않았습니다.",
                f"{silent} readings stayed low where its plume should have passed.",
            )
        )
    if not parts:
        return None
    return Text(" ".join(one.ko for one in parts), " ".join(one.en for one in parts))
