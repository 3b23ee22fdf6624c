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
from sandan.energy.engine.tariff.demand import billing_demand, carried, months_carried, standing_demand
from sandan.energy.engine.tariff.power_factor import power_factor_adjustment
from sandan.energy.engine.tariff.pricing import cost, rates

__all__ = [
    "Calendar",
    "Fleet",
    "Slots",
    "bill_many",
    "bill_month",
    "billing_demand",
    "carried",
    "classify",
    "cost",
    "default_rounding",
    "levies",
    "months_carried",
    "options",
    "power_factor_adjustment",
    "power_factor_rules",
    "rates",
    "schedule",
    "standing_demand",
    "tariff",
    "tariffs",
    "versions",
]
