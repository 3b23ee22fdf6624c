"""Savings against a fitted baseline, with their uncertainty and whether to believe them."""

from sandan.energy.engine.savings.baseline import fit_baseline, predict
from sandan.energy.engine.savings.days import between, days_of, kinds, with_driver
from sandan.energy.engine.savings.measures import savings_by_measure
from sandan.energy.engine.savings.saving import saving
from sandan.energy.engine.savings.sheet import read_production

__all__ = [
    "between",
    "days_of",
    "fit_baseline",
    "kinds",
    "predict",
    "read_production",
    "saving",
    "savings_by_measure",
    "with_driver",
]
