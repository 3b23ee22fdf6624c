"""Carbon: a year's inventory with its evidence, locked, restated, explained and shared among products."""

from sandan.energy.engine.carbon.book import asked, book, carriers, factors, pick, thresholds
from sandan.energy.engine.carbon.changes import Explanation, LineChange, explain
from sandan.energy.engine.carbon.inventory import make_inventory, year_of
from sandan.energy.engine.carbon.levels import Standing, by_level, standings
from sandan.energy.engine.carbon.products import product_shares
from sandan.energy.engine.carbon.seal import canonical, lock, restate, verify

__all__ = [
    "Explanation",
    "LineChange",
    "Standing",
    "asked",
    "book",
    "by_level",
    "canonical",
    "carriers",
    "explain",
    "factors",
    "lock",
    "make_inventory",
    "pick",
    "product_shares",
    "restate",
    "standings",
    "thresholds",
    "verify",
    "year_of",
]
