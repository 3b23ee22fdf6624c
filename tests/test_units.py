"""The unit table and its one conversion, held against `pint`."""

import csv
import math
from importlib.resources import files

import numpy as np
import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandan.errors import InvalidInput
from sandan.twin.tables import kinds, quantities
from sandan.units import SYNONYMS, convert, unit, units

PINT = pint.UnitRegistry()

PINT_NAMES = {
    "1": "dimensionless",
    "%": "percent",
    "kvar": "kilovolt_ampere",
    "kVA": "kilovolt_ampere",
    "kvarh": "kilovolt_ampere * hour",
    "kVAh": "kilovolt_ampere * hour",
    "°C": "degC",
    "K": "kelvin",
    "°": "degree",
    "㎍/㎥": "microgram / meter ** 3",
    "mg/㎥": "milligram / meter ** 3",
    "W/m²": "watt / meter ** 2",
    "㎥": "meter ** 3",
    "㎥/h": "meter ** 3 / hour",
    "㎡": "meter ** 2",
    "t": "metric_ton",
    "h": "hour",
    "min": "minute",
    "ppb": "nanometer / meter",
    "ha": "hectare",
    "A": "ampere",
}
OURS = {"OU", "%LEL", "tCO2", "kgCO2", "dB", "EA", "명", "대", "won", "평"}
"""Units `pint` has no word for, or counts differently (a level in dB is no ratio to us)."""


@pytest.mark.parametrize("symbol", sorted(set(units()) - OURS))
def test_factor_agrees_with_pint(symbol: str):
    """One of each unit, in SI, is what `pint` says it is."""
    ours = unit(symbol)
    theirs = PINT.Quantity(1.0, PINT_NAMES.get(symbol, symbol)).to_base_units().magnitude
    assert math.isclose(ours.factor + ours.offset, theirs, rel_tol=1e-14)


def test_pyeong_is_the_legal_one():
    """A 평 is 400/121 square metres."""
    assert unit("평").factor == 400 / 121


@pytest.mark.parametrize(
    ("value", "from_", "to", "expected"),
    [
        (20.0, "°C", "K", 293.15),
        (293.15, "K", "°C", 20.0),
        (-40.0, "°C", "°C", -40.0),
        (1.5, "MWh", "kWh", 1500.0),
        (36.0, "km/h", "m/s", 10.0),
        (50.0, "%", "1", 0.5),
        (1000.0, "kgCO2", "tCO2", 1.0),
    ],
)
def test_known_conversions(value: float, from_: str, to: str, expected: float):
    """Usual conversions, temperatures with their offset among them, come out right."""
    assert math.isclose(convert(value, from_, to), expected, rel_tol=1e-14)


PAIRS = [(a, b) for a in units() for b in units() if unit(a).dimension == unit(b).dimension]


@given(st.sampled_from(PAIRS), st.floats(-1e9, 1e9))
def test_there_and_back(pair: tuple[str, str], value: float):
    """Converting to another unit and back gives the value again."""
    a, b = pair
    offset = abs(unit(a).offset - unit(b).offset) / unit(a).factor
    assert math.isclose(
        convert(convert(value, a, b), b, a), value, rel_tol=1e-12, abs_tol=1e-12 * (1 + offset)
    )


def test_arrays_convert_like_numbers():
    """An array is converted element by element."""
    assert convert(np.array([0.0, 100.0]), "°C", "K").tolist() == [273.15, 373.15]


@pytest.mark.parametrize(
    ("from_", "to"), [("kWh", "kvarh"), ("kW", "kVA"), ("°C", "%"), ("t", "tCO2"), ("㎥", "㎡")]
)
def test_dimensions_are_kept_apart(from_: str, to: str):
    """What pint would let pass (active as reactive energy, mass as emitted CO2) is refused."""
    with pytest.raises(InvalidInput):
        convert(1.0, from_, to)


@pytest.mark.parametrize("symbol", ["parsec", " kWh", "kwH", "None"])
def test_unknown_unit_is_refused(symbol: str):
    """A symbol in neither the table nor the synonyms is an `InvalidInput` that names it."""
    with pytest.raises(InvalidInput, match="1건") as error:
        unit(symbol)
    assert symbol in error.value.findings[0].problem.en


def test_synonyms_lead_to_units_and_shadow_none():
    """Every synonym names a unit of the table, and none hides a symbol."""
    assert set(SYNONYMS.values()) <= set(units())
    assert all(unit(written).symbol == symbol for written, symbol in SYNONYMS.items())


def test_nothing_written_means_dimensionless():
    """An empty unit is the number one."""
    assert unit("").symbol == "1"


def test_tables_use_known_units():
    """Every unit of a quantity or attribute is a symbol of the unit table."""
    assert {q.unit for q in quantities().values()} <= set(units())
    assert {a.unit for k in kinds().values() for a in k.attributes.values() if a.unit} <= set(units())


def test_symbols_and_codes_are_unique():
    """No symbol stands twice in the file, and no UN/CEFACT code means two units."""
    with files("sandan").joinpath("units.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len({row["symbol"] for row in rows}) == len(rows)
    codes = [row["unece"] for row in rows if row["unece"]]
    assert len(set(codes)) == len(codes)
