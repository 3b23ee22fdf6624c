"""What was saved, in kWh, won and tonnes, and whether to believe it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sandan.clock import DAY_MS, SEOUL_MS
from sandan.energy.engine.savings.baseline import predict, usable
from sandan.energy.engine.savings.interval import uncertainty
from sandan.energy.model.rates import Floats, Rates
from sandan.energy.model.savings import Amount, Baseline, DayKind, Days, Saving, SavingParams
from sandan.errors import InvalidInput
from sandan.words import Text

_SLACK = 0.05
"""How far beyond what was seen is still near it, as a share of the range."""


def saving(
    baseline: Baseline,
    reporting: Days,
    *,
    rates: Sequence[Rates] = (),
    emission_factor: float | None = None,
    params: SavingParams | None = None,
) -> Saving:
    """Σ (baseline − metered) over the reporting days that have all data, with its interval.

    `rates` (one a billing month) make won: each quarter-hour's price times its share of the day's baseline,
    less its price times what was metered; without steps or with a day unpriced there is no won. The base
    charge is left out, because a mean day says nothing of a peak. `emission_factor` [tCO2eq/MWh]. It is
    believable when the interval lies above zero (at 95 % about what Guideline 14 asks: half the saving at
    68 %), enough days were measured, and they lie within what the baseline has seen. Raises `InvalidInput`
    when no day can be compared, when periods overlap, or when a driver is missing.
    """
    params = params or SavingParams()
    fitted, design, use = comparable(baseline, reporting)
    metered = reporting.energy[use]
    day = reporting.day[use]
    kwh = float((fitted - metered).sum())
    total = float(fitted.sum())
    spread = uncertainty(baseline, day, design, np.ones(len(day)), params, total)
    half = spread.half
    outside = outside_share(baseline, reporting, use)
    reasons = [
        *doubts(baseline, reporting, use, outside, params),
        *_of_size(kwh, half, total, params),
    ]
    believable = not reasons
    if believable:
        reasons.append(_why_believed(kwh, half, total, params))
    return Saving(
        kwh=kwh,
        low=kwh - half,
        high=kwh + half,
        confidence=params.confidence,
        baseline_kwh=total,
        actual_kwh=float(metered.sum()),
        days=len(day),
        left_out=int(reporting.day[-1] - reporting.day[0] + 1) - len(day),
        outside=outside,
        uncertainty=spread,
        won=_won(baseline, reporting, use, fitted, rates, half),
        tonnes=None
        if emission_factor is None
        else Amount(*(one / 1000 * emission_factor for one in (kwh, kwh - half, kwh + half))),
        believable=believable,
        reasons=tuple(reasons),
    )


def comparable(baseline: Baseline, reporting: Days) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Fitted use and design of the days that can be compared, and which these are."""
    if reporting.day[0] <= baseline.day[-1]:
        raise InvalidInput.because(
            "reporting",
            Text("보고 기간이 기준 기간과 겹칩니다.", "The reporting period overlaps the baseline."),
            Text("조치 뒤의 날만 주십시오.", "Give only days after the measure."),
        )
    fitted, design = predict(baseline, reporting)
    use = usable(reporting) & ~np.isnan(fitted)
    if not use.any():
        raise InvalidInput.because(
            "reporting",
            Text("비교할 수 있는 날이 없습니다.", "No day can be compared."),
            Text("사용량·기온·생산량 자료를 확인해 주십시오.", "Check use, temperature and production."),
        )
    return fitted[use], design[use], use


def doubts(
    baseline: Baseline, reporting: Days, use: NDArray[np.bool_], outside: float, params: SavingParams
) -> list[Text]:
    """What speaks against believing whatever the figure."""
    found = []
    coverage = float(use.sum()) / int(reporting.day[-1] - reporting.day[0] + 1)
    for share, ko, en in (
        (baseline.coverage, "기준 기간", "the baseline"),
        (coverage, "보고 기간", "the reporting period"),
    ):
        if share < params.least_coverage:
            found.append(
                Text(
                    f"{ko}의 {share:.0%}만 측정되었습니다({params.least_coverage:.0%} 이상 필요).",
                    f"Only {share:.0%} of {en} was measured; {params.least_coverage:.0%} is needed.",
                )
            )
    span = int(baseline.day[-1] - baseline.day[0] + 1)
    if span < params.least_span:
        found.append(
            Text(
                f"기준 기간이 {span}일로, 한 해의 계절을 다 담지 못합니다({params.least_span}일 이상 필요).",
                f"The baseline is {span} days long and misses seasons; {params.least_span} are needed.",
            )
        )
    if outside > params.most_outside:
        found.append(
            Text(
                f"보고 기간의 {outside:.0%}가 기준 기간에 없던 기온이나 생산량입니다.",
                f"{outside:.0%} of the reporting days have weather or production the baseline never saw.",
            )
        )
    if params.most_cv is not None and baseline.cv > params.most_cv:
        found.append(
            Text(
                f"기준 모형의 오차 CV(RMSE)가 {baseline.cv:.0%}로 한도 {params.most_cv:.0%}를 넘습니다.",
                f"The baseline's CV(RMSE) is {baseline.cv:.0%}, above the limit of {params.most_cv:.0%}.",
            )
        )
    return found


def outside_share(baseline: Baseline, reporting: Days, use: NDArray[np.bool_]) -> float:
    """Share of the days beyond the temperatures and drivers that the baseline has seen."""
    beyond = np.zeros(int(use.sum()), dtype=np.bool_)
    for name, (low, high) in baseline.ranges.items():
        column = reporting.temperature if name == "temperature" else reporting.drivers[name]
        if column is None:
            continue
        slack = _SLACK * (high - low)
        beyond |= (column[use] < low - slack) | (column[use] > high + slack)
    return float(beyond.mean())


def _of_size(kwh: float, half: float, total: float, params: SavingParams) -> list[Text]:
    if kwh > half:
        return []
    share, off = (kwh / total, half / total) if total else (0.0, 0.0)
    if kwh < -half:
        return [
            Text(
                f"절감이 아니라 사용량이 {-share:.1%} 늘었습니다(±{off:.1%}).",
                f"Use went up by {-share:.1%} (±{off:.1%}); nothing was saved.",
            )
        ]
    return [
        Text(
            f"절감률 {share:.1%}은(는) 오차 ±{off:.1%} 안에 있어 0과 구별되지 않습니다"
            f"(신뢰 수준 {params.confidence:.0%}).",
            f"A saving of {share:.1%} cannot be told from none: it is within ±{off:.1%} "
            f"({params.confidence:.0%} confidence).",
        )
    ]


def _why_believed(kwh: float, half: float, total: float, params: SavingParams) -> Text:
    return Text(
        f"절감률 {kwh / total:.1%}이(가) 오차 ±{half / total:.1%}보다 큽니다"
        f"(신뢰 수준 {params.confidence:.0%}).",
        f"A saving of {kwh / total:.1%} is more than the ±{half / total:.1%} it may be off "
        f"({params.confidence:.0%} confidence).",
    )


def _won(
    baseline: Baseline,
    reporting: Days,
    use: NDArray[np.bool_],
    fitted: Floats,
    rates: Sequence[Rates],
    half: float,
) -> Amount | None:
    """What the saving is worth by the bill's own prices [won]; None when something is missing for it."""
    slots = reporting.slots
    if not rates or slots is None or any(DayKind(kind) not in baseline.shape for kind in reporting.kind[use]):
        return None
    steps = slots.shape[1]
    price = _prices(rates, reporting.day[use], steps)
    if price is None:
        return None
    shape = np.array([baseline.shape[DayKind(kind)] for kind in reporting.kind[use]])
    before = fitted[:, None] * shape
    value = float((price * (before - slots[use])).sum())
    mean = float((price * before).sum() / fitted.sum())
    return Amount(value, value - half * mean, value + half * mean)


def _prices(rates: Sequence[Rates], day: NDArray[np.int64], steps: int) -> Floats | None:
    """Price of each step of each day [won/kWh, n, steps]; None when a day is not wholly priced."""
    start = np.concatenate([one.start for one in rates]) + SEOUL_MS
    energy = np.concatenate([one.energy for one in rates])
    step = (start % DAY_MS) * steps // DAY_MS
    row = np.searchsorted(day, start // DAY_MS)
    inside = (row < len(day)) & (day[np.minimum(row, len(day) - 1)] == start // DAY_MS)
    total = np.zeros((len(day), steps))
    count = np.zeros((len(day), steps))
    np.add.at(total, (row[inside], step[inside]), energy[inside])
    np.add.at(count, (row[inside], step[inside]), 1)
    if np.any(count != 96 / steps):
        return None
    mean: Floats = total / count
    return mean
