"""Units of the hazard models, and the check of a range that tells all that is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from sandan.errors import Finding, InvalidInput
from sandan.words import Text

Metre = Annotated[float, "m"]
Second = Annotated[float, "s"]
Kilogram = Annotated[float, "kg"]
KilogramPerSecond = Annotated[float, "kg/s"]
MetrePerSecond = Annotated[float, "m/s"]
Kelvin = Annotated[float, "K"]
Pascal = Annotated[float, "Pa"]
Degree = Annotated[float, "° clockwise from north"]
PerHour = Annotated[float, "1/h"]
Ratio = Annotated[float, "1"]
Floats = NDArray[np.float64]


def check(where: str, rules: Sequence[tuple[str, bool, Text]]) -> None:
    """Raise with every rule that does not hold; a rule names its field and the accepted range."""
    found = [
        Finding(
            f"{where}.{field}", Text("값이 허용 범위를 벗어났습니다.", "the value is out of range."), range
        )
        for field, holds, range in rules
        if not holds
    ]
    if found:
        raise InvalidInput(found)


def at_least(least: float, unit: str) -> Text:
    """The remedy for a value below its range."""
    return Text(f"{least:g} {unit} 이상으로 적으십시오.", f"give {least:g} {unit} or more.")


def positive(unit: str) -> Text:
    """The remedy for a value that must be above 0."""
    return Text(f"0보다 큰 값({unit})을 적으십시오.", f"give more than 0 {unit}.")
