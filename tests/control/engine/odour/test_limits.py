"""The limits of the law, and readings against them."""

import pytest

from sandan.control.engine.odour import judge_odour, odour_limits
from sandan.control.model.odour import REGIONS, SPOTS
from sandan.errors import InvalidInput


def test_the_table_holds_complex_odour_and_the_22_substances():
    """Every substance has a limit in both regions, the other one the lower, and every row its source."""
    limits = odour_limits()
    assert len({one.id for one in limits} - {"odour"}) == 22
    for one in limits:
        assert one.region in REGIONS
        assert one.spot in SPOTS
        assert one.basis.source.startswith("http")
        other = next(o for o in limits if (o.id, o.spot) == (one.id, one.spot) and o.region == "other")
        assert other.limit <= one.limit


@pytest.mark.parametrize(
    ("id", "spot", "region", "at_limit"),
    [
        ("odour", "outlet", "industrial", 1000),
        ("odour", "outlet", "other", 500),
        ("odour", "boundary", "industrial", 20),
        ("odour", "boundary", "other", 15),
        ("h2s", "boundary", "industrial", 0.06),
        ("butyraldehyde", "boundary", "other", 0.029),
        ("n_valeric_acid", "boundary", "other", 0.0009),
    ],
)
def test_a_reading_at_the_limit_is_within_and_one_above_is_over(id, spot, region, at_limit):
    """The law says 이하: the limit itself is allowed."""
    assert not judge_odour(id, at_limit, spot, region).over
    verdict = judge_odour(id, at_limit * 1.01, spot, region)
    assert verdict.over
    assert verdict.share == pytest.approx(1.01)


def test_an_ordinance_may_be_stricter_within_the_range_of_the_law():
    """16 dilutions may be the limit at an industrial boundary, 14 may not."""
    assert judge_odour("odour", 17, "boundary", "industrial", strict=16).over
    with pytest.raises(InvalidInput):
        judge_odour("odour", 17, "boundary", "industrial", strict=14)
    with pytest.raises(InvalidInput):
        judge_odour("nh3", 1, "boundary", "other", strict=0.5)


def test_a_sensor_says_that_it_is_no_legal_measurement():
    """Only what was taken by the official method is said without that."""
    assert "법정 판정이 아닙니다" in judge_odour("nh3", 3, "boundary", "industrial").why.ko
    assert "법정" not in judge_odour("nh3", 3, "boundary", "industrial", measured=True).why.ko
    with pytest.raises(InvalidInput):
        judge_odour("argon", 3, "boundary", "industrial")
