"""What electricity from the grid stands for in CO2: the Korean factors by year and purpose, as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from sandan.tables import read_table
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class Factor:
    """CO2 of grid electricity [tCO2eq/MWh, which is kgCO2eq/kWh], for a year and a purpose.

    `inventory` says that a complex's use is turned into CO2 by it from the day it was published.
    """

    value: float
    basis: Text
    year: str
    published: date | None
    inventory: bool
    purpose: str
    source: str


@cache
def factors() -> tuple[Factor, ...]:
    """The known Korean factors (REFERENCE.md B2), the one in force first."""
    return tuple(
        Factor(
            float(row["value"]),
            Text(row["basis_ko"], row["basis_en"]),
            row["year"],
            date.fromisoformat(row["published"]) if row["published"] else None,
            row["inventory"] == "yes",
            row["purpose"],
            row["source"],
        )
        for row in read_table(__name__, "factors.csv")
    )


def electricity_factor(on: date) -> Factor:
    """The factor published last as of a day; before the first known day of publication, the undated one.

    Source: REFERENCE.md B2 (two factors are in use at once: the trading scheme keeps its own).
    """
    known = [one for one in factors() if one.inventory and (one.published is None or one.published <= on)]
    return max(known, key=lambda one: one.published or date.min)
