"""What a caller's words say of a release: the substance and the amount, where they name them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sandan.control.model.substances import Solution, Substance, solutions, substances
from sandan.words import Text

_AMOUNT = re.compile(
    r"(\d[\d,]*(?:\.\d+)?)\s*(kg|㎏|킬로그램|킬로|톤|tonnes?|tons?|t(?![a-z])|리터|ℓ|litres?|liters?|l(?![a-z])|"
    r"㎥|m3(?!\d)|m³|루베)",
    re.IGNORECASE,
)
_TONNES, _LITRES, _CUBES = ("t", "톤"), ("리터", "ℓ", "l"), ("㎥", "m3", "m³", "루베")
_MAY_FOLLOW = (
    "[이가을를은는도와과로의에라인만터새흘쏟넘]|탱크|가스|누출|유출|냄새|통|드럼|배관|밸브|저장|용기|실린더"
    "|봄베|폭발|화재|농도|경보"
)
"""What may stand right after a name in Korean; anything else makes it another substance."""
_NUMBER = re.compile(r"(?<![A-Za-z0-9])(?:UN\s?(\d{4})|(\d{2,7}-\d{2}-\d))(?!\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said: the substance, how much of it [kg], and how that follows from the words."""

    substance: str | None = None
    amount: float | None = None
    how: Text | None = None
    """None where the words name kilograms of the substance itself."""
    dissolved: bool = False
    """It was called by the name of a solution in water."""


def read_words(text: str) -> Heard:
    """The one substance named and its amount; nothing for what is not said, or said twice.

    A volume is reckoned with the density of the liquid, a solution by its usual strength.
    """
    named = _named(text)
    found = _AMOUNT.findall(text)
    ids = {one.substance if isinstance(one, Solution) else one.id for one in named}
    substance = ids.pop() if len(ids) == 1 else None
    if len(found) != 1:
        return Heard(substance)
    value, unit = float(found[0][0].replace(",", "")), found[0][1].casefold()
    if not value:
        return Heard(substance)
    volume = _volume(value, unit)
    if volume is None and not any(isinstance(one, Solution) for one in named):
        return Heard(substance, value * (1000 if unit.startswith(_TONNES) else 1))
    return Heard() if substance is None else _reckon(named[0], value, unit, volume)


def _volume(value: float, unit: str) -> float | None:
    """Litres; None for a mass."""
    if unit in _CUBES:
        return value * 1000
    return value if unit.startswith(_LITRES) else None


def _reckon(named: Substance | Solution, value: float, unit: str, litres: float | None) -> Heard:
    if isinstance(named, Solution):
        mass = value * (1000 if unit.startswith(_TONNES) else 1)
        mass = mass if litres is None else litres * named.density / 1000
        said, percent = named.names[0], named.share * 100
        how = Text(
            f"{said} {mass:,.0f} kg, 그 안의 물질은 흔한 농도 {percent:g} %로 보았습니다.",
            f"{mass:,.0f} kg of {named.names[-1]}, at its usual strength of {percent:g} %.",
        )
        return Heard(named.substance, mass * named.share, how, dissolved=True)
    if named.liquid_density is None or litres is None:
        return Heard(named.id)
    density = named.liquid_density
    how = Text(
        f"{litres:,g} L에 밀도 {density:,.0f} kg/㎥를 곱했습니다.",
        f"{litres:,g} L at a density of {density:,.0f} kg/m³.",
    )
    return Heard(named.id, litres * density / 1000, how)


def _named(text: str) -> list[Substance | Solution]:
    """What is named, the longest names first: 염화수소 names no 수소, and 차아염소산 no 염소."""
    found: list[Substance | Solution] = [
        one
        for un, cas in _NUMBER.findall(text)
        for one in substances().values()
        if cas == one.cas or (un and un == one.un)
    ]
    for name, one in _names().items():
        pattern = _pattern(name)
        if pattern.search(text):
            text = pattern.sub(" ", text)
            if one not in found:
                found.append(one)
    return found


@cache
def _names() -> Mapping[str, Substance | Solution]:
    names: dict[str, Substance | Solution] = {}
    for one in substances().values():
        names |= dict.fromkeys((*one.names, one.formula), one)
    for mixed in solutions():
        names |= dict.fromkeys(mixed.names, mixed)
    return dict(sorted(names.items(), key=lambda item: -len(item[0])))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    if not re.search("[가-힣]", name):
        # A formula is written with its capitals: "no" and "co" are words.
        flags = 0 if name[0].isupper() else re.IGNORECASE
        return re.compile(rf"(?<![A-Za-z0-9-]){re.escape(name)}(?![A-Za-z0-9-])", flags)
    return re.compile(rf"(?<![가-힣]){re.escape(name)}(?=$|[^가-힣]|{_MAY_FOLLOW})")
