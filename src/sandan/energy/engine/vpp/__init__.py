"""The pool of plants in the market: what counts as its forecast, what it earns, who gets it, who gives up
what."""

from sandan.energy.engine.vpp.bidding import best_forecast
from sandan.energy.engine.vpp.certificates import issue_certificates, retire_certificates, weight_of
from sandan.energy.engine.vpp.curtailment import no_memory, share_curtailment
from sandan.energy.engine.vpp.deviation import judge_hours, monthly_errors, registration
from sandan.energy.engine.vpp.revenue import split_revenue
from sandan.energy.engine.vpp.rules import all_bands, bands, bands_for, eligibility, registration_rule
from sandan.energy.engine.vpp.settlement import settle_pool
from sandan.energy.engine.vpp.submissions import forecast_that_counts, gates, hourly

__all__ = [
    "all_bands",
    "bands",
    "bands_for",
    "best_forecast",
    "eligibility",
    "forecast_that_counts",
    "gates",
    "hourly",
    "issue_certificates",
    "judge_hours",
    "monthly_errors",
    "no_memory",
    "registration",
    "registration_rule",
    "retire_certificates",
    "settle_pool",
    "share_curtailment",
    "split_revenue",
    "weight_of",
]
