"""The billing demand (요금적용전력) exactly as article 68 has it, and what set it."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sandan.energy.model.tariff import BillingDemand, Contract, DemandBy, DemandRule, Month


def billing_demand(
    contract: Contract,
    rule: DemandRule,
    month: Month,
    peak: float,
    at: int | None,
    earlier: Mapping[Month, float],
) -> BillingDemand:
    """The demand that is billed in `month`.

    `peak` is the period's own highest demand in counting quarter-hours [kW], NaN when nothing was metered, at
    the quarter-hour `at` [ms]; `earlier` the peaks of earlier months [kW]. The largest of the month's own and
    of those demand months that lie within the window, and never below the floor (약관 제68조 ①).
    """
    if not contract.demand_meter:
        return BillingDemand(contract.power, "contract", None, None, peak)
    highest, by, of = -math.inf, "floor", None
    for one, kw in sorted(carried(rule, month, earlier).items()):
        if kw >= highest:
            highest, of = kw, one
            by = "earlier_month"
    if not math.isnan(peak) and peak >= highest:
        highest, by, of = peak, "this_month", month
    floor = rule.floor * contract.power
    if highest < floor:
        return BillingDemand(floor, "floor", None, None, peak)
    source: DemandBy = "this_month" if by == "this_month" else "earlier_month"
    return BillingDemand(highest, source, of, at if by == "this_month" else None, peak)


def standing_demand(
    contract: Contract, rule: DemandRule, month: Month, earlier: Mapping[Month, float]
) -> float:
    """The billing demand owed in `month` before anything is used in it [kW]."""
    return billing_demand(contract, rule, month, math.nan, None, earlier).kw


def carried(rule: DemandRule, month: Month, peaks: Mapping[Month, float]) -> dict[Month, float]:
    """The peaks of earlier demand months that still count in `month`."""
    return {
        one: kw
        for one, kw in peaks.items()
        if one[1] in rule.months and 0 < months_between(one, month) < rule.window and not math.isnan(kw)
    }


def months_between(early: Month, late: Month) -> int:
    """How many months `late` is after `early`."""
    return (late[0] - early[0]) * 12 + late[1] - early[1]


def months_carried(rule: DemandRule, month: Month) -> int:
    """How many later bills a peak of `month` can still set: 0 outside the demand months."""
    return rule.window - 1 if month[1] in rule.months else 0
