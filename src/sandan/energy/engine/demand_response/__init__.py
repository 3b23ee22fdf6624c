"""Baselines, bids, notices, measured reductions and what they earn."""

from sandan.energy.engine.demand_response.baseline import adjust_baseline, customer_baseline
from sandan.energy.engine.demand_response.bids import check_award, check_bid, check_event, share_award
from sandan.energy.engine.demand_response.reduction import measure_reductions
from sandan.energy.engine.demand_response.rules import baseline_rule, grouping, limits, working_day
from sandan.energy.engine.demand_response.settlement import base_pay, settle_event
from sandan.energy.engine.demand_response.trial import check_enrolments, compare_baselines, try_baseline

__all__ = [
    "adjust_baseline",
    "base_pay",
    "baseline_rule",
    "check_award",
    "check_bid",
    "check_enrolments",
    "check_event",
    "compare_baselines",
    "customer_baseline",
    "grouping",
    "limits",
    "measure_reductions",
    "settle_event",
    "share_award",
    "try_baseline",
    "working_day",
]
