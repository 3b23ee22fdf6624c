"""Printed numbers: a number with how far rounding may have moved it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_decimal

_MOST_ABOUT = 10.0
"""약 100 % leaves no room for 0: about a round number allows at most this."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as printed; the true one lies within `half` on either side. `decimals` as they stood."""

    value: float
    half: float = 0.0
    decimals: int = 0

    def __str__(self) -> str:
        return shown(self.value, self.decimals)

    @property
    def low(self) -> float:
        return self.value - self.half

    @property
    def high(self) -> float:
        return self.value + self.half

    def fits(self, low: float, high: float | None = None) -> bool:
        """Whether the true number may lie in [low, high]; a hair is left for binary fractions."""
        top = low if high is None else high
        slack = 1e-9 * max(1.0, abs(low), abs(top))
        return self.low - slack <= top and low <= self.high + slack


def read_printed(text: str, *, scale: float = 1, about: bool = False, exact: bool = False) -> Printed:
    """A number from the digits as they stand: `1,356`, `54.5`.

    Rounding allows half of the last printed place; 약 (`about`) one whole unit of the last significant
    digit, at most 10; an `exact` number (a count of persons) none, unless it has decimals or a scale.

    >>> read_printed("32.0").half, read_printed("60", about=True).half, read_printed("79", exact=True).half
    (0.05, 10.0, 0.0)
    """
    number = Decimal(text.replace(",", ""))
    exponent = number.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    half = 0.5 * 10.0**-decimals
    if exact and decimals == 0 and scale == 1:
        half = 0.0
    if about:
        digits = text.replace(",", "").replace(".", "")
        zeros = len(digits) - len(digits.rstrip("0")) if digits.strip("0") else 0
        half = min(10.0 ** (zeros - decimals), _MOST_ABOUT) if scale == 1 else 10.0**-decimals
    return Printed(float(number) * scale, half * scale, decimals)


def shown(value: float, decimals: int = 1) -> str:
    """Grouped, with at most so many decimals: 1,356 or 24.2.

    >>> shown(1356.0), shown(-24.22)
    ('1,356', '-24.2')
    """
    pattern = "#,##0" + ("." + "#" * decimals if decimals else "")
    return str(format_decimal(Decimal(str(value)), format=pattern, locale="en"))


def percent(value: float, decimals: int = 1) -> str:
    """A per cent as it would be printed, decimals kept: 32.0 %."""
    return f"{value:.{decimals}f}%"
