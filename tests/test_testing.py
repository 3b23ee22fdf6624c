"""The doubles that tests stand on."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from sandan.clock import SEOUL, Clock
from sandan.testing import FixedClock

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=SEOUL)


def test_a_fixed_clock_stands_still_until_moved() -> None:
    """It moves only when told, forwards and backwards."""
    clock: Clock = (fixed := FixedClock(NOON))
    assert clock.now() == clock.now() == NOON
    assert fixed.advance(timedelta(hours=1)) == NOON + timedelta(hours=1)
    fixed.set(NOON - timedelta(days=1))
    assert clock.now() == NOON - timedelta(days=1)


def test_a_fixed_clock_needs_a_time_zone() -> None:
    """A naive instant is refused before it can confuse a test."""
    with pytest.raises(ValueError, match="time zone"):
        FixedClock(NOON.replace(tzinfo=None))
