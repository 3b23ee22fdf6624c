"""Carbon: a year's inventory with its evidence, explained and shared among products."""

from sandan.energy.engine.carbon.book import asked, book, carriers, factors, pick, thresholds, thresholds_with
from sandan.energy.engine.carbon.changes import Explanation, LineChange, explain, unchanged
from sandan.energy.engine.carbon.checks import check_countable
from sandan.energy.engine.carbon.gathering import Gathered, fit_proofs, gather
from sandan.energy.engine.carbon.inventory import coverage_of, make_inventory, year_of
from sandan.energy.engine.carbon.levels import Standing, by_level, standings
from sandan.energy.engine.carbon.products import product_shares

__all__ = [
    "Explanation",
    "Gathered",
    "LineChange",
    "Standing",
    "asked",
    "book",
    "by_level",
    "carriers",
    "check_countable",
    "coverage_of",
    "explain",
    "factors",
    "fit_proofs",
    "gather",
    "make_inventory",
    "pick",
    "product_shares",
    "standings",
    "thresholds",
    "thresholds_with",
    "unchanged",
    "year_of",
]
