"""Waste heat and who could use it: by hand, ranked, and with the reason why not."""

from __future__ import annotations

from dataclasses import replace
from math import exp

import numpy as np
import pytest

from sandan.energy.engine.sharing import fuels, match_heat
from sandan.energy.model.sharing import HeatParams, HeatSink, HeatSource, Unfit
from sandan.errors import InvalidInput
from sandan.twin.geometry import distance

HERE, NEAR, FAR = (126.6, 37.2), (126.602, 37.2), (126.65, 37.2)
PARAMS = HeatParams(pinch=10, decay=0.1, ground=10, reach=1000, times=300, least=1000)
FURNACE = HeatSource("furnace", 180, 40, np.full(24, 500.0), HERE)
DRYER = HeatSink("dryer", 120, 60, np.full(24, 300.0), NEAR, "lng", 0.9)


def test_one_match_by_hand() -> None:
    """180 °C over 178 m arrives at 177.0; cooled to 60 + 10, 76.5 % of 500 kW; the dryer takes its 300."""
    (match,) = match_heat([FURNACE], [DRYER], PARAMS).matches
    metres = distance(HERE, NEAR)
    arrives = 10 + 170 * exp(-0.1 * metres / 1000)
    assert match.distance == pytest.approx(177.5, abs=0.5)
    assert match.arrives == pytest.approx(arrives) == pytest.approx(177.0, abs=0.05)
    assert match.usable == pytest.approx((arrives - 70) / 140)
    assert match.heat == pytest.approx(300 * 24 * 300)
    assert match.fuel_saved == pytest.approx(300 * 24 * 300 / 0.9)
    assert match.hours == 7200
    assert 0 < match.lost < 0.05 * match.heat


def test_carbon_is_told_only_with_a_factor() -> None:
    """The table has no factor of city gas, so nothing is invented; a setting fills it."""
    found = match_heat([FURNACE], [DRYER], PARAMS)
    assert found.matches[0].carbon_saved is None
    assert "City gas" in found.unknown[0].en
    set_ = match_heat([FURNACE], [DRYER], PARAMS, {"lng": 0.2})
    assert set_.matches[0].carbon_saved == pytest.approx(2400 * 0.2)
    assert not set_.unknown
    assert fuels()["lng"].source.mark == "U"


def test_every_pair_left_out_says_why() -> None:
    """Too far, too cool, nothing cooled, never together, too little: each by its own word."""
    night = np.where(np.arange(24) < 6, 300.0, 0.0)
    sinks = [
        replace(DRYER, id="far", place=FAR),
        replace(DRYER, id="hot", temperature=170.0),
        replace(DRYER, id="night", power=night),
        replace(DRYER, id="small", power=np.full(24, 0.1)),
    ]
    day = replace(FURNACE, power=np.where(np.arange(24) >= 8, 500.0, 0.0))
    missed = {miss.sink: miss.why for miss in match_heat([day], sinks, PARAMS).left_out}
    assert missed == {
        "far": Unfit.TOO_FAR,
        "hot": Unfit.TOO_COOL,
        "night": Unfit.NO_COMMON_HOURS,
        "small": Unfit.TOO_LITTLE,
    }
    narrow = replace(DRYER, id="warm", temperature=165.0, back=164.0)
    (miss,) = match_heat([replace(FURNACE, base=179.0)], [narrow], PARAMS).left_out
    assert miss.why is Unfit.NOTHING_COOLED


def test_matches_are_ranked_and_share_what_there_is() -> None:
    """The larger saving comes first, and the next one is told what it leaves."""
    small = replace(DRYER, id="small", power=np.full(24, 200.0))
    found = match_heat([FURNACE], [small, DRYER], PARAMS)
    assert [match.sink for match in found.matches] == ["dryer", "small"]
    first, second = found.matches
    assert first.after_others == first.heat
    usable = 500 * second.usable
    assert second.after_others == pytest.approx((usable - 300) * 24 * 300)
    assert first.after_others + second.after_others == pytest.approx(usable * 24 * 300)


def test_input_that_cannot_be_is_all_told() -> None:
    """Unknown fuel, temperatures the wrong way round and missing power are told together."""
    wrong = replace(DRYER, fuel="peat", back=130.0, power=np.full(24, np.nan))
    with pytest.raises(InvalidInput) as caught:
        match_heat([FURNACE], [wrong], PARAMS)
    assert {finding.where for finding in caught.value.findings} == {"dryer.power", "dryer.back", "dryer.fuel"}
