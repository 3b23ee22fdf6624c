"""What each of several measures saved, as far as their dates tell them apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sandan.energy.engine.savings.interval import uncertainty
from sandan.energy.engine.savings.saving import comparable, doubts, outside_share
from sandan.energy.model.savings import Baseline, Days, Measure, MeasureSaving, SavingParams
from sandan.errors import Finding, InvalidInput
from sandan.words import Text


def savings_by_measure(
    baseline: Baseline, reporting: Days, measures: Sequence[Measure], params: SavingParams | None = None
) -> tuple[MeasureSaving, ...]:
    """Each measure's saving from its day to the end; together they are `saving` of the whole period.

    The mean daily saving steps up at each measure; the step, times the days since, is the measure's. Measures
    whose days are fewer than `least_segment` apart are not told apart: they come as one, with the reason.
    Raises `InvalidInput` without measures, or when the first one does not open the reporting period.
    """
    params = params or SavingParams()
    fitted, design, use = comparable(baseline, reporting)
    day, saved = reporting.day[use], fitted - reporting.energy[use]
    groups = _groups(measures, reporting, params)
    starts = [group[0].day for group in groups]
    ends = [*starts[1:], int(day[-1]) + 1]
    inside = [(day >= a) & (day < b) for a, b in zip(starts, ends, strict=True)]
    outside = outside_share(baseline, reporting, use)
    general = doubts(baseline, reporting, use, outside, params)
    told = []
    for i, group in enumerate(groups):
        after = day >= (starts[i] if i else day[0])
        weight = np.zeros(len(day))
        own = inside[i] if i else inside[0] | (day < starts[0])
        if not own.any() or (i and not inside[i - 1].any()):
            raise InvalidInput.because(
                f"measure.{group[0].id}",
                Text("이 조치 앞뒤로 측정된 날이 없습니다.", "No day around this measure was measured."),
                Text("자료를 채우거나 조치를 묶어 주십시오.", "Fill in the data or join the measures."),
            )
        weight[own] += after.sum() / own.sum()
        if i:
            weight[inside[i - 1]] -= after.sum() / inside[i - 1].sum()
        kwh = float(weight @ saved)
        spread = uncertainty(baseline, day, design, weight, params)
        half = spread.half
        reasons = [*general, *_apart(group, params)]
        believable = not general and kwh > half
        if kwh <= half:
            reasons.append(
                Text(
                    f"{kwh:,.0f} kWh의 절감은 ±{half:,.0f} kWh 안에 있어 0과 구별되지 않습니다.",
                    f"A saving of {kwh:,.0f} kWh cannot be told from none: it may be off by {half:,.0f} kWh.",
                )
            )
        elif believable:
            reasons.append(
                Text(
                    f"{kwh:,.0f} kWh의 절감이 오차 ±{half:,.0f} kWh보다 큽니다.",
                    f"A saving of {kwh:,.0f} kWh is more than the {half:,.0f} kWh it may be off.",
                )
            )
        told.append(
            MeasureSaving(
                group, kwh, kwh - half, kwh + half, kwh / int(after.sum()), spread, believable, tuple(reasons)
            )
        )
    return tuple(told)


def _groups(measures: Sequence[Measure], reporting: Days, params: SavingParams) -> list[tuple[Measure, ...]]:
    """Measures in order of their days, those too near each other (or to the end) together."""
    ordered = sorted(measures, key=lambda one: (one.day, one.id))
    first, last = int(reporting.day[0]), int(reporting.day[-1])
    findings = [
        Finding(
            f"measure.{one.id}",
            Text("조치 날짜가 보고 기간 밖입니다.", "The measure's day is outside the reporting period."),
            Text("보고 기간은 첫 조치부터 시작해야 합니다.", "The period begins with the first measure."),
        )
        for one in ordered
        if not first <= one.day <= last
    ]
    if not ordered or ordered[0].day > first:
        findings.append(
            Finding(
                "measures",
                Text(
                    "보고 기간이 첫 조치에서 시작하지 않습니다.", "The period does not begin with a measure."
                ),
                Text("보고 기간을 첫 조치 날부터 잡으십시오.", "Begin it on the day of the first measure."),
            )
        )
    if findings:
        raise InvalidInput(findings)
    groups: list[list[Measure]] = [[ordered[0]]]
    for one in ordered[1:]:
        if one.day - groups[-1][0].day < params.least_segment:
            groups[-1].append(one)
        else:
            groups.append([one])
    if len(groups) > 1 and last + 1 - groups[-1][0].day < params.least_segment:
        groups[-2].extend(groups.pop())
    return [tuple(group) for group in groups]


def _apart(group: tuple[Measure, ...], params: SavingParams) -> list[Text]:
    if len(group) == 1:
        return []
    ko, en = (", ".join(names) for names in ([m.name.ko for m in group], [m.name.en for m in group]))
    return [
        Text(
            f"{ko}: 사이에 {params.least_segment}일이 되지 않아 따로 나눌 수 없습니다. 합한 절감입니다.",
            f"{en}: fewer than {params.least_segment} days lie between them, so they cannot be told apart; "
            "this is their sum.",
        )
    ]
