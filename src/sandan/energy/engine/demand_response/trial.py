"""Which baseline suits a customer, tried on days on which nothing was asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from sandan.energy.engine.demand_response.baseline import adjust_baseline, customer_baseline
from sandan.energy.engine.demand_response.rules import baseline_rule, limits, working_day
from sandan.energy.model.demand_response import (
    Adjustment,
    BaselineKind,
    BaselineTrial,
    Enrolment,
    Standing,
)
from sandan.energy.model.rates import Floats
from sandan.errors import Finding, InvalidInput
from sandan.words import Text


def try_baseline(
    energy: Floats,
    first: date,
    days: Sequence[date],
    kind: BaselineKind,
    holidays: frozenset[date],
    hours: tuple[int, int],
    *,
    factory: bool,
    day_hours: tuple[int, int],
    adjustment: Adjustment | None = None,
    events: frozenset[date] = frozenset(),
) -> BaselineTrial:
    """How far the baseline was from the load in `hours` (from, to) of the working days among `days`.

    RRMSE = √mean(e²) / mean(actual), bias = Σ baseline / Σ actual − 1, over all hours that have both. An
    adjustment takes the first of the hours as the event's beginning.
    """
    told, real, number, short = [], [], 0, 0
    for day in days:
        row = (day - first).days
        if day in events or not working_day(day, holidays) or not 0 <= row < len(energy):
            continue
        made = customer_baseline(
            energy,
            first,
            day,
            baseline_rule(kind, day),
            holidays,
            factory=factory,
            day_hours=day_hours,
            events=events,
        )
        expected = made.energy
        if adjustment is not None:
            expected = adjust_baseline(expected, energy[row], hours[0], adjustment)
        told.append(expected[slice(*hours)])
        real.append(energy[row, slice(*hours)])
        number += 1
        short += made.standing is not Standing.WHOLE
    said, actual = np.array(told).ravel(), np.array(real).ravel()
    known = np.isfinite(said) & np.isfinite(actual)
    total = float(actual[known].sum())
    rrmse = bias = float("nan")
    if total > 0:
        mean = float(actual[known].mean())
        rrmse = float(np.sqrt(np.mean((actual[known] - said[known]) ** 2))) / mean
        bias = float(said[known].sum()) / total - 1
    allowed = limits(days[-1] if days else first).admitted_rrmse
    return BaselineTrial(kind, adjustment is not None, rrmse, bias, number, short, rrmse <= allowed)


def compare_baselines(
    energy: Floats,
    first: date,
    days: Sequence[date],
    holidays: frozenset[date],
    hours: tuple[int, int],
    *,
    factory: bool,
    day_hours: tuple[int, int],
    adjustments: Sequence[Adjustment | None] = (None,),
    events: frozenset[date] = frozenset(),
) -> tuple[BaselineTrial, ...]:
    """All baselines a customer may choose from at its yearly registration, the most exact first.

    What is most exact need not be what pays most: one that overstates is told by its bias.
    """
    trials = [
        try_baseline(
            energy,
            first,
            days,
            kind,
            holidays,
            hours,
            factory=factory,
            day_hours=day_hours,
            adjustment=one,
            events=events,
        )
        for kind in BaselineKind
        for one in adjustments
    ]
    return tuple(sorted(trials, key=lambda one: (np.isnan(one.rrmse), one.rrmse)))


def check_enrolments(enrolments: Sequence[Enrolment], day: date) -> None:
    """Raise `InvalidInput` where a customer chose twice in a year, pledged nothing, or the resource is small.

    All enrolments are those of one resource.
    """
    found: list[Finding] = []
    seen: dict[tuple[str, int], Enrolment] = {}
    for one in enrolments:
        where = f"enrolments.{one.customer}"
        if seen.setdefault((one.customer, one.year), one) != one:
            found.append(
                Finding(
                    where,
                    Text(
                        f"{one.year}년에 이미 등록했습니다. CBL은 다음 등록까지 바꿀 수 없습니다.",
                        f"Already enrolled for {one.year}; the baseline stays until the next registration.",
                    ),
                    Text("다음 해 등록 때 바꾸십시오.", "Change it at next year's registration."),
                )
            )
        if not one.pledged > 0:
            found.append(
                Finding(
                    where,
                    Text("감축 약속량이 없습니다.", "Nothing is pledged."),
                    Text("감축할 수 있는 kW를 적으십시오.", "Give the kW it can reduce."),
                )
            )
    least = limits(day).least_customers
    number = len({one.customer for one in enrolments if one.year == day.year})
    if number < least:
        found.append(
            Finding(
                "enrolments",
                Text(
                    f"참여고객이 {number}곳으로 {least}곳에 모자랍니다.",
                    f"{number} customers; a resource needs {least}.",
                ),
                Text("고객을 더 모집하십시오.", "Recruit more customers."),
            )
        )
    if found:
        raise InvalidInput(found)
