"""Rounding of money and quantities, done in decimals: 121.5 × 148,000 must not become 17,981,999."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from sandan.energy.model.tariff import Round

_NOISE = Decimal("1e-9")
"""Readings are sums of floats: 12.499999999999996 kWh was metered as 12.5."""


def rounded(value: float | Decimal, to: Round) -> Decimal:
    """`value` as the rule has it; `truncate` cuts towards zero."""
    exact = (
        value if isinstance(value, Decimal) else Decimal(repr(float(value))).quantize(_NOISE, ROUND_HALF_UP)
    )
    if to.mode == "exact":
        return exact
    mode = ROUND_DOWN if to.mode == "truncate" else ROUND_HALF_UP
    return (exact / to.unit).quantize(Decimal(1), mode) * to.unit


def decimal(value: float) -> Decimal:
    """A price as it is printed."""
    return Decimal(repr(float(value)))
