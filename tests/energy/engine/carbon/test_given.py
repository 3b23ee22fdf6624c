"""Factors and documents as people type them: read with their units, every fault named."""

from __future__ import annotations

from datetime import date

import pytest
from tests.energy.engine.carbon.cases import BOILER, use

from sandan.energy.engine.carbon import asked, book, carriers, make_inventory
from sandan.energy.engine.carbon.given import read_factor, read_threshold
from sandan.energy.engine.carbon.sheet import read_use, units_of
from sandan.energy.model.carbon import Purpose
from sandan.errors import InvalidInput

TODAY = date(2026, 3, 1)
COMMON = {"years_from": "2023", "source": "a test"}
GAS = (
    ("calorific", "", "40"), ("emission", "CO2", "50"), ("oxidation", "CO2", "0.99"),
    ("emission", "CH4", "0.001"), ("warming", "CH4", "20"), ("emission", "N2O", "0.0001"),
    ("warming", "N2O", "300"),
)  # fmt: skip


def gas(part: str, gas: str, value: str):
    return read_factor(COMMON | {"carrier": "natural_gas", "part": part, "gas": gas, "value": value}, TODAY)


def test_seven_figures_given_by_hand_count_a_fuel():
    """1,000 ㎥ at the figures of the test are 1.982 t, as with a table."""
    given = [gas(*one) for one in GAS]
    assert [one.unit for one in given[:3]] == ["MJ/㎥", "t/TJ", "1"]
    assert {one.mark for one in given} == {"O"}
    made = make_inventory([use(BOILER, 1000, "natural_gas", "㎥")], book(TODAY, given), Purpose.ESG, 2023)
    assert made.direct == 1_982_000
    assert book(date(2026, 2, 28), given).factors == book(date(2026, 2, 28)).factors


def test_whatever_the_table_asks_for_can_be_given_in_its_unit():
    """Each empty row has a form that fills it."""
    for one in asked():
        cells = COMMON | {"carrier": one.carrier, "part": one.part, "gas": one.gas, "value": "1"}
        made = read_factor(cells | {"purpose": one.purpose or ""}, TODAY)
        assert (made.carrier, made.gas, made.part, made.unit) == (one.carrier, one.gas, one.part, one.unit)


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": "-1"}, {"value": "nan"}, {"value": "1e9"}, {"gas": "SF6"}, {"part": "density"},
        {"purpose": "tax"}, {"years_from": ""}, {"years_to": "2020"}, {"source": " "}, {"carrier": "peat"},
        {"effective_from": "soon"},
    ],
)  # fmt: skip
def test_a_factor_that_cannot_be_is_refused(wrong: dict[str, str]):
    """One fault, one finding with a remedy."""
    right = COMMON | {"carrier": "electricity", "part": "emission", "gas": "CO2eq", "value": "0.5"}
    assert read_factor(right, TODAY).years == (2023, 2023)
    with pytest.raises(InvalidInput) as error:
        read_factor(right | wrong, TODAY)
    assert all(one.remedy.ko and one.remedy.en for one in error.value.findings)


def test_only_a_threshold_nobody_knows_may_be_given():
    """With an amount above nothing and a source."""
    assert read_threshold("trading_site", "25,000", "고시").tonnes == 25_000
    for id, tonnes, source in (
        ("trading_corporation", "1", "x"),
        ("trading_site", "0", "x"),
        ("trading_site", "1", ""),
    ):
        with pytest.raises(InvalidInput):
            read_threshold(id, tonnes, source)


def test_a_quantity_may_come_in_any_unit_of_its_kind():
    """Litres for cubic metres, gigajoules for megawatt-hours; for other kinds what is allowed is said."""
    assert {"L", "kL"} <= set(units_of(carriers()["diesel"]))
    assert {"GJ", "kWh", "TJ"} <= set(units_of(carriers()["steam"]))
    row = {
        "carrier": "steam", "facility": "보일러", "quantity": "3.6", "unit": "GJ", "first": "2025-01-01",
        "last": "2025-01-31", "document": "열 1",
    }  # fmt: skip
    one, _ = read_use(row, {"f": "가나"}, TODAY, "f")
    assert one is not None
    assert (one.site, one.unit) == ("가나", "GJ")
    refused, findings = read_use(row | {"unit": "kg"}, {"f": "가나"}, TODAY, "f")
    assert refused is None
    assert "GJ" in findings[0].remedy.en
