"""A spilled liquid comes into the air only as fast as it evaporates."""

from __future__ import annotations

import pytest

from sandan.control.engine.hazard.pool import evaporate, lies_in_a_pool, vapour_pressure
from sandan.control.model.substances import substances
from sandan.errors import InvalidInput

KNOWN = substances()


def test_the_rate_is_that_of_the_guidance() -> None:
    """0.284·u^0.78·M^⅔·A·p/(82.05·T) pounds a minute, worked out by hand in its own units."""
    toluene = KNOWN["toluene"]
    pounds = 0.284 * 3**0.78 * 92.138 ** (2 / 3) * 1_000 * (3803.9 / 133.322) / (82.05 * 298.15)
    pool = evaporate(toluene, 5_000, 1_000 / 10.7639, 3.0, 298.15)
    assert pool.rate * 60 / 0.45359237 == pytest.approx(pounds, rel=1e-4)
    assert pool.rate * pool.lasts == pytest.approx(5_000)


def test_a_pool_that_nothing_holds_lies_a_centimetre_deep() -> None:
    """A tonne of toluene covers 115 m²; in a bund it gives off less."""
    free = evaporate(KNOWN["toluene"], 1_000, None, 3.0, 293.15)
    assert free.area == pytest.approx(1_000 / 868.47 / 0.01)
    assert evaporate(KNOWN["toluene"], 1_000, 20.0, 3.0, 293.15).rate < free.rate


def test_vapour_pressure_passes_through_what_is_known() -> None:
    """At 25 °C that of the table, at the boiling point that of the air."""
    benzene = KNOWN["benzene"]
    assert benzene.boiling_point is not None
    assert vapour_pressure(benzene, 298.15) == pytest.approx(12_640)
    assert vapour_pressure(benzene, benzene.boiling_point) == pytest.approx(101_325)


def test_a_gas_makes_no_pool() -> None:
    """Nor does a liquid of which no vapour pressure is known, and it is refused."""
    assert not lies_in_a_pool(KNOWN["ammonia"], 293.15)
    assert lies_in_a_pool(KNOWN["methanol"], 293.15)
    assert not lies_in_a_pool(KNOWN["sulphuric_acid"], 293.15)
    with pytest.raises(InvalidInput):
        evaporate(KNOWN["sulphuric_acid"], 100, None, 3.0, 293.15)
    with pytest.raises(InvalidInput):
        evaporate(KNOWN["epichlorohydrin"], 100, None, 3.0, 293.15)
