"""A small complex to reckon with: two corporations, their facilities, and factors that a test gives."""

from __future__ import annotations

from datetime import date

from sandan.energy.engine.carbon import year_of
from sandan.energy.model.carbon import Activity, Evidence, Factor, Part, Place, Purpose

PRESS = Place("가나금속", "1공장", "프레스")
OFFICE = Place("가나금속", "1공장", "사무동")
BOILER = Place("다라화학", "본사", "보일러")
BEGIN, END = year_of(2023)
READ = END + 86_400_000
MONTH = (END - BEGIN) // 12


def use(
    place: Place,
    quantity: float,
    carrier: str = "electricity",
    unit: str = "kWh",
    *,
    begin: int = BEGIN,
    end: int = END,
    point: str = "",
    coverage: float = 1.0,
) -> Activity:
    evidence = Evidence(point or f"{place.facility}.{carrier}", begin, end, READ)
    return Activity(place, carrier, quantity, unit, evidence, coverage)


def given(carrier: str, gas: str, part: Part, value: float, purpose: Purpose | None = None) -> Factor:
    """A figure as an operator would give it; the figures of these tests are no reference."""
    return Factor(
        carrier, gas, part, purpose, "KR", "test", date(2023, 1, 1), (2023, 2030), value, "", "O", "a test"
    )


GAS = (
    given("natural_gas", "", Part.CALORIFIC, 40.0),
    given("natural_gas", "CO2", Part.EMISSION, 50.0),
    given("natural_gas", "CO2", Part.OXIDATION, 0.99),
    given("natural_gas", "CH4", Part.EMISSION, 0.001),
    given("natural_gas", "CH4", Part.WARMING, 20.0),
    given("natural_gas", "N2O", Part.EMISSION, 0.0001),
    given("natural_gas", "N2O", Part.WARMING, 300.0),
)
"""40 MJ/㎥ · (50·0.99 + 0.001·20 + 0.0001·300) t/TJ: 1,000 ㎥ emit 0.04 · 49.55 = 1.982 t."""
