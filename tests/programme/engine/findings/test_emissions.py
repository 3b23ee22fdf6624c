"""Emission reductions against the table of factors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandan.errors import InvalidInput
from sandan.programme.engine.findings import FindingSettings, check_emission
from sandan.programme.engine.findings.emissions import factors
from sandan.programme.engine.findings.printed import Printed, read_printed


@given(st.integers(10_000, 10**8), st.sampled_from([one.value for one in factors()]))
def test_every_known_factor_fits(energy: int, factor: float) -> None:
    """A reduction computed by any factor of the table and rounded to kilograms is no fault."""
    assert check_emission(Printed(energy), read_printed(f"{energy * factor:.0f}")) is None


def test_the_published_misfits_are_far_from_every_factor() -> None:
    """Daejeon's 216 t and Banwol's 82,123 kg are mistakes, not older factors."""
    for energy, reduction, expected in ((93_732, 216_000, 42_564), (126_343, 82_123, 57_372)):
        fault = check_emission(Printed(energy), Printed(reduction, 0.5))
        assert fault is not None
        assert not fault.near
        assert round(fault.expected) == expected


def test_an_older_factor_is_merely_not_named() -> None:
    """A factor a per cent beside the table is a question, not a mistake."""
    fault = check_emission(Printed(1_000_000), Printed(459_400, 50))
    assert fault is not None
    assert fault.near


def test_kilograms_for_tonnes_are_seen() -> None:
    """A thousandfold reduction is explained by its unit."""
    fault = check_emission(Printed(1_000), Printed(454_000, 500))
    assert fault is not None
    assert "tonnes" in fault.explanation.en


def test_settings_outside_their_range_are_refused_together() -> None:
    """Every setting that cannot be is named."""
    with pytest.raises(InvalidInput) as refused:
        FindingSettings(hub_share=1.5, factor_band=-1)
    assert [one.where for one in refused.value.findings] == ["hub_share", "factor_band"]
