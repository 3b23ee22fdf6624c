"""How the limit of a rule is read on the page of rules."""

import pytest

from sandan.control.engine.alarms.table import parse_rules
from sandan.control.pages.rules.table import limit_shown

ROW = {"id": "r", "ko": "규칙", "en": "Rule", "kind": "high", "priority": "3"}


@pytest.mark.parametrize(
    ("row", "value", "unit", "after"),
    [
        ({"quantities": "pm10", "limit": "80"}, 80.0, "㎍/㎥", ""),
        ({"kind": "rate", "side": "below", "quantities": "tank_level", "limit": "-2"}, -2.0, "%", " / min"),
        ({"kind": "stale", "quantities": "pm10", "limit": "90"}, 90.0, "s", ""),
        ({"quantities": "pm10;wind_speed", "limit": "9"}, 9.0, "", ""),
    ],
)
def test_a_limit_has_the_unit_of_what_it_limits(row, value, unit, after):
    """That of its quantity, per minute for a rate, seconds of silence; none for quantities of two units."""
    (rule,) = parse_rules([ROW | row])
    shown = limit_shown(rule)
    assert (shown.value, shown.unit, shown.after.en) == (value, unit, after)


def test_a_share_of_samples_is_read_in_per_cent():
    """Half of the samples of a window is 50 %."""
    window = {"kind": "gap", "quantities": "pm10", "limit": "0.5", "window": "1800", "statistic": "coverage"}
    (rule,) = parse_rules([ROW | window])
    assert (limit_shown(rule).value, limit_shown(rule).unit) == (50.0, "%")
