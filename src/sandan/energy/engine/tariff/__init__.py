"""KEPCO's tariffs: what each quarter-hour costs, what a month is billed and what set it."""

from sandan.energy.engine.tariff.bill import Fleet, bill_many, bill_month
from sandan.energy.engine.tariff.book import (
    default_rounding,
    levies,
    options,
    power_factor_rules,
    schedule,
    tariff,
    tariffs,
    versions,
)
from sandan.energy.engine.tariff.calendar import Calendar, Slots, classify
from sandan.energy.engine.tariff.changes import Explanation, LineChange, explain
from sandan.energy.engine.tariff.demand import billing_demand, carried, months_carried, standing_demand
from sandan.energy.engine.tariff.insight import (
    HourlyCost,
    OptionCost,
    after,
    bill_year,
    compare_options,
    hourly_cost,
)
from sandan.energy.engine.tariff.peak import (
    PeakState,
    QuarterWarning,
    project_quarter,
    warn_quarter,
    watch_peak,
)
from sandan.energy.engine.tariff.power_factor import power_factor_adjustment
from sandan.energy.engine.tariff.pricing import cost, rates

__all__ = [
    "Calendar",
    "Explanation",
    "Fleet",
    "HourlyCost",
    "LineChange",
    "OptionCost",
    "PeakState",
    "QuarterWarning",
    "Slots",
    "after",
    "bill_many",
    "bill_month",
    "bill_year",
    "billing_demand",
    "carried",
    "classify",
    "compare_options",
    "cost",
    "default_rounding",
    "explain",
    "hourly_cost",
    "levies",
    "months_carried",
    "options",
    "power_factor_adjustment",
    "power_factor_rules",
    "project_quarter",
    "rates",
    "schedule",
    "standing_demand",
    "tariff",
    "tariffs",
    "versions",
    "warn_quarter",
    "watch_peak",
]
