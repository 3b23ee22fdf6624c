"""Kinds, attributes and quantities: data, not classes.

The runtime, the checks and the reference pages all read these rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

from sandan.errors import InvalidInput
from sandan.tables import read_table
from sandan.words import Text

GeometryType = Literal["Point", "LineString", "Polygon"]
Rollup = Literal["sum", "mean", "max", "last", "direction"]
AttributeType = Literal["text", "number", "integer", "date", "code"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """A property things of one kind may carry."""

    id: str
    name: Text
    type: AttributeType
    unit: str | None
    low: float | None
    high: float | None
    required: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """What sort of thing; `public` kinds are seen by every signed-in person."""

    id: str
    name: Text
    geometry: GeometryType
    public: bool
    entity: str
    attributes: Mapping[str, Attribute]


@dataclass(frozen=True, slots=True)
class Quantity:
    """What is measured: its unit in the store, the physically possible range, how it adds up.

    `rollup` says how samples of one point combine over time: energy sums, power averages, a
    level keeps its last value, a wind direction averages as a unit vector. `codes` names the values of
    a coded quantity.
    """

    id: str
    name: Text
    unit: str
    low: float
    high: float
    rollup: Rollup
    codes: Mapping[str, float]


def _number(text: str) -> float | None:
    return float(text) if text else None


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind by id, in table order."""
    attributes: dict[str, dict[str, Attribute]] = {}
    for row in read_table(__name__, "attributes.csv"):
        attributes.setdefault(row["kind"], {})[row["id"]] = Attribute(
            row["id"],
            Text(row["ko"], row["en"]),
            row["type"],  # type: ignore[arg-type]  # a test holds the table to AttributeType
            row["unit"] or None,
            _number(row["low"]),
            _number(row["high"]),
            row["required"] == "yes",
        )
    return MappingProxyType(
        {
            row["id"]: Kind(
                row["id"],
                Text(row["ko"], row["en"]),
                row["geometry"],  # type: ignore[arg-type]  # a test holds the table to GeometryType
                row["public"] == "yes",
                row["entity"],
                MappingProxyType(attributes.get(row["id"], {})),
            )
            for row in read_table(__name__, "kinds.csv")
        }
    )


@cache
def quantities() -> Mapping[str, Quantity]:
    """Every quantity by id, in table order."""
    return MappingProxyType(
        {
            row["id"]: Quantity(
                row["id"],
                Text(row["ko"], row["en"]),
                row["unit"],
                float(row["low"]),
                float(row["high"]),
                row["rollup"],  # type: ignore[arg-type]  # a test holds the table to Rollup
                MappingProxyType(
                    {k: float(v) for k, v in (pair.split("=") for pair in row["codes"].split(";") if pair)}
                ),
            )
            for row in read_table(__name__, "quantities.csv")
        }
    )


def kind(id: str) -> Kind:
    """The kind `id`; `InvalidInput` names the table when there is none."""
    try:
        return kinds()[id]
    except KeyError:
        raise InvalidInput.because(
            "kind",
            Text(f"종류 '{id}'은(는) 종류표에 없습니다.", f"kind '{id}' is not in the table of kinds."),
            Text("참조 문서의 종류표를 보십시오.", "see the table of kinds in the reference."),
        ) from None


def quantity(id: str) -> Quantity:
    """The quantity `id`; `InvalidInput` names the table when there is none."""
    try:
        return quantities()[id]
    except KeyError:
        raise InvalidInput.because(
            "quantity",
            Text(f"측정량 '{id}'은(는) 측정량표에 없습니다.", f"quantity '{id}' is not in the table."),
            Text("측정량표의 식별자를 쓰십시오.", "use an id from the table of quantities."),
        ) from None
