"""A real year of quarter-hours in the inventory."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from tests.energy.engine.tariff.steel import STEEL, months, steel_year

from sandan.energy.engine.carbon import book, make_inventory, year_of
from sandan.energy.model.carbon import Activity, Evidence, Factor, Part, Place, Purpose
from sandan.energy.model.rates import SLOT_MS

PLANT = Place("철강", "광양", "공장")


@pytest.mark.skipif(
    not STEEL.exists(), reason="the steel plant's year is kept in ../shared, not in the project"
)
def test_the_steel_plants_year() -> None:
    """959.637 MWh: twelve months or one year make the same grams; 2018 has no factor until one is given."""
    meter = steel_year()
    begin, end = year_of(2018)
    assert (int(meter.start[0]), int(meter.start[-1]) + SLOT_MS) == (begin, end)
    parts = months(meter)
    cuts = [*(int(one.start[0]) for one in parts), end]
    monthly = [
        Activity(PLANT, "electricity", round(float(one.energy.sum()), 2), "kWh", Evidence("meter", a, b, end))
        for one, (a, b) in zip(parts, pairwise(cuts), strict=True)
    ]
    whole = Activity(PLANT, "electricity", 959_636.71, "kWh", Evidence("meter", begin, end, end))
    assert not make_inventory(monthly, book(date(2026, 1, 1)), Purpose.ESG, 2018).complete
    given = Factor(
        "electricity", "CO2eq", Part.EMISSION, None, "KR", "as if", date(2018, 1, 1), (2018, 2018), 0.4541,
        "t/MWh", "O", "the mean of 2020–2022 as if",
    )  # fmt: skip
    known = book(date(2026, 1, 1), [given])
    made = make_inventory(monthly, known, Purpose.ESG, 2018)
    assert made.total == make_inventory([whole], known, Purpose.ESG, 2018).total == 435_771_030
    assert made.lines[0].coverage == pytest.approx(1)
    assert len(made.lines[0].evidence) == 12
