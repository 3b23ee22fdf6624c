"""What the demo complex is made of: industries, lines of business, name parts, substances.

Data, not code: the rows may be changed without touching the generator. Figures are plausible for
a Korean complex of small manufacturers and stand for no real one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sandan.tables import read_table
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class Industry:
    """One branch, and how its firms build, draw power and emit.

    `place` is where its zone likes to lie, from the sea (0) to the town (1); `lot` the usual parcel
    [㎡]; `standing` the share of its peak that runs when nobody works; `cooling` and `heating` the
    shares of its peak that follow the weather; `stack`, `tank` and `odour` are probabilities for a
    firm with its own yard; `power_factor` is at full load, before its capacitors.
    """

    id: str
    name: Text
    share: float
    place: float
    lot: float
    kw_per_person: float
    standing: float
    two_shift: float
    three_shift: float
    stack: float
    tank: float
    odour: float
    sensor: str
    cooling: float
    heating: float
    docks: int
    power_factor: float


@dataclass(frozen=True, slots=True)
class Business:
    """A line of business as the Korean standard classification (10th revision) numbers it."""

    industry: str
    ksic: str
    name: Text
    product: str
    material: str


@dataclass(frozen=True, slots=True)
class Substance:
    """What a tank may hold; `quantity` is what a leak sensor beside it measures, `alarm` its level."""

    industry: str
    name: Text
    cas: str
    quantity: str
    alarm: float
    gas: bool


@dataclass(frozen=True, slots=True)
class NameParts:
    """Parts a firm's invented name is put together from; endings by industry."""

    first: tuple[Text, ...]
    last: tuple[Text, ...]
    endings: dict[str, tuple[Text, ...]]


@cache
def industries() -> tuple[Industry, ...]:
    """Every branch, in table order; `share` sums to one."""
    return tuple(
        Industry(
            id=row["id"],
            name=Text(row["ko"], row["en"]),
            share=float(row["share"]),
            place=float(row["place"]),
            lot=float(row["lot"]),
            kw_per_person=float(row["kw_per_person"]),
            standing=float(row["standing"]),
            two_shift=float(row["two_shift"]),
            three_shift=float(row["three_shift"]),
            stack=float(row["stack"]),
            tank=float(row["tank"]),
            odour=float(row["odour"]),
            sensor=row["sensor"],
            cooling=float(row["cooling"]),
            heating=float(row["heating"]),
            docks=int(row["docks"]),
            power_factor=float(row["power_factor"]),
        )
        for row in read_table(__name__, "industries.csv")
    )


@cache
def businesses() -> dict[str, tuple[Business, ...]]:
    """Lines of business by industry."""
    found: dict[str, list[Business]] = {}
    for row in read_table(__name__, "businesses.csv"):
        found.setdefault(row["industry"], []).append(
            Business(
                row["industry"],
                row["ksic"],
                Text(row["ko"], row["en"]),
                row["product_ko"],
                row["material_ko"],
            )
        )
    return {industry: tuple(rows) for industry, rows in found.items()}


@cache
def substances() -> dict[str, tuple[Substance, ...]]:
    """Substances by the industry that stores them."""
    found: dict[str, list[Substance]] = {}
    for row in read_table(__name__, "substances.csv"):
        found.setdefault(row["industry"], []).append(
            Substance(
                row["industry"],
                Text(row["ko"], row["en"]),
                row["cas"],
                row["quantity"],
                float(row["alarm"]),
                row["gas"] == "1",
            )
        )
    return {industry: tuple(rows) for industry, rows in found.items()}


@cache
def name_parts() -> NameParts:
    """The syllables of invented names."""
    rows = list(read_table(__name__, "names.csv"))

    def parts(part: str, industry: str = "") -> tuple[Text, ...]:
        return tuple(
            Text(row["ko"], row["en"]) for row in rows if (row["part"], row["industry"]) == (part, industry)
        )

    return NameParts(
        parts("first"), parts("last"), {branch.id: parts("ending", branch.id) for branch in industries()}
    )
