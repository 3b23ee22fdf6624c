"""Units of measure: one table (`units.csv`), one conversion.

Conversion happens at ingest and at display, never inside an engine. A unit belongs to one
dimension; active, reactive and apparent power are kept apart on purpose, as are a temperature
and a ratio. Factors are exact SI definitions; a test compares them with `pint`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, overload

from sandan.errors import InvalidInput
from sandan.tables import read_table
from sandan.words import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

SYNONYMS = {
    "": "1", "kwh": "kWh", "kw": "kW", "wh": "Wh", "mwh": "MWh", "mw": "MW", "kvah": "kVAh",
    "kvarh": "kvarh", "kva": "kVA", "degC": "°C", "℃": "°C", "C": "°C", "deg": "°", "ug/m3": "㎍/㎥",
    "µg/m³": "㎍/㎥", "μg/m³": "㎍/㎥", "㎍/m³": "㎍/㎥", "mg/m3": "mg/㎥", "W/m2": "W/m²", "W/㎡": "W/m²",
    "m3": "㎥", "m³": "㎥", "m3/h": "㎥/h", "m2": "㎡", "m²": "㎡", "tCO2eq": "tCO2", "persons": "명",
    "l": "L", "ℓ": "L", "kl": "kL", "㎘": "kL", "ea": "EA", "count": "EA", "원": "won", "KRW": "won",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit; `value_in_SI = value * factor + offset`.

    `unece` is its common code in UN/CEFACT Recommendation 20, which NGSI-LD asks for; "" when it has none.
    """

    symbol: str
    name: Text
    dimension: str
    factor: float
    offset: float
    unece: str = ""


@cache
def units() -> Mapping[str, Unit]:
    """Every unit by its symbol."""
    table = {
        row["symbol"]: Unit(
            row["symbol"],
            Text(row["ko"], row["en"]),
            row["dimension"],
            float(row["factor"]),
            float(row["offset"]),
            row["unece"],
        )
        for row in read_table(__name__, "units.csv")
    }
    return MappingProxyType(table)


def unit(symbol: str) -> Unit:
    """The unit written `symbol` (usual other spellings accepted); `InvalidInput` if unknown."""
    found = units().get(symbol) or units().get(SYNONYMS.get(symbol, ""))
    if found is None:
        raise InvalidInput.because(
            "unit",
            Text(f"단위 '{symbol}'을(를) 알 수 없습니다.", f"unit '{symbol}' is unknown."),
            Text("단위표에 있는 기호로 쓰십시오.", "use a symbol from the unit table."),
        )
    return found


@overload
def convert(value: float, from_: str, to: str) -> float: ...
@overload
def convert(value: NDArray[np.float64], from_: str, to: str) -> NDArray[np.float64]: ...
def convert(value: float | NDArray[np.float64], from_: str, to: str) -> float | NDArray[np.float64]:
    """Express `value` [from_] in `to`; `InvalidInput` when the dimensions differ.

    >>> convert(1.5, "MWh", "kWh")
    1500.0
    """
    a, b = unit(from_), unit(to)
    if a.symbol == b.symbol:
        return value
    if a.dimension != b.dimension:
        raise InvalidInput.because(
            "unit",
            Text(
                f"{a.symbol}({a.dimension})을(를) {b.symbol}({b.dimension})(으)로 바꿀 수 없습니다.",
                f"{a.symbol} ({a.dimension}) cannot be expressed in {b.symbol} ({b.dimension}).",
            ),
            Text("측정점의 단위를 확인하십시오.", "check the unit of the point."),
        )
    return (value * (a.factor / b.factor)) + (a.offset - b.offset) / b.factor
