"""Substances, and the concentrations at which they harm, each figure with its source.

The published tables disagree with each other, and copies of them disagree with themselves. A row
is therefore never replaced by another: both stay, and whoever reads a threshold sees that.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from sandan.errors import Finding, InvalidInput
from sandan.tables import read_table
from sandan.words import Text

GAS_CONSTANT = 8.31446261815324
"""J/(mol·K), exact by the definition of the SI."""


@dataclass(frozen=True, slots=True)
class Substance:
    """What dispersion and dose need to know of a substance; None where no source gave it."""

    id: str
    name: Text
    cas: str
    molar_mass: Annotated[float, "kg/mol"]
    also: Sequence[str] = ()
    """Other names, as people and papers say them."""
    un: str = ""
    formula: str = ""
    boiling_point: Annotated[float, "K"] | None = None
    liquid_density: Annotated[float, "kg/m³"] | None = None
    """At 20 °C, or at the boiling point where that is colder."""
    liquid_heat: Annotated[float, "J/(kg·K)"] | None = None
    latent_heat: Annotated[float, "J/kg"] | None = None
    vapour_pressure: Annotated[float, "Pa"] | None = None
    """At 25 °C, of what is liquid then."""
    flammable_from: Annotated[float, "ppm"] | None = None
    """The lower limit of flammability in air."""
    dose_exponent: Annotated[float, "1"] | None = None
    """n of Cⁿ·t; a setting of the operator where no source is given."""
    version: str = ""
    source: str = ""

    def gas_density(self, temperature: float, pressure: float) -> float:
        """Of the ideal gas [kg/m³]."""
        return pressure * self.molar_mass / (GAS_CONSTANT * temperature)

    @property
    def names(self) -> Sequence[str]:
        """All that it is called."""
        return (self.name.ko, self.name.en, *self.also)


@dataclass(frozen=True, slots=True)
class Solution:
    """What is called by a name of its own but is a substance in water."""

    names: Sequence[str]
    substance: str
    share: Annotated[float, "kg/kg"]
    density: Annotated[float, "kg/m³"]
    source: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """A concentration that harms after an exposure, as one edition of one table says."""

    substance: str
    scale: str
    level: str
    exposure: Annotated[float, "min"] | None
    """None where the table names no time, as for a ceiling."""
    value: Annotated[float, "in its unit"] | None
    """None: the sources contradict each other so that nothing may be used."""
    unit: Literal["ppm", "mg/㎥"]
    version: str
    effective: str
    source: str
    sure: bool
    """Confirmed against the body that issues the table."""
    agreed: bool = False
    """Two public copies that know nothing of each other say the same."""
    remark: Text | None = None

    @property
    def label(self) -> str:
        """As people call it: "ERPG-2", "AEGL-2 60 min"."""
        name = f"{self.scale}-{self.level}" if self.level else self.scale
        return f"{name} {self.exposure:g} min" if self.scale == "AEGL" and self.exposure else name


COLUMNS = (
    "substance", "scale", "level", "exposure_min", "value", "unit", "version", "effective", "status",
    "source", "remark_ko", "remark_en",
)  # fmt: skip


@cache
def substances() -> Mapping[str, Substance]:
    """The substances that come with Sandan, by id."""
    return {row["id"]: _substance(row) for row in read_table(__name__, "substances.csv")}


def _substance(row: Mapping[str, str]) -> Substance:
    def number(name: str) -> float | None:
        return float(row[name]) if row[name] else None

    return Substance(
        row["id"],
        Text(row["ko"], row["en"]),
        row["cas"],
        float(row["molar_mass"]),
        tuple(name for name in row["also"].split(";") if name),
        row["un"],
        row["formula"],
        number("boiling_point"),
        number("liquid_density"),
        number("liquid_heat"),
        number("latent_heat"),
        number("vapour_pressure"),
        number("flammable_from"),
        number("dose_exponent"),
        row["version"],
        row["source"],
    )


@cache
def solutions() -> Sequence[Solution]:
    """The solutions in water that go by a name of their own."""
    return tuple(
        Solution(
            (*row["ko"].split(";"), *row["en"].split(";")),
            row["substance"],
            float(row["share"]),
            float(row["density"]),
            row["source"],
        )
        for row in read_table(__name__, "solutions.csv")
    )


def find_substance(word: str) -> Substance | None:
    """The substance of that id, name, CAS or UN number or formula; None when there is none."""
    return _by_word().get(word.strip().casefold())


@cache
def _by_word() -> Mapping[str, Substance]:
    words = {name.casefold(): substances()[one.substance] for one in solutions() for name in one.names}
    for one in substances().values():
        number = (one.un, f"un{one.un}", f"un {one.un}") if one.un else ()
        for word in (one.formula, *number, one.cas, *one.names, one.id):
            words[word.casefold()] = one
    return words


@cache
def thresholds() -> Sequence[Threshold]:
    """The provisional table that comes with Sandan: to be replaced by the operator's own."""
    text = files("sandan.control.model").joinpath("toxic_thresholds.csv").read_text(encoding="utf-8")
    return read_thresholds(text)


def read_thresholds(text: str) -> Sequence[Threshold]:
    """A table of thresholds as CSV with the columns `COLUMNS`; `InvalidInput` with every bad row."""
    reader = csv.DictReader(text.splitlines())
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise InvalidInput.because(
            "columns",
            Text(f"열이 없습니다: {', '.join(missing)}", f"columns are missing: {', '.join(missing)}"),
            Text("표의 머리글을 맞추십시오.", "give the table these headings."),
        )
    read: list[Threshold] = []
    found: list[Finding] = []
    for at, cells in enumerate(reader, start=2):
        row = {name: (cells[name] or "").strip() for name in COLUMNS}
        faults = list(_faults(row))
        found += [Finding(f"{at}행/row {at}", problem, remedy) for problem, remedy in faults]
        if not faults:
            read.append(_threshold(row))
    if found:
        raise InvalidInput(found)
    return tuple(read)


def _number(text: str) -> float | None:
    """The number written there, NaN when it is none, None when nothing is."""
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        return math.nan


def _faults(row: Mapping[str, str]) -> Sequence[tuple[Text, Text]]:
    found: list[tuple[Text, Text]] = []
    for name in ("value", "exposure_min"):
        number = _number(row[name])
        if number is not None and not 0 < number < math.inf:
            found.append(
                (
                    Text(
                        f"{name} '{row[name]}'이(가) 양수가 아닙니다.",
                        f"{name} '{row[name]}' is not positive.",
                    ),
                    Text("0보다 큰 수를 적으십시오.", "give a number above 0."),
                )
            )
    if row["unit"] not in ("ppm", "mg/㎥"):
        found.append(
            (
                Text(f"단위 '{row['unit']}'을(를) 쓸 수 없습니다.", f"unit '{row['unit']}' cannot be used."),
                Text("ppm 또는 mg/㎥로 적으십시오.", "give ppm or mg/㎥."),
            )
        )
    if row["substance"].strip() and find_substance(row["substance"]) is None:
        found.append(
            (
                Text(
                    f"물질 '{row['substance']}'을(를) 모릅니다.",
                    f"there is no substance '{row['substance']}'.",
                ),
                Text(
                    "이름, CAS 번호, UN 번호 가운데 하나로 적으십시오.",
                    "give a name, a CAS number or a UN number.",
                ),
            )
        )
    for name in ("substance", "scale", "version", "source"):
        if not row[name].strip():
            found.append(
                (
                    Text(f"{name} 칸이 비어 있습니다.", f"{name} is empty."),
                    Text(
                        "물질·척도·판·출처를 모두 적으십시오.", "give substance, scale, version and source."
                    ),
                )
            )
    return found


def _threshold(row: Mapping[str, str]) -> Threshold:
    known = find_substance(row["substance"])
    return Threshold(
        row["substance"] if known is None else known.id,
        row["scale"],
        row["level"],
        _number(row["exposure_min"]),
        _number(row["value"]),
        "ppm" if row["unit"] == "ppm" else "mg/㎥",
        row["version"],
        row["effective"],
        row["source"],
        row["status"] == "S",
        row["status"] == "C",
        Text(row["remark_ko"], row["remark_en"]) if row["remark_en"] else None,
    )
